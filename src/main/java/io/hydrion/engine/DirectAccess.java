package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.StoreFullException;
import io.hydrion.util.Bytes;
import io.hydrion.util.SeededHash;
import io.hydrion.util.Slots;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Reads and writes keys of database 0 for threads of the embedding process. Thread-safe. */
public final class DirectAccess {
  /*
   * Each shard has a worker of its own for these calls, used under the shard's lock only: so calls
   * on different shards share nothing, and any number of threads needs no more than this.
   */
  private static final int KEY_BYTES = 256;

  private static final Command SET =
      Command.row("set", -3, "string", "1.0.0", Flags.WRITE | Flags.DENYOOM, "key value")
          .summary("Writes a string.")
          .event("set")
          .run((Request q, RespWriter out) -> {});

  private final Engine engine;
  private final Keyspace keyspace;
  private final AtomicReferenceArray<@Nullable Caller> callers;
  private final Worker evictor;

  public DirectAccess(Engine engine) {
    this.engine = engine;
    keyspace = engine.keyspace();
    evictor = engine.newWorker();
    callers = new AtomicReferenceArray<>(keyspace.shardCount());
  }

  /** What the calls on a shard run with. */
  private static final class Caller {
    final Worker worker;
    final Database db;
    final Entry entry = new Entry();
    final byte[] keyBytes = new byte[KEY_BYTES];

    Caller(Worker worker) {
      this.worker = worker;
      db = worker.request().db();
    }

    /** Points at a key, as of now. */
    Entry point(byte[] key, int slot, long seed) {
      worker.readClock();
      worker.effects().begin();
      int hash = (int) (SeededHash.of(key, 0, key.length, seed) >>> 32);
      if (key.length > KEY_BYTES) {
        return entry.key(key, 0, key.length, slot, hash);
      }
      // Copying is cheaper than the fence of a stored reference, and keeps no caller's array alive.
      System.arraycopy(key, 0, keyBytes, 0, key.length);
      return entry.key(keyBytes, 0, key.length, slot, hash);
    }
  }

  /** Hands over what a call has changed, under the lock; returns the log's position to wait for. */
  private static long flush(Caller caller) {
    Effects effects = caller.worker.effects();
    effects.flush();
    return effects.takePosition();
  }

  private Caller caller(int shard) {
    Caller caller = callers.getPlain(shard);
    if (caller == null) {
      Worker worker = engine.newWorker();
      int[] nothing = {};
      worker.request().point(engine.internalSession(), SET, Bytes.EMPTY, nothing, nothing, 0, 0);
      caller = new Caller(worker);
      callers.setPlain(shard, caller);
    }
    return caller;
  }

  public byte @Nullable [] get(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Caller caller;
    List<Changes.Event> events;
    byte[] value = null;
    shard.lock();
    try {
      caller = caller(shard.index());
      Entry e = caller.point(key, slot, keyspace.seed());
      if (caller.db.read(e)) {
        requireString(e);
        value = e.copyValue();
      }
      caller.worker.effects().flush();
      events = caller.worker.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(caller.worker, events);
    return value;
  }

  public int get(byte[] key, byte[] into) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Caller caller;
    List<Changes.Event> events;
    int n = -1;
    shard.lock();
    try {
      caller = caller(shard.index());
      Entry e = caller.point(key, slot, keyspace.seed());
      if (caller.db.read(e)) {
        requireString(e);
        n = e.valueLength();
        System.arraycopy(e.bytes(), e.valueOffset(), into, 0, Math.min(n, into.length));
      }
      caller.worker.effects().flush();
      events = caller.worker.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(caller.worker, events);
    return n;
  }

  private static void requireString(Entry e) {
    if (!e.isString()) {
      throw new ClassCastException("the key holds a " + e.type().text());
    }
  }

  /** Gives a key a value; {@code ttlMillis} 0 keeps it for good. */
  public void set(byte[] key, byte[] value, long ttlMillis) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    if (!engine.eviction().isWithinLimit()) {
      makeRoom();
    }
    engine.durability().requireWorking();
    Caller caller;
    List<Changes.Event> events;
    long position;
    shard.lock();
    try {
      caller = caller(shard.index());
      Entry e = caller.point(key, slot, keyspace.seed());
      caller.db.write(e);
      long expireAt = ttlMillis == 0 ? Partition.NEVER : caller.worker.nowMillis() + ttlMillis;
      caller.db.setString(e, value, 0, value.length, expireAt);
      Effects effects = caller.worker.effects();
      effects.named().begin(0, ttlMillis == 0 ? 3 : 5).word("SET").bytes(key).bytes(value);
      if (ttlMillis != 0) {
        effects.word("PXAT").number(expireAt);
      }
      position = flush(caller);
      events = caller.worker.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(caller.worker, events);
    engine.durability().await(position);
  }

  public boolean delete(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    engine.durability().requireWorking();
    Caller caller;
    List<Changes.Event> events;
    long position;
    boolean found;
    shard.lock();
    try {
      caller = caller(shard.index());
      Entry e = caller.point(key, slot, keyspace.seed());
      found = caller.db.write(e);
      if (found) {
        caller.db.delete(e, "del");
        caller.worker.effects().named().begin(0, 2).word("DEL").bytes(key);
      }
      position = flush(caller);
      events = caller.worker.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(caller.worker, events);
    engine.durability().await(position);
    return found;
  }

  public boolean exists(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Caller caller;
    List<Changes.Event> events;
    boolean found;
    shard.lock();
    try {
      caller = caller(shard.index());
      found = caller.db.readQuietly(caller.point(key, slot, keyspace.seed()));
      caller.worker.effects().flush();
      events = caller.worker.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(caller.worker, events);
    return found;
  }

  public long size() {
    return keyspace.countKeys(0);
  }

  private void makeRoom() {
    synchronized (evictor) {
      boolean made = engine.eviction().makeRoom(evictor);
      engine.publish(evictor, evictor.changes().drain());
      if (!made) {
        throw new StoreFullException("used memory is above maxmemory");
      }
    }
  }
}
