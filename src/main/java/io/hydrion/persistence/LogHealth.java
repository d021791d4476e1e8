package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hydrion.util.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether a log works: why it does not, what has been begun to have it work again. Thread-safe;
 * changes under the lock of the buffer, which takes part in them.
 */
final class LogHealth {
  static final long HEAL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LogBuffer buffer;
  private final Clock clock;
  private final LogThreads threads;
  private volatile @Nullable LogFailure failure =
      new LogFailure(LogFailure.Step.NOT_STARTED, "there is no append log yet", false);
  private volatile boolean isStopped = true;

  /** A cut after a failure, until its snapshot is installed. */
  private volatile @Nullable LogCut restart;

  private volatile long healAtNs;
  private volatile Consumer<@Nullable LogFailure> listener = why -> {};

  /**
   * @param threads tell those who wait of a failure
   */
  LogHealth(LogBuffer buffer, Clock clock, LogThreads threads) {
    this.buffer = buffer;
    this.clock = clock;
    this.threads = threads;
  }

  // ---- what is the matter

  /** Why nothing is acknowledged, or null. */
  @Nullable LogFailure failure() {
    return failure;
  }

  /** Whether nothing is written, unless to find out whether there is room again. */
  boolean isStopped() {
    return isStopped;
  }

  /** Whether a rewrite has begun that will put an end to the failure. */
  boolean isRestarting() {
    return restart != null;
  }

  boolean isRestarting(LogCut cut) {
    return restart == cut;
  }

  /** Whether a cut that follows a failure waits to be done. */
  boolean hasRestart() {
    LogCut cut = restart;
    return cut != null && !cut.isDone();
  }

  /** Whether only a rewrite helps, and has not yet led to a file that can be written. */
  boolean isBroken() {
    LogFailure why = failure;
    return isStopped && why != null && !why.heals();
  }

  /** Whether it is time to try again after there was no room. */
  boolean mayHeal() {
    LogFailure why = failure;
    return why != null && why.heals() && clock.nanos() - healAtNs >= 0;
  }

  /** Has somebody told of each failure and its end, and at once of how it is. */
  void onFailure(Consumer<@Nullable LogFailure> newListener) {
    buffer.lock.lock();
    try {
      listener = newListener;
      newListener.accept(failure);
    } finally {
      buffer.lock.unlock();
    }
  }

  @GuardedBy("buffer.lock")
  private void set(@Nullable LogFailure why) {
    failure = why;
    listener.accept(why);
  }

  // ---- falling ill

  void fail(LogFailure why) {
    buffer.lock.lock();
    try {
      LogFailure before = failure;
      if (before == null || before.heals() || restart != null) {
        set(why);
      }
      isStopped = true;
      if (why.heals()) {
        healAtNs = clock.nanos() + HEAL_INTERVAL_NS;
      } else {
        restart = null;
        buffer.drop();
      }
    } finally {
      buffer.lock.unlock();
    }
    threads.wantWrite();
  }

  /** Nothing is taken any more. */
  void close() {
    buffer.lock.lock();
    try {
      isStopped = true;
      buffer.drop();
      if (failure == null) {
        set(new LogFailure(LogFailure.Step.NOT_STARTED, "the append log is closed", false));
      }
    } finally {
      buffer.lock.unlock();
    }
  }

  // ---- getting well

  /** There is a file, and all is well. */
  void begin() {
    buffer.lock.lock();
    try {
      set(null);
      isStopped = false;
      buffer.keep();
    } finally {
      buffer.lock.unlock();
    }
  }

  /** There was no room for the first of what is to be written, and now it is written. */
  void healed() {
    buffer.lock.lock();
    try {
      LogFailure why = failure;
      // After a cut the log is in another file, which does not count before its snapshot does.
      if (why != null && why.heals() && restart == null) {
        set(null);
        isStopped = false;
      }
    } finally {
      buffer.lock.unlock();
    }
  }

  /**
   * Lets the records from now on belong to another file. After a failure they are kept again, and
   * nothing leads up to that file but a snapshot of this moment.
   */
  LogCut cut() {
    buffer.lock.lock();
    try {
      if (failure == null) {
        return buffer.cut(false);
      }
      buffer.clear();
      buffer.keep();
      LogCut cut = buffer.cut(true);
      restart = cut;
      return cut;
    } finally {
      buffer.lock.unlock();
    }
  }

  /** There is a file again for what comes after the restart. */
  void restarted() {
    buffer.lock.lock();
    try {
      isStopped = false;
    } finally {
      buffer.lock.unlock();
    }
  }

  /** The file, and the snapshot in front of it, have become the log. */
  void installed(LogCut cut) {
    buffer.lock.lock();
    try {
      if (restart == cut) {
        restart = null;
        set(null);
      }
    } finally {
      buffer.lock.unlock();
    }
  }
}
