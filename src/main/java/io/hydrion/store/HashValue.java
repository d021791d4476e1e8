package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash: fields, each with a value and, if it has one, an expiry of its own. Fields that have
 * expired stay until somebody looks for them or they are swept out.
 */
public final class HashValue extends CellMap {
  /*
   * A cell's payload: Varint of field length * 2 + (1 with an expiry), the expiry in ms since the
   * epoch (8) if there is one, the field, the value.
   *
   * The record of a hash that has fields with an expiry says when the hash is to be swept. For a
   * packed one that is when its first field expires. A table is swept in steps, and a large one not
   * again at once, since all of it has to be looked at; its root ends with
   *   8 bytes   the cursor of a sweep that is under way, or 0
   *   8 bytes   a time before which no field expires; during a sweep, none that it has met
   *   4 bytes   the number of fields with an expiry
   * Without fields with an expiry the record has no time and these fields are unused.
   */
  private static final int CURSOR = OWN_FIELDS;
  private static final int SOONEST = OWN_FIELDS + 8;
  private static final int EXPIRING = OWN_FIELDS + 16;
  private static final int ROOT_BYTES = OWN_FIELDS + 20;

  /** For how many fields a table is left alone for a millisecond after a sweep. */
  private static final int FIELDS_A_MILLI = 2500;

  /** How large a table may be to be swept as a whole, only to find a random field. */
  private static final int SWEPT_AT_ONCE = 4096;

  private static final int RANDOM_TRIES = 64;

  private long now = Long.MIN_VALUE;
  private boolean removesExpired;
  private @Nullable ExpiredVisitor onExpired;
  private int expired;
  private int swept;
  private final byte[] text = new byte[Bytes.LONG_TEXT_MAX];

  /** Is shown the fields of a hash one by one; it must not change the hash. */
  @FunctionalInterface
  public interface FieldVisitor {
    /** Field and value lie in the same array; they hold until the visit ends. */
    void visit(byte[] a, int field, int fieldLength, int value, int valueLength, long expireAt);
  }

  /** Is told of fields that are removed because they have expired, just before they are. */
  @FunctionalInterface
  public interface ExpiredVisitor {
    void expired(byte[] a, int field, int fieldLength);
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
    return ROOT_BYTES;
  }

  @Override
  public void open(Partition ofPartition, Entry ofEntry) {
    super.open(ofPartition, ofEntry);
    expired = 0;
  }

  /**
   * Says what time it is: without this no field has ever expired.
   *
   * @param removes whether fields that have expired are removed, or only look gone
   * @param visitor is told of those that are removed
   */
  public void setNow(long millis, boolean removes, @Nullable ExpiredVisitor visitor) {
    now = millis;
    removesExpired = removes;
    if (onExpired != visitor) {
      onExpired = visitor;
    }
  }

  /** How many fields have been removed since {@link #open} because they had expired. */
  public int expired() {
    return expired;
  }

  /** Looks for a field that has not expired; it is the one at hand then. */
  public boolean findLive(byte[] a, int off, int len) {
    if (!findCell(a, off, len)) {
      return false;
    }
    if (expireAt() > now) {
      return true;
    }
    if (removesExpired) {
      partition.beforeChange(e); // whoever only reads has not said that there may be one
      tellExpired(bytes(), fieldOffset(), fieldLength());
      removeFound();
      expired++;
    }
    return false;
  }

  private void tellExpired(byte[] a, int field, int fieldLength) {
    ExpiredVisitor visitor = onExpired;
    if (visitor != null) {
      visitor.expired(a, field, fieldLength);
    }
  }

  /** Whether the field at hand has not expired. */
  public boolean isLive() {
    return expireAt() > now;
  }

  /** Looks for a field, expired or not; it is the one at hand then. */
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
   * Gives a field a value and an expiry, or {@link Partition#NEVER}. Neither may lie in this
   * partition.
   *
   * @return whether the field is new; one that had expired is
   */
  public boolean put(byte[] field, int fo, int fl, byte[] value, int vo, int vl, long expireAt) {
    long head = (long) fl << 1 | (expireAt != Partition.NEVER ? 1 : 0);
    long n = (long) fieldAt(0, head) + fl + vl;
    if (n > Arena.BLOCK_MAX) {
      throw new StoreFullException("a field and its value hold at most 2 GiB");
    }
    boolean wasAbsent = !e.exists();
    if (expireAt != Partition.NEVER) {
      noteExpiry(expireAt);
    }
    long max = owner.limits().hashMaxListpackValue();
    boolean isSmall = fl <= max && vl <= max;
    boolean wasLinked = isLinked();
    boolean isNew = !findCell(field, fo, fl);
    long old = isNew || !e.hasFieldExpiry() ? Partition.NEVER : expireAt();
    try {
      if (isNew) {
        insertCell(field, fo, fl, (int) n, isSmall);
      } else {
        resizeCell(field, fo, fl, (int) n, isSmall);
      }
    } catch (StoreFullException full) {
      if (wasAbsent && e.exists()) {
        partition.delete(e);
      }
      throw full;
    }
    byte[] a = payloadBytes();
    int at = Varint.put(a, payloadOffset(), head);
    if (expireAt != Partition.NEVER) {
      Bytes.putLong(a, at, expireAt);
      at += 8;
    }
    System.arraycopy(field, fo, a, at, fl);
    System.arraycopy(value, vo, a, at + fl, vl);
    if (e.hasFieldExpiry()) {
      account(wasLinked, old, expireAt);
    }
    return isNew || old <= now;
  }

  /** As {@link #put} with a number in decimal for the value. */
  public void putLong(byte[] field, int off, int len, long value, long expireAt) {
    put(field, off, len, text, 0, Bytes.putDecimal(text, 0, value), expireAt);
  }

  /** Removes a field, expired or not; false when it is not there. */
  public boolean remove(byte[] a, int off, int len) {
    if (!findCell(a, off, len)) {
      return false;
    }
    removeFound();
    return true;
  }

  /** Removes the field at hand. The last one leaves an empty value. */
  public void removeFound() {
    long old = expireAt();
    removeCell();
    if (old != Partition.NEVER) {
      account(isLinked(), old, Partition.NEVER);
    }
  }

  /**
   * Gives a field, which is there, another expiry, or {@link Partition#NEVER}. Its name may not lie
   * in this partition.
   */
  public void setExpiry(byte[] field, int off, int len, long at) {
    if (at != Partition.NEVER) {
      noteExpiry(at);
    }
    boolean found = findCell(field, off, len);
    assert found;
    long old = expireAt();
    if (old == Partition.NEVER || at == Partition.NEVER) {
      byte[] value = Bytes.copy(bytes(), valueOffset(), valueLength());
      put(field, off, len, value, 0, value.length, at);
    } else {
      Bytes.putLong(payloadBytes(), payloadOffset() + Varint.size(head()), at);
      account(isLinked(), old, at);
    }
  }

  // ---- when fields expire

  /** Sees to it that a time is known at which a field is going to expire. */
  private void noteExpiry(long at) {
    if (!e.exists()) {
      toPackedCells(0, 0);
      try {
        partition.setFieldsExpiry(e, at);
      } catch (StoreFullException full) {
        partition.delete(e);
        throw full;
      }
      return;
    }
    if (at < e.fieldsExpireAt()) {
      boolean isFirst = !e.hasFieldExpiry();
      partition.setFieldsExpiry(e, at);
      if (isFirst && isLinked()) {
        parts.putLong(SOONEST, at);
      }
    }
    if (isLinked()) {
      parts.putLong(SOONEST, Math.min(at, parts.getLong(SOONEST)));
    }
  }

  /** Keeps the figures right after a field's expiry has changed; no field is at hand then. */
  private void account(boolean wasLinked, long old, long at) {
    if (!isLinked()) {
      if (old != at && old != Partition.NEVER) {
        setSweep(soonest());
      }
    } else if (wasLinked) {
      int was = old != Partition.NEVER ? 1 : 0;
      int is = at != Partition.NEVER ? 1 : 0;
      setExpiring(parts.getInt(EXPIRING) + is - was);
    } else {
      parts.putLong(SOONEST, soonest());
      setExpiring(countExpiring());
    }
  }

  private void setExpiring(int n) {
    parts.putInt(EXPIRING, n);
    if (n == 0) {
      parts.putLong(CURSOR, 0);
      setSweep(Partition.NEVER);
    }
  }

  private void setSweep(long at) {
    if (at != e.fieldsExpireAt()) {
      try {
        partition.setFieldsExpiry(e, at);
      } catch (StoreFullException full) { // then it is swept in vain
      }
    }
  }

  private long soonest() {
    long[] soonest = {Partition.NEVER};
    forEach((a, f, fl, v, vl, at) -> soonest[0] = Math.min(soonest[0], at));
    return soonest[0];
  }

  private int countExpiring() {
    int[] count = {0};
    forEach((a, f, fl, v, vl, at) -> count[0] += at != Partition.NEVER ? 1 : 0);
    return count[0];
  }

  /** Whether there may be fields that have expired. */
  public boolean mayHaveExpired() {
    if (!e.exists() || !e.hasFieldExpiry()) {
      return false;
    }
    return isLinked()
        ? parts.getLong(CURSOR) != 0 || parts.getLong(SOONEST) <= now
        : e.fieldsExpireAt() <= now;
  }

  /** How many fields there are that have not expired. */
  public long liveSize() {
    if (!mayHaveExpired()) {
      return size();
    }
    long[] count = {0};
    forEach((a, f, fl, v, vl, at) -> count[0] += at > now ? 1 : 0);
    return count[0];
  }

  /**
   * Removes fields that have expired, going on where the last call stopped, until the end of the
   * hash is reached or about so many fields have been looked at.
   *
   * @return how many fields have been looked at; less than {@code most} when the end is reached
   */
  public int sweep(int most) {
    partition.beforeChange(e);
    if (!isLinked()) {
      int looked = (int) Math.min(size(), most - 1);
      expired += retainPacked(this::staysPacked);
      setSweep(soonest());
      return looked;
    }
    swept = 0;
    long cursor = parts.getLong(CURSOR);
    if (cursor == 0) {
      parts.putLong(SOONEST, Partition.NEVER);
    }
    List<byte[]> due = new ArrayList<>();
    do {
      due.clear();
      cursor = scan(cursor, 1, (a, f, fl, v, vl, at) -> look(a, f, fl, at, due));
      parts.putLong(CURSOR, cursor);
      for (byte[] field : due) {
        tellExpired(field, 0, field.length);
        remove(field, 0, field.length);
      }
      expired += due.size();
    } while (cursor != 0 && swept < most && e.hasFieldExpiry());
    if (cursor == 0 && e.hasFieldExpiry()) {
      setSweep(Math.max(parts.getLong(SOONEST), now + size() / FIELDS_A_MILLI));
    }
    return cursor == 0 ? Math.min(swept, most - 1) : swept;
  }

  private boolean staysPacked(byte[] a, int at, int n) {
    long head = Varint.get(a, at);
    boolean stays = expiryOf(a, at, head) > now;
    if (!stays) {
      tellExpired(a, fieldAt(at, head), (int) (head >>> 1));
    }
    return stays;
  }

  private void look(byte[] a, int field, int fieldLength, long at, List<byte[]> due) {
    swept++;
    if (at <= now) {
      due.add(Bytes.copy(a, field, fieldLength));
    } else if (at < parts.getLong(SOONEST)) {
      parts.putLong(SOONEST, at);
    }
  }

  /** Removes all fields that have expired, where they are removed at all. */
  public void sweepAll() {
    // The first may only be the end of a sweep that is under way.
    for (int i = 0; i < 2 && removesExpired && mayHaveExpired(); i++) {
      int looked = sweep(Integer.MAX_VALUE);
    }
  }

  /** Makes a random field the one at hand, all equally likely; the hash is not empty. */
  public void random(RandomGenerator random) {
    randomCell(random);
  }

  /**
   * Makes a random field that has not expired the one at hand, all equally likely; false when there
   * is none. Fields that have expired may be removed.
   */
  public boolean randomLive(RandomGenerator random) {
    if (isEmpty()) {
      return false;
    }
    random(random);
    if (expireAt() > now) {
      return true;
    }
    if (!isLinked() || size() <= SWEPT_AT_ONCE) {
      sweepAll();
    }
    for (int i = 0; i < RANDOM_TRIES && !isEmpty(); i++) {
      random(random);
      if (expireAt() > now) {
        return true;
      }
    }
    sweepAll();
    long live = liveSize();
    return live > 0 && findRank(random.nextLong(live));
  }

  /** Looks for the field of a rank among those that have not expired. */
  private boolean findRank(long rank) {
    long[] rest = {rank};
    List<byte[]> found = new ArrayList<>();
    forEach(
        (a, f, fl, v, vl, at) -> {
          if (at > now && rest[0]-- == 0) {
            found.add(Bytes.copy(a, f, fl));
          }
        });
    byte[] field = found.getFirst();
    return findCell(field, 0, field.length);
  }

  /** Tells the field at hand from all others, until the next change. */
  public long place() {
    return cellPlace();
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
