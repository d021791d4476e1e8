package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A string that was read: a range of some array, which holds until the next one is read into it.
 */
public final class RdbString {
  private static final int KEPT_MAX = 64 * 1024;

  private final byte[] number = new byte[Bytes.LONG_TEXT_MAX];
  private byte[] expanded = Bytes.EMPTY;
  private byte[] bytes = Bytes.EMPTY;
  private int offset;
  private int length;

  public byte[] bytes() {
    return bytes;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }

  public byte[] copy() {
    return Bytes.copy(bytes, offset, length);
  }

  /** The string as a text of one character a byte. */
  public String text() {
    return Bytes.string(bytes, offset, length);
  }

  void set(byte[] a, int off, int len) {
    bytes = a;
    offset = off;
    length = len;
  }

  /** The string is a number in decimal. */
  void set(long value) {
    set(number, 0, Bytes.putDecimal(number, 0, value));
  }

  /** An array of at least so many bytes for a short string, the same again and again; or null. */
  byte @Nullable [] room(int n) {
    if (n > KEPT_MAX) {
      return null;
    }
    if (n > expanded.length) {
      expanded = new byte[Math.min(KEPT_MAX, Math.max(2 * n, 256))];
    }
    return expanded;
  }
}
