package io.hydrion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, in a process of its own. */
class MainTest {
  private static final int WAIT_SECONDS_MAX = 60;

  @TempDir Path directory;
  private Process process;

  @AfterEach
  void kill() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  private void launch(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(args));
    process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("out"), StandardCharsets.ISO_8859_1);
  }

  private int exitStatus() throws Exception {
    assertThat(process.waitFor(WAIT_SECONDS_MAX, TimeUnit.SECONDS)).as(output()).isTrue();
    return process.exitValue();
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private void launchServer(int port, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(List.of("server", "--port", Integer.toString(port), "--bind", "127.0.0.1"));
    args.addAll(List.of(more));
    launch(args.toArray(String[]::new));
    await()
        .atMost(Duration.ofSeconds(WAIT_SECONDS_MAX))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(
            () -> {
              assertThat(process.isAlive()).as(output()).isTrue();
              assertThat(ask(port, "PING")).isEqualTo("+PONG\r\n");
              assertThat(output()).contains("Ready to accept connections"); // and signals
            });
  }

  /** What comes back to a command before QUIT's reply or the end. */
  private static String ask(int port, String command) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      try (InputStream in = socket.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      }
    }
  }

  @Test
  void sigterm_endsTheServerWithStatus0_andItsFiles() throws Exception {
    int port = freePort();
    launchServer(port, "--pidfile", "pid", "--unixsocket", "socket");
    assertThat(directory.resolve("pid")).hasContent(process.pid() + "\n");
    assertThat(directory.resolve("socket")).exists();
    process.destroy();
    assertThat(exitStatus()).as(output()).isZero();
    assertThat(output()).contains("Received SIGTERM").contains("bye bye");
    assertThat(directory.resolve("pid")).doesNotExist();
    assertThat(directory.resolve("socket")).doesNotExist();
  }

  @Test
  void secondSigint_endsTheServerAtOnce() throws Exception {
    int port = freePort();
    launchServer(port, "--save", "3600 1", "--rdb-key-save-delay", "60000000");
    assertThat(ask(port, "SET key value")).isEqualTo("+OK\r\n");
    interrupt();
    await()
        .atMost(Duration.ofSeconds(WAIT_SECONDS_MAX))
        .until(() -> output().contains("Received SIGINT scheduling shutdown..."));
    interrupt();
    assertThat(exitStatus()).as(output()).isEqualTo(1);
    assertThat(output()).contains("You insist... exiting now.");
    assertThat(directory.resolve("dump.rdb")).doesNotExist();
  }

  private void interrupt() throws Exception {
    assertThat(new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor()).isZero();
  }

  @Test
  void shutdownCommand_endsTheServerWithStatus0() throws Exception {
    int port = freePort();
    launchServer(port);
    assertThat(ask(port, "SHUTDOWN NOSAVE")).isEmpty();
    assertThat(exitStatus()).as(output()).isZero();
  }

  @Test
  void portInUse_isStatus1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      launch("server", "--port", port, "--bind", "127.0.0.1");
      assertThat(exitStatus()).as(output()).isEqualTo(1);
      assertThat(output())
          .contains("Could not create server TCP listening socket 127.0.0.1:" + port + ": bind:")
          .contains("Failed listening on port " + port + " (TCP), aborting.");
    }
  }

  @Test
  void badDirective_isStatus1() throws Exception {
    launch("server", "--nosuch", "1");
    assertThat(exitStatus()).isEqualTo(1);
    assertThat(output()).contains("nosuch");
  }

  @Test
  void unknownCommand_isStatus1() throws Exception {
    launch("srever");
    assertThat(exitStatus()).isEqualTo(1);
    assertThat(output()).contains("unknown command 'srever'");
  }

  @Test
  void versionAndHelp_arePrintedWithStatus0() throws Exception {
    launch("--version");
    assertThat(exitStatus()).isZero();
    assertThat(output()).startsWith("Hydrion server v=");
    launch("server", "--help");
    assertThat(exitStatus()).isZero();
    assertThat(output()).startsWith("Usage: hydrion server");
  }
}
