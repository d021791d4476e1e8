package io.hydrion.engine;

import java.util.function.BooleanSupplier;

/** The way back to a client. Any thread may call it. */
public interface Outlet {
  /** Sends bytes after all that was sent before. */
  void send(byte[] bytes);

  /**
   * Sends the reply of a command that has made its client wait; {@link #resume} follows.
   *
   * @param position the one of the append log that the reply hangs on; 0: none
   */
  default void reply(byte[] bytes, long position) {
    send(bytes);
  }

  /**
   * Sends bytes, unless by the time they can leave they are no longer wanted: a message must not
   * come after the reply that ends its subscription.
   */
  default void send(byte[] bytes, BooleanSupplier wanted) {
    send(bytes);
  }

  /** Closes the connection, after what was sent has left when {@code gently}. */
  void close(boolean gently);

  /** Takes up the client's commands again, after it was blocked or postponed. */
  void resume();

  /** Bytes that were sent and have not left yet. */
  long pendingBytes();

  /** In how many pieces these bytes wait. */
  default int pendingPieces() {
    return 0;
  }

  /** The number that the operating system knows the connection by; -1 when it has none. */
  default int descriptor() {
    return -1;
  }

  /**
   * Runs a task on the thread that runs the client's commands, later; at once where the client has
   * no thread of its own.
   */
  void execute(Runnable task);
}
