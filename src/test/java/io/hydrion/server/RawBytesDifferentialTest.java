package io.hydrion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import io.hydrion.util.Bytes;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same odd bytes to Hydrion and to a real Redis: the same bytes back, the same connections
 * closed.
 */
class RawBytesDifferentialTest {
  /** How long a connection stays silent before it is taken for one that stays open. */
  private static final int QUIET_MILLIS = 1500;

  private static final int TOGETHER = 300;
  private static Process redis;
  private static int redisPort;
  private static Hydrion hydrion;

  @BeforeAll
  static void startBoth(@TempDir Path directory) throws Exception {
    String path = System.getenv().getOrDefault("PATH", "");
    assumeTrue(
        Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "redis-server"))),
        "redis-server is not installed");
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      redisPort = probe.getLocalPort();
    }
    redis =
        new ProcessBuilder(
                "redis-server",
                "--port",
                Integer.toString(redisPort),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    awaitRedis();
    hydrion = Hydrion.start(Config.builder().port(0).bind("127.0.0.1").build());
  }

  private static void awaitRedis() throws Exception {
    for (int i = 0; i < 500; i++) {
      try (Wire wire = new Wire(redisPort)) {
        assertThat(wire.ask("PING")).isEqualTo("+PONG");
        return;
      } catch (IOException e) {
        assertThat(redis.isAlive()).isTrue();
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
    throw new AssertionError("redis-server does not answer");
  }

  @AfterAll
  static void stopBoth() throws Exception {
    if (hydrion != null) {
      hydrion.close();
    }
    if (redis != null) {
      redis.destroy();
      if (!redis.waitFor(10, TimeUnit.SECONDS)) {
        redis.destroyForcibly().waitFor();
      }
    }
  }

  private static String array(String... words) {
    StringBuilder array = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      array.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return array.toString();
  }

  private static List<String> counts() {
    List<String> all = new ArrayList<>();
    for (String number :
        List.of(
            "",
            "0",
            "1",
            "2",
            "-0",
            "-1",
            "-2",
            "+1",
            " 1",
            "1 ",
            "01",
            "1.0",
            "1e1",
            "0x1",
            "abc",
            "1\n",
            "\n",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "99999999999999999999999999",
            "1\0",
            "\0",
            "*1",
            "$1")) {
      all.add("*" + number + "\r\n");
      all.add("*" + number + "\r\nPING\r\n");
      all.add("PING\r\n*" + number + "\r\n$4\r\nPING\r\n");
      all.add("*1\r\n$" + number + "\r\n");
      all.add("*1\r\n$" + number + "\r\nPING\r\nPING\r\n");
      all.add("*2\r\n$3\r\nGET\r\n$" + number + "\r\nk\r\nPING\r\n");
    }
    return all;
  }

  private static List<String> markers() {
    List<String> all = new ArrayList<>();
    for (int c = 0; c < 256; c++) {
      all.add("*1\r\n" + (char) c + "4\r\nPING\r\n");
    }
    return all;
  }

  private static List<String> lines() {
    List<String> all = new ArrayList<>();
    for (String line :
        List.of(
            "",
            " ",
            "\t",
            "\0",
            "PING",
            "ping",
            " PING ",
            "PING\t",
            "\tPING",
            "\u000bPING",
            "PI\0NG",
            "PING\0",
            "PING\r",
            "\rPING",
            "\"PING\"",
            "'PING'",
            "\"PI\"NG",
            "PI\"NG\"",
            "\"\\x50ING\"",
            "\"\\x5\"",
            "\"\\xZZ\"",
            "\"\\n\"",
            "\"",
            "'",
            "PING \"",
            "PING '",
            "PING \"a\\\"",
            "PING 'a\\'",
            "PING \"\" ''x",
            "PING ''\"\"",
            "''",
            "\"\"",
            "\"\" PING",
            "GET",
            "GET k k",
            "get nosuchkey",
            "foo",
            "foo bar",
            "foo \"b\\x00r\" baz",
            "\"f\\x00o\"",
            "\"fo\\r\\no\"",
            "foo '\\n'",
            "foo \"\\n\" \"\\r\"",
            "POST / HTTP/1.1",
            "post",
            "POST",
            "Host: localhost",
            "host:",
            "HOST: x",
            "Host:x",
            "GET / HTTP/1.1",
            "PUT / HTTP/1.1",
            "\u00e9\u00fc",
            "*",
            "$4",
            "+PING",
            "-ERR",
            ":1",
            "*1",
            "_",
            "%1",
            "~1",
            ">1",
            "#t",
            ",1",
            "(1",
            "=4",
            "!4",
            "|1",
            "SET k",
            "SET k v x",
            "SET",
            "MSET a",
            "MSET a b c",
            "INCR",
            "ECHO x",
            "ECHO",
            "PING a",
            "PING a b",
            "SELECT 99",
            "SELECT x",
            "MULTI",
            "EXEC",
            "DISCARD",
            "RESET",
            "QUIT",
            "QUIT x",
            "AUTH x",
            "HELLO 9",
            "CLIENT",
            "CLIENT nosuch",
            "config",
            "SUBSCRIBE",
            "UNSUBSCRIBE",
            "SET n1 1x",
            "x".repeat(200),
            "foo " + "y".repeat(200),
            "foo " + "a b c d ".repeat(40),
            "foo '" + "z ".repeat(100) + "'",
            "\"" + "q".repeat(127) + "\\x00" + "r".repeat(20) + "\"")) {
      all.add(line + "\r\n");
      all.add(line + "\n");
      all.add(line + "\r\nPING\r\n");
      all.add("PING\r\n" + line + "\r\nPING\r\n");
      all.add(line);
    }
    return all;
  }

  private static List<String> arrays() {
    List<String> all = new ArrayList<>();
    for (String[] words :
        List.<String[]>of(
            new String[] {""},
            new String[] {"", "x"},
            new String[] {"PING"},
            new String[] {"pInG"},
            new String[] {"PI\0NG"},
            new String[] {"PING\r\n"},
            new String[] {"POST", "/"},
            new String[] {"host:", "x"},
            new String[] {"GET"},
            new String[] {"GET", ""},
            new String[] {"GET", "nosuch\0key"},
            new String[] {"foo", "a\r\nb", "c\0d", "e"},
            new String[] {"foo", "", "", ""},
            new String[] {"foo\r\nbar"},
            new String[] {"\u00ff\u00fe"},
            new String[] {"x".repeat(127), "y".repeat(127)},
            new String[] {"x".repeat(128), "y"},
            new String[] {"x".repeat(129), "y"},
            new String[] {"foo", "y".repeat(126), "z"},
            new String[] {"foo", "y".repeat(130), "z"})) {
      String whole = array(words);
      all.add(whole);
      all.add(whole + "PING\r\n" + whole);
      for (int cut = 1; cut < Math.min(whole.length(), 24); cut += 3) {
        all.add(whole.substring(0, cut));
      }
    }
    return all;
  }

  private static List<String> longOnes() {
    String k64 = "1".repeat(64 * 1024);
    return List.of(
        "x".repeat(200_000),
        "*" + k64 + k64,
        "*1\r\n$" + k64 + k64,
        "PING\r\n" + "x".repeat(150_000),
        "PING\r\n".repeat(5000),
        array("PING").repeat(5000),
        "\r\n".repeat(5000) + "PING\r\n",
        "*0\r\n*-1\r\n".repeat(2000) + "PING\r\n",
        array("SET", "rawbig", "v".repeat(100_000)) + array("GET", "rawbig"),
        array("foo", "v".repeat(100_000)),
        "foo " + "a ".repeat(20_000) + "\r\nPING\r\n",
        "PING\r\n".repeat(3000) + "*x\r\n" + "PING\r\n".repeat(10));
  }

  private static List<String> random(SplittableRandom random) {
    String[] parts = {
      "*1\r\n",
      "*2\r\n",
      "$4\r\n",
      "PING\r\n",
      "$3\r\n",
      "GET\r\n",
      "$0\r\n",
      "\r\n",
      "\n",
      "\r",
      "*0\r\n",
      "*-1\r\n",
      "$-1\r\n",
      "foo",
      " ",
      "\"",
      "'",
      "\\x41",
      "\0",
      "*",
      "$",
      "1",
      "nokey",
      "*1\r\n$4\r\nPING\r\n",
      "\u00e9",
      ":",
      "-"
    };
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      StringBuilder bytes = new StringBuilder();
      for (int n = 1 + random.nextInt(8); n > 0; n--) {
        bytes.append(parts[random.nextInt(parts.length)]);
      }
      all.add(bytes.toString());
    }
    return all;
  }

  @Test
  void counts_asRedis() throws Exception {
    compare(counts(), "");
  }

  @Test
  void markers_asRedis() throws Exception {
    compare(markers(), "");
  }

  @Test
  void lines_asRedis() throws Exception {
    compare(lines(), "");
  }

  @Test
  void arrays_asRedis() throws Exception {
    compare(arrays(), "");
  }

  @Test
  void longOnes_asRedis() throws Exception {
    compare(longOnes(), "");
  }

  @Test
  void randomBytes_asRedis() throws Exception {
    long seed = System.nanoTime();
    compare(random(new SplittableRandom(seed)), "seed " + seed + ": ");
  }

  private static void compare(List<String> sequences, String what) throws Exception {
    for (int from = 0; from < sequences.size(); from += TOGETHER) {
      List<String> some = sequences.subList(from, Math.min(from + TOGETHER, sequences.size()));
      List<Outcome> theirs = send(redisPort, some);
      List<Outcome> ours = send(hydrion.port(), some);
      for (int i = 0; i < some.size(); i++) {
        String shown =
            some.get(i).length() > 200 ? some.get(i).substring(0, 200) + "…" : some.get(i);
        assertThat(ours.get(i)).as(what + "%s", shown).isEqualTo(theirs.get(i));
      }
    }
  }

  /**
   * What a server does with some bytes.
   *
   * @param ending what came when the connection was left open
   * @param afterEnd what came when the client had ended its output
   */
  record Outcome(Wire.Ending ending, String afterEnd) {}

  private static List<Outcome> send(int port, List<String> sequences) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome>> running = new ArrayList<>();
      for (String sequence : sequences) {
        running.add(threads.submit(() -> outcome(port, Bytes.of(sequence))));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> one : running) {
        outcomes.add(one.get(60, TimeUnit.SECONDS));
      }
      return outcomes;
    }
  }

  private static Outcome outcome(int port, byte[] bytes) throws IOException {
    Wire.Ending ending;
    try (Wire wire = new Wire(port)) {
      sendAsFarAsTaken(wire, bytes);
      ending = wire.ending(QUIET_MILLIS);
    }
    if (ending.closed()) {
      return new Outcome(ending, "");
    }
    try (Wire wire = new Wire(port)) {
      sendAsFarAsTaken(wire, bytes);
      wire.endOutput();
      return new Outcome(ending, wire.ending(20_000).bytes());
    }
  }

  private static void sendAsFarAsTaken(Wire wire, byte[] bytes) {
    try {
      wire.send(bytes);
    } catch (IOException e) {
      // The other side has closed already; what it said before is still there to be read.
    }
  }
}
