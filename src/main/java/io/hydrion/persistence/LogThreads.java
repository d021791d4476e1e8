package io.hydrion.persistence;

import io.hydrion.util.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The two threads of a log: one writes what others must not wait for, tells who waits, and tries
 * again when there was no room; the other one syncs, each second or when it is wanted.
 */
final class LogThreads {
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long JOIN_MS_MAX = TimeUnit.SECONDS.toMillis(10);

  private final AppendLog log;
  private final Clock clock;
  private final AtomicBoolean isWriteWanted = new AtomicBoolean();
  private final AtomicBoolean isSyncWanted = new AtomicBoolean();
  private volatile @Nullable Thread writer;
  private volatile @Nullable Thread syncer;
  private volatile boolean isStopping;

  LogThreads(AppendLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  void start() {
    writer = Thread.ofPlatform().daemon().name("log-writer").start(this::runWriter);
    syncer = Thread.ofPlatform().daemon().name("log-syncer").start(this::runSyncer);
  }

  void stop() {
    isStopping = true;
    join(writer);
    join(syncer);
  }

  private static void join(@Nullable Thread thread) {
    if (thread == null) {
      return;
    }
    LockSupport.unpark(thread);
    try {
      thread.join(JOIN_MS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void wantWrite() {
    isWriteWanted.set(true);
    LockSupport.unpark(writer);
  }

  void wantSync() {
    isSyncWanted.set(true);
    LockSupport.unpark(syncer);
  }

  boolean takeSyncWanted() {
    return isSyncWanted.getAndSet(false);
  }

  private void runWriter() {
    while (!isStopping) {
      if (!isWriteWanted.getAndSet(false)) {
        boolean hasFailed = log.failure() != null;
        LockSupport.parkNanos(this, hasFailed ? LogHealth.HEAL_INTERVAL_NS : SECOND_NS);
      }
      log.writerTurn();
    }
  }

  private void runSyncer() {
    long next = clock.nanos() + SECOND_NS;
    while (!isStopping) {
      boolean isWanted = takeSyncWanted();
      if (!isWanted) {
        LockSupport.parkNanos(this, Math.max(1, next - clock.nanos()));
        isWanted = takeSyncWanted();
      }
      boolean isTick = clock.nanos() - next >= 0;
      if (isTick) {
        next = clock.nanos() + SECOND_NS;
      }
      if (isWanted || (isTick && log.policy() != FsyncPolicy.NO)) {
        log.syncTurn();
      }
    }
  }
}
