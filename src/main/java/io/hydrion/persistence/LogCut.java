package io.hydrion.persistence;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A position at which one file of a log ends and the next begins. */
final class LogCut {
  final long position;

  /** The log had failed: nothing leads up to the position but the snapshot to come. */
  final boolean isRestart;

  /** Why the file was not changed; to be looked at when the cut {@link #isDone}. */
  volatile @Nullable IOException failure;

  private volatile boolean isDone;

  LogCut(long position, boolean isRestart) {
    this.position = position;
    this.isRestart = isRestart;
  }

  /** Whether the file was changed, or never will be. */
  boolean isDone() {
    return isDone;
  }

  void done() {
    isDone = true;
  }
}
