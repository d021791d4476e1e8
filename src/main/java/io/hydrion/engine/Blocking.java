package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Slots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait for keys (BLPOP and its kin) or for time (WAIT). Thread-safe; who waits for a
 * key is guarded by the lock of the key's shard.
 */
public final class Blocking {
  /*
   * A blocking command that finds nothing registers its client with each of its keys, first come,
   * first served, while it still holds their locks: so no push can slip in between. Whoever makes
   * such a key ready runs, after its own command, the waiting ones again, oldest first, on its own
   * thread and under their locks, until one finds nothing. The reply goes to the waiting client's
   * own thread, which then takes up the client's further commands.
   *
   * Three may end a wait: a served command, the timer (or CLIENT UNBLOCK), and the end of the
   * connection. The first to set `done` does.
   */
  private static final long TIMER_STEP_MILLIS = 100;

  private final Engine engine;
  private final Keyspace keyspace;
  private final List<Map<WatchedKey, Deque<Waiter>>> byShard = new ArrayList<>();
  private final AtomicInteger blocked = new AtomicInteger();

  Blocking(Engine engine) {
    this.engine = engine;
    keyspace = engine.keyspace();
    for (int i = 0; i < keyspace.shardCount(); i++) {
      byShard.add(new HashMap<>());
    }
  }

  /** How many clients are blocked. */
  public int size() {
    return blocked.get();
  }

  /** Lets the client of the command at hand wait. Its keys' locks are held. */
  void block(
      Request q, List<WatchedKey> keys, long timeoutMillis, Consumer<RespWriter> timeoutReply) {
    long deadline = timeoutMillis == 0 ? Long.MAX_VALUE : q.now() + timeoutMillis;
    if (deadline < 0) {
      deadline = Long.MAX_VALUE;
    }
    Session session = q.session();
    Waiter waiter = new Waiter(session, q.queue(), keys, q.shardSet(), deadline, timeoutReply);
    for (WatchedKey key : keys) {
      map(key).computeIfAbsent(key, k -> new ArrayDeque<>(2)).addLast(waiter);
    }
    blocked.incrementAndGet();
    session.waiter = waiter;
    session.halt = Session.Halt.BLOCKED;
    if (deadline != Long.MAX_VALUE) {
      schedule(waiter);
    }
  }

  private Map<WatchedKey, Deque<Waiter>> map(WatchedKey key) {
    byte[] bytes = key.key().bytes();
    return byShard.get(keyspace.shardIndexOfSlot(Slots.of(bytes, 0, bytes.length)));
  }

  private void schedule(Waiter waiter) {
    long left = Math.max(1, waiter.deadlineMillis - engine.clock().millis());
    waiter.timer =
        engine
            .cron()
            .schedule(
                () -> checkTime(waiter), Math.min(left, TIMER_STEP_MILLIS), TimeUnit.MILLISECONDS);
  }

  private void checkTime(Waiter waiter) {
    if (waiter.done.get()) {
      return;
    }
    if (engine.clock().millis() < waiter.deadlineMillis) {
      schedule(waiter);
    } else {
      end(waiter, waiter.timeoutReply);
    }
  }

  /**
   * Ends a client's wait (CLIENT UNBLOCK): as if its time were over, or with an error.
   *
   * @return false when the client is not blocked
   */
  public boolean unblock(Session session, boolean withError) {
    Waiter waiter = session.waiter;
    return waiter != null
        && end(
            waiter,
            withError
                ? out -> out.error("UNBLOCKED client unblocked via CLIENT UNBLOCK")
                : waiter.timeoutReply);
  }

  private boolean end(Waiter waiter, Consumer<RespWriter> reply) {
    if (!waiter.done.compareAndSet(false, true)) {
      return false;
    }
    keyspace.lock(waiter.shardSet);
    try {
      unregister(waiter);
    } finally {
      keyspace.unlock(waiter.shardSet);
    }
    RespWriter out = new RespWriter();
    out.setResp3(waiter.session.resp3);
    reply.accept(out);
    release(waiter, out.toBytes());
    return true;
  }

  /** Takes a waiter off all its keys, whose locks are held. */
  private void unregister(Waiter waiter) {
    for (WatchedKey key : waiter.keys) {
      Deque<Waiter> waiters = map(key).get(key);
      if (waiters != null && waiters.remove(waiter) && waiters.isEmpty()) {
        map(key).remove(key);
      }
    }
  }

  private void release(Waiter waiter, byte[] reply) {
    blocked.decrementAndGet();
    if (waiter.timer != null) {
      waiter.timer.cancel(false);
    }
    Session session = waiter.session;
    session.waiter = null;
    if (session.replyMode == Session.ReplyMode.ON) {
      session.outlet().send(reply);
    }
    session.outlet().resume();
  }

  /** Forgets a client whose connection has ended. */
  void forget(Session session) {
    Waiter waiter = session.waiter;
    if (waiter != null && waiter.done.compareAndSet(false, true)) {
      keyspace.lock(waiter.shardSet);
      try {
        unregister(waiter);
      } finally {
        keyspace.unlock(waiter.shardSet);
      }
      blocked.decrementAndGet();
      session.waiter = null;
      if (waiter.timer != null) {
        waiter.timer.cancel(false);
      }
    }
  }

  /** The key as those who wait know it, when somebody waits for it; its lock is held. */
  @Nullable WatchedKey awaited(int database, Entry e) {
    Map<WatchedKey, Deque<Waiter>> map = byShard.get(keyspace.shardIndexOfSlot(e.slot()));
    if (map.isEmpty()) {
      return null;
    }
    WatchedKey key = new WatchedKey(database, new ByteKey(e.copyKey()));
    return map.containsKey(key) ? key : null;
  }

  /** The keys of a shard and a database that somebody waits for; the shard's lock is held. */
  List<WatchedKey> awaited(int shard, int database) {
    return byShard.get(shard).keySet().stream().filter(key -> key.database() == database).toList();
  }

  /** Runs the commands that wait for a key, oldest first, until one finds nothing. */
  void serve(Worker w, WatchedKey key) {
    byte[] bytes = key.key().bytes();
    int shard = keyspace.shardIndexOfSlot(Slots.of(bytes, 0, bytes.length));
    List<Waiter> waiting;
    keyspace.shard(shard).lock();
    try {
      Deque<Waiter> waiters = byShard.get(shard).get(key);
      waiting = waiters == null ? List.of() : List.copyOf(waiters);
    } finally {
      keyspace.shard(shard).unlock();
    }
    for (Waiter waiter : waiting) {
      byte[] reply = retry(w, waiter);
      if (reply != null) {
        release(waiter, reply);
      }
    }
  }

  /** The reply when the waiting command could run now, else null. */
  private byte @Nullable [] retry(Worker w, Waiter waiter) {
    keyspace.lock(waiter.shardSet);
    try {
      if (waiter.done.get()) {
        return null;
      }
      RespWriter out = w.servingOut();
      out.clear();
      out.setResp3(waiter.session.resp3);
      Request q = w.servingRequest();
      waiter.command.point(q, waiter.session);
      q.setRetry();
      engine.dispatcher().invoke(w, q, waiter.command.command(), out);
      if (q.stillBlocked() || !waiter.done.compareAndSet(false, true)) {
        return null;
      }
      unregister(waiter);
      return out.toBytes();
    } finally {
      keyspace.unlock(waiter.shardSet);
    }
  }
}
