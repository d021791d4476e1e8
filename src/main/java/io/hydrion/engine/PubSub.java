package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Channels, patterns and shard channels, and who has subscribed to them. Thread-safe. */
public final class PubSub {
  /** What can be subscribed to. */
  public enum Kind {
    CHANNEL("subscribe", "unsubscribe", "message"),
    PATTERN("psubscribe", "punsubscribe", "pmessage"),
    SHARD_CHANNEL("ssubscribe", "sunsubscribe", "smessage");

    private final String subscribed;
    private final String unsubscribed;
    private final String message;

    Kind(String subscribed, String unsubscribed, String message) {
      this.subscribed = subscribed;
      this.unsubscribed = unsubscribed;
      this.message = message;
    }
  }

  private final Map<ByteKey, Set<Session>> channels = new ConcurrentHashMap<>();
  private final Map<ByteKey, Set<Session>> patterns = new ConcurrentHashMap<>();
  private final Map<ByteKey, Set<Session>> shardChannels = new ConcurrentHashMap<>();
  private final AtomicInteger subscribers = new AtomicInteger();

  private Map<ByteKey, Set<Session>> map(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARD_CHANNEL -> shardChannels;
    };
  }

  private static Set<ByteKey> own(Session s, Kind kind) {
    return switch (kind) {
      case CHANNEL -> s.channels;
      case PATTERN -> s.patterns;
      case SHARD_CHANNEL -> s.shardChannels;
    };
  }

  /** Subscribes a client, and confirms. */
  public void subscribe(Session s, Kind kind, byte[] name, RespWriter out) {
    ByteKey key = new ByteKey(name);
    boolean first = !s.isSubscribed();
    if (own(s, kind).add(key)) {
      map(kind)
          .compute(
              key,
              (k, old) -> {
                Set<Session> sessions = old == null ? ConcurrentHashMap.newKeySet() : old;
                sessions.add(s);
                return sessions;
              });
      s.updateSubscribed();
      if (first) {
        subscribers.incrementAndGet();
      }
    }
    out.push(3);
    out.bulk(kind.subscribed);
    out.bulk(name);
    out.integer(count(s, kind));
  }

  /** Unsubscribes a client, and confirms. */
  public void unsubscribe(Session s, Kind kind, byte[] name, RespWriter out) {
    remove(s, kind, new ByteKey(name));
    out.push(3);
    out.bulk(kind.unsubscribed);
    out.bulk(name);
    out.integer(count(s, kind));
  }

  /** Unsubscribes a client from all of a kind, and confirms each; once when there was none. */
  public void unsubscribeAll(Session s, Kind kind, RespWriter out) {
    List<ByteKey> all = List.copyOf(own(s, kind));
    for (ByteKey key : all) {
      unsubscribe(s, kind, key.bytes(), out);
    }
    if (all.isEmpty()) {
      out.push(3);
      out.bulk(kind.unsubscribed);
      out.nil();
      out.integer(count(s, kind));
    }
  }

  /** Unsubscribes a client from everything, silently. */
  public void forget(Session s) {
    for (Kind kind : Kind.values()) {
      for (ByteKey key : List.copyOf(own(s, kind))) {
        remove(s, kind, key);
      }
    }
  }

  private void remove(Session s, Kind kind, ByteKey key) {
    if (own(s, kind).remove(key)) {
      map(kind)
          .computeIfPresent(
              key,
              (k, sessions) -> {
                sessions.remove(s);
                return sessions.isEmpty() ? null : sessions;
              });
      s.updateSubscribed();
      if (!s.isSubscribed()) {
        subscribers.decrementAndGet();
      }
    }
  }

  private static int count(Session s, Kind kind) {
    return kind == Kind.SHARD_CHANNEL ? s.shardChannelCount : s.channelCount + s.patternCount;
  }

  /**
   * Sends a message to all that have subscribed.
   *
   * @param w the worker that runs the publisher's command
   * @return how many clients it was sent to
   */
  public int publish(Worker w, Kind kind, byte[] channel, byte[] message) {
    int receivers = 0;
    Set<Session> direct = map(kind).get(new ByteKey(channel));
    if (direct != null) {
      Encoded encoded = new Encoded(kind, null, channel, message);
      for (Session s : direct) {
        deliver(w, s, encoded);
        receivers++;
      }
    }
    if (kind == Kind.CHANNEL && !patterns.isEmpty()) {
      for (Map.Entry<ByteKey, Set<Session>> entry : patterns.entrySet()) {
        byte[] pattern = entry.getKey().bytes();
        if (Glob.matches(pattern, channel)) {
          Encoded encoded = new Encoded(Kind.PATTERN, pattern, channel, message);
          for (Session s : entry.getValue()) {
            deliver(w, s, encoded);
            receivers++;
          }
        }
      }
    }
    return receivers;
  }

  private static void deliver(Worker w, Session s, Encoded message) {
    w.deliver(s, message.bytes(s.resp3));
  }

  /** A message in the form of each protocol version, made when first wanted. */
  private static final class Encoded {
    private final Kind kind;
    private final byte @org.jspecify.annotations.Nullable [] pattern;
    private final byte[] channel;
    private final byte[] message;
    private final byte[] @org.jspecify.annotations.Nullable [] forms = new byte[2][];

    Encoded(
        Kind kind,
        byte @org.jspecify.annotations.Nullable [] pattern,
        byte[] channel,
        byte[] message) {
      this.kind = kind;
      this.pattern = pattern;
      this.channel = channel;
      this.message = message;
    }

    byte[] bytes(boolean resp3) {
      int form = resp3 ? 1 : 0;
      byte[] bytes = forms[form];
      if (bytes == null) {
        RespWriter writer = new RespWriter();
        writer.setResp3(resp3);
        writer.push(pattern == null ? 3 : 4);
        writer.bulk(kind.message);
        if (pattern != null) {
          writer.bulk(pattern);
        }
        writer.bulk(channel);
        writer.bulk(message);
        bytes = writer.toBytes();
        forms[form] = bytes;
      }
      return bytes;
    }
  }

  /** The channels that match a glob pattern; all of them when it is null. */
  public List<byte[]> channels(Kind kind, byte @org.jspecify.annotations.Nullable [] pattern) {
    List<byte[]> found = new ArrayList<>();
    for (ByteKey key : map(kind).keySet()) {
      if (pattern == null || Glob.matches(pattern, key.bytes())) {
        found.add(key.bytes());
      }
    }
    return found;
  }

  /** How many clients have subscribed to a channel by its name. */
  public int subscribers(Kind kind, byte[] channel) {
    Set<Session> sessions = map(kind).get(new ByteKey(channel));
    return sessions == null ? 0 : sessions.size();
  }

  /** How many different channels, patterns or shard channels somebody has subscribed to. */
  public int size(Kind kind) {
    return map(kind).size();
  }

  /** How many clients have subscribed to anything. */
  public int clients() {
    return subscribers.get();
  }
}
