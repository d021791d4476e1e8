package io.hydrion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ends a connection, or keeps it from beginning. */
class ConnectionLimitsTest {
  private static final int VALUE = 1 << 20;
  private final ManualClock clock = new ManualClock();
  private Hydrion server;

  private void start(String... directives) {
    Config.Builder config = Config.builder().port(0).bind("127.0.0.1");
    for (String line : directives) {
      String[] words = line.split(" ", 2);
      config.set(words[0], words[1].split(" "));
    }
    server = Hydrion.start(config.build(), clock, new SplittableRandom(1));
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Wire connect() throws IOException {
    return new Wire(server.port());
  }

  private void storeBig() throws IOException {
    try (Wire wire = connect()) {
      wire.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + VALUE + "\r\n" + "x".repeat(VALUE) + "\r\n");
      assertThat(wire.line()).isEqualTo("+OK");
    }
  }

  private void set(String name, String value) {
    assertThat(server.settings().set(name, value)).isNull();
  }

  private static String big(Wire wire) throws IOException {
    String header = wire.line();
    wire.bytes(VALUE + 2);
    return header;
  }

  @Test
  void outputBuffer_beyondTheHardLimit_closesTheClient() throws Exception {
    start();
    storeBig();
    set("client-output-buffer-limit", "normal 30mb 0 0");
    try (Wire reader = connect();
        Wire deaf = connect()) {
      deaf.send("GET big\r\n".repeat(100));
      for (int i = 0; i < 100; i++) {
        reader.send("GET big\r\n");
        assertThat(big(reader)).isEqualTo("$" + VALUE);
      }
      Wire.Ending ending = deaf.ending(20_000);
      assertThat(ending.closed()).isTrue();
      assertThat(ending.bytes().length()).isLessThan(60 << 20);
      assertThat(reader.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void outputBuffer_beyondTheSoftLimit_closesTheClientWhenItsTimeIsOver() throws Exception {
    start("client-output-buffer-limit normal 0 1mb 10");
    storeBig();
    try (Wire deaf = connect();
        Wire other = connect()) {
      deaf.send("GET big\r\n".repeat(30));
      deaf.bytes(1);
      clock.advanceMillis(9_000);
      assertThat(other.ask("PING")).isEqualTo("+PONG");
      assertThat(clients()).isEqualTo(2);
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                clock.advanceMillis(2_000); // no command of the client, nor a reply to it
                return clients() == 1;
              });
      assertThat(deaf.isClosed()).isTrue();
      assertThat(other.ask("PING")).isEqualTo("+PONG");
    }
  }

  private int clients() {
    return info("connected_clients") - 1;
  }

  private int info(String field) {
    String info = new String((byte[]) server.client().call("INFO"), StandardCharsets.UTF_8);
    for (String line : info.split("\r\n")) {
      if (line.startsWith(field + ":")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1));
      }
    }
    throw new AssertionError(info);
  }

  @Test
  void outputBuffer_beforeThePassword_isSmall() throws Exception {
    start("requirepass secret");
    try (Wire wire = connect()) {
      wire.send("GET k\r\n".repeat(10));
      for (int i = 0; i < 10; i++) {
        assertThat(wire.line()).isEqualTo("-NOAUTH Authentication required.");
      }
    }
    try (Wire wire = connect()) {
      try {
        for (int i = 0; i < 1000; i++) {
          wire.send("GET k\r\n".repeat(1000));
        }
      } catch (IOException e) {
        // closed while still sending
      }
      assertThat(wire.isClosed()).isTrue();
    }
  }

  @Test
  void queryBuffer_beyondItsLimit_closesTheClient() throws Exception {
    start("client-query-buffer-limit 2mb");
    try (Wire wire = connect();
        Wire other = connect()) {
      wire.send("*2\r\n$3\r\nGET\r\n$1000000\r\n" + "x".repeat(1_000_000) + "\r\n");
      assertThat(wire.line()).isEqualTo("$-1");
      try {
        wire.send("*2\r\n$3\r\nGET\r\n$10000000\r\n" + "x".repeat(9_000_000));
      } catch (IOException e) {
        // closed while still sending
      }
      assertThat(wire.isClosed()).isTrue();
      assertThat(other.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void bulkLength_followsItsSetting_forOpenConnectionsToo() throws Exception {
    start();
    try (Wire wire = connect()) {
      assertThat(wire.ask("PING")).isEqualTo("+PONG");
      set("proto-max-bulk-len", "1mb");
      wire.send("*2\r\n$3\r\nGET\r\n$1048577\r\n");
      assertThat(wire.line()).isEqualTo("-ERR Protocol error: invalid bulk length");
      assertThat(wire.isClosed()).isTrue();
    }
  }

  @Test
  void maxclients_refusesOneMore_untilOneLeaves() throws Exception {
    start("maxclients 3", "io-threads 2");
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      wires.add(connect());
      assertThat(wires.get(i).ask("PING")).isEqualTo("+PONG");
    }
    try (Wire wire = connect()) {
      assertThat(wire.line()).isEqualTo("-ERR max number of clients reached");
      assertThat(wire.isClosed()).isTrue();
    }
    wires.removeFirst().close();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              try (Wire wire = connect()) {
                assertThat(wire.ask("PING")).isEqualTo("+PONG");
              }
            });
    for (Wire wire : wires) {
      assertThat(wire.ask("PING")).isEqualTo("+PONG");
      wire.close();
    }
  }

  @Test
  void maxclients_ofManyAtOnce_admitsExactlySoMany() throws Exception {
    start("maxclients 4", "io-threads 4");
    assertThat(clients()).isZero(); // but for the one that asks
    for (int round = 0; round < 30; round++) {
      List<Wire> wires = new ArrayList<>();
      try {
        for (int i = 0; i < 12; i++) {
          wires.add(connect()); // the kernel takes these, the loops admit them meanwhile
        }
        int admitted = 0;
        for (Wire wire : wires) {
          admitted += isAdmitted(wire) ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(3);
      } finally {
        for (Wire wire : wires) {
          wire.close();
        }
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> clients() == 0);
    }
  }

  private static boolean isAdmitted(Wire wire) {
    try {
      return wire.ask("PING").equals("+PONG");
    } catch (IOException e) {
      return false; // refused and closed
    }
  }

  @Test
  void timeout_closesSilentClientsOnly() throws Exception {
    start("timeout 100");
    try (Wire silent = connect();
        Wire talking = connect()) {
      assertThat(silent.ask("PING")).isEqualTo("+PONG");
      assertThat(talking.ask("PING")).isEqualTo("+PONG");
      clock.advanceMillis(99_000);
      assertThat(talking.ask("PING")).isEqualTo("+PONG");
      clock.advanceMillis(2_000);
      assertThat(silent.isClosed()).isTrue();
      assertThat(talking.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void protectedMode_refusesOthersWithoutAPassword() {
    Settings settings = new Settings(Config.builder().build());
    SessionAddresses remote = new SessionAddresses("10.0.0.9:1", "10.0.0.1:6379", false, false);
    SessionAddresses local = new SessionAddresses("127.0.0.1:1", "127.0.0.1:6379", true, false);
    assertThat(RespServer.isProtected(settings, remote)).isTrue();
    assertThat(RespServer.isProtected(settings, local)).isFalse();
    assertThat(settings.set("requirepass", "secret")).isNull();
    assertThat(RespServer.isProtected(settings, remote)).isFalse();
    assertThat(settings.set("requirepass", "")).isNull();
    assertThat(RespServer.isProtected(settings, remote)).isTrue();
    assertThat(settings.set("protected-mode", "no")).isNull();
    assertThat(RespServer.isProtected(settings, remote)).isFalse();
  }

  @Test
  void unixSocket_servesClients_andGoesWithTheServer(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("hydrion.sock");
    start("unixsocket " + path, "unixsocketperm 700");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rwx------");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(ByteBuffer.wrap("SET k v\r\nGET k\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer reply = ByteBuffer.allocate("+OK\r\n$1\r\nv\r\n".length());
      while (reply.hasRemaining()) {
        assertThat(channel.read(reply)).isPositive();
      }
      assertThat(new String(reply.array(), StandardCharsets.US_ASCII))
          .isEqualTo("+OK\r\n$1\r\nv\r\n");
    }
    try (Wire tcp = connect()) {
      assertThat(tcp.ask("GET k")).isEqualTo("$1");
    }
    server.close();
    assertThat(path).doesNotExist();
  }

  @Test
  void clientMemory_beyondItsLimit_closesTheLargest() throws Exception {
    start();
    storeBig();
    try (Wire small = connect();
        Wire large = connect()) {
      small.send("GET big\r\n".repeat(8));
      large.send("GET big\r\n".repeat(40));
      small.bytes(1);
      await().atMost(Duration.ofSeconds(20)).until(() -> info("mem_clients_normal") > 30 * VALUE);
      set("maxmemory-clients", "20mb");
      Wire.Ending ending = large.ending(20_000);
      assertThat(ending.closed()).isTrue();
      assertThat(ending.bytes().length()).isLessThan(40 * VALUE);
      assertThat(small.bytes(8 * (VALUE + 12) - 1)).endsWith("x\r\n");
      assertThat(small.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void largeQuery_countsTowardsTheClientsMemory() throws Exception {
    start("maxmemory-clients 4mb");
    try (Wire wire = connect();
        Wire other = connect()) {
      try {
        wire.send("*2\r\n$3\r\nGET\r\n$10000000\r\n" + "x".repeat(9_000_000));
      } catch (IOException e) {
        // closed while still sending
      }
      assertThat(wire.isClosed()).isTrue();
      assertThat(other.ask("PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void longPipeline_writtenWholeBeforeItIsRead_isAnswered() throws Exception {
    start();
    try (Wire wire = connect()) {
      int commands = 300_000;
      wire.send("PING\r\n".repeat(commands));
      assertThat(wire.bytes(commands * 7)).isEqualTo("+PONG\r\n".repeat(commands));
    }
  }
}
