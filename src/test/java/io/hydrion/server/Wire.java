package io.hydrion.server;

import io.hydrion.util.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** A client that sends what it is told and shows what comes back, byte by byte. */
final class Wire implements AutoCloseable {
  private static final int WAIT_MILLIS_MAX = 20_000;

  final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  Wire(int port) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(WAIT_MILLIS_MAX);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  Wire send(String bytes) throws IOException {
    return send(Bytes.of(bytes));
  }

  Wire send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** The next line, without its end. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new IOException("closed after '" + line + "'");
      }
      line.append((char) b);
    }
    in.read();
    return line.toString();
  }

  /** Sends an inline command and returns the line that comes back. */
  String ask(String command) throws IOException {
    return send(command + "\r\n").line();
  }

  /** So many of the next bytes. */
  String bytes(int count) throws IOException {
    return Bytes.string(in.readNBytes(count));
  }

  /** What came until the connection ended, or nothing more came for a while. */
  record Ending(String bytes, boolean closed) {}

  Ending ending(int quietMillis) throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    socket.setSoTimeout(quietMillis);
    boolean closed = true;
    try {
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        got.write(buffer, 0, n);
      }
    } catch (SocketTimeoutException e) {
      closed = false;
    } catch (SocketException e) {
      // The peer closed with bytes of ours unread: as good as an end.
    } finally {
      socket.setSoTimeout(WAIT_MILLIS_MAX);
    }
    return new Ending(Bytes.string(got.toByteArray()), closed);
  }

  /** Whether the other side ends the connection, whatever it sends before. */
  boolean isClosed() throws IOException {
    return ending(WAIT_MILLIS_MAX).closed;
  }

  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
