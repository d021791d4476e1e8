package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one path by which effects reach the disk: records are appended to a buffer, written to the
 * end of a file, and synced. Thread-safe.
 *
 * <p>A position counts the bytes appended so far; {@link #append} returns that of its record's end,
 * and what is true of a position is true of all before it. It is <em>written</em> when the system
 * has the bytes, so that they survive the process, and <em>synced</em> when they survive a power
 * cut. Which of the two a reply waits for is the policy's ({@link #whenAcknowledged}).
 *
 * <p>After an error of the disk nothing is acknowledged any more; {@link #failure} says why. When
 * there was merely no room, the log cuts a torn record off and goes on by itself once there is.
 * Otherwise it drops what is appended until a rewrite ({@link #cut}) has begun it anew; a sync is
 * never tried again on a file whose sync has failed.
 */
public final class AppendLog implements Closeable {
  /*
   * Three locks, always taken in this order; none is held while a waiter is called.
   *
   *   syncLock    one sync, or one change of file, at a time. Held for as long as the disk takes.
   *   fileLock    writing: the queue of batches, the file. Held while the system takes the bytes.
   *   appendLock  the buffer. Held for a copy of one record: this is what appenders pay, who hold
   *               the locks of their keys. It alone decides the order of records.
   *
   * An appender copies its record into the active batch and goes on. Whoever writes takes the whole
   * active batch away under appendLock, leaving a spare one, and writes it under fileLock only, so
   * that others append meanwhile. Batches are taken and written under the same fileLock: their
   * order in the file is their order in the buffer. Memory is bounded: when the active batch is
   * full its appender writes it out itself, and a record too long for it is written before append
   * returns.
   *
   * A sync writes what there is under fileLock, remembers how far that was, and syncs the file
   * without fileLock. Group commit comes from syncLock: callers who come during a sync wait for the
   * lock; the first to get it syncs for all of them, and the others find their positions synced.
   *
   * Threads that must not block call write(): it writes in place, for it costs less than a hand-over,
   * unless a sync or a change of file is going on, which may make the system hold up writers of the
   * file. Then the writer thread has to do it, and the caller is told later. The syncing is done by
   * a thread of its own, so that the system may let the writer through meanwhile. Only when a sync
   * under everysec takes longer than two seconds do writers wait for it: the promise is that a power
   * cut costs about a second.
   *
   * A change of file begins with a cut: the active batch is sealed under appendLock, and records
   * from then on belong to the next file. That is quick and may be done while all keys are locked.
   * When the sealed batch has been written, a thread with both locks syncs the old file, closes it
   * and opens the new one. Thus nothing is ever in a file whose predecessor is not synced.
   *
   * After a failure the fields mean: failure, nothing is acknowledged; isStopped, nothing is
   * written; isDropping, nothing is kept. Lack of room sets the first two and heals by writing the
   * queue. All else sets the three; a cut then clears isDropping and, by the thread that does the
   * change of file, isStopped, with a file that is not yet part of the log; failure is cleared when
   * the snapshot of that moment is installed.
   */

  /** How much is gathered before an appender has to write. */
  static final int BUFFER = 1 << 20;

  /** How many bytes in front of a record {@link #append} may use. */
  public static final int ROOM = 48;

  private static final int TIMESTAMP_MAX = 32;
  private static final byte[] SELECT = Bytes.of("*2\r\n$6\r\nSELECT\r\n$");
  static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long SLOW_SYNC_NS = 2 * SECOND_NS;
  static final long HEAL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final VarHandle APPENDED;

  static {
    try {
      APPENDED = MethodHandles.lookup().findVarHandle(AppendLog.class, "appended", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LogDirectory directory;
  private final Disk disk;
  private final Clock clock;
  private final int head;
  private final int capacity;

  private final ReentrantLock syncLock = new ReentrantLock();
  private final ReentrantLock fileLock = new ReentrantLock();
  private final ReentrantLock appendLock = new ReentrantLock();

  @GuardedBy("appendLock")
  private Batch active;

  @GuardedBy("appendLock")
  private final ArrayDeque<Batch> sealed = new ArrayDeque<>();

  @GuardedBy("appendLock")
  private @Nullable Batch spare;

  @GuardedBy("appendLock")
  private boolean isDropping;

  @GuardedBy("appendLock")
  private long lastSecond;

  /** The one that the last record was about; -1: the file has none yet. */
  @GuardedBy("appendLock")
  private int database = -1;

  /** Written under appendLock. */
  private long appended;

  @GuardedBy("fileLock")
  private final ArrayDeque<Batch> queue = new ArrayDeque<>();

  @GuardedBy("fileLock")
  private Disk.@Nullable Output file;

  @GuardedBy("fileLock")
  private long fileSize;

  /** A change of file that is to come before the next batch. */
  @GuardedBy("fileLock")
  private @Nullable Cut due;

  /** Written under both fileLock and appendLock. */
  private volatile boolean isStopped;

  private volatile long written;
  private volatile long synced;

  /** How many bytes of the current file are synced. */
  private volatile long syncedSize;

  /** When the sync began that is going on; 0 for none. */
  private volatile long syncStartedNs;

  /** Changes of file that have not been done; then writing is left to those who may. */
  private final AtomicInteger changes = new AtomicInteger();

  /** The end of what needs no mark of its own; guarded by syncLock. */
  private long markEnd;

  /** Written under appendLock. */
  private volatile @Nullable LogFailure failure;

  /** A cut after a failure, until it is installed; written under appendLock. */
  private volatile @Nullable Cut restart;

  private volatile Consumer<@Nullable LogFailure> failureListener = why -> {};
  private volatile boolean isRotationDue;
  private volatile boolean hasTimestamps;
  private volatile FsyncPolicy policy;
  private volatile long healAtNs;
  private final AtomicLong delayed = new AtomicLong();
  private volatile long delayedSyncNs;

  private final LogWaiters waiters = new LogWaiters();

  private final LogThreads threads;

  /** A log that has nothing open yet: {@link #resume} or {@link #cut} begins it. */
  public AppendLog(LogDirectory directory, Clock clock, FsyncPolicy policy) {
    this(directory, clock, policy, BUFFER);
  }

  AppendLog(LogDirectory directory, Clock clock, FsyncPolicy policy, int capacity) {
    this.directory = directory;
    this.disk = directory.disk;
    this.clock = clock;
    threads = new LogThreads(this, clock);
    this.policy = policy;
    this.capacity = capacity;
    head = directory.recordHead();
    active = new Batch(directory.batchHead(), capacity);
    spare = new Batch(directory.batchHead(), capacity);
    failure = new LogFailure(LogFailure.Step.NOT_STARTED, "there is no append log yet", false);
    isStopped = true;
    isDropping = true;
  }

  /** What is taken to the file at once. */
  private static final class Batch {
    final byte[] bytes;
    final int from;
    int to;
    long end;
    @Nullable Cut cut;

    Batch(int from, int capacity) {
      bytes = new byte[from + capacity];
      this.from = from;
      to = from;
    }

    void clear() {
      to = from;
      cut = null;
    }
  }

  /** A position at which one file ends and the next begins. */
  static final class Cut {
    final long position;

    /** The log had failed: nothing leads up to the position but the snapshot to come. */
    final boolean isRestart;

    volatile boolean isDone;
    volatile @Nullable IOException failure;

    Cut(long position, boolean isRestart) {
      this.position = position;
      this.isRestart = isRestart;
    }
  }

  // ---- beginning and end

  /**
   * Goes on where the directory's log ended, which has been loaded; an empty directory is begun.
   *
   * @param empty writes the snapshot that an empty log starts from, where the format wants one
   */
  public void resume(SnapshotWriter empty) throws IOException {
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
      appendLock.lock();
      try {
        begin(directory.position());
        setFailure(null);
        isStopped = false;
        isDropping = false;
      } finally {
        appendLock.unlock();
      }
    } finally {
      fileLock.unlock();
      syncLock.unlock();
    }
  }

  /**
   * Lets a log begin with a {@link #cut}, behind whatever log the directory has, which nobody has
   * loaded; a start finds that one until the cut's rewrite is installed.
   *
   * @param from the position to begin at, at least
   */
  public void prepare(long from) throws IOException {
    syncLock.lock();
    try {
      directory.open();
      fileLock.lock();
      appendLock.lock();
      try {
        begin(Math.max(from, directory.position()));
      } finally {
        appendLock.unlock();
        fileLock.unlock();
      }
    } finally {
      syncLock.unlock();
    }
  }

  private void begin(long position) {
    APPENDED.setRelease(this, position);
    written = position;
    synced = position;
    markEnd = position;
  }

  /** Starts the log's own threads; without them somebody has to call {@link #turn}. */
  public void start() {
    threads.start();
  }

  /** Writes and syncs what was appended, unless the log has failed, and ends the threads. */
  @Override
  public void close() throws IOException {
    threads.stop();
    sync();
    sync(); // and the mark that says so
    complete();
    fileLock.lock();
    try {
      appendLock.lock();
      try {
        isDropping = true;
        isStopped = true;
        if (failure == null) {
          setFailure(
              new LogFailure(LogFailure.Step.NOT_STARTED, "the append log is closed", false));
        }
      } finally {
        appendLock.unlock();
      }
      Disk.Output open = file;
      file = null;
      if (open != null) {
        open.close();
      }
    } finally {
      fileLock.unlock();
    }
    complete();
  }

  // ---- appending

  /**
   * Appends a record: commands that take effect together, with MULTI and EXEC around several unless
   * the log {@link #keepsRecordsWhole}. The caller holds the locks of the keys they are about, so
   * that records of one key come in the order of their effects. Normally a copy in memory; waits
   * for the file when the buffer is full. Never fails: see {@link #failure}.
   *
   * @param a has {@link #ROOM} bytes in front of the record that it can do without
   * @param firstDatabase the one that the first command is about
   * @param lastDatabase the one that the last command is about
   * @return the position to wait for
   */
  public long append(byte[] a, int off, int len, int firstDatabase, int lastDatabase) {
    assert len > 0;
    int sum = directory.recordSum(a, off, len);
    int size = len + head;
    int needed = size + TIMESTAMP_MAX + ROOM;
    if (needed > capacity) {
      return appendLong(a, off, len, sum, firstDatabase, lastDatabase);
    }
    while (true) {
      appendLock.lock();
      try {
        Batch b = active;
        if (isDropping) {
          return advance(size);
        }
        if (b.bytes.length - b.to >= needed) {
          int before = b.to;
          put(b, a, off, len, sum, firstDatabase, lastDatabase);
          return advance(b.to - before);
        }
      } finally {
        appendLock.unlock();
      }
      makeRoom();
    }
  }

  /** Appends a record that is not about a database, or says by itself about which. */
  long append(byte[] a, int off, int len) {
    return append(a, off, len, -1, -1);
  }

  @GuardedBy("appendLock")
  private void put(Batch b, byte[] a, int off, int len, int sum, int first, int last) {
    if (hasTimestamps) {
      putTimestamp(b);
    }
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

  @GuardedBy("appendLock")
  private void put(Batch b, byte[] a, int off, int len, int sum) {
    int at = b.to;
    if (head != 0) {
      directory.putRecordHead(b.bytes, at, len, sum);
      at += head;
    }
    System.arraycopy(a, off, b.bytes, at, len);
    b.to = at + len;
  }

  @GuardedBy("appendLock")
  private long advance(int bytes) {
    long end = appended + bytes;
    APPENDED.setRelease(this, end);
    return end;
  }

  /** Redis's annotation of the time, before the first record of a second. */
  @GuardedBy("appendLock")
  private void putTimestamp(Batch b) {
    long second = clock.millis() / 1000;
    if (second != lastSecond) {
      lastSecond = second;
      byte[] line = Bytes.of("#TS:" + second + "\r\n");
      System.arraycopy(line, 0, b.bytes, b.to, line.length);
      b.to += line.length;
    }
  }

  /** A record that does not fit into the buffer goes to the file before this returns. */
  private long appendLong(byte[] a, int off, int len, int sum, int first, int last) {
    Batch own = new Batch(directory.batchHead(), len + head + TIMESTAMP_MAX + ROOM);
    long end;
    appendLock.lock();
    try {
      if (isDropping) {
        return advance(len + head);
      }
      seal(null);
      put(own, a, off, len, sum, first, last);
      end = advance(own.to - own.from);
      own.end = end;
      sealed.add(own);
    } finally {
      appendLock.unlock();
    }
    makeRoom();
    return end;
  }

  /** Closes the active batch, so that what comes now is in another one. */
  @GuardedBy("appendLock")
  private void seal(@Nullable Cut cut) {
    Batch b = active;
    if (b.to == b.from && cut == null) {
      return;
    }
    b.end = appended;
    b.cut = cut;
    sealed.add(b);
    Batch next = spare;
    spare = null;
    active = next != null ? next : new Batch(directory.batchHead(), capacity);
  }

  /** Writes the buffer out for an appender that found it full. */
  private void makeRoom() {
    awaitSlowSync();
    writeBlocking(false);
    LogFailure why = failure;
    if (isStopped && why != null && why.heals()) {
      String text = "the buffer is full and " + why.text();
      fail(new LogFailure(LogFailure.Step.OVERFLOW, text, false));
    }
  }

  // ---- writing

  /**
   * Hands what was appended so far to the operating system, unless that might block: then, and
   * after a failure, it returns false, and the log's thread goes on with it. For any thread.
   */
  public boolean write() {
    long target = (long) APPENDED.getAcquire(this);
    if (written < target) {
      if (isBlocked()) {
        wantWrite();
        return false;
      }
      fileLock.lock();
      try {
        writeOut(false, false);
      } finally {
        fileLock.unlock();
      }
    }
    if (written >= target && failure == null) {
      return true;
    }
    wantWrite();
    return false;
  }

  private boolean isBlocked() {
    return syncStartedNs != 0 || changes.get() > 0 || isStopped;
  }

  /** Writes what was appended, and changes the file where a cut asks for it. */
  private void writeBlocking(boolean mayHeal) {
    boolean mayChange = changes.get() > 0;
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
   * @param mayHeal whether to try again after there was no room
   */
  @GuardedBy("fileLock")
  private void writeOut(boolean mayChange, boolean mayHeal) {
    assert fileLock.isHeldByCurrentThread();
    long target = (long) APPENDED.getAcquire(this);
    while (true) {
      Cut cut = due;
      if (cut != null) {
        if (!mayChange) {
          return;
        }
        due = null;
        change(cut);
      }
      if (hasRestart()) {
        if (!mayChange) {
          return;
        }
        dropQueue();
      } else if (isStopped && !mayHeal) {
        return;
      }
      Batch b = queue.peek();
      if (b == null) {
        b = written >= target && changes.get() == 0 ? null : take();
        if (b == null) {
          return;
        }
        queue.add(b);
      }
      Cut then = b.cut;
      if (then != null && then.isRestart) {
        due = then;
        queue.remove(b);
      } else if (writeBatch(b)) {
        written = b.end;
        due = then;
        queue.remove(b);
        recycle(b);
      } else {
        return;
      }
    }
  }

  /** Whether a cut that follows a failure waits to be done. */
  private boolean hasRestart() {
    Cut cut = restart;
    return cut != null && !cut.isDone;
  }

  /** What could not be written before a restart is in its snapshot. */
  @GuardedBy("fileLock")
  private void dropQueue() {
    queue.forEach(this::forget);
    queue.clear();
  }

  private void forget(Batch b) {
    Cut cut = b.cut;
    if (cut != null) {
      cut.failure = new IOException("the append log has failed");
      cut.isDone = true;
      changes.decrementAndGet();
    }
  }

  /** The next batch to write; null when there is nothing. */
  private @Nullable Batch take() {
    appendLock.lock();
    try {
      if (sealed.isEmpty()) {
        seal(null);
      }
      return sealed.poll();
    } finally {
      appendLock.unlock();
    }
  }

  private void recycle(Batch b) {
    if (b.bytes.length != b.from + capacity) {
      return;
    }
    b.clear();
    appendLock.lock();
    try {
      spare = b;
    } finally {
      appendLock.unlock();
    }
  }

  @GuardedBy("fileLock")
  private boolean writeBatch(Batch b) {
    Disk.Output out = file;
    assert out != null;
    if (b.to == b.from) {
      return true;
    }
    int from = directory.putBatchHead(b.bytes, b.from, b.to, syncedSize);
    try {
      out.write(b.bytes, from, b.to - from);
    } catch (IOException e) {
      fail(LogFailure.of(LogFailure.Step.WRITE, e, LogFailure.isNoSpace(e) && cutTorn()));
      return false;
    }
    fileSize += b.to - from;
    directory.currentSize(fileSize);
    if (directory.isFull(fileSize)) {
      isRotationDue = true;
    }
    if (isStopped) {
      heal();
    }
    return true;
  }

  /** Takes away what a failed write may have left of a batch; all before it stays. */
  @GuardedBy("fileLock")
  private boolean cutTorn() {
    if (restart != null) {
      return false;
    }
    try {
      disk.truncate(directory.current(), fileSize);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  // ---- failing and healing

  private void fail(LogFailure why) {
    appendLock.lock();
    try {
      LogFailure before = failure;
      if (before == null || before.heals() || restart != null) {
        setFailure(why);
      }
      isStopped = true;
      if (why.heals()) {
        healAtNs = clock.nanos() + HEAL_INTERVAL_NS;
      } else {
        isDropping = true;
        restart = null;
        active.clear();
      }
    } finally {
      appendLock.unlock();
    }
    wantWrite();
  }

  /** There was no room for the first batch of the queue, and now it is written. */
  @GuardedBy("fileLock")
  private void heal() {
    appendLock.lock();
    try {
      LogFailure why = failure;
      // After a cut the log is in another file, which does not count before its snapshot does.
      if (why != null && why.heals() && restart == null) {
        setFailure(null);
        isStopped = false;
      }
    } finally {
      appendLock.unlock();
    }
  }

  private void setFailure(@Nullable LogFailure why) {
    failure = why;
    failureListener.accept(why);
  }

  /**
   * Has somebody told whenever {@link #failure} changes, and at once; it must not call the log, and
   * not block.
   */
  public void onFailure(Consumer<@Nullable LogFailure> listener) {
    appendLock.lock();
    try {
      failureListener = listener;
      listener.accept(failure);
    } finally {
      appendLock.unlock();
    }
  }

  /** Why nothing is acknowledged at the moment, or null when all is well. */
  public @Nullable LogFailure failure() {
    return failure;
  }

  /** Whether, after a failure, a rewrite has begun that will put an end to it. */
  public boolean isRestarting() {
    return restart != null;
  }

  // ---- syncing

  /**
   * Makes what was appended so far durable. Blocks; several callers share one sync.
   *
   * @return whether it is
   */
  public boolean sync() {
    return syncTo((long) APPENDED.getAcquire(this));
  }

  private boolean syncTo(long target) {
    syncLock.lock();
    try {
      if (synced >= target) {
        return failure == null;
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
        if (out == null || isBroken()) {
          return false;
        }
        syncStartedNs = clock.nanos() | 1;
      } finally {
        fileLock.unlock();
      }
      try {
        out.sync();
      } catch (IOException e) {
        fail(LogFailure.of(LogFailure.Step.SYNC, e, false));
        return false;
      } finally {
        syncStartedNs = 0;
      }
      syncedSize = size;
      synced = upTo;
      mark(upTo);
      return upTo >= target && failure == null;
    } finally {
      syncLock.unlock();
    }
  }

  /** Whether only a rewrite helps, and has not yet led to a file that can be written. */
  private boolean isBroken() {
    LogFailure why = failure;
    return isStopped && why != null && !why.heals();
  }

  /** Appends the mark of a sync, unless nothing but the last mark has been synced. */
  @GuardedBy("syncLock")
  private void mark(long upTo) {
    if (upTo <= markEnd) {
      return;
    }
    appendLock.lock();
    try {
      byte[] mark = directory.syncMark(upTo, appended);
      int size = mark.length + head;
      if (mark.length == 0 || isDropping || active.bytes.length - active.to < size) {
        return;
      }
      put(active, mark, 0, mark.length, directory.recordSum(mark, 0, mark.length));
      boolean isNext = appended == upTo;
      long end = advance(size);
      // With something in between the next sync is worth a mark in any case.
      markEnd = isNext ? end : upTo;
    } finally {
      appendLock.unlock();
    }
  }

  // ---- changing the file

  /**
   * Lets the records from now on belong to a new file, for a snapshot of this moment to stand in
   * for those before. Quick: may be called with all keys locked. The new file begins in database 0.
   * One rewrite at a time.
   */
  public LogRewrite cut() {
    appendLock.lock();
    try {
      boolean isRestart = failure != null;
      if (isRestart) {
        sealed.forEach(this::forget);
        sealed.clear();
        active.clear();
        isDropping = false;
      }
      Cut cut = addCut(isRestart);
      if (isRestart) {
        restart = cut;
      }
      return new LogRewrite(this, cut, directory.temporarySnapshot());
    } finally {
      appendLock.unlock();
      wantWrite();
    }
  }

  @GuardedBy("appendLock")
  private Cut addCut(boolean isRestart) {
    Cut cut = new Cut(appended, isRestart);
    lastSecond = 0;
    database = -1;
    changes.incrementAndGet();
    seal(cut);
    return cut;
  }

  /** Ends the file and opens the next one; a cut that fails early leaves the file as it is. */
  @GuardedBy("fileLock")
  private void change(Cut cut) {
    assert syncLock.isHeldByCurrentThread();
    try {
      if (isStopped && !cut.isRestart) {
        cut.failure = new IOException("the append log has failed");
        return;
      }
      Disk.Output old = file;
      if (!cut.isRestart && old != null) {
        old.sync();
        synced = written;
        syncedSize = fileSize;
      }
      Disk.Output next = directory.begin(cut.position, cut.isRestart);
      file = next;
      fileSize = next.size();
      syncedSize = fileSize;
      if (cut.isRestart) {
        restarted(cut);
      }
      isRotationDue = false;
      closeQuietly(old);
    } catch (LogDirectory.CannotBeginException e) {
      cut.failure = e;
      if (cut.isRestart) {
        fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
      }
    } catch (IOException e) {
      cut.failure = e;
      fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
    } finally {
      cut.isDone = true;
      changes.decrementAndGet();
    }
  }

  @GuardedBy("fileLock")
  private void restarted(Cut cut) {
    appendLock.lock();
    try {
      queue.clear();
      isStopped = false;
      written = cut.position;
      synced = cut.position;
      markEnd = cut.position;
    } finally {
      appendLock.unlock();
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

  void install(Cut cut, Path snapshot, boolean isRdb) throws IOException {
    writeBlocking(false);
    if (cut.isRestart) {
      syncTo((long) APPENDED.getAcquire(this));
    }
    IOException early = cut.failure;
    if (early != null || !cut.isDone || (cut.isRestart ? restart != cut : isBroken())) {
      throw new IOException("the append log has failed meanwhile", early);
    }
    try {
      directory.install(snapshot, isRdb, cut.position, cut.isRestart);
    } catch (LogDirectory.CannotBeginException e) {
      throw e;
    } catch (IOException e) {
      fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
      throw e;
    }
    if (cut.isRestart) {
      appendLock.lock();
      try {
        if (restart == cut) {
          restart = null;
          setFailure(null);
        }
      } finally {
        appendLock.unlock();
      }
    }
    directory.clean();
    wantWrite();
  }

  void abandon(Cut cut, Path snapshot) {
    if (cut.isRestart && restart == cut) {
      fail(
          new LogFailure(
              LogFailure.Step.NOT_STARTED, "the snapshot for the append log failed", false));
    }
    try {
      disk.delete(snapshot);
    } catch (IOException e) {
      // It is replaced by the next rewrite.
    }
  }

  // ---- waiting

  /**
   * Asks whether a reply may go out, and writes in place if that is what it takes.
   *
   * @return true when it may; false when the waiter will be told
   */
  public boolean whenAcknowledged(long position, LogWaiter waiter) {
    return policy == FsyncPolicy.ALWAYS
        ? whenSynced(position, waiter)
        : whenWritten(position, waiter);
  }

  /** Whether a reply that hangs on a position may go out. */
  public boolean isAcknowledged(long position) {
    return (policy == FsyncPolicy.ALWAYS ? synced : written) >= position && failure == null;
  }

  /** As {@link #whenAcknowledged}, for what survives the process. */
  public boolean whenWritten(long position, LogWaiter waiter) {
    if (written >= position && failure == null) {
      return true;
    }
    if (write() && written >= position) {
      return true;
    }
    waiters.add(position, false, waiter);
    wantWrite();
    return false;
  }

  /** As {@link #whenAcknowledged}, for what survives a power cut. */
  public boolean whenSynced(long position, LogWaiter waiter) {
    if (synced >= position && failure == null) {
      return true;
    }
    waiters.add(position, true, waiter);
    if (failure != null) {
      wantWrite();
    } else if (policy != FsyncPolicy.EVERYSEC) {
      wantSync();
    }
    return false;
  }

  private void complete() {
    // In this order: a position reached by a failed log is not taken for a good one.
    long writtenTo = written;
    long syncedTo = synced;
    waiters.complete(writtenTo, syncedTo, failure);
  }

  // ---- the log's threads

  private void wantWrite() {
    threads.wantWrite();
  }

  private void wantSync() {
    threads.wantSync();
  }

  /**
   * Does what the log's threads would do now; for a log that was not started.
   *
   * @param isSecond whether a second has passed, too
   */
  public void turn(boolean isSecond) {
    writerTurn();
    boolean isWanted = threads.takeSyncWanted();
    if (isWanted || (isSecond && policy != FsyncPolicy.NO)) {
      syncTurn();
    }
  }

  void writerTurn() {
    awaitSlowSync();
    if (isRotationDue && failure == null) {
      rotate();
    }
    LogFailure why = failure;
    writeBlocking(why != null && why.heals() && clock.nanos() - healAtNs >= 0);
    complete();
  }

  private void rotate() {
    isRotationDue = false;
    sync(); // so that little is left to sync when writers have to wait
    appendLock.lock();
    try {
      if (failure == null) {
        addCut(false);
      }
    } finally {
      appendLock.unlock();
    }
  }

  void syncTurn() {
    if (failure == null || restart != null) {
      sync();
    }
    complete();
  }

  /** Under everysec writers stop when a sync takes too long, lest a power cut costs much more. */
  private void awaitSlowSync() {
    long started = syncStartedNs;
    if (started == 0 || policy != FsyncPolicy.EVERYSEC || clock.nanos() - started < SLOW_SYNC_NS) {
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

  // ---- settings and figures

  /** Whether a record takes effect as a whole or not at all, without MULTI and EXEC in it. */
  public boolean keepsRecordsWhole() {
    return directory.keepsRecordsWhole();
  }

  public FsyncPolicy policy() {
    return policy;
  }

  /** Changes what replies wait for, from now on. */
  public void policy(FsyncPolicy newPolicy) {
    policy = newPolicy;
    wantSync();
  }

  /** Whether lines that say the time stand between records ({@code aof-timestamp-enabled}). */
  public void timestamps(boolean isOn) {
    hasTimestamps = isOn && directory.hasTimestamps();
  }

  /** The position of the end. */
  public long appendedPosition() {
    return (long) APPENDED.getAcquire(this);
  }

  public long writtenPosition() {
    return written;
  }

  public long syncedPosition() {
    return synced;
  }

  /** How often writers had to wait for a sync of more than two seconds. */
  public long delayedSyncs() {
    return delayed.get();
  }

  /** Whether a sync is going on. */
  public boolean isSyncing() {
    return syncStartedNs != 0;
  }

  public LogDirectory directory() {
    return directory;
  }
}
