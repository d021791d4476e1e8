package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrion.Hydrion;
import io.hydrion.config.RealRedis;
import io.hydrion.util.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands, and then another server that begins with their append log: it has the same keys.
 * The system property {@code hydrion.test.seed} repeats a run.
 */
class ReplayedLogTest {
  private static final int ROUNDS = 5;
  private static final int COMMANDS = Integer.getInteger("hydrion.test.logged", 1500);
  private static final int DATABASES = 16;
  private static final int WAIT_MILLIS = 20_000;

  /** What hangs on chance, on the clock, and on how values lie in memory. */
  private static final String[] FORMS = {
    "SPOP <s> [<i>]",
    "SPOP <s> 2",
    "SADD <s> <m>+",
    "SADD <s> <int>+",
    "SET <k> <v> PX <short>",
    "SET <k> <v> EX 100 GET",
    "PSETEX <k> <short> <v>",
    "GETEX <k> PX <short>",
    "PEXPIRE <any> <short>",
    "PEXPIRE <any> <short> [NX|XX|GT|LT]",
    "SCAN 0 COUNT 100",
    "RANDOMKEY",
    "GEORADIUS <g> <lonlat> 5000 km COUNT 2 ANY STORE <z>",
    "BLPOP <l> <l> 0.01",
    "BLMPOP 0.01 2 <l> <l> LEFT COUNT 3",
    "BZMPOP 0.01 2 <z> <z> MAX COUNT 3",
    "XADD <x> * <fv>+",
    "XADD <x> MAXLEN ~ 3 [LIMIT 2] * <fv>",
    "XADD <x> MINID ~ <id> * <fv>",
    "XADD <x> <id> <fv>",
    "XADD <x> <id> <fv>",
    "XTRIM <x> MAXLEN|MINID ~ <i> LIMIT <i>",
    "XGROUP CREATE <x> g1|g2 0 MKSTREAM",
    "XREADGROUP GROUP g1|g2 c1|c2 [COUNT <i>] [NOACK] STREAMS <x> >|0",
    "XREADGROUP GROUP g1|g2 c1|c2 COUNT 2 STREAMS <x> >",
    "XCLAIM <x> g1|g2 c1|c2 <i> <id>+ [IDLE <i>|TIME <i>] [RETRYCOUNT <i>] [FORCE] [LASTID <id>]",
    "XCLAIM <x> g1|g2 c1|c2 0 <id>+ FORCE [JUSTID] [LASTID <id>]",
    "XAUTOCLAIM <x> g1|g2 c1|c2 <i> 0 COUNT 3",
    "XDEL <x> <id>+",
    "DEL <x>",
    "PFADD <p> <m>+",
    "PFCOUNT <p>",
  };

  /** What Redis 7.0 does not know, and where it leaves to chance which of two comes first. */
  private static final String[] NEWER_FORMS = {
    "SORT <s> ALPHA BY {a}n* STORE <l>",
    "HSET <h> <fv>+",
    "HEXPIRE <h> <sec> [NX|XX|GT|LT] FIELDS 2 <m> <m>",
    "HPEXPIRE <h> <short> FIELDS 2 <m> <m>",
    "HPEXPIRE <h> <short> NX|XX|GT|LT FIELDS 2 <m> <m>",
    "HPEXPIREAT <h> 4000000000000|1 FIELDS 1 <m>",
    "HPERSIST <h> FIELDS 2 <m> <m>",
    "HGETEX <h> [EX 10|PX <short>|PXAT 4000000000000|PERSIST] FIELDS 2 <m> <m>",
    "HGETEX <h> EXAT 1 FIELDS 1 <m>",
    "HGETEX <h> PX <short> FIELDS 1 <m>",
    "HSETEX <h> [FNX|FXX] PX <short> FIELDS 2 <fv> <fv>",
    "HSETEX <h> KEEPTTL FIELDS 1 <fv>",
    "HSETEX <h> PXAT 1 FIELDS 1 <fv>",
    "HGETDEL <h> FIELDS 2 <m> <m>",
    "HINCRBY <h> <m> 5",
    "HINCRBYFLOAT <h> <m> 0.5",
    "HSETNX <h> <fv>",
    "HRANDFIELD <h>",
    "XDELEX <x> KEEPREF|DELREF|ACKED IDS 2 <id> <id>",
    "XACKDEL <x> g1|g2 KEEPREF|DELREF|ACKED IDS 1 <id>",
  };

  private static final String[] WAITING_FORMS = {
    "BLPOP|BRPOP <l> <l> 0",
    "BLMOVE <l> <l> LEFT|RIGHT LEFT|RIGHT 0",
    "BRPOPLPUSH <l> <l> 0",
    "BLMPOP 0 2 <l> <l> LEFT|RIGHT COUNT 2",
    "BZPOPMIN|BZPOPMAX <z> <z> 0",
    "BZMPOP 0 2 <z> <z> MIN|MAX COUNT 2",
    "XREADGROUP GROUP g1|g2 c1|c2 BLOCK 0 [NOACK] STREAMS <x> >",
  };

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private long seed;
  private SplittableRandom random;
  private RandomCommands commands;
  private boolean hasNewer;

  /** Whether values may have been packed anew meanwhile. */
  private boolean isRewritten;

  private void prepare(String title) {
    seed = Long.getLong("hydrion.test.seed", System.nanoTime());
    System.out.println("ReplayedLogTest " + title + " seed " + seed);
    random = new SplittableRandom(seed);
    commands = new RandomCommands(random.split(), true);
  }

  private Hydrion start(Clock of, String... more) {
    String[] kept = {
      "appendonly",
      "yes",
      "stream-node-max-entries",
      "3",
      "set-max-intset-entries",
      "8",
      "hash-max-listpack-entries",
      "4",
      "shards",
      "4"
    };
    return Hydrion.start(KeptServers.config(directory, kept, more), of, random.split());
  }

  @ParameterizedTest
  @ValueSource(strings = {"aof", "wal"})
  void nextServer_hasTheSameKeys(String format) throws Exception {
    prepare(format);
    hasNewer = true;
    for (int round = 0; round < ROUNDS; round++) {
      isRewritten = false;
      TreeMap<String, String> before;
      try (Hydrion server = start(clock, "log-format", format)) {
        change(server, true);
        if (random.nextBoolean()) {
          rewrite(server);
          change(server, true);
        }
        before = keys(server.port());
      }
      try (Hydrion server = start(clock, "log-format", format)) {
        String title = "round " + round + ", seed " + seed;
        assertSame(title, keys(server.port()), before);
      }
    }
  }

  @Test
  void redis_hasTheSameKeys() throws Exception {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed: nothing to compare with");
    prepare("Redis");
    String checksums = random.nextBoolean() ? "yes" : "no";
    for (int round = 0; round < ROUNDS; round++) {
      TreeMap<String, String> before;
      String digest;
      try (Hydrion server = start(Clock.system(), "aof-checksums", checksums)) {
        change(server, false);
        if (round % 2 == 1) {
          rewrite(server);
          change(server, false);
        }
        isRewritten = true; // Redis does not say how it packs as Hydrion does
        before = keys(server.port());
      }
      try (Hydrion server = start(Clock.system(), "aof-checksums", checksums)) {
        assertSame("round " + round + ", seed " + seed, keys(server.port()), before);
        digest = digest(server.port());
      }
      int port = RealRedis.freePort();
      String[] arguments = {"--port", "" + port, "--appendonly", "yes", "--save", ""};
      List<String> all = new ArrayList<>(List.of(arguments));
      all.addAll(List.of("--enable-debug-command", "yes"));
      all.addAll(List.of("--stream-node-max-entries", "3"));
      try (RealRedis redis = RealRedis.start(directory, port, all.toArray(String[]::new))) {
        String info = String.join("", redis.call("INFO", "server"));
        assumeTrue(info.contains("redis_version:7.0."), "the installed redis-server is no 7.0");
        await()
            .atMost(Duration.ofMillis(WAIT_MILLIS))
            .until(() -> redis.call("PING").equals(List.of("PONG")));
        assertSame("round " + round + ", seed " + seed, keys(port), before);
        assertThat(redis.call("DEBUG", "DIGEST"))
            .as("round " + round + ", seed " + seed + ": " + before.size() + " keys")
            .containsExactly(digest);
      }
    }
  }

  private static String digest(int port) throws IOException {
    try (RawSocket socket = new RawSocket(port)) {
      return socket.call("DEBUG", "DIGEST").substring(1).trim();
    }
  }

  private void rewrite(Hydrion server) throws IOException {
    try (RawSocket socket = new RawSocket(server.port())) {
      assertThat(socket.call("BGREWRITEAOF")).startsWith("+Background");
      isRewritten = true;
      if (random.nextBoolean()) {
        await()
            .atMost(Duration.ofMillis(WAIT_MILLIS))
            .until(() -> socket.call("INFO", "persistence").contains("aof_rewrite_in_progress:0"));
      }
    }
  }

  /** Runs random commands; some clients wait, and the clock is moved now and then. */
  private void change(Hydrion server, boolean movesClock) throws IOException {
    try (RawSocket one = new RawSocket(server.port());
        RawSocket waiting = new RawSocket(server.port())) {
      String id = waiting.call("CLIENT", "ID").substring(1).trim();
      boolean waits = false;
      one.call("SELECT", "" + random.nextInt(2));
      for (int i = 0; i < COMMANDS; i++) {
        String[] words =
            switch (random.nextInt(hasNewer ? 4 : 3)) {
              case 0 -> commands.next();
              case 1, 2 -> commands.of(FORMS);
              default -> commands.of(NEWER_FORMS);
            };
        if (movesClock && words[0].startsWith("B") && !words[0].startsWith("BIT")) {
          continue; // its time would not end
        }
        assertThat(one.call(words)).isNotEqualTo(RawSocket.CLOSED);
        if (movesClock && random.nextInt(20) == 0) {
          clock.advanceMillis(random.nextInt(50) == 0 ? 100_000 : random.nextInt(30));
        }
        if (waits && random.nextInt(20) == 0) {
          one.send("CLIENT", "UNBLOCK", id);
          assertThat(one.reply(WAIT_MILLIS)).isNotNull();
        }
        if (!waits && random.nextInt(4) == 0) {
          waiting.send(commands.of(WAITING_FORMS));
          waits = true;
        }
        waits &= waiting.reply(0) == null;
      }
    }
  }

  private static void assertSame(
      String title, TreeMap<String, String> after, TreeMap<String, String> before) {
    StringBuilder difference = new StringBuilder();
    TreeSet<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    for (String key : keys) {
      String was = String.valueOf(before.get(key));
      String is = String.valueOf(after.get(key));
      if (!was.equals(is)) {
        difference.append("\n").append(key).append(RawReply.contrast(was, is));
      }
    }
    assertThat(difference.toString()).as(title).isEmpty();
  }

  // ---- what there is

  /** All keys that have not expired, and what they hold; what has expired is gone then. */
  private TreeMap<String, String> keys(int serverPort) throws IOException {
    TreeMap<String, String> all = new TreeMap<>();
    try (RawSocket socket = new RawSocket(serverPort)) {
      for (int db = 0; db < DATABASES; db++) {
        socket.call("SELECT", "" + db);
        keepShort(socket);
        scan(socket);
        for (String key : bulks(socket.call("KEYS", "*"))) {
          String value = value(socket, key);
          if (!value.startsWith("none") && !value.endsWith("{}")) { // all fields have expired
            all.put(db + " " + key, value);
          }
        }
      }
      return all;
    }
  }

  /** Takes the expiry from keys that would not be there when the next server is. */
  private void keepShort(RawSocket socket) throws IOException {
    for (String key : hasNewer ? List.<String>of() : bulks(socket.call("KEYS", "*"))) {
      if (isShort(socket.call("PTTL", key))) {
        socket.call("PERSIST", key);
      }
    }
  }

  private static boolean isShort(String ttl) {
    long millis = Long.parseLong(ttl.substring(1).trim());
    return millis >= 0 && millis < 60_000;
  }

  private static void scan(RawSocket socket) throws IOException {
    String cursor = "0";
    do {
      cursor = bulks(RawReply.elements(socket.call("SCAN", cursor)).get(0)).get(0);
    } while (!cursor.equals("0"));
  }

  private String value(RawSocket socket, String key) throws IOException {
    String type = socket.call("TYPE", key).substring(1).trim();
    if (type.equals("none")) {
      return type; // all its fields have just been removed
    }
    String value =
        switch (type) {
          case "string" -> socket.call("GET", key);
          case "list" -> socket.call("LRANGE", key, "0", "-1");
          case "set" -> bulks(socket.call("SMEMBERS", key)).stream().sorted().toList().toString();
          case "zset" -> // a score of -0 is 0 in a snapshot
              socket
                  .call("ZRANGE", key, "0", "-1", "WITHSCORES")
                  .replace("$2\r\n-0\r\n", "$1\r\n0\r\n");
          case "hash" -> hash(socket, key);
          case "stream" -> stream(socket, key);
          default -> throw new AssertionError(type);
        };
    String expiry = socket.call("PEXPIRETIME", key);
    // Reading can change that of a string; taking much out of a set puts it together anew.
    boolean tells = !isRewritten && !type.equals("string") && !type.equals("set");
    String encoding = tells ? bulks(socket.call("OBJECT", "ENCODING", key)).get(0) : "";
    encoding = encoding.replace("listpackex", "listpack"); // it has had fields that expire
    return type + " " + expiry + encoding + value;
  }

  private String hash(RawSocket socket, String key) throws IOException {
    List<String> words = bulks(socket.call("HGETALL", key));
    TreeMap<String, String> fields = new TreeMap<>();
    for (int i = 0; i < words.size(); i += 2) {
      String time = hasNewer ? socket.call("HPEXPIRETIME", key, "FIELDS", "1", words.get(i)) : "";
      fields.put(words.get(i), words.get(i + 1) + " " + time);
    }
    return fields.toString();
  }

  /** All but when consumers were seen: claims only tell when they were given something. */
  private String stream(RawSocket socket, String key) throws IOException {
    String all = socket.call("XINFO", "STREAM", key, "FULL", "COUNT", "0");
    String masked = isRewritten ? "(seen-time|active-time|radix-tree-[a-z]+)" : "([a-z]+-time)";
    return all.replaceAll(masked + "\r\n:-?\\d+", "$1");
  }

  /** The texts of an array of bulk strings, or of a bulk string. */
  private static List<String> bulks(String reply) {
    List<String> texts = new ArrayList<>();
    List<String> elements = RawReply.isAggregate(reply) ? RawReply.elements(reply) : List.of(reply);
    for (String element : elements) {
      texts.add(element.substring(element.indexOf('\n') + 1, element.length() - 2));
    }
    return texts;
  }
}
