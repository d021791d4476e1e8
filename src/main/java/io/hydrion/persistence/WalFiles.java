package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The files of a log of segments: what they are called, and which of them are there. For one thread
 * at a time, but for the names.
 */
final class WalFiles {
  private static final int DIGITS = 20;
  private static final String SUFFIX = ".wal";
  private static final String APART_PREFIX = "temp-";
  private static final String CHECKPOINT_PREFIX = "checkpoint-";
  private static final String SNAPSHOT_PREFIX = "snapshot-";
  private static final String SNAPSHOT_SUFFIX = ".rdb";

  private final Disk disk;
  private final Path directory;

  private List<Long> segments = new ArrayList<>();
  private List<Long> checkpoints = new ArrayList<>();

  WalFiles(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /** Whether there is a log. */
  boolean exist() throws IOException {
    return disk.list(directory).stream()
        .anyMatch(
            file ->
                positionOf(file, "", SUFFIX) >= 0 || positionOf(file, CHECKPOINT_PREFIX, "") >= 0);
  }

  /** The segments by their first positions, in order. */
  List<Long> segments() {
    return segments;
  }

  /** The checkpoints by their positions, in order. */
  List<Long> checkpoints() {
    return checkpoints;
  }

  // ---- names

  Path segment(long first) {
    return directory.resolve(segmentName(first));
  }

  static String segmentName(long first) {
    return digits(first) + SUFFIX;
  }

  /** A segment that is no part of the log before a snapshot is. */
  Path apart(long first) {
    return directory.resolve(APART_PREFIX + digits(first) + SUFFIX);
  }

  Path checkpoint(long at) {
    return directory.resolve(checkpointName(at));
  }

  static String checkpointName(long at) {
    return CHECKPOINT_PREFIX + digits(at);
  }

  Path snapshot(WalCheckpoint checkpoint) {
    return directory.resolve(checkpoint.snapshot());
  }

  static String snapshotName(long at) {
    return SNAPSHOT_PREFIX + digits(at) + SNAPSHOT_SUFFIX;
  }

  Path temporarySnapshot() {
    return directory.resolve(APART_PREFIX + "snapshot.rdb");
  }

  private static String digits(long number) {
    String text = Long.toString(number);
    return "0".repeat(DIGITS - text.length()) + text;
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

  // ---- on the disk

  /** Finds out what files there are. */
  void find() throws IOException {
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

  /** Is told that a segment has been begun, in place of one that began there before. */
  void begun(long first) {
    segments.remove(first);
    segments.add(first);
  }

  /** Makes the segment that was apart the one that the log goes on with from there. */
  void adopt(long first) throws IOException {
    disk.rename(apart(first), segment(first));
    syncDirectory();
    segments.removeIf(other -> other >= first);
    segments.add(first);
  }

  /** Puts segments aside that are not the log any more. */
  void discard(List<Long> rest) throws IOException {
    for (long first : rest) {
      disk.rename(segment(first), directory.resolve(segmentName(first) + ".discarded"));
    }
    segments.removeAll(List.copyOf(rest));
    syncDirectory();
  }

  /** Cuts a segment's end off; without a whole head it is no segment. */
  void cutOff(long first, long valid) throws IOException {
    if (valid >= WalDirectory.SEGMENT_HEAD) {
      disk.truncate(segment(first), valid);
    } else {
      disk.delete(segment(first));
      syncDirectory();
      segments.remove(first);
    }
  }

  /**
   * Makes a checkpoint count, in one step.
   *
   * @throws LogDirectory.CannotBeginException where nothing has changed
   */
  void add(WalCheckpoint made) throws IOException {
    long at = made.position();
    made.write(disk, checkpoint(at), directory.resolve(APART_PREFIX + "checkpoint"));
    checkpoints.remove(at);
    checkpoints.add(at);
  }

  /**
   * Deletes what is older than a checkpoint, and segments apart.
   *
   * @param current a file that stays
   */
  void deleteBefore(long oldest, Path current) throws IOException {
    // A checkpoint goes first: what it names may be missing only when it is.
    boolean isAny = false;
    for (long at : checkpoints) {
      if (at < oldest) {
        disk.delete(checkpoint(at));
        isAny = true;
      }
    }
    if (isAny) {
      syncDirectory();
    }
    for (String file : disk.list(directory)) {
      long first = positionOf(file, "", SUFFIX);
      long at = positionOf(file, SNAPSHOT_PREFIX, SNAPSHOT_SUFFIX);
      long apart = positionOf(file, APART_PREFIX, SUFFIX);
      if ((first >= 0 && first < oldest)
          || (at >= 0 && at < oldest)
          || (apart >= 0 && !directory.resolve(file).equals(current))) {
        disk.delete(directory.resolve(file));
      }
    }
    checkpoints.removeIf(at -> at < oldest);
    segments.removeIf(first -> first < oldest);
  }

  void createDirectory() throws IOException {
    disk.createDirectory(directory);
    Path parent = directory.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
  }

  void syncDirectory() throws IOException {
    disk.syncDirectory(directory);
  }
}
