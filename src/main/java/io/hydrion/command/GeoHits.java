package io.hydrion.command;

import io.hydrion.store.ScoredSource;
import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntComparator;
import java.util.Arrays;

/** The places that a search has found: members, their scores and distances. */
final class GeoHits {
  /*
   * Parallel arrays, so that a place costs no object; the members lie one behind the other in one
   * array. When only the nearest (or farthest) few are wanted, the first so many entries are a heap
   * with the one that will go next at its top, and what is found later takes its entry if it is
   * better. Of two at the same distance the one that was found first is better.
   */
  private static final int INITIAL = 16;
  private static final int LARGE = 256 * 1024;

  private final long most;
  private final boolean farthest;
  private int count;
  private long found;
  private double[] distances = new double[INITIAL];
  private double[] scores = new double[INITIAL];
  private int[] offsets = new int[INITIAL];
  private int[] lengths = new int[INITIAL];
  private long[] turns = new long[INITIAL];
  private byte[] members = new byte[INITIAL * INITIAL];
  private int used;
  private int longest;
  private int[] order = {};

  /**
   * @param most how many to keep
   * @param farthest whether to keep the farthest, not the nearest
   */
  GeoHits(long most, boolean farthest) {
    this.most = most;
    this.farthest = farthest;
  }

  /** How many there are. */
  int count() {
    return count;
  }

  void add(byte[] a, int off, int len, double score, double distance) {
    int i = count;
    if (i < most) {
      if (i == distances.length) {
        grow();
      }
      count++;
    } else if (isBetter(distance, distances[0])) {
      i = 0;
    } else {
      found++;
      return;
    }
    put(i, a, off, len, score, distance);
    turns[i] = found++;
    if (count == most) {
      if (i == 0 && most > 1) {
        sink(0);
      } else {
        heapify();
      }
    }
  }

  private boolean isBetter(double distance, double than) {
    return farthest ? distance > than : distance < than;
  }

  private void put(int i, byte[] a, int off, int len, double score, double distance) {
    int at = used;
    if (i < count - 1 && lengths[i] >= len) {
      at = offsets[i]; // in place of the one that goes
    } else {
      if (used > members.length - len) {
        growMembers(len);
      }
      used += len;
    }
    System.arraycopy(a, off, members, at, len);
    offsets[i] = at;
    lengths[i] = len;
    scores[i] = score;
    distances[i] = distance;
    longest = Math.max(longest, len);
  }

  private void growMembers(int len) {
    long size = Math.min(Integer.MAX_VALUE - 16, Math.max(used + (long) len, members.length * 2L));
    if (used + (long) len > size) {
      throw new StoreFullException("the members that were found have more than 2 GiB");
    }
    reserve(size);
    members = Arrays.copyOf(members, (int) size);
  }

  private void grow() {
    int size = count * 2;
    reserve(size * 32L);
    distances = Arrays.copyOf(distances, size);
    scores = Arrays.copyOf(scores, size);
    offsets = Arrays.copyOf(offsets, size);
    lengths = Arrays.copyOf(lengths, size);
    turns = Arrays.copyOf(turns, size);
  }

  private static void reserve(long bytes) {
    if (bytes > LARGE && !Heap.hasRoomFor(bytes)) {
      throw new StoreFullException("no room on the heap for what was found");
    }
  }

  // ---- the heap

  /** Whether an entry goes before another. */
  private boolean isWorse(int i, int j) {
    if (distances[i] != distances[j]) {
      return isBetter(distances[j], distances[i]);
    }
    return turns[i] > turns[j];
  }

  private void heapify() {
    for (int i = count / 2 - 1; i >= 0; i--) {
      sink(i);
    }
  }

  private void sink(int from) {
    int i = from;
    while (2 * i + 1 < count) {
      int child = 2 * i + 1;
      if (child + 1 < count && isWorse(child + 1, child)) {
        child++;
      }
      if (!isWorse(child, i)) {
        return;
      }
      swap(i, child);
      i = child;
    }
  }

  private void swap(int i, int j) {
    double distance = distances[i];
    distances[i] = distances[j];
    distances[j] = distance;
    double score = scores[i];
    scores[i] = scores[j];
    scores[j] = score;
    int offset = offsets[i];
    offsets[i] = offsets[j];
    offsets[j] = offset;
    int length = lengths[i];
    lengths[i] = lengths[j];
    lengths[j] = length;
    long turn = turns[i];
    turns[i] = turns[j];
    turns[j] = turn;
  }

  // ---- what was found

  /** Puts them in the order in which they were found. */
  void inTurn() {
    order = new int[count];
    Arrays.setAll(order, i -> i);
  }

  /** Puts the best first. */
  void sort() {
    inTurn();
    sortBy((i, j) -> isWorse(i, j) ? 1 : isWorse(j, i) ? -1 : 0);
  }

  private void sortBy(IntComparator comparator) {
    IntArrays.quickSort(order, comparator);
  }

  byte[] members() {
    return members;
  }

  int offset(int i) {
    return offsets[order[i]];
  }

  int length(int i) {
    return lengths[order[i]];
  }

  double score(int i) {
    return scores[order[i]];
  }

  double distance(int i) {
    return distances[order[i]];
  }

  int longest() {
    return longest;
  }

  /** The bytes of all members, or a little more. */
  long memberBytes() {
    return used;
  }

  /**
   * All of them as members of a sorted set.
   *
   * @param unit where not 0, the scores are the distances in units of so many meters
   */
  ScoredSource source(double unit) {
    if (unit != 0) {
      for (int i = 0; i < count; i++) {
        scores[i] = distances[i] / unit;
      }
    }
    inTurn();
    sortBy(this::compareAsMembers);
    return new ScoredSource() {
      private int at = -1;

      @Override
      public boolean next() {
        return ++at < count;
      }

      @Override
      public byte[] bytes() {
        return members;
      }

      @Override
      public int offset() {
        return GeoHits.this.offset(at);
      }

      @Override
      public int length() {
        return GeoHits.this.length(at);
      }

      @Override
      public double score() {
        return GeoHits.this.score(at);
      }
    };
  }

  private int compareAsMembers(int i, int j) {
    return scores[i] != scores[j]
        ? Double.compare(scores[i], scores[j])
        : Bytes.compare(members, offsets[i], lengths[i], members, offsets[j], lengths[j]);
  }
}
