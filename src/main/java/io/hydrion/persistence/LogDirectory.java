package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The files of an append log and the form of the records in them. It is read back by {@link #load};
 * then an {@link AppendLog} goes on with it.
 *
 * <p>What a record looks like may be asked by any thread. The files are changed by one thread at a
 * time, under a lock of the directory's own.
 */
public abstract sealed class LogDirectory permits AofDirectory, WalDirectory {
  final Disk disk;
  final ReentrantLock lock = new ReentrantLock();

  LogDirectory(Disk disk) {
    this.disk = disk;
  }

  /** Whether there is something to load; an old single file counts. */
  public abstract boolean exists() throws IOException;

  /**
   * Reads all that the log holds, in order, and repairs what a crash left behind: a torn end is cut
   * off, a half-done rewrite finished or forgotten.
   *
   * @throws LogDamageException for what a crash does not explain; the message is for the log
   */
  public abstract LoadSummary load(LogSink sink, LoadOptions options) throws IOException;

  /** The bytes of all files that a start would read; cheap, any thread. */
  public abstract long size();

  /** {@link #size} just after the last rewrite, or at the start: what growth is measured by. */
  public abstract long baseSize();

  /** Where a rewrite puts its snapshot; it becomes part of the log when it is installed. */
  public abstract Path temporarySnapshot();

  /**
   * How to load.
   *
   * @param cutTruncated whether a torn end is cut off ({@code aof-load-truncated}); else refused
   * @param force whether to go on with what is in front of a damage (wal only)
   * @param until the last second, since the epoch, that a log with timestamps may tell of: where it
   *     goes on it is refused (AOF only)
   */
  public record LoadOptions(boolean cutTruncated, boolean force, long until) {
    public static final LoadOptions DEFAULT = new LoadOptions(true, false);

    public LoadOptions(boolean cutTruncated, boolean force) {
      this(cutTruncated, force, Long.MAX_VALUE);
    }
  }

  /**
   * What was loaded.
   *
   * @param records how many, groups counted once
   * @param bytes of all files, without padding
   * @param cutBytes how many of them were a torn end, and are gone
   */
  public record LoadSummary(long records, long bytes, long cutBytes, boolean hadSnapshot) {}

  // ---- what a record looks like

  /** Bytes in front of every record. */
  abstract int recordHead();

  /** A sum over a record for its head; computed before any lock is taken. */
  abstract int recordSum(byte[] a, int off, int len);

  abstract void putRecordHead(byte[] to, int at, int len, int sum);

  /** How many bytes in front of what is written at once may be needed. */
  abstract int batchHead();

  /**
   * Puts something in front of records that are written at once.
   *
   * @param syncedSize how many bytes of the file are known to be synced
   * @param second the time to say, in s since the epoch; 0: none
   * @return where the bytes to be written begin
   */
  abstract int putBatchHead(byte[] a, int from, int to, long syncedSize, long second);

  /** Whether a record takes effect as a whole or not at all, without MULTI and EXEC in it. */
  abstract boolean keepsRecordsWhole();

  /**
   * So many bytes that mean nothing where the log ends: a file that has them can be written without
   * getting longer. Empty where the format has no such.
   */
  abstract byte[] padding(int bytes);

  /** How many bytes behind what is written at once {@link #putPaddingHead} may need. */
  abstract int paddingHead();

  /**
   * Puts behind what is written at once what makes the rest of the padding one again.
   *
   * @param bytes of the padding that are left
   * @return how many bytes were put; -1 when too few are left
   */
  abstract int putPaddingHead(byte[] a, int at, long bytes);

  /** Whether lines that say the time may stand in front of what is written at once. */
  abstract boolean hasTimestamps();

  /**
   * What is appended after a sync, for the next start to know that it was: what is damaged in front
   * of it was not torn by a crash. Empty where the batch heads say it.
   */
  abstract byte[] syncMark(long synced, long at);

  // ---- files

  /** Finds out what files there are, in the place of loading them; creates the directory. */
  abstract void open() throws IOException;

  /** The position of the log's end, after loading; after {@link #open}, one behind it. */
  abstract long position();

  /** Opens the file that the log ended in, or a first one. */
  abstract Disk.Output resume(SnapshotWriter empty) throws IOException;

  /** The path of the file that was opened last. */
  abstract Path current();

  /** Whether a file has grown so long that another should follow. */
  abstract boolean isFull(long fileSize);

  /**
   * Opens the next file; the one before is complete and synced, and is closed by the caller.
   *
   * @param isApart whether it is no part of the log before a snapshot is: nothing leads up to it
   * @throws CannotBeginException where nothing has changed
   */
  abstract Disk.Output begin(long position, boolean isApart) throws IOException;

  /**
   * Makes a snapshot, and the files begun at its position and later, the log.
   *
   * @param isRdb whether it is one, or a file of commands
   * @throws CannotBeginException where nothing has changed
   */
  abstract void install(Path temporary, boolean isRdb, long position, boolean isApart)
      throws IOException;

  /** Deletes what a rewrite has made superfluous; failures do no harm. */
  abstract void clean();

  /** The file that is written has so many bytes now. */
  abstract void currentSize(long bytes);

  /** The step failed before it changed anything that a start would see. */
  static final class CannotBeginException extends IOException {
    private static final long serialVersionUID = 1;

    CannotBeginException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
