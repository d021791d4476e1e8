package io.hydrion.engine;

import java.util.Arrays;
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
          Arrays.setAll(ours, b -> ours[b] + theirs[b]);
        }
      }
    }
  }
}
