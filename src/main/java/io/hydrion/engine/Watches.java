package io.hydrion.engine;

import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which clients watch which keys. What a shard's keys have is guarded by that shard's lock, so a
 * watcher learns of a change before anybody can run EXEC on it.
 */
public final class Watches {
  /*
   * Whoever changes a key first asks the engine whether anybody looks at all. A watch is counted,
   * and the engine told of the first, while the lock of its key's shard is still held: the next one
   * to change that key takes the same lock and therefore sees it. The count goes up and down under
   * a monitor of its own, so that the news of the last watch's end cannot overtake the news of a new
   * one.
   */
  private final Keyspace keyspace;
  private final Runnable onSwitch;
  private final List<Map<DatabaseKey, List<Watch>>> byShard = new ArrayList<>();
  private volatile int keys;

  /**
   * @param onSwitch is run when the first watch begins and when the last one ends
   */
  Watches(Keyspace keyspace, Runnable onSwitch) {
    this.keyspace = keyspace;
    this.onSwitch = onSwitch;
    for (int i = 0; i < keyspace.shardCount(); i++) {
      byShard.add(new HashMap<>());
    }
  }

  /** How many keys are watched, each counted once a client. */
  public int size() {
    return keys;
  }

  private synchronized void count(int delta) {
    boolean any = keys > 0;
    keys += delta;
    if (any != keys > 0) {
      onSwitch.run();
    }
  }

  /** How many different keys are watched, as seen without the locks. */
  public int distinctKeys() {
    int sum = 0;
    for (Map<DatabaseKey, List<Watch>> map : byShard) {
      sum += map.size();
    }
    return sum;
  }

  /** Lets a client watch a key, the lock of whose shard is held. */
  void watch(Session session, int database, Entry e, long nowMillis) {
    DatabaseKey key = new DatabaseKey(database, new ByteKey(e.copyKey()));
    List<Watch> watches = map(e).computeIfAbsent(key, k -> new ArrayList<>(1));
    for (Watch other : watches) {
      if (other.session == session) {
        return;
      }
    }
    Watch watch = new Watch(session, key, isExpired(partition(e, database), e, nowMillis));
    watches.add(watch);
    session.watched.add(watch);
    session.watchedCount = session.watched.size();
    count(1);
  }

  private Map<DatabaseKey, List<Watch>> map(Entry e) {
    return byShard.get(keyspace.shardIndexOfSlot(e.slot()));
  }

  private @Nullable Partition partition(Entry e, int database) {
    return keyspace.shardOfSlot(e.slot()).partition(database);
  }

  private static boolean isExpired(@Nullable Partition partition, Entry e, long nowMillis) {
    return partition != null && partition.find(e) && e.hasExpiry() && e.expireAt() <= nowMillis;
  }

  private void point(Entry e, DatabaseKey watched) {
    byte[] key = watched.key().bytes();
    e.key(key, 0, key.length, keyspace.seed());
  }

  /** The shards of all keys that a client watches. */
  long shards(Session session) {
    long set = 0;
    Entry e = new Entry();
    for (Watch watch : session.watched) {
      point(e, watch.key);
      set |= 1L << keyspace.shardIndexOfSlot(e.slot());
    }
    return set;
  }

  /**
   * Whether one of a client's watched keys has expired since; the locks of all of them are held.
   */
  boolean anyExpired(Session session, long nowMillis) {
    Entry e = new Entry();
    for (Watch watch : session.watched) {
      if (!watch.expired) {
        point(e, watch.key);
        if (isExpired(partition(e, watch.key.database()), e, nowMillis)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Forgets all that a client watches. Takes the locks of the shards one by one: the caller holds
   * all of them or none.
   */
  void unwatchAll(Session session) {
    int count = session.watched.size();
    if (count > 0) {
      Entry e = new Entry();
      for (Watch watch : session.watched) {
        point(e, watch.key);
        Shard shard = keyspace.shardOfSlot(e.slot());
        shard.lock();
        try {
          List<Watch> watches = map(e).get(watch.key);
          if (watches != null && watches.remove(watch) && watches.isEmpty()) {
            map(e).remove(watch.key);
          }
        } finally {
          shard.unlock();
        }
      }
      session.watched.clear();
      session.watchedCount = 0;
      count(-count);
    }
    session.dirty = false;
  }

  /** Tells the watchers of a key that it has changed. */
  void changed(int database, Entry e) {
    List<Watch> watches = watches(database, e);
    if (watches != null) {
      watches.forEach(watch -> watch.session.dirty = true);
    }
  }

  /** Tells the watchers of a key that its record is removed because it has expired. */
  void expired(int database, Entry e) {
    List<Watch> watches = watches(database, e);
    if (watches != null) {
      watches.forEach(Watches::gone);
    }
  }

  private static void gone(Watch watch) {
    if (watch.expired) {
      watch.expired = false;
    } else {
      watch.session.dirty = true;
    }
  }

  private @Nullable List<Watch> watches(int database, Entry e) {
    Map<DatabaseKey, List<Watch>> map = map(e);
    return map.isEmpty() ? null : map.get(new DatabaseKey(database, new ByteKey(e.copyKey())));
  }

  /** Tells the watchers of keys that are in a partition that it is about to be emptied. */
  void emptied(int shard, int database, Partition partition) {
    Entry e = new Entry();
    byShard
        .get(shard)
        .forEach(
            (watched, watches) -> {
              if (watched.database() == database) {
                point(e, watched);
                if (partition.find(e)) {
                  watches.forEach(Watches::gone);
                }
              }
            });
  }

  /**
   * Tells the watchers of keys of a database that another's keys take their place in a shard: those
   * whose key is there before or after, unless it looks absent both times.
   */
  void replaced(
      int shard,
      int database,
      @Nullable Partition before,
      @Nullable Partition after,
      long nowMillis) {
    Entry e = new Entry();
    byShard
        .get(shard)
        .forEach(
            (watched, watches) -> {
              if (watched.database() == database) {
                point(e, watched);
                boolean was = before != null && before.find(e);
                boolean is = after != null && after.find(e);
                boolean live = is && !isExpired(after, e, nowMillis);
                for (Watch watch : watches) {
                  if (live || (was && !watch.expired)) {
                    watch.session.dirty = true;
                  } else {
                    watch.expired = is;
                  }
                }
              }
            });
  }
}
