package io.hydrion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.ConfigException;
import io.hydrion.util.Bytes;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Servers inside a process: as many as one likes, and nothing is left of them. */
class EmbeddingTest {
  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(thread -> thread.getName() + " " + thread.threadId())
        .filter(name -> name.startsWith("hydrion") || name.startsWith("prober"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Config config() {
    Config.Builder config = Config.builder().port(0).bind("127.0.0.1").set("io-threads", "2");
    return config.set("enable-debug-command", "yes").build();
  }

  @Test
  void closedServer_leavesNoThreadDescriptorOrFile(@TempDir Path directory) throws Exception {
    assumeTrue(Descriptors.areKnown(), "no /proc");
    try (Hydrion first = Hydrion.start(config());
        Jedis jedis = new Jedis("localhost", first.port())) {
      jedis.ping(); // what the JVM opens once for all is open now
    }
    Set<String> threadsBefore = threads();
    List<String> descriptorsBefore = Descriptors.open();
    Config config =
        Config.builder()
            .port(0)
            .bind("127.0.0.1")
            .dir(directory)
            .unixsocket(directory.resolve("s.sock"))
            .build();
    for (int i = 0; i < 5; i++) {
      try (Hydrion server = Hydrion.start(config);
          Jedis jedis = new Jedis("localhost", server.port())) {
        jedis.set("k", "v");
        assertThat(server.client().get("k")).isEqualTo("v");
        assertThat(server.store().get(Bytes.of("k"))).isEqualTo(Bytes.of("v"));
        assertThat(threads()).hasSizeGreaterThan(threadsBefore.size());
      }
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> threadsBefore.containsAll(threads()));
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(descriptorsBefore).containsAll(Descriptors.open()));
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void manyServers_inOneProcess_knowNothingOfEachOther() {
    List<Hydrion> servers = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) {
        servers.add(Hydrion.start(config()));
        servers.get(i).client().set("me", "server " + i);
      }
      assertThat(servers.stream().map(Hydrion::port).distinct()).hasSize(10);
      for (int i = 0; i < 10; i++) {
        try (Jedis jedis = new Jedis("localhost", servers.get(i).port())) {
          assertThat(jedis.get("me")).isEqualTo("server " + i);
          assertThat(jedis.dbSize()).isEqualTo(1);
        }
      }
      servers.getFirst().close();
      assertThat(servers.getLast().client().get("me")).isEqualTo("server 9");
    } finally {
      servers.forEach(Hydrion::close);
    }
  }

  @Test
  void callersClock_isTheServersTime() {
    ManualClock clock = new ManualClock();
    try (Hydrion server = Hydrion.start(config(), clock)) {
      byte[] key = Bytes.of("k");
      server.store().set(key, Bytes.of("v"), 1000);
      server.client().call("SET", "other", "v", "PX", "1500");
      clock.advanceMillis(999);
      assertThat(server.store().exists(key)).isTrue();
      clock.advanceMillis(1);
      assertThat(server.store().exists(key)).isFalse();
      assertThat(server.client().call("GET", "k")).isNull();
      assertThat(server.client().call("PTTL", "other")).isEqualTo(500L);
      clock.advanceMillis(500);
      await().atMost(Duration.ofSeconds(10)).until(() -> server.store().size() == 0);
    }
  }

  @Test
  void store_andClients_seeTheSameKeys() {
    try (Hydrion server = Hydrion.start(config())) {
      byte[] key = Bytes.of("k");
      server.store().set(key, Bytes.of("value"));
      assertThat(server.client().get("k")).isEqualTo("value");
      byte[] room = new byte[3];
      assertThat(server.store().get(key, room)).isEqualTo(5);
      assertThat(room).isEqualTo(Bytes.of("val"));
      assertThat(server.store().delete(key)).isTrue();
      assertThat(server.store().delete(key)).isFalse();
      assertThat(server.store().get(key)).isNull();
      assertThat(server.store().get(key, room)).isEqualTo(-1);
      assertThatThrownBy(() -> server.store().set(key, key, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void change_throughTheStore_failsATransactionThatWatches() {
    try (Hydrion server = Hydrion.start(config());
        HydrionClient client = server.newClient()) {
      client.call("WATCH", "k");
      server.store().set(Bytes.of("k"), Bytes.of("v"));
      client.call("MULTI");
      client.call("GET", "k");
      assertThat(client.call("EXEC")).isNull();
    }
  }

  @Test
  void expiryAndMiss_seenThroughTheStore_arePublished() throws Exception {
    ManualClock clock = new ManualClock();
    try (Hydrion server = Hydrion.start(config(), clock);
        HydrionClient subscriber = server.newClient()) {
      server.client().call("CONFIG", "SET", "notify-keyspace-events", "Exm");
      server.client().call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      subscriber.call("PSUBSCRIBE", "*");
      server.store().set(Bytes.of("k"), Bytes.of("v"), 1000);
      clock.advanceMillis(1000);
      assertThat(server.store().exists(Bytes.of("k"))).isFalse();
      assertThat(server.store().get(Bytes.of("other"))).isNull();
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        List<?> message = (List<?>) subscriber.message(10_000);
        seen.add(Bytes.string((byte[]) message.getLast()));
      }
      assertThat(seen).containsExactly("k", "k", "other");
    }
  }

  @Test
  void errorReply_isAnException() {
    try (Hydrion server = Hydrion.start(config())) {
      assertThatThrownBy(() -> server.client().call("NOSUCH"))
          .isInstanceOf(HydrionClient.CommandException.class)
          .hasMessageStartingWith("ERR unknown command 'NOSUCH'");
    }
  }

  @Test
  void inProcessSubscriber_getsMessages() throws Exception {
    try (Hydrion server = Hydrion.start(config());
        HydrionClient subscriber = server.newClient()) {
      subscriber.call("SUBSCRIBE", "news");
      assertThat(server.client().call("PUBLISH", "news", "hello")).isEqualTo(1L);
      assertThat((List<Object>) subscriber.message(10_000))
          .containsExactly(Bytes.of("message"), Bytes.of("news"), Bytes.of("hello"));
    }
  }

  @Test
  void close_twice_andUseAfterwards() {
    Hydrion server = Hydrion.start(config());
    HydrionClient client = server.client();
    server.close();
    server.close();
    assertThatThrownBy(() -> client.call("PING")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void failedStart_leavesNothing() {
    Set<String> before = threads();
    try (Hydrion server = Hydrion.start(config())) {
      int port = server.port();
      assertThatThrownBy(() -> Hydrion.start(Config.builder().port(port).bind("127.0.0.1").build()))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("Failed listening on port " + port);
      assertThatThrownBy(
              () ->
                  Hydrion.start(
                      Config.builder().port(0).set("rename-command", "NOSUCH", "X").build()))
          .isInstanceOf(ConfigException.class);
    }
    assertThatThrownBy(
            () ->
                Hydrion.start(
                    Config.builder().set("transport", "nio").unixsocket(Path.of("s.sock")).build()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("unixsocket needs the epoll transport");
    await().atMost(Duration.ofSeconds(10)).until(() -> before.containsAll(threads()));
  }
}
