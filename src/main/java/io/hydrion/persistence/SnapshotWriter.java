package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.IOException;

/** Writes the snapshot of an empty server, which a new log starts from. */
public interface SnapshotWriter {
  void write(Disk.Output out) throws IOException;

  /** Whether it is written in the RDB format, and not as commands. */
  default boolean isRdb() {
    return true;
  }
}
