package io.hydrion.engine;

import io.hydrion.config.MaxmemoryPolicy;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.util.Bytes;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the memory in use below maxmemory, by the policies of Redis. Thread-safe; whoever calls
 * holds no shard's lock.
 */
public final class Eviction {
  /*
   * Redis's approximation: look at a few random keys, keep the best candidates of many such looks in
   * a small pool sorted by how well they can be spared, and evict the best. A candidate is a copy of
   * the key, so nothing is held between looks; when it is gone by its turn, the next one is taken.
   */
  private static final int POOL_SIZE = 16;

  /** After how many evictions the clock is looked at. */
  private static final int EVICTIONS_PER_LOOK = 16;

  private static final long TENACITY_STEP_NS = 50_000;

  private record Candidate(int database, byte[] key, long score) {}

  private final Engine engine;
  private final Keyspace keyspace;
  private final RandomGenerator random;
  private final @Nullable Candidate[] pool = new Candidate[POOL_SIZE];
  private final AtomicLong evictedKeys = new AtomicLong();
  private int poolSize;
  private MaxmemoryPolicy poolPolicy = MaxmemoryPolicy.NOEVICTION;
  private int nextShard;

  Eviction(Engine engine, RandomGenerator random) {
    this.engine = engine;
    keyspace = engine.keyspace();
    this.random = random;
  }

  /** How many keys have been evicted, ever. */
  public long evictedKeys() {
    return evictedKeys.get();
  }

  void resetCount() {
    evictedKeys.set(0);
  }

  /** Whether the memory in use is within maxmemory. */
  boolean isWithinLimit() {
    long limit = engine.settings().maxmemory();
    return limit == 0 || engine.usedMemory() <= limit;
  }

  /**
   * Evicts keys until the memory in use is within maxmemory, or the time for it is up: then the
   * cron thread goes on with it. None is evicted while clients are paused, whose keys are to stay
   * as they are.
   *
   * @return false when there is nothing more to evict
   */
  boolean makeRoom(Worker w) {
    if (isWithinLimit() || !engine.expiresKeys()) {
      return true;
    }
    MaxmemoryPolicy policy = engine.settings().maxmemoryPolicy();
    if (policy == MaxmemoryPolicy.NOEVICTION) {
      return false;
    }
    w.release();
    w.readClock();
    long began = engine.clock().nanos();
    boolean enough = evictMany(w, policy, began);
    engine.aftermath(w);
    engine.spike("eviction-cycle", engine.clock().nanos() - began);
    return enough;
  }

  private synchronized boolean evictMany(Worker w, MaxmemoryPolicy policy, long began) {
    long most = timeLimitNs(engine.settings().maxmemoryEvictionTenacity());
    for (int i = 1; !isWithinLimit(); i++) {
      if (!evictOne(w, policy)) {
        return false;
      }
      if (i % EVICTIONS_PER_LOOK == 0 && engine.clock().nanos() - began > most) {
        engine.shrinkSoon();
        return true;
      }
    }
    return true;
  }

  /**
   * How long one call may evict: half a millisecond by default, for ever with a tenacity of 100.
   */
  static long timeLimitNs(int tenacity) {
    if (tenacity >= 100) {
      return Long.MAX_VALUE;
    }
    return tenacity <= 10
        ? tenacity * TENACITY_STEP_NS
        : (long) (10 * TENACITY_STEP_NS * Math.pow(1.15, tenacity - 10.0));
  }

  private boolean evictOne(Worker w, MaxmemoryPolicy policy) {
    if (policy == MaxmemoryPolicy.ALLKEYS_RANDOM || policy == MaxmemoryPolicy.VOLATILE_RANDOM) {
      return evictRandom(w, !policy.allKeys());
    }
    if (policy != poolPolicy) {
      poolSize = 0;
      poolPolicy = policy;
    }
    while (true) {
      boolean any = fillPool(w, policy);
      while (poolSize > 0) {
        Candidate best = pool[--poolSize];
        pool[poolSize] = null;
        if (best != null && evict(w, best, policy)) {
          return true;
        }
      }
      if (!any) {
        return false;
      }
    }
  }

  private boolean evictRandom(Worker w, boolean volatileOnly) {
    Entry e = new Entry();
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Shard shard = keyspace.shard(nextShard++ & (keyspace.shardCount() - 1));
      shard.lock();
      try {
        for (int db = 0; db < keyspace.databases(); db++) {
          Partition partition = shard.partition(db);
          if (partition != null && partition.random(e, random, volatileOnly)) {
            remove(w, db, partition, e);
            return true;
          }
        }
      } finally {
        shard.unlock();
      }
    }
    return false;
  }

  /** Looks at some keys of one shard, or of the next that has any; false when none has. */
  private boolean fillPool(Worker w, MaxmemoryPolicy policy) {
    Entry e = new Entry();
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Shard shard = keyspace.shard(nextShard++ & (keyspace.shardCount() - 1));
      boolean any = false;
      shard.lock();
      try {
        for (int db = 0; db < keyspace.databases(); db++) {
          Partition partition = shard.partition(db);
          int samples = engine.settings().maxmemorySamples();
          for (int s = 0; partition != null && s < samples; s++) {
            if (!partition.random(e, random, !policy.allKeys())) {
              break;
            }
            any = true;
            offer(db, e, score(e, policy, w.nowMillis()));
          }
        }
      } finally {
        shard.unlock();
      }
      if (any) {
        return true;
      }
    }
    return false;
  }

  /** How well a key can be spared: the higher, the better. */
  private long score(Entry e, MaxmemoryPolicy policy, long now) {
    if (policy == MaxmemoryPolicy.VOLATILE_TTL) {
      return Long.MAX_VALUE - e.expireAt();
    }
    return policy.lfu()
        ? 255 - engine.access().frequency(e, now)
        : engine.access().idleSeconds(e, now);
  }

  /** Puts a key into the pool, which is sorted by rising score, when it is good enough. */
  private void offer(int db, Entry e, long score) {
    int at = poolSize;
    while (at > 0 && pool[at - 1] != null && pool[at - 1].score >= score) {
      at--;
    }
    if (at == 0 && poolSize == POOL_SIZE) {
      return;
    }
    for (int i = 0; i < poolSize; i++) {
      Candidate other = pool[i];
      if (other != null
          && other.database == db
          && other.key.length == e.keyLength()
          && Bytes.equal(other.key, 0, e.keyBytes(), e.keyOffset(), e.keyLength())) {
        return;
      }
    }
    Candidate candidate = new Candidate(db, e.copyKey(), score);
    if (poolSize == POOL_SIZE) {
      System.arraycopy(pool, 1, pool, 0, at - 1);
      pool[at - 1] = candidate;
    } else {
      System.arraycopy(pool, at, pool, at + 1, poolSize - at);
      pool[at] = candidate;
      poolSize++;
    }
  }

  /** Evicts a key that was put into the pool a while ago, if the policy still allows it. */
  private boolean evict(Worker w, Candidate candidate, MaxmemoryPolicy policy) {
    Entry e = new Entry();
    e.key(candidate.key, 0, candidate.key.length, keyspace.seed());
    Shard shard = keyspace.shardOfSlot(e.slot());
    shard.lock();
    try {
      Partition partition = shard.partition(candidate.database);
      if (partition == null
          || !partition.find(e)
          || (!policy.allKeys() && !e.hasExpiry())) { // PERSIST may have come between
        return false;
      }
      remove(w, candidate.database, partition, e);
      return true;
    } finally {
      shard.unlock();
    }
  }

  private void remove(Worker w, int database, Partition partition, Entry e) {
    Database db = w.request().db();
    int before = db.index();
    db.select(database);
    w.effects().begin();
    db.noteEvicted(e);
    w.effects().flushEach();
    db.select(before);
    partition.delete(e);
    evictedKeys.incrementAndGet();
  }
}
