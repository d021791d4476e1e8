package io.hydrion.store;

import io.hydrion.config.ConfigView;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;

/** The entries of a stream in their blocks, and the figures that its root keeps of them. */
final class StreamBlocks {
  /*
   * Fields of the root:
   *   16 bytes  the head of an IdTree of the blocks, from the id that a block begins with to its
   *             address
   *   4 bytes   address of the last block, where entries are appended; 0 when there is none
   *   4 bytes   nothing
   *   8 bytes   number of entries
   *   8 bytes   how many entries there have ever been
   *   16 bytes  the last id that was given
   *   16 bytes  the first entry's id
   *   16 bytes  the highest id that XDEL has deleted
   */
  static final int TREE = Parts.ROOT;
  static final int LAST_BLOCK = TREE + IdTree.HEAD_BYTES;
  static final int LENGTH = LAST_BLOCK + 8;
  static final int ADDED = LENGTH + 8;
  static final int LAST_ID = ADDED + 8;
  static final int FIRST_ID = LAST_ID + 16;
  static final int DELETED_ID = FIRST_ID + 16;
  static final int ROOT_END = DELETED_ID + 16;

  /** Up to how many bytes a new block has as much room as the last one has come to need. */
  private static final int ROOM_AHEAD_MAX = 8192;

  private final Parts parts;
  private final IdTree tree;

  StreamBlocks(Parts parts) {
    this.parts = parts;
    tree = new IdTree(parts, 4).at(0, TREE);
  }

  long length() {
    return parts.getLong(LENGTH);
  }

  int lastBlock() {
    return parts.getInt(LAST_BLOCK);
  }

  /** How many blocks there are. */
  long count() {
    return tree.size();
  }

  /** A tree of the blocks, to walk over. */
  IdTree newTree() {
    return new IdTree(parts, 4).at(0, TREE);
  }

  static int address(IdTree at) {
    return Bytes.getInt(at.bytes(), at.value());
  }

  private void putId(int field, long ms, long seq) {
    parts.putLong(field, ms);
    parts.putLong(field + 8, seq);
  }

  static int compare(long ms, long seq, long otherMs, long otherSeq) {
    int order = Long.compareUnsigned(ms, otherMs);
    return order != 0 ? order : Long.compareUnsigned(seq, otherSeq);
  }

  /** How an id of the root's compares to another. */
  int compareTo(int field, long ms, long seq) {
    return compare(parts.getLong(field), parts.getLong(field + 8), ms, seq);
  }

  // ---- appending

  /**
   * Appends an entry, whose id is above all others.
   *
   * @param words how many ranges there are, fields and values in turn, from {@code first} on
   * @throws StoreFullException when there is no room; nothing has changed then
   */
  void append(ConfigView limits, long ms, long seq, ByteRanges from, int first, int words) {
    int last = lastBlock();
    long payload = StreamBlock.payload(from, first, words);
    if (last == 0 || isFull(limits, last, payload)) {
      appendToNewBlock(ms, seq, from, first, words);
      if (last != 0) {
        trimBlock(last);
      }
    } else {
      appendToBlock(last, ms, seq, from, first, words);
    }
    putId(LAST_ID, ms, seq);
    long length = length() + 1;
    parts.putLong(LENGTH, length);
    parts.putLong(ADDED, parts.getLong(ADDED) + 1);
    if (length == 1) {
      putId(FIRST_ID, ms, seq);
    }
  }

  private boolean isFull(ConfigView limits, int block, long payload) {
    return StreamBlock.isFull(
        parts.chunk(block),
        Arena.offset(block),
        payload,
        limits.streamNodeMaxBytes(),
        limits.streamNodeMaxEntries());
  }

  private void appendToBlock(int last, long ms, long seq, ByteRanges from, int first, int words) {
    int block = last;
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    long msDelta = ms - Bytes.getLong(a, at + StreamBlock.MS);
    long seqDelta = seq - Bytes.getLong(a, at + StreamBlock.SEQ);
    boolean same = StreamBlock.hasFields(a, at, from, first, words);
    long body = StreamBlock.bodyBytes(from, first, words, same, msDelta, seqDelta);
    long needed = Bytes.getInt(a, at + StreamBlock.USED) + StreamBlock.entryBytes(body);
    if (needed > Bytes.getInt(a, at + StreamBlock.BYTES)) {
      block = grow(block, needed);
      a = parts.chunk(block);
      at = Arena.offset(block);
    }
    StreamBlock.append(a, at, from, first, words, same, msDelta, seqDelta, (int) body);
  }

  /** Gives the last block more room, at least twice what it had unless it is large. */
  private int grow(int block, long needed) {
    if (needed > Arena.BLOCK_MAX) {
      throw new StoreFullException("a block of a stream holds at most 2 GiB");
    }
    int old = Bytes.getInt(parts.chunk(block), Arena.offset(block) + StreamBlock.BYTES);
    long ample = old < 1 << 16 ? 2L * old : old + (old >> 2);
    int fresh = moveBlock(block, (int) Math.max(needed, Math.min(ample, Arena.BLOCK_MAX)));
    parts.putInt(LAST_BLOCK, fresh);
    return fresh;
  }

  /** Moves a block to an arena block of another size. */
  private int moveBlock(int block, int bytes) {
    int size = Arena.blockBytes(bytes);
    int fresh = parts.allocate(size);
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    byte[] to = parts.chunk(fresh);
    int toAt = Arena.offset(fresh);
    int old = Bytes.getInt(a, at + StreamBlock.BYTES);
    System.arraycopy(a, at, to, toAt, Bytes.getInt(a, at + StreamBlock.USED));
    Bytes.putInt(to, toAt + StreamBlock.BYTES, size);
    boolean found =
        tree.find(
            Bytes.getLong(to, toAt + StreamBlock.MS), Bytes.getLong(to, toAt + StreamBlock.SEQ));
    assert found;
    Bytes.putInt(tree.bytes(), tree.value(), fresh);
    parts.free(block, old);
    return fresh;
  }

  private void appendToNewBlock(long ms, long seq, ByteRanges from, int first, int words) {
    long body = StreamBlock.bodyBytes(from, first, words, true, 0, 0);
    long needed =
        StreamBlock.FIELDS
            + StreamBlock.fieldsBytes(from, first, words)
            + StreamBlock.entryBytes(body);
    if (needed > Arena.BLOCK_MAX) {
      throw new StoreFullException("a block of a stream holds at most 2 GiB");
    }
    int last = lastBlock();
    if (last != 0) {
      int used = Bytes.getInt(parts.chunk(last), Arena.offset(last) + StreamBlock.USED);
      needed = Math.max(needed, Math.min(used, ROOM_AHEAD_MAX));
    }
    int size = Arena.blockBytes((int) needed);
    int block = parts.allocate(size);
    try {
      link(block, ms, seq);
    } catch (StoreFullException full) {
      parts.free(block, size);
      throw full;
    }
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    StreamBlock.begin(a, at, size, ms, seq, from, first, words);
    StreamBlock.append(a, at, from, first, words, true, 0, 0, (int) body);
    parts.putInt(LAST_BLOCK, block);
  }

  private void link(int block, long ms, long seq) {
    tree.insert(ms, seq);
    Bytes.putInt(tree.bytes(), tree.value(), block);
  }

  /** Takes the room from a block that no entry will come to any more. */
  private void trimBlock(int block) {
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    int used = Bytes.getInt(a, at + StreamBlock.USED);
    if (Arena.blockBytes(used) < Bytes.getInt(a, at + StreamBlock.BYTES)) {
      try {
        moveBlock(block, used);
      } catch (StoreFullException full) { // then it keeps it
      }
    }
  }

  // ---- deleting

  /**
   * Deletes the entry that a cursor has found; the cursor is nowhere then. The root's ids stay as
   * they were until {@link #findFirstId}.
   */
  void delete(StreamCursor cursor) {
    int block = cursor.block();
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    int live = StreamBlock.liveCount(a, at) - 1;
    if (live == 0) {
      boolean found =
          tree.find(Bytes.getLong(a, at + StreamBlock.MS), Bytes.getLong(a, at + StreamBlock.SEQ));
      assert found;
      dropBlock(block);
    } else {
      a[cursor.entry()] |= StreamBlock.GONE;
      Bytes.putInt(a, at + StreamBlock.LIVE, live);
      Bytes.putInt(a, at + StreamBlock.DELETED, StreamBlock.deletedCount(a, at) + 1);
    }
    parts.putLong(LENGTH, length() - 1);
  }

  /** Frees the block that the tree is at. */
  private void dropBlock(int block) {
    parts.free(block, Bytes.getInt(parts.chunk(block), Arena.offset(block) + StreamBlock.BYTES));
    tree.remove();
    if (block == lastBlock()) {
      parts.putInt(LAST_BLOCK, tree.last() ? address(tree) : 0);
    }
  }

  /** Notes an id as one that has been deleted. */
  void noteDeleted(long ms, long seq) {
    if (compareTo(DELETED_ID, ms, seq) < 0) {
      putId(DELETED_ID, ms, seq);
    }
  }

  /** Works out the first entry's id. */
  void findFirstId(StreamCursor cursor) {
    cursor.seek(0, 0, -1, -1, false);
    if (cursor.next()) {
      putId(FIRST_ID, cursor.ms(), cursor.seq());
    } else {
      putId(FIRST_ID, 0, 0);
    }
  }

  /**
   * Deletes the oldest entries: those with an id below the given one, or as many as are more than
   * {@code length}.
   *
   * @param byId which of the two
   * @param wholeBlocks whether a block is only dropped as a whole
   * @param limit how many entries may be deleted, block by block; 0: as many as needed
   * @return how many were deleted
   */
  long trim(
      boolean byId,
      long length,
      long ms,
      long seq,
      boolean wholeBlocks,
      long limit,
      StreamCursor cursor) {
    long deleted = 0;
    while ((byId || length() > length) && tree.first()) {
      int block = address(tree);
      int live = StreamBlock.liveCount(parts.chunk(block), Arena.offset(block));
      if (limit > 0 && deleted + live > limit) {
        break;
      }
      if (byId ? cursor.isBlockBelow(block, ms, seq) : length() - live >= length) {
        dropBlock(block);
        parts.putLong(LENGTH, length() - live);
        deleted += live;
        continue;
      }
      if (!wholeBlocks) {
        deleted += trimWithin(block, byId, length, ms, seq);
      }
      break;
    }
    if (deleted > 0) {
      findFirstId(cursor);
    }
    return deleted;
  }

  /**
   * Deletes the first entries of the first block, which stays even when none is left, as in Redis.
   */
  private int trimWithin(int block, boolean byId, long length, long ms, long seq) {
    byte[] a = parts.chunk(block);
    int at = Arena.offset(block);
    int end = at + Bytes.getInt(a, at + StreamBlock.USED);
    long left = length();
    int deleted = 0;
    for (int i = at + Bytes.getInt(a, at + StreamBlock.START);
        i < end && (byId ? compareEntry(a, at, i, ms, seq) < 0 : left > length);
        i = StreamBlock.behind(a, i)) {
      if ((a[i] & StreamBlock.GONE) == 0) {
        a[i] |= StreamBlock.GONE;
        deleted++;
        left--;
      }
    }
    int live = StreamBlock.liveCount(a, at) - deleted;
    Bytes.putInt(a, at + StreamBlock.LIVE, live);
    Bytes.putInt(a, at + StreamBlock.DELETED, StreamBlock.deletedCount(a, at) + deleted);
    parts.putLong(LENGTH, left);
    return deleted;
  }

  /** How the id of the entry at a place of a block compares to another. */
  static int compareEntry(byte[] a, int block, int entry, long ms, long seq) {
    int place = entry + 1 + Varint.size(Varint.get(a, entry + 1));
    long msDelta = StreamBlock.getWide(a, place);
    long seqDelta =
        StreamBlock.unzigzag(StreamBlock.getWide(a, place + StreamBlock.wideSize(msDelta)));
    return compare(
        Bytes.getLong(a, block + StreamBlock.MS) + msDelta,
        Bytes.getLong(a, block + StreamBlock.SEQ) + seqDelta,
        ms,
        seq);
  }

  // ---- what Redis would have

  /** Of how many blocks, at most, the nodes are counted; of more, the number is extrapolated. */
  private static final int RADIX_BLOCKS_MAX = 1 << 16;

  /**
   * How many nodes a radix tree of the blocks' ids would have: one for each id, one for each place
   * where ids part, and one for each stretch of bytes between those.
   */
  long radixNodes() {
    long blocks = tree.size();
    if (!tree.first()) {
      return 1;
    }
    int[] open = new int[ID_LENGTH + 1]; // the depths at which ids part, on the way to the last one
    int depth = 0;
    open[0] = -1;
    long nodes = 0;
    long leaves = 0;
    boolean more = true;
    while (more && leaves < RADIX_BLOCKS_MAX) {
      long ms = tree.ms();
      long seq = tree.seq();
      more = tree.next();
      int parts = more ? common(ms ^ tree.ms(), seq ^ tree.seq()) : -1;
      leaves++;
      nodes += ID_LENGTH - 1 - Math.max(open[depth], parts) > 0 ? 2 : 1;
      while (open[depth] > parts) {
        int above = Math.max(open[depth - 1], parts);
        nodes += open[depth] - 1 - above > 0 ? 2 : 1;
        depth--;
      }
      if (more && open[depth] < parts) {
        open[++depth] = parts;
      }
    }
    return leaves < blocks ? nodes * (blocks / leaves) : nodes;
  }

  private static final int ID_LENGTH = 16;

  /** How many bytes two ids have in common, from the first on. */
  private static int common(long msDifference, long seqDifference) {
    return msDifference != 0
        ? Long.numberOfLeadingZeros(msDifference) / 8
        : 8 + Long.numberOfLeadingZeros(seqDifference) / 8;
  }

  // ---- all blocks

  /** Copies all blocks and figures to a stream that is being built. */
  void copyTo(Parts to) {
    for (int field = LENGTH; field < ROOT_END; field += 8) {
      to.putLong(field, parts.getLong(field));
    }
    StreamBlocks copy = new StreamBlocks(to);
    for (boolean more = tree.first(); more; more = tree.next()) {
      copy.addCopy(parts, address(tree));
    }
  }

  private void addCopy(Parts from, int block) {
    byte[] a = from.chunk(block);
    int at = Arena.offset(block);
    int used = Bytes.getInt(a, at + StreamBlock.USED);
    int size = Arena.blockBytes(used);
    int copy = parts.allocate(size);
    try {
      link(copy, Bytes.getLong(a, at + StreamBlock.MS), Bytes.getLong(a, at + StreamBlock.SEQ));
    } catch (StoreFullException full) {
      parts.free(copy, size);
      throw full;
    }
    byte[] to = parts.chunk(copy);
    System.arraycopy(from.chunk(block), at, to, Arena.offset(copy), used);
    Bytes.putInt(to, Arena.offset(copy) + StreamBlock.BYTES, size);
    parts.putInt(LAST_BLOCK, copy);
  }

  /** Gives back all blocks; the figures stay. */
  void free() {
    for (boolean more = tree.first(); more; more = tree.next()) {
      int block = address(tree);
      parts.free(block, Bytes.getInt(parts.chunk(block), Arena.offset(block) + StreamBlock.BYTES));
    }
    tree.clear();
    parts.putInt(LAST_BLOCK, 0);
  }
}
