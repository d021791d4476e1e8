package io.hydrion.store;

import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import io.hydrion.util.Slots;

/**
 * A key, and where its record is: a flyweight that is pointed at a key with {@link #key} and at its
 * record by {@link Partition#find}. What it says of the record holds until the partition changes or
 * its lock is released.
 */
public final class Entry {
  /*
   * A record is one block:
   *   8 bytes   type (4 bits, never 0), encoding (4), flags (8), access bits (24),
   *             key length (8), value length (16)
   *   8 bytes   with flag WIDE: key length and value length (32 bits each) instead of the two above
   *   8 bytes   with flag TTL: the time at which the key expires, in ms since the epoch
   *   8 bytes   with flag FIELD_TTL: when to look for expired fields of the hash
   *   the key, the value
   */
  static final int TTL = 1;
  static final int WIDE = 2;
  static final int FIELD_TTL = 4;

  /** Compared with its shard's it says whether a snapshot that is being made has the record. */
  static final int EPOCH = 8;

  private static final int FLAGS_SHIFT = 8;
  private static final int ACCESS_SHIFT = 16;
  private static final int KEY_LENGTH_SHIFT = 40;
  private static final int VALUE_LENGTH_SHIFT = 48;
  private static final int NARROW_KEY_MAX = 0xff;
  private static final int NARROW_VALUE_MAX = 0xffff;
  static final int ACCESS_MASK = 0xffffff;

  byte[] keyBytes = Bytes.EMPTY;
  int keyOffset;
  int keyLength;
  int slot;
  int hash;

  int address;
  int position;
  byte[] chunk = Bytes.EMPTY;
  int base;
  long header;
  int valueOffset;
  int valueLength;

  /** Points at a key; says nothing of its record until it has been looked for. */
  public Entry key(byte[] bytes, int offset, int length, long seed) {
    keyBytes = bytes;
    keyOffset = offset;
    keyLength = length;
    slot = Slots.of(bytes, offset, length);
    hash = (int) (SeededHash.of(bytes, offset, length, seed) >>> 32);
    address = 0;
    return this;
  }

  /** Points at a key whose slot and hash are known. */
  public Entry key(byte[] bytes, int offset, int length, int knownSlot, int knownHash) {
    if (keyBytes != bytes) {
      keyBytes = bytes;
    }
    keyOffset = offset;
    keyLength = length;
    slot = knownSlot;
    hash = knownHash;
    address = 0;
    return this;
  }

  public byte[] keyBytes() {
    return keyBytes;
  }

  public int keyOffset() {
    return keyOffset;
  }

  public int keyLength() {
    return keyLength;
  }

  public byte[] copyKey() {
    return Bytes.copy(keyBytes, keyOffset, keyLength);
  }

  public int slot() {
    return slot;
  }

  public int hash() {
    return hash;
  }

  /** Says that there is no record. */
  public void absent() {
    address = 0;
    position = -1;
  }

  /** Points at nothing, so that no array is kept alive that others have given up. */
  public void letGo() {
    absent();
    if (chunk != Bytes.EMPTY) {
      chunk = Bytes.EMPTY;
    }
    if (keyBytes != Bytes.EMPTY) {
      keyBytes = Bytes.EMPTY;
    }
    keyLength = 0;
    valueLength = 0;
  }

  /** Whether the last look-up found a record. */
  public boolean exists() {
    return address != 0;
  }

  public ValueType type() {
    return ValueType.of((int) header & 0xf);
  }

  public boolean isString() {
    return (header & 0xf) == ValueType.STRING.id();
  }

  public Encoding encoding() {
    return Encoding.of((int) header >>> 4 & 0xf);
  }

  public boolean isInteger() {
    return (header >>> 4 & 0xf) == Encoding.INT.id();
  }

  /** Whether the value has blocks outside the record. */
  public boolean isLinked() {
    return (header >>> 4 & 0xf) == Encoding.LINKED.id();
  }

  /** The array that the value lies in. */
  public byte[] bytes() {
    return chunk;
  }

  public int valueOffset() {
    return valueOffset;
  }

  public int valueLength() {
    return valueLength;
  }

  public byte[] copyValue() {
    return Bytes.copy(chunk, valueOffset, valueLength);
  }

  public boolean hasExpiry() {
    return (header & (long) TTL << FLAGS_SHIFT) != 0;
  }

  /** When the key expires, in ms since the epoch; {@link Partition#NEVER} when it does not. */
  public long expireAt() {
    return hasExpiry() ? Bytes.getLong(chunk, base + (isWide() ? 16 : 8)) : Partition.NEVER;
  }

  /** Whether the value is a hash that has fields with an expiry. */
  public boolean hasFieldExpiry() {
    return (header & (long) FIELD_TTL << FLAGS_SHIFT) != 0;
  }

  /**
   * When the hash is to be looked through for fields that have expired, in ms since the epoch;
   * {@link Partition#NEVER} when none ever does, or there is no hash.
   */
  public long fieldsExpireAt() {
    return exists() && hasFieldExpiry()
        ? Bytes.getLong(chunk, fieldsExpiryOffset())
        : Partition.NEVER;
  }

  private int fieldsExpiryOffset() {
    return base + 8 + (isWide() ? 8 : 0) + (hasExpiry() ? 8 : 0);
  }

  /** The 24 bits of the eviction policy's: a time of access, or a decay time and a counter. */
  public int access() {
    return (int) (header >>> ACCESS_SHIFT) & ACCESS_MASK;
  }

  public void setAccess(int bits) {
    header =
        header & ~((long) ACCESS_MASK << ACCESS_SHIFT)
            | (long) (bits & ACCESS_MASK) << ACCESS_SHIFT;
    Bytes.putLong(chunk, base, header);
  }

  /** Where the record stands in its partition's arena: the same as long as it is not moved. */
  public int place() {
    return address;
  }

  /** How many bytes the record's block takes. */
  public int blockBytes() {
    return Arena.blockBytes(recordBytes(flags(), keyLength, valueLength));
  }

  int flags() {
    return (int) (header >>> FLAGS_SHIFT) & 0xff;
  }

  private boolean isWide() {
    return (header & (long) WIDE << FLAGS_SHIFT) != 0;
  }

  long element() {
    return KeyIndex.element(hash, address);
  }

  static int recordBytes(int flags, int keyLength, int valueLength) {
    return 8 + 8 * Integer.bitCount(flags & (TTL | WIDE | FIELD_TTL)) + keyLength + valueLength;
  }

  static int flagsFor(int keyLength, int valueLength, long expireAt, long fieldsExpireAt) {
    boolean wide = keyLength > NARROW_KEY_MAX || valueLength > NARROW_VALUE_MAX;
    return (wide ? WIDE : 0)
        | (expireAt != Partition.NEVER ? TTL : 0)
        | (fieldsExpireAt != Partition.NEVER ? FIELD_TTL : 0);
  }

  /** Whether the record at a place of a chunk has this entry's key; if so, points at the record. */
  boolean matches(byte[] inChunk, int at, int atAddress) {
    long h = Bytes.getLong(inChunk, at);
    int n = (int) (h >>> KEY_LENGTH_SHIFT) & 0xff;
    int v = (int) (h >>> VALUE_LENGTH_SHIFT);
    int body = at + 8;
    int f = (int) (h >>> FLAGS_SHIFT);
    if ((f & (WIDE | TTL | FIELD_TTL)) != 0) {
      if ((f & WIDE) != 0) {
        n = Bytes.getInt(inChunk, body);
        v = Bytes.getInt(inChunk, body + 4);
        body += 8;
      }
      if ((f & TTL) != 0) {
        body += 8;
      }
      if ((f & FIELD_TTL) != 0) {
        body += 8;
      }
    }
    if (n != keyLength || !Bytes.equal(inChunk, body, keyBytes, keyOffset, n)) {
      return false;
    }
    pointInto(inChunk);
    base = at;
    address = atAddress;
    header = h;
    valueOffset = body + n;
    valueLength = v;
    return true;
  }

  /**
   * Where the value of the record at a place of a chunk begins, when it has blocks outside the
   * record, else -1; for a reader without the lock.
   */
  static int linkedValue(byte[] inChunk, int at) {
    long h = Bytes.getLong(inChunk, at);
    if ((h >>> 4 & 0xf) != Encoding.LINKED.id()) {
      return -1;
    }
    int n = (int) (h >>> KEY_LENGTH_SHIFT) & 0xff;
    int f = (int) (h >>> FLAGS_SHIFT);
    int body = at + 8;
    if ((f & WIDE) != 0) {
      n = Bytes.getInt(inChunk, body);
      body += 8;
    }
    return body + ((f & TTL) != 0 ? 8 : 0) + ((f & FIELD_TTL) != 0 ? 8 : 0) + n;
  }

  /** A reference that is stored costs the collector's fence. */
  private void pointInto(byte[] newChunk) {
    if (chunk != newChunk) {
      chunk = newChunk;
    }
  }

  /** Points at the record of an index element, key and all. */
  void load(byte[] inChunk, int at, long element) {
    long h = Bytes.getLong(inChunk, at);
    int n = (int) (h >>> KEY_LENGTH_SHIFT) & 0xff;
    int v = (int) (h >>> VALUE_LENGTH_SHIFT);
    int body = at + 8;
    int f = (int) (h >>> FLAGS_SHIFT);
    if ((f & WIDE) != 0) {
      n = Bytes.getInt(inChunk, body);
      v = Bytes.getInt(inChunk, body + 4);
      body += 8;
    }
    if ((f & TTL) != 0) {
      body += 8;
    }
    if ((f & FIELD_TTL) != 0) {
      body += 8;
    }
    pointInto(inChunk);
    base = at;
    address = KeyIndex.address(element);
    hash = (int) (element >>> 32);
    header = h;
    keyBytes = inChunk;
    keyOffset = body;
    keyLength = n;
    valueOffset = body + n;
    valueLength = v;
  }

  /** Writes a new record's head and key at a place of a chunk, and points there. */
  void create(
      byte[] inChunk,
      int atAddress,
      int typeAndEncoding,
      int access,
      int n,
      long expireAt,
      long fieldsExpireAt,
      int epoch) {
    int at = Arena.offset(atAddress);
    int flags = flagsFor(keyLength, n, expireAt, fieldsExpireAt) | epoch;
    boolean wide = (flags & WIDE) != 0;
    long h =
        (typeAndEncoding & 0xffL)
            | (long) flags << FLAGS_SHIFT
            | (long) (access & ACCESS_MASK) << ACCESS_SHIFT;
    int body = at + 8;
    if (wide) {
      Bytes.putInt(inChunk, body, keyLength);
      Bytes.putInt(inChunk, body + 4, n);
      body += 8;
    } else {
      h |= (long) keyLength << KEY_LENGTH_SHIFT | (long) n << VALUE_LENGTH_SHIFT;
    }
    if ((flags & TTL) != 0) {
      Bytes.putLong(inChunk, body, expireAt);
      body += 8;
    }
    if ((flags & FIELD_TTL) != 0) {
      Bytes.putLong(inChunk, body, fieldsExpireAt);
      body += 8;
    }
    Bytes.putLong(inChunk, at, h);
    System.arraycopy(keyBytes, keyOffset, inChunk, body, keyLength);
    pointInto(inChunk);
    base = at;
    address = atAddress;
    header = h;
    valueOffset = body + keyLength;
    valueLength = n;
  }

  /** Whether the record is of a shard's epoch. */
  boolean isOf(int epoch) {
    return (flags() & EPOCH) == epoch;
  }

  void setEpoch(int epoch) {
    header = header & ~((long) EPOCH << FLAGS_SHIFT) | (long) epoch << FLAGS_SHIFT;
    Bytes.putLong(chunk, base, header);
  }

  /** Changes the value's length, type and encoding where the record stands; the shape must fit. */
  void reshape(int typeAndEncoding, int n) {
    header = header & ~0xffL | typeAndEncoding & 0xffL;
    if (isWide()) {
      Bytes.putInt(chunk, base + 12, n);
    } else {
      header = header & (1L << VALUE_LENGTH_SHIFT) - 1 | (long) n << VALUE_LENGTH_SHIFT;
    }
    valueLength = n;
    Bytes.putLong(chunk, base, header);
  }

  void storeFieldsExpireAt(long at) {
    Bytes.putLong(chunk, fieldsExpiryOffset(), at);
  }

  void storeExpireAt(long expireAt) {
    Bytes.putLong(chunk, base + (isWide() ? 16 : 8), expireAt);
  }
}
