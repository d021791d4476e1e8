package io.hydrion.store;

/**
 * The elements of a list as they lie one behind the other in a byte array, each with its length in
 * front and behind, so that a walk can go either way.
 */
final class ListElements {
  /*
   * An element: its length as a Varint, its bytes, and the Varint once more, the other way round:
   * the byte that says to go on reading is the last one.
   */
  private ListElements() {}

  /** How many bytes an element of a length takes. */
  static int size(int length) {
    long size = 2L * Varint.size(length) + length;
    if (size > Arena.BLOCK_MAX / 2) {
      throw new StoreFullException("an element of a list holds at most 1 GiB");
    }
    return (int) size;
  }

  /** The length of the element that begins at a place. */
  static int length(byte[] a, int at) {
    return (int) Varint.get(a, at);
  }

  /** Where an element that begins at a place has its bytes. */
  static int body(int at, int length) {
    return at + Varint.size(length);
  }

  /** The length of the element that ends before a place. */
  static int lengthBefore(byte[] a, int end) {
    int b = a[end - 1];
    if (b >= 0) {
      return b;
    }
    int n = b & 0x7f;
    int i = end - 2;
    for (int shift = 7; ; shift += 7) {
      b = a[i--];
      n |= (b & 0x7f) << shift;
      if (b >= 0) {
        return n;
      }
    }
  }

  /** Writes an element, and returns the place behind it. */
  static int put(byte[] a, int at, byte[] from, int off, int length) {
    if (length < 1 << 7) {
      a[at] = (byte) length;
      System.arraycopy(from, off, a, at + 1, length);
      a[at + 1 + length] = (byte) length;
      return at + length + 2;
    }
    int body = Varint.put(a, at, length);
    System.arraycopy(from, off, a, body, length);
    int end = body + length + (body - at);
    int rest = length;
    for (int i = end - 1; ; i--) {
      if (rest < 1 << 7) {
        a[i] = (byte) rest;
        return end;
      }
      a[i] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
  }

  /** Where the n-th element from a place on begins. */
  static int skip(byte[] a, int from, long n) {
    int at = from;
    for (long i = 0; i < n; i++) {
      at += size(length(a, at));
    }
    return at;
  }

  /** Where the n-th element from a place back begins. */
  static int skipBack(byte[] a, int end, long n) {
    int at = end;
    for (long i = 0; i < n; i++) {
      at -= size(lengthBefore(a, at));
    }
    return at;
  }

  /** Where the element of a rank among {@code count} begins; the walk starts at the nearer end. */
  static int seek(byte[] a, int from, int end, long rank, long count) {
    return rank <= count / 2 ? skip(a, from, rank) : skipBack(a, end, count - rank);
  }

  /** Shows up to {@code most} elements that lie between two places; returns how many. */
  static long show(byte[] a, int from, int end, long most, ElementVisitor visitor) {
    long shown = 0;
    for (int at = from; at < end && shown < most; shown++) {
      int length = length(a, at);
      int head = Varint.size(length);
      visitor.visit(a, at + head, length);
      at += length + 2 * head;
    }
    return shown;
  }
}
