package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same questions to Hydrion's settings and to a redis-server; written against 7.0. */
class RedisDifferentialTest {
  /** Differ on purpose, or follow Redis 7.4 where it left 7.0. */
  private static final Set<String> DIFFERENT_DEFAULT = Set.of("io-threads", "port");

  /** Applying these touches more than a value: sockets, files, the process itself. */
  private static final Set<String> NOT_TO_SET =
      Set.of(
          "port",
          "bind",
          "appendonly",
          "oom-score-adj",
          "oom-score-adj-values",
          "watchdog-period",
          "jemalloc-bg-thread",
          "maxclients",
          "maxmemory-samples",
          "loglevel",
          "dir");

  /** Values for any directive, apart by bars, where the blanks count; and the empty text. */
  private static final List<String> VALUES =
      List.of(
          """
          yes|no|YES|nO|local|0|1|-1|2|-0|00|01|+1| 1|1 |1.5|10%|100%|101%|0%|-5%|%|5 %|1b|1k|\
          1kb|1KB|2mb|3G|4gB|1tb|b|kb|9223372036854775807|9223372036854775808|\
          18446744073709551615|18446744073709551616|99999999999999999999999gb|2147483647|\
          2147483648|-2147483648|-2147483649|4294967295|4294967296|10|64|65|99|100|500|501|\
          1000|1001|1048575|1048576|65535|65536|abc|a/b|a\\b|x.y-z|a_b|{title}|{foo}|{{x|{|\
          {title|a}b|default|save now|now save|save nosave|force|save  now|normal 1 2 3|\
          Normal 1mb 2k 3 PUBSUB 4 5 6|replica 1 1|slave 0 0 0|slave 1gb 1g 4294967297|\
          replica 1 1 2147483648|normal -1 0 0|normal 1 1 1x|master 1 1 1|KEA|Kg$|AKEmn|nm|zz|\
          0x10|50 99.9|1e2|100.5|.5|5.|inf|1e-9 0.0000005 0.0000015|1e999|1e-9999|1e-310|nan|0x1p5|\
          -inf|é|900 1|900 1 300 10|\
          900  1| 900 1|+900 1|0 1|1 0|1 -1|5 |900 99999999999|99999999999999999999 5|1 2 3|\
          allkeys-lru|VOLATILE-ttl|noeviction|no one|ip|hostname|panic|everysec|always|swapdb|\
          clients|allchannels|relative|a b \"c\"|x!y|x,y\
          || |\t\
          """
              .split("\\|", -1));

  @TempDir static Path directory;

  private static RealRedis redis;

  /** Holds what {@link #redis} holds, whatever the order of the tests. */
  private static Settings ours;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RealRedis.isInstalled(), "no redis-server on PATH to compare with");
    int port = RealRedis.freePort();
    redis =
        RealRedis.start(directory, port, "--port", "" + port, "--enable-protected-configs", "yes");
    redis.call("CLIENT", "NO-EVICT", "ON");
    assumeTrue(
        redis.call("INFO", "server").getFirst().contains("redis_version:7."),
        "the redis-server on PATH is not a 7.x");
    ours =
        new Settings(
            Config.builder()
                .baseDirectory(directory)
                .set("enable-protected-configs", "yes")
                .build());
  }

  @AfterAll
  static void stop() throws Exception {
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void defaults_areThoseOfRedis() throws Exception {
    int port = RealRedis.freePort();
    try (RealRedis fresh =
        RealRedis.start(
            directory, port, "--port", "" + port, "--dir", directory.toRealPath().toString())) {
      Settings defaults = new Settings(Config.builder().dir(directory).build());
      List<String> reply = fresh.call("CONFIG", "GET", "*");
      TreeMap<String, String> theirs = new TreeMap<>();
      for (int i = 0; i < reply.size(); i += 2) {
        theirs.put(reply.get(i), reply.get(i + 1));
      }
      assertThat(theirs).hasSizeGreaterThan(180);
      theirs.forEach(
          (name, value) -> {
            if (!DIFFERENT_DEFAULT.contains(name)) {
              assertThat(defaults.get(List.of(name))).as(name).containsExactly(name, value);
            }
          });
    }
  }

  @Test
  void configGet_namesAndPatterns_answerAlike() throws Exception {
    for (List<String> patterns :
        List.of(
            List.of("MAXMEMORY"),
            List.of("maxmemory", "MAXMEMORY"),
            List.of("MaxMemory", "maxmem*", "maxmemory-policy"),
            List.of("hash-max-zip*", "HASH-MAX-*"),
            List.of("slaveof", "replicaof", "*slave*"),
            List.of("maxmemor[y]"),
            List.of("maxmemor[^x]", "lfu-[a-k]*", "h?"),
            List.of("nosuch", "nosuch*", "include", "user", "rename-command"),
            List.of("lf\\u*", "[", "*[", ""))) {
      List<String> words = new ArrayList<>(List.of("CONFIG", "GET"));
      words.addAll(patterns);
      assertThat(pairs(ours.get(patterns)))
          .as(patterns.toString())
          .isEqualTo(pairs(redis.call(words.toArray(String[]::new))));
    }
  }

  private static Set<List<String>> pairs(List<String> flat) {
    Set<List<String>> pairs = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
    for (int i = 0; i < flat.size(); i += 2) {
      if (!Set.of("port", "dir", "io-threads").contains(flat.get(i))) {
        pairs.add(flat.subList(i, i + 2));
      }
    }
    return pairs;
  }

  @Test
  void configSet_everyDirectiveWithManyValues_answersAlike() throws Exception {
    int compared = 0;
    for (Directive directive : Directive.all()) {
      if (!comparable(directive)) {
        continue;
      }
      for (String value : VALUES) {
        compareSet(directive.name(), value);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(10_000);
  }

  @Test
  void configSet_randomValues_answerAlike() throws Exception {
    long seed = System.nanoTime();
    System.out.println("configSet_randomValues_answerAlike seed " + seed);
    Random random = new Random(seed);
    List<Directive> rows = new ArrayList<>();
    for (Directive directive : Directive.all()) {
      if (comparable(directive)) {
        rows.add(directive);
      }
    }
    for (int i = 0; i < 5_000; i++) {
      Directive directive = rows.get(random.nextInt(rows.size()));
      compareSet(directive.name(), randomValue(random));
    }
  }

  private static String randomValue(Random random) {
    String[] parts = {
      "0",
      "1",
      "9",
      "00",
      "-",
      "+",
      " ",
      ".",
      "kb",
      "m",
      "gb",
      "%",
      "yes",
      "normal",
      "replica",
      "900",
      "99999999999",
      "K",
      "E",
      "A",
      "x",
      "e",
      "2147483647",
      "{title}",
      "{",
      "}"
    };
    StringBuilder value = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      value.append(parts[random.nextInt(parts.length)]);
    }
    return value.toString();
  }

  private static boolean comparable(Directive directive) throws Exception {
    return !directive.statement()
        && !directive.name().startsWith("tls-")
        && !DIFFERENT_DEFAULT.contains(directive.name())
        && !NOT_TO_SET.contains(directive.name())
        && !redis.call("CONFIG", "GET", directive.name()).isEmpty();
  }

  private static void compareSet(String name, String value) throws Exception {
    String what = name + " '" + value + "'";
    assertThat(ours.set(List.of(name, value), true, false))
        .as(what)
        .isEqualTo(redis.set(name, value));
    assertThat(ours.get(List.of(name))).as(what).isEqualTo(redis.call("CONFIG", "GET", name));
  }

  @Test
  void configSet_chosenCases_answerAlike() throws Exception {
    String[][] cases = {
      {"nosuch", "1"},
      {"nosuch", "1", "daemonize", "yes"},
      {"daemonize", "yes", "nosuch", "1"},
      {"DaemonIze", "yes"},
      {"timeout", "5", "TimeOut", "6"},
      {"timeout", "5", "tcp-keepalive", "x"},
      {"MaxMemory", "x"},
      {"hash-max-ziplist-value", "5", "hash-max-listpack-value", "6"},
      {"Hash-Max-Ziplist-Value", "x"},
      {"client-output-buffer-limit", "normal 5 5 5", "maxmemory", "1mb", "hz", "0"},
      {"maxmemory-policy", "foo"},
      {"bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"},
      {"port", "65536"},
      {"port", "x"},
      {"dir", "no/such/directory"},
      {"dbfilename", "a/b", "timeout", "9"},
      {"rename-command", "a b"},
      {"include", "x"},
      {"oom-score-adj-values", "1 2"},
      {"oom-score-adj-values", "1 2 2001"},
      {"oom-score-adj-values", "1 2 x"},
      {"unknown\r\nname", "1"},
      {"timeout", "1\n2"},
      {"maxclients", "0"},
      {"maxclients", "4294967296"},
      {"maxclients", "-1"},
      {"timeout", "7", "lfu-log-factor", "8", "save", "60 1", "maxmemory", "0"}
    };
    for (String[] pairs : cases) {
      assertThat(ours.set(Arrays.asList(pairs), true, false))
          .as(Arrays.toString(pairs))
          .isEqualTo(redis.set(pairs));
    }
    assertThat(ours.get(List.of("timeout", "lfu-log-factor", "save", "hash-max-listpack-value")))
        .containsExactlyInAnyOrderElementsOf(
            redis.call(
                "CONFIG", "GET", "timeout", "lfu-log-factor", "save", "hash-max-listpack-value"));
  }

  @Test
  void startErrors_haveTheSameText() throws Exception {
    String[] contents = {
      "port 7000\nfoo bar\n",
      "# a comment\n\n  port abc  \n",
      "requirepass \"abc\n",
      "requirepass \"abc\"d\n",
      "requirepass 'abc\n",
      "requirepass a'b'c\n",
      "maxmemory 1 2\n",
      "port\n",
      "port 70000\n",
      "save 900\n",
      "save 0 1\n",
      "save 1 x\n",
      "loglevel\n",
      "maxmemory-policy lru\n",
      "client-output-buffer-limit normal 1 2\n",
      "client-output-buffer-limit master 1 2 3\n",
      "client-output-buffer-limit \"\"\n",
      "replicaof a\n",
      "replicaof a b\n",
      "replicaof a 65536\n",
      "unixsocketperm 9\n",
      "unixsocketperm 1000\n",
      "oom-score-adj-values 1 2 3 4\n",
      "latency-tracking-info-percentiles x\n",
      "shutdown-on-sigterm save nosave\n",
      "shutdown-on-sigterm\n",
      "notify-keyspace-events Q\n",
      "dir /no/such/directory\n",
      "dbfilename a/b\n",
      "appendfilename \"\"\n",
      "appenddirname a/b\n",
      "cluster-announce-hostname a_b\n",
      "include\n",
      "include a b\n",
      "rename-command a\n",
      "user\n",
      "sentinel monitor a\n",
      "LOGLEVEL Foo\n",
      "cluster-enabled yes\nreplicaof a 1\n",
      "logfile /no/such/directory/log\n",
      "lua-replicate-commands yes\nlist-max-ziplist-value 5\nlist-max-ziplist-entries 1 2\n",
      "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
      "daemonize maybe\n",
      "\"port\" \"x\\x41y\"\n"
    };
    for (String content : contents) {
      Path file = directory.resolve("bad.conf");
      Files.writeString(file, content);
      String theirs = RealRedis.failure(directory, file.toString());
      assertThat(withoutNames(failure(file.toString())))
          .as(content)
          .isEqualTo(withoutNames(theirs));
    }
  }

  @Test
  void flagErrors_haveTheSameText() throws Exception {
    String[][] commandLines = {
      {"--foo", "bar"},
      {"--port"},
      {"--port", "x y"},
      {"--port", "1", "2"},
      {"-x"},
      {"--port", "7000", "x"},
      {"--maxmemory", "--port", "1"},
      {"--port x"},
      {"--requirepass \"x", "y"},
      {"--save", "1"},
      {"--save", "", "--loglevel", "x"},
      {"--user"},
      {"--logfile", "/no/such/directory/x"}
    };
    for (String[] args : commandLines) {
      String theirs = RealRedis.failure(directory, args);
      assertThat(withoutNames(failure(args)).replaceAll("Reading.*\n", ""))
          .as(Arrays.toString(args))
          .isEqualTo(withoutNames(theirs).replaceAll("Reading.*\n", ""));
    }
  }

  private static String failure(String... args) {
    try {
      Config.builder().baseDirectory(directory).arguments(Arrays.asList(args)).build();
    } catch (ConfigException e) {
      return e.report("Redis 7.0.15");
    }
    return "started";
  }

  /** The report from its first line on, without the file's name that only Hydrion gives. */
  private static String withoutNames(String output) {
    int start = Math.max(0, output.indexOf("\n*** FATAL"));
    return output
        .substring(start)
        .replaceAll("Redis \\d+\\.\\d+\\.\\d+", "Redis")
        .replaceAll("(at line \\d+) of .*", "$1")
        .replace(", nothing", "");
  }

  @Test
  void commandLines_giveTheSameValues() throws Exception {
    Files.writeString(directory.resolve("s.conf"), "save 1 2\nsave 3 4\nrequirepass \"a\\x62c\"\n");
    String[][] commandLines = {
      {},
      {"s.conf"},
      {"s.conf", "--save", "5", "6"},
      {"s.conf", "--save", ""},
      {"s.conf", "--save", "", "--save", "7", "8"},
      {"--save", "900", "1", "--save", ""},
      {"--save"},
      {"--save", "--timeout", "7"},
      {"--save", "900", "1", "300", "10"},
      {"--save", "900 1"},
      {"--timeout 5", "--maxmemory", "5mb"},
      {"--bind", "127.0.0.1 -::1"},
      {"--bind", "127.0.0.1", "-::1"},
      {
        "--CLIENT-output-buffer-limit",
        "normal",
        "1",
        "2",
        "3",
        "--client-output-buffer-limit",
        "pubsub 4 5 6"
      },
      {"--proc-title-template", "--foo {title}"},
      {"--syslog-ident", "a b\n\t\"c\" é"},
      {"--syslog-ident", "--port"},
      {"--slave-priority", "7", "--hz", "1000"},
      {"--lua-replicate-commands", "yes"},
      {"--unixsocketperm", "0700", "--databases", "4"},
      {"--replicaof", "no one"},
      {"--shutdown-on-sigterm", "nosave", "now", "--shutdown-on-sigint", "force now"},
    };
    for (String[] args : commandLines) {
      int port = RealRedis.freePort();
      List<String> all = new ArrayList<>(Arrays.asList(args));
      all.addAll(List.of("--port", "" + port, "--dir", "."));
      try (RealRedis theirs = RealRedis.start(directory, port, all.toArray(String[]::new))) {
        Config config = Config.builder().baseDirectory(directory).arguments(all).build();
        if (config.requirepass() != null) {
          theirs.call("AUTH", Objects.requireNonNull(config.requirepass()));
        }
        assertThat(config.port()).isEqualTo(port);
        assertThat(known(new Settings(config), theirs))
            .as(Arrays.toString(args))
            .isEqualTo(pairs(theirs.call("CONFIG", "GET", "*")));
      }
    }
  }

  /** All that Redis shows, from Hydrion. */
  private static Set<List<String>> known(Settings ours, RealRedis theirs) throws Exception {
    List<String> reply = theirs.call("CONFIG", "GET", "*");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < reply.size(); i += 2) {
      names.add(reply.get(i));
    }
    return pairs(ours.get(names));
  }

  @Test
  void configRewrite_writesTheSameFile() throws Exception {
    String[] contents = {
      "",
      "\n\n\n",
      "# only a comment",
      "# start\n\nmaxmemory 1mb\n\n\n\n# twice\nmaxmemory 2mb\nsave 900 1\nsave 300 10\nsave 60 1\n"
          + "slave-priority 5\nlua-replicate-commands yes\nHASH-max-ziplist-VALUE 64\n"
          + "requirepass \"a b\\x00\\xff\"\nbind 127.0.0.1 -::1\ntimeout 0\n"
          + "client-output-buffer-limit pubsub 1 2 3\nrename-command DEBUG debug2\n",
      "  timeout   3   \r\n# Generated by CONFIG REWRITE\nlfu-log-factor 12\nbind * -::*\n"
          + "unixsocketperm 700\nnotify-keyspace-events \"\"\nlogfile \"\"\n",
    };
    String[][] changes = {
      {},
      {"timeout", "5", "maxmemory", "3221225472", "save", "", "requirepass", ""},
      {
        "save",
        "1 2 3 4",
        "maxmemory-clients",
        "5%",
        "notify-keyspace-events",
        "KEA",
        "client-output-buffer-limit",
        "normal 1kb 2 3",
        "latency-tracking-info-percentiles",
        "",
        "syslog-ident",
        "x"
      },
      {
        "latency-tracking-info-percentiles",
        "1.50 2",
        "masterauth",
        "p\"w\\ \n",
        "maxmemory-policy",
        "allkeys-lfu",
        "shutdown-on-sigterm",
        "save now",
        "hz",
        "7",
        "oom-score-adj-values",
        "0 201 801",
        "repl-backlog-size",
        "2kb"
      }
    };
    for (String content : contents) {
      for (String[] change : changes) {
        compareRewrite(content, change);
      }
    }
  }

  private static void compareRewrite(String content, String[] change) throws Exception {
    int port = RealRedis.freePort();
    Path theirFile = directory.resolve("theirs.conf");
    Path ourFile = directory.resolve("ours.conf");
    String withPort = "port " + port + "\n" + content;
    Files.writeString(theirFile, withPort, StandardCharsets.ISO_8859_1);
    Files.writeString(ourFile, withPort, StandardCharsets.ISO_8859_1);
    Config config = Config.builder().baseDirectory(directory).file(ourFile).build();
    Settings ours = new Settings(config);
    List<String> userLines = new ArrayList<>();
    ours.rewriteLines("user", () -> userLines);
    try (RealRedis theirs = RealRedis.start(directory, port, theirFile.toString())) {
      String password = config.requirepass();
      if (password != null) {
        theirs.call("AUTH", password);
      }
      for (int i = 0; i < change.length; i += 2) {
        String[] pair = Arrays.copyOfRange(change, i, i + 2);
        assertThat(ours.set(pair)).as(pair[0]).isEqualTo(theirs.set(pair));
      }
      for (int round = 0; round < 2; round++) {
        assertThat(theirs.call("CONFIG", "REWRITE")).containsExactly("OK");
        List<String> written = Files.readAllLines(theirFile, StandardCharsets.ISO_8859_1);
        userLines.clear();
        written.stream().filter(line -> line.startsWith("user ")).forEach(userLines::add);
        assertThat(ours.rewrite()).isNull();
        List<String> expected = written;
        List<String> actual = Files.readAllLines(ourFile, StandardCharsets.ISO_8859_1);
        assertThat(sortedTail(actual)).as(content).isEqualTo(sortedTail(expected));
      }
    }
  }

  /** The lines with those appended in the order of their text: Redis's order is a hash table's. */
  private static List<String> sortedTail(List<String> lines) {
    int signature = lines.indexOf("# Generated by CONFIG REWRITE");
    List<String> sorted = new ArrayList<>(lines.subList(0, signature + 1));
    lines.stream().skip(signature + 1L).sorted().forEach(sorted::add);
    return sorted;
  }
}
