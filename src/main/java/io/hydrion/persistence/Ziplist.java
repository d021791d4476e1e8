package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/**
 * A ziplist: bytes in all (4), offset of the last element (4), number of elements (2), the
 * elements, each with the length of the one before in front, 0xff.
 */
final class Ziplist implements PackedInput {
  private static final int HEAD = 10;
  private static final int END = 0xff;
  private static final int MANY = 0xffff;
  private static final int LONG_PREVIOUS = 0xfe;

  private final byte[] a;
  private final int start;
  private final int last;
  private final int tail;
  private final int declared;
  private int at;
  private int previous;
  private int lastStart;
  private int read;

  Ziplist(RdbString s) {
    a = s.bytes();
    start = s.offset();
    at = start + HEAD;
    last = start + s.length() - 1;
    if (s.length() < HEAD + 1 || Bytes.getInt(a, start) != s.length() || (a[last] & 0xff) != END) {
      throw corrupt();
    }
    tail = Bytes.getInt(a, start + 4);
    declared = Bytes.getShort(a, start + 8);
    lastStart = at;
  }

  private static RdbFormatException corrupt() {
    return new RdbFormatException("Ziplist integrity check failed");
  }

  @Override
  public boolean next(RdbString s) {
    if (at == last) {
      if (tail != lastStart - start || (declared != MANY && declared != read)) {
        throw corrupt();
      }
      return false;
    }
    int from = at;
    int before = a[take(1)] & 0xff;
    if (before == LONG_PREVIOUS) {
      before = Bytes.getInt(a, take(4));
    } else if (before == END) {
      throw corrupt();
    }
    if (before != previous) {
      throw corrupt();
    }
    element(s);
    previous = at - from;
    lastStart = from;
    read++;
    return true;
  }

  private void element(RdbString s) {
    int b = a[take(1)] & 0xff;
    switch (b >> 6) {
      case 0 -> text(s, b & 0x3f);
      case 1 -> text(s, (b & 0x3f) << 8 | a[take(1)] & 0xff);
      case 2 -> {
        if (b != 0x80) {
          throw corrupt();
        }
        text(s, Integer.reverseBytes(Bytes.getInt(a, take(4))) & 0xffffffffL);
      }
      default -> number(s, b);
    }
  }

  private void text(RdbString s, long length) {
    s.set(a, take(length), (int) length);
  }

  private void number(RdbString s, int b) {
    switch (b) {
      case 0xc0 -> s.set((short) Bytes.getShort(a, take(2)));
      case 0xd0 -> s.set(Bytes.getInt(a, take(4)));
      case 0xe0 -> s.set(Bytes.getLong(a, take(8)));
      case 0xf0 -> {
        int from = take(3);
        s.set(Bytes.getShort(a, from) | a[from + 2] << 16);
      }
      case 0xfe -> s.set(a[take(1)]);
      default -> {
        if (b < 0xf1 || b > 0xfd) {
          throw corrupt();
        }
        s.set((b & 0xf) - 1);
      }
    }
  }

  private int take(long n) {
    if (n > last - at) {
      throw corrupt();
    }
    int from = at;
    at += (int) n;
    return from;
  }
}
