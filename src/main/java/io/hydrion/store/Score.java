package io.hydrion.store;

import io.hydrion.util.Bytes;

/** Doubles in as few bytes as they need, and in an order that unsigned integers have too. */
final class Score {
  /*
   * A tag, and what follows it:
   *   0 to 0xef     that number
   *   0xf0 + n      a whole number, signed, in n bytes (1 to 7), the lowest first
   *   0xf8          the bits of a double (8)
   *   0xf9          the upper half of a double's bits (4), whose lower half is 0
   */
  static final int BYTES_MAX = 9;

  private static final int TAGS = 0xf0;
  private static final int WHOLE_BYTES_MAX = 7;
  private static final int FULL = 0xf8;
  private static final int UPPER = 0xf9;
  private static final int UPPER_BYTES = 4;

  private Score() {}

  private static boolean isWhole(double score, long whole) {
    return whole == score && (whole != 0 || Double.doubleToRawLongBits(score) == 0);
  }

  /** How many bytes a whole number takes without its tag. */
  private static int wholeBytes(long whole) {
    return whole >= 0 && whole < TAGS
        ? 0
        : Long.SIZE + 8 - Long.numberOfLeadingZeros(whole ^ whole >> 63) >>> 3;
  }

  /** How many bytes {@link #put} writes. */
  static int size(double score) {
    long whole = (long) score;
    if (isWhole(score, whole)) {
      int n = wholeBytes(whole);
      if (n <= WHOLE_BYTES_MAX) {
        return 1 + n;
      }
    }
    return (int) Double.doubleToRawLongBits(score) == 0 ? 1 + UPPER_BYTES : BYTES_MAX;
  }

  /** How many bytes the score at a place takes. */
  static int sizeAt(byte[] a, int at) {
    int tag = a[at] & 0xff;
    return tag < TAGS ? 1 : tag == UPPER ? 1 + UPPER_BYTES : tag - TAGS + 1;
  }

  /** Writes a score, and returns the place behind it. */
  static int put(byte[] a, int at, double score) {
    long whole = (long) score;
    if (isWhole(score, whole)) {
      int n = wholeBytes(whole);
      if (n == 0) {
        a[at] = (byte) whole;
        return at + 1;
      }
      if (n <= WHOLE_BYTES_MAX) {
        a[at] = (byte) (TAGS + n);
        long rest = whole;
        for (int i = at + 1; i <= at + n; i++) {
          a[i] = (byte) rest;
          rest >>= 8;
        }
        return at + 1 + n;
      }
    }
    long bits = Double.doubleToRawLongBits(score);
    if ((int) bits == 0) {
      a[at] = (byte) UPPER;
      Bytes.putInt(a, at + 1, (int) (bits >>> 32));
      return at + 1 + UPPER_BYTES;
    }
    a[at] = (byte) FULL;
    Bytes.putLong(a, at + 1, bits);
    return at + BYTES_MAX;
  }

  static double get(byte[] a, int at) {
    int tag = a[at] & 0xff;
    if (tag < TAGS) {
      return tag;
    }
    if (tag == FULL) {
      return Double.longBitsToDouble(Bytes.getLong(a, at + 1));
    }
    if (tag == UPPER) {
      return Double.longBitsToDouble((long) Bytes.getInt(a, at + 1) << 32);
    }
    int n = tag - TAGS;
    if (at + 9 <= a.length) {
      int unused = Long.SIZE - (n << 3);
      return Bytes.getLong(a, at + 1) << unused >> unused;
    }
    long whole = a[at + n];
    for (int i = at + n - 1; i > at; i--) {
      whole = whole << 8 | a[i] & 0xff;
    }
    return whole;
  }

  /** Bits that, as unsigned integers, have the order of the scores; 0 and -0 are the same. */
  static long order(double score) {
    long bits = Double.doubleToRawLongBits(score + 0.0); // -0 + 0 is 0
    return bits ^ (bits >> 63 | Long.MIN_VALUE);
  }

  /** The score that has an order. */
  static double ofOrder(long order) {
    return Double.longBitsToDouble(order ^ (~order >> 63 | Long.MIN_VALUE));
  }
}
