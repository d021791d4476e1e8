package io.hydrion.engine;

import org.jspecify.annotations.Nullable;

/** The sums of all threads' counters at a moment, less what they were at the last reset. */
public final class Totals {
  private final Stats sum;

  /** Nothing counted yet, for so many commands. */
  Totals(int commandCount) {
    sum = new Stats(commandCount);
  }

  /** Adds the counters of a thread. */
  void add(Stats part) {
    add(part, 1);
  }

  /** Adds other sums. */
  void add(Totals part) {
    add(part.sum, 1);
  }

  /** Takes away all but the changes to keys, which only a snapshot sets back. */
  void subtract(Totals base) {
    long dirty = sum.dirty;
    add(base.sum, -1);
    sum.dirty = dirty;
  }

  private void add(Stats part, int sign) {
    sum.commands += sign * part.commands;
    sum.keyspaceHits += sign * part.keyspaceHits;
    sum.keyspaceMisses += sign * part.keyspaceMisses;
    sum.expiredKeys += sign * part.expiredKeys;
    sum.expiredFields += sign * part.expiredFields;
    sum.dirty += sign * part.dirty;
    sum.netInputBytes += sign * part.netInputBytes;
    sum.netOutputBytes += sign * part.netOutputBytes;
    sum.reads += sign * part.reads;
    sum.writes += sign * part.writes;
    plus(sum.calls, part.calls, sign);
    plus(sum.nanos, part.nanos, sign);
    plus(sum.rejected, part.rejected, sign);
    plus(sum.failed, part.failed, sign);
    plusLatencies(part.latencies, sign);
  }

  private static void plus(long[] to, long[] from, int sign) {
    for (int i = 0; i < to.length; i++) {
      to[i] += sign * from[i];
    }
  }

  private void plusLatencies(long[] @Nullable [] from, int sign) {
    for (int i = 0; i < from.length; i++) {
      long[] buckets = from[i];
      if (buckets != null) {
        long[] to = sum.latencies[i];
        if (to == null) {
          to = new long[LatencyCounts.BUCKETS];
          sum.latencies[i] = to;
        }
        plus(to, buckets, sign);
      }
    }
  }

  /** How many commands have run. */
  public long commands() {
    return sum.commands;
  }

  public long keyspaceHits() {
    return sum.keyspaceHits;
  }

  public long keyspaceMisses() {
    return sum.keyspaceMisses;
  }

  public long expiredKeys() {
    return sum.expiredKeys;
  }

  /** How many fields of hashes have been removed because they had expired. */
  public long expiredFields() {
    return sum.expiredFields;
  }

  /** How many changes have been made to keys since the server started. */
  public long dirty() {
    return sum.dirty;
  }

  public long netInputBytes() {
    return sum.netInputBytes;
  }

  public long netOutputBytes() {
    return sum.netOutputBytes;
  }

  /** How many times bytes were read from a connection. */
  public long reads() {
    return sum.reads;
  }

  /** How many times replies were given to the system. */
  public long writes() {
    return sum.writes;
  }

  /** How many times a command has run. */
  public long calls(Command command) {
    return sum.calls[command.id()];
  }

  /** How long all calls of a command took together, in nanoseconds. */
  public long nanos(Command command) {
    return sum.nanos[command.id()];
  }

  /** How many calls of a command were refused before it ran. */
  public long rejected(Command command) {
    return sum.rejected[command.id()];
  }

  /** How many calls of a command replied an error. */
  public long failed(Command command) {
    return sum.failed[command.id()];
  }

  /** How long calls of a command took; null when none was tracked. */
  public @Nullable LatencyCounts latencies(Command command) {
    long[] buckets = sum.latencies[command.id()];
    if (buckets == null) {
      return null;
    }
    LatencyCounts counts = new LatencyCounts(buckets);
    return counts.total() > 0 ? counts : null;
  }
}
