package io.hydrion.persistence;

import io.hydrion.persistence.AofManifest.Part;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A log in the files of Redis 7's multi-part AOF: a manifest, a base, increments. Redis opens the
 * directory, and this opens Redis's.
 */
public final class AofDirectory extends LogDirectory {
  private static final int TIMESTAMP_MAX = 32;

  private final AofFiles files;
  private final boolean hasSums;
  private volatile boolean keepsHistory;

  private Path current;
  private volatile long currentSize;
  private volatile long otherSize;
  private volatile long baseSize;

  /** Where the last file ended when it was loaded; padding may follow. */
  private long loadedEnd = Long.MAX_VALUE;

  /**
   * @param dir where an old single file would be
   * @param directoryName {@code appenddirname}
   * @param name {@code appendfilename}
   * @param hasSums whether commands without effect stand between the others that hold sums of them
   */
  public AofDirectory(Disk disk, Path dir, String directoryName, String name, boolean hasSums) {
    super(disk);
    files = new AofFiles(disk, dir, directoryName, name);
    this.hasSums = hasSums;
    current = files.path(files.named());
  }

  /** Leaves the files that a rewrite replaces ({@code aof-disable-auto-gc}). */
  public void keepHistory(boolean isKept) {
    keepsHistory = isKept;
    if (!isKept) {
      clean();
    }
  }

  @Override
  public boolean exists() throws IOException {
    return files.exist();
  }

  @Override
  public long size() {
    return otherSize + currentSize;
  }

  @Override
  public long baseSize() {
    return baseSize;
  }

  @Override
  public Path temporarySnapshot() {
    return files.temporarySnapshot();
  }

  // ---- loading

  @Override
  public LoadSummary load(LogSink sink, LoadOptions options) throws IOException {
    lock.lock();
    try {
      files.find(sink::note);
      AofLoader loader = new AofLoader(disk, files, sink, options);
      LoadSummary summary = loader.load(files.manifest().parts());
      otherSize = summary.bytes() - summary.cutBytes();
      baseSize = otherSize;
      loadedEnd = loader.end();
      clean();
      return summary;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads the file of the log's name by itself: an AOF of old, or one of the files of a new one.
   */
  public LoadSummary loadFile(LogSink sink, LoadOptions options) throws IOException {
    lock.lock();
    try {
      return new AofLoader(disk, files, sink, options).load(List.of(files.named()));
    } finally {
      lock.unlock();
    }
  }

  // ---- what a record looks like

  @Override
  int recordHead() {
    return 0;
  }

  @Override
  int recordSum(byte[] a, int off, int len) {
    return 0;
  }

  @Override
  void putRecordHead(byte[] to, int at, int len, int sum) {
    throw new AssertionError("there is none");
  }

  @Override
  int batchHead() {
    return TIMESTAMP_MAX + (hasSums ? AofReader.MARK_LENGTH : 0);
  }

  @Override
  int putBatchHead(byte[] a, int from, int to, long syncedSize, long second) {
    byte[] line = second == 0 ? Bytes.EMPTY : Bytes.of("#TS:" + second + "\r\n");
    long markAt = currentSize + line.length;
    int start = hasSums ? AofReader.putMark(a, from, to, syncedSize, markAt) : from;
    System.arraycopy(line, 0, a, start - line.length, line.length);
    return start - line.length;
  }

  @Override
  boolean keepsRecordsWhole() {
    return false;
  }

  /** Without sums it could not be told from what a crash has torn. */
  @Override
  byte[] padding(int bytes) {
    return hasSums ? AofReader.padding(bytes) : Bytes.EMPTY;
  }

  @Override
  int paddingHead() {
    return AofReader.PADDING_HEAD;
  }

  @Override
  int putPaddingHead(byte[] a, int at, long bytes) {
    return AofReader.putPaddingHead(a, at, bytes);
  }

  @Override
  boolean hasTimestamps() {
    return true;
  }

  @Override
  byte[] syncMark(long synced, long at) {
    return Bytes.EMPTY;
  }

  // ---- files

  @Override
  void open() throws IOException {
    lock.lock();
    try {
      files.createDirectory();
      files.find(text -> {});
    } finally {
      lock.unlock();
    }
  }

  @Override
  long position() {
    return 0;
  }

  @Override
  Path current() {
    return current;
  }

  @Override
  void currentSize(long bytes) {
    currentSize = bytes;
  }

  @Override
  boolean isFull(long fileSize) {
    return false;
  }

  @Override
  Disk.Output resume(SnapshotWriter empty) throws IOException {
    lock.lock();
    try {
      files.createDirectory();
      AofManifest next = files.manifest();
      if (next.isEmpty()) {
        next = next.withBase(writeBase(empty));
      }
      Part last = next.increments().isEmpty() ? null : next.increments().getLast();
      Disk.Output out;
      if (last == null) {
        last = files.nextIncrement();
        disk.delete(files.path(last));
        out = disk.append(files.path(last));
        next = next.withIncrement(last);
      } else {
        out = disk.append(files.path(last));
        if (out.size() > loadedEnd) {
          out.truncate(loadedEnd);
        }
        otherSize -= out.size();
      }
      putHeader(out);
      if (next.equals(files.manifest())) {
        // What a killed process renamed counts from now on.
        files.syncDirectory();
      } else {
        files.replaceManifest(next);
      }
      current = files.path(last);
      return out;
    } finally {
      lock.unlock();
    }
  }

  private Part writeBase(SnapshotWriter empty) throws IOException {
    Part base = files.nextBase(empty.isRdb());
    Path path = files.path(base);
    disk.delete(path);
    try (Disk.Output out = disk.create(path)) {
      empty.write(out);
      out.sync();
      otherSize = out.size();
      baseSize = out.size();
    }
    return base;
  }

  /** A mark that covers nothing: from here on bytes without a good sum were torn. */
  private void putHeader(Disk.Output out) throws IOException {
    if (hasSums) {
      byte[] line = new byte[AofReader.MARK_LENGTH];
      int from = AofReader.putMark(line, line.length, line.length, out.size(), out.size());
      out.write(line, from, line.length - from);
    }
    out.sync();
  }

  @Override
  Disk.Output begin(long position, boolean isApart) throws IOException {
    lock.lock();
    try {
      Part part = isApart ? null : files.nextIncrement();
      Path path = part == null ? files.temporaryIncrement() : files.path(part);
      Disk.Output out;
      try {
        if (isApart) {
          files.createDirectory();
        }
        disk.delete(path);
        out = disk.append(path);
        try {
          putHeader(out);
        } catch (IOException e) {
          out.close();
          throw e;
        }
      } catch (IOException e) {
        throw new CannotBeginException(e);
      }
      if (part != null) {
        try {
          files.replaceManifest(files.manifest().withIncrement(part));
        } catch (IOException e) {
          closeAfterFailure(out);
          throw e;
        }
      }
      otherSize += currentSize;
      current = path;
      currentSize = out.size();
      return out;
    } finally {
      lock.unlock();
    }
  }

  private static void closeAfterFailure(Disk.Output out) {
    try {
      out.close();
    } catch (IOException e) {
      // Nothing was written to it.
    }
  }

  @Override
  void install(Path temporary, boolean isRdb, long position, boolean isApart) throws IOException {
    lock.lock();
    try {
      Part base = files.nextBase(isRdb);
      Part increment = isApart ? files.nextIncrement() : files.manifest().increments().getLast();
      long size;
      try {
        size = disk.size(temporary);
        disk.rename(temporary, files.path(base));
        if (isApart) {
          Path listed = files.path(increment);
          disk.rename(current, listed);
          current = listed;
        }
      } catch (IOException e) {
        throw new CannotBeginException(e);
      }
      files.replaceManifest(files.manifest().replacedBy(base, increment));
      otherSize = size;
      baseSize = size + currentSize;
    } finally {
      lock.unlock();
    }
  }

  /** Leaves the snapshot alone, as Redis does where no log is kept; failures do no harm. */
  public void endWithBase() {
    lock.lock();
    try {
      if (files.manifest().base() != null) {
        files.replaceManifest(files.manifest().endedByBase());
        clean();
      }
    } catch (IOException e) {
      // The log has one more file, with a few commands.
    } finally {
      lock.unlock();
    }
  }

  @Override
  void clean() {
    lock.lock();
    try {
      List<Part> history = files.manifest().history();
      if (keepsHistory || history.isEmpty()) {
        return;
      }
      for (Part part : history) {
        disk.delete(files.path(part));
      }
      files.replaceManifest(files.manifest().withoutHistory());
    } catch (IOException e) {
      // The manifest still names them as history: the next rewrite or start tries again.
    } finally {
      lock.unlock();
    }
  }
}
