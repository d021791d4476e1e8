package io.hydrion.util;

/**
 * Integers of 1 to 64 bits anywhere in a string of bits whose first one is the highest of the first
 * byte, and what becomes of values that do not fit.
 */
public final class BitField {
  /** What is done with a value that does not fit. */
  public enum Overflow {
    WRAP,
    SATURATE,
    FAIL
  }

  private BitField() {}

  /** Reads an unsigned integer; bits beyond the {@code len} bytes from {@code off} on are zeros. */
  public static long get(byte[] a, int off, int len, long bitOffset, int bits) {
    long first = bitOffset >>> 3;
    int shift = (int) bitOffset & 7;
    if (first >= len) {
      return 0;
    }
    int at = off + (int) first;
    int left = len - (int) first;
    long high;
    long ninth;
    if (left > 8) {
      high = Long.reverseBytes(Bytes.getLong(a, at));
      ninth = a[at + 8] & 0xff;
    } else {
      high = 0;
      for (int i = 0; i < left; i++) {
        high |= (a[at + i] & 0xffL) << (56 - 8 * i);
      }
      ninth = 0;
    }
    return (high << shift | ninth >>> (8 - shift)) >>> (64 - bits);
  }

  /** Gives an unsigned integer the sign that its highest bit says. */
  public static long signed(long value, int bits) {
    return value << (64 - bits) >> (64 - bits);
  }

  /** Writes the lowest bits of a value; all bytes concerned must be there. */
  public static void set(byte[] a, int off, long bitOffset, int bits, long value) {
    int at = off + (int) (bitOffset >>> 3);
    int from = (int) bitOffset & 7;
    for (int left = bits; left > 0; at++) {
      int n = Math.min(8 - from, left);
      int shift = 8 - from - n;
      int mask = (1 << n) - 1;
      left -= n;
      a[at] = (byte) (a[at] & ~(mask << shift) | ((int) (value >>> left) & mask) << shift);
      from = 0;
    }
  }

  /**
   * Whether value + increment does not fit into so many bits. As Redis decides it: to set a value
   * is to add 0 to it, and then the value may be any.
   *
   * @return 0 when it fits, 1 when it is too large, -1 when it is too small
   */
  public static int overflow(boolean signed, long value, long increment, int bits) {
    long max = max(signed, bits);
    if (!signed) {
      if (Long.compareUnsigned(value, max) > 0 || (increment > 0 && increment > max - value)) {
        return 1;
      }
      return increment < 0 && increment < -value ? -1 : 0;
    }
    long min = -max - 1;
    // These may wrap around for a value that is out of range, and Redis answers by what comes then.
    long room = max - value;
    long roomBelow = min - value;
    boolean narrow = bits != 64;
    if (value > max
        || (narrow && increment > room)
        || (value >= 0 && increment > 0 && increment > room)) {
      return 1;
    }
    return value < min
            || (narrow && increment < roomBelow)
            || (value < 0 && increment < 0 && increment < roomBelow)
        ? -1
        : 0;
  }

  /** What value + increment becomes, given what {@link #overflow} says of them. */
  public static long result(
      boolean signed, long value, long increment, int bits, Overflow mode, int overflow) {
    long sum = value + increment;
    if (overflow == 0 || mode == Overflow.FAIL) {
      return sum;
    }
    if (mode == Overflow.SATURATE) {
      long max = max(signed, bits);
      return overflow > 0 ? max : signed ? -max - 1 : 0;
    }
    return signed ? signed(sum, bits) : sum & max(false, bits);
  }

  private static long max(boolean signed, int bits) {
    long unsigned = -1L >>> (64 - bits);
    return signed ? unsigned >>> 1 : unsigned;
  }
}
