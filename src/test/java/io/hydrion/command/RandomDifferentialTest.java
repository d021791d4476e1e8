package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands of two connections, transactions among them, to Hydrion and to a real Redis: the
 * same replies, the same messages of keyspace events, and the same keys in the end. The system
 * property {@code hydrion.test.seed} repeats a run, {@code hydrion.test.commands} makes it longer.
 */
class RandomDifferentialTest {
  private static final int COMMANDS = Integer.getInteger("hydrion.test.commands", 20_000);
  private static final int BATCH_MAX = 40;
  private static final int DATABASES = 16;
  private static final int WAIT_MILLIS = 20_000;
  private static final int HISTORY = 60;

  /** Up to how many elements collections are packed. */
  private static final List<String> THRESHOLDS =
      List.of(
          "hash-max-listpack-entries",
          "zset-max-listpack-entries",
          "set-max-intset-entries",
          "list-max-listpack-size",
          "stream-node-max-entries");

  /** How far apart the servers' clocks and turns may be. */
  private static final long APART_MILLIS_MAX = 60_000;

  private static SideBySide servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = SideBySide.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    SideBySide.close(servers);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void randomCommands_answeredAsByRedis(int protocol) throws Exception {
    run(protocol, false);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void randomCommandsOfAllTypes_answeredAsByRedis(int protocol) throws Exception {
    run(protocol, true);
  }

  private static void run(int protocol, boolean hasCollections) throws IOException {
    long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
    System.out.println("RandomDifferentialTest RESP" + protocol + " seed " + seed);
    new Run(seed, protocol, hasCollections).run();
  }

  /** The same connection to both servers. */
  private static final class Pair {
    final String name;
    final RawSocket redis;
    final RawSocket hydrion;

    /** The commands queued since MULTI; null outside of a transaction. */
    List<String[]> queued;

    Pair(String name, int protocol) throws IOException {
      this.name = name;
      redis = new RawSocket(servers.redisPort);
      hydrion = new RawSocket(servers.hydrionPort());
      for (RawSocket socket : List.of(redis, hydrion)) {
        assertThat(socket.call("HELLO", Integer.toString(protocol))).doesNotStartWith("-");
      }
    }

    void close() throws IOException {
      redis.close();
      hydrion.close();
    }
  }

  private static final class Run {
    private final SplittableRandom random;
    private final RandomCommands commands;
    private final Pair a;
    private final Pair b;
    private final Pair listener;
    private final String title;
    private final boolean hasCollections;
    private final Deque<String> history = new ArrayDeque<>();
    private int count;

    Run(long seed, int protocol, boolean hasCollections) throws IOException {
      this.hasCollections = hasCollections;
      title = "RESP" + protocol + ", seed " + seed;
      random = new SplittableRandom(seed);
      commands = new RandomCommands(random.split(), hasCollections);
      a = new Pair("A", protocol);
      b = new Pair("B", protocol);
      listener = new Pair("L", protocol);
    }

    void run() throws IOException {
      both(a, "FLUSHALL");
      // SMOVE tells of a new key first, lest a member be lost where memory is short.
      both(a, "CONFIG", "SET", "notify-keyspace-events", hasCollections ? "KEAm" : "KEAmn");
      boolean convertsEarly = random.nextBoolean();
      for (String directive : THRESHOLDS) {
        both(a, "CONFIG", "SET", directive, convertsEarly ? "6" : "128");
      }
      both(listener, "PSUBSCRIBE", "__key*__:*");
      both(listener, "SUBSCRIBE", "news");
      both(listener, "SSUBSCRIBE", "{a}news");
      while (count < COMMANDS) {
        batch(random.nextInt(3) == 0 ? b : a);
        messages();
      }
      both(a, "RESET");
      both(b, "RESET");
      for (int db = 0; db < DATABASES; db++) {
        compareKeys(db);
      }
      a.close();
      b.close();
      listener.close();
    }

    private void both(Pair pair, String... words) throws IOException {
      String theirs = pair.redis.call(words);
      String ours = pair.hydrion.call(words);
      check(theirs.equals(ours), pair, theirs, ours, words);
    }

    /** Some commands in one go, and then their replies. */
    private void batch(Pair pair) throws IOException {
      int size = 1 + random.nextInt(random.nextBoolean() ? 4 : BATCH_MAX);
      List<String[]> batch = new ArrayList<>();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int i = 0; i < size; i++) {
        String[] words = commands.next();
        batch.add(words);
        bytes.writeBytes(RawSocket.encode(words));
      }
      pair.redis.send(bytes.toByteArray());
      pair.hydrion.send(bytes.toByteArray());
      for (String[] words : batch) {
        String theirs = String.valueOf(pair.redis.reply(WAIT_MILLIS));
        String ours = String.valueOf(pair.hydrion.reply(WAIT_MILLIS));
        String name = words[0].toUpperCase(Locale.ROOT);
        history.add(pair.name + " " + show(words) + " → " + RawReply.shown(theirs, 0));
        if (history.size() > HISTORY) {
          history.remove();
        }
        count++;
        if (name.equals("EXEC") && pair.queued != null && areBothRun(theirs, ours)) {
          checkAll(pair, RawReply.elements(theirs), RawReply.elements(ours));
        } else {
          check(equal(words, theirs, ours), pair, theirs, ours, words);
        }
        follow(pair, name, words, theirs);
      }
    }

    private static void follow(Pair pair, String name, String[] words, String reply) {
      if (reply.equals("+QUEUED\r\n")) {
        pair.queued.add(words);
      } else if (name.equals("MULTI") && reply.startsWith("+")) {
        pair.queued = new ArrayList<>();
      } else if ((name.equals("EXEC") || name.equals("DISCARD")) && !reply.startsWith("-ERR")) {
        pair.queued = null;
      }
    }

    private static boolean areBothRun(String theirs, String ours) {
      return RawReply.isAggregate(theirs)
          && RawReply.isAggregate(ours)
          && !theirs.startsWith("*-1")
          && !ours.startsWith("*-1");
    }

    private void checkAll(Pair pair, List<String> theirs, List<String> ours) {
      assertThat(ours).as(title).hasSameSizeAs(theirs).hasSameSizeAs(pair.queued);
      for (int i = 0; i < theirs.size(); i++) {
        String[] words = pair.queued.get(i);
        check(equal(words, theirs.get(i), ours.get(i)), pair, theirs.get(i), ours.get(i), words);
      }
    }

    private static boolean equal(String[] words, String theirs, String ours) {
      if (theirs.equals(ours)) {
        return true;
      }
      return switch (words[0].toUpperCase(Locale.ROOT)) {
        case "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME" -> near(theirs, ours);
        case "RANDOMKEY", "OBJECT", "MEMORY" ->
            !theirs.startsWith("-") && RawReply.kind(theirs).equals(RawReply.kind(ours));
        case "SCAN" -> // with a small COUNT, any part of the keys may come
            RawReply.sorted(theirs).equals(RawReply.sorted(ours))
                || (theirs.startsWith("*2") && ours.startsWith("*2") && !contains(words, "1000"));
        case "KEYS",
            "PUBSUB",
            "SMEMBERS",
            "SINTER",
            "SUNION",
            "SDIFF",
            "SPOP",
            "HGETALL",
            "HKEYS",
            "HVALS",
            "HSCAN",
            "SSCAN",
            "ZSCAN" ->
            RawReply.sorted(theirs).equals(RawReply.sorted(ours));
        case "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER" ->
            RawReply.kind(theirs).equals(RawReply.kind(ours))
                && (!RawReply.isAggregate(theirs)
                    || RawReply.elements(theirs).size() == RawReply.elements(ours).size());
        // Redis refuses a number when the one that it converted last, by any command, was too large
        case "SORT", "SORT_RO" ->
            theirs.startsWith("-ERR One or more scores") && RawReply.isAggregate(ours);
        default -> false;
      };
    }

    private static boolean contains(String[] words, String wanted) {
      return List.of(words).contains(wanted);
    }

    private static boolean near(String theirs, String ours) {
      if (!theirs.startsWith(":") || !ours.startsWith(":")) {
        return false;
      }
      long first = Long.parseLong(theirs.substring(1).trim());
      long second = Long.parseLong(ours.substring(1).trim());
      return first >= 0 && second >= 0 && Math.abs(first - second) < APART_MILLIS_MAX;
    }

    /** What came to the connection that listens. */
    private void messages() throws IOException {
      try (RawSocket redis = new RawSocket(servers.redisPort);
          RawSocket hydrion = new RawSocket(servers.hydrionPort())) {
        redis.call("PUBLISH", "news", "end " + count);
        hydrion.call("PUBLISH", "news", "end " + count);
      }
      while (true) {
        String theirs = String.valueOf(listener.redis.reply(WAIT_MILLIS));
        String ours = String.valueOf(listener.hydrion.reply(WAIT_MILLIS));
        check(theirs.equals(ours), listener, theirs, ours, "(message)");
        if (theirs.contains("end " + count)) {
          return;
        }
      }
    }

    private void compareKeys(int db) throws IOException {
      both(a, "SELECT", Integer.toString(db));
      both(a, "DBSIZE");
      String keys = a.redis.call("KEYS", "*");
      String ours = a.hydrion.call("KEYS", "*");
      check(RawReply.sorted(keys).equals(RawReply.sorted(ours)), a, keys, ours, "KEYS", "*");
      for (String bulk : RawReply.elements(keys)) {
        String key = bulk.substring(bulk.indexOf('\n') + 1, bulk.length() - 2);
        compareValues(key);
        compareEncodings(key);
        String[] ttl = {"PTTL", key};
        String left = a.redis.call(ttl);
        String leftOfOurs = a.hydrion.call(ttl);
        check(equal(ttl, left, leftOfOurs), a, left, leftOfOurs, ttl);
      }
    }

    /** SORT makes any sorted set a skiplist, but only in Redis. */
    private void compareEncodings(String key) throws IOException {
      String[] words = {"OBJECT", "ENCODING", key};
      String theirs = a.redis.call(words);
      String ours = a.hydrion.call(words);
      boolean sorted = theirs.endsWith("\nskiplist\r\n") && ours.endsWith("\nlistpack\r\n");
      check(sorted || theirs.equals(ours), a, theirs, ours, words);
    }

    private void compareValues(String key) throws IOException {
      String type = a.redis.call("TYPE", key).substring(1).trim();
      both(a, "TYPE", key);
      String[] words =
          switch (type) {
            case "list" -> new String[] {"LRANGE", key, "0", "-1"};
            case "set" -> new String[] {"SMEMBERS", key};
            case "zset" -> new String[] {"ZRANGE", key, "0", "-1", "WITHSCORES"};
            case "hash" -> new String[] {"HGETALL", key};
            case "stream" -> new String[] {"XRANGE", key, "-", "+"};
            default -> new String[] {"GET", key};
          };
      String theirs = a.redis.call(words);
      String ours = a.hydrion.call(words);
      check(equal(words, theirs, ours), a, theirs, ours, words);
    }

    private void check(boolean equal, Pair pair, String theirs, String ours, String... words) {
      if (!equal) {
        fail(
            title
                + ", after "
                + count
                + " commands:\n"
                + String.join("\n", history)
                + "\n"
                + pair.name
                + " "
                + show(words)
                + RawReply.contrast(theirs, ours));
      }
    }

    private static String show(String[] words) {
      StringBuilder line = new StringBuilder();
      for (String word : words) {
        line.append(line.isEmpty() ? "" : " ");
        line.append(word.matches("[!-~]+") ? word : '"' + RawReply.shown(word, 0) + '"');
      }
      return line.toString();
    }
  }
}
