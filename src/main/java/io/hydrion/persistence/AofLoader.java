package io.hydrion.persistence;

import io.hydrion.persistence.AofManifest.Part;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogDirectory.LoadSummary;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One pass over the files of a multi-part AOF; a torn end is cut off. For one thread. */
final class AofLoader {
  private static final byte[] RDB_MAGIC = Bytes.of("REDIS");

  private final Disk disk;
  private final AofFiles files;
  private final LogSink sink;
  private final LoadOptions options;
  private long records;
  private long cut;
  private long padding;
  private boolean hadSnapshot;
  private long end;

  AofLoader(Disk disk, AofFiles files, LogSink sink, LoadOptions options) {
    this.disk = disk;
    this.files = files;
    this.sink = sink;
    this.options = options;
  }

  /** Where the last file ends, without padding. */
  long end() {
    return end;
  }

  /** Reads these files in order. */
  LoadSummary load(List<Part> parts) throws IOException {
    long total = 0;
    for (Part part : parts) {
      total += files.size(part);
    }
    LoadProgress progress = new LoadProgress(sink, total);
    for (Part part : parts) {
      file(part, part.equals(parts.getLast()), progress);
    }
    return new LoadSummary(records, total - padding, cut, hadSnapshot);
  }

  private void file(Part part, boolean isLast, LoadProgress progress) throws IOException {
    Path path = files.path(part);
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
        progress.read(reader.valid());
      }
    }
    end = reader.valid();
    switch (reader.end()) {
      case CLEAN -> padding += size - reader.valid();
      case TORN -> torn(path, part, size, reader.valid(), isLast);
      case LATER ->
          throw new LogDamageException(
              part.name(), reader.valid(), isLast, "AOF " + part.name() + " goes on after that");
      case BAD -> bad(part, reader.valid(), isLast);
    }
    progress.fileRead(size);
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
            + files.manifestPath());
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
              + files.manifestPath()
              + ". 2) Alternatively you can set the 'aof-load-truncated' configuration option to"
              + " yes and restart the server.");
    }
    sink.note("!!! Warning: short read while loading the AOF file " + part.name() + "!!!");
    sink.note("AOF " + part.name() + " loaded anyway because aof-load-truncated is enabled");
    sink.note("Truncating the AOF " + part.name() + " at offset " + valid);
    disk.truncate(path, valid);
    cut = size - valid;
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
}
