package io.hydrion.persistence;

import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogDirectory.LoadSummary;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the files of a log of segments: the newest checkpoint's snapshot, and what follows
 * it; a torn end is cut off. For one thread.
 */
final class WalLoader {
  private final Disk disk;
  private final WalFiles files;
  private final LogSink sink;
  private final LoadOptions options;
  private long records;
  private long cut;
  private long padding;
  private long position;

  WalLoader(Disk disk, WalFiles files, LogSink sink, LoadOptions options) {
    this.disk = disk;
    this.files = files;
    this.sink = sink;
    this.options = options;
  }

  /** The position of the log's end, after loading. */
  long position() {
    return position;
  }

  LoadSummary load() throws IOException {
    WalCheckpoint start = newestCheckpoint();
    position = start == null ? 0 : start.position();
    if (start != null && start.isApart()) {
      finishRestart(position);
    }
    List<Long> wanted = segmentsFrom(position, start != null);
    long total = start == null ? 0 : start.size();
    for (long first : wanted) {
      total += disk.size(files.segment(first));
    }
    LoadProgress progress = new LoadProgress(sink, total);
    if (start != null) {
      snapshot(start);
      progress.fileRead(start.size());
    }
    for (int i = 0; i < wanted.size(); i++) {
      boolean isLast = i == wanted.size() - 1;
      if (!segment(wanted.get(i), isLast ? -1 : wanted.get(i + 1), progress)) {
        discard(wanted.subList(i + 1, wanted.size()));
        break;
      }
    }
    return new LoadSummary(records, total - padding, cut, start != null);
  }

  // ---- where to start

  /** The newest checkpoint that can be read; an older one does too, where all since is there. */
  private @Nullable WalCheckpoint newestCheckpoint() throws IOException {
    LogDamageException newest = null;
    for (Long at : files.checkpoints().reversed()) {
      try {
        WalCheckpoint found = WalCheckpoint.read(disk, files.checkpoint(at), at);
        if (disk.size(files.snapshot(found)) != found.size()) {
          throw new LogDamageException(
              found.snapshot(), -1, "The snapshot " + found.snapshot() + " has a wrong size");
        }
        return found;
      } catch (LogDamageException e) {
        sink.note(e.getMessage() + "; looking for an older checkpoint");
        newest = newest == null ? e : newest;
      } catch (NoSuchFileException e) {
        String text = "The snapshot of " + WalFiles.checkpointName(at) + " doesn't exist";
        sink.note(text + "; looking for an older checkpoint");
        newest = newest == null ? new LogDamageException(e.getFile(), -1, text) : newest;
      }
    }
    List<Long> segments = files.segments();
    if (newest != null && (segments.isEmpty() || segments.getFirst() != 0)) {
      throw newest;
    }
    return null;
  }

  /** A crash may have come between a checkpoint after a failure and the naming of its segment. */
  private void finishRestart(long from) throws IOException {
    if (disk.exists(files.apart(from))) {
      files.adopt(from);
    }
  }

  private List<Long> segmentsFrom(long from, boolean hasSnapshot) throws IOException {
    List<Long> all = files.segments();
    List<Long> wanted = new ArrayList<>(all.stream().filter(first -> first >= from).toList());
    if (wanted.isEmpty() ? hasSnapshot || !all.isEmpty() : wanted.getFirst() != from) {
      String name = WalFiles.segmentName(from);
      throw new LogDamageException(name, -1, "The log segment " + name + " doesn't exist");
    }
    return wanted;
  }

  // ---- reading

  private void snapshot(WalCheckpoint start) throws IOException {
    try (Disk.Input in = disk.open(files.snapshot(start))) {
      sink.snapshot(in, start.snapshot());
    }
  }

  /**
   * Reads a segment.
   *
   * @param next where the next one begins; -1 for the last
   * @return false where the log is to end here although there is more
   */
  private boolean segment(long first, long next, LoadProgress progress) throws IOException {
    long size;
    WalReader reader;
    try (Disk.Input in = disk.open(files.segment(first))) {
      size = in.size();
      reader = new WalReader(in, first);
      while (reader.next()) {
        if (!reader.isMark()) {
          sink.record(reader.bytes(), reader.offset(), reader.length());
          records++;
        }
        progress.read(reader.valid());
      }
    }
    position = reader.position();
    boolean isComplete = reader.end() == WalReader.End.CLEAN;
    if (next >= 0 ? isComplete && position == next : isComplete) {
      if (reader.valid() < size) { // what a killed process has left
        files.cutOff(first, reader.valid());
        padding += size - reader.valid();
      }
      progress.fileRead(size);
      return true;
    }
    boolean isTorn = next < 0 && reader.end() == WalReader.End.TORN;
    String text =
        "The log segment "
            + WalFiles.segmentName(first)
            + " is damaged at offset "
            + reader.valid()
            + (isComplete ? ": it does not lead up to the next one" : "");
    if (isTorn ? !options.cutTruncated() : !options.force()) {
      throw new LogDamageException(
          WalFiles.segmentName(first),
          reader.valid(),
          true,
          isTorn ? text + " (torn at its end)" : text + "; see ./hydrion check-log");
    }
    sink.note(text + "; the log ends there (" + (size - reader.valid()) + " bytes cut off)");
    cut += size - reader.valid();
    files.cutOff(first, reader.valid());
    return false;
  }

  /** What follows a damage that is to be ignored is not the log any more. */
  private void discard(List<Long> rest) throws IOException {
    files.discard(rest);
    for (long first : rest) {
      sink.note("The segment " + WalFiles.segmentName(first) + " was put aside");
    }
  }
}
