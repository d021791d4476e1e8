package io.hydrion.engine;

import io.hydrion.config.Settings;
import io.hydrion.persistence.AofDirectory;
import io.hydrion.persistence.AppendLog;
import io.hydrion.persistence.LogDirectory;
import io.hydrion.persistence.LogFailure;
import io.hydrion.persistence.LogRewrite;
import io.hydrion.persistence.Snapshot;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The rewriting of the append log as a snapshot and what follows it: when it is asked for, when the
 * log has grown, when one is to begin or has failed. Thread-safe.
 */
public final class Rewriting {
  private static final Logger LOG = LogManager.getLogger(Rewriting.class);

  /** How often it is looked whether the log should be rewritten. */
  private static final long LOOK_MILLIS = 100;

  /** After a failure a rewrite is tried again when so much time has passed. */
  private static final long RETRY_MILLIS = 1000;

  /** After so many failures in a row it takes twice as long each time until the next try. */
  private static final int FAILURES_MAX = 3;

  private static final long RETRY_MINUTES_MAX = 60;

  private final Engine engine;
  private final Settings settings;
  private final Durability durability;
  private final Snapshots snapshots;

  /** A rewrite is wanted as soon as one can be made. */
  private volatile boolean scheduled;

  private volatile long nextTryMillis;

  /** Until when a log that has grown is not rewritten; one that has failed is. */
  private volatile long limitMillis;

  /** How long the next try was put off after failures, as long as nobody has been told. */
  private volatile long untoldMinutes;

  /** The one under way; null when there was no log any more at the moment of its snapshot. */
  private @Nullable LogRewrite current;

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

  Rewriting(Engine engine, Durability durability, Snapshots snapshots) {
    this.engine = engine;
    this.durability = durability;
    this.snapshots = snapshots;
    settings = engine.settings();
  }

  private long seconds() {
    return engine.clock().millis() / 1000;
  }

  public Figures figures() {
    return figures;
  }

  /** Whether a rewrite has begun and not ended. */
  boolean isUnderWay() {
    return figures.beganSeconds >= 0;
  }

  /** Whether the log is being rewritten, or begun, or will be presently. */
  public boolean isRunning() {
    return isUnderWay() || (durability.isPending() && !engine.saving().isRunning());
  }

  /** Whether a rewrite is to begin as soon as it can: when the database file is written, maybe. */
  public boolean isScheduled() {
    return scheduled || (durability.isPending() && engine.saving().isRunning());
  }

  // ---- one rewrite

  /**
   * Begins to rewrite the log in the background, as BGREWRITEAOF does even when there is none.
   *
   * @return false when a snapshot is being made already, or there is a failure
   */
  public boolean rewriteInBackground() {
    if (durability.isClosed() || !snapshots.acquire()) {
      return false;
    }
    scheduled = false;
    nextTryMillis = engine.clock().millis() + RETRY_MILLIS;
    boolean begun = false;
    try {
      Snapshot snapshot = begin();
      LOG.info("Background append only file rewriting started");
      snapshots.finishInBackground("hydrion-rewrite", () -> finish(snapshot));
      begun = true;
    } catch (IOException e) {
      LOG.error("Can't rewrite append only file in background: {}", e.toString());
    } finally {
      if (!begun) {
        figures = figures.ended(false, seconds(), 0);
        snapshots.release();
      }
    }
    return begun;
  }

  /**
   * Rewrites the log and returns when that is done; only before anybody else can ask for snapshots.
   *
   * @return false when it could not be written
   * @throws IOException when it could not be begun
   */
  boolean rewrite() throws IOException {
    boolean acquired = snapshots.acquire();
    assert acquired;
    try {
      return finish(begin());
    } finally {
      snapshots.release();
    }
  }

  /** Has the log rewritten as soon as that is possible. */
  public void schedule() {
    scheduled = true;
    nextTryMillis = 0;
    limitMillis = 0;
  }

  /** Drops the rewrite under way, and one that is scheduled: the log is turned off. */
  void drop() {
    scheduled = false;
    if (isUnderWay()) {
      LOG.info("Killing running AOF rewrite child: here it is a thread");
      snapshots.abort();
    }
  }

  private Snapshot begin() throws IOException {
    figures = figures.began(seconds());
    durability.beforeRewrite();
    return snapshots.begin(() -> current = durability.cut());
  }

  private boolean finish(Snapshot snapshot) {
    LogRewrite rewrite = current;
    current = null;
    boolean worked = false;
    try {
      if (rewrite == null) {
        snapshot.drop();
      } else {
        worked = install(snapshot, rewrite);
      }
    } finally {
      end(rewrite, worked, snapshot.bytesBeforeChanges());
    }
    return worked;
  }

  private boolean install(Snapshot snapshot, LogRewrite rewrite) {
    boolean worked = false;
    try {
      boolean isAof = rewrite.log().directory() instanceof AofDirectory;
      rewrite.install(snapshots.writeLogBase(snapshot, rewrite.snapshot(), isAof));
      worked = true;
      LOG.info("Background AOF rewrite finished successfully");
    } catch (IOException e) {
      LOG.error("Rewriting the append only file failed: {}", e.toString());
    } finally {
      if (!worked) {
        rewrite.abandon();
      }
    }
    return worked;
  }

  private void end(@Nullable LogRewrite rewrite, boolean worked, long copied) {
    Figures ended = figures.ended(worked, seconds(), copied);
    if (!worked) {
      delayNext(ended.failures);
    }
    try {
      if (rewrite != null) {
        durability.afterRewrite(rewrite.log(), worked);
      }
    } finally {
      snapshots.ending();
      figures = ended;
      durability.updatePolicy();
    }
  }

  // ---- when to rewrite

  /** Begins to look whether the log should be rewritten. */
  void start() {
    engine
        .cron()
        .scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Looks whether the log should be rewritten as soon as the caller has let its locks go. */
  void lookSoon() {
    nextTryMillis = 0;
    engine.cron().execute(this::look);
  }

  private void look() {
    try {
      if (!snapshots.isBusy() && !engine.loading().isRunning() && isDue()) {
        boolean unused = rewriteInBackground();
      }
    } catch (RuntimeException | AssertionError e) {
      LOG.error("looking after the append log failed", e);
    }
  }

  private boolean isDue() {
    AppendLog log = durability.log();
    if (!durability.isWanted() && !scheduled) {
      return false;
    }
    long now = engine.clock().millis();
    if (now < nextTryMillis) {
      return false;
    }
    if (log == null || scheduled) {
      return true;
    }
    LogFailure why = log.failure();
    if (why != null) {
      return !why.heals() && !log.isRestarting();
    }
    long growth = growth(log.directory());
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
}
