package io.hydrion.persistence;

import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import io.hydrion.util.Slots;
import java.util.Arrays;

/**
 * Some keys of one database with short strings, to be stored together: so the waits for memory of
 * their look-ups overlap, and each shard is locked once. For one thread at a time.
 */
final class StringBatch {
  /** The most bytes that a key and its value may have together. */
  static final int LENGTH_MAX = 4096;

  private static final int KEYS_MAX = 512;
  private static final int BYTES = 64 * 1024;

  private final Keyspace keyspace;
  private final Entry e = new Entry();
  private final byte[] bytes = new byte[BYTES];
  private final int[] offsets = new int[KEYS_MAX];
  private final int[] keyLengths = new int[KEYS_MAX];
  private final int[] lengths = new int[KEYS_MAX];
  private final int[] slots = new int[KEYS_MAX];
  private final int[] hashes = new int[KEYS_MAX];
  private final int[] accesses = new int[KEYS_MAX];
  private final long[] expiries = new long[KEYS_MAX];
  private final long[] elements = new long[KEYS_MAX];
  private final int[] next = new int[KEYS_MAX];
  private final int[] firstOfShard;
  private int database;
  private int count;
  private int end;

  StringBatch(Keyspace keyspace) {
    this.keyspace = keyspace;
    firstOfShard = new int[keyspace.shardCount()];
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Adds a key; false when the batch has no room for it, or is of another database. */
  boolean add(
      int ofDatabase, byte[] key, int keyLength, RdbString value, long expireAt, int access) {
    if (count == KEYS_MAX
        || BYTES - end < keyLength + value.length()
        || (count > 0 && database != ofDatabase)) {
      return false;
    }
    database = ofDatabase;
    int i = count++;
    offsets[i] = end;
    keyLengths[i] = keyLength;
    lengths[i] = value.length();
    expiries[i] = expireAt;
    accesses[i] = access;
    System.arraycopy(key, 0, bytes, end, keyLength);
    System.arraycopy(value.bytes(), value.offset(), bytes, end + keyLength, value.length());
    end += keyLength + value.length();
    return true;
  }

  /**
   * Stores the keys, and empties the batch.
   *
   * @throws RdbFormatException when there is such a key already
   */
  void store() {
    for (int i = 0; i < count; i++) {
      slots[i] = Slots.of(bytes, offsets[i], keyLengths[i]);
      long hash = SeededHash.of(bytes, offsets[i], keyLengths[i], keyspace.seed());
      hashes[i] = (int) (hash >>> 32);
    }
    keyspace.touch(database, slots, hashes, elements, count);
    Arrays.fill(firstOfShard, -1);
    for (int i = count - 1; i >= 0; i--) {
      int shard = keyspace.shardIndexOfSlot(slots[i]);
      next[i] = firstOfShard[shard];
      firstOfShard[shard] = i;
    }
    for (int i = 0; i < firstOfShard.length; i++) {
      if (firstOfShard[i] >= 0) {
        store(keyspace.shard(i), firstOfShard[i]);
      }
    }
    count = 0;
    end = 0;
  }

  private void store(Shard shard, int first) {
    shard.lock();
    try {
      Partition partition = shard.partitionForWrite(database);
      for (int i = first; i >= 0; i = next[i]) {
        store(partition, i);
      }
    } finally {
      shard.unlock();
    }
  }

  private void store(Partition partition, int i) {
    int at = offsets[i];
    int n = lengths[i];
    e.key(bytes, at, keyLengths[i], slots[i], hashes[i]);
    if (partition.find(e)) {
      String key = Bytes.string(bytes, at, keyLengths[i]);
      throw new RdbFormatException("the key '" + key + "' is there twice");
    }
    at += keyLengths[i];
    boolean isNumber = n <= Bytes.LONG_TEXT_MAX && Bytes.isLong(bytes, at, n);
    Encoding encoding = isNumber ? Encoding.INT : Encoding.RAW;
    partition.store(e, ValueType.STRING, encoding, n, expiries[i], accesses[i], true);
    System.arraycopy(bytes, at, e.bytes(), e.valueOffset(), n);
  }
}
