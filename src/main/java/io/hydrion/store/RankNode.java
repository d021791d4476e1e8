package io.hydrion.store;

import io.hydrion.util.Bytes;

/** The nodes of a {@link RankTree} as they lie in an array. */
final class RankNode {
  /*
   * 1 byte    0: a leaf, 1: an inner node
   * 1 byte    capacity: how many entries or children there is room for
   * 1 byte    how many there are
   * 4 bytes   at 4: of a leaf the address of the one before it, 0 when there is none
   * 4 bytes   at 8: of a leaf the address of the next
   * then, at 16, a leaf's entries (8 bytes each); an inner node's separators (8 each, capacity),
   * child addresses (4 each, capacity), and the children's counts of entries (4 each, capacity)
   */
  static final int LEAF_MAX = 64;

  /** With so many an inner node's block is just below 1 KiB, up to where blocks have any size. */
  static final int INNER_MAX = 62;

  private static final int PREVIOUS = 4;
  private static final int NEXT = 8;
  static final int HEAD = 16;

  private RankNode() {}

  static int bytes(boolean inner, int capacity) {
    return HEAD + capacity * (inner ? 16 : 8);
  }

  static int bytesAt(byte[] a, int at) {
    return bytes(isInner(a, at), capacity(a, at));
  }

  static void init(byte[] a, int at, boolean inner, int capacity) {
    Bytes.putLong(a, at, (inner ? 1 : 0) | capacity << 8);
    Bytes.putLong(a, at + NEXT, 0);
  }

  static boolean isInner(byte[] a, int at) {
    return a[at] != 0;
  }

  static int capacity(byte[] a, int at) {
    return a[at + 1];
  }

  static int count(byte[] a, int at) {
    return a[at + 2];
  }

  static void setCount(byte[] a, int at, int count) {
    a[at + 2] = (byte) count;
  }

  static int previous(byte[] a, int at) {
    return Bytes.getInt(a, at + PREVIOUS);
  }

  static void setPrevious(byte[] a, int at, int address) {
    Bytes.putInt(a, at + PREVIOUS, address);
  }

  static int next(byte[] a, int at) {
    return Bytes.getInt(a, at + NEXT);
  }

  static void setNext(byte[] a, int at, int address) {
    Bytes.putInt(a, at + NEXT, address);
  }

  /** A leaf's entry, or an inner node's separator. */
  static long entry(byte[] a, int at, int i) {
    return Bytes.getLong(a, at + HEAD + (i << 3));
  }

  static void setEntry(byte[] a, int at, int i, long entry) {
    Bytes.putLong(a, at + HEAD + (i << 3), entry);
  }

  /**
   * The first of some entries whose upper half is not below a number, or {@code to}. Looks at the
   * last entry of each eight first, and then at eight: loads that need not wait for each other, and
   * no branch that depends on what they bring.
   */
  static int lowerBound(byte[] a, int at, int from, int to, long upper) {
    int eights = 0;
    for (int last = from + 7; last < to; last += 8) {
      eights += below(entry(a, at, last), upper);
    }
    int first = from + (eights << 3);
    int below = 0;
    for (int i = first, end = Math.min(first + 8, to); i < end; i++) {
      below += below(entry(a, at, i), upper);
    }
    return first + below;
  }

  private static int below(long entry, long upper) {
    return (int) ((entry >>> 32) - upper >>> 63);
  }

  private static int childrenAt(byte[] a, int at) {
    return at + HEAD + (capacity(a, at) << 3);
  }

  private static int sizesAt(byte[] a, int at) {
    return at + HEAD + capacity(a, at) * 12;
  }

  static int child(byte[] a, int at, int i) {
    return Bytes.getInt(a, childrenAt(a, at) + (i << 2));
  }

  static void setChild(byte[] a, int at, int i, int address) {
    Bytes.putInt(a, childrenAt(a, at) + (i << 2), address);
  }

  /** How many entries there are below a child. */
  static int size(byte[] a, int at, int i) {
    return Bytes.getInt(a, sizesAt(a, at) + (i << 2));
  }

  static void addSize(byte[] a, int at, int i, int n) {
    int place = sizesAt(a, at) + (i << 2);
    Bytes.putInt(a, place, Bytes.getInt(a, place) + n);
  }

  /** How many entries there are below the children from one to before another. */
  static long sizes(byte[] a, int at, int from, int to) {
    int first = sizesAt(a, at);
    long sum = 0;
    for (int i = first + (from << 2), end = first + (to << 2); i < end; i += 4) {
      sum += Bytes.getInt(a, i);
    }
    return sum;
  }

  /** How many entries there are below or in a node. */
  static int total(byte[] a, int at) {
    int count = count(a, at);
    return isInner(a, at) ? (int) sizes(a, at, 0, count) : count;
  }

  /**
   * Copies entries or children from one node to another, or within a node, counts of the nodes
   * aside.
   */
  static void copy(byte[] a, int at, int from, byte[] b, int bt, int to, int n) {
    System.arraycopy(a, at + HEAD + (from << 3), b, bt + HEAD + (to << 3), n << 3);
    if (isInner(a, at)) {
      System.arraycopy(
          a, childrenAt(a, at) + (from << 2), b, childrenAt(b, bt) + (to << 2), n << 2);
      System.arraycopy(a, sizesAt(a, at) + (from << 2), b, sizesAt(b, bt) + (to << 2), n << 2);
    }
  }

  /** Makes room for one more, or closes the gap of one that goes. */
  static void shift(byte[] a, int at, int from, int by) {
    int count = count(a, at);
    copy(a, at, from, a, at, from + by, count - from);
    setCount(a, at, count + by);
  }

  static void setSlot(byte[] a, int at, int i, long separator, int child, int size) {
    setEntry(a, at, i, separator);
    setChild(a, at, i, child);
    Bytes.putInt(a, sizesAt(a, at) + (i << 2), size);
  }
}
