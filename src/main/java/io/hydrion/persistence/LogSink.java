package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.IOException;

/** Is given what a log holds, in its order, when it is read back. */
public interface LogSink {
  /**
   * A snapshot in Redis's RDB format that the records start from; comes first, if there is one.
   *
   * @param in begins with the snapshot; commands may follow it
   * @param name the file, for messages
   * @return how many bytes the snapshot has
   * @throws LogDamageException where it is damaged
   */
  long snapshot(Disk.Input in, String name) throws IOException;

  /**
   * A record: commands that take effect together, in RESP, without the MULTI and EXEC around them.
   * The array is the sink's until the method returns.
   */
  void record(byte[] a, int off, int len) throws IOException;

  /** How far the reading is, in bytes of all files; comes every few MiB. */
  default void progress(long read, long total) {}

  /** Something that a log file may say: which file is read, what was cut off. */
  default void note(String text) {}
}
