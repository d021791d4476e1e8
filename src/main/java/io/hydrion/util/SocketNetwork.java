package io.hydrion.util;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The network as it is: blocking TCP sockets, which a virtual thread may well wait for. */
public final class SocketNetwork implements Network {
  private static final int PORT_MAX = 65_535;

  @Override
  public Link connect(String host, int port, int timeoutMillis) throws IOException {
    if (host.isEmpty()) { // to Java, that is this machine
      throw new UnknownHostException("no host");
    }
    if (port < 0 || port > PORT_MAX) {
      throw new IOException("no such port: " + port);
    }
    if (port == 0) {
      throw new ConnectException("nobody listens on port 0");
    }
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), timeoutMillis);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMillis);
      return new SocketLink(socket, timeoutMillis);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static final class SocketLink implements Link {
    /** How much is written at a time, and has the timeout for itself. */
    private static final int CHUNK = 64 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final int timeoutMillis;

    SocketLink(Socket socket, int timeoutMillis) throws IOException {
      this.socket = socket;
      in = socket.getInputStream();
      out = socket.getOutputStream();
      this.timeoutMillis = timeoutMillis;
    }

    @Override
    public void write(byte[] a, int off, int len) throws IOException {
      for (int at = off; at < off + len; at += CHUNK) {
        // A blocking socket has a timeout for reading only: this one is closed when it is time.
        CompletableFuture<Void> written = new CompletableFuture<>();
        var unused =
            written
                .orTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .whenComplete((done, late) -> closeIf(late != null));
        out.write(a, at, Math.min(CHUNK, off + len - at));
        if (!written.complete(null)) {
          throw new IOException("timeout");
        }
      }
    }

    private void closeIf(boolean late) {
      if (late) {
        close();
      }
    }

    @Override
    public int read(byte[] into) throws IOException {
      return in.read(into);
    }

    @Override
    public SocketAddress localAddress() {
      return socket.getLocalSocketAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
      return socket.getRemoteSocketAddress();
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone all the same.
      }
    }
  }
}
