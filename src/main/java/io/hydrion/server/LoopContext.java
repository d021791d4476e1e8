package io.hydrion.server;

import io.hydrion.engine.Worker;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What the connections of one event loop share. */
final class LoopContext {
  /** The most bytes that one read takes from a socket. */
  static final int READ_BYTES = 32 * 1024;

  /** How long the commands of one client run before the others have their turn. */
  private static final long TURN_NS_MAX = 2_000_000;

  /** How long clients go on whose turn was over, all together, before sockets are read again. */
  private static final long TURNS_NS_MAX = 4_000_000;

  final Worker worker;
  final byte[] scratch = new byte[READ_BYTES];

  /*
   * A loop takes up its tasks after all sockets that were ready, and serving these may make replies by
   * the gigabyte. So connections that are to be closed for the memory they hold stand in a queue of
   * their own, which the loop also looks at whenever it has written much.
   */
  private final Queue<Connection> closing = new ConcurrentLinkedQueue<>();

  private final Queue<Connection> unsent = new ArrayDeque<>();

  /*
   * Those whose turn was over stand in a queue, and go on between two rounds of reads: so whoever
   * asks for little waits for a turn of each that came before in the round, and for these, but not
   * for all that somebody has asked for at once. The task is scheduled, not executed: the loop would
   * take up tasks that it is given meanwhile before it looks at its sockets.
   */
  private final Queue<Connection> unfinished = new ArrayDeque<>();

  private boolean goingOn;

  LoopContext(Worker worker) {
    this.worker = worker;
    worker.setTurnNsMax(TURN_NS_MAX);
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

  /** Has a connection go on in the loop's next round. */
  void goOnLater(Connection connection, ScheduledExecutorService loop) {
    unfinished.add(connection);
    if (!goingOn) {
      goingOn = true;
      scheduleNextRound(loop);
    }
  }

  private void scheduleNextRound(ScheduledExecutorService loop) {
    loop.schedule(() -> goOn(loop), 0, TimeUnit.NANOSECONDS);
  }

  private void goOn(ScheduledExecutorService loop) {
    long began = System.nanoTime();
    Connection connection;
    while (System.nanoTime() - began < TURNS_NS_MAX && (connection = unfinished.poll()) != null) {
      connection.goOn();
    }
    goingOn = !unfinished.isEmpty();
    if (goingOn) {
      scheduleNextRound(loop);
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
