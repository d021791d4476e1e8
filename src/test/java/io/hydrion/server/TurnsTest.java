package io.hydrion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client asks for in one go is done in turns, between which others have theirs. */
class TurnsTest {
  private static final int VALUE = 1 << 20;
  private static final Duration WAIT_MAX = Duration.ofSeconds(20);
  private Hydrion server;

  @BeforeEach
  void start() throws IOException {
    server =
        Hydrion.start(
            Config.builder()
                .port(0)
                .bind("127.0.0.1")
                .set("io-threads", "1")
                .set("enable-debug-command", "yes")
                .build());
    try (Wire wire = connect()) {
      wire.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + VALUE + "\r\n" + "x".repeat(VALUE) + "\r\n");
      assertThat(wire.line()).isEqualTo("+OK");
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Wire connect() throws IOException {
    return new Wire(server.port());
  }

  private static void assertBig(Wire wire, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      assertThat(wire.line()).isEqualTo("$" + VALUE);
      assertThat(wire.bytes(VALUE + 2)).endsWith("x\r\n");
    }
  }

  @Test
  void largeReplies_letOthersBetween() throws Exception {
    try (Wire large = connect();
        Wire other = connect()) {
      boolean between = false;
      for (int i = 0; i < 20 && !between; i++) { // the other may be too late, but not always
        assertThat(other.ask("DEL done")).startsWith(":");
        large.send("GET big\r\n".repeat(60) + "SET done 1\r\n");
        assertThat(large.line()).isEqualTo("$" + VALUE);
        between = other.ask("EXISTS done").equals(":0");
        assertThat(large.bytes(VALUE + 2)).endsWith("x\r\n");
        assertBig(large, 59);
        assertThat(large.line()).isEqualTo("+OK");
      }
      assertThat(between).isTrue();
    }
  }

  @Test
  void longCommands_letOthersBetween() throws Exception {
    try (Wire slow = connect();
        Wire other = connect()) {
      slow.send("PING\r\n" + "DEBUG SLEEP 0.02\r\n".repeat(100) + "SET done 1\r\n");
      assertThat(other.ask("EXISTS done")).isEqualTo(":0");
      assertThat(slow.line()).isEqualTo("+PONG");
      for (int i = 0; i < 101; i++) {
        assertThat(slow.line()).isEqualTo("+OK");
      }
      assertThat(other.ask("EXISTS done")).isEqualTo(":1");
    }
  }

  @Test
  void manyClientsWithLargeReplies_getThemInOrder() throws Exception {
    Wire[] wires = new Wire[8];
    try {
      for (int i = 0; i < wires.length; i++) {
        wires[i] = connect();
        wires[i].send(("GET big\r\nECHO " + i + "\r\n").repeat(5) + "ECHO 'the last'\r\nECHO ha");
      }
      for (int i = 0; i < wires.length; i++) {
        for (int j = 0; j < 5; j++) {
          assertBig(wires[i], 1);
          assertThat(wires[i].line()).isEqualTo("$1");
          assertThat(wires[i].line()).isEqualTo(Integer.toString(i));
        }
        assertThat(wires[i].line()).isEqualTo("$8");
        assertThat(wires[i].line()).isEqualTo("the last");
        assertThat(wires[i].send("lf\r\n").line()).isEqualTo("$4");
        assertThat(wires[i].line()).isEqualTo("half");
      }
    } finally {
      for (Wire wire : wires) {
        if (wire != null) {
          wire.close();
        }
      }
    }
  }

  @Test
  void longPipeline_ofLargeReplies_isAnsweredWhole() throws Exception {
    try (Wire wire = connect()) {
      int commands = 20_000; // several reads, several turns each
      assertThat(wire.ask("SET k " + "v".repeat(2000))).isEqualTo("+OK");
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      wire.send("GET k\r\n".repeat(commands));
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      String reply = "$2000\r\n" + "v".repeat(2000) + "\r\n";
      for (int i = 0; i < commands; i++) {
        assertThat(wire.bytes(reply.length())).isEqualTo(reply);
      }
      assertThat(sender.join(WAIT_MAX)).isTrue();
      assertThat(wire.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void pause_amidTurns_holdsTheRestBack() throws Exception {
    try (Wire wire = connect();
        Wire other = connect()) {
      wire.send("GET big\r\n".repeat(6) + "CLIENT PAUSE 100000 WRITE\r\n");
      wire.send("GET big\r\n".repeat(6) + "SET done 1\r\nPING\r\n");
      assertBig(wire, 6);
      assertThat(wire.line()).isEqualTo("+OK");
      assertBig(wire, 6);
      assertThat(other.ask("EXISTS done")).isEqualTo(":0");
      assertThat(other.ask("CLIENT UNPAUSE")).isEqualTo("+OK");
      assertThat(wire.line()).isEqualTo("+OK");
      assertThat(wire.line()).isEqualTo("+PONG");
      assertThat(wire.ask("EXISTS done")).isEqualTo(":1");
    }
  }

  @Test
  void quit_amidTurns_endsAfterItsReplies() throws Exception {
    try (Wire wire = connect();
        Wire other = connect()) {
      wire.send("GET big\r\n".repeat(6) + "QUIT\r\nSET done 1\r\n");
      assertBig(wire, 6);
      assertThat(wire.line()).isEqualTo("+OK");
      assertThat(wire.isClosed()).isTrue();
      assertThat(other.ask("EXISTS done")).isEqualTo(":0");
    }
  }

  @Test
  void clientThatLeaves_hasWhatItSentDone() throws Exception {
    try (Wire other = connect()) {
      try (Wire wire = connect()) {
        wire.send("DEBUG SLEEP 0.02\r\n".repeat(10) + "SET done 1\r\n");
      }
      await().atMost(WAIT_MAX).until(() -> other.ask("EXISTS done").equals(":1"));
    }
  }

  @Test
  void clientThatEndsItsOutput_getsAllReplies() throws Exception {
    try (Wire wire = connect()) {
      wire.send("DEBUG SLEEP 0.005\r\n".repeat(5) + "ECHO end\r\n").endOutput();
      for (int i = 0; i < 5; i++) {
        assertThat(wire.line()).isEqualTo("+OK");
      }
      assertThat(wire.line()).isEqualTo("$3");
      assertThat(wire.line()).isEqualTo("end");
      assertThat(wire.isClosed()).isTrue();
    }
  }

  @Test
  void clientThatIsKilled_hasTheRestNotDone() throws Exception {
    try (Wire wire = connect();
        Wire other = connect()) {
      assertThat(wire.ask("CLIENT ID")).startsWith(":");
      wire.send("DEBUG SLEEP 0.02\r\n".repeat(200) + "SET done 1\r\n");
      assertThat(other.ask("CLIENT KILL TYPE normal SKIPME yes")).isEqualTo(":1");
      assertThat(wire.isClosed()).isTrue();
      assertThat(other.ask("EXISTS done")).isEqualTo(":0");
    }
  }
}
