package io.hydrion.persistence;

import io.hydrion.util.Clock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
   * The records that are gathered are the LogBuffer's, the file is the LogWriter's; LogHealth knows
   * whether the log works, LogThreads does what callers must not wait for.
   *
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
   * Group commit needs groups: whoever has several replies to send gathers them for about as long as
   * a sync takes. And a sync should change nothing but data: the file has padding behind its end
   * that is written over, so that the file system has no sizes to journal.
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

  /** The longest time for which replies are gathered. */
  private static final long GATHER_NS_MAX = TimeUnit.MILLISECONDS.toNanos(1);

  /** How many bytes in front of a record {@link #append} may use. */
  public static final int ROOM = 48;

  private final LogDirectory directory;
  private final LogBuffer buffer;
  private final LogHealth health;
  private final LogWriter writer;
  private final LogThreads threads;
  private final LogWaiters waiters = new LogWaiters();
  private volatile FsyncPolicy policy;

  /** A log that has nothing open yet: {@link #resume} or {@link #cut} begins it. */
  public AppendLog(LogDirectory directory, Clock clock, FsyncPolicy policy) {
    this(directory, clock, policy, BUFFER);
  }

  AppendLog(LogDirectory directory, Clock clock, FsyncPolicy policy, int capacity) {
    this.directory = directory;
    threads = new LogThreads(this, clock);
    buffer = new LogBuffer(directory, clock, capacity);
    health = new LogHealth(buffer, clock, threads);
    writer = new LogWriter(directory, clock, buffer, health, capacity / 4);
    setPolicy(policy);
  }

  // ---- beginning and end

  /**
   * Goes on where the directory's log ended, which has been loaded; an empty directory is begun.
   *
   * @param empty writes the snapshot that an empty log starts from, where the format wants one
   */
  public void resume(SnapshotWriter empty) throws IOException {
    writer.resume(empty);
  }

  /**
   * Lets a log begin with a {@link #cut}, behind whatever log the directory has, which nobody has
   * loaded; a start finds that one until the cut's rewrite is installed.
   *
   * @param from the position to begin at, at least
   */
  public void prepare(long from) throws IOException {
    writer.prepare(from);
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
    try {
      writer.close();
    } finally {
      complete();
    }
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
    long end = buffer.append(a, off, len, firstDatabase, lastDatabase);
    return end == LogBuffer.FULL ? appendToFull(a, off, len, firstDatabase, lastDatabase) : end;
  }

  /** Appends a record that is not about a database, or says by itself about which. */
  long append(byte[] a, int off, int len) {
    return append(a, off, len, -1, -1);
  }

  private long appendToFull(byte[] a, int off, int len, int first, int last) {
    long end = LogBuffer.FULL;
    while (end == LogBuffer.FULL) {
      if (!buffer.fits(len)) {
        return appendLong(a, off, len, first, last);
      }
      makeRoom();
      end = buffer.append(a, off, len, first, last);
    }
    return end;
  }

  /** A record that does not fit into the buffer goes to the file before this returns. */
  private long appendLong(byte[] a, int off, int len, int first, int last) {
    long end = buffer.appendLong(a, off, len, first, last);
    if (!buffer.isDropping()) {
      makeRoom();
    }
    return end;
  }

  /** Writes the buffer out for an appender that found it full. */
  private void makeRoom() {
    awaitSlowSync();
    writer.write(false);
    LogFailure why = health.failure();
    if (health.isStopped() && why != null && why.heals()) {
      String text = "the buffer is full and " + why.text();
      health.fail(new LogFailure(LogFailure.Step.OVERFLOW, text, false));
    }
  }

  // ---- writing and syncing

  /** Lets each write take so many microseconds more, for tests. */
  public void delayWrites(long micros) {
    writer.delayMicros = micros;
  }

  /**
   * Hands what was appended so far to the operating system, unless that might block: then, and
   * after a failure, it returns false, and the log's thread goes on with it. For any thread.
   */
  public boolean write() {
    if (writer.tryWrite(buffer.end()) && health.failure() == null) {
      return true;
    }
    threads.wantWrite();
    return false;
  }

  /**
   * Makes what was appended so far durable. Blocks; several callers share one sync.
   *
   * @return whether it is
   */
  public boolean sync() {
    return writer.sync(buffer.end());
  }

  /** Under everysec writers stop when a sync takes too long. */
  private void awaitSlowSync() {
    if (policy == FsyncPolicy.EVERYSEC) {
      writer.awaitSlowSync();
    }
  }

  // ---- failures

  /**
   * Has somebody told whenever {@link #failure} changes, and at once; it must not call the log, and
   * not block.
   */
  public void onFailure(Consumer<@Nullable LogFailure> listener) {
    health.onFailure(listener);
  }

  /** Why nothing is acknowledged at the moment, or null when all is well. */
  public @Nullable LogFailure failure() {
    return health.failure();
  }

  /** Whether, after a failure, a rewrite has begun that will put an end to it. */
  public boolean isRestarting() {
    return health.isRestarting();
  }

  // ---- rewriting

  /**
   * Lets the records from now on belong to a new file, for a snapshot of this moment to stand in
   * for those before. Quick: may be called with all keys locked. The new file begins in database 0.
   * One rewrite at a time.
   */
  public LogRewrite cut() {
    LogCut cut = health.cut();
    threads.wantWrite();
    return new LogRewrite(this, cut, directory.temporarySnapshot());
  }

  void install(LogCut cut, Path snapshot, boolean isRdb) throws IOException {
    writer.write(false);
    if (cut.isRestart) {
      sync();
    }
    IOException early = cut.failure;
    boolean isLost = cut.isRestart ? !health.isRestarting(cut) : health.isBroken();
    if (early != null || !cut.isDone() || isLost) {
      throw new IOException("the append log has failed meanwhile", early);
    }
    try {
      directory.install(snapshot, isRdb, cut.position, cut.isRestart);
    } catch (LogDirectory.CannotBeginException e) {
      throw e;
    } catch (IOException e) {
      health.fail(LogFailure.of(LogFailure.Step.ROTATE, e, false));
      throw e;
    }
    if (cut.isRestart) {
      health.installed(cut);
    }
    directory.clean();
    threads.wantWrite();
  }

  void abandon(LogCut cut, Path snapshot) {
    if (cut.isRestart && health.isRestarting(cut)) {
      health.fail(
          new LogFailure(
              LogFailure.Step.NOT_STARTED, "the snapshot for the append log failed", false));
    }
    try {
      directory.disk.delete(snapshot);
    } catch (IOException e) {
      // It is replaced by the next rewrite.
    }
  }

  // ---- waiting

  /**
   * Syncs in place what a reply hangs on, if that is what it waits for, the disk is quick, and
   * nobody else syncs: for a caller that has nothing else to do meanwhile.
   *
   * @return whether the reply may go out
   */
  public boolean trySync(long position) {
    return policy == FsyncPolicy.ALWAYS && writer.trySync(position);
  }

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

  /**
   * For how long it is worth gathering replies before {@link #whenAcknowledged} is asked for them
   * together, in ns: about as long as the sync takes that they wait for.
   */
  public long gatherNanos() {
    return policy == FsyncPolicy.ALWAYS ? Math.min(writer.meanSyncNs(), GATHER_NS_MAX) : 0;
  }

  /** Whether a reply that hangs on a position may go out. */
  public boolean isAcknowledged(long position) {
    return (policy == FsyncPolicy.ALWAYS ? writer.synced() : writer.written()) >= position
        && health.failure() == null;
  }

  /** As {@link #whenAcknowledged}, for what survives the process. */
  public boolean whenWritten(long position, LogWaiter waiter) {
    if (writer.written() >= position && health.failure() == null) {
      return true;
    }
    if (write() && writer.written() >= position) {
      return true;
    }
    waiters.add(position, false, waiter);
    threads.wantWrite();
    return false;
  }

  /** As {@link #whenAcknowledged}, for what survives a power cut. */
  public boolean whenSynced(long position, LogWaiter waiter) {
    if (writer.synced() >= position && health.failure() == null) {
      return true;
    }
    waiters.add(position, true, waiter);
    if (health.failure() != null) {
      threads.wantWrite();
    } else if (policy != FsyncPolicy.EVERYSEC) {
      threads.wantSync();
    }
    return false;
  }

  private void complete() {
    // In this order: a position reached by a failed log is not taken for a good one.
    long writtenTo = writer.written();
    long syncedTo = writer.synced();
    waiters.complete(writtenTo, syncedTo, health.failure());
  }

  // ---- what the log's threads do

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
    if (writer.isRotationDue() && health.failure() == null) {
      rotate();
    }
    writer.write(health.mayHeal());
    complete();
  }

  private void rotate() {
    writer.rotationBegun();
    sync(); // so that little is left to sync when writers have to wait
    buffer.lock.lock();
    try {
      if (health.failure() == null) {
        buffer.cut(false);
      }
    } finally {
      buffer.lock.unlock();
    }
  }

  void syncTurn() {
    if (health.failure() == null || health.isRestarting()) {
      sync();
    }
    complete();
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
    setPolicy(newPolicy);
    threads.wantSync();
  }

  private void setPolicy(FsyncPolicy newPolicy) {
    policy = newPolicy;
    writer.pads(newPolicy == FsyncPolicy.ALWAYS);
  }

  /** Whether lines that say the time stand between records ({@code aof-timestamp-enabled}). */
  public void timestamps(boolean isOn) {
    buffer.timestamps(isOn);
  }

  /** The position of the end. */
  public long appendedPosition() {
    return buffer.end();
  }

  public long writtenPosition() {
    return writer.written();
  }

  public long syncedPosition() {
    return writer.synced();
  }

  /** How often writers had to wait for a sync of more than two seconds. */
  public long delayedSyncs() {
    return writer.delayedSyncs();
  }

  /** Whether a sync is going on. */
  public boolean isSyncing() {
    return writer.isSyncing();
  }

  public LogDirectory directory() {
    return directory;
  }
}
