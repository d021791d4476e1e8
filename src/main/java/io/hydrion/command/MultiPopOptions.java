package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;

/**
 * What follows the name of a command that takes elements from the first of several keys that has
 * any: {@code numkeys key [key ...] END [COUNT count]}, where END is one of two words.
 */
final class MultiPopOptions {
  /*
   * Parsed options are one long, so that nothing is allocated: the count in the lower 31 bits, cut
   * off there since no reply has more elements, then a bit for the first of the two words, then the
   * number of keys.
   */
  private static final int COUNT_BITS = 31;
  private static final long COUNT_MAX = (1L << COUNT_BITS) - 1;

  /** Options that make no sense; the error has been replied. */
  static final long REFUSED = -1;

  private MultiPopOptions() {}

  /**
   * Parses the arguments from the number of keys on.
   *
   * @param first the one word for an end, in lower case
   * @param second the other one
   */
  static long of(Request q, RespWriter out, int numkeysAt, String first, String second) {
    if (!q.isLong(numkeysAt) || q.longAt(numkeysAt) < 1) {
      out.error("ERR numkeys should be greater than 0");
      return REFUSED;
    }
    long keys = q.longAt(numkeysAt);
    if (keys >= q.argc() - numkeysAt - 1) {
      out.error(Errors.SYNTAX);
      return REFUSED;
    }
    int endAt = numkeysAt + (int) keys + 1;
    boolean isFirst = q.is(endAt, first);
    if (!isFirst && !q.is(endAt, second)) {
      out.error(Errors.SYNTAX);
      return REFUSED;
    }
    long count = 0;
    for (int i = endAt + 1; i < q.argc(); i += 2) {
      if (count != 0 || !q.is(i, "count") || i + 1 == q.argc()) {
        out.error(Errors.SYNTAX);
        return REFUSED;
      }
      if (!q.isLong(i + 1) || q.longAt(i + 1) < 1) {
        out.error("ERR count should be greater than 0");
        return REFUSED;
      }
      count = Math.min(q.longAt(i + 1), COUNT_MAX);
    }
    return keys << COUNT_BITS + 1 | (isFirst ? 1L << COUNT_BITS : 0) | Math.max(count, 1);
  }

  /** How many keys there are; the first stands behind their number. */
  static int keys(long options) {
    return (int) (options >>> COUNT_BITS + 1);
  }

  /** Whether the first of the two words was given. */
  static boolean isFirst(long options) {
    return (options >>> COUNT_BITS & 1) != 0;
  }

  /** How many elements are wanted at most, at least 1. */
  static long count(long options) {
    return options & COUNT_MAX;
  }
}
