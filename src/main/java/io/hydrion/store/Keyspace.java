package io.hydrion.store;

import io.hydrion.util.Slots;
import java.util.function.ToLongFunction;

/** All keys of a server: the shards, and which of them a key belongs to. */
public final class Keyspace {
  /** The most shards: sets of shards are bits of a long. */
  public static final int SHARDS_MAX = 64;

  private final Shard[] shards;
  private final int databases;
  private final int slotShift;
  private final long seed;
  private final long[] touched;

  /**
   * @param shardCount a power of two, at most {@value #SHARDS_MAX}
   * @param seed the secret of the key hash
   */
  public Keyspace(int shardCount, int databases, long seed) {
    if (Integer.bitCount(shardCount) != 1 || shardCount > SHARDS_MAX) {
      throw new IllegalArgumentException("shards: " + shardCount);
    }
    this.databases = databases;
    this.seed = seed;
    slotShift = Integer.numberOfTrailingZeros(Slots.COUNT / shardCount);
    shards = new Shard[shardCount];
    for (int i = 0; i < shardCount; i++) {
      shards[i] = new Shard(i, shardCount, databases, seed);
    }
    touched = new long[1];
  }

  public int shardCount() {
    return shards.length;
  }

  public int databases() {
    return databases;
  }

  public Shard shard(int index) {
    return shards[index];
  }

  public Shard shardOfSlot(int slot) {
    return shards[slot >>> slotShift];
  }

  public int shardIndexOfSlot(int slot) {
    return slot >>> slotShift;
  }

  /** The seed that {@link Entry#key} wants. */
  public long seed() {
    return seed;
  }

  /** The set of all shards, a bit each. */
  public long allShards() {
    return shards.length == 64 ? -1L : (1L << shards.length) - 1;
  }

  /**
   * Locks a set of shards in the order of their indices, so that no two callers can block each
   * other.
   */
  public void lock(long shardSet) {
    for (long rest = shardSet; rest != 0; rest &= rest - 1) {
      shards[Long.numberOfTrailingZeros(rest)].lock();
    }
  }

  public void unlock(long shardSet) {
    for (long rest = shardSet; rest != 0; rest &= rest - 1) {
      shards[Long.numberOfTrailingZeros(rest)].unlock();
    }
  }

  /** How many keys of a database a shard has; takes the shard's lock. */
  public int size(int shard, int database) {
    shards[shard].lock();
    try {
      Partition partition = shards[shard].partition(database);
      return partition == null ? 0 : partition.size();
    } finally {
      shards[shard].unlock();
    }
  }

  /** Removes all keys of all databases; the locks of all shards are held. */
  public void clear() {
    for (int i = 0; i < shardCount(); i++) {
      for (int db = 0; db < databases(); db++) {
        Partition unused = shard(i).drop(db);
      }
    }
  }

  /** Whether there is no key in any database. */
  public boolean isEmpty() {
    for (int db = 0; db < databases(); db++) {
      if (countKeys(db) > 0) {
        return false;
      }
    }
    return true;
  }

  /** How many keys a database has; takes the locks of the shards, one after the other. */
  public long countKeys(int database) {
    long count = 0;
    for (int i = 0; i < shards.length; i++) {
      count += size(i, database);
    }
    return count;
  }

  /** Bytes in use by all keys; any thread may ask. */
  public long memory() {
    long sum = 0;
    for (Shard shard : shards) {
      sum += shard.memory();
    }
    return sum;
  }

  /** Bytes that are taken from the heap for all keys, in use or not; any thread may ask. */
  public long reservedBytes() {
    return sum(Partition::reservedBytes);
  }

  /** Bytes of the tables that lead to the records; any thread may ask. */
  public long indexBytes() {
    return sum(Partition::indexBytes);
  }

  /** About how many keys a database has; takes no lock. */
  public long size(int database) {
    return sum(database, Partition::size);
  }

  /** How many keys of a database have an expiry; any thread may ask. */
  public long expiring(int database) {
    return sum(database, Partition::expiring);
  }

  /** How many hashes of a database have fields with an expiry; any thread may ask. */
  public long fieldExpiring(int database) {
    return sum(database, Partition::fieldExpiring);
  }

  /** Bytes of a database's tables; any thread may ask. */
  public long indexBytes(int database) {
    return sum(database, Partition::indexBytes);
  }

  private long sum(ToLongFunction<Partition> of) {
    long sum = 0;
    for (int db = 0; db < databases; db++) {
      sum += sum(db, of);
    }
    return sum;
  }

  private long sum(int database, ToLongFunction<Partition> of) {
    long sum = 0;
    for (Shard shard : shards) {
      Partition partition = shard.partition(database);
      sum += partition == null ? 0 : of.applyAsLong(partition);
    }
    return sum;
  }

  /**
   * Reads, without any lock, what looking up these keys will read, all tables first, then the
   * beginnings of all records, so that the waits for memory overlap instead of adding up.
   *
   * @param elements room for as many elements as there are keys
   */
  public void touch(int database, int[] slots, int[] hashes, long[] elements, int count) {
    // Short loops without a branch on what was just read: the processor runs ahead over many keys.
    for (int i = 0; i < count; i++) {
      Partition partition = shardOfSlot(slots[i]).partition(database);
      elements[i] = partition == null ? 0 : partition.homeAddress(slots[i], hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      Partition partition = shardOfSlot(slots[i]).partition(database);
      elements[i] = partition == null ? 0 : partition.touchHome((int) elements[i]);
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      Partition partition = shardOfSlot(slots[i]).partition(database);
      long element = elements[i];
      if (partition != null && element != 0) {
        if ((int) (element >>> 32) != hashes[i]) {
          element = partition.touchIndex(slots[i], hashes[i]);
          elements[i] = element;
        }
        sum += partition.touchRecord(element);
      }
    }
    touched[0] = sum;
  }

  /**
   * Goes on from {@link #touch}: reads what looking up elements of the keys' values will read.
   *
   * @param elements as {@code touch} has left them
   * @param keys for each element the number of its key
   * @param elementHashes the hashes of the elements' names
   * @param places room for as many elements
   */
  public void touchElements(
      int database,
      int[] slots,
      long[] elements,
      int[] keys,
      long[] elementHashes,
      long[] places,
      int count) {
    int sum = 0;
    try {
      for (int from = 0, to; from < count; from = to) {
        long element = elements[keys[from]];
        to = from + 1;
        while (to < count && elements[keys[to]] == element) { // mostly all of one key
          to++;
        }
        Partition partition = shardOfSlot(slots[keys[from]]).partition(database);
        if (partition != null && element != 0) {
          sum += partition.touchElements(element, elementHashes, from, to, places);
        }
      }
    } catch (IndexOutOfBoundsException changing) { // then look-ups wait, as without the look ahead
    }
    touched[0] = sum;
  }
}
