package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.Commands;
import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is evicted, and for how long one call does so. */
class EvictionTest {
  private final ManualClock clock = new ManualClock();
  private final Engine engine =
      new Engine(
          new Settings(Config.builder().set("shards", "1").build()),
          Commands.all(),
          Map.of(),
          clock,
          new SplittableRandom(1));
  private final TestClient client = new TestClient(engine);
  private final Worker worker = engine.newWorker();

  @AfterEach
  void stop() {
    engine.close();
  }

  private void limitToOneByteLess() {
    client.call("CONFIG", "SET", "maxmemory", Long.toString(engine.usedMemory() - 1));
  }

  @Test
  void keyThatWasPersistedSinceItWasLookedAt_isNotEvictedByAVolatilePolicy() {
    client.call("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
    for (int i = 0; i < 20; i++) {
      client.call("SET", "k" + i, "x".repeat(1000), "EX", "1000");
    }
    limitToOneByteLess();
    assertThat(engine.eviction().makeRoom(worker)).isTrue();
    assertThat(client.call("DBSIZE")).isEqualTo(19L);
    client.call("CONFIG", "SET", "maxmemory", "0");
    for (int i = 0; i < 20; i++) {
      client.call("PERSIST", "k" + i);
    }
    limitToOneByteLess();
    assertThat(engine.eviction().makeRoom(worker)).isFalse();
    assertThat(client.call("DBSIZE")).isEqualTo(19L);
  }

  @Test
  void timeLimit_growsWithTheTenacity() {
    assertThat(Eviction.timeLimitNs(0)).isZero();
    assertThat(Eviction.timeLimitNs(10)).isEqualTo(500_000);
    assertThat(Eviction.timeLimitNs(11)).isEqualTo(575_000);
    assertThat(Eviction.timeLimitNs(100)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void idleTime_isThatOfTheEviction() {
    client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory-samples", "64");
    client.call("SET", "old", "x".repeat(1000));
    clock.advanceMillis(100_000); // the worker's own clock still shows the beginning
    client.call("SET", "new", "x".repeat(1000));
    limitToOneByteLess();
    assertThat(engine.eviction().makeRoom(worker)).isTrue();
    assertThat(client.call("EXISTS", "old")).isEqualTo(0L);
    assertThat(client.call("EXISTS", "new")).isEqualTo(1L);
  }
}
