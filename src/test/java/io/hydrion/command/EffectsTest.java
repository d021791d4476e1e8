package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.config.RealRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What commands leave in the append log: the same as in that of a real Redis. Times may be a little
 * apart.
 */
class EffectsTest {
  private static final int WAIT_MILLIS = 20_000;

  /** How far apart the servers' clocks and turns may be. */
  private static final long APART_MILLIS_MAX = 300_000;

  private static final Pattern TIME = Pattern.compile("\\d{13}");
  private static final Pattern ID = Pattern.compile("(\\d{13})-[01]"); // two may be of one ms

  @TempDir static Path directory;

  private static SideBySide servers;
  private static RealRedis target;
  private static int targetPort;

  /** What stands for words that cannot be written down here. */
  private static final Map<String, String> WORDS = new HashMap<>();

  private static Server redis;
  private static Server hydrion;

  /** The connections to a server. */
  private static final class Server implements AutoCloseable {
    final Path directory;
    final String targetDatabase;
    private final int port;
    final RawSocket one;
    RawSocket other;
    private int seen;
    private int marks;

    Server(int port, Path directory, String targetDatabase) throws IOException {
      this.port = port;
      this.directory = directory;
      this.targetDatabase = targetDatabase;
      one = new RawSocket(port);
      other = new RawSocket(port);
    }

    /** Makes the server empty, and the other connection new. */
    void reset() throws IOException {
      other.close();
      other = new RawSocket(port);
      one.call("SELECT", "0");
      one.call("FLUSHALL");
      seen = logged().size();
      one.call("DEL", "mark");
      seen++;
    }

    /** The commands that have been logged since {@link #reset}, as lines. */
    List<String> finish() throws IOException {
      one.call("SELECT", "0");
      List<List<String>> all = logged();
      return all.subList(seen, all.size() - 1).stream().map(EffectsTest::show).toList();
    }

    /** All commands that have been logged, up to one that marks the end: the file may be behind. */
    private List<List<String>> logged() throws IOException {
      String mark = "mark " + marks++;
      one.call("SET", "mark", mark);
      await()
          .atMost(Duration.ofMillis(WAIT_MILLIS))
          .pollInterval(Duration.ofMillis(5))
          .ignoreExceptions() // of a command of which only a part is there
          .until(() -> LoggedCommands.in(directory).getLast().getLast().equals(mark));
      return LoggedCommands.in(directory);
    }

    @Override
    public void close() throws IOException {
      one.close();
      other.close();
    }
  }

  /**
   * Commands to be run one after the other.
   *
   * @param ours what is expected of Hydrion, where that is not what Redis does, on purpose
   */
  private record Case(String title, List<String> steps, List<String> ours) {
    @Override
    public String toString() {
      return title;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    servers = SideBySide.startLogging(directory);
    redis = new Server(servers.redisPort, directory.resolve("redis"), "0");
    hydrion = new Server(servers.hydrionPort(), directory.resolve("hydrion"), "1");
    targetPort = RealRedis.freePort();
    Path targetDirectory = Files.createDirectories(directory.resolve("target"));
    String port = Integer.toString(targetPort);
    target = RealRedis.start(targetDirectory, targetPort, "--port", port, "--save", "");
    WORDS.put("<target>", port);
    WORDS.put("''", "");
    WORDS.put("<now>", Long.toString(System.currentTimeMillis()));
    WORDS.put("<later>", Long.toString(System.currentTimeMillis() / 1000 + 1000));
    WORDS.put("<laterms>", Long.toString(System.currentTimeMillis() + 1_000_000));
    redis.one.call("SET", "source", "some text");
    String dump = redis.one.call("DUMP", "source");
    WORDS.put("<dump>", dump.substring(dump.indexOf('\n') + 1, dump.length() - 2));
    for (Server server : List.of(redis, hydrion)) {
      for (String directive : List.of("aof-use-rdb-preamble", "activerehashing")) {
        server.one.call("CONFIG", "SET", directive, "yes");
      }
      server.one.call("CONFIG", "SET", "stream-node-max-entries", "3");
      server.one.call("CONFIG", "SET", "set-max-intset-entries", "5");
      server.one.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    }
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable closed : Arrays.asList(redis, hydrion, target)) {
      if (closed != null) {
        closed.close();
      }
    }
    SideBySide.close(servers);
  }

  static Stream<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    String title = "";
    List<String> steps = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    try (var in = EffectsTest.class.getResourceAsStream("effects.txt")) {
      for (String line : new String(in.readAllBytes(), ISO_8859_1).lines().toList()) {
        if (line.startsWith("== ")) {
          cases.add(new Case(title, steps, ours));
          title = line.substring(3);
          steps = new ArrayList<>();
          ours = new ArrayList<>();
        } else if (line.startsWith("> ")) {
          ours.add(line.substring(2));
        } else if (!line.isBlank() && !line.startsWith("#")) {
          steps.add(line);
        }
      }
    }
    cases.add(new Case(title, steps, ours));
    return cases.stream().skip(1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void effects_areRedissOnes(Case of) throws Exception {
    for (Server server : List.of(redis, hydrion)) {
      server.reset();
    }
    for (String step : of.steps) {
      run(step);
    }
    List<String> theirs = redis.finish();
    List<String> own = hydrion.finish();
    String all = String.join("\n", theirs) + "\n\nHydrion:\n" + String.join("\n", own);
    if (of.ours.isEmpty()) {
      assertThat(near(theirs, own)).as("Redis:\n%s", all).isTrue();
    } else {
      String expected = String.join("\n", of.ours);
      assertThat(near(of.ours, own)).as("expected:\n%s\n\nRedis:\n%s", expected, all).isTrue();
      assertThat(near(theirs, own)).as("no difference from Redis:\n%s", all).isFalse();
    }
  }

  /**
   * Runs a command on both servers; one after "other:" on another connection, where it blocks;
   * "served" waits for its reply, "keys: " until there are so many; a number makes a pause of ms.
   */
  private static void run(String step) throws Exception {
    if (step.matches("\\d+")) {
      Thread.sleep(Long.parseLong(step));
      return;
    }
    List<String> replies = new ArrayList<>();
    for (Server server : List.of(redis, hydrion)) {
      if (step.startsWith("other: ")) {
        server.other.send(words(step.substring(7), server));
        await().atMost(Duration.ofMillis(WAIT_MILLIS)).until(() -> isAnyBlocked(server));
      } else if (step.equals("served")) {
        replies.add(String.valueOf(server.other.reply(WAIT_MILLIS)));
      } else if (step.startsWith("keys: ")) {
        String size = ":" + step.substring(6) + "\r\n";
        await()
            .atMost(Duration.ofMillis(WAIT_MILLIS))
            .until(() -> server.one.call("DBSIZE").equals(size));
      } else {
        replies.add(server.one.call(words(step, server)));
      }
    }
    assertThat(replies).as(step + ": " + replies).allMatch(reply -> !reply.contains("null"));
    if (replies.size() == 2) {
      assertThat(replies.get(1).charAt(0))
          .as(step + ": " + replies)
          .isEqualTo(replies.get(0).charAt(0));
    }
  }

  private static boolean isAnyBlocked(Server server) throws IOException {
    return server.one.call("INFO", "clients").contains("\r\nblocked_clients:1\r\n");
  }

  private static String[] words(String step, Server server) {
    return Arrays.stream(step.split(" "))
        .map(word -> word.equals("<db>") ? server.targetDatabase : WORDS.getOrDefault(word, word))
        .toArray(String[]::new);
  }

  private static String show(List<String> command) {
    StringBuilder line = new StringBuilder();
    for (String word : command) {
      line.append(line.isEmpty() ? "" : " ");
      word.chars()
          .forEach(
              c -> line.append(c > ' ' && c <= '~' ? "" + (char) c : String.format("\\x%02x", c)));
    }
    return line.toString();
  }

  private static boolean near(List<String> theirs, List<String> own) {
    if (theirs.size() != own.size()) {
      return false;
    }
    for (int i = 0; i < own.size(); i++) {
      String[] a = theirs.get(i).split(" ");
      String[] b = own.get(i).split(" ");
      if (a.length != b.length) {
        return false;
      }
      for (int k = 0; k < a.length; k++) {
        if (!isNear(WORDS.getOrDefault(a[k], a[k]), b[k])) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isNear(String theirs, String own) {
    if (theirs.equals(own)) {
      return true;
    }
    if (TIME.matcher(theirs).matches() && TIME.matcher(own).matches()) {
      return Math.abs(Long.parseLong(theirs) - Long.parseLong(own)) < APART_MILLIS_MAX;
    }
    var id = ID.matcher(theirs);
    var ownId = ID.matcher(own);
    return id.matches() && ownId.matches() && isNear(id.group(1), ownId.group(1));
  }
}
