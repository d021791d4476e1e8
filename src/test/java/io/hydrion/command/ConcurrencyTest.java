package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions and messages when clients of several threads meet. */
class ConcurrencyTest {
  private static final int CLIENTS = 4;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Hydrion server;

  @BeforeEach
  void start() {
    server =
        Hydrion.start(
            Config.builder()
                .port(0)
                .bind("127.0.0.1")
                .set("io-threads", "4")
                .set("shards", "16")
                .build());
  }

  @AfterEach
  void stop() throws InterruptedException {
    threads.shutdownNow();
    server.close();
    threads.awaitTermination(10, TimeUnit.SECONDS);
  }

  /** Runs a task on so many threads, and waits for all. */
  private void parallel(int count, Callable<Void> task) throws Exception {
    List<Future<Void>> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      running.add(threads.submit(task));
    }
    for (Future<Void> each : running) {
      each.get(60, TimeUnit.SECONDS);
    }
  }

  private static String[] words(String... words) {
    return words;
  }

  @Test
  void watchedIncrements_areNeverLost() throws Exception {
    int rounds = 150;
    AtomicInteger refused = new AtomicInteger();
    String[] keys = {"alpha", "beta", "gamma"};
    parallel(
        CLIENTS,
        () -> {
          try (TestSocket s = new TestSocket(server.port())) {
            for (int done = 0; done < rounds; ) {
              assertThat(s.call("WATCH", keys[0], keys[1], keys[2])).isEqualTo("OK");
              List<?> values = (List<?>) s.call("MGET", keys[0], keys[1], keys[2]);
              assertThat(new HashSet<>(values)).as("all keys change as one").hasSize(1);
              Object value = values.get(0);
              long old = value == null ? 0 : Long.parseLong((String) value);
              String next = Long.toString(old + 1);
              s.send(
                  words("MULTI"),
                  words("SET", keys[0], next),
                  words("SET", keys[1], next),
                  words("SET", keys[2], next),
                  words("EXEC"));
              if (s.read(5).get(4) == null) {
                refused.incrementAndGet();
              } else {
                done++;
              }
            }
          }
          return null;
        });
    try (TestSocket s = new TestSocket(server.port())) {
      for (String key : keys) {
        assertThat(s.call("GET", key)).isEqualTo(Integer.toString(CLIENTS * rounds));
      }
      assertThat((String) s.call("INFO", "clients")).contains("total_watched_keys:0");
    }
    assertThat(refused.get()).as("transactions did meet").isPositive();
  }

  @Test
  void transactionsThatWalk_doNotDeadlockWithOthers() throws Exception {
    parallel(
        CLIENTS,
        () -> {
          try (TestSocket s = new TestSocket(server.port())) {
            for (int i = 0; i < 150; i++) {
              s.send(
                  words("MULTI"),
                  words("INCR", "k" + i % 7),
                  words("SCAN", "0"),
                  words("DBSIZE"),
                  words("MSET", "x" + i, "1", "y" + i, "2"),
                  words("KEYS", "k*"),
                  words("EXEC"),
                  words("MSET", "y" + i, "1", "x" + i, "2"),
                  words("MGET", "x" + i, "y" + i));
              List<?> replies = s.read(9);
              assertThat((List<?>) replies.get(6)).hasSize(5);
              assertThat((List<?>) replies.get(8)).hasSize(2);
            }
          }
          return null;
        });
    try (TestSocket s = new TestSocket(server.port())) {
      long sum = 0;
      for (int i = 0; i < 7; i++) {
        sum += Long.parseLong((String) s.call("GET", "k" + i));
      }
      assertThat(sum).isEqualTo(CLIENTS * 150L);
    }
  }

  @Test
  void messagesOfOneChannel_comeInOneOrder() throws Exception {
    int messages = 200;
    List<TestSocket> subscribers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      TestSocket s = new TestSocket(server.port());
      subscribers.add(s);
      Object confirmed = i < 2 ? s.call("SUBSCRIBE", "news") : s.call("PSUBSCRIBE", "n*");
      assertThat((List<?>) confirmed).last().isEqualTo(1L);
    }
    AtomicInteger publishers = new AtomicInteger();
    parallel(
        2,
        () -> {
          String name = "p" + publishers.getAndIncrement() + ":";
          try (TestSocket s = new TestSocket(server.port())) {
            for (int i = 0; i < messages; i++) {
              assertThat(s.call("PUBLISH", "news", name + i)).isEqualTo(3L);
            }
          }
          return null;
        });
    List<List<Object>> seen = new ArrayList<>();
    for (TestSocket s : subscribers) {
      List<Object> texts = new ArrayList<>();
      for (int i = 0; i < 2 * messages; i++) {
        texts.add(((List<?>) s.read()).getLast());
      }
      seen.add(texts);
      s.close();
    }
    assertThat(seen.get(1)).isEqualTo(seen.get(0));
    assertThat(seen.get(2)).isEqualTo(seen.get(0));
  }

  @Test
  void noMessage_followsTheEndOfItsSubscription() throws Exception {
    String[][] commands = new String[302][];
    Arrays.fill(commands, words("PING")); // messages come while these run
    commands[300] = words("UNSUBSCRIBE", "news");
    String[][] messages = new String[50][];
    Arrays.fill(messages, words("PUBLISH", "news", "m"));
    AtomicBoolean stop = new AtomicBoolean();
    Future<Void> publisher =
        threads.submit(
            () -> {
              try (TestSocket s = new TestSocket(server.port())) {
                while (!stop.get()) {
                  s.send(messages);
                  s.read(messages.length);
                }
              }
              return null;
            });
    try {
      parallel(
          2,
          () -> {
            try (TestSocket s = new TestSocket(server.port())) {
              for (int i = 0; i < 200; i++) {
                s.send(words("SUBSCRIBE", "news"));
                assertThat((List<?>) s.read()).first().isEqualTo("subscribe");
                s.send(commands);
                Object reply = s.read();
                while (reply instanceof List<?> list && !list.get(0).equals("unsubscribe")) {
                  reply = s.read(); // a message or a pong
                }
                assertThat(reply).isEqualTo(List.of("unsubscribe", "news", 0L));
                assertThat(s.read()).isEqualTo("PONG");
              }
            }
            return null;
          });
    } finally {
      stop.set(true);
    }
    publisher.get(30, TimeUnit.SECONDS);
  }

  @Test
  void transactionThatHoldsTooMuch_endsTheConnection() throws Exception {
    try (TestSocket s = new TestSocket(server.port());
        TestSocket other = new TestSocket(server.port())) {
      assertThat(other.call("CONFIG", "SET", "client-query-buffer-limit", "1mb")).isEqualTo("OK");
      assertThat(s.call("MULTI")).isEqualTo("OK");
      String value = "x".repeat(400_000);
      assertThat(s.call("SET", "a", value)).isEqualTo("QUEUED");
      assertThat(s.call("SET", "b", value)).isEqualTo("QUEUED");
      assertThatThrownBy(
              () -> {
                s.send(words("SET", "c", value), words("EXEC"));
                s.read(3);
              })
          .isInstanceOf(IOException.class);
      assertThat(other.call("DBSIZE")).isEqualTo(0L);
    }
  }

  @Test
  void killedClients_areGoneAtOnce() throws Exception {
    try (TestSocket killer = new TestSocket(server.port())) {
      for (int i = 0; i < 50; i++) {
        TestSocket victim = new TestSocket(server.port());
        Object id = victim.call("CLIENT", "ID");
        victim.call("SUBSCRIBE", "news");
        assertThat(killer.call("CLIENT", "KILL", "ID", String.valueOf(id))).isEqualTo(1L);
        assertThat(killer.call("CLIENT", "LIST", "ID", String.valueOf(id))).isEqualTo("");
        assertThat(killer.call("PUBSUB", "NUMSUB", "news")).isEqualTo(List.of("news", 0L));
        victim.close();
      }
    }
  }
}
