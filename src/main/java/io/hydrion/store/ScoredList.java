package io.hydrion.store;

import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import io.hydrion.util.SeededHash;
import java.util.Arrays;

/**
 * Members and scores that a command collects before it replies or stores them: found by the member
 * as long as they are being collected, and then given in order.
 */
public final class ScoredList implements ScoredSource {
  /*
   * The members lie one behind the other in one array, where each ends in another; a table of open
   * addressing leads from a member's hash to its number (+ 1). To sort, the upper half of each
   * score's order is put above the number and the longs are sorted; runs of equal halves are then
   * merged by the whole score and the member.
   */
  private static final int FIRST_TEXT = 1024;
  private static final int FIRST_MEMBERS = 64;
  private static final int BYTES_A_MEMBER = 40;

  private final long seed;
  private byte[] text = new byte[FIRST_TEXT];
  private int textLength;
  private int[] starts = new int[FIRST_MEMBERS + 1];
  private double[] scores = new double[FIRST_MEMBERS];
  private int[] hashes = new int[FIRST_MEMBERS];
  private int[] table = new int[FIRST_MEMBERS * 2];
  private long[] order = {};
  private int size;
  private int longest;
  private int removed;
  private int walked = -1;

  /**
   * @param seed that of the hashes
   */
  public ScoredList(long seed) {
    this.seed = seed;
  }

  public int size() {
    return size - removed;
  }

  /** The length of the longest member. */
  public int longest() {
    return longest;
  }

  /** Bytes of all members. */
  public long textBytes() {
    return textLength;
  }

  private int hash(byte[] a, int off, int len) {
    return (int) (SeededHash.of(a, off, len, seed) >>> 32);
  }

  /** The number of a member, or -1. */
  public int find(byte[] a, int off, int len) {
    return find(a, off, len, hash(a, off, len));
  }

  private int find(byte[] a, int off, int len, int hash) {
    int mask = table.length - 1;
    for (int i = hash & mask; table[i] != 0; i = i + 1 & mask) {
      int at = table[i] - 1;
      int start = starts[at];
      if (hashes[at] == hash
          && starts[at + 1] - start == len
          && Bytes.equal(text, start, a, off, len)) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Adds a member unless it is there.
   *
   * @return the number of the member that is there, or -1
   * @throws StoreFullException when the heap has no room
   */
  public int addOrFind(byte[] a, int off, int len, double score) {
    int hash = hash(a, off, len);
    int there = find(a, off, len, hash);
    if (there < 0) {
      add(a, off, len, score, hash);
    }
    return there;
  }

  /** Adds a member that is known to be absent. */
  public void add(byte[] a, int off, int len, double score) {
    add(a, off, len, score, hash(a, off, len));
  }

  private void add(byte[] a, int off, int len, double score, int hash) {
    if (size == scores.length) {
      growMembers();
    }
    if (text.length - textLength < len) {
      growText(len);
    }
    System.arraycopy(a, off, text, textLength, len);
    textLength += len;
    longest = Math.max(longest, len);
    scores[size] = score;
    hashes[size] = hash;
    starts[++size] = textLength;
    link(size - 1);
  }

  private void link(int at) {
    int mask = table.length - 1;
    int i = hashes[at] & mask;
    while (table[i] != 0) {
      i = i + 1 & mask;
    }
    table[i] = at + 1;
  }

  private void growMembers() {
    int n = size * 2;
    if (n < 0 || !Heap.hasRoomFor((long) n * BYTES_A_MEMBER)) {
      throw new StoreFullException("no room on the heap for " + size + " members more");
    }
    starts = Arrays.copyOf(starts, n + 1);
    scores = Arrays.copyOf(scores, n);
    hashes = Arrays.copyOf(hashes, n);
    table = new int[2 * n];
    for (int i = 0; i < size; i++) {
      link(i);
    }
  }

  private void growText(int len) {
    long wanted = Math.max(text.length * 2L, (long) textLength + len);
    byte[] grown =
        (long) textLength + len > Arena.BLOCK_MAX
            ? null
            : Heap.tryBytes((int) Math.min(wanted, Arena.BLOCK_MAX));
    if (grown == null) {
      throw new StoreFullException("no room on the heap for " + wanted + " bytes of members");
    }
    System.arraycopy(text, 0, grown, 0, textLength);
    text = grown;
  }

  public double scoreAt(int at) {
    return scores[at];
  }

  public void setScore(int at, double score) {
    scores[at] = score;
  }

  /** Lets a member that {@link #find} has found be left out; it must not be removed twice. */
  public void remove(int at) {
    assert !isRemoved(at);
    scores[at] = Double.NaN;
    removed++;
  }

  public boolean isRemoved(int at) {
    return Double.isNaN(scores[at]);
  }

  // ---- in order

  /** Puts the members in order; nothing is added any more, and the walk begins. */
  public void sort() {
    order = new long[size()];
    int n = 0;
    for (int i = 0; i < size; i++) {
      if (!isRemoved(i)) {
        order[n++] = (Score.order(scores[i]) ^ Long.MIN_VALUE) & -1L << 32 | i;
      }
    }
    Arrays.sort(order);
    for (int from = 0, to; from < n; from = to) {
      to = from + 1;
      while (to < n && order[to] >> 32 == order[from] >> 32) {
        to++;
      }
      if (to - from > 1) {
        mergeSort(from, to, new long[(to - from) / 2 + 1]);
      }
    }
    walked = -1;
  }

  private void mergeSort(int from, int to, long[] spare) {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    mergeSort(from, middle, spare);
    mergeSort(middle, to, spare);
    if (compare((int) order[middle - 1], (int) order[middle]) <= 0) {
      return;
    }
    int n = middle - from;
    System.arraycopy(order, from, spare, 0, n);
    int left = 0;
    int right = middle;
    int at = from;
    while (left < n) {
      order[at++] =
          right < to && compare((int) order[right], (int) spare[left]) < 0
              ? order[right++]
              : spare[left++];
    }
  }

  private int compare(int a, int b) {
    if (scores[a] != scores[b]) {
      return scores[a] < scores[b] ? -1 : 1;
    }
    return Bytes.compare(
        text, starts[a], starts[a + 1] - starts[a], text, starts[b], starts[b + 1] - starts[b]);
  }

  @Override
  public boolean next() {
    return ++walked < order.length;
  }

  private int current() {
    return (int) order[walked];
  }

  @Override
  public byte[] bytes() {
    return text;
  }

  @Override
  public int offset() {
    return starts[current()];
  }

  @Override
  public int length() {
    return starts[current() + 1] - starts[current()];
  }

  @Override
  public double score() {
    return scores[current()];
  }
}
