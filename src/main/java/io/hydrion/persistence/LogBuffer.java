package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The records of a log that have not been taken to the file yet, in batches. Thread-safe: its lock
 * decides the order of records ({@link AppendLog} tells of the locks).
 */
final class LogBuffer {
  /** Returned for a record that the active batch has no room for. */
  static final long FULL = -1;

  private static final byte[] SELECT = Bytes.of("*2\r\n$6\r\nSELECT\r\n$");

  private static final VarHandle APPENDED;

  static {
    try {
      APPENDED = MethodHandles.lookup().findVarHandle(LogBuffer.class, "appended", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The {@code appendLock}. */
  final ReentrantLock lock = new ReentrantLock();

  private final LogDirectory directory;
  private final Clock clock;
  private final int head;
  private final int capacity;

  @GuardedBy("lock")
  private LogBatch active;

  @GuardedBy("lock")
  private final ArrayDeque<LogBatch> sealed = new ArrayDeque<>();

  @GuardedBy("lock")
  private @Nullable LogBatch spare;

  /** Whether nothing is kept of what is appended. */
  @GuardedBy("lock")
  private boolean isDropping = true;

  @GuardedBy("lock")
  private long lastSecond;

  /** The one that the last record was about; -1: the file has none yet. */
  @GuardedBy("lock")
  private int database = -1;

  /** Written under the lock. */
  private long appended;

  /** Cuts that have not been done; then writing is left to those who may change the file. */
  private final AtomicInteger openCuts = new AtomicInteger();

  private volatile boolean hasTimestamps;

  LogBuffer(LogDirectory directory, Clock clock, int capacity) {
    this.directory = directory;
    this.clock = clock;
    this.capacity = capacity;
    head = directory.recordHead();
    active = newBatch(capacity);
    spare = newBatch(capacity);
  }

  private LogBatch newBatch(int size) {
    return new LogBatch(directory.batchHead(), size, directory.paddingHead());
  }

  void timestamps(boolean isOn) {
    hasTimestamps = isOn && directory.hasTimestamps();
  }

  /** The position behind all that was appended; any thread. */
  long end() {
    return (long) APPENDED.getAcquire(this);
  }

  // ---- appending

  /** What a record may take, with what is put in front of it. */
  private int needed(int len) {
    return len + head + AppendLog.ROOM;
  }

  /** Whether a record fits into an empty batch. */
  boolean fits(int len) {
    return needed(len) <= capacity;
  }

  /**
   * Adds a record to the active batch.
   *
   * @return the position behind it, or {@link #FULL}
   */
  long append(byte[] a, int off, int len, int first, int last) {
    int sum = directory.recordSum(a, off, len);
    int needed = needed(len);
    lock.lock();
    try {
      if (isDropping) {
        return advance(len + head);
      }
      if (hasTimestamps) {
        beginSecond();
      }
      LogBatch b = active;
      if (b.free() < needed) {
        return FULL;
      }
      int before = b.to;
      put(b, a, off, len, sum, first, last);
      return advance(b.to - before);
    } finally {
      lock.unlock();
    }
  }

  /** Adds a record that does not fit as a batch of its own; somebody should write it soon. */
  long appendLong(byte[] a, int off, int len, int first, int last) {
    int sum = directory.recordSum(a, off, len);
    LogBatch own = newBatch(needed(len));
    lock.lock();
    try {
      if (isDropping) {
        return advance(len + head);
      }
      if (hasTimestamps) {
        beginSecond();
      }
      seal(null);
      own.second = active.second;
      active.second = 0;
      put(own, a, off, len, sum, first, last);
      own.end = advance(own.to - own.from);
      sealed.add(own);
      return own.end;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds the mark of a sync, where the directory has such and there is room.
   *
   * @return the end of what needs no mark of its own, or {@link #FULL} without a mark
   */
  long appendMark(long synced) {
    lock.lock();
    try {
      byte[] mark = directory.syncMark(synced, appended);
      int size = mark.length + head;
      if (mark.length == 0 || isDropping || active.free() < size) {
        return FULL;
      }
      put(active, mark, 0, mark.length, directory.recordSum(mark, 0, mark.length));
      boolean isNext = appended == synced;
      long end = advance(size);
      // With something in between the next sync is worth a mark in any case.
      return isNext ? end : synced;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void put(LogBatch b, byte[] a, int off, int len, int sum, int first, int last) {
    if (first >= 0 && first != database) {
      int from = select(a, off, first);
      int n = off + len - from;
      put(b, a, from, n, directory.recordSum(a, from, n));
    } else {
      put(b, a, off, len, sum);
    }
    database = last;
  }

  /** Writes a command that chooses a database in front of an index; returns where it begins. */
  private static int select(byte[] a, int before, int database) {
    int digits = Bytes.decimalLength(database);
    int from = before - (SELECT.length + Bytes.decimalLength(digits) + 2 + digits + 2);
    System.arraycopy(SELECT, 0, a, from, SELECT.length);
    int i = Bytes.putDecimal(a, from + SELECT.length, digits);
    a[i++] = '\r';
    a[i++] = '\n';
    i = Bytes.putDecimal(a, i, database);
    a[i++] = '\r';
    a[i] = '\n';
    return from;
  }

  private void put(LogBatch b, byte[] a, int off, int len, int sum) {
    int at = b.to;
    if (head != 0) {
      directory.putRecordHead(b.bytes, at, len, sum);
      at += head;
    }
    System.arraycopy(a, off, b.bytes, at, len);
    b.to = at + len;
  }

  /**
   * Lets a batch begin with the first record of a second, so that the log can be cut where it says
   * the time. Unless batches are waiting to be written already: the second must do without.
   */
  @GuardedBy("lock")
  private void beginSecond() {
    long second = clock.millis() / 1000;
    if (second != lastSecond && (active.isEmpty() || sealed.isEmpty())) {
      lastSecond = second;
      seal(null);
      active.second = second;
    }
  }

  @GuardedBy("lock")
  private long advance(int bytes) {
    long end = appended + bytes;
    APPENDED.setRelease(this, end);
    return end;
  }

  // ---- giving batches away

  /** The next batch to write, which is not added to any more; null when there is nothing. */
  @Nullable LogBatch take() {
    lock.lock();
    try {
      if (sealed.isEmpty()) {
        seal(null);
      }
      return sealed.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a batch back that has been written. */
  void recycle(LogBatch b) {
    if (b.capacity() != capacity) {
      return;
    }
    b.clear();
    lock.lock();
    try {
      spare = b;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the active batch, so that what comes now is in another one. */
  @GuardedBy("lock")
  private void seal(@Nullable LogCut cut) {
    LogBatch b = active;
    if (b.isEmpty() && cut == null) {
      return;
    }
    b.end = appended;
    b.cut = cut;
    sealed.add(b);
    LogBatch next = spare;
    spare = null;
    active = next != null ? next : newBatch(capacity);
  }

  // ---- beginning anew

  /** Lets the next record begin at a position. */
  @GuardedBy("lock")
  void begin(long position) {
    APPENDED.setRelease(this, position);
  }

  /** Keeps what is appended from now on. */
  @GuardedBy("lock")
  void keep() {
    isDropping = false;
  }

  /** Keeps nothing of what is appended, nor of the active batch. */
  @GuardedBy("lock")
  void drop() {
    isDropping = true;
    active.clear();
  }

  boolean isDropping() {
    lock.lock();
    try {
      return isDropping;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets all that has not been written. */
  @GuardedBy("lock")
  void clear() {
    sealed.forEach(this::forget);
    sealed.clear();
    active.clear();
  }

  /** Lets the records from now on belong to another file, which begins in no database. */
  @GuardedBy("lock")
  LogCut cut(boolean isRestart) {
    LogCut cut = new LogCut(appended, isRestart);
    lastSecond = 0;
    database = -1;
    openCuts.incrementAndGet();
    seal(cut);
    return cut;
  }

  boolean hasOpenCuts() {
    return openCuts.get() > 0;
  }

  /** The file has been changed, or could not be. */
  void done(LogCut cut) {
    cut.done();
    openCuts.decrementAndGet();
  }

  /** A batch is not written any more, nor its cut followed. */
  void forget(LogBatch b) {
    LogCut cut = b.cut;
    if (cut != null) {
      cut.failure = new IOException("the append log has failed");
      done(cut);
    }
  }
}
