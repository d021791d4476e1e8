package io.hydrion.engine;

import io.hydrion.config.SavePoint;
import io.hydrion.config.Settings;
import io.hydrion.persistence.KeyspaceLoader;
import io.hydrion.persistence.RdbFileReader;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.persistence.Snapshot;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The database file: its writing, at once or in the background, and its loading. Thread-safe. */
public final class Saving implements AutoCloseable {
  /*
   * The file is written under another name, made durable, and renamed, so that there always is a
   * whole one.
   */
  private static final Logger LOG = LogManager.getLogger(Saving.class);

  /** How often it is looked whether a save point has been reached. */
  private static final long LOOK_MILLIS = 100;

  private static final long WAIT_NANOS = 1_000_000;

  /** After a failure the save points wait for so long. */
  private static final long RETRY_SECONDS = 5;

  private final Engine engine;
  private final Settings settings;
  private final Snapshots snapshots;
  private final Disk disk;

  /** Whether snapshots are made by the save points, and at the end. */
  private volatile boolean keepsData;

  /** Nothing is to be saved any more: the server ends. */
  private volatile boolean settled;

  /** A snapshot is wanted as soon as one can be made. */
  private volatile boolean scheduled;

  /** The snapshot in the background is not wanted any more. */
  private volatile boolean dropped;

  private volatile long dirtyAtSave;
  private volatile long triedSeconds;
  private long dirtyAtMoment;

  private volatile Figures figures;

  /**
   * What is told of the snapshots.
   *
   * @param lastSaveSeconds when the last one was written, or the server began, in s since the epoch
   * @param lastWorked whether the last one in the background was written
   * @param lastTookSeconds how long that took; -1: there was none
   * @param beganSeconds when the one under way in the background began; -1: there is none
   * @param saves how many have been begun by SAVE, by BGSAVE and for save points
   * @param bytesBeforeChanges see {@link Snapshot#bytesBeforeChanges}, of the last one
   */
  public record Figures(
      long lastSaveSeconds,
      boolean lastWorked,
      long lastTookSeconds,
      long beganSeconds,
      long saves,
      long bytesBeforeChanges) {
    Figures began(long now) {
      return new Figures(
          lastSaveSeconds, lastWorked, lastTookSeconds, now, saves + 1, bytesBeforeChanges);
    }

    Figures saved(long now, long copied) {
      return new Figures(now, true, lastTookSeconds, beganSeconds, saves, copied);
    }

    Figures counted() {
      return new Figures(
          lastSaveSeconds,
          lastWorked,
          lastTookSeconds,
          beganSeconds,
          saves + 1,
          bytesBeforeChanges);
    }

    Figures endedInBackground(boolean worked, long now) {
      return new Figures(
          lastSaveSeconds, worked, now - beganSeconds, -1, saves, bytesBeforeChanges);
    }
  }

  Saving(Engine engine, Snapshots snapshots, Disk disk) {
    this.engine = engine;
    this.snapshots = snapshots;
    this.disk = disk;
    settings = engine.settings();
    figures = new Figures(seconds(), true, -1, -1, 0, 0);
  }

  private long seconds() {
    return engine.clock().millis() / 1000;
  }

  public Figures figures() {
    return figures;
  }

  /** Whether a snapshot is being made in the background. */
  public boolean isRunning() {
    return figures.beganSeconds >= 0;
  }

  /** How many changes there have been since the last snapshot. */
  public long changes() {
    return engine.totals().dirty() - dirtyAtSave;
  }

  /** The database file. */
  public Path file() {
    return settings.resolve(settings.text("dbfilename"));
  }

  // ---- saving

  /** Begins a snapshot in the background (BGSAVE); false when there is one already. */
  public boolean saveInBackground() {
    if (!snapshots.acquire()) {
      return false;
    }
    scheduled = false;
    dropped = false;
    triedSeconds = seconds();
    figures = figures.began(triedSeconds);
    Snapshot snapshot = begin();
    snapshots.finishInBackground("hydrion-snapshot", () -> finishInBackground(snapshot));
    LOG.info("Background saving started");
    return true;
  }

  /** Drops the snapshot in the background, if there is one: its keys have gone. No failure. */
  public void drop() {
    if (isRunning()) {
      dropped = true;
      snapshots.abort();
    }
  }

  /**
   * Has the file say so, where there are save points, that all keys have gone (FLUSHALL): at once,
   * unless another snapshot is being made; then as soon as it is over.
   */
  public void saveNone() {
    if (!isSavingWanted()) {
      return;
    }
    if (!snapshots.acquire()) {
      schedule();
      return;
    }
    try {
      boolean unused = finish(begin()); // a failure is in the log
    } finally {
      snapshots.release();
    }
  }

  /** Has a snapshot begun in the background when the rewriting of the log is over. */
  public void schedule() {
    scheduled = true;
  }

  private void finishInBackground(Snapshot snapshot) {
    boolean worked = false;
    try {
      worked = finish(snapshot);
    } finally {
      boolean counts = worked || !dropped;
      snapshots.ending();
      figures = figures.endedInBackground(counts ? worked : figures.lastWorked, seconds());
      engine.conditions().restrict(Conditions.CANNOT_SAVE, !figures.lastWorked);
      LOG.info(worked ? "Background saving terminated with success" : "Background saving error");
    }
  }

  /** Whether keys must not be changed since the last snapshot for a save point was not written. */
  boolean refusesWrites() {
    return !figures.lastWorked && isSavingWanted() && settings.flag("stop-writes-on-bgsave-error");
  }

  /** Whether save points are to be kept to. */
  private boolean isSavingWanted() {
    return keepsData && !settings.save().isEmpty();
  }

  /**
   * Makes a snapshot and returns when it is written (SAVE); waits while the log is being rewritten.
   *
   * @return false when it could not be written, or there is one in the background
   */
  public boolean save() {
    while (!snapshots.acquire()) {
      if (isRunning()) {
        return false;
      }
      LockSupport.parkNanos(WAIT_NANOS);
    }
    boolean worked = false;
    figures = figures.counted();
    try {
      worked = finish(begin());
      if (worked) {
        LOG.info("DB saved on disk");
        engine.conditions().restrict(Conditions.CANNOT_SAVE, false);
      }
    } finally {
      snapshots.release();
    }
    return worked;
  }

  private Snapshot begin() {
    return snapshots.begin(() -> dirtyAtMoment = engine.totals().dirty());
  }

  private boolean finish(Snapshot snapshot) {
    Path file = file();
    Path temporary =
        file.resolveSibling(
            "temp-" + ProcessHandle.current().pid() + "-" + engine.runId() + ".rdb");
    try {
      snapshots.write(snapshot, temporary, false);
      disk.rename(temporary, file);
      disk.syncDirectory(settings.dir());
    } catch (IOException e) {
      LOG.error("Error saving DB on disk: {}", e.toString());
      return false;
    }
    dirtyAtSave = dirtyAtMoment;
    figures = figures.saved(seconds(), snapshot.bytesBeforeChanges());
    return true;
  }

  /** Begins to look for save points that have been reached. */
  void start() {
    engine
        .cron()
        .scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      if (!snapshots.isBusy() && !engine.loading().isRunning() && (scheduled || isDue())) {
        boolean unused = saveInBackground();
      }
    } catch (RuntimeException | AssertionError e) {
      LOG.error("looking for save points failed", e);
    }
  }

  private boolean isDue() {
    if (!isSavingWanted()) {
      return false;
    }
    long now = seconds();
    if (!figures.lastWorked && now - triedSeconds <= RETRY_SECONDS) {
      return false;
    }
    long changes = changes();
    for (SavePoint point : settings.save()) {
      if (changes >= point.changes() && now - figures.lastSaveSeconds > point.seconds()) {
        LOG.info("{} changes in {} seconds. Saving...", point.changes(), point.seconds());
        return true;
      }
    }
    return false;
  }

  // ---- loading

  /**
   * Lets snapshots be made by the save points, and at the end, from now on. Not before the database
   * file has been loaded: nothing may take the place of one that cannot be read.
   */
  public void keepToSavePoints() {
    keepsData = true;
  }

  /**
   * Loads the database file, if there is one; meanwhile most commands are refused.
   *
   * @throws IOException when it cannot be read
   * @throws RdbFormatException when it is damaged
   */
  public void load() throws IOException {
    Path file = file();
    if (!disk.exists(file)) {
      return;
    }
    long began = engine.clock().nanos();
    Loading loading = engine.loading();
    try (Disk.Input input = disk.open(file);
        KeyspaceLoader loader = loading.newLoader(false)) {
      loading.begin(input.size());
      LOG.info("Loading {}", file);
      new RdbFileReader(input, settings.flag("rdbchecksum")).read(loader);
      loading.loaded(loader);
      double took = (engine.clock().nanos() - began) / 1e9;
      LOG.info("DB loaded from disk: {} keys in {} seconds", loader.loaded(), took);
    } finally {
      loading.end();
    }
  }

  /**
   * Loads the database file into a server that is running (DEBUG RELOAD).
   *
   * @param empties whether to remove all keys before
   * @return false when that failed; then some keys may be missing
   */
  public boolean reload(boolean empties) {
    Keyspace keyspace = engine.keyspace();
    keyspace.lock(keyspace.allShards());
    try {
      if (empties) {
        keyspace.clear();
      }
      load();
      return true;
    } catch (IOException | RdbFormatException e) {
      LOG.error("Error trying to load the RDB dump: {}", e.getMessage());
      return false;
    } finally {
      keyspace.unlock(keyspace.allShards());
    }
  }

  // ---- the end

  /**
   * Saves before the server ends, if the settings want it so.
   *
   * @return whether it can end: nothing that was to be saved is lost
   */
  public boolean saveAtEnd() {
    if (settled || !isSavingWanted()) {
      settled = true;
    }
    return settled || saveForEnd();
  }

  /** Saves before the server ends, whatever the settings say; a snapshot under way is dropped. */
  public boolean saveForEnd() {
    if (engine.loading().isRunning()) {
      return true; // what is in the file is more than what has been loaded
    }
    snapshots.stopBackground();
    engine.pause().begin(Pause.Mode.WRITES, Long.MAX_VALUE); // or what is written now is lost
    settled = save();
    if (!settled) {
      engine.pause().end();
    }
    return settled;
  }

  /** Lets the server end without saving (SHUTDOWN NOSAVE). */
  public void giveUp() {
    settled = true;
  }

  /** Saves what is to be saved, if nobody has done it, and ends a snapshot under way. */
  @Override
  public void close() {
    if (!saveAtEnd()) {
      LOG.error("The server ends without having saved its keys");
    }
    snapshots.stopBackground();
  }
}
