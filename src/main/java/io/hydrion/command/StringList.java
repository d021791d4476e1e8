package io.hydrion.command;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import java.util.Arrays;

/** Byte strings, one behind the other in one array. */
final class StringList {
  private static final int NONE = -1;
  private static final int INITIAL = 16;
  private static final int BYTES_MAX = Integer.MAX_VALUE - 16;

  private byte[] bytes = new byte[INITIAL * INITIAL];
  private int[] offsets = new int[INITIAL];
  private int[] lengths = new int[INITIAL];
  private int size;
  private int used;

  /**
   * Adds a string.
   *
   * @throws StoreFullException when there is no room on the heap
   */
  void add(byte[] a, int off, int len) {
    if (used > bytes.length - len) {
      long grown = Math.min(BYTES_MAX, Math.max(used + (long) len, bytes.length * 2L));
      if (used + (long) len > grown) {
        throw new StoreFullException("the strings have more than 2 GiB");
      }
      Room.forBytes(grown);
      bytes = Arrays.copyOf(bytes, (int) grown);
    }
    System.arraycopy(a, off, bytes, used, len);
    put(used, len);
    used += len;
  }

  /** Adds a place without a string. */
  void addNone() {
    put(0, NONE);
  }

  private void put(int offset, int length) {
    if (size == offsets.length) {
      Room.forBytes(size * 16L);
      offsets = Arrays.copyOf(offsets, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    offsets[size] = offset;
    lengths[size++] = length;
  }

  /** The array that all strings lie in, until the next one is added. */
  byte[] bytes() {
    return bytes;
  }

  int offset(int i) {
    return offsets[i];
  }

  int length(int i) {
    return lengths[i];
  }

  /** Compares two of the strings as unsigned bytes; none comes before all. */
  int compare(int i, int j) {
    if (lengths[i] == NONE || lengths[j] == NONE) {
      return Integer.compare(lengths[i] == NONE ? 0 : 1, lengths[j] == NONE ? 0 : 1);
    }
    return Bytes.compare(bytes, offsets[i], lengths[i], bytes, offsets[j], lengths[j]);
  }

  /** The numbers of all strings, in the order in which they were added. */
  int[] indexes() {
    int[] indexes = new int[size];
    Arrays.setAll(indexes, i -> i);
    return indexes;
  }
}
