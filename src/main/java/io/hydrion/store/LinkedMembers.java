package io.hydrion.store;

import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import java.util.random.RandomGenerator;

/**
 * The members of a large sorted set: a block for each, found by the member through a {@link
 * HashTable} and by its place through a {@link RankTree}. Not thread-safe.
 */
final class LinkedMembers {
  /*
   * Fields of the root: those of Parts, of the table, of the tree. A cell of the table is nothing but
   * the address of the member's block, which stays the same as long as the score does not change, or
   * changes without moving the member.
   */
  static final int ROOT_BYTES = Parts.ROOT + HashTable.ROOT_BYTES + RankTree.ROOT_BYTES;

  private static final int TABLE_FIELDS = Parts.ROOT;

  /** How many members are looked ahead for together. */
  private static final int AHEAD = 16;

  private static final int TREE_FIELDS = TABLE_FIELDS + HashTable.ROOT_BYTES;

  /** Is shown members one by one; it must not change them. */
  @FunctionalInterface
  interface BlockVisitor {
    void visit(byte[] a, int at);
  }

  private final Parts parts;
  private final long seed;
  private final Table table;
  private final RankTree tree;

  // What a look ahead is about.
  private final int[] nextBlocks = new int[AHEAD];
  private final long[] nextHashes = new long[AHEAD];
  private final long[] nextPlaces = new long[AHEAD];

  /** What looks ahead have read, so that they are not left out as useless. */
  private final int[] touched = new int[1];

  /** The block of the member at hand. */
  private int address;

  LinkedMembers(Parts parts, long seed) {
    this.parts = parts;
    this.seed = seed;
    table = new Table(parts);
    tree = new RankTree(parts, TREE_FIELDS);
  }

  private final class Table extends HashTable {
    Table(Parts parts) {
      super(parts, TABLE_FIELDS, true);
    }

    @Override
    boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len) {
      int block = Bytes.getInt(a, at);
      return ScoredMember.hasMember(parts.chunk(block), Arena.offset(block), key, off, len);
    }

    @Override
    long hashOf(byte[] a, int at, int n) {
      int block = Bytes.getInt(a, at);
      return hashOfBlock(parts.chunk(block), Arena.offset(block));
    }

    int cell() {
      return Bytes.getInt(bytes(), offset());
    }

    void setCell(int block) {
      Bytes.putInt(bytes(), offset(), block);
    }
  }

  private long hash(byte[] a, int off, int len) {
    return SeededHash.of(a, off, len, seed);
  }

  private long hashOfBlock(byte[] a, int at) {
    return hash(a, ScoredMember.member(a, at), ScoredMember.length(a, at));
  }

  long size() {
    return table.size();
  }

  /** The array that the member at hand lies in, as {@link ScoredMember} says. */
  byte[] bytes() {
    return parts.chunk(address);
  }

  int offset() {
    return Arena.offset(address);
  }

  /** Tells the member at hand from all others, until the next change. */
  long place() {
    return address;
  }

  /** Looks for a member; it is the one at hand then. */
  boolean find(byte[] a, int off, int len) {
    if (!table.find(hash(a, off, len), a, off, len)) {
      return false;
    }
    address = table.cell();
    return true;
  }

  /**
   * Adds a member that is known to be absent; it is the one at hand then.
   *
   * @throws StoreFullException when there is no room; nothing has changed then
   */
  void insert(byte[] a, int off, int len, double score) {
    int block = newBlock(a, off, len, score);
    try {
      tree.insert(block);
    } catch (StoreFullException full) {
      tree.freeMember(block);
      throw full;
    }
    try {
      table.insert(hash(a, off, len), HashTable.EVEN_CELL);
    } catch (StoreFullException full) {
      tree.remove(block);
      tree.freeMember(block);
      throw full;
    }
    table.setCell(block);
    address = block;
  }

  private int newBlock(byte[] a, int off, int len, double score) {
    long bytes = ScoredMember.bytes(score, len);
    if (bytes > Arena.BLOCK_MAX) {
      throw new StoreFullException("a member holds at most 2 GiB");
    }
    int block = parts.allocate((int) bytes);
    ScoredMember.put(parts.chunk(block), Arena.offset(block), score, a, off, len);
    return block;
  }

  /** Gives the member that {@link #find} has found another score. */
  void change(byte[] a, int off, int len, double score) {
    int old = address;
    byte[] block = bytes();
    int at = offset();
    int oldBytes = ScoredMember.end(block, at) - at;
    int newBytes = (int) ScoredMember.bytes(score, len);
    if (Arena.blockBytes(oldBytes) == Arena.blockBytes(newBytes)) {
      if (tree.changeInPlace(old, score)) {
        ScoredMember.put(block, at, score, a, off, len);
      } else {
        move(a, off, len, score);
      }
      return;
    }
    int fresh = newBlock(a, off, len, score);
    try {
      tree.insert(fresh);
    } catch (StoreFullException full) {
      tree.freeMember(fresh);
      throw full;
    }
    table.refetch();
    table.setCell(fresh);
    tree.remove(old);
    tree.freeMember(old);
    address = fresh;
  }

  /**
   * Takes the member whose entry the tree has sought to another place, in the block that it has.
   */
  private void move(byte[] a, int off, int len, double score) {
    double old = ScoredMember.score(bytes(), offset());
    tree.removeSought();
    try {
      ScoredMember.put(bytes(), offset(), score, a, off, len);
      tree.insert(address);
    } catch (StoreFullException full) {
      ScoredMember.put(bytes(), offset(), old, a, off, len);
      tree.insert(address); // where there is room for it: it has just left
      throw full;
    }
  }

  /** Removes the member that {@link #find} has found. */
  void removeFound() {
    tree.remove(address);
    removeFromTable();
  }

  private void removeFromTable() {
    table.remove();
    tree.freeMember(address);
  }

  /** Removes so many members from a rank on. */
  void removeRange(long rank, long count) {
    for (long i = 0; i < count; i++) {
      seek(rank);
      lookAhead();
      byte[] a = bytes();
      int at = offset();
      int member = ScoredMember.member(a, at);
      int length = ScoredMember.length(a, at);
      boolean found = table.find(hash(a, member, length), a, member, length);
      assert found;
      tree.removeSought();
      removeFromTable();
    }
  }

  /**
   * Reads, every so many removals from the ends, what the table will need of the members that are
   * probably next, all together, so that the waits for memory overlap.
   */
  private void lookAhead() {
    int n = tree.next(nextBlocks);
    int sum = 0;
    for (int i = 0; i < n; i++) {
      sum += parts.chunk(nextBlocks[i])[Arena.offset(nextBlocks[i])];
    }
    for (int i = 0; i < n; i++) {
      nextHashes[i] = hashOfBlock(parts.chunk(nextBlocks[i]), Arena.offset(nextBlocks[i]));
    }
    if (n > 0) {
      touched[0] = sum + table.touch(nextHashes, n, nextPlaces);
    }
  }

  // ---- ranks

  RankTree tree() {
    return tree;
  }

  long rank() {
    return tree.rankOf(address);
  }

  void seek(long rank) {
    tree.seek(rank);
    address = tree.address();
  }

  boolean next() {
    return moved(tree.next());
  }

  boolean previous() {
    return moved(tree.previous());
  }

  private boolean moved(boolean isThere) {
    if (isThere) {
      address = tree.address();
    }
    return isThere;
  }

  void random(RandomGenerator random) {
    table.random(random);
    address = table.cell();
  }

  /** Shows the members from a cursor on, as {@link HashTable#scan} does. */
  long scan(long cursor, long count, BlockVisitor visitor) {
    return table.scan(
        cursor,
        count,
        (a, at, n) -> {
          int block = Bytes.getInt(a, at);
          visitor.visit(parts.chunk(block), Arena.offset(block));
        });
  }

  // ---- all of it

  /**
   * Puts members into this set, which is empty.
   *
   * @throws StoreFullException when there is no room; the set is empty then
   */
  void build(long members, ScoredSource source) {
    RankTreeBuilder builder = new RankTreeBuilder(tree, parts, members);
    int block = 0;
    try {
      while (source.next()) {
        byte[] a = source.bytes();
        int member = source.offset();
        int length = source.length();
        block = newBlock(a, member, length, source.score());
        builder.append(block);
        table.insert(hash(a, member, length), HashTable.EVEN_CELL);
        table.setCell(block);
        block = 0;
      }
    } catch (StoreFullException full) {
      if (block != 0 && !builder.isAdded(block)) {
        tree.freeMember(block);
      }
      builder.freeAll();
      table.freeAll();
      throw full;
    }
  }

  /** The members in order, from the first on. */
  ScoredSource source() {
    return new ScoredSource() {
      private boolean isWalking;

      @Override
      public boolean next() {
        if (isWalking) {
          return LinkedMembers.this.next();
        }
        isWalking = true;
        if (size() > 0) {
          seek(0);
        }
        return size() > 0;
      }

      @Override
      public byte[] bytes() {
        return LinkedMembers.this.bytes();
      }

      @Override
      public int offset() {
        return ScoredMember.member(bytes(), LinkedMembers.this.offset());
      }

      @Override
      public int length() {
        return ScoredMember.length(bytes(), LinkedMembers.this.offset());
      }

      @Override
      public double score() {
        return ScoredMember.score(bytes(), LinkedMembers.this.offset());
      }
    };
  }

  void freeAll() {
    table.freeAll();
    tree.freeAll();
  }
}
