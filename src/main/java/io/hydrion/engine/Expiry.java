package io.hydrion.engine;

import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;

/**
 * Removes keys and fields of hashes that have expired though nobody asks for them. Runs on the cron
 * thread, in steps that hold a shard's lock for a few dozen keys or a few hundred fields each.
 */
public final class Expiry {
  private static final int KEYS_PER_STEP = 64;
  private static final int FIELDS_PER_STEP = 256;

  private final Engine engine;
  private final Worker worker;
  private int nextShard;
  private volatile boolean active = true;
  private volatile long timeCapReached;
  private volatile long nanos;

  Expiry(Engine engine, Worker worker) {
    this.engine = engine;
    this.worker = worker;
  }

  /** Switches the removal off and on (DEBUG SET-ACTIVE-EXPIRE). */
  void setActive(boolean value) {
    active = value;
  }

  /** Removes what has expired, for at most so many nanoseconds. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the cron thread counts
  void run(long budgetNs) {
    if (!active || !engine.expiresKeys()) {
      return;
    }
    worker.readClock();
    long began = engine.clock().nanos();
    if (!removeUntil(began + budgetNs)) {
      timeCapReached = timeCapReached + 1;
    }
    nanos = nanos + engine.clock().nanos() - began;
  }

  /**
   * Removes what has expired, from the shard on at which the last call stopped; false when the time
   * was up before all shards had their turn.
   */
  private boolean removeUntil(long deadline) {
    Keyspace keyspace = engine.keyspace();
    Entry e = new Entry();
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Shard shard = keyspace.shard(nextShard);
      for (int db = 0; db < keyspace.databases(); db++) {
        boolean hasMore = true;
        while (hasMore) {
          boolean hasMoreKeys = expireKeys(shard, db, e);
          hasMore = expireFields(shard, db, e) || hasMoreKeys;
          if (hasMore && engine.clock().nanos() > deadline) {
            return false;
          }
          if (hasMore) {
            Thread.yield(); // on a single core clients would else wait for the end of a time slice
          }
        }
      }
      nextShard = (nextShard + 1) & (keyspace.shardCount() - 1);
    }
    return true;
  }

  /** How often a run ended because its time was up. */
  public long timeCapReached() {
    return timeCapReached;
  }

  /** How long all runs took together, in nanoseconds. */
  public long nanos() {
    return nanos;
  }

  void resetCounts() {
    timeCapReached = 0;
    nanos = 0;
  }

  /** Removes some keys; false when no other one of the partition has expired. */
  private boolean expireKeys(Shard shard, int database, Entry e) {
    Partition seen = shard.partition(database);
    if (seen == null || seen.expiring() == 0) {
      return false;
    }
    Step step =
        (partition, db) ->
            partition.expireDue(worker.nowMillis(), KEYS_PER_STEP, e, db::noteExpired);
    return step(shard, database, step) >= KEYS_PER_STEP;
  }

  /** Removes some fields of hashes; false when no other one of the partition has expired. */
  private boolean expireFields(Shard shard, int database, Entry e) {
    Partition seen = shard.partition(database);
    if (seen == null || seen.fieldExpiring() == 0) {
      return false;
    }
    Step step =
        (partition, db) ->
            partition.expireFieldsDue(
                worker.nowMillis(),
                FIELDS_PER_STEP,
                e,
                hash -> db.sweepFields(hash, FIELDS_PER_STEP));
    return step(shard, database, step) >= FIELDS_PER_STEP;
  }

  private interface Step {
    int run(Partition partition, Database db);
  }

  private int step(Shard shard, int database, Step step) {
    int looked = 0;
    shard.lock();
    try {
      Partition partition = shard.partition(database);
      if (partition != null && engine.expiresKeys()) { // asked again, under the lock
        Database db = worker.request().db();
        db.select(database);
        worker.effects().begin();
        looked = step.run(partition, db);
        worker.effects().flushEach();
      }
    } finally {
      shard.unlock();
    }
    engine.aftermath(worker);
    return looked;
  }
}
