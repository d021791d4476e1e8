package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyCountsTest {
  @Test
  void bucket_anyLatency_isAtMostAThirtySecondAboveIt() {
    long previous = 0;
    for (long ns = 1; ns <= 1_000_000_000; ns += 1 + ns / 100) {
      int bucket = LatencyCounts.bucket(ns);
      long max = LatencyCounts.bucketMaxNs(bucket);
      assertThat(max).isBetween(ns, ns + ns / 32);
      assertThat(LatencyCounts.bucket(max)).isEqualTo(bucket);
      assertThat(max).isGreaterThanOrEqualTo(previous);
      previous = max;
    }
  }

  @Test
  void bucket_beyondBothEnds_isTheFirstOrTheLast() {
    assertThat(LatencyCounts.bucket(-5)).isEqualTo(LatencyCounts.bucket(1));
    assertThat(LatencyCounts.bucket(Long.MAX_VALUE)).isEqualTo(LatencyCounts.BUCKETS - 1);
  }

  @Test
  void percentile_ofKnownCounts_isTheBucketThatReachesIt() {
    long[] counts = new long[LatencyCounts.BUCKETS];
    counts[LatencyCounts.bucket(1000)] = 99;
    counts[LatencyCounts.bucket(1_000_000)] = 1;
    LatencyCounts latencies = new LatencyCounts(counts);
    assertThat(latencies.percentileNs(0)).isBetween(1000L, 1032L);
    assertThat(latencies.percentileNs(50)).isBetween(1000L, 1032L);
    assertThat(latencies.percentileNs(99)).isBetween(1000L, 1032L);
    assertThat(latencies.percentileNs(100)).isBetween(1_000_000L, 1_032_000L);
  }

  @Test
  void cumulative_givesOnlyStepsThatGrow() {
    long[] counts = new long[LatencyCounts.BUCKETS];
    counts[LatencyCounts.bucket(500)] = 3;
    counts[LatencyCounts.bucket(20_000)] = 2;
    counts[LatencyCounts.bucket(60_000)] = 1;
    List<String> steps = new ArrayList<>();
    new LatencyCounts(counts).cumulative((micros, calls) -> steps.add(micros + ":" + calls));
    assertThat(steps).containsExactly("1:3", "33:5", "66:6");
  }
}
