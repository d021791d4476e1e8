package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

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
 * <p>Numbers are little-endian. A position counts the bytes of all records with their heads, not
 * those of segments' heads.
 */
public final class WalDirectory extends LogDirectory {
  static final int SEGMENT_HEAD = 32;
  static final int RECORD_HEAD = 8;

  private static final byte[] MAGIC = Bytes.of("HYDRIWAL");
  private static final int VERSION = 1;
  private static final int DIGITS = 20;
  private static final long SEGMENT_BYTES = 64L << 20;
  private static final String SUFFIX = ".wal";
  private static final String APART_PREFIX = "temp-";
  private static final String CHECKPOINT_PREFIX = "checkpoint-";
  private static final String SNAPSHOT_PREFIX = "snapshot-";
  private static final String SNAPSHOT_SUFFIX = ".rdb";

  private final Path directory;
  private final long segmentBytes;
  private volatile int keep;

  private List<Long> segments = new ArrayList<>();
  private List<Long> checkpoints = new ArrayList<>();
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
    this.directory = directory;
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
    return disk.list(directory).stream()
        .anyMatch(file -> positionOf(file, "", SUFFIX) >= 0 || isCheckpoint(file));
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
    return directory.resolve(APART_PREFIX + "snapshot.rdb");
  }

  // ---- names

  private Path segment(long first) {
    return directory.resolve(segmentName(first));
  }

  private static String segmentName(long first) {
    return digits(first) + SUFFIX;
  }

  private Path apart(long first) {
    return directory.resolve(APART_PREFIX + digits(first) + SUFFIX);
  }

  private Path checkpoint(long at) {
    return directory.resolve(CHECKPOINT_PREFIX + digits(at));
  }

  private static String snapshotName(long at) {
    return SNAPSHOT_PREFIX + digits(at) + SNAPSHOT_SUFFIX;
  }

  private static String digits(long number) {
    String text = Long.toString(number);
    return "0".repeat(DIGITS - text.length()) + text;
  }

  private static boolean isCheckpoint(String file) {
    return positionOf(file, CHECKPOINT_PREFIX, "") >= 0;
  }

  /** The number in a file's name; -1 where it is named otherwise. */
  private static long positionOf(String file, String prefix, String suffix) {
    if (file.length() != prefix.length() + DIGITS + suffix.length()
        || !file.startsWith(prefix)
        || !file.endsWith(suffix)) {
      return -1;
    }
    long number = 0;
    for (int i = prefix.length(); i < prefix.length() + DIGITS; i++) {
      int digit = file.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  // ---- loading

  @Override
  public LoadSummary load(LogSink sink, LoadOptions options) throws IOException {
    lock.lock();
    try {
      findFiles();
      WalCheckpoint start = newestCheckpoint(sink);
      long from = start == null ? 0 : start.position();
      if (start != null && start.isApart()) {
        finishRestart(from);
      }
      List<Long> wanted = new ArrayList<>(segments.stream().filter(p -> p >= from).toList());
      if (wanted.isEmpty() ? start != null || !segments.isEmpty() : wanted.getFirst() != from) {
        throw new LogDamageException(
            segmentName(from), -1, "The log segment " + segmentName(from) + " doesn't exist");
      }
      long total = start == null ? 0 : start.size();
      for (long first : wanted) {
        total += sizeOf(segment(first));
      }
      Loading loading = new Loading(sink, options, total);
      if (start != null) {
        loading.snapshot(start);
      }
      position = from;
      for (int i = 0; i < wanted.size(); i++) {
        boolean isLast = i == wanted.size() - 1;
        if (!loading.segment(wanted.get(i), isLast ? -1 : wanted.get(i + 1))) {
          discard(wanted.subList(i + 1, wanted.size()), sink);
          break;
        }
      }
      otherSize = total - loading.cut;
      baseSize = otherSize;
      return new LoadSummary(loading.records, total, loading.cut, start != null);
    } finally {
      lock.unlock();
    }
  }

  private void findFiles() throws IOException {
    segments = new ArrayList<>();
    checkpoints = new ArrayList<>();
    for (String file : disk.list(directory)) {
      long first = positionOf(file, "", SUFFIX);
      long at = positionOf(file, CHECKPOINT_PREFIX, "");
      if (first >= 0) {
        segments.add(first);
      } else if (at >= 0) {
        checkpoints.add(at);
      }
    }
    segments.sort(Comparator.naturalOrder());
    checkpoints.sort(Comparator.naturalOrder());
  }

  /** The newest checkpoint that can be read; an older one does too, where all since is there. */
  private @Nullable WalCheckpoint newestCheckpoint(LogSink sink) throws IOException {
    LogDamageException newest = null;
    for (Long at : checkpoints.reversed()) {
      try {
        WalCheckpoint found = WalCheckpoint.read(disk, checkpoint(at), at);
        if (sizeOf(directory.resolve(found.snapshot())) != found.size()) {
          throw new LogDamageException(
              found.snapshot(), -1, "The snapshot " + found.snapshot() + " has a wrong size");
        }
        return found;
      } catch (LogDamageException e) {
        sink.note(e.getMessage() + "; looking for an older checkpoint");
        newest = newest == null ? e : newest;
      } catch (java.nio.file.NoSuchFileException e) {
        String text = "The snapshot of " + CHECKPOINT_PREFIX + digits(at) + " doesn't exist";
        sink.note(text + "; looking for an older checkpoint");
        newest = newest == null ? new LogDamageException(e.getFile(), -1, text) : newest;
      }
    }
    if (newest != null && (segments.isEmpty() || segments.getFirst() != 0)) {
      throw newest;
    }
    return null;
  }

  /** A crash may have come between a checkpoint after a failure and the naming of its segment. */
  private void finishRestart(long from) throws IOException {
    if (disk.exists(apart(from))) {
      disk.rename(apart(from), segment(from));
      disk.syncDirectory(directory);
      segments.removeIf(first -> first >= from);
      segments.add(from);
    }
  }

  /** What follows a damage that is to be ignored is not the log any more. */
  private void discard(List<Long> rest, LogSink sink) throws IOException {
    for (long first : rest) {
      Path path = segment(first);
      disk.rename(path, directory.resolve(segmentName(first) + ".discarded"));
      sink.note("The segment " + segmentName(first) + " was put aside");
    }
    segments.removeAll(List.copyOf(rest));
    disk.syncDirectory(directory);
  }

  private long sizeOf(Path path) throws IOException {
    try (Disk.Input in = disk.open(path)) {
      return in.size();
    }
  }

  /** One pass over the files. */
  private final class Loading {
    private static final int PROGRESS_BYTES = 2 << 20;

    private final LogSink sink;
    private final LoadOptions options;
    private final long total;
    private long before;
    private long told;
    long records;
    long cut;

    Loading(LogSink sink, LoadOptions options, long total) {
      this.sink = sink;
      this.options = options;
      this.total = total;
    }

    void snapshot(WalCheckpoint start) throws IOException {
      try (Disk.Input in = disk.open(directory.resolve(start.snapshot()))) {
        sink.snapshot(in, start.snapshot());
      }
      before += start.size();
    }

    /**
     * Reads a segment.
     *
     * @param next where the next one begins; -1 for the last
     * @return false where the log is to end here although there is more
     */
    boolean segment(long first, long next) throws IOException {
      Path path = WalDirectory.this.segment(first);
      long size;
      WalReader reader;
      try (Disk.Input in = disk.open(path)) {
        size = in.size();
        reader = new WalReader(in, first);
        while (reader.next()) {
          if (!reader.isMark()) {
            sink.record(reader.bytes(), reader.offset(), reader.length());
            records++;
          }
          progress(before + reader.valid());
        }
      }
      long end = reader.position();
      position = end;
      boolean isComplete = reader.end() == WalReader.End.CLEAN;
      if (next >= 0 ? isComplete && end == next : isComplete) {
        before += size;
        return true;
      }
      boolean isTorn = next < 0 && reader.end() == WalReader.End.TORN;
      String text =
          "The log segment "
              + segmentName(first)
              + " is damaged at offset "
              + reader.valid()
              + (isComplete ? ": it does not lead up to the next one" : "");
      if (isTorn ? !options.cutTruncated() : !options.force()) {
        throw new LogDamageException(
            segmentName(first),
            reader.valid(),
            true,
            isTorn ? text + " (torn at its end)" : text + "; see ./hydrion check-log");
      }
      sink.note(text + "; the log ends there (" + (size - reader.valid()) + " bytes cut off)");
      cut += size - reader.valid();
      cutOff(path, first, reader.valid());
      return false;
    }

    private void progress(long read) {
      if (read - told >= PROGRESS_BYTES) {
        told = read;
        sink.progress(read, total);
      }
    }
  }

  private void cutOff(Path path, long first, long valid) throws IOException {
    if (valid >= SEGMENT_HEAD) {
      disk.truncate(path, valid);
    } else {
      disk.delete(path);
      disk.syncDirectory(directory);
      segments.remove(first);
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
      createDirectory();
      findFiles();
      for (long first : segments) {
        position = Math.max(position, first + sizeOf(segment(first)));
      }
      for (long at : checkpoints) {
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
      createDirectory();
      if (segments.isEmpty() || segments.getLast() < lastCheckpoint()) {
        return open(position, segment(position));
      }
      // What a killed process renamed counts from now on.
      disk.syncDirectory(directory);
      current = segment(segments.getLast());
      Disk.Output out = disk.append(current);
      otherSize -= out.size();
      return out;
    } finally {
      lock.unlock();
    }
  }

  private void createDirectory() throws IOException {
    disk.createDirectory(directory);
    Path parent = directory.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
  }

  private long lastCheckpoint() {
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
      disk.syncDirectory(directory);
    } catch (IOException e) {
      try {
        out.close();
        disk.delete(path);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    if (path.equals(segment(first))) {
      segments.remove(first);
      segments.add(first);
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
      if (!isApart && current.equals(segment(at))) {
        // Nothing has been appended since it was begun.
        return disk.append(current);
      }
      long before = currentSize;
      if (isApart) {
        createDirectory();
      }
      Disk.Output out = open(at, isApart ? apart(at) : segment(at));
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
        String snapshot = snapshotName(at);
        made = new WalCheckpoint(at, snapshot, sizeOf(temporary), isApart);
        disk.rename(temporary, directory.resolve(snapshot));
        // The checkpoint must not be there without what it names.
        disk.syncDirectory(directory);
      } catch (IOException e) {
        throw new CannotBeginException(e);
      }
      made.write(disk, checkpoint(at), directory.resolve(APART_PREFIX + "checkpoint"));
      checkpoints.remove(at);
      checkpoints.add(at);
      if (isApart) {
        disk.rename(apart(at), segment(at));
        disk.syncDirectory(directory);
        current = segment(at);
        segments.removeIf(first -> first >= at);
        segments.add(at);
      }
      otherSize = made.size();
      for (long first : segments) {
        Path path = segment(first);
        if (first >= at && !path.equals(current)) {
          otherSize += sizeOf(path);
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
      if (checkpoints.isEmpty()) {
        return;
      }
      long oldest = checkpoints.get(Math.max(0, checkpoints.size() - keep));
      // The checkpoint goes first: what it names may be missing only when it is.
      boolean isAny = false;
      for (long at : checkpoints) {
        if (at < oldest) {
          disk.delete(checkpoint(at));
          isAny = true;
        }
      }
      if (isAny) {
        disk.syncDirectory(directory);
      }
      for (String file : disk.list(directory)) {
        long first = positionOf(file, "", SUFFIX);
        long at = positionOf(file, SNAPSHOT_PREFIX, SNAPSHOT_SUFFIX);
        long failed = positionOf(file, APART_PREFIX, SUFFIX);
        if ((first >= 0 && first < oldest)
            || (at >= 0 && at < oldest)
            || (failed >= 0 && !directory.resolve(file).equals(current))) {
          disk.delete(directory.resolve(file));
        }
      }
      checkpoints.removeIf(at -> at < oldest);
      segments.removeIf(first -> first < oldest);
    } catch (IOException e) {
      // What is left over is tried again after the next checkpoint, and does no harm.
    } finally {
      lock.unlock();
    }
  }
}
