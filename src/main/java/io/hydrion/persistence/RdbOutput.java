package io.hydrion.persistence;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;

/** The primitives of the format, written into an array that grows. */
public final class RdbOutput {
  private static final int COMPRESSED_FROM = 20;
  private static final int INTEGER_TEXT_MAX = 11;

  private final boolean compresses;
  private byte[] a = new byte[256];
  private int length;

  /**
   * @param compresses whether strings are compressed that become shorter thereby
   */
  public RdbOutput(boolean compresses) {
    this.compresses = compresses;
  }

  public byte[] array() {
    return a;
  }

  public int size() {
    return length;
  }

  /** Makes room for so many bytes, and returns where they begin. */
  private int extend(int n) {
    int from = length;
    if (n > a.length - from) {
      long wanted =
          Math.max((long) from + n, Math.min(2L * a.length, (long) a.length + (64 << 20)));
      byte[] larger = wanted > Integer.MAX_VALUE - 64 ? null : Heap.tryBytes((int) wanted);
      if (larger == null) {
        throw new StoreFullException("no room on the heap for a value of " + wanted + " bytes");
      }
      System.arraycopy(a, 0, larger, 0, from);
      a = larger;
    }
    length = from + n;
    return from;
  }

  public void u8(int b) {
    int at = extend(1);
    a[at] = (byte) b;
  }

  void int16(int n) {
    int at = extend(2);
    Bytes.putShort(a, at, n);
  }

  void int32(int n) {
    int at = extend(4);
    Bytes.putInt(a, at, n);
  }

  public void int64(long n) {
    int at = extend(8);
    Bytes.putLong(a, at, n);
  }

  void binaryDouble(double d) {
    int64(Double.doubleToRawLongBits(d));
  }

  void bytes(byte[] from, int off, int len) {
    int at = extend(len);
    System.arraycopy(from, off, a, at, len);
  }

  /** A length, unsigned. */
  void length(long n) {
    if (n >= 0 && n < 1 << 6) {
      u8((int) n);
    } else if (n >= 0 && n < 1 << 14) {
      u8(0x40 | (int) (n >> 8));
      u8((int) n);
    } else if (n >= 0 && n <= 0xffffffffL) {
      u8(0x80);
      int32(Integer.reverseBytes((int) n));
    } else {
      u8(0x81);
      int64(Long.reverseBytes(n));
    }
  }

  /** A string: as a number where it is one, else compressed where that helps. */
  void string(byte[] from, int off, int len) {
    if (len <= INTEGER_TEXT_MAX && Bytes.isLong(from, off, len)) {
      long n = Bytes.parseLong(from, off, len);
      if (n == (int) n) {
        integer((int) n);
        return;
      }
    }
    if (!compresses || len <= COMPRESSED_FROM || !compressed(from, off, len)) {
      length(len);
      bytes(from, off, len);
    }
  }

  private void integer(int n) {
    if (n == (byte) n) {
      u8(0xc0);
      u8(n);
    } else if (n == (short) n) {
      u8(0xc1);
      int16(n);
    } else {
      u8(0xc2);
      int32(n);
    }
  }

  private boolean compressed(byte[] from, int off, int len) {
    byte[] out = Heap.tryBytes(len);
    if (out == null) {
      return false;
    }
    int n = Lzf.compress(from, off, len, out);
    if (n == 0) {
      return false;
    }
    u8(0xc3);
    length(n);
    length(len);
    bytes(out, 0, n);
    return true;
  }

  /** Forgets what was written. */
  void clear() {
    length = 0;
  }
}
