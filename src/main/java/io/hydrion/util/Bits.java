package io.hydrion.util;

import java.util.Arrays;

/** Counts, finds and combines bits in ranges of bytes, eight bytes at a time. */
public final class Bits {
  /** How two strings are combined bit by bit. */
  public enum Operator {
    AND,
    OR,
    XOR
  }

  private Bits() {}

  /** How many bits of a range of bytes are set. */
  public static long count(byte[] a, int from, int to) {
    long count = 0;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      count += Long.bitCount(Bytes.getLong(a, i));
    }
    for (; i < to; i++) {
      count += Integer.bitCount(a[i] & 0xff);
    }
    return count;
  }

  /**
   * How many bits are set from one bit to another, both included, counted from byte {@code off}.
   */
  public static long countBits(byte[] a, int off, long first, long last) {
    int head = off + (int) (first >>> 3);
    int tail = off + (int) (last >>> 3);
    int headMask = 0xff >>> (first & 7);
    int tailMask = 0xff << (7 - (last & 7));
    if (head == tail) {
      return Integer.bitCount(a[head] & headMask & tailMask & 0xff);
    }
    return Integer.bitCount(a[head] & headMask)
        + count(a, head + 1, tail)
        + Integer.bitCount(a[tail] & tailMask & 0xff);
  }

  /**
   * Finds the first bit of a value from one bit to another, both included, counted from byte {@code
   * off}; -1 when there is none.
   */
  public static long find(byte[] a, int off, long first, long last, boolean one) {
    int flip = one ? 0 : 0xff;
    int at = off + (int) (first >>> 3);
    int tail = off + (int) (last >>> 3);
    int found = (a[at] ^ flip) & 0xff >>> (first & 7);
    if (found == 0 && at < tail) {
      at = skip(a, at + 1, tail, one);
      found = (a[at] ^ flip) & 0xff;
    }
    if (found == 0) {
      return -1;
    }
    long position = ((long) (at - off) << 3) + Integer.numberOfLeadingZeros(found) - 24;
    return position <= last ? position : -1;
  }

  /** The first byte of a range that has a bit of the value, or the range's end. */
  private static int skip(byte[] a, int from, int end, boolean one) {
    long none = one ? 0 : -1;
    int i = from;
    for (; i + 8 <= end; i += 8) {
      long word = Bytes.getLong(a, i) ^ none;
      if (word != 0) {
        return i + (Long.numberOfTrailingZeros(word) >>> 3);
      }
    }
    while (i < end && a[i] == (byte) none) {
      i++;
    }
    return i;
  }

  /** Inverts the first bytes. */
  public static void invert(byte[] a, int len) {
    int i = 0;
    for (; i + 8 <= len; i += 8) {
      Bytes.putLong(a, i, ~Bytes.getLong(a, i));
    }
    for (; i < len; i++) {
      a[i] = (byte) ~a[i];
    }
  }

  /** Combines all of {@code into} with a range, which is followed by zeros where it is shorter. */
  public static void combine(Operator operator, byte[] into, byte[] with, int off, int len) {
    switch (operator) {
      case AND -> {
        and(into, with, off, len);
        Arrays.fill(into, len, into.length, (byte) 0);
      }
      case OR -> or(into, with, off, len);
      case XOR -> xor(into, with, off, len);
    }
  }

  private static void and(byte[] into, byte[] with, int off, int len) {
    int i = 0;
    for (; i + 8 <= len; i += 8) {
      Bytes.putLong(into, i, Bytes.getLong(into, i) & Bytes.getLong(with, off + i));
    }
    for (; i < len; i++) {
      into[i] &= with[off + i];
    }
  }

  private static void or(byte[] into, byte[] with, int off, int len) {
    int i = 0;
    for (; i + 8 <= len; i += 8) {
      Bytes.putLong(into, i, Bytes.getLong(into, i) | Bytes.getLong(with, off + i));
    }
    for (; i < len; i++) {
      into[i] |= with[off + i];
    }
  }

  private static void xor(byte[] into, byte[] with, int off, int len) {
    int i = 0;
    for (; i + 8 <= len; i += 8) {
      Bytes.putLong(into, i, Bytes.getLong(into, i) ^ Bytes.getLong(with, off + i));
    }
    for (; i < len; i++) {
      into[i] ^= with[off + i];
    }
  }
}
