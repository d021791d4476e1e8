package io.hydrion.persistence;

import io.hydrion.store.Keyspace;
import io.hydrion.util.Uninterrupted;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Stores keys with short strings in batches, in a thread of its own unless that is not wanted. All
 * calls come from one thread.
 */
final class StringStorer implements AutoCloseable {
  private static final int BATCHES = 4;

  private final BlockingQueue<StringBatch> free = new ArrayBlockingQueue<>(BATCHES);
  private final BlockingQueue<StringBatch> full = new ArrayBlockingQueue<>(BATCHES);
  private final StringBatch end;
  private final @Nullable Thread thread;
  private volatile @Nullable Throwable failure;
  private StringBatch batch;

  StringStorer(Keyspace keyspace, boolean ownThread) {
    batch = new StringBatch(keyspace);
    end = ownThread ? new StringBatch(keyspace) : batch;
    thread = ownThread ? new Thread(this::storeAll, "hydrion-load") : null;
    if (thread != null) {
      for (int i = 1; i < BATCHES; i++) {
        free.add(new StringBatch(keyspace));
      }
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Stores a key, by and by.
   *
   * @throws RdbFormatException when one that came before is there twice
   */
  void add(int database, byte[] key, int length, RdbString value, long expireAt, int access) {
    if (!batch.add(database, key, length, value, expireAt, access)) {
      flush();
      boolean added = batch.add(database, key, length, value, expireAt, access);
      assert added;
    }
  }

  private void flush() {
    if (thread == null) {
      batch.store();
      return;
    }
    rethrow();
    put(batch);
    batch = Uninterrupted.get(free::take);
  }

  /** Returns when all keys are stored; no more may come. */
  void finish() {
    if (!batch.isEmpty()) {
      flush();
    }
    close();
    rethrow();
  }

  private void rethrow() {
    switch (failure) {
      case null -> {
        // All is well.
      }
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running == null || !running.isAlive()) {
      return;
    }
    put(end);
    Uninterrupted.run(running::join);
  }

  private void storeAll() {
    for (StringBatch next; (next = Uninterrupted.get(full::take)) != end; ) {
      if (failure == null) {
        try {
          next.store();
        } catch (RuntimeException | Error e) {
          failure = e;
        }
      }
      boolean unused = free.offer(next);
    }
  }

  /** There is always room: no more batches go round than fit. */
  private void put(StringBatch next) {
    boolean unused = full.offer(next);
  }
}
