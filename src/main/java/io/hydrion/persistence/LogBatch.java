package io.hydrion.persistence;

import org.jspecify.annotations.Nullable;

/** Records that are taken to the file at once, and the cut that follows them. */
final class LogBatch {
  final byte[] bytes;
  final int from;
  private final int limit;
  int to;

  /** The position behind the last record; set when nothing is added any more. */
  long end;

  /** The time to say in front of the records, in s since the epoch; 0: none. */
  long second;

  @Nullable LogCut cut;

  /**
   * @param from bytes that are left free in front
   * @param capacity bytes for records
   * @param behind bytes that are left free behind them
   */
  LogBatch(int from, int capacity, int behind) {
    limit = from + capacity;
    bytes = new byte[limit + behind];
    this.from = from;
    to = from;
  }

  boolean isEmpty() {
    return to == from;
  }

  int capacity() {
    return limit - from;
  }

  int free() {
    return limit - to;
  }

  void clear() {
    to = from;
    second = 0;
    cut = null;
  }
}
