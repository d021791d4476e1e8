package io.hydrion.store;

import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A value of cells that are found by a key: packed, one behind the other in the order in which they
 * came, or in a {@link HashTable}. What a cell's payload holds is for a subclass to say.
 */
abstract class CellMap extends AggregateValue {
  /*
   * A packed value: the number of cells (2), then the cells as HashTable has them, none far. The
   * root of another one: the fields of Parts, then those of HashTable, then those of the subclass.
   */
  static final int TABLE_FIELDS = Parts.ROOT;
  static final int OWN_FIELDS = TABLE_FIELDS + HashTable.ROOT_BYTES;

  private static final int HEAD = 2;
  private static final int PACKED_CELLS_MAX = 0xffff;
  private static final int PACKED_BYTES_MAX = 1 << 20;

  private final HashTable table;

  // The cell that was found or added last. In a packed value the places are offsets in the value,
  // since the record may move.
  private int cell;
  private int payload;
  private int length;

  CellMap(ValueType type, Owner owner, Partition partition, Entry e) {
    super(type, owner, partition, e);
    table = new Table(parts);
  }

  /** Whether a payload has a key. */
  abstract boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len);

  /** The hash of a payload's key. */
  abstract long hashOf(byte[] a, int at, int n);

  /** How many cells a packed value may have. */
  abstract long packedMax();

  private final class Table extends HashTable {
    Table(Parts parts) {
      super(parts, TABLE_FIELDS);
    }

    @Override
    boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len) {
      return CellMap.this.hasKey(a, at, n, key, off, len);
    }

    @Override
    long hashOf(byte[] a, int at, int n) {
      return CellMap.this.hashOf(a, at, n);
    }
  }

  final long hash(byte[] key, int off, int len) {
    return SeededHash.of(key, off, len, partition.seed());
  }

  @Override
  public long size() {
    return !e.exists() ? 0 : isLinked() ? table.size() : count();
  }

  private int count() {
    return Bytes.getShort(record(), e.valueOffset);
  }

  private void setCount(int n) {
    Bytes.putShort(record(), e.valueOffset, n);
  }

  /** The array of the payload that was found or added last; until the next change. */
  final byte[] payloadBytes() {
    return isLinked() ? table.bytes() : record();
  }

  final int payloadOffset() {
    return isLinked() ? table.offset() : e.valueOffset + payload;
  }

  final int payloadLength() {
    return isLinked() ? table.length() : length;
  }

  /** Tells the cell that was found or drawn last from all others, until the next change. */
  final long cellPlace() {
    return isLinked() ? table.place() : cell;
  }

  /** Looks for a key's cell. */
  final boolean findCell(byte[] key, int off, int len) {
    if (!e.exists()) {
      return false;
    }
    if (isLinked()) {
      return table.find(hash(key, off, len), key, off, len);
    }
    byte[] a = record();
    int end = e.valueOffset + e.valueLength;
    for (int at = e.valueOffset + HEAD; at < end; ) {
      int n = (int) (Varint.get(a, at) >>> 1);
      int body = at + Varint.size((long) n << 1);
      if (hasKey(a, body, n, key, off, len)) {
        pointAt(at, body, n);
        return true;
      }
      at = body + n;
    }
    return false;
  }

  private void pointAt(int at, int body, int n) {
    cell = at - e.valueOffset;
    payload = body - e.valueOffset;
    length = n;
  }

  /**
   * Adds a cell for a key that is known to be absent; its payload is for the caller to write, at
   * once.
   *
   * @param isSmall whether the cell may be in a packed value
   */
  final void insertCell(byte[] key, int off, int len, int n, boolean isSmall) {
    if (!isLinked()) {
      int bytes = packedCellBytes(n);
      int old = e.exists() ? e.valueLength : HEAD;
      int count = e.exists() ? count() : 0;
      if (isSmall && count < maxPacked() && old + bytes <= PACKED_BYTES_MAX) {
        resize(Encoding.PACKED, old + bytes);
        setCount(count + 1);
        int at = e.valueOffset + old;
        pointAt(at, Varint.put(e.chunk, at, (long) n << 1), n);
        return;
      }
      unpack();
    }
    settle();
    try {
      table.insert(hash(key, off, len), n);
    } catch (StoreFullException full) {
      if (table.size() == 0) { // a value without an element is none
        partition.delete(e);
      }
      throw full;
    }
  }

  private int maxPacked() {
    return (int) Math.min(packedMax(), PACKED_CELLS_MAX);
  }

  /** Gives a key's cell, which was found last, a payload of another length, as insertCell does. */
  final void resizeCell(byte[] key, int off, int len, int n, boolean isSmall) {
    if (n == payloadLength() && (isSmall || isLinked())) {
      return;
    }
    if (!isLinked()) {
      int grows = Varint.size((long) n << 1) + n - (payload - cell) - length;
      if (isSmall && e.valueLength + grows <= PACKED_BYTES_MAX) {
        resizePacked(n, grows);
        return;
      }
      unpack();
    }
    table.resize(hash(key, off, len), key, off, len, n);
  }

  private void resizePacked(int n, int grows) {
    int behind = payload + length;
    int tail = e.valueLength - behind;
    if (grows > 0) {
      resize(Encoding.PACKED, e.valueLength + grows);
    }
    byte[] a = record();
    int value = e.valueOffset;
    System.arraycopy(a, value + behind, a, value + behind + grows, tail);
    if (grows < 0) {
      resize(Encoding.PACKED, e.valueLength + grows);
    }
    int at = e.valueOffset + cell;
    pointAt(at, Varint.put(record(), at, (long) n << 1), n);
  }

  /** Removes the cell that was found last. The last one leaves an empty value. */
  final void removeCell() {
    if (isLinked()) {
      table.remove();
      settle();
      return;
    }
    byte[] a = record();
    int behind = payload + length;
    int value = e.valueOffset;
    System.arraycopy(a, value + behind, a, value + cell, e.valueLength - behind);
    setCount(count() - 1);
    resize(Encoding.PACKED, e.valueLength - (behind - cell));
  }

  /** Says which payloads are to stay. */
  @FunctionalInterface
  interface Filter {
    boolean keeps(byte[] a, int at, int n);
  }

  /** Removes all cells of a packed value that a filter does not keep, and returns how many. */
  final int retainPacked(Filter filter) {
    byte[] a = record();
    int value = e.valueOffset;
    int end = value + e.valueLength;
    int to = value + HEAD;
    int removed = 0;
    for (int at = to; at < end; ) {
      int n = (int) (Varint.get(a, at) >>> 1);
      int body = at + Varint.size((long) n << 1);
      int next = body + n;
      if (filter.keeps(a, body, n)) {
        System.arraycopy(a, at, a, to, next - at);
        to += next - at;
      } else {
        removed++;
      }
      at = next;
    }
    if (removed > 0) {
      setCount(count() - removed);
      resize(Encoding.PACKED, to - value);
    }
    return removed;
  }

  /** Moves the cells, if any, to a table. */
  private void unpack() {
    toTable(
        into -> {
          int cells = e.exists() ? count() : 0;
          int at = HEAD;
          for (int i = 0; i < cells; i++) {
            byte[] a = record();
            int n = (int) (Varint.get(a, e.valueOffset + at) >>> 1);
            at += Varint.size((long) n << 1);
            copyCell(a, e.valueOffset + at, n, into);
            at += n;
          }
        });
  }

  /** Replaces the record's value by the root of a table. */
  final void toTable(Consumer<HashTable> fill) {
    Parts built = new Parts(partition, e);
    built.build(partition, partition.arena(), rootBytes());
    HashTable into = new Table(built);
    try {
      fill.accept(into);
      link(built);
    } catch (StoreFullException full) {
      into.freeAll();
      throw full;
    }
  }

  /** Whether a packed value may have so many cells, of together so many bytes. */
  final boolean canPack(int cells, int bytes) {
    return cells <= maxPacked() && HEAD + bytes <= PACKED_BYTES_MAX;
  }

  /** How many bytes a cell of a packed value takes. */
  static int packedCellBytes(int n) {
    return Varint.size((long) n << 1) + n;
  }

  /**
   * Replaces the record's value by packed cells of together so many bytes, which the caller writes
   * at once with {@link #appendPacked}.
   */
  final void toPackedCells(int cells, int bytes) {
    resize(Encoding.PACKED, HEAD + bytes);
    setCount(cells);
    cell = 0;
    payload = HEAD;
    length = 0;
  }

  /** Points at the cell behind the one at hand; its payload is for the caller to write. */
  final void appendPacked(int n) {
    int at = e.valueOffset + payload + length;
    pointAt(at, Varint.put(record(), at, (long) n << 1), n);
  }

  /** Copies a payload, which may move meanwhile when it lies in this value's record. */
  private void copyCell(byte[] a, int at, int n, HashTable into) {
    into.insert(hashOf(a, at, n), n);
    System.arraycopy(a, at, into.bytes(), into.offset(), n);
  }

  @Override
  void copyTo(Parts to) {
    HashTable into = new Table(to);
    try {
      table.forEach((a, at, n) -> copyCell(a, at, n, into));
    } catch (StoreFullException full) {
      into.freeAll();
      throw full;
    }
    int fields = rootBytes() - OWN_FIELDS;
    System.arraycopy(record(), e.valueOffset + OWN_FIELDS, to.root(), OWN_FIELDS, fields);
  }

  @Override
  void freeParts() {
    table.freeAll();
  }

  @Override
  void freeBuilt(Parts built) {
    new Table(built).freeAll();
  }

  /** Shows the payloads of all cells; the visitor must not change the value. */
  final void forEachCell(ElementVisitor visitor) {
    if (!e.exists()) {
      return;
    }
    if (isLinked()) {
      table.forEach(visitor);
      return;
    }
    byte[] a = record();
    int end = e.valueOffset + e.valueLength;
    for (int at = e.valueOffset + HEAD; at < end; ) {
      int n = (int) (Varint.get(a, at) >>> 1);
      int body = at + Varint.size((long) n << 1);
      visitor.visit(a, body, n);
      at = body + n;
    }
  }

  /** As {@link HashTable#scan}; a packed value is shown at once. */
  final long scanCells(long cursor, long count, ElementVisitor visitor) {
    if (isLinked()) {
      return table.scan(cursor, count, visitor);
    }
    forEachCell(visitor);
    return 0;
  }

  /** Points at a random cell, all equally likely; the value is not empty. */
  final void randomCell(RandomGenerator random) {
    if (isLinked()) {
      table.random(random);
    } else {
      cellAt(random.nextInt(count()));
    }
  }

  /** Points at a cell of a packed value by its rank. */
  private void cellAt(int rank) {
    byte[] a = record();
    int at = e.valueOffset + HEAD;
    for (int i = 0; ; i++) {
      int n = (int) (Varint.get(a, at) >>> 1);
      int body = at + Varint.size((long) n << 1);
      if (i == rank) {
        pointAt(at, body, n);
        return;
      }
      at = body + n;
    }
  }
}
