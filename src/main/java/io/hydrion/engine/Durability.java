package io.hydrion.engine;

import io.hydrion.config.Settings;
import io.hydrion.persistence.AofDirectory;
import io.hydrion.persistence.AppendLog;
import io.hydrion.persistence.FsyncPolicy;
import io.hydrion.persistence.LogDirectory;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogDirectory.LoadSummary;
import io.hydrion.persistence.LogFailure;
import io.hydrion.persistence.LogRewrite;
import io.hydrion.persistence.LogWaiter;
import io.hydrion.persistence.Snapshot;
import io.hydrion.persistence.WalDirectory;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The append log of the keys' changes: its loading at the start, its beginning and end as the
 * settings want it, its rewriting. Thread-safe.
 */
public final class Durability implements AutoCloseable {
  /*
   * A log begins in one of two ways. At the start of the server it goes on where it ended, or is
   * begun empty. While the server runs, and when there are keys from a database file, it begins with
   * a rewrite: effects are appended from the moment of the snapshot on, but nothing waits for them
   * before the snapshot is installed (`acknowledges`). A log that has failed for good is rewritten
   * too, for it goes on in a new file only.
   *
   * `lock` guards the change from one log to another. Locks of shards may be held by who takes it,
   * but are never waited for under it; so the log begins under those of all shards, and ends without.
   */
  private static final Logger LOG = LogManager.getLogger(Durability.class);

  private static final String LOCK_FILE = "hydrion.lock";

  /** How often it is looked whether the log should be rewritten. */
  private static final long LOOK_MILLIS = 100;

  /** After a failure a rewrite is tried again when so much time has passed. */
  private static final long RETRY_MILLIS = 1000;

  /** After so many failures in a row it takes twice as long each time until the next try. */
  private static final int FAILURES_MAX = 3;

  private static final long RETRY_MINUTES_MAX = 60;

  private final Engine engine;
  private final Settings settings;
  private final Snapshots snapshots;
  private final Disk disk;

  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable AppendLog log;

  /** A log that is to be begun by the next rewrite. */
  private volatile @Nullable AppendLog pending;

  /** Whether replies wait for the log. */
  private volatile boolean acknowledges;

  private volatile boolean wanted;
  private volatile boolean scheduled;
  private volatile boolean rewriting;

  /** No log begins any more: the server ends. */
  private volatile boolean closed;

  private volatile long nextTryMillis;

  /** Until when a log that has grown is not rewritten; one that has failed is. */
  private volatile long limitMillis;

  /** How long the next try was put off after failures, as long as nobody has been told. */
  private volatile long untoldMinutes;

  private volatile long endPosition;
  private volatile @Nullable Closeable directoryLock;
  private volatile long writeDelayMicros;
  private volatile Figures figures = new Figures(true, -1, -1, 0, 0, 0);

  /**
   * What is told of the rewrites.
   *
   * @param lastWorked whether the last one was installed
   * @param lastTookSeconds how long the last one took; -1: there was none
   * @param beganSeconds when the one under way began; -1: there is none
   * @param rewrites how many have begun
   * @param failures how many of the last ones have failed, one after the other
   * @param bytesBeforeChanges see {@link Snapshot#bytesBeforeChanges}, of the last one
   */
  public record Figures(
      boolean lastWorked,
      long lastTookSeconds,
      long beganSeconds,
      long rewrites,
      int failures,
      long bytesBeforeChanges) {
    Figures began(long now) {
      return new Figures(
          lastWorked, lastTookSeconds, now, rewrites + 1, failures, bytesBeforeChanges);
    }

    Figures ended(boolean worked, long now, long copied) {
      return new Figures(
          worked, now - beganSeconds, -1, rewrites, worked ? 0 : failures + 1, copied);
    }
  }

  Durability(Engine engine, Snapshots snapshots, Disk disk) {
    this.engine = engine;
    this.snapshots = snapshots;
    this.disk = disk;
    settings = engine.settings();
  }

  // ---- what is told

  /** Where effects go; null while there is no log. */
  public @Nullable AppendLog log() {
    return log;
  }

  /** Whether the settings want a log. */
  public boolean isWanted() {
    return wanted;
  }

  /** Whether the log is being rewritten, or begun, or will be presently. */
  public boolean isRewriting() {
    return rewriting
        || figures.beganSeconds >= 0
        || (pending != null && !engine.saving().isRunning());
  }

  /** Whether a rewrite is to begin as soon as it can: when the database file is written, maybe. */
  public boolean isScheduled() {
    return scheduled || (pending != null && !rewriting && engine.saving().isRunning());
  }

  public Figures figures() {
    return figures;
  }

  /** Why nothing is acknowledged; null when all is well, and when nothing is to be. */
  public @Nullable LogFailure failure() {
    AppendLog current = log;
    return current == null || !acknowledges ? null : current.failure();
  }

  // ---- acknowledging

  /** Whether a reply that hangs on a position of the log may go out. */
  public boolean isAcknowledged(long position) {
    AppendLog current = log;
    return current == null || !acknowledges || current.isAcknowledged(position);
  }

  /**
   * Asks whether a reply may go out, and writes the log if that is what it takes.
   *
   * @return true when it may; false when the waiter will be told
   */
  public boolean whenAcknowledged(long position, LogWaiter waiter) {
    AppendLog current = log;
    return current == null || !acknowledges || current.whenAcknowledged(position, waiter);
  }

  /**
   * Refuses a change that could not be kept.
   *
   * @throws UncheckedIOException when the log has failed
   */
  void requireWorking() {
    LogFailure why = failure();
    if (why != null) {
      throw failed(why);
    }
  }

  private static UncheckedIOException failed(LogFailure why) {
    return new UncheckedIOException(new IOException("the append log has failed: " + why.text()));
  }

  /**
   * Waits until what was appended up to a position may be acknowledged.
   *
   * @throws UncheckedIOException when nobody knows whether it will survive
   */
  public void await(long position) {
    if (position == 0 || isAcknowledged(position)) {
      return;
    }
    CompletableFuture<@Nullable LogFailure> told = new CompletableFuture<>();
    LogWaiter waiter =
        new LogWaiter() {
          @Override
          public void reached(long reached) {
            told.complete(null);
          }

          @Override
          public void failed(long failed, LogFailure why) {
            told.complete(why);
          }
        };
    if (!whenAcknowledged(position, waiter)) {
      LogFailure why = told.join();
      if (why != null) {
        throw failed(why);
      }
    }
  }

  // ---- beginning and end

  /**
   * Loads what the directory has, and goes on with its log if the settings want one.
   *
   * @param saves whether the database file will be kept up to the settings
   * @throws IOException when that fails; the message is for the administrator
   */
  public void start(boolean saves) throws IOException {
    if (settings.flag("appendonly") || (saves && !settings.save().isEmpty())) {
      lockDirectory();
    }
    if (!settings.flag("appendonly")) {
      engine.saving().load();
      return;
    }
    LogDirectory directory = directory(isWal());
    if (directory.exists()) {
      load(directory);
      resume(directory);
    } else if (directory(!isWal()).exists()) {
      throw new IOException(
          "There is an append log of the other format than log-format says ("
              + settings.text("log-format")
              + "), and none of that");
    } else {
      engine.saving().load();
      if (engine.keyspace().isEmpty()) {
        resume(directory);
      } else {
        startWithSnapshot();
      }
    }
  }

  /** Goes on with the log of a directory, or begins an empty one. */
  private void resume(LogDirectory directory) throws IOException {
    AppendLog begun = new AppendLog(directory, engine.clock(), policy());
    begun.resume(snapshots.emptyLogBase());
    wanted = true;
    use(begun, true);
  }

  private void startWithSnapshot() throws IOException {
    prepare();
    wanted = true;
    boolean acquired = snapshots.acquire();
    assert acquired; // nobody else can ask for snapshots yet
    try {
      if (!new Rewriting().finish()) {
        throw new IOException("The append log cannot be begun, see the server's log");
      }
    } finally {
      snapshots.release();
    }
  }

  /** Refuses to use a directory that another server uses. */
  private void lockDirectory() throws IOException {
    if (directoryLock == null) {
      directoryLock = disk.lock(settings.resolve(LOCK_FILE));
    }
  }

  private boolean isWal() {
    return settings.text("log-format").equals("wal");
  }

  private LogDirectory directory(boolean isWal) {
    if (isWal) {
      Path path = settings.resolve(settings.text("wal-dirname"));
      return new WalDirectory(disk, path, (int) settings.number("wal-checkpoints"));
    }
    AofDirectory aof =
        new AofDirectory(
            disk,
            settings.dir(),
            settings.text("appenddirname"),
            settings.text("appendfilename"),
            settings.flag("aof-checksums"));
    aof.keepHistory(settings.flag("aof-disable-auto-gc"));
    return aof;
  }

  private FsyncPolicy policy() {
    boolean spared = rewriting && settings.flag("no-appendfsync-on-rewrite");
    return spared ? FsyncPolicy.NO : FsyncPolicy.of(settings.text("appendfsync"));
  }

  private void load(LogDirectory directory) throws IOException {
    long began = engine.clock().nanos();
    Loading loading = engine.loading();
    loading.begin(0);
    try {
      LogReplay replay = new LogReplay(engine);
      LoadSummary summary =
          directory.load(
              replay,
              new LoadOptions(
                  settings.flag("aof-load-truncated"), settings.flag("wal-load-damaged")));
      replay.flush();
      double took = (engine.clock().nanos() - began) / 1e9;
      LOG.info("DB loaded from append only file: {} bytes in {} seconds", summary.bytes(), took);
    } finally {
      loading.end();
    }
  }

  /**
   * Loads the log into the running server in the place of its keys (DEBUG LOADAOF).
   *
   * @return false when that failed; then some keys may be missing
   */
  public boolean reload() {
    Keyspace keyspace = engine.keyspace();
    keyspace.lock(keyspace.allShards());
    try {
      AppendLog current = log;
      if (isRewriting() || (current != null && !current.sync())) {
        return false;
      }
      LogDirectory directory = directory(isWal());
      keyspace.clear();
      if (directory.exists()) {
        load(directory);
      }
      return true;
    } catch (IOException e) {
      LOG.error("Error trying to load the AOF files: {}", e.getMessage());
      return false;
    } finally {
      keyspace.unlock(keyspace.allShards());
    }
  }

  private void use(AppendLog begun, boolean isWhole) {
    begun.timestamps(settings.flag("aof-timestamp-enabled"));
    begun.delayWrites(writeDelayMicros);
    begun.onFailure(this::restrict);
    begun.start();
    acknowledges = isWhole;
    log = begun;
    restrict(begun.failure());
  }

  /** Lets each write to the log take so many microseconds more, for tests. */
  public void delayWrites(long micros) {
    writeDelayMicros = micros;
    AppendLog current = log;
    if (current != null) {
      current.delayWrites(micros);
    }
  }

  private void restrict(@Nullable LogFailure why) {
    engine.conditions().restrict(Conditions.CANNOT_LOG, why != null && acknowledges);
  }

  /** Follows the settings, and looks after the log from now on. */
  void follow() {
    settings.onChange("appendonly", s -> turn(s.flag("appendonly")));
    settings.follow(this::updatePolicy, "appendfsync", "no-appendfsync-on-rewrite");
    settings.follow(
        this::updateDirectory, "aof-timestamp-enabled", "aof-disable-auto-gc", "wal-checkpoints");
    settings.onChange("dir", s -> moveLock());
    engine
        .cron()
        .scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void updatePolicy() {
    AppendLog current = log;
    if (current != null) {
      current.policy(policy());
    }
  }

  private void updateDirectory() {
    AppendLog current = log;
    if (current != null) {
      current.timestamps(settings.flag("aof-timestamp-enabled"));
      switch (current.directory()) {
        case AofDirectory aof -> aof.keepHistory(settings.flag("aof-disable-auto-gc"));
        case WalDirectory wal -> wal.keep((int) settings.number("wal-checkpoints"));
      }
    }
  }

  private @Nullable String moveLock() {
    Closeable held = directoryLock;
    if (held == null) {
      return null;
    }
    try {
      directoryLock = disk.lock(settings.resolve(LOCK_FILE));
      held.close();
      return null;
    } catch (IOException e) {
      return "Changing directory: " + e.getMessage();
    }
  }

  /** Turns the log on or off; returns why it cannot be. */
  private @Nullable String turn(boolean on) {
    if (!on) {
      stop();
    } else if (!wanted) {
      try {
        lockDirectory();
        prepare();
      } catch (IOException e) {
        LOG.error("Unable to turn on AOF: {}", e.toString());
        return "Unable to turn on AOF. Check server logs.";
      }
      wanted = true;
      nextTryMillis = 0;
      engine.cron().execute(this::look); // it takes locks that the caller may not wait for
    }
    return null;
  }

  /** Makes a log that the next rewrite begins. */
  private void prepare() throws IOException {
    AppendLog next = new AppendLog(directory(isWal()), engine.clock(), policy());
    next.prepare(endPosition);
    pending = next;
  }

  private void stop() {
    lock.lock();
    try {
      wanted = false;
      scheduled = false;
      pending = null;
      AppendLog current = log;
      if (current == null) {
        return;
      }
      if (rewriting) {
        LOG.info("Killing running AOF rewrite child: here it is a thread");
        snapshots.abort();
      }
      log = null;
      current.onFailure(why -> {});
      try {
        current.close();
      } catch (IOException e) {
        LOG.error("Closing the append log failed: {}", e.toString());
      }
      endPosition = current.appendedPosition();
      restrict(null);
    } finally {
      lock.unlock();
    }
  }

  // ---- rewriting

  /** Has the log rewritten as soon as that is possible. */
  public void schedule() {
    scheduled = true;
    nextTryMillis = 0;
    limitMillis = 0;
  }

  /**
   * Begins to rewrite the log in the background, as BGREWRITEAOF does even when there is none.
   *
   * @return false when a snapshot is being made already, or there is a failure
   */
  public boolean rewriteInBackground() {
    if (closed || !snapshots.acquire()) {
      return false;
    }
    boolean begun = false;
    try {
      rewriting = true;
      scheduled = false;
      nextTryMillis = engine.clock().millis() + RETRY_MILLIS;
      if (log == null && pending == null) {
        prepare();
      }
      Rewriting rewriting = new Rewriting();
      LOG.info("Background append only file rewriting started");
      snapshots.finishInBackground("hydrion-rewrite", rewriting::finish);
      begun = true;
    } catch (IOException e) {
      LOG.error("Can't rewrite append only file in background: {}", e.toString());
      figures = figures.began(seconds()).ended(false, seconds(), 0);
    } finally {
      if (!begun) {
        rewriting = false;
        snapshots.release();
      }
    }
    return begun;
  }

  private long seconds() {
    return engine.clock().millis() / 1000;
  }

  /** One rewrite. */
  private final class Rewriting {
    private final Snapshot snapshot;
    private @Nullable AppendLog rewritten;
    private @Nullable LogRewrite rewrite;

    Rewriting() {
      rewriting = true;
      figures = figures.began(seconds());
      updatePolicy();
      snapshot = snapshots.begin(this::cut);
    }

    /** At the moment of the snapshot, while nothing can change. */
    private void cut() {
      lock.lock();
      try {
        AppendLog next = pending;
        pending = null;
        if (next != null && !closed) {
          rewrite = next.cut();
          use(next, false);
        } else {
          next = log;
          rewrite = next == null ? null : next.cut();
        }
        rewritten = next;
      } finally {
        lock.unlock();
      }
    }

    boolean finish() {
      boolean worked = false;
      LogRewrite current = rewrite;
      if (current == null) { // the log has been turned off meanwhile
        snapshot.drop();
      } else {
        try {
          boolean isAof = current.directory() instanceof AofDirectory;
          current.install(snapshots.writeLogBase(snapshot, current.snapshot(), isAof));
          worked = true;
          LOG.info("Background AOF rewrite finished successfully");
        } catch (IOException e) {
          LOG.error("Rewriting the append only file failed: {}", e.toString());
          current.abandon();
        }
      }
      end(worked);
      return worked;
    }

    private void end(boolean worked) {
      Figures ended = figures.ended(worked, seconds(), snapshot.bytesBeforeChanges());
      rewriting = false;
      if (!worked) {
        delayNext(ended.failures);
      }
      lock.lock();
      try {
        AppendLog current = log;
        if (current != null && current == rewritten) {
          acknowledges |= worked;
          restrict(current.failure());
          updatePolicy();
          if (!wanted) { // BGREWRITEAOF of a server without a log
            stop();
            if (worked && current.directory() instanceof AofDirectory aof) {
              aof.endWithBase();
            }
          }
        }
      } finally {
        lock.unlock();
        snapshots.ending();
        figures = ended;
      }
    }
  }

  /** Waits longer and longer with the next try when several have failed. */
  private void delayNext(int failures) {
    if (failures < FAILURES_MAX) {
      return;
    }
    long minutes = Math.min(1L << Math.min(failures - FAILURES_MAX, 6), RETRY_MINUTES_MAX);
    limitMillis = engine.clock().millis() + TimeUnit.MINUTES.toMillis(minutes);
    untoldMinutes = minutes;
  }

  /** Tells once that the log has grown and is not rewritten nevertheless. */
  private void tellLimit(long growth) {
    long minutes = untoldMinutes;
    if (minutes > 0 && growth >= 0) {
      untoldMinutes = 0;
      LOG.warn(
          "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in"
              + " {} minutes",
          minutes);
    }
  }

  private void look() {
    try {
      if (isDue() && !snapshots.isBusy() && !engine.loading().isRunning()) {
        rewriteInBackground();
      }
    } catch (RuntimeException | AssertionError e) {
      LOG.error("looking after the append log failed", e);
    }
  }

  private boolean isDue() {
    AppendLog current = log;
    if (!wanted && !scheduled) {
      return false;
    }
    long now = engine.clock().millis();
    if (now < nextTryMillis) {
      return false;
    }
    if (current == null || scheduled) {
      return true;
    }
    LogFailure why = current.failure();
    if (why != null) {
      return !why.heals() && !current.isRestarting();
    }
    long growth = growth(current.directory());
    if (now < limitMillis) {
      tellLimit(growth);
      return false;
    }
    if (growth >= 0) {
      LOG.info("Starting automatic rewriting of AOF on {}% growth", growth);
    }
    return growth >= 0;
  }

  /** By how many percent the log has grown; -1 when that is not enough to rewrite it. */
  private long growth(LogDirectory directory) {
    long percentage = settings.number("auto-aof-rewrite-percentage");
    long size = directory.size();
    if (percentage == 0 || size <= settings.number("auto-aof-rewrite-min-size")) {
      return -1;
    }
    long growth = size * 100 / Math.max(1, directory.baseSize()) - 100;
    return growth >= percentage ? growth : -1;
  }

  @Override
  public void close() {
    closed = true;
    stop();
    Closeable held = directoryLock;
    directoryLock = null;
    if (held != null) {
      try {
        held.close();
      } catch (IOException e) {
        LOG.warn("Cannot give the directory back: {}", e.toString());
      }
    }
  }
}
