package io.hydrion.engine;

/**
 * How often a command took how long: counts by bucket, each a thirty-second of a power of two of
 * nanoseconds, up to a second.
 */
public final class LatencyCounts {
  private static final int PARTS_SHIFT = 5;
  private static final int PARTS = 1 << PARTS_SHIFT;
  private static final long MAX_NS = 1_000_000_000;

  /** How many buckets there are. */
  static final int BUCKETS = bucket(MAX_NS) + 1;

  private final long[] counts;
  private final long total;

  LatencyCounts(long[] counts) {
    this.counts = counts;
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    total = sum;
  }

  /** The bucket that counts a latency. Below twice the number of parts, every value has its own. */
  static int bucket(long ns) {
    long value = Math.min(Math.max(ns, 1), MAX_NS);
    int shift = Math.max(0, 63 - PARTS_SHIFT - Long.numberOfLeadingZeros(value));
    return (shift << PARTS_SHIFT) + (int) (value >>> shift);
  }

  /** The largest latency that a bucket counts, in nanoseconds. */
  static long bucketMaxNs(int bucket) {
    if (bucket < 2 * PARTS) {
      return bucket;
    }
    int shift = (bucket >>> PARTS_SHIFT) - 1;
    long part = PARTS + (bucket & (PARTS - 1));
    return (part + 1 << shift) - 1;
  }

  /** How many calls were counted. */
  public long total() {
    return total;
  }

  /** The latency that so many percent of the calls did not exceed, in nanoseconds. */
  public long percentileNs(double percent) {
    long wanted = Math.max(1, (long) (Math.min(percent, 100) / 100 * total + 0.5));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return bucketMaxNs(i);
      }
    }
    return 0;
  }

  /** Takes one step of a cumulative distribution. */
  @FunctionalInterface
  public interface Step {
    /** So many calls took at most so many microseconds. */
    void upTo(long micros, long calls);
  }

  /** Gives the cumulative counts at powers of two of about a microsecond, where they grow. */
  public void cumulative(Step to) {
    long seen = 0;
    long given = 0;
    int bucket = 0;
    for (long limit = 1024; given < total; limit *= 2) {
      long end = limit + limit / PARTS;
      while (bucket < counts.length && bucketMaxNs(bucket) < end) {
        seen += counts[bucket++];
      }
      if (seen > given) {
        // As Redis labels its steps: by the upper end of the last, narrower bucket.
        to.upTo((limit + limit / 128 - 1) / 1000, seen);
        given = seen;
      }
    }
  }
}
