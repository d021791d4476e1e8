package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrion.config.RealRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real redis-server loads our files, and we load its, to the same content. */
@SuppressWarnings("try") // nobody interrupts a test
class RdbRedisTest {
  @TempDir Path directory;
  private final long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
  private final Random random = new Random(seed);

  RdbRedisTest() {
    System.out.println("RdbRedisTest seed " + seed);
  }

  @BeforeEach
  void redisIsThere() {
    assumeTrue(RealRedis.isInstalled());
  }

  private RealRedis start(String... more) throws Exception {
    int port = RealRedis.freePort();
    List<String> args = new ArrayList<>(List.of("--port", Integer.toString(port)));
    args.addAll(List.of("--enable-debug-command", "yes", "--save", ""));
    args.addAll(List.of("--list-max-listpack-size", "20", "--sanitize-dump-payload", "yes"));
    args.addAll(List.of(more));
    return RealRedis.start(directory, port, args.toArray(String[]::new));
  }

  private byte[] saved(RealRedis redis) throws IOException {
    assertThat(redis.call("SAVE")).containsExactly("OK");
    return Files.readAllBytes(directory.resolve("dump.rdb"));
  }

  private String word() {
    return switch (random.nextInt(5)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 1 -> "x".repeat(random.nextInt(300));
      case 2 -> "\u0000\u00ff\r\n" + random.nextInt(1000);
      case 3 -> "word" + random.nextInt(100_000) + "y".repeat(random.nextInt(80));
      default -> "m" + random.nextInt(1000);
    };
  }

  /** Keys of every type in every encoding that Redis 7.0 has. */
  private void fill(RealRedis redis) throws IOException {
    int[] sizes = {1, 5, 40, 130, 600};
    for (int database : new int[] {0, 3, 15}) {
      redis.call("SELECT", Integer.toString(database));
      for (int size : sizes) {
        for (int i = 0; i < size; i++) {
          redis.call("SET", "string:" + size + ":" + i, word());
          redis.call("RPUSH", "list:" + size, word());
          redis.call("SADD", "set:" + size, word());
          redis.call("SADD", "integers:" + size, Integer.toString(random.nextInt(1 << size % 31)));
          redis.call("ZADD", "zset:" + size, Double.toString(random.nextGaussian()), word());
          redis.call("HSET", "hash:" + size, word(), word());
          redis.call("XADD", "stream:" + size, "MAXLEN", "500", "1-*", word(), word(), "f", word());
          redis.call("XADD", "same:" + size, "*", "field", word(), "other", word());
        }
        redis.call("ZADD", "zset:" + size, "inf", "a", "-inf", "b", "0", "c", "1e300", "d");
        redis.call("PEXPIREAT", "hash:" + size, "4000000000123");
        redis.call("EXPIREAT", "string:" + size + ":0", "4000000000");
        groups(redis, "stream:" + size);
      }
      redis.call("SET", "large", "abc".repeat(100_000));
      redis.call("RPUSH", "largeElements", "q".repeat(10_000), word(), "r".repeat(70_000));
      redis.call("XGROUP", "CREATE", "emptyStream", "g", "$", "MKSTREAM");
      redis.call("XADD", "gone", "5-5", "a", "b");
      redis.call("XDEL", "gone", "5-5");
    }
    redis.call("FUNCTION", "LOAD", "#!lua name=one\nredis.register_function('f', function() end)");
    redis.call("FUNCTION", "LOAD", "#!lua name=two\nredis.register_function('g', function() end)");
    redis.call("SELECT", "0");
  }

  private void groups(RealRedis redis, String key) throws IOException {
    for (String group : List.of("g1", "g2")) {
      redis.call("XGROUP", "CREATE", key, group, "0");
      for (String consumer : List.of("alice", "bob")) {
        String count = Integer.toString(1 + random.nextInt(30));
        redis.call("XREADGROUP", "GROUP", group, consumer, "COUNT", count, "STREAMS", key, ">");
      }
      redis.call("XGROUP", "CREATECONSUMER", key, group, "idle");
    }
    List<String> ids = redis.call("XRANGE", key, "-", "+", "COUNT", "1");
    redis.call("XACK", key, "g1", ids.getFirst());
    redis.call("XDEL", key, ids.getFirst());
  }

  /** All that a server tells of its data: Redis's own digest, and what that leaves out. */
  private static Map<String, Object> content(RealRedis redis) throws IOException {
    Map<String, Object> content = new TreeMap<>();
    content.put("digest", redis.call("DEBUG", "DIGEST"));
    List<String> functions = redis.call("FUNCTION", "LIST", "WITHCODE");
    content.put("functions", functions.stream().sorted().toList());
    for (int database : new int[] {0, 3, 15}) {
      redis.call("SELECT", Integer.toString(database));
      content.put(database + " size", redis.call("DBSIZE"));
      for (String key : redis.call("KEYS", "*")) {
        List<String> about = new ArrayList<>(redis.call("PEXPIRETIME", key));
        about.addAll(redis.call("OBJECT", "ENCODING", key));
        if (redis.call("TYPE", key).getFirst().equals("stream")) {
          List<String> info =
              new ArrayList<>(redis.call("XINFO", "STREAM", key, "FULL", "COUNT", "0"));
          about.addAll(info.subList(info.indexOf("last-generated-id"), info.size()));
        }
        content.put(database + ":" + key, about);
      }
    }
    redis.call("SELECT", "0");
    return content;
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void savedByRedis_loadsHere_andOursLoadsThere(String compresses) throws Exception {
    byte[] theirs;
    Map<String, Object> expected;
    try (RealRedis redis = start("--rdbcompression", compresses)) {
      fill(redis);
      theirs = saved(redis);
      expected = content(redis);
    }
    RdbStore store = RdbStore.of(theirs);
    store.capacity = 5000;
    byte[] ours = store.save(compresses.equals("yes"), true);
    assertThat(RdbContent.of(ours).keys).isEqualTo(RdbContent.of(theirs).keys);
    Files.write(directory.resolve("dump.rdb"), ours);
    try (RealRedis redis = start()) {
      assertThat(content(redis)).isEqualTo(expected);
      assertThat(RdbContent.of(saved(redis)).keys).isEqualTo(RdbContent.of(ours).keys);
    }
  }

  /** How long ago keys were used, or how often, is in files where a policy needs it. */
  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "allkeys-lfu"})
  void useOfKeys_isKept(String policy) throws Exception {
    boolean isFrequency = policy.endsWith("lfu");
    byte[] theirs;
    try (RealRedis redis = start("--maxmemory-policy", policy, "--lfu-decay-time", "0")) {
      for (int i = 0; i < 50; i++) {
        redis.call("SET", "k" + i, word());
        redis.call(
            "RESTORE",
            "r" + i,
            "0",
            dump(redis, "k" + i),
            isFrequency ? "FREQ" : "IDLETIME",
            Integer.toString(i));
      }
      theirs = saved(redis);
    }
    RdbStore store = RdbStore.of(theirs);
    store.writesFrequency = isFrequency;
    store.writesIdle = !isFrequency;
    byte[] ours = store.save(true, true);
    assertThat(RdbContent.of(ours).keys).isEqualTo(RdbContent.of(theirs).keys);
    assertThat(RdbContent.of(ours).keys.get("0:r30"))
        .startsWith(isFrequency ? "frequency 30 " : "idle 30 ");
    Files.write(directory.resolve("dump.rdb"), ours);
    try (RealRedis redis = start("--maxmemory-policy", policy, "--lfu-decay-time", "0")) {
      for (int i = 10; i < 50; i++) {
        String shown = redis.call("OBJECT", isFrequency ? "FREQ" : "IDLETIME", "r" + i).getFirst();
        assertThat(Integer.parseInt(shown)).isBetween(i, i + (isFrequency ? 0 : 30));
      }
    }
  }

  private static String dump(RealRedis redis, String key) throws IOException {
    return redis.call("DUMP", key).getFirst();
  }

  /** The files that Redis's own tests load, where its sources are. */
  @Test
  void filesOfRedisItself_loadAsThere() throws Exception {
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "hydrion", "redis-source");
    assumeTrue(Files.isDirectory(cache));
    List<Path> files;
    try (Stream<Path> all = Files.walk(cache, 4)) {
      files = all.filter(file -> file.toString().endsWith(".rdb")).sorted().toList();
    }
    for (Path file : files) {
      byte[] theirs = Files.readAllBytes(file);
      Files.write(directory.resolve("dump.rdb"), theirs);
      if (file.getFileName().toString().equals("corrupt_ziplist.rdb")) {
        assertThatThrownBy(() -> RdbStore.of(theirs)).isInstanceOf(RdbFormatException.class);
        continue;
      }
      Map<String, Object> expected;
      try (RealRedis redis = start()) {
        expected = content(redis);
      }
      Files.write(directory.resolve("dump.rdb"), RdbStore.of(theirs).save(true, true));
      try (RealRedis redis = start()) {
        assertThat(content(redis)).as(file.toString()).isEqualTo(expected);
      }
    }
  }
}
