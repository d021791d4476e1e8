package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.LongDouble;

/** The timeouts of commands that may let their client wait; 0 is one that never ends. */
final class BlockingOptions {
  /** A timeout that makes no sense; the error has been replied. */
  static final long REFUSED = -1;

  /** Whole seconds up to here become milliseconds without more ado. */
  private static final long PLAIN_SECONDS_MAX = Long.MAX_VALUE / 1000;

  private BlockingOptions() {}

  /** An argument in seconds, maybe with a fraction, as milliseconds rounded up, or REFUSED. */
  static long seconds(Request q, RespWriter out, int i) {
    if (q.isLong(i) && q.longAt(i) >= 0 && q.longAt(i) <= PLAIN_SECONDS_MAX) {
      return q.longAt(i) * 1000;
    }
    LongDouble seconds = LongDouble.parse(q.bytes(), q.offset(i), q.length(i));
    if (seconds == null) {
      out.error(Errors.TIMEOUT_NOT_FLOAT);
      return REFUSED;
    }
    return notNegative(out, seconds.times(1000).ceil());
  }

  /** An argument in milliseconds, or REFUSED. */
  static long millis(Request q, RespWriter out, int i) {
    if (!q.isLong(i)) {
      out.error(Errors.TIMEOUT_NOT_INTEGER);
      return REFUSED;
    }
    return notNegative(out, q.longAt(i));
  }

  private static long notNegative(RespWriter out, long millis) {
    if (millis < 0) {
      out.error(Errors.TIMEOUT_NEGATIVE);
      return REFUSED;
    }
    return millis;
  }
}
