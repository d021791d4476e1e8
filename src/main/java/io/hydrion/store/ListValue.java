package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.Arrays;

/**
 * A list: packed in its record as long as it is small, else a chain of nodes. One element is at
 * hand: the one that was looked for or stepped to last, until the list is changed.
 */
public final class ListValue extends AggregateValue {
  /*
   * A packed value: the number of elements (2), then the elements as ListElements has them. The root
   * of another one: the fields of Parts, then those of ListNodes.
   */
  private static final int HEAD = 2;

  /** Above so many bytes a packed value becomes a chain. */
  private static final int PACKED_MAX = 512;

  /** Down to so many bytes of elements a chain becomes a packed value. */
  private static final int PACKED_AGAIN = 128;

  /** A copied element of up to so many bytes leaves its array for the next one. */
  private static final int KEPT_MAX = 64 * 1024;

  private final ListNodes nodes;

  /** What {@link #copied} gives. */
  private byte[] copy = Bytes.EMPTY;

  /** What a packed value has behind a place, while its record gets another length. */
  private byte[] tail = Bytes.EMPTY;

  // The element at hand of a packed value: offsets in the value, since the record may move.
  private int at;
  private int body;
  private int length;

  public ListValue(Owner owner, Partition partition, Entry e) {
    super(ValueType.LIST, owner, partition, e);
    nodes = new ListNodes(parts, Parts.ROOT);
  }

  @Override
  int rootBytes() {
    return Parts.ROOT + ListNodes.ROOT_BYTES;
  }

  @Override
  public long size() {
    return !e.exists() ? 0 : isLinked() ? nodes.size() : count();
  }

  private int count() {
    return Bytes.getShort(record(), e.valueOffset);
  }

  private void setCount(int n) {
    Bytes.putShort(record(), e.valueOffset, n);
  }

  // ---- the element at hand

  /** The array of the element at hand, until the next change of the partition. */
  public byte[] bytes() {
    return isLinked() ? nodes.bytes() : record();
  }

  /** Where the element at hand begins in {@link #bytes}. */
  public int offset() {
    return isLinked() ? nodes.offset() : e.valueOffset + body;
  }

  /** The length of the element at hand. */
  public int length() {
    return isLinked() ? nodes.length() : length;
  }

  /** Whether the element at hand consists of these bytes. */
  public boolean is(byte[] a, int off, int len) {
    return length() == len && Bytes.equal(bytes(), offset(), a, off, len);
  }

  /**
   * Copies the element at hand to an array that no change of the value moves; it holds until the
   * next copy, and its length is that of the element.
   */
  public byte[] copied() {
    int n = length();
    if (n > copy.length || copy.length > KEPT_MAX) {
      copy = new byte[Math.max(n, PACKED_AGAIN)];
    }
    System.arraycopy(bytes(), offset(), copy, 0, n);
    return copy;
  }

  private void pointAt(int place) {
    at = place;
    length = ListElements.length(record(), e.valueOffset + place);
    body = ListElements.body(place, length);
  }

  /** Makes the first or the last element the one at hand; the list is not empty. */
  public void end(boolean front) {
    if (isLinked()) {
      nodes.end(front);
    } else if (front) {
      pointAt(HEAD);
    } else {
      pointAt(e.valueLength - sizeBefore(e.valueLength));
    }
  }

  /** The bytes of a packed value's element that ends at a place. */
  private int sizeBefore(int place) {
    return ListElements.size(ListElements.lengthBefore(record(), e.valueOffset + place));
  }

  /** Makes the element of an index, which is within the list, the one at hand. */
  public void seek(long index) {
    if (isLinked()) {
      nodes.seek(index);
    } else {
      pointAt(placeOf(index));
    }
  }

  /** Where a packed value's element begins, or, at its size, where the last one ends. */
  private int placeOf(long index) {
    int value = e.valueOffset;
    int from = value + HEAD;
    return ListElements.seek(record(), from, value + e.valueLength, index, count()) - value;
  }

  /** Steps to the element behind; false when there is none. */
  public boolean next() {
    return isLinked() ? nodes.next() : pointBehind(at + ListElements.size(length));
  }

  private boolean pointBehind(int place) {
    if (place == e.valueLength) {
      return false;
    }
    pointAt(place);
    return true;
  }

  /** Steps to the element before; false when there is none. */
  public boolean previous() {
    return isLinked() ? nodes.previous() : pointBefore(at);
  }

  private boolean pointBefore(int place) {
    if (place == HEAD) {
      return false;
    }
    pointAt(place - sizeBefore(place));
    return true;
  }

  /** Steps to the element behind, or before. */
  public boolean step(boolean forward) {
    return forward ? next() : previous();
  }

  // ---- changes

  /** Adds an element at an end. Its bytes must not lie in this list. */
  public void push(byte[] a, int off, int len, boolean front) {
    int size = ListElements.size(len);
    if (!isLinked()) {
      int old = e.exists() ? e.valueLength : HEAD;
      if (old + size <= PACKED_MAX) {
        insertPacked(front ? HEAD : old, a, off, len);
        return;
      }
      unpack(a, off, len, front);
      return;
    }
    settle();
    nodes.limit(owner.limits());
    nodes.push(a, off, len, front);
  }

  private void insertPacked(int place, byte[] a, int off, int len) {
    int count = e.exists() ? count() : 0;
    resizePacked(place, 0, ListElements.size(len));
    setCount(count + 1);
    ListElements.put(record(), e.valueOffset + place, a, off, len);
  }

  /** Makes the bytes at a place of a packed value more or fewer, unless there is no room. */
  private void resizePacked(int place, int old, int n) {
    int whole = e.exists() ? e.valueLength : HEAD;
    int behind = whole - place - old;
    if (behind > 0) {
      if (tail.length == 0) {
        tail = new byte[PACKED_MAX];
      }
      System.arraycopy(record(), e.valueOffset + place + old, tail, 0, behind);
    }
    resize(Encoding.PACKED, whole + n - old);
    if (behind > 0) {
      System.arraycopy(tail, 0, record(), e.valueOffset + place + n, behind);
    }
  }

  /** Makes a packed value, or one that is not there, a chain, with one element more. */
  private void unpack(byte[] a, int off, int len, boolean front) {
    Parts built = new Parts(partition, e);
    built.build(partition, partition.arena(), rootBytes());
    ListNodes into = new ListNodes(built, Parts.ROOT);
    into.limit(owner.limits());
    try {
      beginWithPacked(into);
      into.push(a, off, len, front);
      link(built);
    } catch (StoreFullException full) {
      into.freeAll();
      throw full;
    }
  }

  /** The array of the record may become another one by what is allocated. */
  private void beginWithPacked(ListNodes into) {
    if (e.exists()) {
      byte[] value = Arrays.copyOfRange(record(), e.valueOffset, e.valueOffset + e.valueLength);
      into.begin(value, HEAD, value.length - HEAD, count());
    }
  }

  /** Makes a packed value a chain; the element at hand stays. */
  private void unpack() {
    Parts built = new Parts(partition, e);
    built.build(partition, partition.arena(), rootBytes());
    ListNodes into = new ListNodes(built, Parts.ROOT);
    try {
      beginWithPacked(into);
      link(built);
    } catch (StoreFullException full) {
      into.freeAll();
      throw full;
    }
    nodes.pointAt(at - HEAD);
  }

  /** Removes the first or the last element. The last one of all leaves an empty value. */
  public void pop(boolean front) {
    if (isLinked()) {
      nodes.limit(owner.limits());
      nodes.pop(front);
      compact();
    } else {
      int place = front ? HEAD : e.valueLength - sizeBefore(e.valueLength);
      int behind =
          front
              ? HEAD + ListElements.size(ListElements.length(record(), e.valueOffset + HEAD))
              : e.valueLength;
      removePacked(place, behind, 1);
    }
  }

  private void removePacked(int place, int behind, int elements) {
    int count = count();
    resizePacked(place, behind - place, 0);
    setCount(count - elements);
  }

  /**
   * Gives the element at hand other bytes, which must not lie in this list. None is at hand then.
   */
  public void set(byte[] a, int off, int len) {
    if (!isLinked()) {
      int old = ListElements.size(length);
      int size = ListElements.size(len);
      if (e.valueLength - old + size <= PACKED_MAX) {
        resizePacked(at, old, size);
        ListElements.put(record(), e.valueOffset + at, a, off, len);
        return;
      }
      unpack();
    }
    nodes.limit(owner.limits());
    nodes.set(a, off, len);
    settle();
  }

  /**
   * Inserts an element, whose bytes must not lie in this list, before or behind the one at hand.
   * None is at hand then.
   */
  public void insert(byte[] a, int off, int len, boolean before) {
    if (!isLinked()) {
      if (e.valueLength + ListElements.size(len) <= PACKED_MAX) {
        insertPacked(before ? at : at + ListElements.size(length), a, off, len);
        return;
      }
      unpack();
    }
    nodes.limit(owner.limits());
    nodes.insert(a, off, len, before);
    settle();
  }

  /**
   * Removes the element at hand and steps to the one behind it, or before it. After the last one
   * that is to be removed {@link #compact} is due.
   *
   * @return false when there is none
   */
  public boolean remove(boolean forward) {
    if (isLinked()) {
      nodes.limit(owner.limits());
      return nodes.remove(forward);
    }
    removePacked(at, at + ListElements.size(length), 1);
    return forward ? pointBehind(at) : pointBefore(at);
  }

  /** Removes so many elements from an end, or all that there are. */
  public void trim(long n, boolean front) {
    if (n <= 0 || !e.exists()) {
      return;
    }
    if (isLinked()) {
      if (n >= nodes.size()) {
        nodes.clear();
        return;
      }
      nodes.limit(owner.limits());
      nodes.trim(n, front);
      compact();
      return;
    }
    int count = count();
    int gone = (int) Math.min(n, count);
    if (front) {
      removePacked(HEAD, placeOf(gone), gone);
    } else {
      removePacked(placeOf(count - gone), e.valueLength, gone);
    }
  }

  /** Gives back memory when the list has become small; no element is at hand then. */
  public void compact() {
    if (!isLinked()) {
      return;
    }
    if (nodes.isSingle()) {
      compactSingle();
    } else {
      settle();
    }
  }

  private void compactSingle() {
    if (nodes.size() == 0) {
      return;
    }
    settle();
    int n = nodes.singleBytes();
    if (n > PACKED_AGAIN || parts.isOwn()) {
      nodes.shrink();
      return;
    }
    byte[] elements = nodes.copySingle();
    int count = (int) nodes.size();
    int node = nodes.single();
    try {
      resize(Encoding.PACKED, HEAD + n);
    } catch (StoreFullException full) { // then it stays a chain
      return;
    }
    ListNodes.freeSingle(partition.arena(), node);
    System.arraycopy(elements, 0, record(), e.valueOffset + HEAD, n);
    setCount(count);
  }

  /** Shows all elements in their order. */
  public void forEach(ElementVisitor visitor) {
    if (!isEmpty()) {
      end(true);
      show(Long.MAX_VALUE, visitor);
    }
  }

  /** Shows so many elements, as far as there are, from the one at hand on, which stays. */
  public void show(long n, ElementVisitor visitor) {
    if (isLinked()) {
      nodes.show(n, visitor);
    } else {
      int value = e.valueOffset;
      ListElements.show(record(), value + at, value + e.valueLength, n, visitor);
    }
  }

  @Override
  void freeParts() {
    nodes.freeAll();
  }

  @Override
  void copyTo(Parts to) {
    nodes.copyTo(new ListNodes(to, Parts.ROOT));
  }

  @Override
  void freeBuilt(Parts built) {
    new ListNodes(built, Parts.ROOT).freeAll();
  }
}
