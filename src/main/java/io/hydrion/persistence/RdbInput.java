package io.hydrion.persistence;

import static java.util.Objects.requireNonNull;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import io.hydrion.util.Heap;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The primitives of the format, read from a range of an array, or from a file through a window on
 * it; every read checks that there is so much.
 */
final class RdbInput {
  /*
   * The window is an array of which [at, end) has been fetched and not been read. When a read wants
   * more, what was read is dropped: the rest, and before it the string that is held, moves to the
   * front, and the file fills what is free behind it. For a read that is longer than the window the
   * window doubles, again and again, as the bytes arrive: a length that lies costs no memory. It
   * has its first size again as soon as what is left fits.
   */
  static final int WINDOW = 256 * 1024;

  private static final int INT8 = 0;
  private static final int INT16 = 1;
  private static final int INT32 = 2;
  private static final int LZF = 3;

  private final Disk.@Nullable Input file;
  private final boolean sums;
  private final int window;
  private byte[] a;
  private int end;
  private int at;

  /** A length of the special kind says how a string is encoded. */
  private boolean isEncoded;

  /** How many bytes the file has that have not been fetched. */
  private long unfetched;

  /** How many bytes came before those in the window. */
  private long dropped;

  /** The checksum of all up to {@code summed}. */
  private long sum;

  private int summed;
  private @Nullable RdbString held;

  /** Is told how many bytes have been fetched. */
  private @Nullable Progress progress;

  @FunctionalInterface
  interface Progress {
    void fetched(long bytes);
  }

  RdbInput(byte[] a, int from, int to) {
    this.a = a;
    at = from;
    end = to;
    file = null;
    sums = false;
    window = 0;
  }

  /**
   * @param sums whether a checksum is computed of what is read
   */
  RdbInput(Disk.Input file, boolean sums) {
    this(file, sums, WINDOW);
  }

  RdbInput(Disk.Input file, boolean sums, int window) {
    this.file = file;
    this.sums = sums;
    this.window = window;
    a = new byte[window];
    unfetched = file.size();
  }

  void onProgress(Progress listener) {
    progress = listener;
  }

  byte[] array() {
    return a;
  }

  boolean isAtEnd() {
    return at == end && unfetched == 0;
  }

  /** How many bytes have been read. */
  long offset() {
    return dropped + at;
  }

  /** The checksum of all that was read. */
  long sum() {
    if (sums) {
      sum = Crc64.update(sum, a, summed, at - summed);
      summed = at;
    }
    return sum;
  }

  /** The string holds while others are read, until {@link #release}. */
  void hold(RdbString s) {
    held = s;
  }

  void release() {
    held = null;
  }

  /** Moves behind so many bytes, and returns where they begin. */
  int skip(long n) {
    if (n < 0 || n > end - at) {
      fetch(n);
    }
    int from = at;
    at += (int) n;
    return from;
  }

  private static RdbFormatException tooShort() {
    return new RdbFormatException("the data ends too early");
  }

  /** Gets so many bytes into the window. */
  private void fetch(long n) {
    if (n < 0 || n - (end - at) > unfetched) {
      throw tooShort();
    }
    if (n > Integer.MAX_VALUE - WINDOW) {
      throw new RdbFormatException("a string of " + n + " bytes is too long");
    }
    sum();
    drop();
    while (end - at < n) {
      if (end == a.length) {
        grow((int) n);
      }
      fill();
    }
  }

  /** Forgets what was read, besides a string that is held. */
  private void drop() {
    RdbString s = held;
    int from = s != null && s.bytes() == a ? Math.min(s.offset(), at) : at;
    int kept = end - from;
    if (from == 0 && a.length == window) {
      return;
    }
    byte[] source = a;
    if (a.length > window && kept <= window / 2) {
      Heap.givenUp(a.length);
      a = new byte[window];
    }
    System.arraycopy(source, from, a, 0, kept);
    moved(source, from);
  }

  /** Makes the window twice as long, or as long as a read of so many bytes needs. */
  private void grow(int n) {
    RdbString s = held;
    int from = s != null && s.bytes() == a ? Math.min(s.offset(), at) : at;
    long wanted = Math.min(2L * a.length, (long) at - from + n);
    byte[] larger = wanted > Integer.MAX_VALUE - 64 ? null : Heap.tryBytes((int) wanted);
    if (larger == null) {
      throw new StoreFullException("no room on the heap for a string of over " + a.length);
    }
    byte[] source = a;
    a = larger;
    System.arraycopy(source, from, a, 0, end - from);
    moved(source, from);
    Heap.givenUp(source.length);
  }

  /** What lay at an offset of the array lies at the begin now. */
  private void moved(byte[] source, int from) {
    RdbString s = held;
    if (s != null && s.bytes() == source) {
      s.set(a, s.offset() - from, s.length());
    }
    dropped += from;
    at -= from;
    end -= from;
    summed -= from;
  }

  private void fill() {
    int n;
    try {
      n = requireNonNull(file).read(a, end, a.length - end);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (n <= 0) {
      unfetched = 0;
      throw tooShort();
    }
    end += n;
    unfetched = Math.max(0, unfetched - n);
    if (progress != null) {
      progress.fetched(dropped + end);
    }
  }

  /** Reads what follows as it is: what the window has, then from the file. */
  int read(byte[] into, int off, int len) throws IOException {
    if (at < end) {
      int n = Math.min(len, end - at);
      System.arraycopy(a, at, into, off, n);
      at += n;
      return n;
    }
    return file == null ? -1 : file.read(into, off, len);
  }

  int u8() {
    int from = skip(1); // before the array is looked at, which may be another one then
    return a[from] & 0xff;
  }

  int int32() {
    int from = skip(4);
    return Bytes.getInt(a, from);
  }

  long int64() {
    int from = skip(8);
    return Bytes.getLong(a, from);
  }

  /** Eight bytes, the highest first: how the ids of streams are written. */
  long int64HighFirst() {
    return Long.reverseBytes(int64());
  }

  double binaryDouble() {
    return Double.longBitsToDouble(int64());
  }

  /** A length, unsigned. */
  long length() {
    long n = lengthOrEncoding();
    if (isEncoded) {
      throw new RdbFormatException("a length is missing");
    }
    return n;
  }

  /** The number of elements that follow, each of at least so many bytes. */
  long count(int bytesEach) {
    long n = length();
    if (n < 0 || n > (end - at + unfetched) / bytesEach) {
      throw tooShort();
    }
    return n;
  }

  private long lengthOrEncoding() {
    int first = u8();
    isEncoded = first >= 0xc0;
    return switch (first >> 6) {
      case 0, 3 -> first & 0x3f;
      case 1 -> (first & 0x3f) << 8 | u8();
      default ->
          switch (first) {
            case 0x80 -> Integer.reverseBytes(int32()) & 0xffffffffL;
            case 0x81 -> Long.reverseBytes(int64());
            default -> throw new RdbFormatException("unknown kind of length " + first);
          };
    };
  }

  void string(RdbString s) {
    long n = lengthOrEncoding();
    if (!isEncoded) {
      int from = skip(n);
      s.set(a, from, (int) n);
      return;
    }
    switch ((int) n) {
      case INT8 -> s.set((byte) u8());
      case INT16 -> {
        int from = skip(2);
        s.set((short) Bytes.getShort(a, from));
      }
      case INT32 -> s.set(int32());
      case LZF -> expand(s);
      default -> throw new RdbFormatException("unknown string encoding " + n);
    }
  }

  private void expand(RdbString s) {
    long n = length();
    long expanded = length();
    int from = skip(n);
    if (expanded < 0 || expanded > n * Lzf.RATIO_MAX || expanded > Integer.MAX_VALUE - 64) {
      throw new RdbFormatException("invalid LZF compressed string");
    }
    byte[] out = s.room((int) expanded);
    if (out == null) {
      out = Heap.tryBytes((int) expanded);
    }
    if (out == null) {
      throw new StoreFullException("no room on the heap for a compressed string");
    }
    Lzf.expand(a, from, (int) n, out, (int) expanded);
    s.set(out, 0, (int) expanded);
  }
}
