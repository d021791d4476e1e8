package io.hydrion.engine;

import io.hydrion.config.Settings;
import io.hydrion.util.Disk;
import java.io.Closeable;
import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Keeps other servers out of the directory that the keys are kept in. Thread-safe. */
final class DirectoryLock implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(DirectoryLock.class);

  private static final String FILE = "hydrion.lock";

  private final Settings settings;
  private final Disk disk;
  private @Nullable Closeable held;

  DirectoryLock(Settings settings, Disk disk) {
    this.settings = settings;
    this.disk = disk;
  }

  /**
   * Takes the directory, unless it is taken already.
   *
   * @throws IOException when another server uses it
   */
  synchronized void acquire() throws IOException {
    if (held == null) {
      held = disk.lock(settings.resolve(FILE));
    }
  }

  /**
   * Takes the directory that the settings name now in place of the other; returns why it cannot.
   */
  synchronized @Nullable String move() {
    Closeable old = held;
    if (old == null) {
      return null;
    }
    try {
      held = disk.lock(settings.resolve(FILE));
      old.close();
      return null;
    } catch (IOException e) {
      return "Changing directory: " + e.getMessage();
    }
  }

  @Override
  public synchronized void close() {
    Closeable old = held;
    held = null;
    if (old != null) {
      try {
        old.close();
      } catch (IOException e) {
        LOG.warn("Cannot give the directory back: {}", e.toString());
      }
    }
  }
}
