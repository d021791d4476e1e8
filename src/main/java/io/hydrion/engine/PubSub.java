package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

  /*
   * Publishers run on many threads. All messages to one channel pass through one of a fixed number
   * of locks, so that all who get them get them in one order. A client changes its subscriptions
   * under its own monitor: the one who kills it may be another.
   *
   * A message to a client of another thread is queued there. Were it sent when the client has
   * unsubscribed meanwhile, it would come after the confirmation, where the client takes it for the
   * reply to its next command. So a queued message carries its subscription, and is dropped when
   * that has ended by then; what was queued before the client's commands were read is sent before
   * they run.
   */
  private static final int LOCKS = 64;

  private final Map<ByteKey, Map<Session, Subscription>> channels = new ConcurrentHashMap<>();
  private final Map<ByteKey, Map<Session, Subscription>> patterns = new ConcurrentHashMap<>();
  private final Map<ByteKey, Map<Session, Subscription>> shardChannels = new ConcurrentHashMap<>();
  private final AtomicInteger subscribers = new AtomicInteger();
  private final Object[] locks = new Object[LOCKS];

  PubSub() {
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  private Map<ByteKey, Map<Session, Subscription>> map(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARD_CHANNEL -> shardChannels;
    };
  }

  private static Map<ByteKey, Subscription> own(Session s, Kind kind) {
    return switch (kind) {
      case CHANNEL -> s.channels;
      case PATTERN -> s.patterns;
      case SHARD_CHANNEL -> s.shardChannels;
    };
  }

  /** Subscribes a client, and confirms. */
  public void subscribe(Session s, Kind kind, byte[] name, RespWriter out) {
    add(s, kind, new ByteKey(name));
    confirm(s, kind, kind.subscribed, name, out);
  }

  private void add(Session s, Kind kind, ByteKey key) {
    synchronized (s) {
      if (own(s, kind).containsKey(key)) {
        return;
      }
      boolean first = !s.isSubscribed();
      Subscription subscription = new Subscription();
      own(s, kind).put(key, subscription);
      map(kind)
          .compute(
              key,
              (k, old) -> {
                Map<Session, Subscription> sessions = old == null ? new ConcurrentHashMap<>() : old;
                sessions.put(s, subscription);
                return sessions;
              });
      s.updateSubscribed();
      if (first) {
        subscribers.incrementAndGet();
      }
    }
  }

  /** Confirmations come even to a client that has turned its replies off. */
  private static void confirm(
      Session s, Kind kind, String what, byte @Nullable [] name, RespWriter out) {
    boolean muted = out.isMuted();
    out.setMuted(false);
    out.push(3);
    out.bulk(what);
    if (name == null) {
      out.nil();
    } else {
      out.bulk(name);
    }
    out.integer(count(s, kind));
    out.setMuted(muted);
  }

  /** Unsubscribes a client, and confirms. */
  public void unsubscribe(Session s, Kind kind, byte[] name, RespWriter out) {
    remove(s, kind, new ByteKey(name));
    confirm(s, kind, kind.unsubscribed, name, out);
  }

  /** Unsubscribes a client from all of a kind, and confirms each; once when there was none. */
  public void unsubscribeAll(Session s, Kind kind, RespWriter out) {
    List<ByteKey> all = all(s, kind);
    for (ByteKey key : all) {
      unsubscribe(s, kind, key.bytes(), out);
    }
    if (all.isEmpty()) {
      confirm(s, kind, kind.unsubscribed, null, out);
    }
  }

  private static List<ByteKey> all(Session s, Kind kind) {
    synchronized (s) {
      return List.copyOf(own(s, kind).keySet());
    }
  }

  /** Unsubscribes a client from everything, silently. */
  public void forget(Session s) {
    for (Kind kind : Kind.values()) {
      for (ByteKey key : all(s, kind)) {
        remove(s, kind, key);
      }
    }
  }

  private void remove(Session s, Kind kind, ByteKey key) {
    synchronized (s) {
      Subscription subscription = own(s, kind).remove(key);
      if (subscription == null) {
        return;
      }
      subscription.end();
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
    ByteKey key = new ByteKey(channel);
    boolean matchesPatterns = kind == Kind.CHANNEL && !patterns.isEmpty();
    if (!matchesPatterns && !map(kind).containsKey(key)) {
      return 0;
    }
    int hash = key.hashCode();
    synchronized (locks[(hash ^ hash >>> 16) & LOCKS - 1]) {
      int receivers = deliver(w, map(kind).get(key), new Encoded(kind, null, channel, message));
      if (matchesPatterns) {
        for (Map.Entry<ByteKey, Map<Session, Subscription>> entry : patterns.entrySet()) {
          byte[] pattern = entry.getKey().bytes();
          if (Glob.matches(pattern, channel)) {
            Encoded encoded = new Encoded(Kind.PATTERN, pattern, channel, message);
            receivers += deliver(w, entry.getValue(), encoded);
          }
        }
      }
      return receivers;
    }
  }

  private static int deliver(Worker w, @Nullable Map<Session, Subscription> to, Encoded message) {
    if (to == null) {
      return 0;
    }
    int receivers = 0;
    for (Map.Entry<Session, Subscription> entry : to.entrySet()) {
      Session s = entry.getKey();
      w.deliver(s, message.bytes(s.resp3), entry.getValue());
      receivers++;
    }
    return receivers;
  }

  /** A message in the form of each protocol version, made when first wanted. */
  private static final class Encoded {
    private final Kind kind;
    private final byte @Nullable [] pattern;
    private final byte[] channel;
    private final byte[] message;
    private final byte[] @org.jspecify.annotations.Nullable [] forms = new byte[2][];

    Encoded(Kind kind, byte @Nullable [] pattern, byte[] channel, byte[] message) {
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
  public List<byte[]> channels(Kind kind, byte @Nullable [] pattern) {
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
    Map<Session, Subscription> sessions = map(kind).get(new ByteKey(channel));
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
