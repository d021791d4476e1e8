package io.hydrion.store;

import io.hydrion.util.ByteRanges;
import org.jspecify.annotations.Nullable;

/**
 * A stream: entries of fields and values in the order of their ids, and the consumer groups that
 * read them. It may be empty and yet be there. After changes {@link #tidy} is to be called once
 * nobody looks at the stream's cursor or groups any more.
 */
public final class StreamValue extends AggregateValue {
  /*
   * Always linked. The root: the fields of Parts, those of StreamBlocks, the address of the table of
   * the groups (4), nothing (4).
   */
  private static final int GROUPS = StreamBlocks.ROOT_END;
  private static final int ROOT_BYTES = GROUPS + 8;

  private final StreamBlocks blocks;
  private final StreamCursor cursor;
  private final NameTable groups;
  private final ConsumerGroup group;

  public StreamValue(Owner owner, Partition partition, Entry e) {
    super(ValueType.STREAM, owner, partition, e);
    blocks = new StreamBlocks(parts);
    cursor = new StreamCursor(parts, blocks);
    groups = new NameTable(parts, ConsumerGroup.NAME).at(0, GROUPS);
    group = new ConsumerGroup(parts);
  }

  @Override
  int rootBytes() {
    return ROOT_BYTES;
  }

  /** How many entries there are. */
  @Override
  public long size() {
    return e.exists() ? blocks.length() : 0;
  }

  // ---- figures

  public long lastMs() {
    return e.exists() ? parts.getLong(StreamBlocks.LAST_ID) : 0;
  }

  public long lastSeq() {
    return e.exists() ? parts.getLong(StreamBlocks.LAST_ID + 8) : 0;
  }

  public void setLastId(long ms, long seq) {
    parts.putLong(StreamBlocks.LAST_ID, ms);
    parts.putLong(StreamBlocks.LAST_ID + 8, seq);
  }

  /** The id of the first entry; 0-0 when there is none. */
  public long firstMs() {
    return parts.getLong(StreamBlocks.FIRST_ID);
  }

  public long firstSeq() {
    return parts.getLong(StreamBlocks.FIRST_ID + 8);
  }

  public void setFirstId(long ms, long seq) {
    parts.putLong(StreamBlocks.FIRST_ID, ms);
    parts.putLong(StreamBlocks.FIRST_ID + 8, seq);
  }

  /** The highest id that has been deleted other than by trimming; 0-0 when none has. */
  public long deletedMs() {
    return parts.getLong(StreamBlocks.DELETED_ID);
  }

  public long deletedSeq() {
    return parts.getLong(StreamBlocks.DELETED_ID + 8);
  }

  public void setDeletedId(long ms, long seq) {
    parts.putLong(StreamBlocks.DELETED_ID, ms);
    parts.putLong(StreamBlocks.DELETED_ID + 8, seq);
  }

  /** How many entries there have ever been. */
  public long entriesAdded() {
    return parts.getLong(StreamBlocks.ADDED);
  }

  public void setEntriesAdded(long n) {
    parts.putLong(StreamBlocks.ADDED, n);
  }

  /** How many blocks the entries lie in. */
  public long blockCount() {
    return blocks.count();
  }

  /**
   * How many nodes a radix tree of the blocks' ids would have, which is what Redis keeps them in.
   */
  public long radixNodes() {
    return blocks.radixNodes();
  }

  /** How the last id that was given compares to another. */
  public int compareLast(long ms, long seq) {
    return compareIds(lastMs(), lastSeq(), ms, seq);
  }

  public static int compareIds(long ms, long seq, long otherMs, long otherSeq) {
    return StreamBlocks.compare(ms, seq, otherMs, otherSeq);
  }

  // ---- entries

  /** The stream's cursor, which all its walks share. */
  public StreamCursor cursor() {
    return cursor;
  }

  /** Whether fields and values are more than a stream takes. */
  public static boolean isTooLarge(ByteRanges from, int first, int words) {
    return StreamBlock.isTooLarge(StreamBlock.payload(from, first, words));
  }

  private Parts build() {
    Parts built = new Parts(partition, e);
    built.build(partition, partition.arena(), ROOT_BYTES);
    return built;
  }

  /** Makes the stream, which must not be there, without an entry. */
  public void create() {
    link(build());
  }

  /**
   * Appends an entry, whose id must be above the last one; creates the stream if need be.
   *
   * @param words how many ranges there are, fields and values in turn, from {@code first} on
   * @throws StoreFullException when there is no room; nothing has changed then
   */
  public void append(long ms, long seq, ByteRanges from, int first, int words) {
    if (e.exists()) {
      settle();
      blocks.append(owner.limits(), ms, seq, from, first, words);
      return;
    }
    Parts built = build();
    StreamBlocks own = new StreamBlocks(built);
    own.append(owner.limits(), ms, seq, from, first, words);
    try {
      link(built);
    } catch (StoreFullException full) {
      own.free();
      throw full;
    }
  }

  /** Deletes the entry of an id, if it is there. */
  public boolean delete(long ms, long seq) {
    if (!cursor.find(ms, seq)) {
      return false;
    }
    blocks.delete(cursor);
    blocks.noteDeleted(ms, seq);
    if (blocks.compareTo(StreamBlocks.FIRST_ID, ms, seq) == 0) {
      blocks.findFirstId(cursor);
    }
    return true;
  }

  /** Deletes the oldest entries, down to a number of them; see {@link #trimBelow}. */
  public long trimTo(long length, boolean wholeBlocks, long limit) {
    return e.exists() ? blocks.trim(false, length, 0, 0, wholeBlocks, limit, cursor) : 0;
  }

  /**
   * Deletes the entries below an id.
   *
   * @param wholeBlocks whether only whole blocks of entries are dropped
   * @param limit how many entries may be deleted, block by block; 0: all
   * @return how many were deleted
   */
  public long trimBelow(long ms, long seq, boolean wholeBlocks, long limit) {
    return e.exists() ? blocks.trim(true, 0, ms, seq, wholeBlocks, limit, cursor) : 0;
  }

  /** Gives the stream an arena of its own when it has grown, or takes it when it has shrunk. */
  public void tidy() {
    settle();
  }

  // ---- groups

  public int groupCount() {
    return e.exists() ? groups.size() : 0;
  }

  /** The group whose name has so many names before it. Valid until another one is asked for. */
  public ConsumerGroup groupAt(int rank) {
    return group.at(groups.get(rank));
  }

  /** The group of a name; null when there is none. Valid until another one is asked for. */
  public @Nullable ConsumerGroup group(byte[] name, int off, int len) {
    int address = e.exists() ? groups.find(name, off, len) : 0;
    return address == 0 ? null : group.at(address);
  }

  /**
   * Makes a group, whose name must be new; creates the stream if need be.
   *
   * @throws StoreFullException when there is no room; nothing has changed then
   */
  public ConsumerGroup createGroup(byte[] name, int off, int len, long ms, long seq, long read) {
    if (e.exists()) {
      group.at(groups.add(-1 - groups.rank(name, off, len), name, off, len));
    } else {
      Parts built = build();
      try {
        new NameTable(built, ConsumerGroup.NAME).at(0, GROUPS).add(0, name, off, len);
        link(built);
      } catch (StoreFullException full) {
        freeIn(built);
        throw full;
      }
      groupAt(0);
    }
    group.setLastId(ms, seq);
    group.setEntriesRead(read);
    return group;
  }

  /** Deletes the group of a name; false when there is none. */
  public boolean destroyGroup(byte[] name, int off, int len) {
    int rank = groups.rank(name, off, len);
    if (rank < 0) {
      return false;
    }
    groupAt(rank).free();
    groups.remove(rank);
    return true;
  }

  /** How many entries have been read at an id, or {@link ConsumerGroup#UNKNOWN}. */
  public long entriesReadAt(long ms, long seq) {
    long added = entriesAdded();
    if (added == 0) {
      return 0;
    }
    int toLast = -compareLast(ms, seq);
    if (toLast == 0 || (size() == 0 && toLast < 0)) {
      return added;
    }
    if (toLast > 0) {
      return ConsumerGroup.UNKNOWN;
    }
    int toFirst = compareIds(ms, seq, firstMs(), firstSeq());
    boolean isWhole =
        (deletedMs() | deletedSeq()) == 0
            || compareIds(deletedMs(), deletedSeq(), firstMs(), firstSeq()) < 0;
    if (!isWhole || toFirst > 0) {
      return ConsumerGroup.UNKNOWN;
    }
    return added - size() + (toFirst == 0 ? 1 : 0);
  }

  /** Whether an entry has been deleted from the middle of the stream, at an id or behind it. */
  public boolean hasGapBehind(long ms, long seq) {
    return size() > 0
        && (deletedMs() | deletedSeq()) != 0
        && compareIds(firstMs(), firstSeq(), deletedMs(), deletedSeq()) <= 0
        && compareIds(ms, seq, deletedMs(), deletedSeq()) <= 0;
  }

  /** How many of the entries ever added a group has read, as far as that matters for its lag. */
  private long readForLag(ConsumerGroup ofGroup) {
    long ms = ofGroup.lastMs();
    long seq = ofGroup.lastSeq();
    long read = ofGroup.entriesRead();
    return read == ConsumerGroup.UNKNOWN || hasGapBehind(ms, seq) ? entriesReadAt(ms, seq) : read;
  }

  /** Whether it is known how many entries a group has not read yet. */
  public boolean hasLag(ConsumerGroup ofGroup) {
    return entriesAdded() == 0 || readForLag(ofGroup) != ConsumerGroup.UNKNOWN;
  }

  /** How many entries a group has not read yet, if {@link #hasLag}. */
  public long lag(ConsumerGroup ofGroup) {
    return entriesAdded() == 0 ? 0 : entriesAdded() - readForLag(ofGroup);
  }

  /** Whether a group still has an entry pending, or has not come to its id yet. */
  public boolean isReferenced(long ms, long seq) {
    for (int i = groupCount() - 1; i >= 0; i--) {
      ConsumerGroup one = groupAt(i);
      if (compareIds(ms, seq, one.lastMs(), one.lastSeq()) > 0 || one.findPending(ms, seq)) {
        return true;
      }
    }
    return false;
  }

  /** Makes an entry pending with nobody; false when it has been so. */
  public boolean removeReferences(long ms, long seq) {
    boolean any = false;
    for (int i = groupCount() - 1; i >= 0; i--) {
      ConsumerGroup one = groupAt(i);
      if (one.findPending(ms, seq)) {
        one.removePending();
        any = true;
      }
    }
    return any;
  }

  // ---- all of a stream

  @Override
  void copyTo(Parts to) {
    try {
      blocks.copyTo(to);
      NameTable copies = new NameTable(to, ConsumerGroup.NAME).at(0, GROUPS);
      ConsumerGroup copy = new ConsumerGroup(to);
      for (int i = 0; i < groups.size(); i++) {
        ConsumerGroup one = groupAt(i);
        copy.at(copies.add(i, one.nameBytes(), one.nameOffset(), one.nameLength()));
        one.copyTo(copy);
      }
    } catch (StoreFullException full) {
      freeBuilt(to);
      throw full;
    }
  }

  @Override
  void freeParts() {
    freeIn(parts);
  }

  @Override
  void freeBuilt(Parts built) {
    freeIn(built);
  }

  private static void freeIn(Parts in) {
    new StreamBlocks(in).free();
    NameTable table = new NameTable(in, ConsumerGroup.NAME).at(0, GROUPS);
    ConsumerGroup one = new ConsumerGroup(in);
    while (table.size() > 0) {
      int last = table.size() - 1;
      one.at(table.get(last)).free();
      table.remove(last);
    }
  }
}
