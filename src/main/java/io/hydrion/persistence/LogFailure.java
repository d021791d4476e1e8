package io.hydrion.persistence;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/**
 * Why an append log acknowledges nothing at the moment.
 *
 * @param step what failed
 * @param text the system's words for it
 * @param heals whether the log goes on by itself once there is room on the disk; else it takes a
 *     snapshot and a new file ({@link AppendLog#cut})
 */
public record LogFailure(Step step, String text, boolean heals) {
  /** What the log was doing. */
  public enum Step {
    WRITE,
    SYNC,
    /** Opening the next file, or making it one of the log. */
    ROTATE,
    /** The buffer was full while nothing could be written: records are missing. */
    OVERFLOW,
    /** There is no file yet: the log begins with a snapshot. */
    NOT_STARTED
  }

  static LogFailure of(Step step, IOException e, boolean heals) {
    return new LogFailure(step, textOf(e), heals);
  }

  static boolean isNoSpace(IOException e) {
    String text = textOf(e);
    return text.contains("No space left on device") || text.contains("Disk quota exceeded");
  }

  private static String textOf(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return text(reason != null ? reason : e.getMessage(), e);
  }

  private static String text(@Nullable String reason, IOException e) {
    return reason != null ? reason : e.getClass().getSimpleName();
  }
}
