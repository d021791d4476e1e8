package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A client that hands out replies as the bytes that came, each byte a char of Latin-1. */
final class RawSocket implements Closeable {
  /** Stands for a reply where the server has closed the connection. */
  static final String CLOSED = "(closed)";

  private static final int REPLY_REST_MILLIS_MAX = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private byte[] buffer = new byte[8192];
  private int start;
  private int end;
  private boolean closed;

  RawSocket(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /** A command as it goes over the wire. */
  static byte[] encode(String... words) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      byte[] content = word.getBytes(ISO_8859_1);
      bytes.writeBytes(("$" + content.length + "\r\n").getBytes(ISO_8859_1));
      bytes.writeBytes(content);
      bytes.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    return bytes.toByteArray();
  }

  void send(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      closed = true;
    }
  }

  void send(String... words) {
    send(encode(words));
  }

  /** A command and its reply. */
  String call(String... words) throws IOException {
    send(words);
    String reply = reply(REPLY_REST_MILLIS_MAX);
    if (reply == null) {
      throw new IOException("no reply to " + String.join(" ", words));
    }
    return reply;
  }

  /** The next reply or message; null when none has begun in time. */
  @Nullable String reply(int waitMillis) throws IOException {
    if (start == end && !fill(waitMillis)) {
      return closed ? CLOSED : null;
    }
    int length = RawReply.length(buffer, start, end);
    while (length < 0) {
      if (!fill(REPLY_REST_MILLIS_MAX)) {
        return "(incomplete) " + new String(buffer, start, end - start, ISO_8859_1);
      }
      length = RawReply.length(buffer, start, end);
    }
    String reply = new String(buffer, start, length, ISO_8859_1);
    start += length;
    return reply;
  }

  /** All that comes until the server closes the connection. */
  String rest() throws IOException {
    while (fill(REPLY_REST_MILLIS_MAX)) {
      // There may be more.
    }
    if (!closed) {
      throw new IOException("the connection is not closed");
    }
    String rest = new String(buffer, start, end - start, ISO_8859_1);
    start = end;
    return rest;
  }

  private boolean fill(int waitMillis) throws IOException {
    if (closed || (waitMillis == 0 && in.available() == 0)) {
      return false;
    }
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    socket.setSoTimeout(Math.max(1, waitMillis));
    try {
      int n = in.read(buffer, end, buffer.length - end);
      closed = n < 0;
      end += Math.max(0, n);
      return n > 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      closed = true;
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
