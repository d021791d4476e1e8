package io.hydrion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hydrion.junit.HydrionTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.args.BitOP;
import redis.clients.jedis.args.ExpiryOption;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

@HydrionTest
class JedisTest {
  private static final int PIPELINED = 100_000;
  private final Hydrion server;

  JedisTest(Hydrion server) {
    this.server = server;
  }

  private Jedis connect(RedisProtocol protocol) {
    return new Jedis(
        new HostAndPort("localhost", server.port()),
        DefaultJedisClientConfig.builder()
            .protocol(protocol)
            .clientName("jedis-test")
            .socketTimeoutMillis(30_000)
            .build());
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void strings(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.set("k", "ü")).isEqualTo("OK");
      assertThat(jedis.get("k")).isEqualTo("ü");
      assertThat(jedis.get("none")).isNull();
      assertThat(jedis.mset("a", "1", "b", "2")).isEqualTo("OK");
      assertThat(jedis.mget("a", "none", "b")).containsExactly("1", null, "2");
      assertThat(jedis.incr("n")).isEqualTo(1);
      assertThat(jedis.incrByFloat("f", 1.5)).isEqualTo(1.5);
      assertThat(jedis.append("k", "x")).isEqualTo(3);
      assertThat(jedis.set("k", "v", SetParams.setParams().nx())).isNull();
      assertThat(jedis.set("t", "v", SetParams.setParams().px(50_000))).isEqualTo("OK");
      assertThat(jedis.pttl("t")).isBetween(1L, 50_000L);
      assertThat(jedis.dbSize()).isEqualTo(6);
      assertThat(jedis.del("a", "b", "none")).isEqualTo(2);
      assertThat(jedis.exists("a")).isFalse();
      assertThat(jedis.type("k")).isEqualTo("string");
      assertThatThrownBy(() -> jedis.incr("k"))
          .isInstanceOf(JedisDataException.class)
          .hasMessage("ERR value is not an integer or out of range");
      assertThat(jedis.clientGetname()).isEqualTo("jedis-test");
      assertThat(jedis.configGet("maxmemory-policy"))
          .containsEntry("maxmemory-policy", "noeviction");
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void scan_givesEveryKey(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      Set<String> expected = new HashSet<>();
      for (int i = 0; i < 500; i++) {
        jedis.set("key:" + i, "v");
        expected.add("key:" + i);
      }
      Set<String> found = new HashSet<>();
      String cursor = ScanParams.SCAN_POINTER_START;
      int rounds = 0;
      do {
        ScanResult<String> page = jedis.scan(cursor, new ScanParams().match("key:*").count(50));
        found.addAll(page.getResult());
        cursor = page.getCursor();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START) && rounds++ < 100_000);
      assertThat(found).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void pipeline_ofManyCommandsWithoutReading_isAnsweredInOrder(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> counts = new ArrayList<>(PIPELINED);
      for (int i = 0; i < PIPELINED; i++) {
        counts.add(pipeline.incr("n"));
      }
      pipeline.sync();
      for (int i = 0; i < PIPELINED; i++) {
        assertThat(counts.get(i).get()).isEqualTo(i + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void transactions(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol);
        Jedis other = connect(protocol)) {
      Transaction transaction = jedis.multi();
      transaction.set("k", "1");
      Response<Long> n = transaction.incr("k");
      assertThat(other.get("k")).isNull();
      assertThat(transaction.exec()).containsExactly("OK", 2L);
      assertThat(n.get()).isEqualTo(2);

      jedis.watch("k");
      other.set("k", "changed");
      Transaction failing = jedis.multi();
      failing.set("k", "mine");
      assertThat(failing.exec()).isNull();
      assertThat(jedis.get("k")).isEqualTo("changed");

      Transaction discarded = jedis.multi();
      discarded.set("k", "mine");
      assertThat(discarded.discard()).isEqualTo("OK");
      assertThat(jedis.get("k")).isEqualTo("changed");
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void pubSub(RedisProtocol protocol) throws Exception {
    CountDownLatch subscribed = new CountDownLatch(2);
    LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    JedisPubSub listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int count) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(String channel, String message) {
            messages.add(channel + "=" + message);
            if (message.equals("end")) {
              unsubscribe();
            }
          }
        };
    Thread thread =
        new Thread(
            () -> {
              try (Jedis jedis = connect(protocol)) {
                jedis.subscribe(listener, "a", "b");
              }
            });
    thread.start();
    assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
    try (Jedis jedis = connect(protocol)) {
      assertThat(jedis.publish("a", "1")).isEqualTo(1);
      assertThat(jedis.publish("b", "2")).isEqualTo(1);
      assertThat(jedis.publish("c", "3")).isZero();
      assertThat(jedis.pubsubNumSub("a")).containsEntry("a", 1L);
      jedis.publish("a", "end");
    }
    thread.join(20_000);
    assertThat(thread.isAlive()).isFalse();
    assertThat(messages).containsExactly("a=1", "b=2", "a=end");
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void bitmapsAndExpiry(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      assertThat(jedis.setbit("bits", 7, true)).isFalse();
      assertThat(jedis.getbit("bits", 7)).isTrue();
      assertThat(jedis.bitcount("bits")).isEqualTo(1);
      assertThat(jedis.bitpos("bits", true)).isEqualTo(7);
      assertThat(jedis.bitop(BitOP.NOT, "not", "bits")).isEqualTo(1);
      assertThat(jedis.bitcount("not")).isEqualTo(7);
      assertThat(jedis.bitfield("bits", "INCRBY", "u8", "0", "4", "GET", "u4", "4"))
          .containsExactly(5L, 5L);

      assertThat(jedis.expire("bits", 100)).isEqualTo(1);
      assertThat(jedis.ttl("bits")).isBetween(1L, 100L);
      assertThat(jedis.expire("bits", 50, ExpiryOption.GT)).isZero();
      assertThat(jedis.persist("bits")).isEqualTo(1);
      assertThat(jedis.ttl("bits")).isEqualTo(-1);
      assertThat(jedis.expireAt("bits", 1)).isEqualTo(1);
      assertThat(jedis.exists("bits")).isFalse();
      assertThat(jedis.ttl("bits")).isEqualTo(-2);
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void patternsAndKeyspaceEvents(RedisProtocol protocol) throws Exception {
    CountDownLatch subscribed = new CountDownLatch(2);
    LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    JedisPubSub listener =
        new JedisPubSub() {
          @Override
          public void onPSubscribe(String pattern, int count) {
            subscribed.countDown();
          }

          @Override
          public void onPMessage(String pattern, String channel, String message) {
            messages.add(pattern + " " + channel + "=" + message);
            if (message.equals("end")) {
              punsubscribe();
            }
          }
        };
    Thread thread =
        new Thread(
            () -> {
              try (Jedis jedis = connect(protocol)) {
                jedis.psubscribe(listener, "__key*__:*", "news.*");
              }
            });
    thread.start();
    assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
    try (Jedis jedis = connect(protocol)) {
      jedis.configSet("notify-keyspace-events", "KEA");
      jedis.set("k", "v");
      jedis.del("k");
      jedis.publish("news.a", "end");
      jedis.configSet("notify-keyspace-events", "");
    }
    thread.join(20_000);
    assertThat(messages)
        .containsExactly(
            "__key*__:* __keyspace@0__:k=set",
            "__key*__:* __keyevent@0__:set=k",
            "__key*__:* __keyspace@0__:k=del",
            "__key*__:* __keyevent@0__:del=k",
            "news.* news.a=end");
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void shardChannels(RedisProtocol protocol) throws Exception {
    CountDownLatch subscribed = new CountDownLatch(1);
    LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    JedisShardedPubSub listener =
        new JedisShardedPubSub() {
          @Override
          public void onSSubscribe(String channel, int count) {
            subscribed.countDown();
          }

          @Override
          public void onSMessage(String channel, String message) {
            messages.add(channel + "=" + message);
            sunsubscribe();
          }
        };
    Thread thread =
        new Thread(
            () -> {
              try (Jedis jedis = connect(protocol)) {
                listener.proceed(jedis.getConnection(), "a");
              }
            });
    thread.start();
    assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
    try (Jedis jedis = connect(protocol)) {
      assertThat(jedis.sendCommand(Protocol.Command.SPUBLISH, "a", "1")).isEqualTo(1L);
      assertThat(jedis.publish("a", "not of the shard")).isZero();
    }
    thread.join(20_000);
    assertThat(thread.isAlive()).isFalse();
    assertThat(messages).containsExactly("a=1");
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void client_saysItsName_andReconnectsWhenKilled(RedisProtocol protocol) {
    try (RedisClient client =
            RedisClient.builder()
                .hostAndPort("localhost", server.port())
                .clientConfig(
                    DefaultJedisClientConfig.builder()
                        .protocol(protocol)
                        .clientName("victim")
                        .build())
                .build();
        Jedis killer = connect(protocol)) {
      client.set("k", "v");
      String line =
          killer.clientList().lines().filter(l -> l.contains("name=victim")).findFirst().get();
      assertThat(line).contains("lib-name=jedis").contains("lib-ver=8.0.2");
      String address = line.replaceAll(".* addr=(\\S+) .*", "$1");
      assertThat(killer.clientKill(address)).isEqualTo("OK");
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> client.get("k") != null);
    }
  }

  @Test
  void pooledClient_ofManyThreads_losesNothing() throws Exception {
    try (RedisClient client = RedisClient.create("localhost", server.port())) {
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; i < 1000; i++) {
                    client.incr("n");
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join(60_000);
      }
      assertThat(client.get("n")).isEqualTo("4000");
    }
  }
}
