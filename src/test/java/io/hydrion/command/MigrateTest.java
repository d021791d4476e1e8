package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MIGRATE between Hydrion and a real Redis, both ways. */
class MigrateTest {
  private static SideBySide servers;

  private RawSocket hydrion;
  private RawSocket redis;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = SideBySide.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    SideBySide.close(servers);
  }

  @BeforeEach
  void connect() throws IOException {
    hydrion = new RawSocket(servers.hydrionPort());
    redis = new RawSocket(servers.redisPort);
    hydrion.call("FLUSHALL");
    redis.call("FLUSHALL");
  }

  @AfterEach
  void disconnect() throws IOException {
    hydrion.call("CONFIG", "SET", "requirepass", "");
    redis.call("CONFIG", "SET", "requirepass", "");
    hydrion.close();
    redis.close();
  }

  private RawSocket source(boolean fromHydrion) {
    return fromHydrion ? hydrion : redis;
  }

  private RawSocket target(boolean fromHydrion) {
    return fromHydrion ? redis : hydrion;
  }

  /** What MIGRATE to the other server answers; the words follow the port. */
  private String migrate(boolean fromHydrion, String... words) throws IOException {
    String[] all = new String[3 + words.length];
    all[0] = "MIGRATE";
    all[1] = "127.0.0.1";
    all[2] = Integer.toString(fromHydrion ? servers.redisPort : servers.hydrionPort());
    System.arraycopy(words, 0, all, 3, words.length);
    return source(fromHydrion).call(all);
  }

  /** Keys of all types, small and large. */
  private static List<String> fill(RawSocket to) throws IOException {
    to.call("SET", "int", "-12");
    to.call("SET", "text", "\0\u00ff\r\n");
    to.call("SET", "empty", "");
    to.call("SET", "long", "abc".repeat(100_000));
    to.call("SADD", "ints", "1", "2", "70000");
    to.call("RPUSH", "list", "a", "1", "");
    to.call("HSET", "hash", "f", "v", "g", "1");
    to.call("SADD", "set", "a", "b");
    to.call("ZADD", "zset", "1", "a", "-1.5", "b", "inf", "c");
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1000; i++) {
      String word = Integer.toString(random.nextInt(), 36);
      to.call("RPUSH", "list2", word.repeat(1 + i % 20));
      to.call("HSET", "hash2", word, word);
      to.call("SADD", "set2", word);
      to.call("SADD", "ints2", Integer.toString(i));
      to.call("ZADD", "zset2", Double.toString(random.nextDouble()), word);
      to.call("XADD", "stream", i + 1 + "-0", "f", word, word, "v");
    }
    to.call("XGROUP", "CREATE", "stream", "g", "0");
    to.call("XREADGROUP", "GROUP", "g", "c", "COUNT", "10", "STREAMS", "stream", ">");
    return List.of(
        "int", "text", "empty", "long", "ints", "list", "hash", "set", "zset", "list2", "hash2",
        "set2", "ints2", "zset2", "stream");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyType_arrivesAsItWas(boolean fromHydrion) throws Exception {
    List<String> keys = fill(source(fromHydrion));
    for (String key : keys) {
      String digest = source(fromHydrion).call("DEBUG", "DIGEST-VALUE", key);
      String encoding = source(fromHydrion).call("OBJECT", "ENCODING", key);
      assertThat(migrate(fromHydrion, key, "0", "5000")).as(key).isEqualTo("+OK\r\n");
      RawSocket target = target(fromHydrion);
      assertThat(target.call("DEBUG", "DIGEST-VALUE", key)).as(key).isEqualTo(digest);
      assertThat(target.call("OBJECT", "ENCODING", key)).as(key).isEqualTo(encoding);
    }
    assertThat(source(fromHydrion).call("DBSIZE")).isEqualTo(":0\r\n");
    assertThat(target(fromHydrion).call("XPENDING", "stream", "g"))
        .isEqualTo("*4\r\n:10\r\n$3\r\n1-0\r\n$4\r\n10-0\r\n*1\r\n*2\r\n$1\r\nc\r\n$2\r\n10\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allKeysAtOnce_arriveInAnotherDatabase(boolean fromHydrion) throws Exception {
    List<String> words = new ArrayList<>(List.of("", "9", "5000", "KEYS", "nokey"));
    words.addAll(fill(source(fromHydrion)));
    assertThat(migrate(fromHydrion, words.toArray(String[]::new))).isEqualTo("+OK\r\n");
    assertThat(source(fromHydrion).call("DBSIZE")).isEqualTo(":0\r\n");
    assertThat(target(fromHydrion).call("DBSIZE")).isEqualTo(":0\r\n");
    target(fromHydrion).call("SELECT", "9");
    assertThat(target(fromHydrion).call("DBSIZE")).isEqualTo(":15\r\n");
    assertThat(migrate(fromHydrion, words.toArray(String[]::new))).isEqualTo("+NOKEY\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void expiry_goesAlong(boolean fromHydrion) throws Exception {
    source(fromHydrion).call("SET", "k", "v", "PX", "100000");
    assertThat(migrate(fromHydrion, "k", "0", "5000", "COPY")).isEqualTo("+OK\r\n");
    String ttl = target(fromHydrion).call("PTTL", "k");
    assertThat(Integer.parseInt(ttl.substring(1).trim())).isBetween(80_000, 100_000);
    source(fromHydrion).call("PERSIST", "k");
    assertThat(migrate(fromHydrion, "k", "0", "5000", "REPLACE")).isEqualTo("+OK\r\n");
    assertThat(target(fromHydrion).call("PTTL", "k")).isEqualTo(":-1\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copyAndReplace(boolean fromHydrion) throws Exception {
    source(fromHydrion).call("RPUSH", "k", "a");
    assertThat(migrate(fromHydrion, "k", "0", "5000", "COPY")).isEqualTo("+OK\r\n");
    source(fromHydrion).call("RPUSH", "k", "b");
    assertThat(migrate(fromHydrion, "k", "0", "5000"))
        .isEqualTo(
            "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n");
    assertThat(migrate(fromHydrion, "k", "0", "5000", "REPLACE", "COPY")).isEqualTo("+OK\r\n");
    assertThat(target(fromHydrion).call("LLEN", "k")).isEqualTo(":2\r\n");
    assertThat(migrate(fromHydrion, "k", "0", "5000", "REPLACE")).isEqualTo("+OK\r\n");
    assertThat(source(fromHydrion).call("EXISTS", "k")).isEqualTo(":0\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void busyKeys_stay(boolean fromHydrion) throws Exception {
    source(fromHydrion).call("MSET", "a", "1", "b", "2", "c", "3", "d", "4");
    target(fromHydrion).call("MSET", "b", "x", "c", "y");
    assertThat(migrate(fromHydrion, "", "0", "5000", "KEYS", "a", "b", "c", "d"))
        .isEqualTo(
            "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n");
    assertThat(source(fromHydrion).call("MGET", "a", "b", "c", "d"))
        .isEqualTo("*4\r\n$-1\r\n$1\r\n2\r\n$1\r\n3\r\n$-1\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void passwords(boolean fromHydrion) throws Exception {
    RawSocket target = target(fromHydrion);
    source(fromHydrion).call("SET", "k", "v");
    String none = migrate(fromHydrion, "k", "1", "5000", "COPY", "REPLACE", "AUTH", "p");
    assertThat(none).startsWith("-ERR Target instance replied with error: ERR AUTH <password> ");
    target.call("CONFIG", "SET", "requirepass", "secret");
    assertThat(migrate(fromHydrion, "k", "2", "5000", "AUTH", "wrong"))
        .isEqualTo(
            "-ERR Target instance replied with error: WRONGPASS invalid username-password pair or"
                + " user is disabled.\r\n");
    assertThat(migrate(fromHydrion, "k", "2", "5000", "COPY", "REPLACE", "AUTH", "secret"))
        .isEqualTo("+OK\r\n");
    assertThat(migrate(fromHydrion, "k", "3", "5000", "AUTH2", "default", "secret"))
        .isEqualTo("+OK\r\n");
    target.call("SELECT", "3");
    assertThat(target.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void insideATransaction(boolean fromHydrion) throws Exception {
    RawSocket source = source(fromHydrion);
    source.call("MULTI");
    source.call("SET", "k", "v");
    migrate(fromHydrion, "k", "0", "5000");
    source.call("EXISTS", "k");
    assertThat(source.call("EXEC")).isEqualTo("*3\r\n+OK\r\n+OK\r\n:0\r\n");
    assertThat(target(fromHydrion).call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void targetThatDoesNotAnswer(boolean fromHydrion) throws Exception {
    source(fromHydrion).call("SET", "k", "v");
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(mute.getLocalPort());
      assertThat(source(fromHydrion).call("MIGRATE", "127.0.0.1", port, "k", "0", "200"))
          .isEqualTo("-IOERR error or timeout reading to target instance\r\n");
    }
    assertThat(source(fromHydrion).call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  @Test
  void targetThatTakesNothing_isGivenUpInTime() throws Exception {
    byte[] value = new byte[64 << 20];
    hydrion.call("CONFIG", "SET", "rdbcompression", "no");
    hydrion.call("SET", "k", new String(value, ISO_8859_1));
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(mute.getLocalPort());
      assertThat(hydrion.call("MIGRATE", "127.0.0.1", port, "k", "0", "300"))
          .isEqualTo("-IOERR error or timeout writing to target instance\r\n");
    } finally {
      hydrion.call("CONFIG", "SET", "rdbcompression", "yes");
    }
    assertThat(hydrion.call("STRLEN", "k")).isEqualTo(":67108864\r\n");
  }

  @Test
  void targetThatClosesMidway_leavesTheRestHere() throws Exception {
    hydrion.call("MSET", "a", "1", "b", "2");
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> served =
          threads.submit(
              () -> {
                try (Socket socket = server.accept()) {
                  InputStream in = socket.getInputStream();
                  assertThat(in.read()).isEqualTo('*');
                  socket.getOutputStream().write("+OK\r\n+O".getBytes(ISO_8859_1));
                }
                return null;
              });
      String port = Integer.toString(server.getLocalPort());
      assertThat(hydrion.call("MIGRATE", "127.0.0.1", port, "", "0", "2000", "KEYS", "a", "b"))
          .isEqualTo("-IOERR error or timeout reading to target instance\r\n");
      served.get(5, TimeUnit.SECONDS);
    }
    assertThat(hydrion.call("EXISTS", "b")).isEqualTo(":1\r\n");
  }

  @Test
  void itself_isATargetToo() throws Exception {
    hydrion.call("SET", "k", "v");
    String port = Integer.toString(servers.hydrionPort());
    assertThat(hydrion.call("MIGRATE", "127.0.0.1", port, "k", "0", "2000", "REPLACE"))
        .isEqualTo("+OK\r\n");
    assertThat(hydrion.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
    assertThat(hydrion.call("MIGRATE", "127.0.0.1", port, "k", "5", "2000")).isEqualTo("+OK\r\n");
    assertThat(hydrion.call("EXISTS", "k")).isEqualTo(":0\r\n");
    hydrion.call("SELECT", "5");
    assertThat(hydrion.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  /** Counters that others count up while they move: not one count may be lost. */
  @Test
  void changesWhileMoving_areNotLost() throws Exception {
    int counters = 100;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> counts = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        counts.add(threads.submit(() -> countUp(counters)));
      }
      for (int i = 0; i < counters; i++) {
        String key = "c" + i;
        String busy = "busy" + i;
        hydrion.call("SET", busy, "x");
        TimeUnit.MILLISECONDS.sleep(1);
        String reply = migrate(true, "", "0", "5000", "KEYS", key, busy);
        assertThat(reply).isEqualTo("+OK\r\n");
      }
      hydrion.call("SET", "stop", "1");
      long counted = 0;
      for (Future<Integer> count : counts) {
        counted += count.get(20, TimeUnit.SECONDS);
      }
      long found = 0;
      for (int i = 0; i < counters; i++) {
        found += number(hydrion.call("GET", "c" + i)) + number(redis.call("GET", "c" + i));
      }
      assertThat(found).isEqualTo(counted);
    }
  }

  private static int countUp(int counters) throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    int counted = 0;
    try (RawSocket socket = new RawSocket(servers.hydrionPort())) {
      while (socket.call("EXISTS", "stop").equals(":0\r\n")) {
        for (int i = 0; i < 20; i++) {
          socket.call("INCR", "c" + random.nextInt(counters));
          counted++;
        }
      }
    }
    return counted;
  }

  private static long number(String bulk) {
    return bulk.equals("$-1\r\n") ? 0 : Long.parseLong(bulk.split("\r\n", -1)[1]);
  }
}
