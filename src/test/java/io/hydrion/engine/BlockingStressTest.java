package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.util.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that push, pop, move, give up and leave: no item is lost and none comes twice. */
class BlockingStressTest {
  private static final int ITEMS = 4000;
  private static final List<String> KEYS = List.of("a", "b", "c", "d");

  private final Engine engine =
      new Engine(
          new Settings(Config.defaults()),
          BlockingTest.commands(),
          Map.of(),
          Clock.system(),
          new SplittableRandom(1));
  private final ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pushing = new AtomicInteger(2);

  @AfterEach
  void stop() {
    engine.close();
  }

  @Test
  void items_areTakenExactlyOnce() throws Exception {
    List<Callable<Void>> tasks =
        List.of(
            () -> push("x", new SplittableRandom(1)),
            () -> push("y", new SplittableRandom(2)),
            () -> pop(new SplittableRandom(3)),
            () -> pop(new SplittableRandom(4)),
            () -> move(new SplittableRandom(5)),
            () -> disturb(new SplittableRandom(6)));
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<Void>> running = new ArrayList<>();
      tasks.forEach(task -> running.add(threads.submit(task)));
      for (Future<Void> each : running) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
    TestClient last = new TestClient(engine);
    for (String key : KEYS) {
      for (Object reply; (reply = last.call("TBPOP", key, "1")) instanceof List<?>; ) {
        note(reply);
      }
      last.awaitReply();
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < ITEMS; i++) {
      expected.addAll(List.of("x" + i, "y" + i));
    }
    List<String> found = new ArrayList<>(taken);
    Collections.sort(expected);
    Collections.sort(found);
    assertThat(found).isEqualTo(expected);
    assertThat(engine.blocking().size()).isZero();
    assertThat(engine.blocking().timedSize()).isZero();
  }

  private void note(@Nullable Object reply) {
    if (reply instanceof List<?> pair) {
      taken.add((String) pair.get(1));
    }
  }

  private static String key(RandomGenerator random) {
    return KEYS.get(random.nextInt(KEYS.size()));
  }

  private Void push(String prefix, RandomGenerator random) throws InterruptedException {
    TestClient client = new TestClient(engine);
    for (int i = 0; i < ITEMS; i++) {
      String[] push = {"TPUSH", key(random), prefix + i};
      if (random.nextInt(4) == 0) {
        client.pipeline(new String[] {"MULTI"}, push, new String[] {"EXEC"});
      } else {
        client.call(push);
      }
      if (random.nextInt(20) == 0) {
        Thread.sleep(1 + random.nextInt(2)); // so that waits end in vain as often as not
      }
    }
    pushing.decrementAndGet();
    return null;
  }

  private Void pop(RandomGenerator random) {
    TestClient client = new TestClient(engine);
    while (pushing.get() > 0) {
      String timeout = Integer.toString(1 + random.nextInt(3));
      Object reply = client.call("TBPOP", key(random), key(random), timeout);
      if (!TestClient.BLOCKED.equals(reply)) {
        note(reply);
      } else if (random.nextInt(10) == 0) {
        client.disconnect().forEach(this::note);
        client = new TestClient(engine);
      } else {
        note(client.awaitReply());
      }
    }
    client.disconnect();
    return null;
  }

  private Void move(RandomGenerator random) {
    TestClient client = new TestClient(engine);
    while (pushing.get() > 0) {
      if (TestClient.BLOCKED.equals(client.call("TBMOVE", key(random), key(random), "2"))) {
        client.awaitReply();
      }
    }
    client.disconnect();
    return null;
  }

  /** Unblocks whoever waits, and exchanges databases back and forth. */
  private Void disturb(RandomGenerator random) throws InterruptedException {
    TestClient client = new TestClient(engine);
    while (pushing.get() > 0) {
      for (Session s : engine.sessions().all()) {
        client.call("CLIENT", "UNBLOCK", Long.toString(s.id()), "TIMEOUT");
      }
      if (random.nextInt(10) == 0) {
        List<String[]> swaps =
            Arrays.asList(new String[] {"SWAPDB", "0", "1"}, new String[] {"SWAPDB", "0", "1"});
        client.pipeline(new String[] {"MULTI"}, swaps.get(0), swaps.get(1), new String[] {"EXEC"});
      }
      Thread.sleep(1);
    }
    client.disconnect();
    return null;
  }
}
