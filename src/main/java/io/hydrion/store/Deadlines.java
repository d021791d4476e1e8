package io.hydrion.store;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a partition on which something falls due: an index of their own, and by slot a time
 * before which nothing does. Not thread-safe: the shard's lock guards it; its figures may be asked
 * for without it.
 */
final class Deadlines {
  private final int slotMask;

  /** Null until there is a key. */
  private @Nullable KeyIndex index;

  /** By slot: nothing falls due before this time. Used where {@link #index} is. */
  private long[] soonest = {};

  private int size;

  // Where the last walk stopped.
  private int slot;
  private long cursor;
  private long min = Partition.NEVER;

  Deadlines(int slots) {
    slotMask = slots - 1;
  }

  /** How many keys there are. */
  int size() {
    return size;
  }

  /** Bytes of the tables in the arena. */
  long tableBytes() {
    KeyIndex there = index;
    return there == null ? 0 : there.tableBytes();
  }

  /** Bytes outside the arena. */
  long fixedBytes() {
    return index == null ? 0 : KeyIndex.fixedBytes(slotMask + 1) + soonest.length * 8L;
  }

  /** What a key of a slot costs, in bytes. */
  long shareBytes(int ofSlot) {
    return index == null ? 0 : index.shareBytes(ofSlot);
  }

  /** The index, to draw from; there must be a key. */
  KeyIndex index() {
    KeyIndex there = index;
    if (there == null) {
      throw new IllegalStateException();
    }
    return there;
  }

  /**
   * Adds an element, which is not there yet.
   *
   * @throws StoreFullException when there is no room for it; nothing has changed then
   */
  void add(Arena arena, int toSlot, long element, long at) {
    KeyIndex to = index;
    if (to == null) {
      to = new KeyIndex(arena, slotMask + 1);
      soonest = new long[slotMask + 1];
      Arrays.fill(soonest, Partition.NEVER);
      index = to;
    }
    to.insert(toSlot, element);
    size++;
    note(toSlot, at);
  }

  /** Is told of an earlier time of a key that is there. */
  void note(int ofSlot, long at) {
    if (at < soonest[ofSlot]) {
      soonest[ofSlot] = at;
    }
  }

  void remove(int fromSlot, long element) {
    KeyIndex from = index();
    from.remove(fromSlot, from.positionOf(fromSlot, element));
    size--;
  }

  /** When something falls due, at the earliest; {@link Partition#NEVER} when nothing does. */
  long soonest() {
    long earliest = Partition.NEVER;
    for (long at : soonest) {
      earliest = Math.min(earliest, at);
    }
    return earliest;
  }

  /** Is given elements whose time has come; may change the partition. */
  @FunctionalInterface
  interface Due {
    /** Returns how much work it was, at least 1. */
    int fallsDue(int slot, long element);
  }

  /**
   * Goes on where the last walk stopped, until all slots have been looked at once or about so much
   * has been done.
   *
   * @param time when an element falls due
   * @return how much was done; less than {@code most} when all slots are done
   */
  int walk(long now, int most, LongUnaryOperator time, Due due) {
    int done = 0;
    LongArrayList elements = new LongArrayList();
    // Keeps those that are due, and the earliest time of the others.
    LongConsumer sieve =
        element -> {
          long at = time.applyAsLong(element);
          if (at <= now) {
            elements.add(element);
          } else if (at < min) {
            min = at;
          }
        };
    // A slot that the last call left half-way is come back to, since its first half is of old.
    int last = cursor == 0 ? slotMask : slotMask + 1;
    for (int steps = 0; steps <= last && done < most && index != null; ) {
      int at = slot;
      if (index.size(at) == 0 || (cursor == 0 && soonest[at] > now)) {
        nextSlot();
        steps++;
        continue;
      }
      if (cursor == 0) {
        soonest[at] = Partition.NEVER;
        min = Partition.NEVER;
      }
      elements.clear();
      cursor = index.scan(at, cursor, sieve);
      done++;
      if (cursor == 0) {
        note(at, min);
        nextSlot();
        steps++;
      }
      for (int i = 0; i < elements.size(); i++) {
        done += due.fallsDue(at, elements.getLong(i));
      }
    }
    return done;
  }

  private void nextSlot() {
    slot = (slot + 1) & slotMask;
    cursor = 0;
  }
}
