package io.hydrion.engine;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The clients that are connected. Thread-safe. */
public final class Sessions {
  private final Map<Long, Session> byId = new ConcurrentHashMap<>();
  private final AtomicLong nextId = new AtomicLong(1);
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();

  public long nextId() {
    return nextId.getAndIncrement();
  }

  public void add(Session session) {
    byId.put(session.id(), session);
    received.incrementAndGet();
  }

  void remove(Session session) {
    byId.remove(session.id());
  }

  /** Counts a connection that was refused because there are too many. */
  public void countRejected() {
    received.incrementAndGet();
    rejected.incrementAndGet();
  }

  public int size() {
    return byId.size();
  }

  /** How many connections have been taken or refused, ever. */
  public long received() {
    return received.get();
  }

  public long rejected() {
    return rejected.get();
  }

  void resetCounts() {
    received.set(0);
    rejected.set(0);
  }

  public @Nullable Session find(long id) {
    return byId.get(id);
  }

  public Collection<Session> all() {
    return byId.values();
  }

  /** Whether there is a client with these addresses of its end and of ours, {@code ip:port}. */
  public boolean connects(String address, String localAddress) {
    return byId.values().stream()
        .anyMatch(s -> s.address().equals(address) && s.localAddress().equals(localAddress));
  }

  /** All clients, oldest first. */
  public List<Session> sorted() {
    return byId.values().stream().sorted(Comparator.comparingLong(Session::id)).toList();
  }
}
