package io.hydrion.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What a command has changed, in order, for those who want to be told once its locks are released.
 */
final class Changes {
  /** One keyspace event. */
  record Event(int eventClass, String name, int database, byte[] key) {}

  private final List<Event> events = new ArrayList<>();

  void add(int eventClass, String name, int database, byte[] key) {
    events.add(new Event(eventClass, name, database, key));
  }

  boolean isEmpty() {
    return events.isEmpty();
  }

  /** Takes all events out. */
  List<Event> drain() {
    if (events.isEmpty()) {
      return List.of();
    }
    List<Event> drained = List.copyOf(events);
    events.clear();
    return drained;
  }
}
