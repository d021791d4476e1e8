package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.hydrion.command.Transcript.Line;
import io.hydrion.command.Transcript.Mode;
import io.hydrion.command.Transcript.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each {@link Transcript} in the resources, answered by Hydrion and by a real Redis: same bytes.
 */
class TranscriptTest {
  private static final int REPLY_MILLIS_MAX = 10_000;

  /** How long to wait for what may not come, in milliseconds. */
  private record Patience(int afterReply, int message, int close) {}

  private static final Patience SHORT = new Patience(2, 150, 20);

  /** For the second try of a section: a busy machine is no difference. */
  private static final Patience LONG = new Patience(50, 1_500, 300);

  private static SideBySide servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = SideBySide.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    SideBySide.close(servers);
  }

  @TestFactory
  Stream<DynamicNode> transcripts_answeredAsByRedis() throws Exception {
    Path directory = Path.of(TranscriptTest.class.getResource("/transcripts").toURI());
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    assertThat(files).isNotEmpty();
    return files.stream().map(TranscriptTest::tests);
  }

  private static DynamicNode tests(Path file) {
    String name = file.getFileName().toString();
    return DynamicContainer.dynamicContainer(
        name,
        Transcript.read(file).stream()
            .map(
                section -> DynamicTest.dynamicTest(section.title(), () -> compare(name, section))));
  }

  private static void compare(String file, Section section) throws Exception {
    if (differences(file, section, SHORT).isEmpty()) {
      return;
    }
    List<String> differences = differences(file, section, LONG);
    if (!differences.isEmpty()) {
      fail(differences.size() + " lines differ:\n" + String.join("\n", differences));
    }
  }

  private static List<String> differences(String file, Section section, Patience patience)
      throws Exception {
    List<String> theirs;
    List<String> ours;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<String>> first = threads.submit(() -> run(servers.redisPort, section, patience));
      Future<List<String>> second =
          threads.submit(() -> run(servers.hydrionPort(), section, patience));
      theirs = first.get(120, TimeUnit.SECONDS);
      ours = second.get(120, TimeUnit.SECONDS);
    }
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < section.lines().size(); i++) {
      Line line = section.lines().get(i);
      boolean equal = equal(line.mode(), theirs.get(i), ours.get(i));
      if (equal == (line.reason() != null)) {
        differences.add(
            file
                + ":"
                + line.number()
                + ": "
                + (line.connection() == 0 ? "" : "[" + line.connection() + "] ")
                + line.text()
                + (equal ? "\n  no longer differs" : "")
                + RawReply.contrast(theirs.get(i), ours.get(i)));
      }
    }
    return differences;
  }

  private static boolean equal(Mode mode, String theirs, String ours) {
    return switch (mode) {
      case SAME -> theirs.equals(ours);
      case KIND -> RawReply.kind(theirs).equals(RawReply.kind(ours));
      case UNORDERED -> RawReply.sorted(theirs).equals(RawReply.sorted(ours));
    };
  }

  /** What a server answers to each line, nothing where no answer is meant to come. */
  private static List<String> run(int port, Section section, Patience patience) throws Exception {
    Map<Integer, Connection> connections = new HashMap<>();
    List<String> replies = new ArrayList<>();
    try {
      reset(port);
      for (Line line : section.lines()) {
        if (line.isSleep()) {
          TimeUnit.MILLISECONDS.sleep(line.sleepMillis());
          replies.add("");
        } else if (line.text().equals("close")) {
          connections.remove(line.connection()).socket.close();
          pause(patience.close);
          replies.add("");
        } else {
          Connection connection = connections.get(line.connection());
          if (connection == null) {
            connection = new Connection(port);
            connections.put(line.connection(), connection);
          }
          replies.add(connection.run(line, patience));
        }
      }
    } finally {
      for (Connection connection : connections.values()) {
        connection.socket.close();
      }
    }
    return replies;
  }

  private static void pause(int millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void reset(int port) throws IOException {
    try (RawSocket socket = new RawSocket(port)) {
      socket.call("CLIENT", "UNPAUSE");
      socket.call("FLUSHALL");
      socket.call("PING");
      socket.call("CONFIG", "RESETSTAT");
    }
  }

  /** A connection of a transcript, and what it has asked for. */
  private static final class Connection {
    final RawSocket socket;

    /** May get several replies to a command, or messages. */
    boolean chatty;

    /** May get no reply to a command. */
    boolean mute;

    Connection(int port) throws IOException {
      socket = new RawSocket(port);
    }

    String run(Line line, Patience patience) throws IOException {
      if (line.text().equals("<")) {
        String message = socket.reply(patience.message);
        return message == null ? "(no message)" : message;
      }
      if (line.text().startsWith("> ")) {
        socket.send(Transcript.words(line.text().substring(2)));
        pause(patience.close);
        return "";
      }
      String[] words = line.words();
      String name = words.length == 0 ? "" : words[0].toUpperCase(java.util.Locale.ROOT);
      chatty |= name.contains("SUBSCRIBE") || name.equals("MONITOR") || name.equals("CLIENT");
      mute |= name.equals("CLIENT") && words.length > 1 && words[1].equalsIgnoreCase("REPLY");
      socket.send(words);
      boolean unsure = mute || name.equals("MONITOR");
      String reply = socket.reply(unsure ? patience.message : REPLY_MILLIS_MAX);
      if (reply == null) {
        return "(no reply)";
      }
      StringBuilder all = new StringBuilder(reply);
      while (!reply.equals(RawSocket.CLOSED)) {
        reply = socket.reply(chatty ? patience.afterReply : 0);
        if (reply == null) {
          break;
        }
        all.append(reply);
      }
      return all.toString();
    }
  }
}
