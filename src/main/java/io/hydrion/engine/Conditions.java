package io.hydrion.engine;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.config.Settings;

/**
 * What settings and circumstances ask of every command, in fields that are quick to look at: who
 * changes a setting or a circumstance works them out, so that a command need not. Thread-safe.
 */
final class Conditions {
  /** Bits of {@link #restrictions}: why no command may take the short way. */
  static final int PAUSED = 1 << 16;

  static final int MONITORED = 1 << 17;

  /** There are fewer replicas than writes are to reach. */
  static final int LACKS_REPLICAS = 1 << 18;

  /** The keys are being loaded. */
  static final int LOADING = 1 << 19;

  /** The last snapshot in the background could not be written. */
  static final int CANNOT_SAVE = 1 << 20;

  /** The append log cannot be written. */
  static final int CANNOT_LOG = 1 << 21;

  private static final long TIMED_IN_RUNS_MICROS = 1000;

  private final Engine engine;
  private final Settings settings;
  private volatile int restrictions;
  private volatile int notifiedClasses;
  private volatile boolean observed;
  private volatile boolean tracksLatency;
  private volatile boolean timesEachCommand;

  Conditions(Engine engine) {
    this.engine = engine;
    settings = engine.settings();
  }

  /** Works everything out, now and whenever a setting changes. */
  void followSettings() {
    settings.follow(this::updateObserved, "notify-keyspace-events");
    settings.follow(() -> tracksLatency = settings.latencyTracking(), "latency-tracking");
    settings.follow(this::updateReplicasWanted, "min-replicas-to-write", "min-replicas-max-lag");
    settings.follow(this::updateTiming, "slowlog-log-slower-than", "latency-monitor-threshold");
  }

  int restrictions() {
    return restrictions;
  }

  synchronized void restrict(int bit, boolean on) {
    restrictions = on ? restrictions | bit : restrictions & ~bit;
    updateTiming();
  }

  /** There are no replicas yet, so any that are wanted are missing. */
  private void updateReplicasWanted() {
    restrict(
        LACKS_REPLICAS,
        settings.number("min-replicas-to-write") > 0
            && settings.number("min-replicas-max-lag") > 0);
  }

  /** Whether anybody wants to know of changes to keys. */
  boolean isObserved() {
    return observed;
  }

  /** The classes of keyspace events that are published. */
  int notifiedClasses() {
    return notifiedClasses;
  }

  /** Is told that somebody watches keys now, or that nobody does any more. */
  synchronized void updateObserved() {
    int events = settings.notifyKeyspaceEvents();
    boolean anywhere = (events & (KeyspaceEvents.KEYSPACE | KeyspaceEvents.KEYEVENT)) != 0;
    notifiedClasses = anywhere ? events : 0;
    observed = notifiedClasses != 0 || engine.watches().size() > 0;
  }

  /**
   * Whether each command is timed by itself: somebody monitors, or looks for commands that take
   * less than a run of brief ones may.
   */
  boolean timesEachCommand() {
    return timesEachCommand;
  }

  private synchronized void updateTiming() {
    long slow = settings.slowlogLogSlowerThan();
    timesEachCommand =
        (slow >= 0 && slow < TIMED_IN_RUNS_MICROS)
            || settings.latencyMonitorThreshold() > 0
            || (restrictions & MONITORED) != 0;
  }

  /** Whether it is kept how often a command took how long. */
  boolean tracksLatency() {
    return tracksLatency;
  }
}
