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
import io.hydrion.persistence.WalDirectory;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The append log of the keys' changes: its loading at the start, its beginning and end as the
 * settings want it, and what waits for it. {@link Rewriting} rewrites it. Thread-safe.
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

  private final Engine engine;
  private final Settings settings;
  private final Snapshots snapshots;
  private final Disk disk;
  private final DirectoryLock directoryLock;

  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable AppendLog log;

  /** A log that is to be begun by the next rewrite. */
  private volatile @Nullable AppendLog pending;

  /** Whether replies wait for the log. */
  private volatile boolean acknowledges;

  private volatile boolean wanted;

  /** No log begins any more: the server ends. */
  private volatile boolean closed;

  private volatile long endPosition;
  private volatile long writeDelayMicros;

  Durability(Engine engine, Snapshots snapshots, Disk disk) {
    this.engine = engine;
    this.snapshots = snapshots;
    this.disk = disk;
    settings = engine.settings();
    directoryLock = new DirectoryLock(settings, disk);
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

  /** See {@link AppendLog#trySync}; only for threads that nobody interrupts. */
  public boolean trySync(long position) {
    AppendLog current = log;
    return current == null || !acknowledges || current.trySync(position);
  }

  /** See {@link AppendLog#gatherNanos}. */
  public long gatherNanos() {
    AppendLog current = log;
    return current == null || !acknowledges ? 0 : current.gatherNanos();
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
      directoryLock.acquire();
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
    wanted = true;
    if (!engine.rewriting().rewrite()) {
      throw new IOException("The append log cannot be begun, see the server's log");
    }
  }

  /** Makes a log that the next rewrite begins. */
  private void prepare() throws IOException {
    AppendLog next = new AppendLog(directory(isWal()), engine.clock(), policy());
    next.prepare(endPosition);
    pending = next;
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

  private void restrict(@Nullable LogFailure why) {
    engine.conditions().restrict(Conditions.CANNOT_LOG, why != null && acknowledges);
  }

  /** Lets each write to the log take so many microseconds more, for tests. */
  public void delayWrites(long micros) {
    writeDelayMicros = micros;
    AppendLog current = log;
    if (current != null) {
      current.delayWrites(micros);
    }
  }

  private void stop() {
    lock.lock();
    try {
      wanted = false;
      engine.rewriting().drop();
      closeLog();
    } finally {
      lock.unlock();
    }
  }

  private void closeLog() {
    assert lock.isHeldByCurrentThread();
    pending = null;
    AppendLog current = log;
    if (current == null) {
      return;
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
  }

  @Override
  public void close() {
    closed = true;
    stop();
    directoryLock.close();
  }

  // ---- loading

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
      if (engine.rewriting().isRunning() || (current != null && !current.sync())) {
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

  // ---- what the settings want

  /** Follows the settings. */
  void follow() {
    settings.onChange("appendonly", s -> turn(s.flag("appendonly")));
    settings.follow(this::updatePolicy, "appendfsync", "no-appendfsync-on-rewrite");
    settings.follow(
        this::updateDirectory, "aof-timestamp-enabled", "aof-disable-auto-gc", "wal-checkpoints");
    settings.onChange("dir", s -> directoryLock.move());
  }

  /** Takes up what the settings want of syncs, which may be less during a rewrite. */
  void updatePolicy() {
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

  /** Turns the log on or off; returns why it cannot be. */
  private @Nullable String turn(boolean on) {
    if (!on) {
      stop();
    } else if (!wanted) {
      try {
        directoryLock.acquire();
        lock.lock();
        try {
          if (log == null) { // else it is being rewritten without being wanted, and goes on now
            prepare();
          }
        } finally {
          lock.unlock();
        }
      } catch (IOException e) {
        LOG.error("Unable to turn on AOF: {}", e.toString());
        return "Unable to turn on AOF. Check server logs.";
      }
      wanted = true;
      engine.rewriting().lookSoon(); // which takes locks that the caller may not wait for
    }
    return null;
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
    boolean spared = engine.rewriting().isUnderWay() && settings.flag("no-appendfsync-on-rewrite");
    return spared ? FsyncPolicy.NO : FsyncPolicy.of(settings.text("appendfsync"));
  }

  // ---- around a rewrite

  /** Whether the next rewrite is to begin a log. */
  boolean isPending() {
    return pending != null;
  }

  /** Whether nothing is to be rewritten any more: the server ends. */
  boolean isClosed() {
    return closed;
  }

  /** Is told that a rewrite begins, which needs a log, even if none is wanted. */
  void beforeRewrite() throws IOException {
    if (log == null && pending == null) {
      prepare();
    }
    updatePolicy();
  }

  /**
   * Begins the rewrite of the log, at the moment of its snapshot, while nothing can change.
   *
   * @return null when the log has been turned off meanwhile
   */
  @Nullable LogRewrite cut() {
    lock.lock();
    try {
      AppendLog next = pending;
      pending = null;
      if (next == null || closed) {
        AppendLog current = log;
        return current == null ? null : current.cut();
      }
      LogRewrite rewrite = next.cut();
      use(next, false);
      return rewrite;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Is told that the rewrite of a log is over.
   *
   * @param worked whether it has been installed: the log is whole
   */
  void afterRewrite(AppendLog rewritten, boolean worked) {
    lock.lock();
    try {
      if (log != rewritten) {
        return; // it has been turned off meanwhile
      }
      acknowledges |= worked;
      restrict(rewritten.failure());
      if (!wanted) { // BGREWRITEAOF of a server without a log
        closeLog();
        if (worked && rewritten.directory() instanceof AofDirectory aof) {
          aof.endWithBase();
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
