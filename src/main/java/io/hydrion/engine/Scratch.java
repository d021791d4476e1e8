package io.hydrion.engine;

import io.hydrion.config.ConfigView;
import io.hydrion.store.AggregateValue;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;

/**
 * A key beside the keyspace, under which a value is built that takes the place of another one only
 * when it is complete. Belongs to a worker; {@link #close} gives back what has not been handed
 * over.
 */
public final class Scratch implements AggregateValue.Owner, AutoCloseable {
  private final Engine engine;
  private final Keyspace keyspace;
  private final Entry entry = new Entry();
  private Shard shard;

  Scratch(Engine engine) {
    this.engine = engine;
    // Many shards, so that the tables of the one that a key needs are small.
    keyspace = new Keyspace(Keyspace.SHARDS_MAX, 1, engine.keyspace().seed());
    shard = keyspace.shard(0);
  }

  /** Begins with no value, under the name of a key. */
  Scratch open(Entry key) {
    entry.key(key.keyBytes(), key.keyOffset(), key.keyLength(), key.slot(), key.hash());
    shard = keyspace.shardOfSlot(key.slot());
    shard.lock();
    partition().find(entry);
    return this;
  }

  /** The key, as it stands after the last change. */
  public Entry entry() {
    return entry;
  }

  public Partition partition() {
    return shard.partitionForWrite(0);
  }

  @Override
  public void store(Entry e, ValueType type, Encoding encoding, int n) {
    partition().store(e, type, encoding, n, Partition.NEVER, 0, true);
  }

  @Override
  public ConfigView limits() {
    return engine.settings();
  }

  @Override
  public void close() {
    if (partition().find(entry)) {
      partition().delete(entry);
    }
    shard.unlock();
  }
}
