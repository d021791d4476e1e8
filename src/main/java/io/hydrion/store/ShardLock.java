package io.hydrion.store;

import java.util.concurrent.locks.AbstractQueuedSynchronizer;

/** A reentrant lock that knows its holder by number. */
class ShardLock extends AbstractQueuedSynchronizer {
  /*
   * java.util.concurrent's ReentrantLock stores a reference to the holder at each lock and clears it
   * at each unlock, and a reference that is stored into an old object costs G1 a memory fence. A
   * shard is locked several million times a second, so this lock stores a number.
   */
  private static final long serialVersionUID = 1;

  private long holder;

  /**
   * Waits until no other thread holds the lock, and takes it, once more when it is held already.
   */
  public final void lock() {
    acquire(1);
  }

  /** Takes the lock if no other thread holds it. */
  public final boolean tryLock() {
    return tryAcquire(1);
  }

  /** Gives the lock back, as often as it was taken. */
  public final void unlock() {
    release(1);
  }

  /** Whether the calling thread may touch what the lock guards. */
  public final boolean isHeld() {
    return isHeldExclusively();
  }

  @Override
  protected final boolean tryAcquire(int count) {
    long caller = Thread.currentThread().threadId();
    int held = getState();
    if (held == 0) {
      if (compareAndSetState(0, count)) {
        holder = caller;
        return true;
      }
      return false;
    }
    if (holder != caller) {
      return false;
    }
    setState(held + count);
    return true;
  }

  @Override
  protected final boolean tryRelease(int count) {
    if (!isHeldExclusively()) {
      throw new IllegalMonitorStateException();
    }
    int left = getState() - count;
    if (left == 0) {
      holder = 0;
    }
    setState(left);
    return left == 0;
  }

  @Override
  protected final boolean isHeldExclusively() {
    return getState() != 0 && holder == Thread.currentThread().threadId();
  }
}
