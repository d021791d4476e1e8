package io.hydrion.persistence;

import org.jspecify.annotations.Nullable;

/** Records that are taken to the file at once, and the cut that follows them. */
final class LogBatch {
  final byte[] bytes;
  final int from;
  int to;

  /** The position behind the last record; set when nothing is added any more. */
  long end;

  /** The time to say in front of the records, in s since the epoch; 0: none. */
  long second;

  @Nullable LogCut cut;

  /**
   * @param from bytes that are left free in front
   * @param capacity bytes for records
   */
  LogBatch(int from, int capacity) {
    bytes = new byte[from + capacity];
    this.from = from;
    to = from;
  }

  boolean isEmpty() {
    return to == from;
  }

  int capacity() {
    return bytes.length - from;
  }

  int free() {
    return bytes.length - to;
  }

  void clear() {
    to = from;
    second = 0;
    cut = null;
  }
}
