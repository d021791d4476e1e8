package io.hydrion.server;

import io.hydrion.engine.Worker;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** What the connections of one event loop share. */
final class LoopContext {
  /** The most bytes that one read takes from a socket. */
  static final int READ_BYTES = 32 * 1024;

  final Worker worker;
  final byte[] scratch = new byte[READ_BYTES];

  /*
   * A loop takes up its tasks after all sockets that were ready, and serving these may make replies by
   * the gigabyte. So connections that are to be closed for the memory they hold stand in a queue of
   * their own, which the loop also looks at whenever it has written much.
   */
  private final Queue<Connection> closing = new ConcurrentLinkedQueue<>();

  private final Queue<Connection> unsent = new ArrayDeque<>();

  LoopContext(Worker worker) {
    this.worker = worker;
  }

  /**
   * Has the replies of a connection sent when all sockets that were ready have been read: the first
   * of them wakes the other side up and the rest find it awake.
   */
  void sendLater(Connection connection, Executor loop) {
    if (unsent.isEmpty()) {
      loop.execute(this::sendAll);
    }
    unsent.add(connection);
  }

  private void sendAll() {
    for (Connection connection; (connection = unsent.poll()) != null; ) {
      connection.flush();
    }
  }

  /** Has a connection of this loop closed soon. Any thread may call it. */
  void orderClose(Connection connection) {
    closing.add(connection);
  }

  /** Closes the connections that others have asked to close. */
  void closeOrdered() {
    for (Connection connection; (connection = closing.poll()) != null; ) {
      connection.closeNow();
    }
  }
}
