package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads write, read and delete while all of them evict from the one pool of candidates. */
class EvictionThreadsTest {
  private static final int THREADS = 4;
  private static final int WRITES = 5000;
  private static final int VALUE = 2000;
  private static final long MAXMEMORY = 4 << 20;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl"
      })
  void manyThreads_stayWithinMaxmemory_andLoseOnlyWholeKeys(String policy) throws Exception {
    long seed = System.nanoTime();
    Config config =
        Config.builder()
            .maxmemory(MAXMEMORY)
            .set("maxmemory-policy", policy)
            .set("shards", "8")
            .build();
    try (Engine engine =
        new Engine(
            new Settings(config),
            List.of(),
            Map.of(),
            new ManualClock(),
            new SplittableRandom(seed))) {
      DirectAccess access = new DirectAccess(engine);
      try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
        List<Future<?>> running = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          SplittableRandom random = new SplittableRandom(seed + t);
          running.add(threads.submit(() -> work(access, random)));
        }
        for (Future<?> one : running) {
          one.get(60, TimeUnit.SECONDS);
        }
      }
      assertThat(engine.eviction().evictedKeys()).as("seed %d", seed).isPositive();
      assertThat(engine.usedMemory())
          .as("seed %d", seed)
          .isLessThanOrEqualTo(MAXMEMORY + THREADS * 2L * VALUE);
      assertThat(access.size()).isPositive();
    }
  }

  /** Every value begins with its key, so that one that belongs to another is noticed. */
  private static void work(DirectAccess access, SplittableRandom random) {
    for (int i = 0; i < WRITES; i++) {
      byte[] key = Bytes.of("key:" + random.nextInt(4000));
      byte[] value = new byte[VALUE];
      System.arraycopy(key, 0, value, 0, key.length);
      access.set(key, value, 1_000_000 + random.nextInt(1000));
      byte[] other = Bytes.of("key:" + random.nextInt(4000));
      byte[] read = access.get(other);
      if (read != null) {
        assertThat(read).hasSize(VALUE).startsWith(other);
      }
      if (i % 16 == 0) {
        access.delete(other);
      }
    }
  }
}
