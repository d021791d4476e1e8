package io.hydrion.store;

import io.hydrion.util.Bytes;

/**
 * The members of a sorted set in the order of their scores, and of their bytes where scores are
 * equal: a B+-tree in the blocks of a value, which knows how many members are below each of its
 * nodes. The members themselves lie in blocks of their own ({@link ScoredMember}). Not thread-safe.
 */
final class RankTree {
  /*
   * Fields of the root, from the offset that the constructor is given:
   *   4 bytes   address of the top node; 0 when the tree is empty
   *   4 bytes   height: how many levels of inner nodes there are
   *
   * An entry of a leaf is the upper half of the score's order (Score.order) above the address of the
   * member's block: so nearly all comparisons are made without a look at the member. An inner node
   * has for each child but its first the child's smallest entry as a separator; that of the first is
   * undefined. All blocks that separators name are those of members that are there.
   *
   * All questions are one: how many entries, from the first on, come before a target? The target is
   * a score and a member, or a score, or a member alone (when all scores are the same), itself
   * included or not. The way down is remembered for the change that follows.
   *
   * Nodes are split when they are full, in the middle, or at the end when what comes is the largest
   * of all: so members that come in order fill their leaves. Nodes that are less than a quarter full
   * are merged with a neighbour, or take from it. All nodes but the top one have the largest
   * capacity, and at least two children. Blocks for splits are allocated before anything changes.
   */
  static final int ROOT_BYTES = 8;

  private static final int SMALLEST_CAPACITY = 8;
  private static final int LEAF_MIN = RankNode.LEAF_MAX / 4;
  private static final int INNER_MIN = RankNode.INNER_MAX / 4;
  private static final int MERGED_MAX = 48;
  static final int LEVELS_MAX = 16;

  private enum Target {
    MEMBER,
    SCORE,
    TEXT
  }

  private final Parts parts;
  private final int rootField;

  // What is looked for.
  private Target target = Target.MEMBER;
  private boolean inclusive;
  private long prefix;
  private double score;
  private byte[] text = Bytes.EMPTY;
  private int textOffset;
  private int textLength;
  private int blockAddress;

  // The last way down: nodes from the top to the leaf, and the place in each.
  private final int[] path = new int[LEVELS_MAX];
  private final int[] places = new int[LEVELS_MAX];

  private final int[] spares = new int[LEVELS_MAX + 1];
  private int spareCount;

  // The entry at hand.
  private int leaf;
  private int place;

  RankTree(Parts parts, int rootField) {
    this.parts = parts;
    this.rootField = rootField;
  }

  int top() {
    return parts.getInt(rootField);
  }

  private int height() {
    return parts.getInt(rootField + 4);
  }

  void setTop(int address, int height) {
    parts.putInt(rootField, address);
    parts.putInt(rootField + 4, height);
  }

  static long entry(double score, int address) {
    return Score.order(score) & -1L << 32 | address & 0xffffffffL;
  }

  // ---- finding

  private void lookFor(Target what, boolean includes, double ofScore) {
    target = what;
    inclusive = includes;
    score = ofScore;
    prefix = Score.order(ofScore) >>> 32;
    blockAddress = 0;
  }

  private void lookForText(byte[] a, int off, int len) {
    text = a;
    textOffset = off;
    textLength = len;
  }

  /** Whether an entry comes before the target. */
  private boolean isBefore(long entry) {
    long upper = entry >>> 32;
    if (upper != prefix && target != Target.TEXT) {
      return upper < prefix;
    }
    return isBeforeClosely((int) entry);
  }

  private boolean isBeforeClosely(int address) {
    if (address == blockAddress) {
      return inclusive;
    }
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    if (target != Target.TEXT) {
      double there = ScoredMember.score(a, at);
      if (there != score) {
        return there < score;
      }
      if (target == Target.SCORE) {
        return inclusive;
      }
    }
    int order = ScoredMember.compareMember(a, at, text, textOffset, textLength);
    return inclusive ? order <= 0 : order < 0;
  }

  /** The first place, among some of a node's, whose entry does not come before the target. */
  private int search(byte[] a, int at, int from, int to) {
    if (target == Target.TEXT) {
      return searchClosely(a, at, from, to);
    }
    int low = RankNode.lowerBound(a, at, from, to, prefix);
    if (low == to || RankNode.entry(a, at, low) >>> 32 != prefix) {
      return low;
    }
    return searchClosely(a, at, low, RankNode.lowerBound(a, at, low + 1, to, prefix + 1));
  }

  private int searchClosely(byte[] a, int at, int from, int to) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isBeforeClosely((int) RankNode.entry(a, at, middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Goes to where the target belongs. The tree is not empty. */
  private void descend() {
    int address = top();
    int height = height();
    for (int level = 0; level < height; level++) {
      byte[] a = parts.chunk(address);
      int at = Arena.offset(address);
      int i = search(a, at, 1, RankNode.count(a, at)) - 1;
      path[level] = address;
      places[level] = i;
      address = RankNode.child(a, at, i);
    }
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    path[height] = address;
    places[height] = search(a, at, 0, RankNode.count(a, at));
  }

  /** How many entries are before the place where the last way down ended. */
  private long rankOfPlace() {
    int height = height();
    long rank = places[height];
    for (int level = 0; level < height; level++) {
      byte[] a = parts.chunk(path[level]);
      rank += RankNode.sizes(a, Arena.offset(path[level]), 0, places[level]);
    }
    return rank;
  }

  private long rankOfTarget() {
    if (top() == 0) {
      return 0;
    }
    descend();
    return rankOfPlace();
  }

  /** How many members have a score below one, or one that is not above it. */
  long countBelow(double bound, boolean includesBound) {
    lookFor(Target.SCORE, includesBound, bound);
    return rankOfTarget();
  }

  /** How many members are below one, or not above it, where all scores are the same. */
  long countBelow(byte[] a, int off, int len, boolean includesBound) {
    lookFor(Target.TEXT, includesBound, 0);
    lookForText(a, off, len);
    return rankOfTarget();
  }

  /** How many members come before the one of a block. */
  long rankOf(int address) {
    lookForBlock(address, false);
    return rankOfTarget();
  }

  private void lookForBlock(int address, boolean includes) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    lookFor(Target.MEMBER, includes, ScoredMember.score(a, at));
    lookForText(a, ScoredMember.member(a, at), ScoredMember.length(a, at));
    blockAddress = address;
  }

  // ---- walking

  /** Goes to an entry by its rank; there must be so many. */
  void seek(long rank) {
    long rest = rank;
    int address = top();
    int height = height();
    for (int level = 0; level < height; level++) {
      byte[] a = parts.chunk(address);
      int at = Arena.offset(address);
      int i = 0;
      for (int size; rest >= (size = RankNode.size(a, at, i)); i++) {
        rest -= size;
      }
      path[level] = address;
      places[level] = i;
      address = RankNode.child(a, at, i);
    }
    path[height] = address;
    places[height] = (int) rest;
    leaf = address;
    place = (int) rest;
  }

  /** The address of the block of the entry at hand. */
  int address() {
    return (int) RankNode.entry(parts.chunk(leaf), Arena.offset(leaf), place);
  }

  /** Goes to the next entry; false when there is none. */
  boolean next() {
    byte[] a = parts.chunk(leaf);
    int at = Arena.offset(leaf);
    if (++place < RankNode.count(a, at)) {
      return true;
    }
    leaf = RankNode.next(a, at);
    place = 0;
    return leaf != 0;
  }

  /**
   * Tells the blocks of the entry at hand and of those of its leaf that are removed after it if all
   * go from one of the leaf's ends on; once for as many as there is room for.
   *
   * @return how many: all or 0
   */
  int next(int[] blocks) {
    byte[] a = parts.chunk(leaf);
    int at = Arena.offset(leaf);
    int count = RankNode.count(a, at);
    int n = blocks.length;
    int from;
    if ((count - place) % n == 0) {
      from = place;
    } else if (place == count - 1 && count % n == 0) {
      from = count - n;
    } else {
      return 0;
    }
    for (int i = 0; i < n; i++) {
      blocks[i] = (int) RankNode.entry(a, at, from + i);
    }
    return n;
  }

  /** Goes to the entry before; false when there is none. */
  boolean previous() {
    if (--place >= 0) {
      return true;
    }
    leaf = RankNode.previous(parts.chunk(leaf), Arena.offset(leaf));
    if (leaf == 0) {
      return false;
    }
    place = RankNode.count(parts.chunk(leaf), Arena.offset(leaf)) - 1;
    return true;
  }

  /** Shows the members whose scores are not below one and below another. */
  void walk(double from, double end, ScoreWalk to) {
    if (top() == 0) {
      return;
    }
    lookFor(Target.SCORE, false, from);
    descend();
    long endUpper = Score.order(end) >>> 32;
    long asked = -1;
    boolean wanted = false;
    int i = places[height()];
    for (int node = path[height()]; node != 0; i = 0) {
      byte[] a = parts.chunk(node);
      int at = Arena.offset(node);
      for (int count = RankNode.count(a, at); i < count; i++) {
        long entry = RankNode.entry(a, at, i);
        long upper = entry >>> 32;
        if (upper != asked) {
          asked = upper;
          wanted = to.wants(Score.ofOrder(upper << 32), Score.ofOrder(upper << 32 | 0xffffffffL));
        }
        if (upper > endUpper || (wanted && !visit((int) entry, end, to))) {
          return;
        }
      }
      node = RankNode.next(a, at);
    }
  }

  private boolean visit(int address, double end, ScoreWalk to) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    double there = ScoredMember.score(a, at);
    return there < end
        && to.visit(a, ScoredMember.member(a, at), ScoredMember.length(a, at), there);
  }

  // ---- growing

  /**
   * Adds an entry for a member whose block has been written and is not in the tree.
   *
   * @throws StoreFullException when there is no room; the tree is as it was then
   */
  void insert(int address) {
    byte[] block = parts.chunk(address);
    double ofScore = ScoredMember.score(block, Arena.offset(address));
    long entry = entry(ofScore, address);
    if (top() == 0) {
      int fresh = newNode(false, SMALLEST_CAPACITY);
      put(parts.chunk(fresh), Arena.offset(fresh), 0, entry);
      setTop(fresh, 0);
      return;
    }
    lookForBlock(address, false);
    descend();
    allocateSpares();
    int height = height();
    int node = path[height];
    byte[] a = parts.chunk(node);
    int at = Arena.offset(node);
    int i = places[height];
    if (spareCount == 0) {
      put(a, at, i, entry);
      addSizes(height, 1);
    } else if (RankNode.capacity(a, at) < RankNode.LEAF_MAX) {
      node = grow(height);
      put(parts.chunk(node), Arena.offset(node), i, entry);
      addSizes(height, 1);
    } else {
      splitLeaf(a, at, i, entry);
    }
  }

  private static void put(byte[] a, int at, int i, long entry) {
    RankNode.shift(a, at, i, 1);
    RankNode.setEntry(a, at, i, entry);
  }

  /** Adds to the sizes of all nodes above a level of the last way down. */
  private void addSizes(int level, int n) {
    for (int i = 0; i < level; i++) {
      RankNode.addSize(parts.chunk(path[i]), Arena.offset(path[i]), places[i], n);
    }
  }

  int newNode(boolean inner, int capacity) {
    int address = parts.allocate(RankNode.bytes(inner, capacity));
    RankNode.init(parts.chunk(address), Arena.offset(address), inner, capacity);
    return address;
  }

  private void freeNode(int address) {
    parts.free(address, RankNode.bytesAt(parts.chunk(address), Arena.offset(address)));
  }

  /** Allocates what an insertion at the end of the last way down needs. */
  private void allocateSpares() {
    spareCount = 0;
    try {
      int level = height();
      for (; level >= 0; level--) {
        byte[] a = parts.chunk(path[level]);
        int at = Arena.offset(path[level]);
        int capacity = RankNode.capacity(a, at);
        if (RankNode.count(a, at) < capacity) {
          return;
        }
        boolean inner = RankNode.isInner(a, at);
        int max = inner ? RankNode.INNER_MAX : RankNode.LEAF_MAX;
        spares[spareCount] = newNode(inner, Math.min(max, capacity * 2));
        spareCount++;
        if (capacity < max) {
          return;
        }
      }
      assert height() + 1 < LEVELS_MAX;
      spares[spareCount] = newNode(true, SMALLEST_CAPACITY);
      spareCount++;
    } catch (StoreFullException full) {
      while (spareCount > 0) {
        freeNode(spares[--spareCount]);
      }
      throw full;
    }
  }

  /** The spares are taken in the order in which they were allocated. */
  private int takeSpare() {
    int spare = spares[0];
    System.arraycopy(spares, 1, spares, 0, --spareCount);
    return spare;
  }

  /** Gives the top node, which is at a level of the last way down, more room. */
  private int grow(int level) {
    assert level == 0;
    int old = path[level];
    int fresh = takeSpare();
    byte[] a = parts.chunk(old);
    byte[] b = parts.chunk(fresh);
    int at = Arena.offset(old);
    int bt = Arena.offset(fresh);
    int count = RankNode.count(a, at);
    RankNode.copy(a, at, 0, b, bt, 0, count);
    RankNode.setCount(b, bt, count);
    setTop(fresh, height());
    freeNode(old);
    path[level] = fresh;
    return fresh;
  }

  /** Cuts the leaf of the last way down in two, one of which gets the entry. */
  private void splitLeaf(byte[] a, int at, int i, long entry) {
    int count = RankNode.count(a, at);
    int next = RankNode.next(a, at);
    boolean appends = i == count && next == 0;
    int right = takeSpare();
    byte[] b = parts.chunk(right);
    int bt = Arena.offset(right);
    int kept = appends ? count : count / 2;
    move(a, at, kept, b, bt);
    int node = path[height()];
    RankNode.setPrevious(b, bt, node);
    RankNode.setNext(b, bt, next);
    RankNode.setNext(a, at, right);
    if (next != 0) {
      RankNode.setPrevious(parts.chunk(next), Arena.offset(next), right);
    }
    if (i > kept || appends) {
      put(b, bt, i - kept, entry);
    } else {
      put(a, at, i, entry);
    }
    addChild(height() - 1, node, right, appends);
  }

  /** Moves all from a place on to an empty node. */
  private static void move(byte[] a, int at, int from, byte[] b, int bt) {
    int n = RankNode.count(a, at) - from;
    RankNode.copy(a, at, from, b, bt, 0, n);
    RankNode.setCount(b, bt, n);
    RankNode.setCount(a, at, from);
  }

  /** Puts a node that has been split off another next to it, a level above. */
  private void addChild(int level, int left, int right, boolean appends) {
    byte[] l = parts.chunk(left);
    byte[] r = parts.chunk(right);
    int leftSize = RankNode.total(l, Arena.offset(left));
    int rightSize = RankNode.total(r, Arena.offset(right));
    long separator = RankNode.entry(r, Arena.offset(right), 0);
    if (level < 0) {
      int fresh = takeSpare();
      byte[] a = parts.chunk(fresh);
      int at = Arena.offset(fresh);
      RankNode.setSlot(a, at, 0, 0, left, leftSize);
      RankNode.setSlot(a, at, 1, separator, right, rightSize);
      RankNode.setCount(a, at, 2);
      setTop(fresh, height() + 1);
      return;
    }
    int node = path[level];
    int i = places[level] + 1;
    byte[] a = parts.chunk(node);
    int at = Arena.offset(node);
    RankNode.addSize(a, at, i - 1, leftSize - RankNode.size(a, at, i - 1));
    if (RankNode.count(a, at) < RankNode.capacity(a, at)) {
      putChild(a, at, i, separator, right, rightSize);
      addSizes(level, 1);
    } else if (RankNode.capacity(a, at) < RankNode.INNER_MAX) {
      node = grow(level);
      putChild(parts.chunk(node), Arena.offset(node), i, separator, right, rightSize);
      addSizes(level, 1);
    } else {
      int fresh = takeSpare();
      byte[] b = parts.chunk(fresh);
      int bt = Arena.offset(fresh);
      int count = RankNode.count(a, at);
      int kept = appends ? count - 1 : count / 2;
      move(a, at, kept, b, bt);
      if (i > kept) {
        putChild(b, bt, i - kept, separator, right, rightSize);
      } else {
        putChild(a, at, i, separator, right, rightSize);
      }
      addChild(level - 1, node, fresh, appends);
    }
  }

  private static void putChild(byte[] a, int at, int i, long separator, int child, int size) {
    RankNode.shift(a, at, i, 1);
    RankNode.setSlot(a, at, i, separator, child, size);
  }

  // ---- changing

  /** Goes to the entry of a member's block. */
  private void descendTo(int address) {
    lookForBlock(address, true);
    descend();
    int height = height();
    places[height]--;
    assert (int)
            RankNode.entry(parts.chunk(path[height]), Arena.offset(path[height]), places[height])
        == address;
  }

  /**
   * Gives the member of a block another score where that does not change its rank, as far as can be
   * seen from its leaf; the caller writes the score into the block at once. False: nothing changed,
   * and the entry is the one that {@link #removeSought} removes.
   */
  boolean changeInPlace(int address, double toScore) {
    descendTo(address);
    int height = height();
    int node = path[height];
    int i = places[height];
    byte[] a = parts.chunk(node);
    int at = Arena.offset(node);
    lookFor(Target.MEMBER, false, toScore);
    boolean isLast = i == RankNode.count(a, at) - 1;
    if ((i == 0 ? RankNode.previous(a, at) != 0 : !isBefore(RankNode.entry(a, at, i - 1)))
        || (isLast ? RankNode.next(a, at) != 0 : isBefore(RankNode.entry(a, at, i + 1)))) {
      return false;
    }
    long entry = entry(toScore, address);
    RankNode.setEntry(a, at, i, entry);
    if (i == 0) {
      setSeparator(entry);
    }
    return true;
  }

  /** Says that the leaf of the last way down has another smallest entry. */
  private void setSeparator(long entry) {
    for (int level = height() - 1; level >= 0; level--) {
      if (places[level] > 0) {
        RankNode.setEntry(
            parts.chunk(path[level]), Arena.offset(path[level]), places[level], entry);
        return;
      }
    }
  }

  /** Removes the entry of a member's block, which is still there. Allocates nothing. */
  void remove(int address) {
    descendTo(address);
    removeSought();
  }

  /** Removes the entry that was sought last; nothing is at hand then. */
  void removeSought() {
    int height = height();
    int node = path[height];
    int i = places[height];
    byte[] a = parts.chunk(node);
    int at = Arena.offset(node);
    addSizes(height, -1);
    RankNode.shift(a, at, i + 1, -1);
    int count = RankNode.count(a, at);
    if (count == 0 && height == 0) {
      freeNode(node);
      setTop(0, 0);
      return;
    }
    if (i == 0) {
      renewSeparator(a, at, count);
    }
    if (count < LEAF_MIN) {
      tidy(height);
    }
  }

  private void renewSeparator(byte[] a, int at, int count) {
    if (count > 0) {
      setSeparator(RankNode.entry(a, at, 0));
      return;
    }
    int parent = path[height() - 1];
    if (places[height() - 1] == 0) { // a neighbour's entries are coming
      setSeparator(RankNode.entry(parts.chunk(parent), Arena.offset(parent), 1));
    }
  }

  /** Merges a node that has become small with a neighbour, or shares the neighbour's. */
  private void tidy(int level) {
    if (level == 0) {
      lower();
      return;
    }
    int parent = path[level - 1];
    byte[] p = parts.chunk(parent);
    int pt = Arena.offset(parent);
    int i = Math.max(places[level - 1] - 1, 0);
    int left = RankNode.child(p, pt, i);
    int right = RankNode.child(p, pt, i + 1);
    byte[] a = parts.chunk(left);
    byte[] b = parts.chunk(right);
    int at = Arena.offset(left);
    int bt = Arena.offset(right);
    int inLeft = RankNode.count(a, at);
    int inRight = RankNode.count(b, bt);
    RankNode.setEntry(b, bt, 0, inRight == 0 ? 0 : separatorOf(p, pt, i + 1, b, bt));
    if (inLeft + inRight > MERGED_MAX) {
      share(p, pt, i, a, at, b, bt);
      return;
    }
    RankNode.copy(b, bt, 0, a, at, inLeft, inRight);
    RankNode.setCount(a, at, inLeft + inRight);
    if (!RankNode.isInner(b, bt)) {
      int next = RankNode.next(b, bt);
      RankNode.setNext(a, at, next);
      if (next != 0) {
        RankNode.setPrevious(parts.chunk(next), Arena.offset(next), left);
      }
    }
    RankNode.addSize(p, pt, i, RankNode.size(p, pt, i + 1));
    RankNode.shift(p, pt, i + 2, -1);
    freeNode(right);
    if (RankNode.count(p, pt) < INNER_MIN) {
      tidy(level - 1);
    }
  }

  /** What stands first in a node: in an inner one, what its parent says of it. */
  private static long separatorOf(byte[] p, int pt, int i, byte[] node, int at) {
    return RankNode.isInner(node, at) ? RankNode.entry(p, pt, i) : RankNode.entry(node, at, 0);
  }

  /** Gives two neighbours the same number of entries or children. */
  private static void share(byte[] p, int pt, int i, byte[] a, int at, byte[] b, int bt) {
    int inLeft = RankNode.count(a, at);
    int inRight = RankNode.count(b, bt);
    int half = (inLeft + inRight) / 2;
    if (inLeft > half) {
      int n = inLeft - half;
      RankNode.copy(b, bt, 0, b, bt, n, inRight);
      RankNode.copy(a, at, half, b, bt, 0, n);
    } else {
      int n = half - inLeft;
      RankNode.copy(b, bt, 0, a, at, inLeft, n);
      RankNode.copy(b, bt, n, b, bt, 0, inRight - n);
    }
    RankNode.setCount(a, at, half);
    RankNode.setCount(b, bt, inLeft + inRight - half);
    RankNode.setEntry(p, pt, i + 1, RankNode.entry(b, bt, 0));
    RankNode.addSize(p, pt, i, RankNode.total(a, at) - RankNode.size(p, pt, i));
    RankNode.addSize(p, pt, i + 1, RankNode.total(b, bt) - RankNode.size(p, pt, i + 1));
  }

  /** Takes a top node away that has a single child. */
  private void lower() {
    int top = top();
    byte[] a = parts.chunk(top);
    int at = Arena.offset(top);
    if (height() > 0 && RankNode.count(a, at) == 1) {
      setTop(RankNode.child(a, at, 0), height() - 1);
      freeNode(top);
    }
  }

  // ---- all of it

  /** Gives back all nodes and the blocks of all members; the tree is empty then. */
  void freeAll() {
    if (top() != 0) {
      freeBelow(top());
      setTop(0, 0);
    }
  }

  void freeBelow(int address) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    int count = RankNode.count(a, at);
    boolean inner = RankNode.isInner(a, at);
    for (int i = 0; i < count; i++) {
      if (inner) {
        freeBelow(RankNode.child(a, at, i));
      } else {
        freeMember((int) RankNode.entry(a, at, i));
      }
    }
    freeNode(address);
  }

  /** Gives back the block of a member. */
  void freeMember(int address) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    parts.free(address, ScoredMember.end(a, at) - at);
  }
}
