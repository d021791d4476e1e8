package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/**
 * A string that was read: a range of some array, which holds until the next one is read into it.
 */
public final class RdbString {
  private final byte[] number = new byte[Bytes.LONG_TEXT_MAX];
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

  void set(byte[] a, int off, int len) {
    bytes = a;
    offset = off;
    length = len;
  }

  /** The string is a number in decimal. */
  void set(long value) {
    set(number, 0, Bytes.putDecimal(number, 0, value));
  }
}
