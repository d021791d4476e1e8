package io.hydrion.util;

/**
 * A keyed 64-bit hash of byte ranges for tables in memory: each word is folded in by a 64×64→128
 * bit multiplication, as wyhash does. The seed is secret and new in every process, so that nobody
 * can choose keys that collide; the hash is never stored.
 */
public final class SeededHash {
  private static final long P0 = 0xa0761d6478bd642fL;
  private static final long P1 = 0xe7037ed1a0b428dbL;

  private SeededHash() {}

  public static long of(byte[] a, int off, int len, long seed) {
    long h = seed ^ P0;
    int i = off;
    int rest = len;
    for (; rest > 16; rest -= 16, i += 16) {
      h = fold(Bytes.getLong(a, i) ^ P1, Bytes.getLong(a, i + 8) ^ h);
    }
    long x;
    long y;
    if (rest >= 8) {
      x = Bytes.getLong(a, i);
      y = Bytes.getLong(a, i + rest - 8);
    } else if (rest >= 4) {
      x = Bytes.getInt(a, i);
      y = Bytes.getInt(a, i + rest - 4);
    } else if (rest > 0) {
      x = (a[i] & 0xff) << 16 | (a[i + (rest >> 1)] & 0xff) << 8 | (a[i + rest - 1] & 0xff);
      y = 0;
    } else {
      x = 0;
      y = 0;
    }
    return fold(P1 ^ len, fold(x ^ P1, y ^ h));
  }

  private static long fold(long x, long y) {
    return Math.multiplyHigh(x, y) ^ (x * y);
  }
}
