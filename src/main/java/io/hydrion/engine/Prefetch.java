package io.hydrion.engine;

import io.hydrion.protocol.CommandBatch;
import io.hydrion.store.Keyspace;
import io.hydrion.util.SeededHash;
import io.hydrion.util.Slots;

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
    for (int i = 0, n = batch.count(); i < n; i++) {
      int at = batch.first(i);
      Command row = table.find(a, offsets[at], lengths[at]);
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
    }
    if (keys > 1) {
      keyspace.touch(database, w.touchSlots, w.touchHashes, w.touchElements, keys);
    }
  }
}
