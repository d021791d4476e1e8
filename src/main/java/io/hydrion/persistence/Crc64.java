package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/** The CRC-64 of Jones, reflected, as Redis puts it behind its files and payloads. */
public final class Crc64 {
  private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L;
  private static final int SLICES = 8;
  private static final long[][] TABLES = new long[SLICES][256];

  static {
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ (crc & 1) * POLYNOMIAL;
      }
      TABLES[0][i] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++) {
      for (int i = 0; i < 256; i++) {
        long crc = TABLES[slice - 1][i];
        TABLES[slice][i] = crc >>> 8 ^ TABLES[0][(int) crc & 0xff];
      }
    }
  }

  private Crc64() {}

  /** Goes on from the sum of what came before; 0 is that of nothing. */
  public static long update(long crc, byte[] a, int off, int len) {
    long sum = crc;
    int i = off;
    int end = off + len;
    for (; end - i >= SLICES; i += SLICES) {
      long word = sum ^ Bytes.getLong(a, i);
      sum = 0;
      for (int slice = 0; slice < SLICES; slice++) {
        sum ^= TABLES[SLICES - 1 - slice][(int) (word >>> 8 * slice) & 0xff];
      }
    }
    for (; i < end; i++) {
      sum = sum >>> 8 ^ TABLES[0][(int) (sum ^ a[i]) & 0xff];
    }
    return sum;
  }
}
