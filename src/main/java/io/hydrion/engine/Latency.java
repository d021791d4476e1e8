package io.hydrion.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The latency monitor: for each kind of event, the spikes above latency-monitor-threshold.
 * Thread-safe.
 */
public final class Latency {
  private static final int SAMPLES_MAX = 160;

  /** One spike: the worst of its second. */
  public record Sample(long seconds, long millis) {}

  /** The spikes of one event. */
  public record Series(List<Sample> samples, long maxMillis) {}

  private static final class Events {
    final Deque<Sample> samples = new ArrayDeque<>();
    long max;
  }

  private final Map<String, Events> byEvent = new TreeMap<>();

  /** Notes a spike. */
  public synchronized void add(String event, long seconds, long millis) {
    Events events = byEvent.computeIfAbsent(event, name -> new Events());
    events.max = Math.max(events.max, millis);
    Sample last = events.samples.peekLast();
    if (last != null && last.seconds() == seconds) {
      if (millis > last.millis()) {
        events.samples.removeLast();
        events.samples.addLast(new Sample(seconds, millis));
      }
      return;
    }
    events.samples.addLast(new Sample(seconds, millis));
    if (events.samples.size() > SAMPLES_MAX) {
      events.samples.removeFirst();
    }
  }

  /** All events and their spikes, oldest first. */
  public synchronized Map<String, Series> all() {
    Map<String, Series> copy = new TreeMap<>();
    byEvent.forEach(
        (event, events) ->
            copy.put(event, new Series(new ArrayList<>(events.samples), events.max)));
    return copy;
  }

  /** Forgets an event; false when it has no spikes. */
  public synchronized boolean reset(String event) {
    return byEvent.remove(event) != null;
  }

  /** Forgets all events, and says how many there were. */
  public synchronized int resetAll() {
    int count = byEvent.size();
    byEvent.clear();
    return count;
  }
}
