package io.hydrion.util;

/**
 * The registers of a sparse {@link HyperLogLog}: runs of equal ones, in order. Everything here
 * works on a range of a byte array and believes nothing of it.
 */
public final class SparseRegisters {
  /*
   * A run is one of
   *   00nnnnnn            n + 1 registers of value 0
   *   01nnnnnn nnnnnnnn   the same, for longer runs
   *   1vvvvvnn            n + 1 registers of value v + 1
   * A long run at the very end whose second byte is missing is counted as if that were 0, as in
   * Redis, but not changed.
   *
   * Which run has a register is found by adding up the lengths of all runs before it. That is done
   * for eight bytes at a time where none of them begins a long run.
   *
   * A place is where a run stands: its offset from the first run (upper half), its first register
   * (24 bits), and how many bytes before it the run before it begins (8 bits; 0: it is the first).
   */

  /** The place of the first run. */
  public static final long START = 0;

  /** No place: the runs end before the register. */
  public static final long NONE = -1;

  /** The highest value that a run can have. */
  public static final int VALUE_MAX = 32;

  /** How many bytes runs in which all registers are 0 take. */
  public static final int EMPTY_LENGTH = 2;

  private static final int SHORT_ZEROS_MAX = 64;
  private static final int VALUES_MAX = 4;

  /** How many runs are looked at in order to join those that are alike. */
  private static final int JOIN_STEPS = 5;

  private static final long BYTES = 0x0101010101010101L;
  private static final long SHORTS_LOW = 0x00ff00ff00ff00ffL;
  private static final long SHORTS = 0x0001000100010001L;

  private SparseRegisters() {}

  /** Writes one run of zeros. */
  static void putEmpty(byte[] a, int at) {
    putZeros(a, at, HyperLogLog.REGISTERS);
  }

  // ---- one run

  private static boolean isValue(int run) {
    return (run & 0x80) != 0;
  }

  private static boolean isLong(int run) {
    return (run & 0xc0) == 0x40;
  }

  private static int value(int run) {
    return isValue(run) ? (run >>> 2 & 0x1f) + 1 : 0;
  }

  /** How many bytes a run has. */
  private static int width(int run) {
    return isLong(run) ? 2 : 1;
  }

  /** How many registers the run at a place of an array has. */
  private static int span(byte[] a, int at, int end) {
    int run = a[at];
    if (isValue(run)) {
      return (run & 3) + 1;
    }
    if (isLong(run)) {
      int low = at + 1 < end ? a[at + 1] & 0xff : 0;
      return ((run & 0x3f) << 8 | low) + 1;
    }
    return (run & 0x3f) + 1;
  }

  private static int putZeros(byte[] a, int at, int n) {
    if (n > SHORT_ZEROS_MAX) {
      a[at] = (byte) (n - 1 >>> 8 | 0x40);
      a[at + 1] = (byte) (n - 1);
      return at + 2;
    }
    a[at] = (byte) (n - 1);
    return at + 1;
  }

  private static byte values(int value, int n) {
    return (byte) (0x80 | value - 1 << 2 | n - 1);
  }

  // ---- one register

  /**
   * The place of the run that has a register, or {@link #NONE}.
   *
   * @param start the place of that run or of one before it
   */
  public static long find(byte[] a, int from, int end, int index, long start) {
    int at = from + (int) (start >>> 32);
    int first = (int) start >>> 8;
    int back = (int) start & 0xff;
    while (at < end) {
      while (at + 8 <= end) {
        long runs = Bytes.getLong(a, at);
        if ((runs & ~(runs >>> 1) & 0x40 * BYTES) != 0) {
          break; // one of them is long
        }
        long values = runs >>> 7 & BYTES;
        long lengths = runs & (0x3f * BYTES ^ values * 0x3c);
        long pairs = (lengths & SHORTS_LOW) + (lengths >>> 8 & SHORTS_LOW);
        int next = first + 8 + (int) (pairs * SHORTS >>> 48);
        if (next > index) {
          break;
        }
        first = next;
        at += 8;
        back = 1;
      }
      for (int i = 0; i < 8 && at < end; i++) {
        int span = span(a, at, end);
        if (first + span > index) {
          boolean whole = at + width(a[at]) <= end;
          return whole ? (long) (at - from) << 32 | (long) first << 8 | back : NONE;
        }
        first += span;
        back = width(a[at]);
        at += back;
      }
    }
    return NONE;
  }

  /**
   * The place of the run before the one at a place, which stays what it is when a register of that
   * one is set; {@link #START} for the first run.
   *
   * @param start the place of that run or of one before it
   */
  public static long before(byte[] a, int from, int end, long place, long start) {
    int first = firstOf(place);
    return first == 0 || place == start ? start : find(a, from, end, first - 1, start);
  }

  /** The value of the registers of the run at a place. */
  public static int valueAt(byte[] a, int from, long place) {
    return value(a[at(from, place)]);
  }

  private static int at(int from, long place) {
    return from + (int) (place >>> 32);
  }

  private static int firstOf(long place) {
    return (int) place >>> 8;
  }

  /** By how many bytes the runs grow when a register of the run at a place gets another value. */
  public static int growth(byte[] a, int from, int end, long place, int index) {
    int at = at(from, place);
    int run = a[at];
    int before = index - firstOf(place);
    int after = span(a, at, end) - 1 - before;
    return 1 + restWidth(run, before) + restWidth(run, after) - width(run);
  }

  private static int restWidth(int run, int n) {
    if (n == 0) {
      return 0;
    }
    return !isValue(run) && n > SHORT_ZEROS_MAX ? 2 : 1;
  }

  /**
   * Gives a register of the run at a place another value, at most 32.
   *
   * @param end the end of the runs; behind it there is room for {@link #growth}, if that is any
   * @return the new end of the runs
   */
  public static int set(byte[] a, int from, int end, long place, int index, int value) {
    int at = at(from, place);
    int run = a[at];
    int before = index - firstOf(place);
    int after = span(a, at, end) - 1 - before;
    int next = at + width(run);
    int growth = growth(a, from, end, place, index);
    if (growth != 0 && next < end) {
      System.arraycopy(a, next, a, next + growth, end - next);
    }
    int to = at;
    if (isValue(run)) {
      if (before > 0) {
        a[to++] = values(value(run), before);
      }
      a[to++] = values(value, 1);
      if (after > 0) {
        a[to] = values(value(run), after);
      }
    } else {
      if (before > 0) {
        to = putZeros(a, to, before);
      }
      a[to++] = values(value, 1);
      if (after > 0) {
        putZeros(a, to, after);
      }
    }
    return join(a, at - ((int) place & 0xff), end + growth);
  }

  /** Joins runs of the same value from a place on; returns the new end. */
  private static int join(byte[] a, int from, int end) {
    int newEnd = end;
    int at = from;
    for (int steps = JOIN_STEPS; at < newEnd && steps > 0; steps--) {
      int run = a[at];
      if (!isValue(run)) {
        at += width(run);
        continue;
      }
      int next = at + 1 < newEnd ? a[at + 1] : 0;
      int length = (run & 3) + (next & 3) + 2;
      if (isValue(next) && value(run) == value(next) && length <= VALUES_MAX) {
        System.arraycopy(a, at + 1, a, at, newEnd - at - 1);
        newEnd--;
        a[at] = values(value(run), length);
      } else {
        at++;
      }
    }
    return newEnd;
  }

  // ---- all registers

  /** Raises registers, one a byte; returns false when the runs are not as long as the registers. */
  static boolean merge(byte[] registers, byte[] a, int from, int end) {
    int index = 0;
    for (int at = from; at < end; at += width(a[at])) {
      int span = span(a, at, end);
      if (index + span > HyperLogLog.REGISTERS) {
        return false;
      }
      int value = value(a[at]);
      if (value > 0) {
        for (int i = index; i < index + span; i++) {
          registers[i] = (byte) Math.max(registers[i], value);
        }
      }
      index += span;
    }
    return index == HyperLogLog.REGISTERS;
  }

  /** Counts registers by value; returns false when the runs are not as long as the registers. */
  static boolean count(int[] counts, byte[] a, int from, int end) {
    int index = 0;
    for (int at = from; at < end; at += width(a[at])) {
      int span = span(a, at, end);
      if (index + span > HyperLogLog.REGISTERS) {
        return false;
      }
      counts[value(a[at])] += span;
      index += span;
    }
    return index == HyperLogLog.REGISTERS;
  }

  /** The runs in words: z and Z are zeros in a short and a long run, v a value and a length. */
  public static String describe(byte[] a, int from, int end) {
    StringBuilder text = new StringBuilder();
    for (int at = from; at < end; at += width(a[at])) {
      text.append(at == from ? "" : " ");
      if (isValue(a[at])) {
        text.append("v:").append(value(a[at])).append(',');
      } else {
        text.append(isLong(a[at]) ? "Z:" : "z:");
      }
      text.append(span(a, at, end));
    }
    return text.toString();
  }
}
