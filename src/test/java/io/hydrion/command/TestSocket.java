package io.hydrion.command;

import io.hydrion.protocol.RespReader;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that talks RESP2 over a real socket, for tests in which threads meet. */
final class TestSocket implements Closeable {
  private static final int TIMEOUT_MS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private byte[] buffer = new byte[4096];
  private int length;

  TestSocket(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MS);
    in = socket.getInputStream();
  }

  /** Sends commands in one packet, without waiting for their replies. */
  void send(String[]... commands) throws IOException {
    RespWriter out = new RespWriter();
    for (String[] command : commands) {
      out.array(command.length);
      Arrays.stream(command).forEach(out::bulk);
    }
    socket.getOutputStream().write(out.toBytes());
  }

  @Nullable Object call(String... command) throws IOException {
    send(command);
    return read();
  }

  /** The next reply or message; strings as texts. */
  @Nullable Object read() throws IOException {
    while (true) {
      int end = end(0);
      if (end > 0) {
        Object reply = CommandTest.plain(new RespReader(buffer, end).next());
        System.arraycopy(buffer, end, buffer, 0, length - end);
        length -= end;
        return reply;
      }
      if (length == buffer.length) {
        buffer = Arrays.copyOf(buffer, length * 2);
      }
      int n = in.read(buffer, length, buffer.length - length);
      if (n < 0) {
        throw new IOException("closed");
      }
      length += n;
    }
  }

  /** The next so many replies. */
  List<@Nullable Object> read(int count) throws IOException {
    List<@Nullable Object> replies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      replies.add(read());
    }
    return replies;
  }

  /** Where the reply ends that begins at an offset; -1 when its end has not come. */
  private int end(int at) {
    int line = at;
    while (line < length && buffer[line] != '\n') {
      line++;
    }
    if (line >= length) {
      return -1;
    }
    int next = line + 1;
    char type = (char) buffer[at];
    if (type != '$' && type != '*') {
      return next;
    }
    int count = Integer.parseInt(Bytes.string(buffer, at + 1, line - at - 2));
    if (type == '$') {
      int end = count < 0 ? next : next + count + 2;
      return end <= length ? end : -1;
    }
    for (int i = 0; i < count && next >= 0; i++) {
      next = next < length ? end(next) : -1;
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
