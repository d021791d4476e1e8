package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings the batches of a log to the end of its file, syncs the file, and follows cuts to the next
 * one. Thread-safe: writing and syncing have a lock each ({@link AppendLog} tells of the locks).
 */
final class LogWriter {
  private static final long SLOW_SYNC_NS = TimeUnit.SECONDS.toNanos(2);

  /** Nobody is kept from other things for longer. */
  private static final long QUICK_SYNC_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final int SYNCS_OF_MEAN = 8;

  private final LogDirectory directory;
  private final Clock clock;
  private final LogBuffer buffer;
  private final LogHealth health;

  private final ReentrantLock syncLock = new ReentrantLock();
  private final ReentrantLock fileLock = new ReentrantLock();

  /** What was taken from the buffer and could not be written yet. */
  @GuardedBy("fileLock")
  private final ArrayDeque<LogBatch> queue = new ArrayDeque<>();

  @GuardedBy("fileLock")
  private Disk.@Nullable Output file;

  @GuardedBy("fileLock")
  private long fileSize;

  /** How much padding is written at a time. */
  private final int paddingSize;

  /** What is written; null until it is wanted. */
  @GuardedBy("fileLock")
  private byte @Nullable [] padding;

  /** Up to where the file has padding to be written over; 0 without. */
  @GuardedBy("fileLock")
  private long paddedTo;

  private volatile boolean pads;

  /** A change of file that is to come before the next batch. */
  @GuardedBy("fileLock")
  private @Nullable LogCut due;

  /** The end of what needs no mark of its own; guarded by syncLock. */
  private long markEnd;

  private volatile long written;
  private volatile long synced;

  /** How many bytes of the current file are synced. */
  private volatile long syncedSize;

  /** How long a sync takes: a mean that forgets; guarded by syncLock. */
  private volatile long meanSyncNs;

  /** When the sync began that is going on; 0 for none. */
  private volatile long syncStartedNs;

  private volatile boolean isRotationDue;

  /** How much longer a write is to take. */
  volatile long delayMicros;

  private final AtomicLong delayed = new AtomicLong();
  private volatile long delayedSyncNs;

  LogWriter(LogDirectory directory, Clock clock, LogBuffer buffer, LogHealth health, int padding) {
    paddingSize = padding;
    this.directory = directory;
    this.clock = clock;
    this.buffer = buffer;
    this.health = health;
  }

  /** Changes whether the file is made longer than it need be, where its format allows that. */
  void pads(boolean does) {
    pads = does;
  }

  /** Up to where the system has the bytes. */
  long written() {
    return written;
  }

  /** Up to where the bytes survive a power cut. */
  long synced() {
    return synced;
  }

  boolean isSyncing() {
    return syncStartedNs != 0;
  }

  /** About how long a sync takes. */
  long meanSyncNs() {
    return meanSyncNs;
  }

  /** How often somebody had to wait for a slow sync. */
  long delayedSyncs() {
    return delayed.get();
  }

  /** Whether the file has grown so long that another should follow. */
  boolean isRotationDue() {
    return isRotationDue;
  }

  void rotationBegun() {
    isRotationDue = false;
  }

  // ---- beginning and end

  /** See {@link AppendLog#resume}. */
  void resume(SnapshotWriter empty) throws IOException {
    syncLock.lock();
    fileLock.lock();
    try {
      Disk.Output out = directory.resume(empty);
      file = out;
      fileSize = out.size();
      // What a killed process left may be in the system's memory only.
      out.sync();
      syncedSize = fileSize;
      directory.currentSize(fileSize);
      buffer.lock.lock();
      try {
        begin(directory.position());
        health.begin();
      } finally {
        buffer.lock.unlock();
      }
    } finally {
      fileLock.unlock();
      syncLock.unlock();
    }
  }

  /** See {@link AppendLog#prepare}. */
  void prepare(long from) throws IOException {
    syncLock.lock();
    try {
      directory.open();
      fileLock.lock();
      buffer.lock.lock();
      try {
        begin(Math.max(from, directory.position()));
      } finally {
        buffer.lock.unlock();
        fileLock.unlock();
      }
    } finally {
      syncLock.unlock();
    }
  }

  @GuardedBy("buffer.lock")
  private void begin(long position) {
    buffer.begin(position);
    setPositions(position);
  }

  private void setPositions(long position) {
    assert syncLock.isHeldByCurrentThread() && fileLock.isHeldByCurrentThread();
    written = position;
    synced = position;
    markEnd = position;
  }

  void close() throws IOException {
    fileLock.lock();
    try {
      boolean isWell = health.failure() == null;
      health.close();
      Disk.Output open = file;
      file = null;
      if (open != null) {
        try (open) {
          if (isWell) {
            trim(open);
          }
        }
      }
    } finally {
      fileLock.unlock();
    }
  }

  // ---- writing

  /**
   * Writes up to a position, unless that might block: a sync or a change of file is going on, or
   * the log has failed.
   *
   * @return whether all up to there is written
   */
  boolean tryWrite(long target) {
    if (written >= target) {
      return true;
    }
    if (isSyncing() || buffer.hasOpenCuts() || health.isStopped()) {
      return false;
    }
    fileLock.lock();
    try {
      writeOut(false, false);
    } finally {
      fileLock.unlock();
    }
    return written >= target;
  }

  /**
   * Writes what was appended, and changes the file where a cut asks for it.
   *
   * @param mayHeal whether to try again after there was no room
   */
  void write(boolean mayHeal) {
    boolean mayChange = buffer.hasOpenCuts();
    if (mayChange) {
      syncLock.lock();
    }
    try {
      fileLock.lock();
      try {
        writeOut(mayChange, mayHeal);
      } finally {
        fileLock.unlock();
      }
    } finally {
      if (mayChange) {
        syncLock.unlock();
      }
    }
  }

  /**
   * Writes batches up to what was appended when it was called.
   *
   * @param mayChange whether syncLock is held too, and cuts may be followed
   */
  @GuardedBy("fileLock")
  private void writeOut(boolean mayChange, boolean mayHeal) {
    assert fileLock.isHeldByCurrentThread();
    long target = buffer.end();
    while (true) {
      LogCut cut = due;
      if (cut != null) {
        if (!mayChange) {
          return;
        }
        due = null;
        change(cut);
      }
      if (health.hasRestart()) {
        if (!mayChange) {
          return;
        }
        dropQueue();
      } else if (health.isStopped() && !mayHeal) {
        return;
      }
      LogBatch b = queue.peek();
      if (b == null) {
        b = written >= target && !buffer.hasOpenCuts() ? null : buffer.take();
        if (b == null) {
          return;
        }
        queue.add(b);
      }
      LogCut then = b.cut;
      if (then != null && then.isRestart) {
        due = then;
        queue.remove(b);
      } else if (writeBatch(b)) {
        written = b.end;
        due = then;
        queue.remove(b);
        buffer.recycle(b);
      } else {
        return;
      }
    }
  }

  /** What could not be written before a restart is in its snapshot. */
  @GuardedBy("fileLock")
  private void dropQueue() {
    queue.forEach(buffer::forget);
    queue.clear();
  }

  @GuardedBy("fileLock")
  private boolean writeBatch(LogBatch b) {
    Disk.Output out = file;
    assert out != null;
    if (b.isEmpty()) {
      return true;
    }
    delay();
    int from = directory.putBatchHead(b.bytes, b.from, b.to, syncedSize, b.second);
    int len = b.to - from;
    try {
      int head = putPaddingHead(out, b, len);
      out.write(b.bytes, from, len + head, len);
    } catch (IOException e) {
      boolean heals = LogFailure.isNoSpace(e) && cutTorn(out);
      health.fail(LogFailure.of(LogFailure.Step.WRITE, e, heals));
      return false;
    }
    fileSize += len;
    directory.currentSize(fileSize);
    if (directory.isFull(fileSize)) {
      isRotationDue = true;
    }
    if (health.isStopped()) {
      health.healed();
    }
    return true;
  }

  /** Puts behind a batch what keeps the rest of the padding whole; returns how many bytes. */
  @GuardedBy("fileLock")
  private int putPaddingHead(Disk.Output out, LogBatch b, int len) throws IOException {
    int head = pads ? directory.putPaddingHead(b.bytes, b.to, paddedTo - fileSize - len) : -1;
    if (head < 0) {
      renewPadding(out, len);
      head = directory.putPaddingHead(b.bytes, b.to, paddedTo - fileSize - len);
    }
    return Math.max(head, 0);
  }

  /** Makes the file longer before it is needed, if syncs are waited for: they take less then. */
  @GuardedBy("fileLock")
  private void renewPadding(Disk.Output out, int len) throws IOException {
    if (!pads || len > paddingSize / 2) {
      trim(out);
      return;
    }
    byte[] bytes = padding;
    if (bytes == null) {
      bytes = directory.padding(paddingSize);
      padding = bytes;
    }
    paddedTo = fileSize + bytes.length;
    try {
      out.write(bytes, 0, bytes.length, 0);
    } catch (IOException e) {
      paddedTo = 0;
      out.truncate(fileSize); // there may be room for the record
    }
  }

  /** Takes away the padding that is left. */
  @GuardedBy("fileLock")
  private void trim(Disk.Output out) throws IOException {
    if (fileSize < paddedTo) {
      paddedTo = 0;
      out.truncate(fileSize);
    }
  }

  private void delay() {
    long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(delayMicros);
    for (long left; delayMicros > 0 && (left = end - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
    }
  }

  /** Takes away what a failed write may have left of a batch; all before it stays. */
  @GuardedBy("fileLock")
  private boolean cutTorn(Disk.Output out) {
    if (health.isRestarting()) {
      return false;
    }
    try {
      out.truncate(fileSize);
      paddedTo = 0;
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  // ---- syncing

  /**
   * Syncs up to a position, unless that might take long: the disk is slow, another sync or a change
   * of file is going on, or the log has failed.
   *
   * @return whether all up to there is synced
   */
  boolean trySync(long target) {
    if (meanSyncNs > QUICK_SYNC_NS
        || buffer.hasOpenCuts()
        || health.isStopped()
        || !syncLock.tryLock()) {
      return false;
    }
    try {
      return sync(target);
    } finally {
      syncLock.unlock();
    }
  }

  /** Syncs up to a position; several callers share one sync. Returns whether it is synced. */
  boolean sync(long target) {
    syncLock.lock();
    try {
      if (synced >= target) {
        return health.failure() == null;
      }
      Disk.Output out;
      long size;
      long upTo;
      fileLock.lock();
      try {
        writeOut(true, false);
        out = file;
        size = fileSize;
        upTo = written;
        if (out == null || health.isBroken()) {
          return false;
        }
        syncStartedNs = clock.nanos() | 1;
      } finally {
        fileLock.unlock();
      }
      try {
        out.sync();
        long took = clock.nanos() - syncStartedNs;
        meanSyncNs = meanSyncNs + (took - meanSyncNs) / SYNCS_OF_MEAN;
      } catch (IOException e) {
        health.fail(LogFailure.of(LogFailure.Step.SYNC, e, false));
        return false;
      } finally {
        syncStartedNs = 0;
      }
      syncedSize = size;
      synced = upTo;
      mark(upTo);
      return upTo >= target && health.failure() == null;
    } finally {
      syncLock.unlock();
    }
  }

  /** Appends the mark of a sync, unless nothing but the last mark has been synced. */
  private void mark(long upTo) {
    assert syncLock.isHeldByCurrentThread();
    if (upTo > markEnd) {
      long end = buffer.appendMark(upTo);
      markEnd = end == LogBuffer.FULL ? markEnd : end;
    }
  }

  /**
   * Waits for the sync that is going on, if it takes longer than two seconds: lest a power cut
   * costs much more.
   */
  void awaitSlowSync() {
    long started = syncStartedNs;
    if (started == 0 || clock.nanos() - started < SLOW_SYNC_NS) {
      return;
    }
    if (delayedSyncNs != started) {
      delayedSyncNs = started;
      delayed.incrementAndGet();
    }
    syncLock.lock();
    try {
      // It is over.
    } finally {
      syncLock.unlock();
    }
  }

  // ---- changing the file

  /** Ends the file and opens the next one; a cut that fails early leaves the file as it is. */
  @GuardedBy("fileLock")
  private void change(LogCut cut) {
    assert syncLock.isHeldByCurrentThread();
    try {
      if (health.isStopped() && !cut.isRestart) {
        cut.failure = new IOException("the append log has failed");
        return;
      }
      Disk.Output old = file;
      if (!cut.isRestart && old != null) {
        trim(old);
        old.sync();
        synced = written;
        syncedSize = fileSize;
      }
      Disk.Output next = directory.begin(cut.position, cut.isRestart);
      file = next;
      fileSize = next.size();
      paddedTo = 0;
      syncedSize = fileSize;
      if (cut.isRestart) {
        queue.clear();
        setPositions(cut.position);
        health.restarted();
      }
      isRotationDue = false;
      closeQuietly(old);
    } catch (LogDirectory.CannotBeginException e) {
      cut.failure = e;
      if (cut.isRestart) {
        health.fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
      }
    } catch (IOException e) {
      cut.failure = e;
      health.fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
    } finally {
      buffer.done(cut);
    }
  }

  /** A file that is complete and synced, or given up: nothing depends on how its closing ends. */
  private static void closeQuietly(Disk.@Nullable Output out) {
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        // Nothing to be done.
      }
    }
  }
}
