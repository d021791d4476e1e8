package io.hydrion.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** CLIENT PAUSE: holds commands back until a time. Thread-safe. */
public final class Pause {
  /** What is held back. */
  public enum Mode {
    OFF,
    WRITES,
    ALL
  }

  private final Engine engine;
  private final List<Session> postponed = new ArrayList<>();
  private volatile Mode mode = Mode.OFF;
  private long untilMillis;

  Pause(Engine engine) {
    this.engine = engine;
  }

  public Mode mode() {
    return mode;
  }

  /** Begins, or extends and sharpens, a pause. */
  public synchronized void begin(Mode wanted, long until) {
    mode = mode == Mode.ALL ? Mode.ALL : wanted;
    untilMillis = Math.max(mode == Mode.OFF ? 0 : untilMillis, until);
    engine.restrict(Engine.PAUSED, true);
    long delay = Math.max(0, untilMillis - engine.clock().millis());
    engine.cron().schedule(this::endWhenDue, delay, TimeUnit.MILLISECONDS);
  }

  private synchronized void endWhenDue() {
    if (mode != Mode.OFF && engine.clock().millis() >= untilMillis) {
      end();
    }
  }

  /** Ends the pause and lets the held-back commands run. */
  public synchronized void end() {
    mode = Mode.OFF;
    untilMillis = 0;
    engine.restrict(Engine.PAUSED, false);
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
      if (mode == Mode.ALL || (mode == Mode.WRITES && mayWrite(session, command))) {
        postponed.add(session);
        return true;
      }
      return false;
    }
  }

  private static boolean mayWrite(Session session, Command command) {
    int writes = Flags.WRITE | Flags.MAY_REPLICATE;
    Transaction t = session.transaction;
    return (command.flags() & writes) != 0
        || (t != null && command.name().equals("exec") && t.has(writes));
  }

  synchronized void forget(Session session) {
    postponed.remove(session);
  }

  /** How many clients are held back. */
  public synchronized int postponedCount() {
    return postponed.size();
  }
}
