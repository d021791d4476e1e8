package io.hydrion.persistence;

import io.hydrion.persistence.AofManifest.Part;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A log in the files of Redis 7's multi-part AOF: a manifest, a base, increments. Redis opens the
 * directory, and this opens Redis's.
 */
public final class AofDirectory extends LogDirectory {
  private static final byte[] RDB_MAGIC = Bytes.of("REDIS");
  private static final int MANIFEST_MAX = 16 << 20;
  private static final int PROGRESS_BYTES = 2 << 20;
  private static final int TIMESTAMP_MAX = 32;

  private final Path dir;
  private final Path directory;
  private final String name;
  private final boolean hasSums;
  private volatile boolean keepsHistory;

  private AofManifest manifest = AofManifest.EMPTY;
  private long lastBase;
  private long lastIncrement;
  private Path current;
  private volatile long currentSize;
  private volatile long otherSize;
  private volatile long baseSize;

  /**
   * @param dir where an old single file would be
   * @param directoryName {@code appenddirname}
   * @param name {@code appendfilename}
   * @param hasSums whether commands without effect stand between the others that hold sums of them
   */
  public AofDirectory(Disk disk, Path dir, String directoryName, String name, boolean hasSums) {
    super(disk);
    this.dir = dir;
    this.directory = dir.resolve(directoryName);
    this.name = name;
    this.hasSums = hasSums;
    current = directory.resolve(name);
  }

  /** Leaves the files that a rewrite replaces ({@code aof-disable-auto-gc}). */
  public void keepHistory(boolean isKept) {
    keepsHistory = isKept;
    if (!isKept) {
      clean();
    }
  }

  private Path manifestPath() {
    return directory.resolve(name + ".manifest");
  }

  @Override
  public boolean exists() throws IOException {
    return disk.exists(manifestPath()) || disk.exists(dir.resolve(name));
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
    return directory.resolve("temp-" + name + ".base");
  }

  // ---- loading

  @Override
  public LoadSummary load(LogSink sink, LoadOptions options) throws IOException {
    lock.lock();
    try {
      readManifest(sink::note);
      List<Part> parts = new ArrayList<>(manifest.increments());
      if (manifest.base() != null) {
        parts.addFirst(manifest.base());
      }
      long total = 0;
      for (Part part : parts) {
        total += sizeOf(part);
      }
      Loading loading = new Loading(sink, options, total);
      for (Part part : parts) {
        loading.file(part, part.equals(parts.getLast()));
      }
      otherSize = total - loading.cut;
      baseSize = otherSize;
      if (!manifest.history().isEmpty()) {
        clean();
      }
      return new LoadSummary(loading.records, total, loading.cut, loading.hadSnapshot);
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
      Part part = new Part(name, 1);
      Loading loading = new Loading(sink, options, sizeOf(part));
      loading.file(part, true);
      return new LoadSummary(loading.records, loading.total, loading.cut, loading.hadSnapshot);
    } finally {
      lock.unlock();
    }
  }

  private void readManifest(Consumer<String> notes) throws IOException {
    boolean hasOld = disk.exists(dir.resolve(name));
    AofManifest read = AofManifest.EMPTY;
    if (disk.exists(manifestPath())) {
      read = AofManifest.parse(readAll(manifestPath()), name + ".manifest");
      if (!hasOld || !isHalfUpgraded(read)) {
        hasOld = false;
      }
    }
    if (hasOld) {
      read = upgrade(notes);
    }
    manifest = read;
    Part base = read.base();
    lastBase = base == null ? 0 : base.seq();
    lastIncrement = read.increments().isEmpty() ? 0 : read.increments().getLast().seq();
    for (Part part : read.history()) {
      // Their names must not be taken again while they may still be there.
      if (part.name().contains(".base.")) {
        lastBase = Math.max(lastBase, part.seq());
      } else {
        lastIncrement = Math.max(lastIncrement, part.seq());
      }
    }
  }

  /** Whether the manifest already names an old single file that has not been moved yet. */
  private boolean isHalfUpgraded(AofManifest read) throws IOException {
    Part base = read.base();
    return base != null
        && read.increments().isEmpty()
        && read.history().isEmpty()
        && base.name().equals(name)
        && !disk.exists(directory.resolve(name));
  }

  /** Makes a single file of older versions the base of a new directory. */
  private AofManifest upgrade(Consumer<String> notes) throws IOException {
    createDirectory();
    AofManifest upgraded = AofManifest.EMPTY.withBase(new Part(name, 1));
    persist(upgraded);
    disk.rename(dir.resolve(name), directory.resolve(name));
    disk.syncDirectory(directory);
    disk.syncDirectory(dir);
    notes.accept(
        "Successfully migrated an old-style AOF configuration ("
            + name
            + ") into the AOF directory ("
            + directory.getFileName()
            + ").");
    return upgraded;
  }

  private byte[] readAll(Path path) throws IOException {
    try (Disk.Input in = disk.open(path)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] piece = new byte[8192];
      for (int n = in.read(piece, 0, piece.length); n >= 0; n = in.read(piece, 0, piece.length)) {
        all.write(piece, 0, n);
        if (all.size() > MANIFEST_MAX) {
          throw new LogDamageException(name + ".manifest", -1, "The AOF manifest is too long");
        }
      }
      return all.toByteArray();
    }
  }

  private long sizeOf(Part part) throws IOException {
    try {
      return fileSize(directory.resolve(part.name()));
    } catch (NoSuchFileException e) {
      String text =
          "Unable to obtain the AOF file "
              + part.name()
              + " length. stat: No such file or directory";
      throw new LogDamageException(part.name(), -1, text);
    }
  }

  /** One pass over the files. */
  private final class Loading {
    private final LogSink sink;
    private final LoadOptions options;
    private final long total;
    private long before;
    private long told;
    long records;
    long cut;
    boolean hadSnapshot;

    Loading(LogSink sink, LoadOptions options, long total) {
      this.sink = sink;
      this.options = options;
      this.total = total;
    }

    void file(Part part, boolean isLast) throws IOException {
      Path path = directory.resolve(part.name());
      long from = 0;
      if (startsWithSnapshot(path)) {
        try (Disk.Input in = disk.open(path)) {
          from = sink.snapshot(in, part.name());
        }
        hadSnapshot = true;
      }
      AofReader reader;
      long size;
      try (Disk.Input in = disk.open(path)) {
        size = in.size();
        reader = new AofReader(in, from);
        reader.readUntil(options.until());
        while (reader.next()) {
          if (reader.length() > 0) {
            sink.record(reader.bytes(), reader.offset(), reader.length());
          }
          records++;
          progress(before + reader.valid());
        }
      }
      switch (reader.end()) {
        case CLEAN -> {
          // All of it was read.
        }
        case TORN -> torn(path, part, size, reader.valid(), isLast);
        case LATER ->
            throw new LogDamageException(
                part.name(), reader.valid(), isLast, "AOF " + part.name() + " goes on after that");
        case BAD -> bad(part, reader.valid(), isLast);
      }
      before += size;
      progress(before);
    }

    private void bad(Part part, long valid, boolean isLast) throws IOException {
      throw new LogDamageException(
          part.name(),
          valid,
          isLast,
          "Bad file format reading the append only file "
              + part.name()
              + " at offset "
              + valid
              + ": make a backup of your AOF file, then use ./hydrion check-log --fix "
              + manifestPath());
    }

    private void progress(long read) {
      if (read - told >= PROGRESS_BYTES || read == total) {
        told = read;
        sink.progress(read, total);
      }
    }

    private void torn(Path path, Part part, long size, long valid, boolean isLast)
        throws IOException {
      if (!isLast) {
        throw new LogDamageException(
            part.name(),
            valid,
            "Fatal error: the truncated file "
                + part.name()
                + " is not the last file (offset "
                + valid
                + ")");
      }
      if (!options.cutTruncated()) {
        throw new LogDamageException(
            part.name(),
            valid,
            true,
            "Unexpected end of file reading the append only file "
                + part.name()
                + " at offset "
                + valid
                + ". You can: 1) Make a backup of your AOF file, then use ./hydrion check-log --fix"
                + " "
                + manifestPath()
                + ". 2) Alternatively you can set the 'aof-load-truncated' configuration option to"
                + " yes and restart the server.");
      }
      sink.note("!!! Warning: short read while loading the AOF file " + part.name() + "!!!");
      sink.note("AOF " + part.name() + " loaded anyway because aof-load-truncated is enabled");
      sink.note("Truncating the AOF " + part.name() + " at offset " + valid);
      disk.truncate(path, valid);
      cut = size - valid;
    }
  }

  private boolean startsWithSnapshot(Path path) throws IOException {
    try (Disk.Input in = disk.open(path)) {
      byte[] first = new byte[RDB_MAGIC.length];
      int have = 0;
      while (have < first.length) {
        int n = in.read(first, have, first.length - have);
        if (n < 0) {
          return false;
        }
        have += n;
      }
      return Bytes.equal(first, 0, RDB_MAGIC, 0, first.length);
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
      createDirectory();
      readManifest(text -> {});
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
      createDirectory();
      AofManifest next = manifest;
      if (next.isEmpty()) {
        next = next.withBase(writeBase(empty));
      }
      Part last = next.increments().isEmpty() ? null : next.increments().getLast();
      Disk.Output out;
      if (last == null) {
        last = nextIncrement();
        disk.delete(directory.resolve(last.name()));
        out = disk.append(directory.resolve(last.name()));
        next = next.withIncrement(last);
      } else {
        out = disk.append(directory.resolve(last.name()));
        otherSize -= out.size();
      }
      putHeader(out);
      if (next.equals(manifest)) {
        // What a killed process renamed counts from now on.
        disk.syncDirectory(directory);
      } else {
        persist(next);
        manifest = next;
      }
      current = directory.resolve(last.name());
      return out;
    } finally {
      lock.unlock();
    }
  }

  private Part nextIncrement() {
    lastIncrement++;
    return new Part(name + "." + lastIncrement + ".incr.aof", lastIncrement);
  }

  private Part nextBase(boolean isRdb) {
    lastBase++;
    return new Part(name + "." + lastBase + ".base." + (isRdb ? "rdb" : "aof"), lastBase);
  }

  private Part writeBase(SnapshotWriter empty) throws IOException {
    Part base = nextBase(empty.isRdb());
    Path path = directory.resolve(base.name());
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

  private void createDirectory() throws IOException {
    disk.createDirectory(directory);
    disk.syncDirectory(dir);
  }

  /**
   * Makes a manifest the one that counts, in one step.
   *
   * @throws CannotBeginException where the old one does still
   */
  private void persist(AofManifest next) throws IOException {
    Path temporary = directory.resolve("temp-" + name + ".manifest");
    try {
      disk.delete(temporary);
      try (Disk.Output out = disk.create(temporary)) {
        byte[] text = next.format();
        out.write(text, 0, text.length);
        out.sync();
      }
    } catch (IOException e) {
      throw new CannotBeginException(e);
    }
    disk.rename(temporary, manifestPath());
    disk.syncDirectory(directory);
  }

  @Override
  Disk.Output begin(long position, boolean isApart) throws IOException {
    lock.lock();
    try {
      Part part = isApart ? null : nextIncrement();
      Path path = directory.resolve(part == null ? "temp-" + name + ".incr" : part.name());
      Disk.Output out;
      try {
        if (isApart) {
          createDirectory();
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
        AofManifest next = manifest.withIncrement(part);
        try {
          persist(next);
        } catch (IOException e) {
          closeAfterFailure(out);
          throw e;
        }
        manifest = next;
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
      Part base = nextBase(isRdb);
      Part increment = isApart ? nextIncrement() : manifest.increments().getLast();
      long size;
      try {
        size = fileSize(temporary);
        disk.rename(temporary, directory.resolve(base.name()));
        if (isApart) {
          Path listed = directory.resolve(increment.name());
          disk.rename(current, listed);
          current = listed;
        }
      } catch (IOException e) {
        throw new CannotBeginException(e);
      }
      AofManifest next = manifest.replacedBy(base, increment);
      persist(next);
      manifest = next;
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
      if (manifest.base() != null) {
        AofManifest next = manifest.endedByBase();
        persist(next);
        manifest = next;
        clean();
      }
    } catch (IOException e) {
      // The log has one more file, with a few commands.
    } finally {
      lock.unlock();
    }
  }

  private long fileSize(Path path) throws IOException {
    try (Disk.Input in = disk.open(path)) {
      return in.size();
    }
  }

  @Override
  void clean() {
    lock.lock();
    try {
      if (keepsHistory || manifest.history().isEmpty()) {
        return;
      }
      for (Part part : manifest.history()) {
        disk.delete(directory.resolve(part.name()));
      }
      AofManifest next = manifest.withoutHistory();
      persist(next);
      manifest = next;
    } catch (IOException e) {
      // The manifest still names them as history: the next rewrite or start tries again.
    } finally {
      lock.unlock();
    }
  }
}
