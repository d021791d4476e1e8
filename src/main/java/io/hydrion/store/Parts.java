package io.hydrion.store;

import io.hydrion.util.Bytes;

/**
 * The blocks of a value that has more than its record, and the root, some fields that lead to them.
 * A flyweight: {@link #open} points it at the value of a record, {@link #build} at one that is
 * still to get its record. Not thread-safe.
 */
final class Parts {
  /*
   * A root is the whole value of its record. It begins with
   *   4 bytes   0 when the blocks lie in the partition's arena, else the number of an arena that is
   *             the value's own
   *   4 bytes   bytes of the blocks, when they lie in the partition's arena
   * and goes on as its type wants it. A value starts in the partition's arena and gets an arena to
   * itself when it grows large: then it can be dropped, or handed to another partition, at once.
   */
  static final int ROOT = 8;

  /** From how many bytes of blocks on a value has an arena to itself. */
  static final int OWN_FROM = 256 * 1024;

  /** Down to how many bytes it keeps it. */
  static final int OWN_UNTIL = 64 * 1024;

  private static final int OWN = 0;
  private static final int BYTES = 4;

  private Partition partition;
  private Entry e;
  private Arena arena;

  /** The root of a value without a record. */
  private byte[] root = Bytes.EMPTY;

  private boolean hasRecord;

  Parts(Partition partition, Entry e) {
    this.partition = partition;
    this.e = e;
    arena = partition.arena();
  }

  /** Points at the value of an entry's record. */
  void open(Partition ofPartition, Entry ofEntry) {
    // A reference stored into an old object costs the collector's fence: most stay what they were.
    if (partition != ofPartition) {
      partition = ofPartition;
    }
    if (e != ofEntry) {
      e = ofEntry;
    }
    if (root != Bytes.EMPTY) {
      root = Bytes.EMPTY;
    }
    hasRecord = true;
    Arena of = partition.arenaOf(e);
    if (arena != of) {
      arena = of;
    }
  }

  /** Starts a value in an arena; all fields of its root are 0. */
  void build(Partition inPartition, Arena inArena, int rootBytes) {
    partition = inPartition;
    hasRecord = false;
    root = new byte[rootBytes];
    arena = inArena;
  }

  /** Whether the blocks lie in an arena that is the value's own. */
  boolean isOwn() {
    return arena != partition.arena();
  }

  Arena arena() {
    return arena;
  }

  /** The root of a value that is being built. */
  byte[] root() {
    return root;
  }

  /** Bytes of all blocks. */
  long bytes() {
    return isOwn() ? arena.usedBytes() : getInt(BYTES);
  }

  /** The array that a block lies in; it stays the block's until the next allocation. */
  byte[] chunk(int address) {
    return arena.chunk(address);
  }

  /**
   * Returns the address of a block of at least this many bytes.
   *
   * @throws StoreFullException when there is no room for it; nothing has changed then
   */
  int allocate(int bytes) {
    int address = arena.allocate(bytes);
    if (!isOwn()) {
      putInt(BYTES, getInt(BYTES) + Arena.blockBytes(bytes));
    }
    return address;
  }

  /** Gives back a block that was allocated for this many bytes. */
  void free(int address, int bytes) {
    arena.free(address, bytes);
    if (!isOwn()) {
      putInt(BYTES, getInt(BYTES) - Arena.blockBytes(bytes));
    }
  }

  /** A field of the root, by its offset. */
  int getInt(int field) {
    return hasRecord
        ? Bytes.getInt(partition.record(e), e.valueOffset + field)
        : Bytes.getInt(root, field);
  }

  void putInt(int field, int value) {
    if (hasRecord) {
      Bytes.putInt(partition.record(e), e.valueOffset + field, value);
    } else {
      Bytes.putInt(root, field, value);
    }
  }

  long getLong(int field) {
    return hasRecord
        ? Bytes.getLong(partition.record(e), e.valueOffset + field)
        : Bytes.getLong(root, field);
  }

  void putLong(int field, long value) {
    if (hasRecord) {
      Bytes.putLong(partition.record(e), e.valueOffset + field, value);
    } else {
      Bytes.putLong(root, field, value);
    }
  }

  /** The number of the own arena that a root names; 0 when it names none. */
  static int ownArena(byte[] chunk, int rootOffset) {
    return Bytes.getInt(chunk, rootOffset + OWN);
  }

  /** Lets a root name an own arena, or none. */
  static void setOwnArena(byte[] chunk, int rootOffset, int number) {
    Bytes.putInt(chunk, rootOffset + OWN, number);
  }
}
