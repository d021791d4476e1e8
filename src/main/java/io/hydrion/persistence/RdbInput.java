package io.hydrion.persistence;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;

/** The primitives of the format, read from a range of an array; every read checks the range. */
final class RdbInput {
  private static final int INT8 = 0;
  private static final int INT16 = 1;
  private static final int INT32 = 2;
  private static final int LZF = 3;

  private final byte[] a;
  private final int end;
  private int at;

  /** A length of the special kind says how a string is encoded. */
  private boolean isEncoded;

  RdbInput(byte[] a, int from, int to) {
    this.a = a;
    at = from;
    end = to;
  }

  byte[] array() {
    return a;
  }

  boolean isAtEnd() {
    return at == end;
  }

  /** Moves behind so many bytes, and returns where they begin. */
  int skip(long n) {
    if (n < 0 || n > end - at) {
      throw new RdbFormatException("the data ends too early");
    }
    int from = at;
    at += (int) n;
    return from;
  }

  int u8() {
    return a[skip(1)] & 0xff;
  }

  int int32() {
    return Bytes.getInt(a, skip(4));
  }

  long int64() {
    return Bytes.getLong(a, skip(8));
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
    if (n < 0 || n > (end - at) / bytesEach) {
      throw new RdbFormatException("the data ends too early");
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
      s.set(a, skip(n), (int) n);
      return;
    }
    switch ((int) n) {
      case INT8 -> s.set((byte) u8());
      case INT16 -> s.set((short) Bytes.getShort(a, skip(2)));
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
    byte[] out = Heap.tryBytes((int) expanded);
    if (out == null) {
      throw new StoreFullException("no room on the heap for a compressed string");
    }
    Lzf.expand(a, from, (int) n, out, (int) expanded);
    s.set(out, 0, (int) expanded);
  }
}
