package io.hydrion.store;

/**
 * Fills an empty {@link RankTree} with members that come in order, as many as have been announced:
 * nodes are nearly full and each is written once.
 */
final class RankTreeBuilder {
  /*
   * With the number of members, the number of nodes of every level is known, and members and nodes
   * are dealt out evenly: node j of M nodes for C children has those from j * C / M to (j + 1) * C /
   * M. On each level one node is being filled; when it has its share it goes to the level above.
   */
  private static final int LEAF_FILL = 58;
  private static final int INNER_FILL = 56;

  private final RankTree tree;
  private final Parts parts;
  private final int levels;

  /** By level, from the leaves up: how many nodes there will be, and how many are done. */
  private final long[] nodes = new long[RankTree.LEVELS_MAX];

  private final long[] children = new long[RankTree.LEVELS_MAX];
  private final long[] done = new long[RankTree.LEVELS_MAX];

  /** The nodes that are being filled; 0: none yet. */
  private final int[] current = new int[RankTree.LEVELS_MAX];

  private final long[] left = new long[RankTree.LEVELS_MAX];
  private final long[] smallest = new long[RankTree.LEVELS_MAX];
  private final long[] totals = new long[RankTree.LEVELS_MAX];
  private int lastLeaf;

  RankTreeBuilder(RankTree tree, Parts parts, long members) {
    this.tree = tree;
    this.parts = parts;
    int level = 0;
    long below = members;
    do {
      int fill = level == 0 ? LEAF_FILL : INNER_FILL;
      children[level] = below;
      nodes[level] = (below + fill - 1) / fill;
      below = nodes[level++];
    } while (below > 1);
    levels = level;
  }

  /**
   * Adds the next member, whose block has been written.
   *
   * @throws StoreFullException when there is no room; then {@link #freeAll} is to be called, and
   *     whether the member belongs to what that gives back is told by {@link #isAdded}
   */
  void append(int address) {
    byte[] a = parts.chunk(address);
    long entry = RankTree.entry(ScoredMember.score(a, Arena.offset(address)), address);
    if (current[0] == 0) {
      open(0, entry);
      int leaf = current[0];
      RankNode.setPrevious(parts.chunk(leaf), Arena.offset(leaf), lastLeaf);
      if (lastLeaf != 0) {
        RankNode.setNext(parts.chunk(lastLeaf), Arena.offset(lastLeaf), leaf);
      }
      lastLeaf = leaf;
    }
    byte[] node = parts.chunk(current[0]);
    int at = Arena.offset(current[0]);
    int count = RankNode.count(node, at);
    RankNode.setEntry(node, at, count, entry);
    RankNode.setCount(node, at, count + 1);
    added = address;
    close(0, 1);
  }

  private int added;

  boolean isAdded(int address) {
    return added == address;
  }

  private void open(int level, long separator) {
    long share =
        (done[level] + 1) * children[level] / nodes[level]
            - done[level] * children[level] / nodes[level];
    boolean inner = level > 0;
    int max = inner ? RankNode.INNER_MAX : RankNode.LEAF_MAX;
    int capacity = max;
    if (nodes[level] == 1) {
      capacity = Math.min(max, Math.max(8, Integer.highestOneBit((int) share * 2 - 1)));
    }
    current[level] = tree.newNode(inner, capacity);
    left[level] = share;
    smallest[level] = separator;
    totals[level] = 0;
  }

  /** Says that a node has got one more, and hands it on when it has its share. */
  private void close(int level, long size) {
    totals[level] += size;
    if (--left[level] > 0) {
      return;
    }
    int node = current[level];
    if (level == levels - 1) {
      tree.setTop(node, level);
      current[level] = 0;
      return;
    }
    int above = level + 1;
    if (current[above] == 0) {
      open(above, smallest[level]);
    }
    byte[] a = parts.chunk(current[above]);
    int at = Arena.offset(current[above]);
    int count = RankNode.count(a, at);
    RankNode.setSlot(a, at, count, smallest[level], node, (int) totals[level]);
    RankNode.setCount(a, at, count + 1);
    current[level] = 0;
    done[level]++;
    close(above, totals[level]);
  }

  /** Gives back what has been built. */
  void freeAll() {
    for (int level = 0; level < levels; level++) {
      if (current[level] != 0) {
        tree.freeBelow(current[level]);
      }
    }
    tree.freeAll();
  }
}
