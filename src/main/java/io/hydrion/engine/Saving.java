package io.hydrion.engine;

import io.hydrion.config.MaxmemoryPolicy;
import io.hydrion.config.SavePoint;
import io.hydrion.config.Settings;
import io.hydrion.persistence.KeyspaceLoader;
import io.hydrion.persistence.RdbFileReader;
import io.hydrion.persistence.RdbFileWriter;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.persistence.Snapshot;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.util.Disk;
import io.hydrion.util.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The database file: its writing, at once or in the background, and its loading. Thread-safe. */
public final class Saving implements AutoCloseable {
  /*
   * At most one snapshot is made at a time, by the thread that has set `busy`: the one that asked
   * for it (SAVE, the end of the server) or one in the background. Only that one changes what is
   * told of snapshots. There is no lock: some who ask hold those of all shards. The file is written
   * under another name, made durable, and renamed, so that there always is a whole one.
   */
  private static final Logger LOG = LogManager.getLogger(Saving.class);

  /** How often it is looked whether a save point has been reached. */
  private static final long LOOK_MILLIS = 100;

  /** After a failure the save points wait for so long. */
  private static final long RETRY_SECONDS = 5;

  private static final long CLOSE_MILLIS_MAX = 10_000;

  private final Engine engine;
  private final Settings settings;
  private final Disk disk;

  /** Whether snapshots are made by the save points, and at the end. */
  private volatile boolean keepsData;

  /** Nothing is to be saved any more: the server ends. */
  private volatile boolean settled;

  private volatile @Nullable Snapshot running;
  private volatile @Nullable KeyspaceLoader loader;
  private volatile long loadBegan;
  private volatile long loadBytes;
  private volatile long keysLoaded;
  private volatile long keysExpired;

  /** The code of libraries of functions that the file had, which goes into the next one. */
  private volatile List<byte[]> functions = List.of();

  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable Thread background;
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
   * @param saves how many have been written
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
          lastSaveSeconds, lastWorked, lastTookSeconds, now, saves, bytesBeforeChanges);
    }

    Figures saved(long now, long copied) {
      return new Figures(now, true, lastTookSeconds, beganSeconds, saves + 1, copied);
    }

    Figures endedInBackground(boolean worked, long now) {
      return new Figures(
          lastSaveSeconds, worked, now - beganSeconds, -1, saves, bytesBeforeChanges);
    }
  }

  Saving(Engine engine, Disk disk) {
    this.engine = engine;
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

  /** Whether keys are being loaded, and most commands are refused therefore. */
  public boolean isLoading() {
    return loader != null;
  }

  /** How many bytes of the file have been loaded. */
  public long loadedBytes() {
    KeyspaceLoader current = loader;
    return current == null ? 0 : current.bytes();
  }

  /** How many bytes the file has that is being loaded. */
  public long loadingBytes() {
    return loadBytes;
  }

  /** When loading began, in s since the epoch. */
  public long loadBeganSeconds() {
    return loadBegan;
  }

  /**
   * In how many seconds loading ends at the pace that it has had so far; 1 before that is known.
   */
  public long loadingSecondsLeft() {
    long done = loadedBytes();
    long took = seconds() - loadBegan;
    return took <= 0 || done == 0 ? 1 : took * (loadBytes - done) / done;
  }

  /** How many keys were in the file that was loaded last. */
  public long keysLoaded() {
    return keysLoaded;
  }

  /** How many keys of the file that was loaded last had expired. */
  public long keysExpired() {
    return keysExpired;
  }

  /** Whether a snapshot is being made. */
  public boolean isRunning() {
    return running != null;
  }

  /** How many keys the snapshot under way has taken, and how many it will have; 0 without one. */
  public long keysTaken() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.taken();
  }

  public long keysToTake() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.size();
  }

  /** See {@link Snapshot#bytesBeforeChanges}, of the snapshot under way. */
  public long bytesBeforeChanges() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.bytesBeforeChanges();
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
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    triedSeconds = seconds();
    figures = figures.began(triedSeconds);
    Snapshot snapshot = begin();
    Thread thread = new Thread(() -> finishInBackground(snapshot), "hydrion-snapshot");
    thread.setDaemon(true);
    background = thread;
    thread.start();
    LOG.info("Background saving started");
    return true;
  }

  private void finishInBackground(Snapshot snapshot) {
    boolean worked = false;
    try {
      worked = finish(snapshot);
    } finally {
      figures = figures.endedInBackground(worked, seconds());
      engine.conditions().restrict(Conditions.CANNOT_SAVE, !worked);
      background = null;
      busy.set(false);
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
   * Makes a snapshot and returns when it is written (SAVE).
   *
   * @return false when it could not be written, or there is one in the background
   */
  public boolean save() {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    boolean worked = false;
    try {
      worked = finish(begin());
      if (worked) {
        LOG.info("DB saved on disk");
        engine.conditions().restrict(Conditions.CANNOT_SAVE, false);
      }
    } finally {
      busy.set(false);
    }
    return worked;
  }

  private Snapshot begin() {
    Snapshot snapshot =
        Snapshot.begin(
            engine.keyspace(),
            settings.rdbcompression(),
            new KeyUsage(settings.maxmemoryPolicy(), engine.clock().millis()),
            () -> dirtyAtMoment = engine.totals().dirty());
    running = snapshot;
    return snapshot;
  }

  /** How keys have been used, as far as the eviction policy wants to know it. */
  private final class KeyUsage implements Snapshot.Usage {
    private final MaxmemoryPolicy policy;
    private final long now;

    KeyUsage(MaxmemoryPolicy policy, long now) {
      this.policy = policy;
      this.now = now;
    }

    @Override
    public long idleSeconds(Entry e) {
      return policy.lru() ? engine.access().idleSeconds(e, now) : -1;
    }

    @Override
    public int frequency(Entry e) {
      return policy.lfu() ? engine.access().frequency(e, now) : -1;
    }
  }

  private boolean finish(Snapshot snapshot) {
    Path file = file();
    Path temporary =
        file.resolveSibling(
            "temp-" + ProcessHandle.current().pid() + "-" + engine.runId() + ".rdb");
    boolean worked = false;
    try {
      write(snapshot, temporary);
      disk.rename(temporary, file);
      disk.syncDirectory(settings.dir());
      worked = true;
    } catch (IOException e) {
      LOG.error("Error saving DB on disk: {}", e.toString());
      snapshot.abort();
      deleteQuietly(temporary);
    }
    running = null;
    if (worked) {
      dirtyAtSave = dirtyAtMoment;
      figures = figures.saved(seconds(), snapshot.bytesBeforeChanges());
    }
    return worked;
  }

  private void deleteQuietly(Path file) {
    try {
      disk.delete(file);
    } catch (IOException e) {
      LOG.warn("Cannot delete {}: {}", file, e.toString());
    }
  }

  private void write(Snapshot snapshot, Path to) throws IOException {
    boolean written = false;
    try {
      disk.delete(to);
      try (Disk.Output output = disk.create(to)) {
        RdbFileWriter writer = new RdbFileWriter(output, settings.flag("rdbchecksum"));
        writer.head(snapshot.version());
        writer.notes(
            Version.text(),
            engine.clock().millis() / 1000,
            engine.usedMemory(),
            RdbFileWriter.Replication.NONE,
            false);
        for (byte[] function : functions) {
          writer.function(function);
        }
        written = true;
        snapshot.write(writer);
        writer.finish();
        writer.sync();
      }
    } finally {
      if (!written) { // but records must be marked as taken
        snapshot.drop();
      }
    }
  }

  /** Begins to look for save points that have been reached. */
  void start() {
    engine
        .cron()
        .scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      if (isRunning() || isLoading()) {
        return;
      }
      if (isDue()) {
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
    try (Disk.Input input = disk.open(file);
        KeyspaceLoader into = newLoader()) {
      loadBegan = seconds();
      loadBytes = input.size();
      loader = into;
      engine.conditions().restrict(Conditions.LOADING, true);
      LOG.info("Loading {}", file);
      new RdbFileReader(input, settings.flag("rdbchecksum")).read(into);
      functions = into.functions();
      if (!functions.isEmpty()) {
        LOG.warn("The file has functions, which are kept in it but cannot be called here");
      }
      keysLoaded = into.loaded();
      keysExpired = into.expired();
      double took = (engine.clock().nanos() - began) / 1e9;
      LOG.info("DB loaded from disk: {} keys in {} seconds", keysLoaded, took);
    } finally {
      loader = null;
      engine.conditions().restrict(Conditions.LOADING, false);
    }
  }

  private KeyspaceLoader newLoader() {
    long now = engine.clock().millis();
    return new KeyspaceLoader(
        engine.keyspace(),
        settings,
        now,
        (idle, frequency) -> engine.access().bits(idle, frequency, now));
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
      for (int i = 0; empties && i < keyspace.shardCount(); i++) {
        for (int db = 0; db < keyspace.databases(); db++) {
          Partition unused = keyspace.shard(i).drop(db);
        }
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
    if (isLoading()) {
      return true; // what is in the file is more than what has been loaded
    }
    stopBackground();
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

  private void stopBackground() {
    Snapshot snapshot = running;
    Thread thread = background;
    if (snapshot != null && thread != null) {
      snapshot.abort();
      try {
        thread.join(CLOSE_MILLIS_MAX);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Saves what is to be saved, if nobody has done it, and ends a snapshot under way. */
  @Override
  public void close() {
    if (!saveAtEnd()) {
      LOG.error("The server ends without having saved its keys");
    }
    stopBackground();
  }
}
