package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;

/** The id of a stream's entry as clients write it: {@code ms-seq}, two unsigned numbers. */
final class StreamId {
  private static final String INVALID =
      "ERR Invalid stream ID specified as stream command argument";
  private static final String NO_START = "ERR invalid start ID for the interval";
  private static final String NO_END = "ERR invalid end ID for the interval";
  private static final int LENGTH_MAX = 127;

  /** The second half of the highest ids. */
  static final long HIGHEST = -1;

  long ms;
  long seq;

  /** Whether the second half was left to the server: {@code ms-*}. */
  boolean isOpen;

  private long number;

  /** Reads an argument, for which + and - are no ids; false: the error has been replied. */
  boolean parse(Request q, RespWriter out, int i) {
    if (isId(q, i)) {
      return true;
    }
    out.error(INVALID);
    return false;
  }

  /** As {@link #parse}, but ms-* is an id too. */
  boolean parseOpen(Request q, RespWriter out, int i) {
    if (read(q.bytes(), q.offset(i), q.length(i), 0, false, true)) {
      return true;
    }
    out.error(INVALID);
    return false;
  }

  /** As {@link #parse}, but + and - are the highest and the lowest id. */
  boolean parseAny(Request q, RespWriter out, int i) {
    if (read(q.bytes(), q.offset(i), q.length(i), 0, true, false)) {
      return true;
    }
    out.error(INVALID);
    return false;
  }

  /** Reads all arguments from one on, and replies the error if one is no id. */
  static boolean areIds(Request q, RespWriter out, int first, int end) {
    StreamId id = new StreamId();
    for (int i = first; i < end; i++) {
      if (!id.parse(q, out, i)) {
        return false;
      }
    }
    return true;
  }

  /** Reads an argument if it is an id other than + and -. */
  boolean isId(Request q, int i) {
    return read(q.bytes(), q.offset(i), q.length(i), 0, false, false);
  }

  /** Reads the start of an interval, which may be left out of it by a "(". */
  boolean parseStart(Request q, RespWriter out, int i) {
    return parseBound(q, out, i, true);
  }

  /** Reads the end of an interval, which may be left out of it by a "(". */
  boolean parseEnd(Request q, RespWriter out, int i) {
    return parseBound(q, out, i, false);
  }

  private boolean parseBound(Request q, RespWriter out, int i, boolean isStart) {
    byte[] a = q.bytes();
    int off = q.offset(i);
    int len = q.length(i);
    long missing = isStart ? 0 : HIGHEST;
    boolean isExclusive = len > 1 && a[off] == '(';
    boolean isId =
        isExclusive
            ? read(a, off + 1, len - 1, missing, false, false)
            : read(a, off, len, missing, true, false);
    if (!isId) {
      out.error(INVALID);
      return false;
    }
    if (isExclusive && !(isStart ? increment() : decrement())) {
      out.error(isStart ? NO_START : NO_END);
      return false;
    }
    return true;
  }

  /** Goes on to the next id; from the highest one to 0-0, and false. */
  boolean increment() {
    seq++;
    if (seq == 0) {
      ms++;
    }
    return (ms | seq) != 0;
  }

  /** Goes back to the id before; from 0-0 to the highest one, and false. */
  boolean decrement() {
    boolean isLowest = (ms | seq) == 0;
    seq--;
    if (seq == HIGHEST) {
      ms--;
    }
    return !isLowest;
  }

  boolean isHighest() {
    return (ms & seq) == HIGHEST;
  }

  private boolean read(byte[] a, int off, int len, long missing, boolean extremes, boolean open) {
    isOpen = false;
    if (len > LENGTH_MAX) {
      return false;
    }
    int zero = Bytes.indexOf(a, off, off + len, '\0');
    int end = zero < 0 ? off + len : zero;
    if (end - off == 1 && (a[off] == '-' || a[off] == '+')) {
      ms = a[off] == '-' ? 0 : HIGHEST;
      seq = ms;
      return extremes;
    }
    int dash = Bytes.indexOf(a, off, end, '-');
    if (!readNumber(a, off, dash < 0 ? end : dash)) {
      return false;
    }
    ms = number;
    if (dash < 0) {
      seq = missing;
      return true;
    }
    if (open && end - dash == 2 && a[dash + 1] == '*') {
      seq = 0;
      isOpen = true;
      return true;
    }
    if (!readNumber(a, dash + 1, end)) {
      return false;
    }
    seq = number;
    return true;
  }

  /**
   * Reads an unsigned number as Redis does: in its decimal form, or whatever else the C library
   * takes for one, which is blanks, signs and zeros in front of it.
   */
  private boolean readNumber(byte[] a, int from, int to) {
    int i = from;
    while (i < to && (a[i] == ' ' || (a[i] >= '\t' && a[i] <= '\r'))) {
      i++;
    }
    boolean isNegative = i < to && a[i] == '-';
    if (i < to && (a[i] == '-' || a[i] == '+')) {
      i++;
    }
    if (i == to) {
      return false;
    }
    long value = 0;
    for (; i < to; i++) {
      int digit = a[i] - '0';
      if (digit < 0 || digit > 9 || overflows(value, digit)) {
        return false;
      }
      value = value * 10 + digit;
    }
    number = isNegative ? -value : value;
    return !isNegative || !Bytes.isLong(a, from, to - from);
  }

  private static final long TENTH = Long.divideUnsigned(-1, 10);

  private static boolean overflows(long value, int digit) {
    return (value < 0 || value >= TENTH)
        && (Long.compareUnsigned(value, TENTH) > 0 || (value == TENTH && digit > 5));
  }
}
