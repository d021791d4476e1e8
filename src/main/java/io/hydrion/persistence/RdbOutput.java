package io.hydrion.persistence;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import org.jspecify.annotations.Nullable;

/**
 * The primitives of the format, written into an array that grows, or that is taken away whenever it
 * is full.
 */
public final class RdbOutput {
  private static final int COMPRESSED_FROM = 20;

  /** Longer strings are written as they are: nobody shall wait for so long, nor need the memory. */
  private static final int COMPRESSED_MAX = 16 << 20;

  private static final int INTEGER_TEXT_MAX = 11;
  private static final int FIRST = 256;

  /** A larger array is not kept for what comes after {@link #clear}. */
  private static final int KEPT_MAX = 1 << 20;

  /** Takes what was written as soon as the array is full. */
  @FunctionalInterface
  public interface Drain {
    /** Takes the first bytes of an array, which is written anew afterwards. */
    void take(byte[] a, int length);
  }

  private final boolean compresses;
  private final @Nullable Drain drain;
  private final LzfCompressor compressor = new LzfCompressor();
  private byte[] a;
  private int length;

  /** One whose array grows. */
  public RdbOutput(boolean compresses) {
    this(compresses, FIRST, null);
  }

  /**
   * @param compresses whether strings are compressed that become shorter thereby
   * @param capacity the length of the array
   * @param drain takes the array when it is full; what it takes may end anywhere in a value. With
   *     none, the array grows
   */
  public RdbOutput(boolean compresses, int capacity, @Nullable Drain drain) {
    this.compresses = compresses;
    this.drain = drain;
    a = new byte[Math.max(capacity, FIRST)];
  }

  public byte[] array() {
    return a;
  }

  /** How many bytes of the array are written. */
  public int size() {
    return length;
  }

  boolean compresses() {
    return compresses;
  }

  boolean isDrained() {
    return drain != null;
  }

  /** Makes room for so many bytes, and returns where they begin. */
  private int extend(int n) {
    int from = length;
    if (n > a.length - from) {
      if (drain != null) {
        from = 0;
        drain.take(a, length);
      } else {
        grow(n);
      }
    }
    length = from + n;
    return from;
  }

  private void grow(int n) {
    int from = length;
    long wanted = Math.max((long) from + n, Math.min(2L * a.length, (long) a.length + (64 << 20)));
    byte[] larger = wanted > Integer.MAX_VALUE - 64 ? null : Heap.tryBytes((int) wanted);
    if (larger == null) {
      throw new StoreFullException("no room on the heap for a value of " + wanted + " bytes");
    }
    System.arraycopy(a, 0, larger, 0, from);
    a = larger;
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
    int done = 0;
    if (drain != null) {
      for (int room; (room = a.length - length) < len - done; done += room) {
        System.arraycopy(from, off + done, a, length, room);
        length = a.length;
        drain();
      }
    }
    int at = extend(len - done);
    System.arraycopy(from, off + done, a, at, len - done);
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
    boolean tries = compresses && len > COMPRESSED_FROM && len <= COMPRESSED_MAX;
    if (!tries || !compressed(from, off, len)) {
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
    int n = compressor.compress(from, off, len);
    if (n == 0) {
      return false;
    }
    u8(0xc3);
    length(n);
    length(len);
    bytes(compressor.output(), 0, n);
    return true;
  }

  /** Gives away what was written, as if the array were full; only where it can be drained. */
  void drain() {
    assert drain != null;
    drain.take(a, length);
    length = 0;
  }

  /** Forgets what was written, and gives back the memory that one large value took. */
  public void clear() {
    length = 0;
    if (drain == null && a.length > KEPT_MAX) {
      Heap.givenUp(a.length);
      a = new byte[KEPT_MAX];
    }
  }
}
