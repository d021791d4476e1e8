package io.hydrion.command;

import static io.hydrion.command.KeptServers.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.ConfigText;
import io.hydrion.config.RealRedis;
import io.hydrion.util.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The base of a log in commands ({@code aof-use-rdb-preamble no}), beside a real Redis's. */
@EnabledIf("io.hydrion.config.RealRedis#isInstalled")
@SuppressWarnings("try") // nobody interrupts a test
class AofBaseTest {
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);
  private static final int[] DATABASES = {0, 3, 15};
  private static final Set<String> UNORDERED = Set.of("SADD", "ZADD", "HMSET");

  @TempDir Path ours;
  @TempDir Path theirs;
  private final long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
  private final Random random = new Random(seed);

  AofBaseTest() {
    System.out.println("AofBaseTest seed " + seed);
  }

  private interface Caller {
    void call(String... words) throws IOException;
  }

  private Hydrion start(String... more) {
    String[] kept = {"shards", "3", "appendonly", "yes", "aof-use-rdb-preamble", "no"};
    return Hydrion.start(KeptServers.config(ours, kept, more));
  }

  private static RealRedis redis(Path directory, String... more) throws Exception {
    int port = RealRedis.freePort();
    List<String> args = new ArrayList<>(List.of("--port", "" + port, "--bind", "127.0.0.1"));
    args.addAll(List.of("--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--save", ""));
    args.addAll(List.of("--enable-debug-command", "yes"));
    args.addAll(List.of(more));
    return RealRedis.start(directory, port, args.toArray(String[]::new));
  }

  // ---- the data

  private String word() {
    return switch (random.nextInt(5)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 1 -> "x".repeat(random.nextInt(300));
      case 2 -> "\u0000\u00ff\r\n" + random.nextInt(1000);
      case 3 -> "word" + random.nextInt(100_000) + "y".repeat(random.nextInt(80));
      default -> "m" + random.nextInt(1000);
    };
  }

  /** Commands that make keys of every type in every encoding, the same ones at any time. */
  private List<String[]> dataset() {
    List<String[]> all = new ArrayList<>();
    for (int database : DATABASES) {
      add(all, "SELECT", "" + database);
      for (int size : new int[] {1, 5, 63, 64, 65, 128, 600}) {
        for (int i = 0; i < size; i++) {
          add(all, "SET", "string:" + size + ":" + i, word());
          add(all, "RPUSH", "list:" + size, word());
          add(all, "SADD", "set:" + size, word());
          add(all, "SADD", "integers:" + size, "" + (i - 30L) * (1L << size % 31));
          add(all, "ZADD", "zset:" + size, Double.toString(random.nextGaussian()), word());
          add(all, "HSET", "hash:" + size, "f" + i, word());
          add(all, "XADD", "stream:" + size, "7-" + (i + 1), word(), word(), "f", word());
          add(all, "XADD", "same:" + size, (i + 1) + "-0", "field", word(), "other", word());
        }
        String[] scores = {
          "inf", "a", "-inf", "b", "0", "c", "1e300", "d", "1e17", "e", "0.1", "f"
        };
        add(all, concat(new String[] {"ZADD", "zset:" + size}, scores));
        add(all, "PEXPIREAT", "hash:" + size, "4000000000123");
        add(all, "EXPIREAT", "string:" + size + ":0", "4000000000");
        groups(all, "stream:" + size, size);
      }
      add(all, "SET", "large", "abc".repeat(100_000));
      add(all, "RPUSH", "largeElements", "q".repeat(10_000), word(), "r".repeat(70_000));
      add(all, "SET", "", "");
      add(all, "XGROUP", "CREATE", "emptyStream", "g", "$", "MKSTREAM");
      add(all, "XADD", "gone", "5-5", "a", "b");
      add(all, "XDEL", "gone", "5-5");
      add(all, "XADD", "farAway", "18446744073709551615-18446744073709551615", "a", "b");
      add(all, "PFADD", "hll", "a", "b", "c");
      add(all, "SETBIT", "bits", "1000", "1");
    }
    add(all, "SELECT", "0");
    return all;
  }

  private void groups(List<String[]> all, String key, int size) {
    for (String group : List.of("g1", "g2")) {
      add(all, "XGROUP", "CREATE", key, group, "0", "ENTRIESREAD", "" + random.nextInt(3));
      for (String consumer : List.of("alice", "bob")) {
        for (int i = 0; i < 1 + random.nextInt(10); i++) {
          String id = "7-" + (1 + random.nextInt(size));
          String count = "" + (1 + random.nextInt(5));
          add(
              all,
              ("XCLAIM " + key + " " + group + " " + consumer + " 0 " + id)
                  .concat(" TIME 1700000000" + (100 + i) + " RETRYCOUNT " + count + " FORCE JUSTID")
                  .split(" "));
        }
      }
      add(all, "XGROUP", "CREATECONSUMER", key, group, "idle");
    }
    add(all, "XGROUP", "CREATE", key, "g3", "7-1");
    add(all, "XDEL", key, "7-1");
  }

  private static void add(List<String[]> all, String... words) {
    all.add(words);
  }

  private static String[] concat(String[] a, String[] b) {
    return Stream.of(a, b).flatMap(Stream::of).toArray(String[]::new);
  }

  /** The words as {@link RealRedis} sends them. */
  private static String[] encoded(String... words) {
    return Stream.of(words)
        .map(word -> Bytes.string(ConfigText.encode(word)))
        .toArray(String[]::new);
  }

  private static void fill(List<String[]> commands, Caller caller) throws IOException {
    for (String[] command : commands) {
      caller.call(command);
    }
  }

  // ---- the files

  private static Path base(Path directory, int number) {
    return directory.resolve("appendonlydir/appendonly.aof." + number + ".base.aof");
  }

  private static String manifest(Path directory) throws IOException {
    return Files.readString(directory.resolve("appendonlydir/appendonly.aof.manifest"));
  }

  private static void awaitRewrite(Path directory, int number) {
    await()
        .atMost(WAIT_MAX)
        .until(() -> manifest(directory).startsWith(base(directory, number).getFileName() + "", 5));
  }

  private static List<List<String>> parse(Path file) throws IOException {
    String text = Bytes.string(Files.readAllBytes(file));
    List<List<String>> commands = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      assertThat(text.charAt(at)).isEqualTo('*');
      int line = text.indexOf("\r\n", at);
      List<String> words = new ArrayList<>();
      int count = Integer.parseInt(text.substring(at + 1, line));
      at = line + 2;
      for (int i = 0; i < count; i++) {
        assertThat(text.charAt(at)).isEqualTo('$');
        line = text.indexOf("\r\n", at);
        int from = line + 2;
        int end = from + Integer.parseInt(text.substring(at + 1, line));
        words.add(text.substring(from, end));
        assertThat(text.startsWith("\r\n", end)).isTrue();
        at = end + 2;
      }
      commands.add(words);
    }
    return commands;
  }

  /**
   * The commands of each key in their order. Those of collections without one are said by how many
   * elements each has, and by all of the elements.
   */
  private static Map<String, List<String>> byKey(List<List<String>> commands) {
    Map<String, List<String>> all = new TreeMap<>();
    Map<String, List<String>> elements = new TreeMap<>();
    String database = "";
    for (List<String> command : commands) {
      String name = command.getFirst();
      if (name.equals("SELECT")) {
        database = command.get(1);
        continue;
      }
      String key = database + ":" + command.get(name.equals("XGROUP") ? 2 : 1);
      List<String> of = all.computeIfAbsent(key, k -> new ArrayList<>());
      if (UNORDERED.contains(name)) {
        int step = name.equals("SADD") ? 1 : 2;
        of.add(name + " of " + command.size());
        for (int i = 2; i < command.size(); i += step) {
          elements
              .computeIfAbsent(key, k -> new ArrayList<>())
              .add(String.join(" ", command.subList(i, i + step)));
        }
      } else {
        of.add(String.join(" ", command));
      }
    }
    elements.forEach((key, list) -> list.stream().sorted().forEach(all.get(key)::add));
    return all;
  }

  // ---- tests

  @Test
  void rewrite_isWhatRedisWrites_andBothLoadIt() throws Exception {
    List<String[]> commands = dataset();
    String digest;
    try (RealRedis redis = redis(theirs)) {
      fill(commands, words -> assertThat(redis.call(words).getFirst()).doesNotStartWith("-"));
      digest = redis.call("DEBUG", "DIGEST").getFirst();
      redis.call("BGREWRITEAOF");
      awaitRewrite(theirs, 2);
    }
    try (Hydrion server = start()) {
      HydrionClient client = server.client();
      fill(commands, words -> assertThat(run(client, encoded(words))).doesNotStartWith("-"));
      assertThat(run(client, "DEBUG", "DIGEST")).isEqualTo(digest);
      run(client, "BGREWRITEAOF");
      awaitRewrite(ours, 2);
      assertThat(run(client, "SET", "later", "1")).isEqualTo("OK");
      assertThat(run(client, "DEL", "later")).isEqualTo("1");
    }
    Map<String, List<String>> written = byKey(parse(base(ours, 2)));
    Map<String, List<String>> expected = byKey(parse(base(theirs, 2)));
    assertThat(written.keySet()).isEqualTo(expected.keySet());
    expected.forEach((key, of) -> assertThat(written.get(key)).as(key).isEqualTo(of));
    try (Stream<Path> files = Files.list(ours.resolve("appendonlydir"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "appendonly.aof.2.base.aof", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest");
    }
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "DEBUG", "DIGEST")).isEqualTo(digest);
    }
    try (RealRedis redis = redis(ours)) {
      assertThat(redis.call("DEBUG", "DIGEST")).containsExactly(digest);
    }
    ours = theirs;
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "DEBUG", "DIGEST")).isEqualTo(digest);
    }
  }

  /** Files of an empty start, after Redis's. */
  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void emptyStart_makesTheFilesOfRedis(String timestamps) throws Exception {
    redis(theirs, "--aof-timestamp-enabled", timestamps).close();
    start("aof-timestamp-enabled", timestamps).close();
    assertThat(manifest(ours)).isEqualTo(manifest(theirs));
    String base = Files.readString(base(ours, 1));
    assertThat(base.replaceAll("[0-9]{10}", "N"))
        .isEqualTo(Files.readString(base(theirs, 1)).replaceAll("[0-9]{10}", "N"))
        .isEqualTo(timestamps.equals("yes") ? "#TS:N\r\n" : "");
    start().close();
    redis(ours).close();
  }

  @Test
  void timestamp_isAtTheStart_ifWanted() throws Exception {
    try (Hydrion server = start("aof-timestamp-enabled", "yes")) {
      run(server.client(), "SET", "k", "v");
      run(server.client(), "BGREWRITEAOF");
      awaitRewrite(ours, 2);
    }
    assertThat(Files.readString(base(ours, 2)))
        .matches("#TS:[0-9]{10}\r\n\\*2\r\n\\$6\r\nSELECT\r\n\\$1\r\n0\r\n(?s:.*)");
    try (RealRedis redis = redis(ours)) {
      assertThat(redis.call("GET", "k")).containsExactly("v");
    }
  }

  /** What the setting says at the moment of a rewrite counts; a wal takes no notice. */
  @Test
  void setting_isReadAtEachRewrite() throws Exception {
    try (Hydrion server = start("aof-use-rdb-preamble", "yes")) {
      HydrionClient client = server.client();
      run(client, "SET", "k", "v");
      assertThat(manifest(ours)).startsWith("file appendonly.aof.1.base.rdb");
      run(client, "CONFIG", "SET", "aof-use-rdb-preamble", "no");
      run(client, "BGREWRITEAOF");
      awaitRewrite(ours, 2);
      run(client, "CONFIG", "SET", "aof-use-rdb-preamble", "yes");
      await().atMost(WAIT_MAX).until(() -> run(client, "BGREWRITEAOF").startsWith("Background"));
      await()
          .atMost(WAIT_MAX)
          .until(() -> manifest(ours).startsWith("file appendonly.aof.3.base.rdb"));
    }
  }

  @Test
  void wal_takesNoNotice() throws Exception {
    try (Hydrion server = start("log-format", "wal")) {
      HydrionClient client = server.client();
      run(client, "SET", "k", "v");
      run(client, "BGREWRITEAOF");
      await()
          .atMost(WAIT_MAX)
          .until(() -> run(client, "INFO", "persistence").contains("aof_rewrite_in_progress:0"));
      assertThat(run(client, "INFO", "persistence")).contains("aof_last_bgrewrite_status:ok");
    }
    try (Hydrion server = start("log-format", "wal")) {
      assertThat(run(server.client(), "GET", "k")).isEqualTo("v");
    }
  }

  @Test
  void fieldsWithExpiry_areToldAsRedis74Does() throws Exception {
    String digest;
    try (Hydrion server = start()) {
      HydrionClient client = server.client();
      run(client, "HSET", "h", "a", "1", "b", "2", "c", "3");
      run(client, "HPEXPIREAT", "h", "4000000000123", "FIELDS", "1", "b");
      digest = run(client, "DEBUG", "DIGEST");
      run(client, "BGREWRITEAOF");
      awaitRewrite(ours, 2);
    }
    assertThat(parse(base(ours, 2)))
        .contains(
            List.of("HMSET", "h", "b", "2"),
            List.of("HPEXPIREAT", "h", "4000000000123", "FIELDS", "1", "b"));
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "DEBUG", "DIGEST")).isEqualTo(digest);
      assertThat(run(server.client(), "HPEXPIRETIME", "h", "FIELDS", "2", "a", "b"))
          .isEqualTo("[-1, 4000000000123]");
    }
  }

  /** What a command takes is bounded in bytes, too. */
  @Test
  void largeElements_areSaidInShorterCommands() throws Exception {
    String digest;
    try (Hydrion server = start()) {
      HydrionClient client = server.client();
      for (int i = 0; i < 100; i++) {
        String element = i + "x".repeat(i == 50 ? 3_000_000 : 50_000);
        assertThat(run(client, "RPUSH", "list", element)).isEqualTo("" + (i + 1));
        assertThat(run(client, "HSET", "hash", "f" + i, element)).isEqualTo("1");
      }
      digest = run(client, "DEBUG", "DIGEST");
      assertThat(run(client, "BGREWRITEAOF")).startsWith("Background");
      awaitRewrite(ours, 2);
    }
    List<List<String>> commands = parse(base(ours, 2));
    assertThat(commands).hasSizeBetween(11, 30);
    assertThat(commands)
        .allMatch(
            words ->
                words.size() <= 4
                    || words.stream().mapToInt(String::length).sum() < (1 << 20) + 100);
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "DEBUG", "DIGEST")).isEqualTo(digest);
    }
  }

  @Test
  void expiredKeys_areWrittenAsRedisDoes() throws Exception {
    List<String[]> commands = new ArrayList<>();
    add(commands, "DEBUG", "SET-ACTIVE-EXPIRE", "0");
    add(commands, "SET", "k", "v");
    add(commands, "RPUSH", "gone", "a");
    add(commands, "PEXPIRE", "gone", "1");
    try (RealRedis redis = redis(theirs)) {
      fill(commands, redis::call);
      TimeUnit.MILLISECONDS.sleep(5);
      redis.call("BGREWRITEAOF");
      awaitRewrite(theirs, 2);
    }
    try (Hydrion server = start()) {
      HydrionClient client = server.client();
      fill(commands, words -> run(client, words));
      TimeUnit.MILLISECONDS.sleep(5);
      run(client, "BGREWRITEAOF");
      awaitRewrite(ours, 2);
    }
    for (Path directory : List.of(theirs, ours)) {
      assertThat(byKey(parse(base(directory, 2))).toString().replaceAll("[0-9]{13}", "N"))
          .isEqualTo("{0:gone=[RPUSH gone a, PEXPIREAT gone N], 0:k=[SET k v]}");
    }
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "EXISTS", "gone", "k")).isEqualTo("1");
    }
  }

  /** Libraries that Redis has in its log are kept for it. */
  @Test
  void functions_areKept() throws Exception {
    String one = "#!lua name=one\nredis.register_function('f', function() return 1 end)";
    String two = "#!lua name=two\nredis.register_function('g', function() return 2 end)";
    try (RealRedis redis = redis(theirs)) {
      redis.call("FUNCTION", "LOAD", one.replace("1", "0"));
      redis.call("FUNCTION", "LOAD", "REPLACE", one);
      redis.call("FUNCTION", "LOAD", two);
      redis.call("SET", "k", "v");
    }
    ours = theirs;
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "GET", "k")).isEqualTo("v");
      run(server.client(), "BGREWRITEAOF");
      awaitRewrite(ours, 2);
    }
    assertThat(parse(base(ours, 2)))
        .contains(List.of("FUNCTION", "LOAD", one), List.of("FUNCTION", "LOAD", two));
    start().close();
    try (RealRedis redis = redis(ours)) {
      assertThat(redis.call("FCALL", "f", "0")).containsExactly("1");
      assertThat(redis.call("FCALL", "g", "0")).containsExactly("2");
    }
  }
}
