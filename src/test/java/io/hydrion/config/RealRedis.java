package io.hydrion.config;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A redis-server process of the test's own, with one connection to it. */
public final class RealRedis implements AutoCloseable {
  private final Process process;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RealRedis(Process process, Socket socket) throws IOException {
    this.process = process;
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  public static boolean isInstalled() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "redis-server")));
  }

  public static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  /**
   * Starts a server with these arguments in a directory, and waits until it has loaded its data.
   */
  public static RealRedis start(Path directory, int port, String... args) throws Exception {
    Process process = launch(directory, args);
    RealRedis redis = null;
    for (int i = 0; i < 500; i++) {
      try {
        if (redis == null) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
          socket.setSoTimeout(10_000);
          redis = new RealRedis(process, socket);
        }
        if (!redis.call("PING").getFirst().startsWith("-LOADING")) {
          return redis;
        }
      } catch (IOException e) {
        if (!process.isAlive()) {
          throw new IllegalStateException(Files.readString(directory.resolve("redis.out")), e);
        }
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    process.destroyForcibly();
    throw new IllegalStateException("redis-server does not answer");
  }

  private static Process launch(Path directory, String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of("redis-server"));
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("redis.out").toFile())
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .start();
  }

  /** What a server prints that is to fail at its start. */
  static String failure(Path directory, String... args) throws Exception {
    Process process = launch(directory, args);
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("redis-server started with " + Arrays.toString(args));
    }
    return Files.readString(directory.resolve("redis.out"), StandardCharsets.ISO_8859_1);
  }

  /** The reply, an error with its dash, a list as its elements. */
  public List<String> call(String... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : words) {
      byte[] bytes = ConfigText.encode(word);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(bytes);
      request.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    out.write(request.toByteArray());
    out.flush();
    return reply();
  }

  private List<String> reply() throws IOException {
    String line = line();
    return switch (line.charAt(0)) {
      case '+', ':' -> List.of(line.substring(1));
      case '-' -> List.of(line);
      case '$' -> {
        int length = Integer.parseInt(line.substring(1));
        if (length < 0) {
          yield List.of("(nil)");
        }
        byte[] bytes = in.readNBytes(length);
        in.readNBytes(2);
        yield List.of(ConfigText.decode(bytes));
      }
      case '*' -> {
        List<String> all = new ArrayList<>();
        for (int i = Integer.parseInt(line.substring(1)); i > 0; i--) {
          all.addAll(reply());
        }
        yield all;
      }
      default -> throw new IOException("unexpected reply " + line);
    };
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new IOException("connection closed");
      }
      line.write(b);
    }
    in.read();
    return ConfigText.decode(line.toByteArray());
  }

  /** The error text of Redis, or null: what {@link Settings#set} returns. */
  @org.jspecify.annotations.Nullable
  String set(String... pairs) throws IOException {
    List<String> words = new ArrayList<>(List.of("CONFIG", "SET"));
    words.addAll(List.of(pairs));
    String reply = call(words.toArray(String[]::new)).stream().collect(Collectors.joining(" "));
    return reply.equals("OK") ? null : reply.substring(1);
  }

  @Override
  @SuppressWarnings("try") // nobody interrupts a test
  public void close() throws Exception {
    socket.close();
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
