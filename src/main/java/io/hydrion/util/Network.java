package io.hydrion.util;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;

/** The way to other servers. Thread-safe. */
@FunctionalInterface
public interface Network {
  /**
   * Connects to a server, whose name may have to be looked up.
   *
   * @param timeoutMillis for how long connecting, and later each step of reading or writing, may
   *     stand still
   * @throws java.net.ConnectException when nobody listens there
   */
  Link connect(String host, int port, int timeoutMillis) throws IOException;

  /** A connection to one server, for one thread at a time; it stays open until it is closed. */
  interface Link extends Closeable {
    void write(byte[] a, int off, int len) throws IOException;

    /** Waits for bytes and returns how many have come; -1: no more will. */
    int read(byte[] into) throws IOException;

    /** The address of this end, as the server sees it. */
    SocketAddress localAddress();

    /** The address of the server's end. */
    SocketAddress remoteAddress();

    @Override
    void close();
  }
}
