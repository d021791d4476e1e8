package io.hydrion.command;

import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes those keys of a walk that match a pattern, have a type and have not expired. */
final class KeyFilter implements Partition.Visitor {
  private final Database db;
  private final long seed;
  private final boolean removesExpired;
  private final BulkList found = new BulkList();
  private final List<byte[]> expired = new ArrayList<>();
  private final Entry expiredKey = new Entry();
  private MatchPattern pattern = new MatchPattern();
  private String type = "";
  private boolean hasType;
  private int firstSlot;
  private int lastSlot = Slots.COUNT - 1;
  private long visited;
  private long keysMax = Long.MAX_VALUE;

  /**
   * @param removesExpired whether keys that have expired are kept for {@link #removeExpired}
   */
  KeyFilter(Request q, boolean removesExpired) {
    this.removesExpired = removesExpired;
    db = q.db();
    seed = q.engine().keyspace().seed();
  }

  /** Asks for keys that match a pattern. */
  void match(MatchPattern wanted) {
    pattern = wanted;
    int slot = wanted.slotOfTag();
    slots(Math.max(slot, 0), slot < 0 ? Slots.COUNT - 1 : slot);
  }

  /** Asks for keys whose type has this name, in any letter case. */
  void type(String name) {
    hasType = true;
    type = name.toLowerCase(Locale.ROOT);
  }

  /** Asks for keys in a range of slots. */
  void slots(int first, int last) {
    firstSlot = first;
    lastSlot = last;
  }

  int firstSlot() {
    return firstSlot;
  }

  int lastSlot() {
    return lastSlot;
  }

  /** Asks for no more than so many keys. */
  void limitTo(long keys) {
    keysMax = keys;
  }

  /** Whether no more keys are wanted, or fit. */
  boolean isFull() {
    return found.isFull() || found.count() >= keysMax;
  }

  BulkList found() {
    return found;
  }

  /** How many keys have been shown. */
  long visited() {
    return visited;
  }

  @Override
  public void visit(Entry e) {
    visited++;
    if (!pattern.matches(e.keyBytes(), e.keyOffset(), e.keyLength())) {
      return;
    }
    if (hasType && !type.equals(e.type().text())) {
      return;
    }
    if (db.isExpired(e)) {
      if (removesExpired) {
        expired.add(e.copyKey());
      }
    } else if (!isFull()) {
      found.add(e.keyBytes(), e.keyOffset(), e.keyLength());
    }
  }

  /** Removes the keys that were shown and had expired; the lock of their shard is held. */
  void removeExpired() {
    for (byte[] key : expired) {
      db.peek(expiredKey.key(key, 0, key.length, seed));
    }
    expired.clear();
  }
}
