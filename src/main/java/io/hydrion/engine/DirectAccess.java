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
  private static final Command SET =
      Command.row("set", -3, "string", "1.0.0", Flags.WRITE | Flags.DENYOOM, "key value")
          .summary("Writes a string.")
          .event("set")
          .run((Request q, RespWriter out) -> {});

  private final Engine engine;
  private final Keyspace keyspace;
  private final AtomicReferenceArray<@Nullable Worker> workers;
  private final AtomicReferenceArray<@Nullable Entry> entries;
  private final Worker evictor;

  public DirectAccess(Engine engine) {
    this.engine = engine;
    keyspace = engine.keyspace();
    evictor = engine.newWorker();
    workers = new AtomicReferenceArray<>(keyspace.shardCount());
    entries = new AtomicReferenceArray<>(keyspace.shardCount());
  }

  private Worker worker(int shard) {
    Worker worker = workers.getPlain(shard);
    if (worker == null) {
      worker = engine.newWorker();
      int[] nothing = {};
      worker.request().point(engine.internalSession(), SET, Bytes.EMPTY, nothing, nothing, 0, 0);
      entries.setPlain(shard, new Entry());
      workers.setPlain(shard, worker);
    }
    return worker;
  }

  private Entry entry(Worker worker, int shard, byte[] key, int slot) {
    worker.readClock();
    Entry e = entries.getPlain(shard);
    int hash = (int) (SeededHash.of(key, 0, key.length, keyspace.seed()) >>> 32);
    return e.key(key, 0, key.length, slot, hash);
  }

  public byte @Nullable [] get(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Worker w;
    List<Changes.Event> events;
    byte[] value = null;
    shard.lock();
    try {
      w = worker(shard.index());
      Entry e = entry(w, shard.index(), key, slot);
      if (w.request().db().read(e)) {
        requireString(e);
        value = e.copyValue();
      }
      events = w.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(w, events);
    return value;
  }

  public int get(byte[] key, byte[] into) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Worker w;
    List<Changes.Event> events;
    int n = -1;
    shard.lock();
    try {
      w = worker(shard.index());
      Entry e = entry(w, shard.index(), key, slot);
      if (w.request().db().read(e)) {
        requireString(e);
        n = e.valueLength();
        System.arraycopy(e.bytes(), e.valueOffset(), into, 0, Math.min(n, into.length));
      }
      events = w.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(w, events);
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
    Worker w;
    List<Changes.Event> events;
    shard.lock();
    try {
      w = worker(shard.index());
      Entry e = entry(w, shard.index(), key, slot);
      w.request().db().write(e);
      long expireAt = ttlMillis == 0 ? Partition.NEVER : w.nowMillis() + ttlMillis;
      w.request().db().setString(e, value, 0, value.length, expireAt);
      events = w.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(w, events);
  }

  public boolean delete(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Worker w;
    List<Changes.Event> events;
    boolean found;
    shard.lock();
    try {
      w = worker(shard.index());
      Entry e = entry(w, shard.index(), key, slot);
      found = w.request().db().write(e);
      if (found) {
        w.request().db().delete(e, "del");
      }
      events = w.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(w, events);
    return found;
  }

  public boolean exists(byte[] key) {
    int slot = Slots.of(key, 0, key.length);
    Shard shard = keyspace.shardOfSlot(slot);
    Worker w;
    List<Changes.Event> events;
    boolean found;
    shard.lock();
    try {
      w = worker(shard.index());
      found = w.request().db().readQuietly(entry(w, shard.index(), key, slot));
      events = w.changes().drain();
    } finally {
      shard.unlock();
    }
    engine.publish(w, events);
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
