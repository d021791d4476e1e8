package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.util.Slots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
   * thread and under their locks, as long as the key is there: one that finds nothing may wait for
   * another type than the next one. The reply goes to the waiting client's
   * own thread, which then takes up the client's further commands.
   *
   * Three may end a wait: a served command, the timer (or CLIENT UNBLOCK), and the end of the
   * connection. The first to set `done` does, and all of them hold the locks of the waiting command
   * then: else a command could be served what its client has just given up waiting for.
   *
   * One task looks at the clock for all who wait until a time: when the first of these times has
   * come, but at least ten times a second, since the clock may be set.
   */
  private static final long LOOK_MILLIS_MAX = 100;

  private final Engine engine;
  private final Keyspace keyspace;
  private final List<Map<DatabaseKey, Deque<Waiter>>> byShard = new ArrayList<>();
  private final AtomicInteger blocked = new AtomicInteger();
  private final AtomicLong order = new AtomicLong();
  private final NavigableSet<Waiter> timed =
      new ConcurrentSkipListSet<>(
          Comparator.comparingLong((Waiter w) -> w.deadlineMillis).thenComparingLong(w -> w.order));
  private @Nullable ScheduledFuture<?> nextLook;

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

  /** How many clients are blocked until a time. */
  public int timedSize() {
    return timed.size();
  }

  /**
   * Lets the client of the command at hand wait, whose keys' locks are held.
   *
   * @param command what is to be run when one of the keys is ready
   */
  void block(
      Request q,
      QueuedCommand command,
      List<DatabaseKey> keys,
      long timeoutMillis,
      Consumer<RespWriter> timeoutReply) {
    long deadline = timeoutMillis == 0 ? Long.MAX_VALUE : q.now() + timeoutMillis;
    if (deadline < 0) {
      deadline = Long.MAX_VALUE;
    }
    Session session = q.session();
    Waiter waiter =
        new Waiter(
            session, command, keys, q.shardSet(), deadline, timeoutReply, order.getAndIncrement());
    for (DatabaseKey key : keys) {
      map(key).computeIfAbsent(key, k -> new ArrayDeque<>(2)).addLast(waiter);
    }
    blocked.incrementAndGet();
    session.halt = Session.Halt.BLOCKED;
    if (deadline != Long.MAX_VALUE) {
      timed.add(waiter);
    }
    session.waiter = waiter;
    if (deadline != Long.MAX_VALUE) {
      planLook();
    }
  }

  private Map<DatabaseKey, Deque<Waiter>> map(DatabaseKey key) {
    byte[] bytes = key.key().bytes();
    return byShard.get(keyspace.shardIndexOfSlot(Slots.of(bytes, 0, bytes.length)));
  }

  /** Sees to it that the clock is looked at when the first of the times comes, or before. */
  private synchronized void planLook() {
    Iterator<Waiter> soonestFirst = timed.iterator();
    if (!soonestFirst.hasNext() || engine.cron().isShutdown()) {
      return;
    }
    long left = soonestFirst.next().deadlineMillis - engine.clock().millis();
    long delay = Math.clamp(left, 1, LOOK_MILLIS_MAX);
    if (nextLook != null) {
      if (nextLook.getDelay(TimeUnit.MILLISECONDS) <= delay) {
        return;
      }
      nextLook.cancel(false);
    }
    nextLook = engine.cron().schedule(this::look, delay, TimeUnit.MILLISECONDS);
  }

  /** Ends the waits whose time is over. */
  private void look() {
    synchronized (this) {
      nextLook = null;
    }
    try {
      long now = engine.clock().millis();
      for (Waiter waiter : timed) {
        if (waiter.deadlineMillis > now) {
          break;
        }
        timed.remove(waiter);
        end(waiter, waiter.timeoutReply);
      }
    } finally {
      planLook();
    }
  }

  /**
   * Ends a client's wait (CLIENT UNBLOCK): as if its time were over, or with an error.
   *
   * @return false when the client is not blocked
   */
  public boolean unblock(Worker w, Session session, boolean withError) {
    Waiter waiter = session.waiter;
    if (waiter == null) {
      return false;
    }
    if (!withError) {
      return end(waiter, waiter.timeoutReply);
    }
    boolean ended = end(waiter, out -> out.error("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
    if (ended) {
      w.stats().failed[waiter.command.command().id()]++;
    }
    return ended;
  }

  private boolean end(Waiter waiter, Consumer<RespWriter> reply) {
    if (!finish(waiter)) {
      return false;
    }
    RespWriter out = new RespWriter();
    out.setErrorListener(engine.errorStats()::count);
    out.setResp3(waiter.session.resp3);
    reply.accept(out);
    waiter.session.waiter = null;
    release(waiter.session, out.toBytes(), 0);
    return true;
  }

  /** Lets a wait be over, unless it is already; takes the locks. */
  private boolean finish(Waiter waiter) {
    keyspace.lock(waiter.shardSet);
    try {
      boolean first = waiter.done.compareAndSet(false, true);
      if (first) {
        unregister(waiter);
      }
      return first;
    } finally {
      keyspace.unlock(waiter.shardSet);
    }
  }

  /** Takes a waiter off all its keys, whose locks are held, and off the clock. */
  private void unregister(Waiter waiter) {
    blocked.decrementAndGet();
    timed.remove(waiter);
    for (DatabaseKey key : waiter.keys) {
      Deque<Waiter> waiters = map(key).get(key);
      if (waiters != null && waiters.remove(waiter) && waiters.isEmpty()) {
        map(key).remove(key);
      }
    }
  }

  /**
   * Gives a client whose wait is over its reply, and lets its further commands run.
   *
   * @param position the one of the append log that the reply hangs on; 0: none
   */
  static void release(Session session, byte[] reply, long position) {
    if (session.replyMode == Session.ReplyMode.ON) {
      session.outlet().reply(reply, position);
    }
    session.outlet().resume();
  }

  /**
   * Forgets a client whose connection has ended, or who gives up.
   *
   * @return false when it does not wait, or is just being told that its wait is over
   */
  boolean forget(Session session) {
    Waiter waiter = session.waiter;
    if (waiter == null || !finish(waiter)) {
      return false;
    }
    session.waiter = null;
    return true;
  }

  /** The key as those who wait know it, when somebody waits for it; its lock is held. */
  @Nullable DatabaseKey awaited(int database, Entry e) {
    Map<DatabaseKey, Deque<Waiter>> map = byShard.get(keyspace.shardIndexOfSlot(e.slot()));
    if (map.isEmpty()) {
      return null;
    }
    DatabaseKey key = new DatabaseKey(database, new ByteKey(e.copyKey()));
    return map.containsKey(key) ? key : null;
  }

  /** The keys of a shard and a database that somebody waits for; the shard's lock is held. */
  List<DatabaseKey> awaited(int shard, int database) {
    return byShard.get(shard).keySet().stream().filter(key -> key.database() == database).toList();
  }

  /** Runs the commands that wait for a key, oldest first, until it is used up. */
  void serve(Worker w, DatabaseKey key) {
    byte[] bytes = key.key().bytes();
    Entry e = new Entry().key(bytes, 0, bytes.length, keyspace.seed());
    Shard shard = keyspace.shardOfSlot(e.slot());
    List<Waiter> waiting;
    boolean there;
    shard.lock();
    try {
      Deque<Waiter> waiters = byShard.get(shard.index()).get(key);
      waiting = waiters == null ? List.of() : List.copyOf(waiters);
      there = isThere(shard, key, e);
    } finally {
      shard.unlock();
    }
    for (Waiter waiter : waiting) {
      byte[] reply = retry(w, waiter, key);
      if (reply != null) {
        waiter.session.waiter = null;
        release(waiter.session, reply, w.effects().position());
      } else if (there) {
        shard.lock();
        try {
          if (!isThere(shard, key, e)) {
            return;
          }
        } finally {
          shard.unlock();
        }
      }
    }
  }

  private static boolean isThere(Shard shard, DatabaseKey key, Entry e) {
    Partition partition = shard.partition(key.database());
    return partition != null && partition.find(e);
  }

  /** The reply when the waiting command could run now, else null. */
  private byte @Nullable [] retry(Worker w, Waiter waiter, DatabaseKey key) {
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
      q.setRetry(key);
      w.calling(q.command());
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
