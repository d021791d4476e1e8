package io.hydrion.engine;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What the clients' buffers hold: bytes that came and were not taken, queued transactions, replies
 * that have not left. When that is too much, the clients that hold most are closed. Thread-safe.
 */
public final class ClientMemory {
  /*
   * A client that asks on and on and never reads would, with Redis's default of no limit, fill the
   * process's memory. Not to read from it until it reads does not do: a client that writes all of a
   * long pipeline before it reads would wait for ever. So the largest is closed, as Redis does for
   * maxmemory-clients, which spares those that have asked for it (CLIENT NO-EVICT); beyond that
   * stands a bound that spares nobody, a share of what the JVM may use.
   *
   * Connections report what they hold when it has changed. Replies leave without anybody telling, so
   * the sum may be too high, and before a client is closed for it all of them are looked at anew.
   */
  private static final Logger LOG = LogManager.getLogger(ClientMemory.class);

  /** All clients together may hold one part of so many of the memory that there is. */
  private static final int SHARE = 4;

  /** What {@link Session#heldBytes} says of a client that counts no more. */
  private static final long GONE = -1;

  private record Holder(Session session, long bytes) {}

  private final Engine engine;
  private final AtomicLong total = new AtomicLong();
  private final AtomicLong evicted = new AtomicLong();

  /**
   * All that could be closed has been, and the rest are spared: until they hold more than this, or
   * {@link #updateAll} comes round, there is no use in looking at all of them again.
   */
  private volatile long vainUpTo;

  private volatile long bound = Runtime.getRuntime().maxMemory() / SHARE;

  ClientMemory(Engine engine) {
    this.engine = engine;
  }

  /** Tells how many bytes there are for buffers; the clients get a quarter of them. */
  public void setAvailable(long bytes) {
    bound = bytes / SHARE;
  }

  /** How many bytes all clients may hold, whatever the settings say. */
  public long bound() {
    return bound;
  }

  /** How many bytes all clients hold, as far as they have reported. */
  public long total() {
    return total.get();
  }

  /** How many clients have been closed for what they held, ever. */
  public long evictedClients() {
    return evicted.get();
  }

  void resetCount() {
    evicted.set(0);
  }

  /** Takes what a client holds now into account; clients are closed when that makes it too much. */
  public void update(Session s) {
    count(s);
    long now = total.get();
    boolean mayHelp = now > vainUpTo || (!s.isNoEvict() && s.heldBytes.get() > 0);
    if (now > bound || (mayHelp && now > wantedLimit())) {
      makeRoom();
    }
  }

  /** Looks at all clients anew. */
  public void updateAll() {
    engine.sessions().all().forEach(this::count);
    if (total.get() > limit()) {
      makeRoom();
    }
  }

  /** Counts a client no more: its connection has ended. */
  void forget(Session s) {
    total.addAndGet(-Math.max(0, s.heldBytes.getAndSet(GONE)));
  }

  private void count(Session s) {
    long bytes = s.queryCapacity + s.queuedBytes() + s.outlet().pendingBytes();
    long old = s.heldBytes.get();
    while (old != bytes && old != GONE) {
      if (s.heldBytes.compareAndSet(old, bytes)) {
        total.addAndGet(bytes - old);
        return;
      }
      old = s.heldBytes.get();
    }
  }

  private long limit() {
    return Math.min(bound, wantedLimit());
  }

  /** What maxmemory-clients allows: bytes, or as a negative number a percentage of maxmemory. */
  private long wantedLimit() {
    long wanted = engine.settings().maxmemoryClients();
    if (wanted < 0) {
      long maxmemory = engine.settings().maxmemory();
      wanted = (long) (maxmemory * (-wanted / 100.0));
    }
    return wanted == 0 ? Long.MAX_VALUE : wanted;
  }

  private synchronized void makeRoom() {
    engine.sessions().all().forEach(this::count);
    long wanted = wantedLimit();
    evict(wanted, true);
    evict(bound, false);
    long left = total.get();
    vainUpTo = left > wanted ? left + left / 16 : 0;
  }

  private void evict(long limit, boolean sparing) {
    if (total.get() <= limit) {
      return;
    }
    List<Holder> largestFirst =
        engine.sessions().all().stream()
            .filter(s -> !sparing || !s.isNoEvict())
            .map(s -> new Holder(s, s.heldBytes.get()))
            .filter(holder -> holder.bytes > 0)
            .sorted(Comparator.comparingLong(Holder::bytes).reversed())
            .toList();
    for (Holder holder : largestFirst) {
      if (total.get() <= limit) {
        return;
      }
      Session s = holder.session;
      LOG.warn(
          "Evicting client: id={} addr={} name={} tot-mem={}",
          s.id(),
          s.address(),
          s.name(),
          holder.bytes);
      s.cutOff();
      forget(s);
      evicted.incrementAndGet();
      s.outlet().close(false);
    }
  }
}
