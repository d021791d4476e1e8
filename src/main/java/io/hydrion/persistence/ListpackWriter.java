package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/** Writes a {@link Listpack}, element by element. */
final class ListpackWriter {
  private static final int MANY = 0xffff;

  private final RdbOutput out = new RdbOutput(false);
  private int elements;

  void begin() {
    out.clear();
    out.int32(0);
    out.int16(0);
    elements = 0;
  }

  /** How many bytes it has so far. */
  int size() {
    return out.size();
  }

  void number(long n) {
    int from = out.size();
    if (n >= 0 && n < 1 << 7) {
      out.u8((int) n);
    } else if (n == (short) n) {
      out.u8(0xf1);
      out.int16((int) n);
    } else if (n == (int) n) {
      out.u8(0xf3);
      out.int32((int) n);
    } else {
      out.u8(0xf4);
      out.int64(n);
    }
    end(out.size() - from);
  }

  void text(byte[] a, int off, int len) {
    if (len <= Bytes.LONG_TEXT_MAX && Bytes.isLong(a, off, len)) {
      number(Bytes.parseLong(a, off, len));
      return;
    }
    int from = out.size();
    if (len < 1 << 6) {
      out.u8(0x80 | len);
    } else if (len < 1 << 12) {
      out.u8(0xe0 | len >> 8);
      out.u8(len);
    } else {
      out.u8(0xf0);
      out.int32(len);
    }
    out.bytes(a, off, len);
    end(out.size() - from);
  }

  /** Writes an element's length behind it. */
  private void end(int length) {
    int shift = 7 * (Listpack.lengthBytes(length) - 1);
    out.u8(length >> shift & 0x7f);
    while (shift > 0) {
      shift -= 7;
      out.u8(0x80 | length >> shift & 0x7f);
    }
    elements++;
  }

  /** Ends the listpack and writes it as a string. */
  void writeTo(RdbOutput to) {
    out.u8(0xff);
    Bytes.putInt(out.array(), 0, out.size());
    Bytes.putShort(out.array(), 4, Math.min(elements, MANY));
    to.string(out.array(), 0, out.size());
  }

  /** Changes a number of less than 2 to the 15 that was written in three bytes. */
  void patch(int at, int n) {
    Bytes.putShort(out.array(), at + 1, n);
  }

  /** Writes a number so that it can be changed later, and returns where it is. */
  int patchable() {
    int from = out.size();
    out.u8(0xf1);
    out.int16(0);
    end(3);
    return from;
  }
}
