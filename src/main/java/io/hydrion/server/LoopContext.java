package io.hydrion.server;

import io.hydrion.engine.Durability;
import io.hydrion.engine.Worker;
import io.hydrion.persistence.LogFailure;
import io.hydrion.persistence.LogWaiter;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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

  /** Connections whose replies wait for the append log; it is asked for one of them at a time. */
  private Set<Connection> held = new LinkedHashSet<>();

  private boolean awaits;

  /** The position that the replies hang on which were made last. */
  private long heldPosition;

  private final Durability durability;

  LoopContext(Worker worker) {
    this.worker = worker;
    durability = worker.engine().durability();
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

  /**
   * Whether the replies of a connection may go out, which hang on a position of the append log. The
   * first of a round has the log written, with all that the round has changed; where it has to be
   * synced, that is done for several rounds together. While they may not, the connection is told
   * when they may.
   */
  boolean isAcknowledged(Connection connection, long position, ScheduledExecutorService loop) {
    if (durability.isAcknowledged(position)) {
      return true;
    }
    heldPosition = Math.max(heldPosition, position);
    if (!awaits) {
      long gatherNanos = durability.gatherNanos();
      if (gatherNanos > 0) {
        gather(loop, System.nanoTime() + gatherNanos);
      } else if (durability.whenAcknowledged(position, new Waiter(loop))) {
        return true;
      }
      awaits = true;
    }
    held.add(connection);
    return false;
  }

  /** Asks the log as soon as a round brings nothing more, or the time is over. */
  private void gather(ScheduledExecutorService loop, long until) {
    long reads = worker.stats().reads;
    loop.schedule(
        () -> {
          if (worker.stats().reads > reads && until - System.nanoTime() > 0) {
            gather(loop, until);
          } else if ((held.size() == 1 && durability.trySync(heldPosition))
              || durability.whenAcknowledged(heldPosition, new Waiter(loop))) {
            forHeld(Connection::flushHeld);
          }
        },
        0,
        TimeUnit.NANOSECONDS);
  }

  /** Is told of the log for all connections that are held back. */
  private final class Waiter implements LogWaiter {
    private final Executor loop;

    Waiter(Executor loop) {
      this.loop = loop;
    }

    @Override
    public void reached(long position) {
      tell(Connection::flushHeld);
    }

    @Override
    public void failed(long position, LogFailure why) {
      tell(Connection::dropHeld);
    }

    private void tell(Consumer<Connection> action) {
      try {
        loop.execute(() -> forHeld(action));
      } catch (RejectedExecutionException e) {
        // The loop has ended with the server, and its connections with it.
      }
    }
  }

  private void forHeld(Consumer<Connection> action) {
    awaits = false;
    Set<Connection> connections = held;
    held = new LinkedHashSet<>();
    connections.forEach(action);
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
