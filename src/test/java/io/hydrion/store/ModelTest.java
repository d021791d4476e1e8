package io.hydrion.store;

import io.hydrion.config.Config;
import io.hydrion.config.ConfigView;
import io.hydrion.util.Bytes;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What random tests of values stand on: a partition, whose lock is held, a key, and a seed. */
abstract class ModelTest implements AggregateValue.Owner {
  final Keyspace keyspace = new Keyspace(1, 2, 42);
  final Shard shard = keyspace.shard(0);
  Partition partition;
  final Entry entry = new Entry();
  byte[] key = Bytes.of("k");
  ConfigView limits = Config.defaults();
  Random random = new Random();

  @BeforeEach
  void lock() {
    long seed = System.nanoTime();
    System.out.println(getClass().getSimpleName() + " seed " + seed);
    random = new Random(seed);
    shard.lock();
    partition = shard.partitionForWrite(0);
  }

  @AfterEach
  void unlock() {
    shard.unlock();
  }

  @Override
  public void store(Entry e, ValueType type, Encoding encoding, int n) {
    partition.store(e, type, encoding, n, e.exists() ? e.expireAt() : Partition.NEVER, 0, true);
  }

  @Override
  public ConfigView limits() {
    return limits;
  }
}
