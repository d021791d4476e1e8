package io.hydrion.store;

import io.hydrion.util.Bytes;
import it.unimi.dsi.fastutil.HashCommon;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;

/**
 * Where the keys of a partition are: for each slot an open-addressing table of longs, each the
 * key's 32-bit hash above its record's 32-bit address. Keys themselves are only in the records. Not
 * thread-safe: the shard's lock guards it.
 */
final class KeyIndex {
  /*
   * The tables lie in the partition's arena, beside the records: the collector knows nothing of them,
   * so that growing thousands of them leaves it nothing to copy. What is kept of a table here is one
   * long: the address, the number of elements and the logarithm of the number of places.
   *
   * The hash is in the element, so growing needs no look at a record, and a probe looks at a record
   * only when all 32 bits agree. An element is never 0, since no record has address 0. Removal moves
   * later elements of the same run back (Knuth, volume 3, section 6.4, algorithm R), so there are no
   * marks of what was removed.
   */
  private static final int LOG_MIN = 2;
  private static final int LOG_MAX = 26;
  private static final int LOG_MASK = 0x3f;
  private static final int SIZE_SHIFT = 6;
  private static final int SIZE_MASK = (1 << 26) - 1;

  /**
   * How far a look without the lock follows a probe: a table in the middle of a change has no end.
   */
  private static final int PROBES_MAX = 16;

  /** The largest table whose places all lie within what the address of a chunk spans. */
  private static final int PEEK_LOG_MAX = 16;

  /** How many random places are tried before the next one in use is taken. */
  private static final int RANDOM_TRIES = 32;

  private final Arena arena;
  private final long[] tables;
  private long tableBytes;

  KeyIndex(Arena arena, int slots) {
    this.arena = arena;
    tables = new long[slots];
  }

  static long element(int hash, int address) {
    return (long) hash << 32 | address & 0xffffffffL;
  }

  static int address(long element) {
    return (int) element;
  }

  private static int hash(long element) {
    return (int) (element >>> 32);
  }

  private static int home(int hash, int mask) {
    return HashCommon.mix(hash) & mask;
  }

  private static int mask(long table) {
    return (1 << (table & LOG_MASK)) - 1;
  }

  private static long get(byte[] chunk, int base, int position) {
    return Bytes.getLong(chunk, base + (position << 3));
  }

  private static void put(byte[] chunk, int base, int position, long element) {
    Bytes.putLong(chunk, base + (position << 3), element);
  }

  /** How many keys a slot has. */
  int size(int slot) {
    return (int) (tables[slot] >>> SIZE_SHIFT) & SIZE_MASK;
  }

  /** How many slots there are, a power of two. */
  int slots() {
    return tables.length;
  }

  /** Bytes that the tables take in the arena. */
  long tableBytes() {
    return tableBytes;
  }

  /** Bytes that the index takes outside the arena. */
  static long fixedBytes(int slots) {
    return slots * 8L;
  }

  /** Looks for the entry's key and points the entry at its record, or at none. */
  boolean find(int slot, Entry e) {
    long table = tables[slot];
    if (table != 0) {
      int tableAddress = (int) (table >>> 32);
      byte[] chunk = arena.chunk(tableAddress);
      int base = Arena.offset(tableAddress);
      int mask = mask(table);
      int hash = e.hash;
      int at = home(hash, mask);
      for (long element; (element = get(chunk, base, at)) != 0; at = (at + 1) & mask) {
        if (hash(element) == hash) {
          int address = address(element);
          if (e.matches(arena.chunk(address), Arena.offset(address), address)) {
            e.position = at;
            return true;
          }
        }
      }
    }
    e.absent();
    return false;
  }

  /**
   * The address of the first place that a look-up of a hash reads, found without the lock; 0 when
   * there is none or the table is too large to tell.
   */
  int homeAddress(int slot, int hash) {
    long table = tables[slot];
    // A place has the size of an arena's unit, so places are addressed like blocks.
    return table == 0 || (table & LOG_MASK) > PEEK_LOG_MAX
        ? 0
        : (int) (table >>> 32) + home(hash, mask(table));
  }

  /**
   * The element that a look-up of a hash will find, as far as can be told without the lock, or 0.
   */
  long peek(int slot, int hash) {
    long table = tables[slot];
    int tableAddress = (int) (table >>> 32);
    byte[] chunk = table == 0 ? null : arena.chunkOrNull(tableAddress);
    if (chunk == null) {
      return 0;
    }
    int base = Arena.offset(tableAddress);
    int mask = mask(table);
    if (base + (mask + 1 << 3) > chunk.length) {
      return 0;
    }
    int at = home(hash, mask);
    long element = get(chunk, base, at);
    for (int i = 0; i < PROBES_MAX && element != 0 && hash(element) != hash; i++) {
      at = (at + 1) & mask;
      element = get(chunk, base, at);
    }
    return element;
  }

  /** The element at a place. */
  long at(int slot, int position) {
    int address = (int) (tables[slot] >>> 32);
    return get(arena.chunk(address), Arena.offset(address), position);
  }

  /** Adds an element that is known to be absent, and returns its place. */
  int insert(int slot, long element) {
    long table = tables[slot];
    int size = size(slot);
    if (table == 0) {
      resize(slot, LOG_MIN);
    } else if (size + 1 > (mask(table) + 1) / 4 * 3) {
      resize(slot, (int) (table & LOG_MASK) + 1);
    }
    table = tables[slot] + (1L << SIZE_SHIFT);
    tables[slot] = table;
    int address = (int) (table >>> 32);
    return add(arena.chunk(address), Arena.offset(address), mask(table), element);
  }

  private static int add(byte[] chunk, int base, int mask, long element) {
    int at = home(hash(element), mask);
    while (get(chunk, base, at) != 0) {
      at = (at + 1) & mask;
    }
    put(chunk, base, at, element);
    return at;
  }

  /** Moves a slot's elements to a table of {@code 1 << log} places. */
  private void resize(int slot, int log) {
    if (log > LOG_MAX) {
      throw new StoreFullException("a slot holds at most " + (1 << LOG_MAX) / 4 * 3 + " keys");
    }
    long old = tables[slot];
    int address = arena.allocate(8 << log);
    byte[] chunk = arena.chunk(address);
    int base = Arena.offset(address);
    java.util.Arrays.fill(chunk, base, base + (8 << log), (byte) 0);
    tableBytes += 8L << log;
    int mask = (1 << log) - 1;
    if (old != 0) {
      int oldAddress = (int) (old >>> 32);
      byte[] from = arena.chunk(oldAddress);
      int oldBase = Arena.offset(oldAddress);
      for (int i = mask(old); i >= 0; i--) {
        long element = get(from, oldBase, i);
        if (element != 0) {
          add(chunk, base, mask, element);
        }
      }
    }
    tables[slot] = (long) address << 32 | (long) size(slot) << SIZE_SHIFT | log;
    if (old != 0) {
      release(old);
    }
  }

  private void release(long table) {
    int bytes = mask(table) + 1 << 3;
    arena.free((int) (table >>> 32), bytes);
    tableBytes -= bytes;
  }

  /** Puts another element of the same hash into a place. */
  void replace(int slot, int position, long element) {
    int address = (int) (tables[slot] >>> 32);
    put(arena.chunk(address), Arena.offset(address), position, element);
  }

  /** Removes the element at a place; places of other elements of the slot change. */
  void remove(int slot, int position) {
    long table = tables[slot] - (1L << SIZE_SHIFT);
    tables[slot] = table;
    int address = (int) (table >>> 32);
    byte[] chunk = arena.chunk(address);
    int base = Arena.offset(address);
    int mask = mask(table);
    int hole = position;
    int at = (hole + 1) & mask;
    for (long element; (element = get(chunk, base, at)) != 0; at = (at + 1) & mask) {
      int distanceFromHome = at - home(hash(element), mask) & mask;
      if (distanceFromHome >= (at - hole & mask)) {
        put(chunk, base, hole, element);
        hole = at;
      }
    }
    put(chunk, base, hole, 0);
    int size = size(slot);
    if (size == 0) {
      tables[slot] = 0;
      release(table);
    } else if (size < (mask + 1) / 8 && mask >= 1 << LOG_MIN) {
      shrink(slot, (int) (table & LOG_MASK) - 1);
    }
  }

  private void shrink(int slot, int log) {
    try {
      resize(slot, log);
    } catch (StoreFullException e) { // then the large table serves on
    }
  }

  /** The place of an element, or -1. */
  int positionOf(int slot, long element) {
    long table = tables[slot];
    if (table == 0) {
      return -1;
    }
    int address = (int) (table >>> 32);
    byte[] chunk = arena.chunk(address);
    int base = Arena.offset(address);
    int mask = mask(table);
    int at = home(hash(element), mask);
    for (long found; (found = get(chunk, base, at)) != 0; at = (at + 1) & mask) {
      if (found == element) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Gives all elements of a slot whose home is the bucket that a cursor names, and the next cursor;
   * 0 ends the round. The cursor counts with its bits reversed, so that every element that is there
   * from start to end is given at least once, even when the table grows or shrinks in between.
   */
  long scan(int slot, long cursor, LongConsumer visitor) {
    long table = tables[slot];
    if (table == 0) {
      return 0;
    }
    int address = (int) (table >>> 32);
    byte[] chunk = arena.chunk(address);
    int base = Arena.offset(address);
    int mask = mask(table);
    int bucket = (int) cursor & mask;
    int at = bucket;
    for (long element; (element = get(chunk, base, at)) != 0; at = (at + 1) & mask) {
      if (home(hash(element), mask) == bucket) {
        visitor.accept(element);
      }
    }
    long next = cursor | ~(long) mask;
    return Long.reverse(Long.reverse(next) + 1);
  }

  /** Gives all elements of a slot, which must not change meanwhile. */
  void forEach(int slot, LongConsumer visitor) {
    long table = tables[slot];
    for (int i = table == 0 ? -1 : mask(table); i >= 0; i--) {
      long element = at(slot, i);
      if (element != 0) {
        visitor.accept(element);
      }
    }
  }

  /** What an element costs of its slot's table, in bytes, rounded up. */
  long shareBytes(int slot) {
    int size = size(slot);
    return size == 0 ? 0 : (8L * (mask(tables[slot]) + 1) + size - 1) / size;
  }

  /** A random element of a slot that has some. */
  long random(int slot, RandomGenerator random) {
    int mask = mask(tables[slot]);
    int at = random.nextInt(mask + 1);
    for (int tries = 0; at(slot, at) == 0 && tries < RANDOM_TRIES; tries++) {
      at = random.nextInt(mask + 1);
    }
    while (at(slot, at) == 0) {
      at = (at + 1) & mask;
    }
    return at(slot, at);
  }
}
