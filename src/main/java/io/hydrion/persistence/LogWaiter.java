package io.hydrion.persistence;

/**
 * Is told when a position of an append log is reached, or never will be. Called once, by a thread
 * of the log that holds no lock; it must not block.
 */
public interface LogWaiter {
  /** The position is written or synced, whichever was waited for. */
  void reached(long position);

  /** Nobody knows whether the position will survive: what waits for it must not be acknowledged. */
  void failed(long position, LogFailure why);
}
