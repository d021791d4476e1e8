package io.hydrion.engine;

import org.jspecify.annotations.Nullable;

/**
 * Counters of one thread, so that counting costs no more than an increment. Written by that thread
 * alone and only ever upwards; read by any, which may see a value a moment old. {@link Totals} adds
 * the threads up and starts anew when the statistics are reset.
 */
public final class Stats {
  public long commands;
  public long keyspaceHits;
  public long keyspaceMisses;
  public long expiredKeys;
  public long expiredFields;
  public long dirty;
  public long netInputBytes;
  public long netOutputBytes;
  public long reads;
  public long writes;
  final long[] calls;
  final long[] nanos;
  final long[] rejected;
  final long[] failed;

  /** By command, once it has been called while latencies are tracked: counts by bucket. */
  final long[] @Nullable [] latencies;

  Stats(int commandCount) {
    calls = new long[commandCount];
    nanos = new long[commandCount];
    rejected = new long[commandCount];
    failed = new long[commandCount];
    latencies = new long[commandCount][];
  }

  /** Counts the end of a call that has been counted when its client began to wait. */
  void served(int command, long elapsedNs, boolean track) {
    called(command, elapsedNs, 1, track);
    calls[command]--;
  }

  /** Counts {@code times} calls of a command, which took so long together. */
  void called(int command, long elapsedNs, int times, boolean track) {
    calls[command] += times;
    nanos[command] += elapsedNs;
    if (track) {
      long[] buckets = latencies[command];
      if (buckets == null) {
        buckets = new long[LatencyCounts.BUCKETS];
        latencies[command] = buckets;
      }
      buckets[LatencyCounts.bucket(elapsedNs / times)] += times;
    }
  }
}
