package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.random.RandomGenerator;

/** A set: sorted integers as long as it has no other members and few of them, else cells. */
public final class SetValue extends CellMap {
  /*
   * A cell's payload is the member. Integers: the bytes of each (1), then the integers, 2, 4 or 8
   * bytes each, ascending.
   */
  private static final int INTEGERS_HEAD = 1;
  private static final int INTEGERS_MAX = 1 << 17;

  private final byte[] text = new byte[Bytes.LONG_TEXT_MAX];
  private int textLength;
  private int found;

  public SetValue(Owner owner, Partition partition, Entry e) {
    super(ValueType.SET, owner, partition, e);
  }

  @Override
  boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len) {
    return n == len && Bytes.equal(a, at, key, off, n);
  }

  @Override
  long hashOf(byte[] a, int at, int n) {
    return hash(a, at, n);
  }

  @Override
  long packedMax() {
    return owner.limits().setMaxListpackEntries();
  }

  @Override
  int rootBytes() {
    return OWN_FIELDS;
  }

  /** Whether the set is kept as sorted integers. */
  public boolean isIntegers() {
    return e.exists() && e.encoding() == Encoding.INTEGERS;
  }

  @Override
  public long size() {
    return isIntegers() ? integers() : super.size();
  }

  private boolean isSmall(int len) {
    return len <= owner.limits().setMaxListpackValue();
  }

  private static boolean isInteger(byte[] a, int off, int len) {
    return len <= Bytes.LONG_TEXT_MAX && Bytes.isLong(a, off, len);
  }

  /** Looks for a member; it is the one at hand then. */
  public boolean contains(byte[] a, int off, int len) {
    if (isIntegers()) {
      return isInteger(a, off, len) && findInteger(Bytes.parseLong(a, off, len));
    }
    return findCell(a, off, len);
  }

  /** Adds a member; false when it is there already. */
  public boolean add(byte[] a, int off, int len) {
    if (!e.exists() || isIntegers()) {
      if (isInteger(a, off, len)) {
        return addInteger(Bytes.parseLong(a, off, len));
      }
      if (e.exists()) {
        spellOut();
      }
    }
    if (findCell(a, off, len)) {
      return false;
    }
    addCell(a, off, len);
    return true;
  }

  /** Adds a member that is known not to be there. */
  public void addAbsent(byte[] a, int off, int len) {
    if (!e.exists() || isIntegers()) {
      add(a, off, len);
    } else {
      addCell(a, off, len);
    }
  }

  private void addCell(byte[] a, int off, int len) {
    insertCell(a, off, len, len, isSmall(len));
    System.arraycopy(a, off, payloadBytes(), payloadOffset(), len);
  }

  /** Removes a member; false when it is not there. The last one leaves an empty value. */
  public boolean remove(byte[] a, int off, int len) {
    if (!contains(a, off, len)) {
      return false;
    }
    removeFound();
    return true;
  }

  /** Removes the member at hand. */
  public void removeFound() {
    if (isIntegers()) {
      removeInteger();
    } else {
      removeCell();
    }
  }

  /** Makes a random member the one at hand, all equally likely; the set is not empty. */
  public void random(RandomGenerator random) {
    if (isIntegers()) {
      found = random.nextInt(integers());
    } else {
      randomCell(random);
    }
  }

  /** Tells the member at hand from all others, until the next change. */
  public long place() {
    return isIntegers() ? found : cellPlace();
  }

  /** Whether both are the value of the same key. */
  public boolean isSameAs(SetValue other) {
    return partition == other.partition && e.place() == other.e.place();
  }

  /** The array of the member at hand, until the next change. */
  public byte[] bytes() {
    if (isIntegers()) {
      textLength = Bytes.putDecimal(text, 0, integer(found));
      return text;
    }
    return payloadBytes();
  }

  /** Where the member at hand begins in {@link #bytes}. */
  public int offset() {
    return isIntegers() ? 0 : payloadOffset();
  }

  /** The length of the member at hand; to be asked after {@link #bytes}. */
  public int length() {
    return isIntegers() ? textLength : payloadLength();
  }

  /** Shows all members. */
  public void forEach(ElementVisitor visitor) {
    if (!isIntegers()) {
      forEachCell(visitor);
      return;
    }
    int n = integers();
    for (int i = 0; i < n; i++) {
      visitor.visit(text, 0, Bytes.putDecimal(text, 0, integer(i)));
    }
  }

  /** Shows the members from a cursor on, as {@link HashTable#scan} does. */
  public long scan(long cursor, long count, ElementVisitor visitor) {
    if (isIntegers()) {
      forEach(visitor);
      return 0;
    }
    return scanCells(cursor, count, visitor);
  }

  // ---- integers

  private int width() {
    return record()[e.valueOffset];
  }

  private int integers() {
    return (e.valueLength - INTEGERS_HEAD) / width();
  }

  private long integer(int index) {
    int width = width();
    return get(record(), e.valueOffset + INTEGERS_HEAD + index * width, width);
  }

  private static long get(byte[] a, int at, int width) {
    return switch (width) {
      case 2 -> (short) Bytes.getShort(a, at);
      case 4 -> Bytes.getInt(a, at);
      default -> Bytes.getLong(a, at);
    };
  }

  private static void put(byte[] a, int at, int width, long value) {
    switch (width) {
      case 2 -> Bytes.putShort(a, at, (int) value);
      case 4 -> Bytes.putInt(a, at, (int) value);
      default -> Bytes.putLong(a, at, value);
    }
  }

  private static int widthOf(long value) {
    return value == (short) value ? 2 : value == (int) value ? 4 : 8;
  }

  /** Finds an integer, or the place where it belongs. */
  private boolean findInteger(long value) {
    int low = 0;
    int high = integers();
    while (low < high) {
      int middle = (low + high) >>> 1;
      long there = integer(middle);
      if (there == value) {
        found = middle;
        return true;
      }
      if (there < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    found = low;
    return false;
  }

  private boolean addInteger(long value) {
    int count = 0;
    int width = widthOf(value);
    found = 0;
    if (e.exists()) {
      if (findInteger(value)) {
        return false;
      }
      count = integers();
      if (width > width()) {
        widen(count, width);
      }
      width = width();
    }
    if (count >= Math.min(owner.limits().setMaxIntsetEntries(), INTEGERS_MAX)) {
      if (count > 0) {
        spellOut();
      }
      insertText(Bytes.putDecimal(text, 0, value));
      return true;
    }
    resize(Encoding.INTEGERS, INTEGERS_HEAD + (count + 1) * width);
    byte[] a = record();
    a[e.valueOffset] = (byte) width;
    int at = e.valueOffset + INTEGERS_HEAD + found * width;
    System.arraycopy(a, at, a, at + width, (count - found) * width);
    put(a, at, width, value);
    return true;
  }

  private void widen(int count, int width) {
    int old = width();
    resize(Encoding.INTEGERS, INTEGERS_HEAD + count * width);
    byte[] a = record();
    int base = e.valueOffset + INTEGERS_HEAD;
    for (int i = count - 1; i >= 0; i--) {
      put(a, base + i * width, width, get(a, base + i * old, old));
    }
    a[e.valueOffset] = (byte) width;
  }

  private void removeInteger() {
    int width = width();
    byte[] a = record();
    int at = e.valueOffset + INTEGERS_HEAD + found * width;
    System.arraycopy(a, at + width, a, at, e.valueOffset + e.valueLength - at - width);
    resize(Encoding.INTEGERS, e.valueLength - width);
  }

  /** Turns integers into cells. */
  private void spellOut() {
    int n = integers();
    long[] values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = integer(i);
    }
    int longest = Math.max(Bytes.decimalLength(values[0]), Bytes.decimalLength(values[n - 1]));
    int bytes = 0;
    for (long value : values) {
      bytes += packedCellBytes(Bytes.decimalLength(value));
    }
    if (!isSmall(longest) || !canPack(n, bytes)) {
      toTable(into -> insertAll(values, into));
      return;
    }
    toPackedCells(n, bytes);
    for (long value : values) {
      int length = Bytes.putDecimal(text, 0, value);
      appendPacked(length);
      System.arraycopy(text, 0, payloadBytes(), payloadOffset(), length);
    }
  }

  private void insertAll(long[] values, HashTable into) {
    for (long value : values) {
      int n = Bytes.putDecimal(text, 0, value);
      into.insert(hash(text, 0, n), n);
      System.arraycopy(text, 0, into.bytes(), into.offset(), n);
    }
  }

  private void insertText(int n) {
    insertCell(text, 0, n, n, isSmall(n));
    System.arraycopy(text, 0, payloadBytes(), payloadOffset(), n);
  }
}
