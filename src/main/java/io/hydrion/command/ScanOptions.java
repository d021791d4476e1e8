package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import org.jspecify.annotations.Nullable;

/** The cursor and the options of SCAN, SSCAN, HSCAN and ZSCAN, and what they may cost. */
final class ScanOptions {
  /** What is walked over: it decides which options there are. */
  enum Of {
    KEYS,
    FIELDS,
    MEMBERS
  }

  /**
   * What a larger COUNT is taken for: the most keys or elements that a call looks at, but for a
   * few.
   */
  private static final int COUNT_MAX = 10_000;

  /** A call ends once it has found so many bytes, whatever its COUNT. */
  static final int REPLY_BYTES = 4 << 20;

  private static final int DEFAULT_COUNT = 10;

  private final Request q;
  private final Of what;
  private final int cursorAt;
  private final MatchPattern pattern = new MatchPattern();
  private long count = DEFAULT_COUNT;
  private @Nullable String type;
  private boolean noValues;

  /**
   * @param cursorAt the position of the cursor; the options follow it
   */
  ScanOptions(Request q, Of what, int cursorAt) {
    this.q = q;
    this.what = what;
    this.cursorAt = cursorAt;
  }

  /** Whether the cursor is one; if not, the error has been replied. */
  boolean checkCursor(RespWriter out) {
    if (!isCursor()) {
      out.error("ERR invalid cursor");
      return false;
    }
    return true;
  }

  /** Reads the options; false when there is an error in them, which has been replied then. */
  boolean read(RespWriter out) {
    String error = null;
    for (int i = cursorAt + 1; i < q.argc() && error == null; i++) {
      boolean hasValue = i + 1 < q.argc();
      if (hasValue && q.is(i, "count")) {
        error = readCount(++i);
      } else if (hasValue && q.is(i, "match")) {
        i++;
        pattern.set(q.bytes(), q.offset(i), q.length(i));
      } else if (hasValue && what == Of.KEYS && q.is(i, "type")) {
        type = q.text(++i);
      } else if (q.is(i, "novalues")) {
        error = what == Of.FIELDS ? null : "ERR NOVALUES option can only be used in HSCAN";
        noValues = true;
      } else {
        error = Errors.SYNTAX;
      }
    }
    if (error != null) {
      out.error(error);
    }
    return error == null;
  }

  private @Nullable String readCount(int i) {
    if (!q.isLong(i)) {
      return Errors.NOT_INTEGER;
    }
    count = q.longAt(i);
    return count < 1 ? Errors.SYNTAX : null;
  }

  MatchPattern pattern() {
    return pattern;
  }

  /** How many keys or elements to look at. */
  int count() {
    return (int) Math.min(count, COUNT_MAX);
  }

  /** The name of the type that keys are to have; null when any will do. */
  @Nullable String type() {
    return type;
  }

  /** Whether fields are wanted without their values. */
  boolean noValues() {
    return noValues;
  }

  /** Whether strtoul takes all of the argument up to a zero byte, as Redis asks of a cursor. */
  private boolean isCursor() {
    byte[] a = q.bytes();
    int at = q.offset(cursorAt);
    int end = at;
    while (end < q.offset(cursorAt) + q.length(cursorAt) && a[end] != 0) {
      end++;
    }
    if (at == end) {
      return true;
    }
    if (a[at] == '-' || a[at] == '+') {
      at++;
    }
    int digits = at;
    long value = 0;
    for (; at < end; at++) {
      int digit = a[at] - '0';
      if (digit < 0 || digit > 9 || isTooLarge(value, digit)) {
        return false;
      }
      value = value * 10 + digit;
    }
    return at > digits;
  }

  private static boolean isTooLarge(long value, int digit) {
    long limit = Long.divideUnsigned(-1L, 10);
    int order = Long.compareUnsigned(value, limit);
    return order > 0 || (order == 0 && digit > 5);
  }

  /** The value of the cursor, which has been checked. */
  long cursor() {
    long value = 0;
    int from = q.offset(cursorAt);
    int length = q.length(cursorAt);
    for (int at = from; at < from + length && q.bytes()[at] != 0; at++) {
      int digit = q.bytes()[at] - '0';
      value = digit < 0 ? 0 : value * 10 + digit;
    }
    return length > 0 && q.bytes()[from] == '-' ? -value : value;
  }
}
