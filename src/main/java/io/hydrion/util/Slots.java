package io.hydrion.util;

/**
 * The hash slot of a key: CRC16 (XMODEM) of its hash tag, or of all of it, modulo {@value #COUNT},
 * as the Redis Cluster specification has it.
 */
public final class Slots {
  public static final int COUNT = 16384;

  /** Four tables, so that four bytes are folded in a step ("slicing by four"). */
  private static final char[][] TABLE = new char[4][256];

  static {
    for (int i = 0; i < 256; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
      }
      TABLE[0][i] = (char) crc;
    }
    for (int t = 1; t < 4; t++) {
      for (int i = 0; i < 256; i++) {
        int crc = TABLE[t - 1][i];
        TABLE[t][i] = (char) ((crc << 8) ^ TABLE[0][crc >>> 8]);
      }
    }
  }

  private Slots() {}

  /** The slot of the key in the range, 0 to 16,383. */
  public static int of(byte[] a, int off, int len) {
    int end = off + len;
    int open = Bytes.indexOf(a, off, end, '{');
    int close = open < 0 ? -1 : Bytes.indexOf(a, open + 1, end, '}');
    return close <= open + 1 ? slot(a, off, len) : slot(a, open + 1, close - open - 1);
  }

  private static int slot(byte[] a, int off, int len) {
    return crc16(a, off, len) & (COUNT - 1);
  }

  static int crc16(byte[] a, int off, int len) {
    char[] t0 = TABLE[0];
    char[] t1 = TABLE[1];
    char[] t2 = TABLE[2];
    char[] t3 = TABLE[3];
    int crc = 0;
    int i = off;
    int end = off + len;
    for (; i + 4 <= end; i += 4) {
      crc =
          t3[(crc >>> 8) ^ (a[i] & 0xff)]
              ^ t2[(crc & 0xff) ^ (a[i + 1] & 0xff)]
              ^ t1[a[i + 2] & 0xff]
              ^ t0[a[i + 3] & 0xff];
    }
    for (; i < end; i++) {
      crc = ((crc << 8) & 0xffff) ^ t0[(crc >>> 8) ^ (a[i] & 0xff)];
    }
    return crc;
  }
}
