package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeededHashTest {
  private static final int KEYS = 1 << 16;
  private static final int BUCKETS = 1 << 10;

  private long seed;

  @BeforeEach
  void seed() {
    seed = System.nanoTime() * 0x9E3779B97F4A7C15L;
    System.out.println("SeededHashTest seed " + seed);
  }

  private long hash(String key) {
    byte[] bytes = Bytes.of(key);
    return SeededHash.of(bytes, 0, bytes.length, seed);
  }

  @Test
  void of_dependsOnTheBytesAloneNotOnTheirPlace() {
    Random random = new Random(seed);
    for (int length = 0; length < 100; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      byte[] wider = new byte[length + 40];
      random.nextBytes(wider);
      int at = random.nextInt(40);
      System.arraycopy(bytes, 0, wider, at, length);
      assertThat(SeededHash.of(wider, at, length, seed))
          .isEqualTo(SeededHash.of(bytes, 0, length, seed));
    }
  }

  /** Every window of ten bits fills its buckets as chance would, for keys as people choose them. */
  @Test
  void of_commonKeys_spreadEvenly() {
    List<IntFunction<String>> shapes =
        List.of(
            i -> "key:" + i,
            i -> String.format("key:%012d", i),
            i -> "user:{" + i + "}:name",
            i -> Integer.toHexString(i),
            i -> "a".repeat(i % 64) + i,
            i -> "prefix that is longer than two words " + i,
            i -> "\0".repeat(1 + i % 40) + (char) (i / 40 % 256) + (char) (i / 40 / 256));
    for (IntFunction<String> shape : shapes) {
      Set<Long> different = new HashSet<>();
      List<Long> hashes = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        long h = hash(shape.apply(i));
        hashes.add(h);
        different.add(h);
      }
      assertThat(different).hasSize(KEYS);
      for (int shift : new int[] {0, 22, 32, 42, 54}) {
        int[] counts = new int[BUCKETS];
        for (long h : hashes) {
          counts[(int) (h >>> shift) & BUCKETS - 1]++;
        }
        double expected = (double) KEYS / BUCKETS;
        double chiSquare = 0;
        for (int count : counts) {
          chiSquare += (count - expected) * (count - expected) / expected;
        }
        // 1023 degrees of freedom: mean 1023, standard deviation 45; eight of them leave no doubt.
        assertThat(chiSquare).as("%s >> %d", shape.apply(1), shift).isBetween(660.0, 1386.0);
      }
    }
  }

  @Test
  void of_oneBitOfTheKeyOrTheSeed_flipsHalfOfTheHash() {
    Random random = new Random(seed);
    for (int length : new int[] {1, 3, 4, 7, 8, 15, 16, 17, 33, 64}) {
      long flipped = 0;
      int trials = 4_000;
      for (int i = 0; i < trials; i++) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        long before = SeededHash.of(bytes, 0, length, seed);
        long after;
        if (i % 2 == 0) {
          bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
          after = SeededHash.of(bytes, 0, length, seed);
        } else {
          after = SeededHash.of(bytes, 0, length, seed ^ 1L << random.nextInt(64));
        }
        flipped += Long.bitCount(before ^ after);
      }
      assertThat((double) flipped / trials).as("length %d", length).isBetween(30.0, 34.0);
    }
  }
}
