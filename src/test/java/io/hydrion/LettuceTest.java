package io.hydrion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hydrion.junit.HydrionTest;
import io.lettuce.core.BitFieldArgs;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ExpireArgs;
import io.lettuce.core.KeyValue;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@HydrionTest
class LettuceTest {
  private static final int PIPELINED = 100_000;
  private final Hydrion server;
  private RedisClient client;

  LettuceTest(Hydrion server) {
    this.server = server;
  }

  private RedisClient client(ProtocolVersion protocol) {
    client =
        RedisClient.create(
            RedisURI.builder()
                .withHost("localhost")
                .withPort(server.port())
                .withTimeout(Duration.ofSeconds(60))
                .withClientName("lettuce-test")
                .build());
    client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
    return client;
  }

  @AfterEach
  void shutdown() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void strings(ProtocolVersion protocol) {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect()) {
      RedisCommands<String, String> redis = connection.sync();
      assertThat(redis.ping()).isEqualTo("PONG");
      assertThat(redis.set("k", "ü")).isEqualTo("OK");
      assertThat(redis.get("k")).isEqualTo("ü");
      assertThat(redis.get("none")).isNull();
      assertThat(redis.mset(java.util.Map.of("a", "1", "b", "2"))).isEqualTo("OK");
      assertThat(redis.mget("a", "none", "b"))
          .containsExactly(
              KeyValue.just("a", "1"), KeyValue.empty("none"), KeyValue.just("b", "2"));
      assertThat(redis.incr("n")).isEqualTo(1);
      assertThat(redis.set("t", "v", SetArgs.Builder.px(50_000))).isEqualTo("OK");
      assertThat(redis.pttl("t")).isBetween(1L, 50_000L);
      assertThat(redis.set("k", "v", SetArgs.Builder.nx())).isNull();
      assertThat(redis.dbsize()).isEqualTo(5);
      assertThat(redis.del("a", "b", "none")).isEqualTo(2);
      assertThatThrownBy(() -> redis.incr("k"))
          .isInstanceOf(RedisCommandExecutionException.class)
          .hasMessage("ERR value is not an integer or out of range");
      assertThat(redis.clientGetname()).isEqualTo("lettuce-test");
      assertThat(redis.command()).hasSizeGreaterThan(20);
      assertThat(redis.configGet("databases")).containsEntry("databases", "16");
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void scan_givesEveryKey(ProtocolVersion protocol) {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect()) {
      RedisCommands<String, String> redis = connection.sync();
      Set<String> expected = new HashSet<>();
      for (int i = 0; i < 500; i++) {
        redis.set("key:" + i, "v");
        expected.add("key:" + i);
      }
      Set<String> found = new HashSet<>();
      ScanIterator<String> scan = ScanIterator.scan(redis);
      for (int i = 0; i < 100_000 && scan.hasNext(); i++) {
        found.add(scan.next());
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void pipeline_ofManyCommandsFlushedAtOnce_isAnsweredInOrder(ProtocolVersion protocol)
      throws Exception {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect()) {
      connection.setAutoFlushCommands(false);
      RedisAsyncCommands<String, String> redis = connection.async();
      List<RedisFuture<Long>> counts = new ArrayList<>(PIPELINED);
      for (int i = 0; i < PIPELINED; i++) {
        counts.add(redis.incr("n"));
      }
      connection.flushCommands();
      for (int i = 0; i < PIPELINED; i++) {
        assertThat(counts.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(i + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void transactions(ProtocolVersion protocol) {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect();
        StatefulRedisConnection<String, String> elsewhere = client.connect()) {
      RedisCommands<String, String> redis = connection.sync();
      redis.multi();
      redis.set("k", "1");
      redis.incr("k");
      TransactionResult result = redis.exec();
      assertThat(result.wasDiscarded()).isFalse();
      assertThat(result.stream().toList()).containsExactly("OK", 2L);

      redis.watch("k");
      elsewhere.sync().set("k", "changed");
      redis.multi();
      redis.set("k", "mine");
      assertThat(redis.exec().wasDiscarded()).isTrue();
      assertThat(redis.get("k")).isEqualTo("changed");
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void pubSub(ProtocolVersion protocol) throws Exception {
    LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    try (StatefulRedisPubSubConnection<String, String> subscriber =
            client(protocol).connectPubSub();
        StatefulRedisConnection<String, String> connection = client.connect()) {
      subscriber.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
              messages.add(channel + "=" + message);
            }

            @Override
            public void message(String pattern, String channel, String message) {
              messages.add(pattern + ":" + channel + "=" + message);
            }
          });
      subscriber.sync().subscribe("a");
      subscriber.sync().psubscribe("b*");
      assertThat(connection.sync().publish("a", "1")).isEqualTo(1);
      assertThat(connection.sync().publish("bc", "2")).isEqualTo(1);
      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("a=1");
      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("b*:bc=2");
      subscriber.sync().unsubscribe("a");
      assertThat(connection.sync().publish("a", "3")).isZero();
      if (protocol == ProtocolVersion.RESP3) {
        assertThat(subscriber.sync().ping()).isEqualTo("PONG");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void bitmapsAndExpiry(ProtocolVersion protocol) {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect()) {
      RedisCommands<String, String> redis = connection.sync();
      assertThat(redis.setbit("bits", 7, 1)).isZero();
      assertThat(redis.getbit("bits", 7)).isEqualTo(1);
      assertThat(redis.bitcount("bits")).isEqualTo(1);
      assertThat(redis.bitpos("bits", true)).isEqualTo(7);
      assertThat(redis.bitopNot("not", "bits")).isEqualTo(1);
      assertThat(
              redis.bitfield("bits", BitFieldArgs.Builder.incrBy(BitFieldArgs.unsigned(8), 0, 4)))
          .containsExactly(5L);

      assertThat(redis.expire("bits", 100)).isTrue();
      assertThat(redis.ttl("bits")).isBetween(1L, 100L);
      assertThat(redis.expire("bits", 50, ExpireArgs.Builder.gt())).isFalse();
      assertThat(redis.persist("bits")).isTrue();
      assertThat(redis.ttl("bits")).isEqualTo(-1);
      assertThat(redis.expireat("bits", 1)).isTrue();
      assertThat(redis.ttl("bits")).isEqualTo(-2);
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void shardChannelsAndKeyspaceEvents(ProtocolVersion protocol) throws Exception {
    LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    try (StatefulRedisPubSubConnection<String, String> subscriber =
            client(protocol).connectPubSub();
        StatefulRedisConnection<String, String> connection = client.connect()) {
      subscriber.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String pattern, String channel, String message) {
              messages.add(channel + "=" + message);
            }

            @Override
            public void smessage(String shardChannel, String message) {
              messages.add("shard " + shardChannel + "=" + message);
            }
          });
      subscriber.sync().ssubscribe("a");
      subscriber.sync().psubscribe("__key*__:*");
      RedisCommands<String, String> redis = connection.sync();
      redis.configSet("notify-keyspace-events", "KEA");
      assertThat(redis.spublish("a", "1")).isEqualTo(1);
      redis.set("k", "v");
      redis.configSet("notify-keyspace-events", "");
      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("shard a=1");
      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("__keyspace@0__:k=set");
      assertThat(messages.poll(20, TimeUnit.SECONDS)).isEqualTo("__keyevent@0__:set=k");
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void client_saysItsName_andReconnectsWhenKilled(ProtocolVersion protocol) {
    try (StatefulRedisConnection<String, String> connection = client(protocol).connect();
        StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub();
        StatefulRedisConnection<String, String> elsewhere = client.connect()) {
      LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
      subscriber.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
              messages.add(message);
            }
          });
      subscriber.sync().subscribe("news");
      RedisCommands<String, String> redis = connection.sync();
      redis.set("k", "v");
      long id = redis.clientId();
      RedisCommands<String, String> killer = elsewhere.sync();
      await() // the client says its name without waiting for an answer
          .atMost(Duration.ofSeconds(20))
          .until(() -> line(killer, id).contains("lib-name=Lettuce"));
      assertThat(line(killer, id)).contains("name=lettuce-test").contains("lib-ver=7.7.0");
      assertThat(killer.clientKill(KillArgs.Builder.id(id))).isEqualTo(1);
      assertThat(killer.clientKill(KillArgs.Builder.typePubsub())).isEqualTo(1);
      await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> redis.get("k") != null);
      await().atMost(Duration.ofSeconds(20)).until(() -> killer.publish("news", "again") == 1);
      await().atMost(Duration.ofSeconds(20)).until(() -> messages.contains("again"));
    }
  }

  private static String line(RedisCommands<String, String> by, long id) {
    return by.clientList()
        .lines()
        .filter(l -> l.startsWith("id=" + id + " "))
        .findFirst()
        .orElse("");
  }
}
