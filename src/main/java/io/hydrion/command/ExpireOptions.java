package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Partition;

/** The options of SET and GETEX: when the key is to expire, and under which condition to write. */
final class ExpireOptions {
  /*
   * Parsed options are one long, so that a SET with an expiry allocates nothing: flags in the lower
   * half, the position of the argument with the time in the upper half.
   */
  static final int IF_MISSING = 1;
  static final int IF_PRESENT = 1 << 1;
  static final int GET_OLD = 1 << 2;
  static final int KEEP = 1 << 3;
  static final int PERSIST = 1 << 4;
  static final int SECONDS = 1 << 5;
  static final int MILLIS = 1 << 6;
  static final int AT_SECONDS = 1 << 7;
  static final int AT_MILLIS = 1 << 8;

  private static final int TIME = SECONDS | MILLIS | AT_SECONDS | AT_MILLIS;

  /** Options that make no sense. */
  static final long MALFORMED = -1;

  /** A time that makes no sense; the error has been replied. */
  static final long REFUSED = -1;

  private ExpireOptions() {}

  /** Parses what follows the value of SET. */
  static long ofSet(Request q) {
    long options = 0;
    for (int i = 3; i < q.argc() && options != MALFORMED; i++) {
      if (q.is(i, "nx")) {
        options = add(options, IF_MISSING, IF_PRESENT);
      } else if (q.is(i, "xx")) {
        options = add(options, IF_PRESENT, IF_MISSING);
      } else if (q.is(i, "get")) {
        options = add(options, GET_OLD, 0);
      } else if (q.is(i, "keepttl")) {
        options = add(options, KEEP, TIME);
      } else {
        options = addTime(q, ++i, options, KEEP);
      }
    }
    return options;
  }

  /** Parses what follows the key of GETEX. */
  static long ofGet(Request q) {
    long options = 0;
    for (int i = 2; i < q.argc() && options != MALFORMED; i++) {
      if (q.is(i, "persist")) {
        options = add(options, PERSIST, TIME);
      } else {
        options = addTime(q, ++i, options, PERSIST);
      }
    }
    return options;
  }

  private static long add(long options, int flag, int excluded) {
    return (options & excluded) != 0 ? MALFORMED : options | flag;
  }

  /** Adds an option whose time is the argument at {@code i}. */
  private static long addTime(Request q, int i, long options, int excluded) {
    int unit = unit(q, i - 1);
    if (unit == 0 || i >= q.argc() || (options & (excluded | TIME & ~unit)) != 0) {
      return MALFORMED;
    }
    return options & 0xffff_ffffL | unit | (long) i << 32;
  }

  private static int unit(Request q, int i) {
    if (q.is(i, "ex")) {
      return SECONDS;
    }
    if (q.is(i, "px")) {
      return MILLIS;
    }
    if (q.is(i, "exat")) {
      return AT_SECONDS;
    }
    return q.is(i, "pxat") ? AT_MILLIS : 0;
  }

  static boolean hasTime(long options) {
    return (options & TIME) != 0;
  }

  /** Whether the time is one of the calendar's, not one from now on. */
  static boolean isAbsolute(long options) {
    return (options & (AT_SECONDS | AT_MILLIS)) != 0;
  }

  /** When a key is to expire by options that have a time, in ms since the epoch, or REFUSED. */
  static long deadline(Request q, RespWriter out, long options) {
    return deadline(q, out, (int) (options >>> 32), (int) options & TIME);
  }

  /** When a key is to expire by the argument at {@code i} in that unit, or REFUSED. */
  static long deadline(Request q, RespWriter out, int i, int unit) {
    if (!q.isLong(i)) {
      out.error(Errors.NOT_INTEGER);
      return REFUSED;
    }
    long time = q.longAt(i);
    boolean seconds = (unit & (SECONDS | AT_SECONDS)) != 0;
    if (time > 0 && (!seconds || time <= Long.MAX_VALUE / 1000)) {
      time *= seconds ? 1000 : 1;
      if ((unit & (SECONDS | MILLIS)) != 0) {
        time += q.now();
      }
      if (time > 0) {
        return Math.min(time, Partition.NEVER - 1);
      }
    }
    out.error(Errors.invalidExpire(q.command().name()));
    return REFUSED;
  }
}
