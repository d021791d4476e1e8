package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.random.RandomGenerator;

/** A hash: fields, each with a value and, if it has one, an expiry of its own. */
public final class HashValue extends CellMap {
  /*
   * A cell's payload: Varint of field length * 2 + (1 with an expiry), the expiry in ms since the
   * epoch (8) if there is one, the field, the value.
   */

  /** Is shown the fields of a hash one by one; it must not change the hash. */
  @FunctionalInterface
  public interface FieldVisitor {
    /** Field and value lie in the same array; they hold until the visit ends. */
    void visit(byte[] a, int field, int fieldLength, int value, int valueLength, long expireAt);
  }

  public HashValue(Owner owner, Partition partition, Entry e) {
    super(ValueType.HASH, owner, partition, e);
  }

  @Override
  boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len) {
    long head = Varint.get(a, at);
    return head >>> 1 == len && Bytes.equal(a, fieldAt(at, head), key, off, len);
  }

  @Override
  long hashOf(byte[] a, int at, int n) {
    long head = Varint.get(a, at);
    return hash(a, fieldAt(at, head), (int) (head >>> 1));
  }

  /** Where a payload's field begins. */
  private static int fieldAt(int at, long head) {
    return at + Varint.size(head) + ((head & 1) != 0 ? 8 : 0);
  }

  private static long expiryOf(byte[] a, int at, long head) {
    return (head & 1) != 0 ? Bytes.getLong(a, at + Varint.size(head)) : Partition.NEVER;
  }

  @Override
  long packedMax() {
    return owner.limits().hashMaxListpackEntries();
  }

  @Override
  int rootBytes() {
    return OWN_FIELDS;
  }

  /** Looks for a field; it is the one at hand then. */
  public boolean find(byte[] a, int off, int len) {
    return findCell(a, off, len);
  }

  /** The array of the field at hand and its value, until the next change. */
  public byte[] bytes() {
    return payloadBytes();
  }

  private long head() {
    return Varint.get(payloadBytes(), payloadOffset());
  }

  /** Where the field at hand begins in {@link #bytes}. */
  public int fieldOffset() {
    return fieldAt(payloadOffset(), head());
  }

  public int fieldLength() {
    return (int) (head() >>> 1);
  }

  /** Where the value of the field at hand begins in {@link #bytes}. */
  public int valueOffset() {
    long head = head();
    return fieldAt(payloadOffset(), head) + (int) (head >>> 1);
  }

  public int valueLength() {
    return payloadOffset() + payloadLength() - valueOffset();
  }

  /**
   * When the field at hand expires, in ms since the epoch; {@link Partition#NEVER}: it does not.
   */
  public long expireAt() {
    return expiryOf(payloadBytes(), payloadOffset(), head());
  }

  /**
   * Gives a field a value and an expiry, or {@link Partition#NEVER}; it is the one at hand then.
   * Neither may lie in this partition.
   *
   * @return whether the field is new
   */
  public boolean put(byte[] field, int fo, int fl, byte[] value, int vo, int vl, long expireAt) {
    long head = (long) fl << 1 | (expireAt != Partition.NEVER ? 1 : 0);
    long n = (long) fieldAt(0, head) + fl + vl;
    if (n > Arena.BLOCK_MAX) {
      throw new StoreFullException("a field and its value hold at most 2 GiB");
    }
    long max = owner.limits().hashMaxListpackValue();
    boolean isSmall = fl <= max && vl <= max;
    boolean isNew = !findCell(field, fo, fl);
    if (isNew) {
      insertCell(field, fo, fl, (int) n, isSmall);
    } else {
      resizeCell(field, fo, fl, (int) n, isSmall);
    }
    byte[] a = payloadBytes();
    int at = Varint.put(a, payloadOffset(), head);
    if (expireAt != Partition.NEVER) {
      Bytes.putLong(a, at, expireAt);
      at += 8;
    }
    System.arraycopy(field, fo, a, at, fl);
    System.arraycopy(value, vo, a, at + fl, vl);
    return isNew;
  }

  /** Removes a field; false when it is not there. The last one leaves an empty value. */
  public boolean remove(byte[] a, int off, int len) {
    if (!findCell(a, off, len)) {
      return false;
    }
    removeCell();
    return true;
  }

  /** Removes the field at hand. */
  public void removeFound() {
    removeCell();
  }

  /** Makes a random field the one at hand, all equally likely; the hash is not empty. */
  public void random(RandomGenerator random) {
    randomCell(random);
  }

  /** Shows all fields. */
  public void forEach(FieldVisitor visitor) {
    forEachCell((a, at, n) -> show(visitor, a, at, n));
  }

  /** Shows the fields from a cursor on, as {@link HashTable#scan} does. */
  public long scan(long cursor, long count, FieldVisitor visitor) {
    return scanCells(cursor, count, (a, at, n) -> show(visitor, a, at, n));
  }

  private static void show(FieldVisitor visitor, byte[] a, int at, int n) {
    long head = Varint.get(a, at);
    int field = fieldAt(at, head);
    int length = (int) (head >>> 1);
    int value = field + length;
    visitor.visit(a, field, length, value, at + n - value, expiryOf(a, at, head));
  }
}
