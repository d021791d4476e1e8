package io.hydrion.persistence;

import io.hydrion.store.SpareChunks;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Encoded keys on their way to the thread that writes the file. Thread-safe; one thread takes. */
final class SnapshotQueue {
  /*
   * What is put is copied into the last of a few chunks; chunks go to the file full, or as full as
   * they are when the file wants more, and come back. They are large, so that the collector does
   * not copy them, and were made ahead: fresh memory costs milliseconds where the kernel has to
   * fetch it from a hypervisor, and whoever puts holds a shard's lock.
   */
  private static final int CHUNKS_MAX = 4;

  /** The length of a chunk when none was made ahead; one for each side is always to be had. */
  private static final int SMALL_CHUNK = 64 * 1024;

  /** The longest piece. */
  static final int PIECE_MAX = SMALL_CHUNK / 2;

  /** Bytes, and how many of them are written. */
  static final class Chunk {
    final byte[] bytes;
    private int length;

    private Chunk(byte[] bytes) {
      this.bytes = bytes;
    }

    int length() {
      return length;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hasBytes = lock.newCondition();
  private final Condition hasRoom = lock.newCondition();
  private final Queue<Chunk> full = new ArrayDeque<>();
  private final Queue<Chunk> spare = new ArrayDeque<>();
  private int chunks;
  private Chunk last;
  private volatile long size;
  private boolean isEnded;
  private boolean isClosed;

  SnapshotQueue() {
    Chunk first = newChunk();
    assert first != null;
    last = first;
  }

  /** How many bytes are on their way, those that are being written included. */
  long size() {
    return size;
  }

  /**
   * Puts one piece of at most {@link #PIECE_MAX} bytes, which stays in one; waits until there is
   * room for it. Does nothing when the queue is closed.
   */
  void put(byte[] a, int length) {
    lock.lock();
    try {
      while (!isClosed && length > last.bytes.length - last.length && !goOn()) {
        hasRoom.awaitUninterruptibly();
      }
      if (isClosed) {
        return;
      }
      System.arraycopy(a, 0, last.bytes, last.length, length);
      last.length += length;
      size += length;
      hasBytes.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for what comes next; null at the end. What was taken must be given back. */
  @Nullable Chunk take() {
    lock.lock();
    try {
      while (full.isEmpty() && last.length == 0 && !isEnded && !isClosed) {
        hasBytes.awaitUninterruptibly();
      }
      if (isClosed) {
        return null;
      }
      if (full.isEmpty() && last.length > 0) {
        boolean goesOn = goOn();
        assert goesOn;
      }
      return full.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes back a chunk that has been written. */
  void giveBack(Chunk chunk) {
    lock.lock();
    try {
      size = isClosed ? 0 : size - chunk.length;
      chunk.length = 0;
      spare.add(chunk);
      hasRoom.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will be put: what there is can be taken, and then the end. */
  void end() {
    lock.lock();
    try {
      isEnded = true;
      hasBytes.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is wanted any more: nobody waits for room, and what there is cannot be taken. */
  void close() {
    lock.lock();
    try {
      isClosed = true;
      size = 0;
      hasBytes.signal();
      hasRoom.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the queue and gives its memory back: nothing that was taken is in use any more. */
  void release() {
    close();
    full.add(last);
    full.addAll(spare);
    for (Chunk chunk : full) {
      SpareChunks.SHARED.giveBack(chunk.bytes);
    }
  }

  /** Has an empty chunk be the last, if there is one. */
  private boolean goOn() {
    Chunk next = spare.poll();
    if (next == null) {
      next = newChunk();
    }
    if (next == null) {
      return false;
    }
    full.add(last);
    last = next;
    return true;
  }

  private @Nullable Chunk newChunk() {
    if (chunks == CHUNKS_MAX) {
      return null;
    }
    byte[] bytes = SpareChunks.SHARED.borrow();
    if (bytes == null) {
      if (chunks >= 2) {
        return null;
      }
      bytes = new byte[SMALL_CHUNK];
    }
    chunks++;
    return new Chunk(bytes);
  }
}
