package io.hydrion.store;

import io.hydrion.util.Bytes;

/**
 * A B+-tree in the blocks of a value: from ids, pairs of unsigned 64-bit numbers, to values of a
 * fixed number of bytes. Finding an entry puts the cursor there; what the cursor says holds until
 * the next change or allocation. Not thread-safe.
 */
final class IdTree {
  /*
   * The head, in the root of the value or in a block of it:
   *   4 bytes   address of the root node; 0 when the tree is empty
   *   4 bytes   height: how many levels of inner nodes there are
   *   8 bytes   number of entries
   *
   * A node: number of entries (2), entries that there is room for (2), nothing (4), then the
   * entries: the id (16) and, in a leaf, the value, in an inner node the address of a child (4). An
   * inner entry's id is not above any id below it, and above all ids of the entries before it; of
   * the first entry it says nothing.
   *
   * A node that is full is split in halves, but one at whose end an entry is added stays full and
   * the new one begins with that entry: ids that only grow leave full nodes. Two neighbours become
   * one when both fit into half a node. Only a leaf that is the root has room for fewer than
   * NODE_MAX entries.
   */
  static final int HEAD_BYTES = 16;

  private static final int HEIGHT = 4;
  private static final int SIZE = 8;
  private static final int ENTRIES = 8;
  private static final int ID_BYTES = 16;
  private static final int NODE_MAX = 64;
  private static final int NODE_MIN = 4;
  private static final int LEVELS_MAX = 24;

  private final Parts parts;
  private final int leafStride;

  // Where the head is: in a block, or, when that is 0, in the root.
  private int block;
  private int field;

  // The way from the root down to the cursor; level 0 is the leaf.
  private final int[] nodes = new int[LEVELS_MAX];
  private final int[] slots = new int[LEVELS_MAX];

  // The leaf of the cursor.
  private byte[] chunk = Bytes.EMPTY;
  private int base;

  IdTree(Parts parts, int valueBytes) {
    this.parts = parts;
    leafStride = ID_BYTES + valueBytes;
  }

  /** Turns to the tree whose head is at an offset in a block, or in the root when that is 0. */
  IdTree at(int inBlock, int offset) {
    block = inBlock;
    field = offset;
    return this;
  }

  // ---- the head

  private int getInt(int at) {
    return block == 0
        ? parts.getInt(field + at)
        : Bytes.getInt(parts.chunk(block), Arena.offset(block) + field + at);
  }

  private void putInt(int at, int value) {
    if (block == 0) {
      parts.putInt(field + at, value);
    } else {
      Bytes.putInt(parts.chunk(block), Arena.offset(block) + field + at, value);
    }
  }

  /** How many entries there are. */
  long size() {
    return block == 0
        ? parts.getLong(field + SIZE)
        : Bytes.getLong(parts.chunk(block), Arena.offset(block) + field + SIZE);
  }

  private void addSize(long n) {
    long size = size() + n;
    if (block == 0) {
      parts.putLong(field + SIZE, size);
    } else {
      Bytes.putLong(parts.chunk(block), Arena.offset(block) + field + SIZE, size);
    }
  }

  private int root() {
    return getInt(0);
  }

  private int height() {
    return getInt(HEIGHT);
  }

  private void setRoot(int address, int height) {
    putInt(0, address);
    putInt(HEIGHT, height);
  }

  // ---- nodes

  private static int count(byte[] a, int at) {
    return Bytes.getShort(a, at);
  }

  private int count(int node) {
    return count(parts.chunk(node), Arena.offset(node));
  }

  private void setCount(int node, int n) {
    Bytes.putShort(parts.chunk(node), Arena.offset(node), n);
  }

  private int room(int node) {
    return Bytes.getShort(parts.chunk(node), Arena.offset(node) + 2);
  }

  private int stride(int level) {
    return level == 0 ? leafStride : ID_BYTES + 4;
  }

  private int nodeBytes(int level, int entries) {
    return ENTRIES + stride(level) * entries;
  }

  private int newNode(int level, int entries) {
    int address = parts.allocate(nodeBytes(level, entries));
    byte[] a = parts.chunk(address);
    Bytes.putLong(a, Arena.offset(address), (long) entries << 16);
    return address;
  }

  private void freeNode(int address, int level) {
    parts.free(address, nodeBytes(level, room(address)));
  }

  private int entryAt(int node, int level, int slot) {
    return Arena.offset(node) + ENTRIES + stride(level) * slot;
  }

  private int child(int node, int level, int slot) {
    return Bytes.getInt(parts.chunk(node), entryAt(node, level, slot) + ID_BYTES);
  }

  private void setChild(int node, int level, int slot, int address) {
    Bytes.putInt(parts.chunk(node), entryAt(node, level, slot) + ID_BYTES, address);
  }

  private static int compare(byte[] a, int at, long ms, long seq) {
    int order = Long.compareUnsigned(Bytes.getLong(a, at), ms);
    return order != 0 ? order : Long.compareUnsigned(Bytes.getLong(a, at + 8), seq);
  }

  /** How many entries of a node have an id below the given one, or, if asked for, equal to it. */
  private static int rank(byte[] a, int at, int stride, long ms, long seq, boolean orEqual) {
    int high = count(a, at);
    int bound = orEqual ? 0 : -1;
    int entries = at + ENTRIES;
    if (high > 0 && compare(a, entries + stride * (high - 1), ms, seq) <= bound) {
      return high;
    }
    int low = 0;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(a, entries + stride * middle, ms, seq) <= bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // ---- the cursor

  private void enterLeaf(int address) {
    nodes[0] = address;
    chunk = parts.chunk(address);
    base = Arena.offset(address);
  }

  /** Goes to the leaf where an id belongs, and to the first entry there that is not below it. */
  private void descend(long ms, long seq) {
    int address = root();
    for (int level = height(); level > 0; level--) {
      byte[] a = parts.chunk(address);
      int at = Arena.offset(address);
      int slot = Math.max(0, rank(a, at, ID_BYTES + 4, ms, seq, true) - 1);
      nodes[level] = address;
      slots[level] = slot;
      address = child(address, level, slot);
    }
    enterLeaf(address);
    slots[0] = rank(chunk, base, leafStride, ms, seq, false);
  }

  private int entry() {
    return base + ENTRIES + leafStride * slots[0];
  }

  /** The id at the cursor, its first half. */
  long ms() {
    return Bytes.getLong(chunk, entry());
  }

  long seq() {
    return Bytes.getLong(chunk, entry() + 8);
  }

  /** The array of the value at the cursor. */
  byte[] bytes() {
    return chunk;
  }

  /** Where the value at the cursor begins. */
  int value() {
    return entry() + ID_BYTES;
  }

  /** Finds an id. */
  boolean find(long ms, long seq) {
    if (root() == 0) {
      return false;
    }
    descend(ms, seq);
    return isAt(ms, seq);
  }

  private boolean isAt(long ms, long seq) {
    return slots[0] < count(chunk, base) && compare(chunk, entry(), ms, seq) == 0;
  }

  /** Finds the first id that is not below the given one. */
  boolean ceiling(long ms, long seq) {
    if (root() == 0) {
      return false;
    }
    descend(ms, seq);
    if (slots[0] < count(chunk, base)) {
      return true;
    }
    slots[0]--;
    return next();
  }

  /** Finds the last id that is not above the given one. */
  boolean floor(long ms, long seq) {
    if (root() == 0) {
      return false;
    }
    descend(ms, seq);
    return isAt(ms, seq) || previous();
  }

  boolean first() {
    if (root() == 0) {
      return false;
    }
    descendToEdge(height(), root(), false);
    return true;
  }

  boolean last() {
    if (root() == 0) {
      return false;
    }
    descendToEdge(height(), root(), true);
    return true;
  }

  private void descendToEdge(int fromLevel, int from, boolean last) {
    int address = from;
    for (int level = fromLevel; level > 0; level--) {
      nodes[level] = address;
      slots[level] = last ? count(address) - 1 : 0;
      address = child(address, level, slots[level]);
    }
    enterLeaf(address);
    slots[0] = last ? count(chunk, base) - 1 : 0;
  }

  /** Goes on to the next id; the cursor stays where it is when there is none. */
  boolean next() {
    if (slots[0] + 1 < count(chunk, base)) {
      slots[0]++;
      return true;
    }
    int height = height();
    for (int level = 1; level <= height; level++) {
      if (slots[level] + 1 < count(nodes[level])) {
        slots[level]++;
        descendToEdge(level - 1, child(nodes[level], level, slots[level]), false);
        return true;
      }
    }
    return false;
  }

  /** Goes back to the id before; the cursor stays where it is when there is none. */
  boolean previous() {
    if (slots[0] > 0) {
      slots[0]--;
      return true;
    }
    int height = height();
    for (int level = 1; level <= height; level++) {
      if (slots[level] > 0) {
        slots[level]--;
        descendToEdge(level - 1, child(nodes[level], level, slots[level]), true);
        return true;
      }
    }
    return false;
  }

  // ---- growing

  /**
   * Adds an id, whose value is for the caller to write, and goes there; so too when it is there
   * already.
   *
   * @return whether the id is new
   * @throws StoreFullException when there is no room; nothing has changed then
   */
  boolean insert(long ms, long seq) {
    if (root() == 0) {
      setRoot(newNode(0, NODE_MIN), 0);
      enterLeaf(root());
      slots[0] = 0;
    } else {
      descend(ms, seq);
      if (isAt(ms, seq)) {
        return false;
      }
      int count = count(chunk, base);
      if (count == NODE_MAX) {
        split(ms, seq);
        addSize(1);
        descend(ms, seq);
        return true;
      }
      if (count == room(nodes[0])) {
        resizeRootLeaf(count * 2);
      }
    }
    open(nodes[0], 0, slots[0], ms, seq);
    addSize(1);
    return true;
  }

  /** Makes place for an entry in a node that has room, and writes its id. */
  private void open(int node, int level, int slot, long ms, long seq) {
    byte[] a = parts.chunk(node);
    int at = entryAt(node, level, slot);
    int stride = stride(level);
    int n = count(node);
    System.arraycopy(a, at, a, at + stride, (n - slot) * stride);
    Bytes.putLong(a, at, ms);
    Bytes.putLong(a, at + 8, seq);
    setCount(node, n + 1);
  }

  /** Gives the leaf that is the root room for another number of entries. */
  private void resizeRootLeaf(int entries) {
    int old = nodes[0];
    int fresh = newNode(0, entries);
    int n = count(old);
    copyEntries(old, 0, fresh, 0, n, 0);
    setCount(fresh, n);
    freeNode(old, 0);
    setRoot(fresh, 0);
    enterLeaf(fresh);
  }

  private void copyEntries(int from, int fromSlot, int to, int toSlot, int n, int level) {
    System.arraycopy(
        parts.chunk(from),
        entryAt(from, level, fromSlot),
        parts.chunk(to),
        entryAt(to, level, toSlot),
        n * stride(level));
  }

  /** Adds an id where the leaf, and maybe nodes above it, are full. */
  private void split(long newMs, long newSeq) {
    int height = height();
    int full = 1;
    while (full <= height && count(nodes[full]) == NODE_MAX) {
      full++;
    }
    int[] fresh = allocateLevels(full > height ? full + 1 : full);
    long ms = newMs;
    long seq = newSeq;
    int child = 0;
    int slot = slots[0];
    for (int level = 0; level < full; level++) {
      int left = nodes[level];
      int right = fresh[level];
      int kept = slot == NODE_MAX ? NODE_MAX : NODE_MAX / 2;
      copyEntries(left, kept, right, 0, NODE_MAX - kept, level);
      setCount(left, kept);
      setCount(right, NODE_MAX - kept);
      boolean goesRight = slot > kept || kept == NODE_MAX;
      int into = goesRight ? right : left;
      int at = goesRight ? slot - kept : slot;
      open(into, level, at, ms, seq);
      if (level > 0) {
        setChild(into, level, at, child);
      }
      byte[] a = parts.chunk(right);
      int first = entryAt(right, level, 0);
      ms = Bytes.getLong(a, first);
      seq = Bytes.getLong(a, first + 8);
      child = right;
      slot = slots[level + 1] + 1;
    }
    if (full > height) {
      int top = fresh[full];
      open(top, full, 0, 0, 0);
      setChild(top, full, 0, root());
      open(top, full, 1, ms, seq);
      setChild(top, full, 1, child);
      setRoot(top, full);
    } else {
      open(nodes[full], full, slot, ms, seq);
      setChild(nodes[full], full, slot, child);
    }
  }

  /** A node for each level from the leaf up, all or none. */
  private int[] allocateLevels(int levels) {
    int[] fresh = new int[levels];
    int made = 0;
    try {
      for (; made < levels; made++) {
        fresh[made] = newNode(made, NODE_MAX);
      }
    } catch (StoreFullException noRoom) {
      for (int level = 0; level < made; level++) {
        freeNode(fresh[level], level);
      }
      throw noRoom;
    }
    return fresh;
  }

  // ---- shrinking

  /** Removes the entry at the cursor, which is nowhere then. */
  void remove() {
    close(nodes[0], 0, slots[0]);
    addSize(-1);
    tidy(0);
  }

  private void close(int node, int level, int slot) {
    byte[] a = parts.chunk(node);
    int at = entryAt(node, level, slot);
    int stride = stride(level);
    int n = count(node) - 1;
    System.arraycopy(a, at + stride, a, at, (n - slot) * stride);
    setCount(node, n);
  }

  /** Gives room back where the node of a level has lost an entry. */
  private void tidy(int level) {
    int node = nodes[level];
    int n = count(node);
    int height = height();
    if (level == height) {
      tidyRoot(node, n, level);
    } else if (n == 0) {
      freeNode(node, level);
      close(nodes[level + 1], level + 1, slots[level + 1]);
      tidy(level + 1);
    } else if (n <= NODE_MAX / 4) {
      mergeWithNeighbour(level);
    }
  }

  private void tidyRoot(int node, int n, int level) {
    if (n == 0) {
      freeNode(node, level);
      setRoot(0, 0);
    } else if (level > 0) {
      if (n == 1) {
        int child = child(node, level, 0);
        freeNode(node, level);
        setRoot(child, level - 1);
        nodes[level - 1] = child;
        tidyRoot(child, count(child), level - 1);
      }
    } else if (room(node) > NODE_MIN && n <= room(node) / 4) {
      try {
        nodes[0] = node;
        resizeRootLeaf(room(node) / 2);
      } catch (StoreFullException full) { // then it stays as it is
      }
    }
  }

  private void mergeWithNeighbour(int level) {
    int parent = nodes[level + 1];
    int slot = slots[level + 1];
    int n = count(nodes[level]);
    int siblings = count(parent);
    if (slot + 1 < siblings && n + count(child(parent, level + 1, slot + 1)) <= NODE_MAX / 2) {
      merge(level, slot);
    } else if (slot > 0 && n + count(child(parent, level + 1, slot - 1)) <= NODE_MAX / 2) {
      merge(level, slot - 1);
    }
  }

  /** Makes one node of two neighbours, the first of which is at a slot of their parent. */
  private void merge(int level, int slot) {
    int parent = nodes[level + 1];
    int left = child(parent, level + 1, slot);
    int right = child(parent, level + 1, slot + 1);
    int n = count(left);
    int more = count(right);
    copyEntries(right, 0, left, n, more, level);
    if (level > 0) { // what the first entry's id says counts from now on
      byte[] from = parts.chunk(parent);
      int at = entryAt(parent, level + 1, slot + 1);
      System.arraycopy(from, at, parts.chunk(left), entryAt(left, level, n), ID_BYTES);
    }
    setCount(left, n + more);
    freeNode(right, level);
    close(parent, level + 1, slot + 1);
    tidy(level + 1);
  }

  /** Gives back all nodes; the tree is empty then. */
  void clear() {
    if (root() != 0) {
      free(root(), height());
      setRoot(0, 0);
      addSize(-size());
    }
  }

  private void free(int address, int level) {
    if (level > 0) {
      for (int slot = count(address) - 1; slot >= 0; slot--) {
        free(child(address, level, slot), level - 1);
      }
    }
    freeNode(address, level);
  }

  /** Whether all is as it should be; for tests. */
  boolean isSound() {
    long[] seen = new long[1];
    boolean sound = root() == 0 ? height() == 0 : isSound(root(), height(), 0, 0, -1, -1, seen);
    return sound && seen[0] == size();
  }

  /** The ids below a node are not below the first id nor above the other. */
  private boolean isSound(
      int node, int level, long lowMs, long lowSeq, long highMs, long highSeq, long[] seen) {
    byte[] a = parts.chunk(node);
    int n = count(node);
    boolean sound = n > 0 && n <= room(node);
    for (int i = 0; i < n && sound; i++) {
      int at = entryAt(node, level, i);
      boolean free = level > 0 && i == 0;
      long ms = free ? lowMs : Bytes.getLong(a, at);
      long seq = free ? lowSeq : Bytes.getLong(a, at + 8);
      sound = free || (compare(a, at, lowMs, lowSeq) >= 0 && compare(a, at, highMs, highSeq) <= 0);
      if (level > 0) {
        boolean isLast = i + 1 == n;
        long toMs = isLast ? highMs : Bytes.getLong(a, entryAt(node, level, i + 1));
        long toSeq = isLast ? highSeq : Bytes.getLong(a, entryAt(node, level, i + 1) + 8);
        sound &= isSound(child(node, level, i), level - 1, ms, seq, toMs, toSeq, seen);
      } else {
        seen[0]++;
      }
    }
    return sound;
  }
}
