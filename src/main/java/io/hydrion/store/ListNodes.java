package io.hydrion.store;

import io.hydrion.config.ConfigView;
import io.hydrion.util.Bytes;

/**
 * The chain of nodes of a list that is too large for its record. It points at an element, which
 * {@link #seek}, {@link #end} and a step choose and insertions and removals keep track of.
 */
final class ListNodes {
  /*
   * A node is one block of the value's Parts:
   *   4 bytes   the node before, or 0
   *   4 bytes   the node behind, or 0
   *   4 bytes   the block's bytes
   *   4 bytes   the number of elements, at least 1
   *   4 bytes   where the first element begins, from the node's begin on
   *   4 bytes   where the last element ends
   *   room, the elements as ListElements has them, room
   *
   * With room at both ends an element is added or taken at either without moving the others. When
   * there is none at the end that is wanted, but the node is less than half full, its elements are
   * moved within it; else it doubles until it has reached the limit of list-max-listpack-size, and
   * then another node begins, which starts with a quarter of what the list has already, so that a
   * list never is mostly room. An element above the limit has a node to itself, without room.
   *
   * Neighbours that have become small are merged when together they fill half a node at most: what
   * it copies has been paid for by the removals before.
   *
   * The root: the first node (4), the last one (4), the number of elements (8).
   */
  static final int ROOT_BYTES = 16;

  private static final int PREVIOUS = 0;
  private static final int NEXT = 4;
  private static final int CAPACITY = 8;
  private static final int COUNT = 12;
  private static final int START = 16;
  private static final int END = 20;
  private static final int HEAD = 24;

  /** The capacity of a small list's node. */
  private static final int CAPACITY_MIN = 512;

  /** Below so many bytes of elements, a node at an end is looked at for merging. */
  private static final int SMALL = 256;

  /** A single node above this size is made smaller when it is nearly empty. */
  private static final int SHRINKS_FROM = 2048;

  private final Parts parts;
  private final int first;
  private final int last;
  private final int size;

  // The limits of a node.
  private int bytesMax;
  private int countMax;

  // The element at hand: its node, where it begins in it, where its bytes begin, and its length.
  private int node;
  private int at;
  private int body;
  private int length;

  /**
   * @param fields where the root's fields begin
   */
  ListNodes(Parts parts, int fields) {
    this.parts = parts;
    first = fields;
    last = fields + 4;
    size = fields + 8;
  }

  /** Takes the limits from the settings; to be called before elements are added or removed. */
  void limit(ConfigView settings) {
    int fill = settings.listMaxListpackSize();
    bytesMax = fill >= 0 ? 8192 : 4096 << Math.min(-fill - 1, 4);
    countMax = fill >= 0 ? Math.max(fill, 1) : Integer.MAX_VALUE;
  }

  long size() {
    return parts.getLong(size);
  }

  private void addSize(long n) {
    parts.putLong(size, parts.getLong(size) + n);
  }

  private int first() {
    return parts.getInt(first);
  }

  private int last() {
    return parts.getInt(last);
  }

  /** Whether all elements are in one node. */
  boolean isSingle() {
    return first() == last();
  }

  private int get(int ofNode, int field) {
    return Bytes.getInt(parts.chunk(ofNode), Arena.offset(ofNode) + field);
  }

  private void put(int ofNode, int field, int value) {
    Bytes.putInt(parts.chunk(ofNode), Arena.offset(ofNode) + field, value);
  }

  private int used(int ofNode) {
    return get(ofNode, END) - get(ofNode, START);
  }

  // ---- the element at hand

  byte[] bytes() {
    return parts.chunk(node);
  }

  int offset() {
    return Arena.offset(node) + body;
  }

  int length() {
    return length;
  }

  private void pointAt(int inNode, int place) {
    node = inNode;
    at = place;
    length = ListElements.length(parts.chunk(inNode), Arena.offset(inNode) + place);
    body = ListElements.body(place, length);
  }

  /** Points at the first or the last element of a node; false when there is no node. */
  private boolean enter(int toNode, boolean front) {
    if (toNode == 0) {
      return false;
    }
    if (front) {
      pointAt(toNode, get(toNode, START));
    } else {
      int end = get(toNode, END);
      int n = ListElements.lengthBefore(parts.chunk(toNode), Arena.offset(toNode) + end);
      pointAt(toNode, end - ListElements.size(n));
    }
    return true;
  }

  /** Points at the first or the last element; the list is not empty. */
  void end(boolean front) {
    enter(front ? first() : last(), front);
  }

  /** Points at the element of an index, which is within the list. */
  void seek(long index) {
    long n = size();
    assert index >= 0 && index < n;
    int to;
    long rank;
    if (index < n / 2) {
      to = first();
      rank = index;
      for (int count = get(to, COUNT); rank >= count; count = get(to, COUNT)) {
        rank -= count;
        to = get(to, NEXT);
      }
    } else {
      to = last();
      long behind = n - index;
      for (int count = get(to, COUNT); behind > count; count = get(to, COUNT)) {
        behind -= count;
        to = get(to, PREVIOUS);
      }
      rank = get(to, COUNT) - behind;
    }
    pointAt(to, placeOf(to, rank));
  }

  private int placeOf(int ofNode, long rank) {
    byte[] a = parts.chunk(ofNode);
    int base = Arena.offset(ofNode);
    int from = base + Bytes.getInt(a, base + START);
    int to = base + Bytes.getInt(a, base + END);
    return ListElements.seek(a, from, to, rank, Bytes.getInt(a, base + COUNT)) - base;
  }

  /** Points at the element behind; false when there is none. */
  boolean next() {
    int to = at + ListElements.size(length);
    if (to == get(node, END)) {
      return enter(get(node, NEXT), true);
    }
    pointAt(node, to);
    return true;
  }

  /** Points at the element before; false when there is none. */
  boolean previous() {
    if (at == get(node, START)) {
      return enter(get(node, PREVIOUS), false);
    }
    int base = Arena.offset(node);
    int n = ListElements.lengthBefore(parts.chunk(node), base + at);
    pointAt(node, at - ListElements.size(n));
    return true;
  }

  /** Shows so many elements, as far as there are, from the one at hand on. */
  void show(long n, ElementVisitor visitor) {
    int from = at;
    long left = n;
    for (int in = node; in != 0 && left > 0; ) {
      byte[] a = parts.chunk(in);
      int base = Arena.offset(in);
      int end = base + Bytes.getInt(a, base + END);
      left -= ListElements.show(a, base + from, end, left, visitor);
      in = Bytes.getInt(a, base + NEXT);
      from = in == 0 ? 0 : get(in, START);
    }
  }

  // ---- nodes

  /** Puts a new node, which is empty, between two, each of which may be 0. */
  private int insertNode(int before, int behind, int capacity, int start) {
    int fresh = parts.allocate(capacity);
    byte[] a = parts.chunk(fresh);
    int base = Arena.offset(fresh);
    Bytes.putInt(a, base + CAPACITY, capacity);
    Bytes.putInt(a, base + COUNT, 0);
    Bytes.putInt(a, base + START, start);
    Bytes.putInt(a, base + END, start);
    join(before, fresh);
    join(fresh, behind);
    return fresh;
  }

  /** Makes two nodes neighbours; 0 stands for the list's end. */
  private void join(int before, int behind) {
    if (before == 0) {
      parts.putInt(first, behind);
    } else {
      put(before, NEXT, behind);
    }
    if (behind == 0) {
      parts.putInt(last, before);
    } else {
      put(behind, PREVIOUS, before);
    }
  }

  private void removeNode(int gone) {
    join(get(gone, PREVIOUS), get(gone, NEXT));
    parts.free(gone, get(gone, CAPACITY));
  }

  /** Copies a node's elements to a place of another node. */
  private void copy(int from, int to, int place) {
    System.arraycopy(
        parts.chunk(from),
        Arena.offset(from) + get(from, START),
        parts.chunk(to),
        Arena.offset(to) + place,
        used(from));
  }

  /** Gives a node another block, or, with the same capacity, its elements another place in it. */
  private int rebuild(int old, int capacity, int start) {
    int used = used(old);
    int moved = old;
    if (capacity == get(old, CAPACITY)) {
      copy(old, old, start);
    } else {
      int before = get(old, PREVIOUS);
      int behind = get(old, NEXT);
      moved = insertNode(before, old, capacity, start);
      copy(old, moved, start);
      put(moved, COUNT, get(old, COUNT));
      join(moved, behind);
    }
    if (node == old) {
      node = moved;
      at += start - get(old, START);
      body = ListElements.body(at, length);
    }
    if (moved != old) {
      parts.free(old, get(old, CAPACITY));
    }
    put(moved, START, start);
    put(moved, END, start + used);
    return moved;
  }

  private boolean fits(int inNode, int more) {
    return get(inNode, COUNT) < countMax && (long) HEAD + used(inNode) + more <= bytesMax;
  }

  // ---- the ends

  /** Adds an element at an end. */
  void push(byte[] a, int off, int n, boolean front) {
    int need = ListElements.size(n);
    int to = front ? first() : last();
    if (to == 0 || !hasRoom(to, need, front)) {
      to = makeRoom(to, need, front);
    }
    byte[] chunk = parts.chunk(to);
    int base = Arena.offset(to);
    Bytes.putInt(chunk, base + COUNT, Bytes.getInt(chunk, base + COUNT) + 1);
    int field = base + (front ? START : END);
    int place = Bytes.getInt(chunk, field);
    if (front) {
      Bytes.putInt(chunk, field, place - need);
      ListElements.put(chunk, base + place - need, a, off, n);
    } else {
      Bytes.putInt(chunk, field, place + need);
      ListElements.put(chunk, base + place, a, off, n);
    }
    addSize(1);
  }

  private boolean hasRoom(int inNode, int need, boolean front) {
    byte[] a = parts.chunk(inNode);
    int base = Arena.offset(inNode);
    int room =
        front
            ? Bytes.getInt(a, base + START) - HEAD
            : Bytes.getInt(a, base + CAPACITY) - Bytes.getInt(a, base + END);
    return room >= need && Bytes.getInt(a, base + COUNT) < countMax;
  }

  /** Makes room at an end of the list, in its node there or in a new one; returns that node. */
  private int makeRoom(int old, int need, boolean front) {
    if (old != 0 && fits(old, need)) {
      int capacity = get(old, CAPACITY);
      int used = used(old);
      if (used + need <= (capacity - HEAD) / 2) {
        return rebuild(old, capacity, startFor(capacity, used, need, front, isSingle()));
      }
      if (capacity < bytesMax) {
        int grown = Math.min(bytesMax, Math.max(2 * capacity, HEAD + used + need));
        return rebuild(old, grown, startFor(grown, used, need, front, isSingle()));
      }
    }
    int capacity = capacityFor(need);
    int start = startFor(capacity, 0, need, front, old == 0);
    return front ? insertNode(0, first(), capacity, start) : insertNode(last(), 0, capacity, start);
  }

  /** The capacity of a new node whose first element takes so many bytes. */
  private int capacityFor(int need) {
    long wanted = Math.max(CAPACITY_MIN, parts.bytes() / 4);
    if (countMax < CAPACITY_MIN) {
      wanted = Math.min(wanted, HEAD + (long) need * countMax);
    }
    return (int) Math.max(HEAD + (long) need, Math.min(wanted, bytesMax));
  }

  /** Where a node's elements begin so that there is room at an end; the other may need some too. */
  private static int startFor(int capacity, int used, int need, boolean front, boolean both) {
    int free = capacity - HEAD - used;
    int other = both ? Math.min(free / 4, free - need) : 0;
    return HEAD + (front ? free - other : other);
  }

  /** Removes the first or the last element. */
  void pop(boolean front) {
    int from = front ? first() : last();
    byte[] a = parts.chunk(from);
    int base = Arena.offset(from);
    int count = Bytes.getInt(a, base + COUNT);
    addSize(-1);
    if (count == 1) {
      removeNode(from);
      return;
    }
    int start = Bytes.getInt(a, base + START);
    int end = Bytes.getInt(a, base + END);
    if (front) {
      start += ListElements.size(ListElements.length(a, base + start));
      Bytes.putInt(a, base + START, start);
    } else {
      end -= ListElements.size(ListElements.lengthBefore(a, base + end));
      Bytes.putInt(a, base + END, end);
    }
    Bytes.putInt(a, base + COUNT, count - 1);
    if (end - start < SMALL) {
      mergeSmall(from);
    }
  }

  // ---- the middle

  /**
   * Makes the bytes at a place of a node more or fewer, moving what lies on the shorter side.
   *
   * @return where the bytes are now, or -1 when there is no room
   */
  private int resize(int inNode, int place, int old, int n) {
    byte[] a = parts.chunk(inNode);
    int base = Arena.offset(inNode);
    int start = Bytes.getInt(a, base + START);
    int end = Bytes.getInt(a, base + END);
    int more = n - old;
    int before = place - start;
    int behind = end - place - old;
    boolean roomBefore = start - HEAD >= more;
    boolean roomBehind = Bytes.getInt(a, base + CAPACITY) - end >= more;
    if (roomBefore && (before < behind || !roomBehind)) {
      System.arraycopy(a, base + start, a, base + start - more, before);
      Bytes.putInt(a, base + START, start - more);
      return place - more;
    }
    if (roomBehind) {
      int from = base + place + old;
      System.arraycopy(a, from, a, from + more, behind);
      Bytes.putInt(a, base + END, end + more);
      return place;
    }
    return -1;
  }

  /** Makes room at a place of a node, in which there is enough or which may grow; points at it. */
  private void open(int inNode, int place, int old, int n) {
    int to = resize(inNode, place, old, n);
    node = inNode;
    at = place;
    if (to < 0) {
      int grown = HEAD + used(inNode) + n - old;
      rebuild(inNode, Math.max(grown, Math.min(bytesMax, grown + grown / 2)), HEAD);
      to = resize(node, at, old, n);
    }
    at = to;
  }

  /** Writes an element where room has been made for it. */
  private void write(byte[] a, int off, int n) {
    ListElements.put(parts.chunk(node), Arena.offset(node) + at, a, off, n);
    length = n;
    body = ListElements.body(at, n);
  }

  /** Gives the element at hand other bytes, which may be as large as you like. */
  void set(byte[] a, int off, int n) {
    int old = ListElements.size(length);
    int size = ListElements.size(n);
    if (size <= old || (long) HEAD + used(node) - old + size <= bytesMax) {
      open(node, at, old, size);
      write(a, off, n);
      return;
    }
    insert(a, off, n, true);
    next();
    remove(false);
  }

  /** Inserts an element before or behind the one at hand; it is the one at hand then. */
  void insert(byte[] a, int off, int n, boolean before) {
    int size = ListElements.size(n);
    int into = node;
    int place = before ? at : at + ListElements.size(this.length);
    if (!fits(into, size)) {
      int left = place == get(into, START) ? get(into, PREVIOUS) : into;
      int right = place == get(into, END) ? get(into, NEXT) : into;
      if (left == right) {
        right = split(into, place);
      }
      if (left != 0 && fits(left, size)) {
        into = left;
        place = get(left, END);
      } else if (right != 0 && fits(right, size)) {
        into = right;
        place = get(right, START);
      } else {
        into = insertNode(left, right, HEAD + size, HEAD);
        place = HEAD;
      }
    }
    open(into, place, 0, size);
    write(a, off, n);
    put(node, COUNT, get(node, COUNT) + 1);
    addSize(1);
  }

  /** Moves a node's elements from a place on to a new node behind it, which is returned. */
  private int split(int left, int place) {
    int moved = get(left, END) - place;
    int right = insertNode(left, get(left, NEXT), HEAD + moved + moved / 4, HEAD);
    byte[] a = parts.chunk(left);
    int base = Arena.offset(left);
    System.arraycopy(a, base + place, parts.chunk(right), Arena.offset(right) + HEAD, moved);
    int count = 0;
    for (int i = base + place; i < base + place + moved; count++) {
      i += ListElements.size(ListElements.length(a, i));
    }
    put(right, END, HEAD + moved);
    put(right, COUNT, count);
    put(left, END, place);
    put(left, COUNT, get(left, COUNT) - count);
    return right;
  }

  /**
   * Removes the element at hand and points at the one behind it, or before it.
   *
   * @return false when there is none
   */
  boolean remove(boolean forward) {
    addSize(-1);
    int count = get(node, COUNT);
    if (count == 1) {
      int to = get(node, forward ? NEXT : PREVIOUS);
      removeNode(node);
      return enter(to, forward);
    }
    int size = ListElements.size(length);
    put(node, COUNT, count - 1);
    at = resize(node, at, size, 0);
    if (used(node) < bytesMax / 4) {
      mergeSmall(node);
    }
    if (!forward) {
      return previous();
    }
    if (at == get(node, END)) {
      return enter(get(node, NEXT), true);
    }
    pointAt(node, at);
    return true;
  }

  /** Joins a node with a neighbour when together they are small. */
  private void mergeSmall(int small) {
    int before = get(small, PREVIOUS);
    if (before != 0 && merge(before, small)) {
      return;
    }
    int behind = get(small, NEXT);
    if (behind != 0) {
      merge(small, behind);
    }
  }

  private boolean merge(int left, int right) {
    int ofLeft = used(left);
    int ofRight = used(right);
    long count = (long) get(left, COUNT) + get(right, COUNT);
    long bytes = (long) HEAD + ofLeft + ofRight;
    if (bytes > bytesMax / 2 || count > countMax) {
      return false;
    }
    int capacity = (int) (bytes + bytes / 2);
    int merged;
    try {
      merged = insertNode(get(left, PREVIOUS), left, capacity, HEAD + (int) bytes / 4);
    } catch (StoreFullException full) { // then they stay two
      return false;
    }
    int start = get(merged, START);
    copy(left, merged, start);
    copy(right, merged, start + ofLeft);
    put(merged, END, start + ofLeft + ofRight);
    put(merged, COUNT, (int) count);
    if (node == left) {
      at += start - get(left, START);
      node = merged;
    } else if (node == right) {
      at += start + ofLeft - get(right, START);
      node = merged;
    }
    body = ListElements.body(at, length);
    join(merged, get(right, NEXT));
    parts.free(left, get(left, CAPACITY));
    parts.free(right, get(right, CAPACITY));
    return true;
  }

  /** Removes so many elements, fewer than there are, from an end. */
  void trim(long n, boolean front) {
    long left = n;
    addSize(-n);
    while (left > 0) {
      int from = front ? first() : last();
      int count = get(from, COUNT);
      if (left >= count) {
        removeNode(from);
        left -= count;
        continue;
      }
      if (front) {
        put(from, START, placeOf(from, left));
      } else {
        put(from, END, placeOf(from, count - left));
      }
      put(from, COUNT, (int) (count - left));
      if (used(from) < SMALL) {
        mergeSmall(from);
      }
      return;
    }
  }

  /** Forgets all elements; a value with an arena of its own drops that when its key goes. */
  void clear() {
    if (!parts.isOwn()) {
      freeAll();
    }
    parts.putInt(first, 0);
    parts.putInt(last, 0);
    parts.putLong(size, 0);
  }

  // ---- the whole

  /** Makes a single node smaller when it is nearly empty. */
  void shrink() {
    int only = first();
    int capacity = get(only, CAPACITY);
    if (capacity >= SHRINKS_FROM && used(only) < capacity / 8) {
      try {
        rebuild(only, capacity / 4, HEAD + (capacity / 4 - HEAD - used(only)) / 2);
      } catch (StoreFullException full) { // then it stays as it is
      }
    }
  }

  /** How many bytes the elements of a single node take. */
  int singleBytes() {
    return used(first());
  }

  /** A copy of the elements of a single node. */
  byte[] copySingle() {
    int only = first();
    int from = Arena.offset(only) + get(only, START);
    return Bytes.copy(parts.chunk(only), from, used(only));
  }

  /** Gives back a single node, whose root is there no more. */
  static void freeSingle(Arena arena, int only) {
    byte[] a = arena.chunk(only);
    arena.free(only, Bytes.getInt(a, Arena.offset(only) + CAPACITY));
  }

  /** The single node. */
  int single() {
    return first();
  }

  /**
   * Begins the chain with a copy of {@code count} elements.
   *
   * @return where they begin in the node
   */
  int begin(byte[] a, int from, int n, int count) {
    int start = HEAD + n / 4;
    int only = insertNode(0, 0, HEAD + n + n / 2, start);
    System.arraycopy(a, from, parts.chunk(only), Arena.offset(only) + start, n);
    put(only, END, start + n);
    put(only, COUNT, count);
    addSize(count);
    return start;
  }

  /** Points at the element that begins so many bytes behind the list's begin, in its first node. */
  void pointAt(int bytes) {
    pointAt(first(), get(first(), START) + bytes);
  }

  /** Builds the chain a second time. */
  void copyTo(ListNodes to) {
    try {
      for (int from = first(); from != 0; from = get(from, NEXT)) {
        int used = used(from);
        int room = Math.min(get(from, CAPACITY) - HEAD - used, used / 4);
        int copy = to.insertNode(to.last(), 0, HEAD + used + room, HEAD + room / 2);
        System.arraycopy(
            parts.chunk(from),
            Arena.offset(from) + get(from, START),
            to.parts.chunk(copy),
            Arena.offset(copy) + HEAD + room / 2,
            used);
        to.put(copy, END, HEAD + room / 2 + used);
        to.put(copy, COUNT, get(from, COUNT));
      }
    } catch (StoreFullException full) {
      to.freeAll();
      throw full;
    }
    to.addSize(size());
  }

  /** Gives back all nodes. */
  void freeAll() {
    for (int gone = first(); gone != 0; ) {
      int next = get(gone, NEXT);
      parts.free(gone, get(gone, CAPACITY));
      gone = next;
    }
  }
}
