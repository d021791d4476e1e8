package io.hydrion.engine;

import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which clients watch which keys. What a shard's keys have is guarded by that shard's lock, so a
 * watcher learns of a change before anybody can run EXEC on it.
 */
public final class Watches {
  private final Keyspace keyspace;
  private final List<Map<WatchedKey, List<Session>>> byShard = new ArrayList<>();
  private final AtomicInteger keys = new AtomicInteger();

  Watches(Keyspace keyspace) {
    this.keyspace = keyspace;
    for (int i = 0; i < keyspace.shardCount(); i++) {
      byShard.add(new HashMap<>());
    }
  }

  /** How many keys are watched, each counted once a client. */
  public int size() {
    return keys.get();
  }

  /** How many different keys are watched, as seen without the locks. */
  public int distinctKeys() {
    int sum = 0;
    for (Map<WatchedKey, List<Session>> map : byShard) {
      sum += map.size();
    }
    return sum;
  }

  /** Lets a client watch a key, the lock of whose shard is held. */
  void watch(Session session, int database, Entry e) {
    WatchedKey key = new WatchedKey(database, new ByteKey(e.copyKey()));
    if (session.watched.contains(key)) {
      return;
    }
    session.watched.add(key);
    keys.incrementAndGet();
    map(e).computeIfAbsent(key, k -> new ArrayList<>(1)).add(session);
  }

  private Map<WatchedKey, List<Session>> map(Entry e) {
    return byShard.get(keyspace.shardIndexOfSlot(e.slot()));
  }

  /** Forgets all that a client watches; takes the locks of the shards one by one. */
  void unwatchAll(Session session) {
    Entry e = new Entry();
    for (WatchedKey watched : session.watched) {
      byte[] key = watched.key().bytes();
      e.key(key, 0, key.length, keyspace.seed());
      var shard = keyspace.shardOfSlot(e.slot());
      shard.lock();
      try {
        List<Session> watchers = map(e).get(watched);
        if (watchers != null && watchers.remove(session) && watchers.isEmpty()) {
          map(e).remove(watched);
        }
      } finally {
        shard.unlock();
      }
      keys.decrementAndGet();
    }
    session.watched.clear();
    session.dirty = false;
  }

  /** Tells the watchers of a key that it has changed. */
  void changed(int database, Entry e) {
    Map<WatchedKey, List<Session>> map = map(e);
    if (map.isEmpty()) {
      return;
    }
    List<Session> watchers = map.get(new WatchedKey(database, new ByteKey(e.copyKey())));
    if (watchers != null) {
      watchers.forEach(session -> session.dirty = true);
    }
  }

  /** Is asked of each watched key of a database whether its watchers are to be told. */
  interface KeyTest {
    boolean test(Entry e);
  }

  /** Tells the watchers of those keys of a shard and a database for which the test holds. */
  void changedAll(int shard, int database, KeyTest test) {
    Entry e = new Entry();
    byShard
        .get(shard)
        .forEach(
            (watched, watchers) -> {
              byte[] key = watched.key().bytes();
              e.key(key, 0, key.length, keyspace.seed());
              if (watched.database() == database && test.test(e)) {
                watchers.forEach(session -> session.dirty = true);
              }
            });
  }
}
