package io.hydrion.store;

/**
 * Lengths in as few bytes as they need: seven bits a byte, the lowest first, the top bit set in all
 * but the last. None is negative or takes more than five bytes.
 */
final class Varint {
  private Varint() {}

  /** How many bytes a number takes. */
  static int size(long n) {
    return n < 1 << 7 ? 1 : n < 1 << 14 ? 2 : n < 1 << 21 ? 3 : n < 1 << 28 ? 4 : 5;
  }

  /** Writes a number, and returns the place behind it. */
  static int put(byte[] a, int at, long n) {
    int i = at;
    long rest = n;
    while (rest >= 1 << 7) {
      a[i++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    a[i++] = (byte) rest;
    return i;
  }

  /** The number at a place; {@link #size} tells how many bytes it took. */
  static long get(byte[] a, int at) {
    int b = a[at];
    if (b >= 0) {
      return b;
    }
    long n = b & 0x7f;
    int i = at + 1;
    for (int shift = 7; ; shift += 7) {
      b = a[i++];
      n |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return n;
      }
    }
  }
}
