package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/**
 * A listpack: bytes in all (4), number of elements (2), the elements, each with its own length
 * behind it, 0xff.
 */
final class Listpack implements PackedInput {
  private static final int HEAD = 6;
  private static final int END = 0xff;
  private static final int MANY = 0xffff;

  private final byte[] a;
  private final int last;
  private final int declared;
  private int at;
  private int read;

  Listpack(RdbString s) {
    a = s.bytes();
    at = s.offset() + HEAD;
    last = s.offset() + s.length() - 1;
    if (s.length() < HEAD + 1
        || Bytes.getInt(a, s.offset()) != s.length()
        || (a[last] & 0xff) != END) {
      throw corrupt();
    }
    declared = Bytes.getShort(a, s.offset() + 4);
  }

  private static RdbFormatException corrupt() {
    return new RdbFormatException("Listpack integrity check failed");
  }

  boolean isEmpty() {
    return at == last;
  }

  /** Bytes that have not been read, at least as many as there are elements left. */
  int rest() {
    return last - at;
  }

  @Override
  public boolean next(RdbString s) {
    if (at == last) {
      if (declared != MANY && declared != read) {
        throw corrupt();
      }
      return false;
    }
    int from = at;
    int b = a[at] & 0xff;
    if (b < 0x80) {
      number(s, b, 1);
    } else if (b < 0xc0) {
      text(s, 1, b & 0x3f);
    } else if (b < 0xe0) {
      take(2);
      int n = (b & 0x1f) << 8 | a[from + 1] & 0xff;
      s.set(n >= 1 << 12 ? n - (1 << 13) : n);
    } else if (b < 0xf0) {
      check(2);
      text(s, 2, (b & 0xf) << 8 | a[from + 1] & 0xff);
    } else {
      wide(s, b);
    }
    skipLength(at - from);
    read++;
    return true;
  }

  private void wide(RdbString s, int b) {
    int from = at + 1;
    switch (b) {
      case 0xf0 -> {
        check(5);
        text(s, 5, Bytes.getInt(a, from) & 0xffffffffL);
      }
      case 0xf1 -> {
        check(3);
        number(s, (short) Bytes.getShort(a, from), 3);
      }
      case 0xf2 -> {
        check(4);
        number(s, Bytes.getShort(a, from) | a[from + 2] << 16, 4);
      }
      case 0xf3 -> {
        check(5);
        number(s, Bytes.getInt(a, from), 5);
      }
      case 0xf4 -> {
        check(9);
        number(s, Bytes.getLong(a, from), 9);
      }
      default -> throw corrupt();
    }
  }

  private void number(RdbString s, long value, int bytes) {
    take(bytes);
    s.set(value);
  }

  private void text(RdbString s, int head, long length) {
    check(head + length);
    s.set(a, at + head, (int) length);
    at += head + (int) length;
  }

  private void take(int n) {
    check(n);
    at += n;
  }

  private void check(long n) {
    if (n > last - at) {
      throw corrupt();
    }
  }

  /**
   * How many bytes an element's length takes behind it: seven bits each, but the largest number
   * that would fit takes one more, besides 127.
   */
  static int lengthBytes(int length) {
    if (length < 1 << 7) {
      return 1;
    }
    return length < (1 << 14) - 1 ? 2 : length < (1 << 21) - 1 ? 3 : length < (1 << 28) - 1 ? 4 : 5;
  }

  /** Behind an element stands its length, to be read backwards, seven bits a byte. */
  private void skipLength(int length) {
    int bytes = lengthBytes(length);
    int from = at;
    take(bytes);
    long n = 0;
    for (int i = 0; i < bytes; i++) {
      int b = a[from + i];
      if (b < 0 != i > 0) {
        throw corrupt();
      }
      n = n << 7 | b & 0x7f;
    }
    if (n != length) {
      throw corrupt();
    }
  }
}
