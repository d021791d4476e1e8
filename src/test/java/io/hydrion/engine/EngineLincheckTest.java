package io.hydrion.engine;

import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.protocol.RespReader;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Bytes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the engine's threads share, against the same without threads. */
@Tag("lincheck")
class EngineLincheckTest {
  private static final ManualClock CLOCK = new ManualClock();

  /** One for all: a new one for each of thousands of runs would take longer than the runs. */
  private static final Engine ENGINE =
      new Engine(
          new Settings(Config.builder().set("shards", "4").set("io-threads", "2").build()),
          List.of(),
          Map.of(),
          CLOCK,
          new SplittableRandom(1));

  static {
    ENGINE.setActiveExpiry(false);
  }

  @AfterAll
  static void stop() {
    ENGINE.close();
  }

  private static <O extends Options<O, ?>> O sized(
      O options, int iterations, int invocations, Class<?> model) {
    return options
        .iterations(iterations)
        .invocationsPerIteration(invocations)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .sequentialSpecification(model);
  }

  /** A client that counts what it is told. */
  private static final class Client implements Outlet {
    final Session session = new Session(1, this, "a:1", "b:2", true, false, 0);
    final AtomicInteger resumed = new AtomicInteger();

    @Override
    public void send(byte[] bytes) {}

    @Override
    public void close(boolean gently) {}

    @Override
    public void resume() {
      resumed.incrementAndGet();
    }

    @Override
    public long pendingBytes() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {}
  }

  // ---- Store: reads, writes and expiries of the embedding process's threads

  /** Keys of its own for each run, on the shared engine. */
  @Param(name = "key", gen = IntGen.class, conf = "0:1")
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static class StoreModel {
    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final DirectAccess ACCESS = new DirectAccess(ENGINE);
    private final int run = RUNS.incrementAndGet();

    private byte[] key(int key) {
      return Bytes.of(run + ":" + key);
    }

    @Operation
    public @Nullable String get(int key) {
      byte[] value = ACCESS.get(key(key));
      return value == null ? null : Bytes.string(value);
    }

    @Operation
    public void set(int key, int value) {
      ACCESS.set(key(key), Bytes.of("v" + value), 0);
    }

    @Operation
    public void setExpiring(int key, int value) {
      ACCESS.set(key(key), Bytes.of("w" + value), 10);
    }

    @Operation
    public boolean delete(int key) {
      return ACCESS.delete(key(key));
    }

    @Operation
    public boolean exists(int key) {
      return ACCESS.exists(key(key));
    }

    @Operation
    public void advance() {
      CLOCK.advanceMillis(6);
    }
  }

  /** The same as a map of values and deadlines. */
  public static class MapModel {
    private record Value(String text, long deadline) {}

    private final Map<Integer, Value> map = new HashMap<>();
    private long now;

    public @Nullable String get(int key) {
      Value value = map.get(key);
      return value == null || value.deadline <= now ? null : value.text;
    }

    public void set(int key, int value) {
      map.put(key, new Value("v" + value, Long.MAX_VALUE));
    }

    public void setExpiring(int key, int value) {
      map.put(key, new Value("w" + value, now + 10));
    }

    public boolean delete(int key) {
      boolean there = exists(key);
      map.remove(key);
      return there;
    }

    public boolean exists(int key) {
      return get(key) != null;
    }

    public void advance() {
      now += 6;
    }
  }

  @Test
  void store_underStress() {
    sized(new StressOptions(), 10, 500, MapModel.class).check(StoreModel.class);
  }

  // ---- PubSub: two clients, each on a thread of its own, and publishers

  /**
   * Counts of what a publisher and the clients are told. A client that goes leaves one channel
   * after the other, so all others look at the same one.
   */
  @Param(name = "channel", gen = IntGen.class, conf = "0:1")
  public static class PubSubModel {
    private final PubSub pubSub = new PubSub();
    private final Worker publisher = new Worker(ENGINE);
    private final Session[] sessions = {new Client().session, new Client().session};

    private long count(int session, boolean on, int channel) {
      RespWriter out = new RespWriter();
      byte[] name = Bytes.of("c" + channel);
      if (on) {
        pubSub.subscribe(sessions[session], PubSub.Kind.CHANNEL, name, out);
      } else {
        pubSub.unsubscribe(sessions[session], PubSub.Kind.CHANNEL, name, out);
      }
      RespReader reader = new RespReader(out.bytes(), out.length());
      return (Long) ((List<?>) reader.next()).get(2);
    }

    @Operation(nonParallelGroup = "first")
    public long subscribeFirst(int channel) {
      return count(0, true, channel);
    }

    @Operation(nonParallelGroup = "first")
    public long unsubscribeFirst(int channel) {
      return count(0, false, channel);
    }

    @Operation(nonParallelGroup = "first")
    public void forgetFirst() {
      pubSub.forget(sessions[0]);
    }

    @Operation(nonParallelGroup = "second")
    public long subscribeSecond() {
      return count(1, true, 1);
    }

    @Operation(nonParallelGroup = "publisher")
    public int publish() {
      return pubSub.publish(publisher, PubSub.Kind.CHANNEL, Bytes.of("c1"), Bytes.EMPTY);
    }

    @Operation
    public int subscribers() {
      return pubSub.subscribers(PubSub.Kind.CHANNEL, Bytes.of("c1"));
    }
  }

  /** The same as two sets. */
  public static class SetsModel {
    private final List<Set<Integer>> sets = List.of(new HashSet<>(), new HashSet<>());

    public long subscribeFirst(int channel) {
      sets.get(0).add(channel);
      return sets.get(0).size();
    }

    public long unsubscribeFirst(int channel) {
      sets.get(0).remove(channel);
      return sets.get(0).size();
    }

    public void forgetFirst() {
      sets.get(0).clear();
    }

    public long subscribeSecond() {
      sets.get(1).add(1);
      return sets.get(1).size();
    }

    public int publish() {
      return subscribers();
    }

    public int subscribers() {
      return (int) sets.stream().filter(set -> set.contains(1)).count();
    }
  }

  @Test
  void pubSub_underStress() {
    sized(new StressOptions(), 10, 1000, SetsModel.class).check(PubSubModel.class);
  }

  // ---- Watches: two clients and those who change keys

  /** WATCH, EXEC and changes, with the locks that commands take. */
  @Param(name = "key", gen = IntGen.class, conf = "0:2")
  public static class WatchModel {
    private static final byte[][] NAMES = {Bytes.of("a"), Bytes.of("b"), Bytes.of("c")};
    private final Keyspace keyspace = new Keyspace(4, 1, 1);
    private final Watches watches = new Watches(keyspace, () -> {});
    private final Session[] sessions = {new Client().session, new Client().session};

    private Entry entry(int key) {
      byte[] name = NAMES[key];
      return new Entry().key(name, 0, name.length, keyspace.seed());
    }

    private void watch(int session, int key) {
      Entry e = entry(key);
      keyspace.shardOfSlot(e.slot()).lock();
      try {
        watches.watch(sessions[session], 0, e, 0);
      } finally {
        keyspace.shardOfSlot(e.slot()).unlock();
      }
    }

    private boolean exec(int session) {
      Session s = sessions[session];
      long set = watches.shards(s);
      keyspace.lock(set);
      try {
        boolean runs = !s.dirty;
        watches.unwatchAll(s);
        return runs;
      } finally {
        keyspace.unlock(set);
      }
    }

    @Operation(nonParallelGroup = "first")
    public void watchFirst(int key) {
      watch(0, key);
    }

    @Operation(nonParallelGroup = "first")
    public boolean execFirst() {
      return exec(0);
    }

    @Operation(nonParallelGroup = "second")
    public void watchSecond(int key) {
      watch(1, key);
    }

    @Operation(nonParallelGroup = "second")
    public boolean execSecond() {
      return exec(1);
    }

    @Operation
    public void change(int key) {
      Entry e = entry(key);
      keyspace.shardOfSlot(e.slot()).lock();
      try {
        watches.changed(0, e);
      } finally {
        keyspace.shardOfSlot(e.slot()).unlock();
      }
    }
  }

  /** The same as sets of keys and two flags. */
  public static class FlagsModel {
    private final List<Set<Integer>> watched = List.of(new HashSet<>(), new HashSet<>());
    private final boolean[] dirty = new boolean[2];

    public void watchFirst(int key) {
      watched.get(0).add(key);
    }

    public boolean execFirst() {
      return exec(0);
    }

    public void watchSecond(int key) {
      watched.get(1).add(key);
    }

    public boolean execSecond() {
      return exec(1);
    }

    public void change(int key) {
      for (int i = 0; i < 2; i++) {
        dirty[i] |= watched.get(i).contains(key);
      }
    }

    private boolean exec(int session) {
      boolean runs = !dirty[session];
      dirty[session] = false;
      watched.get(session).clear();
      return runs;
    }
  }

  @Test
  void watches_underStress() {
    sized(new StressOptions(), 10, 1000, FlagsModel.class).check(WatchModel.class);
  }

  @Test
  void watches_inAnyInterleaving() {
    sized(new ModelCheckingOptions(), 5, 60, FlagsModel.class).check(WatchModel.class);
  }

  // ---- Pause: whoever is postponed is resumed once

  /** Pauses that begin and end while two clients send commands. */
  @Param(name = "client", gen = IntGen.class, conf = "0:1")
  public static class PauseModel {
    private static final Command GET =
        Command.row("get", 2, "string", "1.0.0", Flags.READONLY, "key")
            .summary("Reads.")
            .run((q, out) -> {});
    private final Pause pause = new Pause(ENGINE);
    private final Client[] clients = {new Client(), new Client()};

    public PauseModel() {
      CLOCK.advanceMillis(2_000_000); // what an earlier run began is over
    }

    @Operation
    public void begin() {
      pause.begin(Pause.Mode.ALL, CLOCK.millis() + 1_000_000);
    }

    @Operation
    public void end() {
      pause.end();
    }

    @Operation
    public boolean postpone(int client) {
      return pause.postpones(clients[client].session, GET);
    }

    @Operation
    public int postponed() {
      return pause.postponedCount();
    }

    @Operation
    public int resumed(int client) {
      return clients[client].resumed.get();
    }
  }

  /** The same as a flag, a set and two counts. */
  public static class CountsModel {
    private final Set<Integer> waiting = new HashSet<>();
    private final int[] resumed = new int[2];
    private boolean paused;

    public void begin() {
      paused = true;
    }

    public void end() {
      paused = false;
      waiting.forEach(client -> resumed[client]++);
      waiting.clear();
    }

    public boolean postpone(int client) {
      if (paused) {
        waiting.add(client);
      }
      return paused;
    }

    public int postponed() {
      return waiting.size();
    }

    public int resumed(int client) {
      return resumed[client];
    }
  }

  @Test
  void pause_underStress() {
    sized(new StressOptions(), 10, 500, CountsModel.class).check(PauseModel.class);
  }
}
