package io.hydrion.engine;

import org.jspecify.annotations.Nullable;

/**
 * Counters of one thread, so that counting costs no more than an increment. Written by that thread,
 * read by any: a reader may see a value a moment old.
 */
public final class Stats {
  /** Latencies are counted in powers of two of a nanosecond, each cut into this many parts. */
  static final int PARTS_SHIFT = 3;

  private static final int BUCKETS = 64 << PARTS_SHIFT;

  public long commands;
  public long keyspaceHits;
  public long keyspaceMisses;
  public long expiredKeys;
  public long dirty;
  public long netInputBytes;
  public long netOutputBytes;
  public long reads;
  public long writes;
  final long[] calls;
  final long[] nanos;
  final long[] rejected;
  final long[] failed;
  private final long[] @Nullable [] latencies;

  Stats(int commandCount) {
    calls = new long[commandCount];
    nanos = new long[commandCount];
    rejected = new long[commandCount];
    failed = new long[commandCount];
    latencies = new long[commandCount][];
  }

  /** Counts {@code times} calls of a command, which took so long together. */
  void called(int command, long elapsedNs, int times, boolean track) {
    calls[command] += times;
    nanos[command] += elapsedNs;
    if (track) {
      long[] buckets = latencies[command];
      if (buckets == null) {
        buckets = new long[BUCKETS];
        latencies[command] = buckets;
      }
      buckets[bucket(elapsedNs / times)] += times;
    }
  }

  private static int bucket(long ns) {
    long value = Math.max(ns, 1 << PARTS_SHIFT);
    int power = 63 - Long.numberOfLeadingZeros(value);
    int part = (int) (value >>> (power - PARTS_SHIFT)) & ((1 << PARTS_SHIFT) - 1);
    return power << PARTS_SHIFT | part;
  }

  /** The largest latency that a bucket counts, in nanoseconds. */
  static long bucketMaxNs(int bucket) {
    int power = bucket >>> PARTS_SHIFT;
    long part = bucket & ((1 << PARTS_SHIFT) - 1);
    return ((1L << PARTS_SHIFT) + part + 1 << power >>> PARTS_SHIFT) - 1;
  }

  /** Counts by bucket of a command's latencies; null when it has not been called. */
  long @Nullable [] latencies(int command) {
    return latencies[command];
  }

  /** Adds what another has counted. */
  void add(Stats other) {
    commands += other.commands;
    keyspaceHits += other.keyspaceHits;
    keyspaceMisses += other.keyspaceMisses;
    expiredKeys += other.expiredKeys;
    dirty += other.dirty;
    netInputBytes += other.netInputBytes;
    netOutputBytes += other.netOutputBytes;
    reads += other.reads;
    writes += other.writes;
    for (int i = 0; i < calls.length; i++) {
      calls[i] += other.calls[i];
      nanos[i] += other.nanos[i];
      rejected[i] += other.rejected[i];
      failed[i] += other.failed[i];
      long[] theirs = other.latencies[i];
      if (theirs != null) {
        long[] ours = latencies[i];
        if (ours == null) {
          latencies[i] = theirs.clone();
        } else {
          java.util.Arrays.setAll(ours, b -> ours[b] + theirs[b]);
        }
      }
    }
  }

  /** Sets everything back to zero (CONFIG RESETSTAT). */
  void reset() {
    commands = 0;
    keyspaceHits = 0;
    keyspaceMisses = 0;
    expiredKeys = 0;
    netInputBytes = 0;
    netOutputBytes = 0;
    reads = 0;
    writes = 0;
    java.util.Arrays.fill(calls, 0);
    java.util.Arrays.fill(nanos, 0);
    java.util.Arrays.fill(rejected, 0);
    java.util.Arrays.fill(failed, 0);
    resetLatencies();
  }

  void resetLatencies() {
    java.util.Arrays.fill(latencies, null);
  }

  void resetLatency(int command) {
    latencies[command] = null;
  }
}
