package io.hydrion.engine;

import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The clients that MONITOR what all others do. Thread-safe. */
public final class Monitors {
  /** Commands of less than so many bytes are shown without asking for room. */
  private static final int LARGE = 256 * 1024;

  /** What is shown of a command for which there is no room. */
  private static final int CUT_ARGUMENTS = 32;

  private static final int CUT_BYTES = 128;

  private final Engine engine;
  private final List<Session> sessions = new CopyOnWriteArrayList<>();

  Monitors(Engine engine) {
    this.engine = engine;
  }

  public synchronized void add(Session session) {
    if (!session.monitor) {
      session.monitor = true;
      sessions.add(session);
      engine.conditions().restrict(Conditions.MONITORED, true);
    }
  }

  /** Lets a client no longer monitor. */
  public synchronized void remove(Session session) {
    session.monitor = false;
    if (sessions.remove(session) && sessions.isEmpty()) {
      engine.conditions().restrict(Conditions.MONITORED, false);
    }
  }

  boolean isEmpty() {
    return sessions.isEmpty();
  }

  public int size() {
    return sessions.size();
  }

  /** Shows a command that has just run, unless nobody looks or it is none to be shown. */
  void feed(Worker w, Request q, Command row) {
    if (!isEmpty() && !row.has(Flags.SKIP_MONITOR) && !row.has(Flags.ADMIN)) {
      feed(w, q);
    }
  }

  /** Shows a command. */
  void feed(Worker w, Request q) {
    long micros = engine.clock().micros();
    StringBuilder line = new StringBuilder("+");
    line.append(micros / 1_000_000).append('.');
    String fraction = Long.toString(micros % 1_000_000 + 1_000_000);
    line.append(fraction, 1, fraction.length());
    line.append(" [").append(q.db().index()).append(' ');
    if (q.session().isUnixSocket()) {
      line.append("unix:");
    }
    line.append(q.session().address()).append(']');
    boolean whole = fits(q);
    int shown = whole ? q.argc() : Math.min(q.argc(), CUT_ARGUMENTS);
    for (int i = 0; i < shown; i++) {
      line.append(' ');
      if (q.isRedacted(i)) {
        line.append("\"(redacted)\"");
      } else {
        int length = whole ? q.length(i) : Math.min(q.length(i), CUT_BYTES);
        quote(line, q.bytes(), q.offset(i), length);
      }
    }
    if (!whole) {
      line.append(" ... (").append(q.byteCount()).append(" bytes in all)");
    }
    byte[] bytes = Bytes.of(line.append("\r\n").toString());
    for (Session session : sessions) {
      w.deliver(session, bytes, session::isMonitor);
    }
  }

  /** Whether there is room for a command in full: escaped, as a text and as bytes. */
  private static boolean fits(Request q) {
    long escaped = q.byteCount() * 4L;
    return q.byteCount() < LARGE
        || (escaped < Integer.MAX_VALUE / 2 && Heap.hasRoomFor(escaped * 4));
  }

  /** Appends bytes in double quotes, escaped as Redis does it for people to read. */
  public static void quote(StringBuilder to, byte[] a, int off, int len) {
    to.append('"');
    for (int i = off; i < off + len; i++) {
      int c = a[i] & 0xff;
      switch (c) {
        case '\\', '"' -> to.append('\\').append((char) c);
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        case 7 -> to.append("\\a");
        case '\b' -> to.append("\\b");
        default -> {
          if (c >= ' ' && c < 127) {
            to.append((char) c);
          } else {
            to.append("\\x").append(Character.forDigit(c >> 4, 16));
            to.append(Character.forDigit(c & 15, 16));
          }
        }
      }
    }
    to.append('"');
  }
}
