package io.hydrion.engine;

import io.hydrion.protocol.RespReader;
import io.hydrion.util.Bytes;
import io.hydrion.util.Network;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A network with one server, which answers as a test says, on the thread that reads the answer. */
final class ScriptedNetwork implements Network {
  /** An answer that does not come in time. */
  static final String SILENCE = "(silence)";

  /** The server closes the connection. */
  static final String END = "(end)";

  /** What has been sent, by connection and command. */
  final List<List<String>> commands = new ArrayList<>();

  /** What the server answers to a command. */
  Function<List<String>, String> script = words -> "+OK\r\n";

  /** After so many bytes the connection breaks. */
  int bytesMax = Integer.MAX_VALUE;

  /** What connecting ends in. */
  @Nullable IOException refusal;

  final AtomicInteger open = new AtomicInteger();
  int connections;

  @Override
  public Link connect(String host, int port, int timeoutMillis) throws IOException {
    if (refusal != null) {
      throw refusal;
    }
    connections++;
    open.incrementAndGet();
    return new ScriptedLink();
  }

  private final class ScriptedLink implements Link {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int taken;
    private String answer = "";
    private int answered;
    private boolean closed;

    @Override
    public void write(byte[] a, int off, int len) throws IOException {
      if (sent.size() + len > bytesMax) {
        throw new IOException("broken");
      }
      sent.write(a, off, len);
    }

    @Override
    public int read(byte[] into) throws IOException {
      if (answered == answer.length()) {
        answered = 0;
        answer = next();
      }
      if (answer.equals(SILENCE)) {
        throw new SocketTimeoutException();
      }
      if (answer.equals(END)) {
        return -1;
      }
      into[0] = (byte) answer.charAt(answered++);
      return 1;
    }

    /** The answer to the next command. */
    private String next() {
      byte[] rest = Bytes.copy(sent.toByteArray(), taken, sent.size() - taken);
      List<String> words = new ArrayList<>();
      for (Object word : (List<?>) new RespReader(rest, rest.length).next()) {
        byte[] bytes = (byte[]) word;
        words.add(Bytes.string(bytes));
        taken += 5 + Integer.toString(bytes.length).length() + bytes.length;
      }
      taken += 3 + Integer.toString(words.size()).length();
      commands.add(words);
      return script.apply(words);
    }

    @Override
    public SocketAddress localAddress() {
      return new InetSocketAddress("192.0.2.1", 1);
    }

    @Override
    public SocketAddress remoteAddress() {
      return new InetSocketAddress("192.0.2.2", 6379);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
      }
    }
  }
}
