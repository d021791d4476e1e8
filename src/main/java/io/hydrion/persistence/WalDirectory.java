package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A log in segments of some 64 MiB, each named by the position of its first byte, with snapshots
 * and checkpoints beside them.
 *
 * <pre>
 *   POSITION.wal           magic "HYDRIWAL", version u32, 0 u32, first position u64,
 *                          CRC32C of these u32, 0 u32; then records: length u32, CRC32C u32 over
 *                          length and payload, payload
 *   snapshot-POSITION.rdb  the data as it was at the position
 *   checkpoint-POSITION    says that a start reads this snapshot, and the segments from there
 * </pre>
 *
 * <p>The last segment may have zeros behind its records: room for more of them.
 *
 * <p>Numbers are little-endian. A position counts the bytes of all records with their heads, not
 * those of segments' heads.
 */
public final class WalDirectory extends LogDirectory {
  static final int SEGMENT_HEAD = 32;
  static final int RECORD_HEAD = 8;

  private static final byte[] MAGIC = Bytes.of("HYDRIWAL");
  private static final int VERSION = 1;
  private static final long SEGMENT_BYTES = 64L << 20;

  private final WalFiles files;
  private final long segmentBytes;
  private volatile int keep;

  private long position;
  private Path current;
  private volatile long currentSize;
  private volatile long otherSize;
  private volatile long baseSize;

  /**
   * @param keep how many checkpoints to keep, with the segments since the oldest; at least 1
   */
  public WalDirectory(Disk disk, Path directory, int keep) {
    this(disk, directory, keep, SEGMENT_BYTES);
  }

  WalDirectory(Disk disk, Path directory, int keep, long segmentBytes) {
    super(disk);
    files = new WalFiles(disk, directory);
    this.keep = Math.max(1, keep);
    this.segmentBytes = segmentBytes;
    current = directory;
  }

  /** Changes how many checkpoints are kept from the next one on. */
  public void keep(int checkpointsKept) {
    keep = Math.max(1, checkpointsKept);
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
      files.find();
      WalLoader loader = new WalLoader(disk, files, sink, options);
      LoadSummary summary = loader.load();
      position = loader.position();
      otherSize = summary.bytes() - summary.cutBytes();
      baseSize = otherSize;
      return summary;
    } finally {
      lock.unlock();
    }
  }

  // ---- what a record looks like

  @Override
  int recordHead() {
    return RECORD_HEAD;
  }

  @Override
  int recordSum(byte[] a, int off, int len) {
    return sum(a, off, len);
  }

  static int sum(byte[] a, int off, int len) {
    CRC32C crc = new CRC32C();
    crc.update(len & 0xff);
    crc.update(len >>> 8 & 0xff);
    crc.update(len >>> 16 & 0xff);
    crc.update(len >>> 24);
    crc.update(a, off, len);
    return (int) crc.getValue();
  }

  @Override
  void putRecordHead(byte[] to, int at, int len, int sum) {
    Bytes.putInt(to, at, len);
    Bytes.putInt(to, at + 4, sum);
  }

  @Override
  int batchHead() {
    return 0;
  }

  @Override
  int putBatchHead(byte[] a, int from, int to, long syncedSize, long second) {
    return from;
  }

  @Override
  boolean keepsRecordsWhole() {
    return true;
  }

  @Override
  byte[] padding(int bytes) {
    return new byte[bytes];
  }

  @Override
  int paddingHead() {
    return 0;
  }

  @Override
  int putPaddingHead(byte[] a, int at, long bytes) {
    return bytes < 0 ? -1 : 0;
  }

  @Override
  boolean hasTimestamps() {
    return false;
  }

  @Override
  byte[] syncMark(long synced, long at) {
    return WalReader.mark(synced, at);
  }

  // ---- files

  @Override
  void open() throws IOException {
    lock.lock();
    try {
      files.createDirectory();
      files.find();
      for (long first : files.segments()) {
        position = Math.max(position, first + disk.size(files.segment(first)));
      }
      for (long at : files.checkpoints()) {
        position = Math.max(position, at);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  long position() {
    return position;
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
    return fileSize >= segmentBytes;
  }

  @Override
  Disk.Output resume(SnapshotWriter empty) throws IOException {
    lock.lock();
    try {
      files.createDirectory();
      List<Long> segments = files.segments();
      if (segments.isEmpty() || segments.getLast() < lastCheckpoint()) {
        return open(position, files.segment(position));
      }
      // What a killed process renamed counts from now on.
      files.syncDirectory();
      current = files.segment(segments.getLast());
      Disk.Output out = disk.append(current);
      otherSize -= out.size();
      return out;
    } finally {
      lock.unlock();
    }
  }

  private long lastCheckpoint() {
    List<Long> checkpoints = files.checkpoints();
    return checkpoints.isEmpty() ? 0 : checkpoints.getLast();
  }

  private Disk.Output open(long first, Path path) throws IOException {
    disk.delete(path);
    Disk.Output out = disk.append(path);
    try {
      byte[] head = new byte[SEGMENT_HEAD];
      putHead(head, first);
      out.write(head, 0, head.length);
      out.sync();
      files.syncDirectory();
    } catch (IOException e) {
      try {
        out.close();
        disk.delete(path);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    if (path.equals(files.segment(first))) {
      files.begun(first);
    }
    current = path;
    currentSize = out.size();
    return out;
  }

  static void putHead(byte[] head, long first) {
    System.arraycopy(MAGIC, 0, head, 0, MAGIC.length);
    Bytes.putInt(head, 8, VERSION);
    Bytes.putLong(head, 16, first);
    CRC32C crc = new CRC32C();
    crc.update(head, 0, 24);
    Bytes.putInt(head, 24, (int) crc.getValue());
  }

  @Override
  Disk.Output begin(long at, boolean isApart) throws IOException {
    lock.lock();
    try {
      if (!isApart && current.equals(files.segment(at))) {
        // Nothing has been appended since it was begun.
        return disk.append(current);
      }
      long before = currentSize;
      if (isApart) {
        files.createDirectory();
      }
      Disk.Output out = open(at, isApart ? files.apart(at) : files.segment(at));
      otherSize += before;
      return out;
    } finally {
      lock.unlock();
    }
  }

  @Override
  void install(Path temporary, boolean isRdb, long at, boolean isApart) throws IOException {
    lock.lock();
    try {
      assert isRdb;
      WalCheckpoint made;
      try {
        made = new WalCheckpoint(at, WalFiles.snapshotName(at), disk.size(temporary), isApart);
        disk.rename(temporary, files.snapshot(made));
        // The checkpoint must not be there without what it names.
        files.syncDirectory();
      } catch (IOException e) {
        throw new CannotBeginException(e);
      }
      files.add(made);
      if (isApart) {
        files.adopt(at);
        current = files.segment(at);
      }
      otherSize = made.size();
      for (long first : files.segments()) {
        Path path = files.segment(first);
        if (first >= at && !path.equals(current)) {
          otherSize += disk.size(path);
        }
      }
      baseSize = size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  void clean() {
    lock.lock();
    try {
      List<Long> checkpoints = files.checkpoints();
      if (!checkpoints.isEmpty()) {
        files.deleteBefore(checkpoints.get(Math.max(0, checkpoints.size() - keep)), current);
      }
    } catch (IOException e) {
      // What is left over is tried again after the next checkpoint, and does no harm.
    } finally {
      lock.unlock();
    }
  }
}
