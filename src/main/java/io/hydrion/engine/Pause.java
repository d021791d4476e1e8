package io.hydrion.engine;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** CLIENT PAUSE: holds commands back until a time. Thread-safe. */
public final class Pause {
  /** What is held back. */
  public enum Mode {
    OFF,
    WRITES,
    ALL
  }

  /** The end is looked for at least this often: the clock may be set. */
  private static final long TIMER_STEP_MILLIS = 100;

  private final Engine engine;
  private final Set<Session> postponed = new LinkedHashSet<>();
  private volatile Mode mode = Mode.OFF;
  private volatile long untilMillis;
  private @Nullable Future<?> timer;

  Pause(Engine engine) {
    this.engine = engine;
  }

  public Mode mode() {
    return mode;
  }

  /** Begins, or extends and sharpens, a pause. */
  public synchronized void begin(Mode wanted, long until) {
    untilMillis = mode == Mode.OFF ? until : Math.max(untilMillis, until);
    mode = mode == Mode.ALL ? Mode.ALL : wanted;
    engine.conditions().restrict(Conditions.PAUSED, true);
    schedule();
  }

  private void schedule() {
    if (timer != null) {
      timer.cancel(false);
    }
    long left = Math.max(1, untilMillis - engine.clock().millis());
    timer =
        engine
            .cron()
            .schedule(this::endWhenDue, Math.min(left, TIMER_STEP_MILLIS), TimeUnit.MILLISECONDS);
  }

  private synchronized void endWhenDue() {
    if (mode == Mode.OFF) {
      return;
    }
    if (engine.clock().millis() >= untilMillis) {
      end();
    } else {
      schedule();
    }
  }

  /** Ends the pause and lets the held-back commands run. */
  public synchronized void end() {
    mode = Mode.OFF;
    untilMillis = 0;
    engine.conditions().restrict(Conditions.PAUSED, false);
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    for (Session session : postponed) {
      session.outlet().resume();
    }
    postponed.clear();
  }

  /** Whether a client's command is held back; if so, the client is told when it may run. */
  boolean postpones(Session session, Command command) {
    if (mode == Mode.OFF) {
      return false;
    }
    synchronized (this) {
      if (mode != Mode.OFF && engine.clock().millis() >= untilMillis) {
        end();
      }
      if (mode == Mode.ALL
          || (mode == Mode.WRITES
              && Gate.does(session, command, Flags.WRITE | Flags.MAY_REPLICATE))) {
        postponed.add(session);
        return true;
      }
      return false;
    }
  }

  /** Forgets a client; false when it is not held back, or has been let go on. */
  synchronized boolean forget(Session session) {
    return postponed.remove(session);
  }

  /** How many clients are held back. */
  public synchronized int postponedCount() {
    return postponed.size();
  }
}
