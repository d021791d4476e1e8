package io.hydrion.engine;

import io.hydrion.protocol.CommandBatch;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import io.hydrion.util.Slots;
import org.jspecify.annotations.Nullable;

/**
 * Looks a batch over before it runs: finds each command's row, hashes its keys, and touches what
 * their look-ups will read. On random keys the waits for memory are most of the cost of a command,
 * and a batch's waits overlap when they are asked for together.
 */
final class Prefetch {
  /** The most keys that are touched ahead; more would push each other out of the nearest cache. */
  static final int KEYS_MAX = 1024;

  private Prefetch() {}

  static void prepare(Worker w, int database, byte[] a) {
    CommandBatch batch = w.batch();
    CommandTable table = w.engine().commands();
    int[] offsets = batch.offsets();
    int[] lengths = batch.lengths();
    if (w.slots.length != offsets.length) { // grown by a huge command, or small again after it
      w.slots = new int[offsets.length];
      w.hashes = new int[offsets.length];
    }
    Keyspace keyspace = w.engine().keyspace();
    long seed = keyspace.seed();
    int keys = 0;
    int elements = 0;
    long lastName = 0;
    @Nullable Command row = null;
    for (int i = 0, n = batch.count(); i < n; i++) {
      int at = batch.first(i);
      // A pipeline mostly repeats one command.
      long name = shortName(a, offsets[at], lengths[at]);
      if (name != lastName || name == 0) {
        row = table.find(a, offsets[at], lengths[at]);
        lastName = name;
      }
      if (w.rows[i] != row) {
        w.rows[i] = row;
      }
      if (row == null || row.firstKey() == 0) {
        continue;
      }
      int argc = batch.argc(i);
      int last = row.lastKey() < 0 ? argc + row.lastKey() : Math.min(row.lastKey(), argc - 1);
      for (int k = row.firstKey(); k <= last; k += row.keyStep()) {
        int offset = offsets[at + k];
        int length = lengths[at + k];
        int slot = Slots.of(a, offset, length);
        int hash = (int) (SeededHash.of(a, offset, length, seed) >>> 32);
        w.slots[at + k] = slot;
        w.hashes[at + k] = hash;
        if (keys < KEYS_MAX) {
          w.touchSlots[keys] = slot;
          w.touchHashes[keys++] = hash;
        }
      }
      int element = row.element();
      if (element > 0 && element < argc && keys < KEYS_MAX) {
        w.elementKeys[elements] = keys - 1;
        w.elementHashes[elements++] =
            SeededHash.of(a, offsets[at + element], lengths[at + element], seed);
      }
    }
    if (keys > 1) {
      keyspace.touch(database, w.touchSlots, w.touchHashes, w.touchElements, keys);
      keyspace.touchElements(
          database,
          w.touchSlots,
          w.touchElements,
          w.elementKeys,
          w.elementHashes,
          w.elementPlaces,
          elements);
    }
  }

  /**
   * A command's name as a number when it has one to seven bytes and lies far from the end, or 0.
   */
  private static long shortName(byte[] a, int offset, int length) {
    return length == 0 || length > 7 || offset + 8 > a.length
        ? 0
        : Bytes.getLong(a, offset) << 8 * (8 - length) | length;
  }
}
