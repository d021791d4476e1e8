package io.hydrion.persistence;

/** The LZF format of compressed strings: literal runs, and references to what was just written. */
final class Lzf {
  /** No input byte stands for more output bytes than this. */
  static final int RATIO_MAX = 264 / 3 + 1;

  private static final int LITERALS_MAX = 32;
  private static final int REFERENCE_MAX = 264;
  private static final int DISTANCE_MAX = 8192;
  private static final int HASH_BITS = 14;

  private Lzf() {}

  /**
   * Expands exactly {@code outLength} bytes.
   *
   * @throws RdbFormatException when the input does not say that
   */
  static void expand(byte[] in, int off, int len, byte[] out, int outLength) {
    int i = off;
    int end = off + len;
    int o = 0;
    while (i < end) {
      int control = in[i++] & 0xff;
      if (control < LITERALS_MAX) {
        int n = control + 1;
        check(n <= end - i && n <= outLength - o);
        System.arraycopy(in, i, out, o, n);
        i += n;
        o += n;
        continue;
      }
      int n = control >> 5;
      if (n == 7) {
        check(i < end);
        n += in[i++] & 0xff;
      }
      n += 2;
      check(i < end);
      int from = o - ((control & 0x1f) << 8 | in[i++] & 0xff) - 1;
      check(from >= 0 && n <= outLength - o);
      for (int k = 0; k < n; k++) { // byte by byte: the two may overlap
        out[o + k] = out[from + k];
      }
      o += n;
    }
    check(o == outLength);
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new RdbFormatException("invalid LZF compressed string");
    }
  }

  /**
   * Compresses into {@code out}, of at least {@code len} bytes.
   *
   * @return how many bytes were written; 0 when the result would not be shorter than the input
   */
  static int compress(byte[] in, int off, int len, byte[] out) {
    int[] last = new int[1 << HASH_BITS];
    int end = off + len;
    int i = off;
    int o = 1; // the place of a run's control byte is kept free in front of it
    int literals = 0;
    while (i < end) {
      int n = 0;
      int from = 0;
      if (i + 2 < end) {
        int h = hash(in, i);
        from = last[h] - 1 + off;
        last[h] = i - off + 1;
        if (from >= off && i - from <= DISTANCE_MAX) {
          n = matching(in, from, i, Math.min(REFERENCE_MAX, end - i));
        }
      }
      if (o + 4 >= len) {
        return 0;
      }
      if (n < 3) {
        out[o++] = in[i++];
        if (++literals == LITERALS_MAX) {
          out[o - literals - 1] = LITERALS_MAX - 1;
          literals = 0;
          o++;
        }
        continue;
      }
      if (literals > 0) {
        out[o - literals - 1] = (byte) (literals - 1);
        literals = 0;
      } else {
        o--;
      }
      o = putReference(out, o, i - from - 1, n - 2) + 1;
      i += n;
    }
    if (literals == 0) {
      return o - 1;
    }
    out[o - literals - 1] = (byte) (literals - 1);
    return o;
  }

  private static int putReference(byte[] out, int at, int distance, int n) {
    int o = at;
    if (n < 7) {
      out[o++] = (byte) (n << 5 | distance >> 8);
    } else {
      out[o++] = (byte) (7 << 5 | distance >> 8);
      out[o++] = (byte) (n - 7);
    }
    out[o++] = (byte) distance;
    return o;
  }

  private static int hash(byte[] in, int at) {
    int three = (in[at] & 0xff) << 16 | (in[at + 1] & 0xff) << 8 | in[at + 2] & 0xff;
    return three * 0x9e3779b1 >>> 32 - HASH_BITS;
  }

  private static int matching(byte[] in, int from, int at, int most) {
    int n = 0;
    while (n < most && in[from + n] == in[at + n]) {
      n++;
    }
    return n;
  }
}
