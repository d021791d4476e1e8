package io.hydrion.engine;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.util.Bytes;
import java.util.Arrays;
import java.util.List;

/** Publishes changes to keys on the channels of notify-keyspace-events. Thread-safe. */
final class Notifications {
  private final Conditions conditions;
  private final PubSub pubSub;

  Notifications(Conditions conditions, PubSub pubSub) {
    this.conditions = conditions;
    this.pubSub = pubSub;
  }

  /** Publishes events in their order; no lock of a shard may be held. */
  void publish(Worker w, List<Changes.Event> events) {
    if (events.isEmpty()) {
      return;
    }
    int classes = conditions.notifiedClasses();
    for (Changes.Event event : events) {
      String database = "@" + event.database() + "__:";
      if ((classes & KeyspaceEvents.KEYSPACE) != 0) {
        byte[] prefix = Bytes.of("__keyspace" + database);
        byte[] channel = Arrays.copyOf(prefix, prefix.length + event.key().length);
        System.arraycopy(event.key(), 0, channel, prefix.length, event.key().length);
        pubSub.publish(w, PubSub.Kind.CHANNEL, channel, Bytes.of(event.name()));
      }
      if ((classes & KeyspaceEvents.KEYEVENT) != 0) {
        byte[] channel = Bytes.of("__keyevent" + database + event.name());
        pubSub.publish(w, PubSub.Kind.CHANNEL, channel, event.key());
      }
    }
  }
}
