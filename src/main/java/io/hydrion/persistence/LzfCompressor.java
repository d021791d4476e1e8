package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import java.util.Arrays;

/** Compresses string after string into {@link Lzf}'s format, with one table. One thread's. */
final class LzfCompressor {
  /*
   * The table tells where three bytes were seen last. Its numbers go on from string to string: a
   * number that is not above the base was noted in an earlier string, so that nothing has to be
   * wiped.
   */
  private static final int LITERALS_MAX = 32;
  private static final int REFERENCE_MAX = 264;
  private static final int DISTANCE_MAX = 8192;
  private static final int HASH_BITS = 13;
  private static final int KEPT_MAX = 64 * 1024;

  private int[] last = {};
  private int base;
  private byte[] out = Bytes.EMPTY;

  /** What the last string became. */
  byte[] output() {
    return out;
  }

  /**
   * Compresses a string.
   *
   * @return how many bytes of {@link #output} it takes; 0 when it would not become shorter, or when
   *     there is no memory for it
   */
  int compress(byte[] in, int off, int len) {
    if (!prepare(len)) {
      return 0;
    }
    int shift = base + 1 - off;
    base += len;
    int end = off + len;
    int i = off;
    int o = 1; // the place of a run's control byte is kept free in front of it
    int literals = 0;
    while (i < end) {
      int n = 0;
      int from = 0;
      if (i + 2 < end) {
        int h = hash(in, i);
        from = last[h] - shift;
        last[h] = i + shift;
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

  private boolean prepare(int len) {
    if (last.length == 0) {
      last = new int[1 << HASH_BITS];
    } else if (len > Integer.MAX_VALUE - 64 - base) {
      Arrays.fill(last, 0);
      base = 0;
    }
    if (len > Integer.MAX_VALUE - 64) {
      return false;
    }
    if (out.length < len || out.length > KEPT_MAX) {
      byte[] room = Heap.tryBytes(len > KEPT_MAX ? len : Math.min(KEPT_MAX, 2 * len));
      if (room == null) {
        return false;
      }
      Heap.givenUp(out.length);
      out = room;
    }
    return true;
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
