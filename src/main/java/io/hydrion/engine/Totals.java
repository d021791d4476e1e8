package io.hydrion.engine;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The sums of all threads' counters at a moment, less what they were at the last reset. */
public final class Totals {
  private final int commandCount;
  private long commands;
  private long keyspaceHits;
  private long keyspaceMisses;
  private long expiredKeys;
  private long dirty;
  private long netInputBytes;
  private long netOutputBytes;
  private long reads;
  private long writes;
  private final long[] calls;
  private final long[] nanos;
  private final long[] rejected;
  private final long[] failed;
  private final long[] @Nullable [] latencies;

  /** Nothing counted yet, for so many commands. */
  Totals(int commandCount) {
    this.commandCount = commandCount;
    calls = new long[commandCount];
    nanos = new long[commandCount];
    rejected = new long[commandCount];
    failed = new long[commandCount];
    latencies = new long[commandCount][];
  }

  /**
   * Adds the counters of all threads.
   *
   * @param base what they were when the statistics were reset
   */
  static Totals of(Collection<Stats> parts, Totals base) {
    Totals sum = new Totals(base.commandCount);
    parts.forEach(sum::add);
    sum.subtract(base);
    return sum;
  }

  private void add(Stats s) {
    commands += s.commands;
    keyspaceHits += s.keyspaceHits;
    keyspaceMisses += s.keyspaceMisses;
    expiredKeys += s.expiredKeys;
    dirty += s.dirty;
    netInputBytes += s.netInputBytes;
    netOutputBytes += s.netOutputBytes;
    reads += s.reads;
    writes += s.writes;
    plus(calls, s.calls, 1);
    plus(nanos, s.nanos, 1);
    plus(rejected, s.rejected, 1);
    plus(failed, s.failed, 1);
    plusLatencies(s.latencies, 1);
  }

  /** All but the changes to keys, which only a snapshot sets back. */
  private void subtract(Totals base) {
    commands -= base.commands;
    keyspaceHits -= base.keyspaceHits;
    keyspaceMisses -= base.keyspaceMisses;
    expiredKeys -= base.expiredKeys;
    netInputBytes -= base.netInputBytes;
    netOutputBytes -= base.netOutputBytes;
    reads -= base.reads;
    writes -= base.writes;
    plus(calls, base.calls, -1);
    plus(nanos, base.nanos, -1);
    plus(rejected, base.rejected, -1);
    plus(failed, base.failed, -1);
    plusLatencies(base.latencies, -1);
  }

  private static void plus(long[] to, long[] from, int sign) {
    for (int i = 0; i < to.length; i++) {
      to[i] += sign * from[i];
    }
  }

  private void plusLatencies(long[] @Nullable [] from, int sign) {
    for (int i = 0; i < commandCount; i++) {
      long[] buckets = from[i];
      if (buckets != null) {
        long[] sum = latencies[i];
        if (sum == null) {
          sum = new long[LatencyCounts.BUCKETS];
          latencies[i] = sum;
        }
        plus(sum, buckets, sign);
      }
    }
  }

  /** How many commands have run. */
  public long commands() {
    return commands;
  }

  public long keyspaceHits() {
    return keyspaceHits;
  }

  public long keyspaceMisses() {
    return keyspaceMisses;
  }

  public long expiredKeys() {
    return expiredKeys;
  }

  /** How many changes have been made to keys since the server started. */
  public long dirty() {
    return dirty;
  }

  public long netInputBytes() {
    return netInputBytes;
  }

  public long netOutputBytes() {
    return netOutputBytes;
  }

  /** How many times bytes were read from a connection. */
  public long reads() {
    return reads;
  }

  /** How many times replies were given to the system. */
  public long writes() {
    return writes;
  }

  /** How many times a command has run. */
  public long calls(Command command) {
    return calls[command.id()];
  }

  /** How long all calls of a command took together, in nanoseconds. */
  public long nanos(Command command) {
    return nanos[command.id()];
  }

  /** How many calls of a command were refused before it ran. */
  public long rejected(Command command) {
    return rejected[command.id()];
  }

  /** How many calls of a command replied an error. */
  public long failed(Command command) {
    return failed[command.id()];
  }

  /** How long calls of a command took; null when none was tracked. */
  public @Nullable LatencyCounts latencies(Command command) {
    long[] buckets = latencies[command.id()];
    if (buckets == null) {
      return null;
    }
    LatencyCounts counts = new LatencyCounts(buckets);
    return counts.total() > 0 ? counts : null;
  }
}
