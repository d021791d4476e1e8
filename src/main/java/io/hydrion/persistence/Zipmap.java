package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/**
 * A zipmap, as hashes were packed before 2.6: fields and values by turns, values with free room.
 */
final class Zipmap implements PackedInput {
  private static final int END = 0xff;
  private static final int LONG_LENGTH = 0xfe;

  private final byte[] a;
  private final int last;
  private int at;
  private boolean isValue;

  Zipmap(RdbString s) {
    a = s.bytes();
    at = s.offset() + 1;
    last = s.offset() + s.length() - 1;
    if (s.length() < 2 || (a[last] & 0xff) != END) {
      throw corrupt();
    }
  }

  private static RdbFormatException corrupt() {
    return new RdbFormatException("Zipmap integrity check failed");
  }

  @Override
  public boolean next(RdbString s) {
    if (at == last && !isValue) {
      return false;
    }
    long n = a[take(1)] & 0xff;
    if (n == LONG_LENGTH) {
      n = Bytes.getInt(a, take(4)) & 0xffffffffL;
      if (n < LONG_LENGTH) {
        throw corrupt();
      }
    } else if (n == END) {
      throw corrupt();
    }
    int free = isValue ? a[take(1)] & 0xff : 0;
    s.set(a, take(n), (int) n);
    take(free);
    isValue = !isValue;
    return true;
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
