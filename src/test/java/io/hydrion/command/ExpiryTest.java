package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A million keys that are due at once go in small steps, with the lock given back in between. */
class ExpiryTest {
  private static final int KEYS = 1_000_000;
  private static final int KEYS_PER_STEP = 64;

  /** Keys that share a bucket with the last one of a step. */
  private static final int SLACK = 64;

  private static final long SEED = 42;

  private final ManualClock clock = new ManualClock();

  private static void fill(Shard shard, long expireAt) {
    Entry e = new Entry();
    shard.lock();
    try {
      Partition partition = shard.partitionForWrite(0);
      for (int i = 0; i < KEYS; i++) {
        byte[] key = Bytes.of("key:" + i);
        e.key(key, 0, key.length, SEED);
        partition.find(e);
        partition.store(e, ValueType.STRING, Encoding.RAW, 0, expireAt, 0, false);
      }
    } finally {
      shard.unlock();
    }
  }

  @Test
  void expireDue_ofAMillionKeys_removesAFewACall() {
    Shard shard = new Keyspace(1, 1, SEED).shard(0);
    fill(shard, clock.millis() + 1_000);
    AtomicInteger removed = new AtomicInteger();
    int calls = 0;
    int before;
    do {
      before = removed.get();
      shard.lock();
      try {
        shard
            .partitionForWrite(0)
            .expireDue(
                clock.millis() + 2_000,
                KEYS_PER_STEP,
                new Entry(),
                entry -> removed.incrementAndGet());
      } finally {
        shard.unlock();
      }
      calls++;
      assertThat(removed.get() - before).isLessThanOrEqualTo(KEYS_PER_STEP + SLACK);
    } while (removed.get() > before);
    assertThat(removed.get()).isEqualTo(KEYS);
    assertThat(calls).isGreaterThanOrEqualTo(KEYS / (KEYS_PER_STEP + SLACK));
  }

  @Test
  void server_whenAMillionKeysAreDueAtOnce_servesOnAndRemovesAll() {
    Config config = Config.builder().port(0).bind("127.0.0.1").set("shards", "4").build();
    try (Hydrion server = Hydrion.start(config, clock);
        HydrionClient client = server.newClient()) {
      byte[] value = Bytes.of("v");
      for (int i = 0; i < KEYS; i++) {
        server.store().set(Bytes.of("key:" + i), value, 1_000);
      }
      server.store().set(Bytes.of("stays"), value);
      assertThat(client.call("DBSIZE")).isEqualTo(KEYS + 1L);
      clock.advanceMillis(1_000);
      assertThat(client.call("GET", "key:" + (KEYS - 1))).isNull();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                assertThat(client.get("stays")).isEqualTo("v");
                assertThat(client.get("key:7")).isNull();
                return client.call("DBSIZE").equals(1L);
              });
      assertThat(Bytes.string((byte[]) client.call("INFO", "stats")))
          .contains("\r\nexpired_keys:" + KEYS + "\r\n");
    }
  }
}
