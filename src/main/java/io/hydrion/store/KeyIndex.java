package io.hydrion.store;

import it.unimi.dsi.fastutil.HashCommon;
import it.unimi.dsi.fastutil.longs.LongHash;
import it.unimi.dsi.fastutil.longs.LongOpenCustomHashSet;
import java.util.function.LongConsumer;

/**
 * The keys of one slot: an open-addressing table of longs, each the key's 32-bit hash above its
 * record's 32-bit address. Keys themselves are only in the records. Not thread-safe: the shard's lock
 * guards it.
 */
final class KeyIndex extends LongOpenCustomHashSet {
  /*
   * The hash is in the element, so growing needs no look at a record, and a probe looks at a record
   * only when all 32 bits agree. An element is never 0, since no record has address 0, and so the
   * set's extra place for a zero element stays empty. There is one table a slot, so that even a
   * large keyspace grows in steps of microseconds.
   */
  private static final long serialVersionUID = 1;

  private static final LongHash.Strategy BY_HASH =
      new LongHash.Strategy() {
        @Override
        public int hashCode(long element) {
          return (int) (element >>> 32);
        }

        @Override
        public boolean equals(long a, long b) {
          return a == b;
        }
      };

  /** What the object and its array's header take, in bytes, beside 8 for every place. */
  private static final int FIXED_BYTES = 72;

  KeyIndex() {
    super(2, .75f, BY_HASH);
  }

  static long element(int hash, int address) {
    return (long) hash << 32 | address & 0xffffffffL;
  }

  static int address(long element) {
    return (int) element;
  }

  long[] table() {
    return key;
  }

  int mask() {
    return mask;
  }

  static int home(int hash, int mask) {
    return HashCommon.mix(hash) & mask;
  }

  int bytes() {
    return FIXED_BYTES + key.length * 8;
  }

  /** Adds an element that is known to be absent at the free place where its probe ended. */
  void insertAt(int position, long element) {
    key[position] = element;
    if (size++ >= maxFill) {
      rehash(HashCommon.arraySize(size + 1, f));
    }
  }

  void replaceAt(int position, long element) {
    key[position] = element;
  }

  void removeAt(int position) {
    size--;
    shiftKeys(position);
    if (n > minN && size < maxFill / 4 && n > DEFAULT_INITIAL_SIZE) {
      rehash(n / 2);
    }
  }

  /** The place of an element, or -1. */
  int positionOf(long element) {
    int at = home((int) (element >>> 32), mask);
    while (key[at] != 0) {
      if (key[at] == element) {
        return at;
      }
      at = (at + 1) & mask;
    }
    return -1;
  }

  /**
   * Gives all elements whose home is the bucket that a cursor names, and the next cursor; 0 ends the
   * round. The cursor counts with its bits reversed, so that every element that is there from start
   * to end is given at least once, even when the table grows or shrinks in between.
   */
  long scan(long cursor, LongConsumer visitor) {
    int bucket = (int) cursor & mask;
    for (int at = bucket; key[at] != 0; at = (at + 1) & mask) {
      if (home((int) (key[at] >>> 32), mask) == bucket) {
        visitor.accept(key[at]);
      }
    }
    long next = cursor | ~(long) mask;
    return Long.reverse(Long.reverse(next) + 1);
  }
}
