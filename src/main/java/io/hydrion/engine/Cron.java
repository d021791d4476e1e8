package io.hydrion.engine;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The thread of what the server does by itself: expiry, samples, and eviction when maxmemory is
 * lowered. Others may give it small tasks. Thread-safe.
 */
final class Cron implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Cron.class);

  /** How long {@link #close} waits for the thread. */
  private static final long CLOSE_MILLIS_MAX = 5000;

  private static final long EXPIRY_NS_MAX = 25_000_000;

  private final Engine engine;
  private final Worker worker;
  private final Expiry expiry;
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(1, this::newThread);
  private final AtomicBoolean shrinking = new AtomicBoolean();
  private volatile @Nullable Thread thread;
  private volatile boolean paused;

  /**
   * @param worker what its commands count and reply in
   */
  Cron(Engine engine, Worker worker) {
    this.engine = engine;
    this.worker = worker;
    expiry = new Expiry(engine, worker);
    executor.setRemoveOnCancelPolicy(true);
  }

  private Thread newThread(Runnable task) {
    Thread made = new Thread(task, "hydrion-cron");
    made.setDaemon(true);
    thread = made;
    return made;
  }

  /** Begins what is done again and again. */
  void start() {
    scheduleTick();
    int period = InstantaneousMetrics.PERIOD_MS;
    executor.scheduleWithFixedDelay(this::sample, period, period, TimeUnit.MILLISECONDS);
  }

  ScheduledExecutorService executor() {
    return executor;
  }

  /** The removal of expired keys. */
  Expiry expiry() {
    return expiry;
  }

  /** Stops what is done hz times a second, or lets it go on. */
  void setPaused(boolean value) {
    paused = value;
  }

  /** See {@link Engine#shrinkSoon}. */
  void shrinkSoon() {
    if (!executor.isShutdown() && shrinking.compareAndSet(false, true)) {
      executor.execute(this::shrink);
    }
  }

  private void shrink() {
    shrinking.set(false);
    engine.eviction().makeRoom(worker);
  }

  private void scheduleTick() {
    executor.schedule(this::tick, 1000 / engine.settings().hz(), TimeUnit.MILLISECONDS);
  }

  /** What is done hz times a second. */
  private void tick() {
    try {
      if (paused) {
        return;
      }
      long began = engine.clock().nanos();
      expiry.run(EXPIRY_NS_MAX);
      engine.spike("expire-cycle", engine.clock().nanos() - began);
    } catch (RuntimeException | AssertionError e) {
      LOG.error("active expiry failed", e);
    } finally {
      if (!executor.isShutdown()) {
        scheduleTick();
      }
    }
  }

  private void sample() {
    try {
      engine.metrics().noteMemory(engine.usedMemory());
      boolean above = !engine.eviction().isWithinLimit();
      engine.counters().sample(engine.metrics(), engine.clock().nanos(), above);
    } catch (RuntimeException | AssertionError e) {
      LOG.error("sampling failed", e);
    }
  }

  /** Ends the thread, and waits until it has ended. */
  @Override
  public void close() {
    executor.shutdownNow();
    Thread running = thread;
    if (running != null && running != Thread.currentThread()) {
      try {
        running.join(CLOSE_MILLIS_MAX);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
