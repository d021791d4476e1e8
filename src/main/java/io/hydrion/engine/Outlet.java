package io.hydrion.engine;

/** The way back to a client. Any thread may call it. */
public interface Outlet {
  /** Sends bytes after all that was sent before. */
  void send(byte[] bytes);

  /** Closes the connection, after what was sent has left when {@code gently}. */
  void close(boolean gently);

  /** Takes up the client's commands again, after it was blocked or postponed. */
  void resume();

  /** Bytes that were sent and have not left yet. */
  long pendingBytes();

  /** Runs a task on the thread that runs the client's commands, later. */
  void execute(Runnable task);
}
