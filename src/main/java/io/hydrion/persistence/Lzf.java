package io.hydrion.persistence;

/**
 * The LZF format of compressed strings: literal runs, and references to what was just written.
 * {@link LzfCompressor} writes it.
 */
final class Lzf {
  /** No input byte stands for more output bytes than this. */
  static final int RATIO_MAX = 264 / 3 + 1;

  private static final int LITERALS_MAX = 32;

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
}
