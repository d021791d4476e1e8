package io.hydrion.command;

import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import io.hydrion.util.Glob;
import io.hydrion.util.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes those keys of a walk that match a pattern, have a type and have not expired. */
final class KeyFilter implements Partition.Visitor {
  private final Database db;
  private final long seed;
  private final boolean removesExpired;
  private final KeyList found = new KeyList();
  private final List<byte[]> expired = new ArrayList<>();
  private final Entry expiredKey = new Entry();
  private byte[] pattern = Bytes.EMPTY;
  private int patternOffset;
  private int patternLength;
  private boolean matchesAll = true;
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

  /** Asks for keys that match a glob pattern; of two patterns the later counts. */
  void match(byte[] a, int off, int len) {
    pattern = a;
    patternOffset = off;
    patternLength = len;
    matchesAll = len == 1 && a[off] == '*';
    int slot = slotOfTag(a, off, off + len);
    slots(Math.max(slot, 0), slot < 0 ? Slots.COUNT - 1 : slot);
  }

  /**
   * The slot that all keys are in which match a pattern: it is known when the pattern spells a hash
   * tag out, and has no wildcard before its end. -1 when it is not known.
   */
  static int slotOfTag(byte[] a, int off, int end) {
    int open = -1;
    for (int i = off; i < end; i++) {
      if (isSpecial(a[i])) {
        return -1;
      }
      if (a[i] == '{' && open < 0) {
        open = i;
      } else if (a[i] == '}' && open >= 0) {
        return i == open + 1 ? -1 : Slots.of(a, open, i + 1 - open);
      }
    }
    return -1;
  }

  private static boolean isSpecial(byte c) {
    return c == '*' || c == '?' || c == '[' || c == '\\';
  }

  /** Whether the pattern can match more than the one key of its name. */
  boolean hasWildcard() {
    for (int i = patternOffset; i < patternOffset + patternLength; i++) {
      if (isSpecial(pattern[i])) {
        return true;
      }
    }
    return false;
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

  KeyList found() {
    return found;
  }

  /** How many keys have been shown. */
  long visited() {
    return visited;
  }

  @Override
  public void visit(Entry e) {
    visited++;
    if (!matchesAll
        && !Glob.matches(
            pattern, patternOffset, patternLength, e.keyBytes(), e.keyOffset(), e.keyLength())) {
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
