package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Keyspace;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait while work is done for them that needs no lock and may take long (MIGRATE's
 * talk with another server). Thread-safe.
 */
public final class Errands {
  /*
   * Each errand has a virtual thread. It does the work and then finishes the client's command: with
   * a worker of its own, under the locks of the command's keys, which others have been free to
   * change meanwhile. A command may send its client on another errand when it finishes; the same
   * thread goes on with that.
   *
   * Such a client is not what Redis calls blocked: CLIENT UNBLOCK and timeouts do not concern it.
   * One that disconnects leaves its errand to its end, as Redis would carry such a command out; only
   * CLIENT KILL and the server's end interrupt it, which closes a socket that it waits for.
   */
  private static final long CLOSE_MILLIS_MAX = 1000;

  private final Engine engine;
  private final Keyspace keyspace;
  private final Set<Errand> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** What is done for one client; belongs to its thread once that has begun. */
  final class Errand {
    private final Session session;
    private final QueuedCommand command;
    private final long shardSet;
    private final long redacted;
    private final long beganNanos;
    private Runnable work;
    private Handler then;
    private final Thread thread;

    Errand(Request q, Runnable work, Handler then) {
      session = q.session();
      command = q.queue();
      shardSet = q.shardSet();
      redacted = q.redacted();
      beganNanos = engine.clock().nanos();
      this.work = work;
      this.then = then;
      thread = Thread.ofVirtual().name("hydrion-errand").unstarted(this::run);
    }

    private void run() {
      Errands.this.run(this);
    }
  }

  Errands(Engine engine) {
    this.engine = engine;
    keyspace = engine.keyspace();
  }

  /** How many there are. */
  public int size() {
    return running.size();
  }

  /** Sends the client of the command at hand on an errand; the command's locks are held. */
  void begin(Request q, Runnable work, Handler then) {
    Session session = q.session();
    Errand errand = session.errand;
    if (errand != null && q.isRetry()) {
      errand.work = work;
      errand.then = then;
      return;
    }
    Errand first = new Errand(q, work, then);
    session.halt = Session.Halt.BLOCKED;
    session.errand = first;
    running.add(first);
    first.thread.start();
    if (closed) {
      first.thread.interrupt();
    }
  }

  private void run(Errand errand) {
    Worker w = engine.newWorker();
    try {
      byte[] reply;
      do {
        try {
          errand.work.run();
        } catch (RuntimeException | Error e) {
          errand.then = (q, out) -> failed(e);
        }
        reply = finish(w, errand);
        if (reply != null) {
          errand.session.errand = null;
          Blocking.release(errand.session, reply, w.effects().takePosition());
        }
        engine.aftermath(w);
      } while (reply == null);
    } catch (RejectedExecutionException e) {
      // The client's thread has ended with the server.
    } finally {
      running.remove(errand);
      engine.retire(w);
    }
  }

  /** A mistake of ours, for the dispatcher to log and to answer. */
  private static void failed(Throwable e) {
    throw new IllegalStateException(e);
  }

  /** Finishes the command; returns its reply, or null when there is more work to be done first. */
  private byte @Nullable [] finish(Worker w, Errand errand) {
    RespWriter out = w.out();
    keyspace.lock(errand.shardSet);
    try {
      w.begin(errand.beganNanos);
      out.setResp3(errand.session.resp3);
      Request q = w.request();
      errand.command.point(q, errand.session);
      q.setRetry(null);
      q.setRedacted(errand.redacted);
      w.calling(q.command());
      engine.dispatcher().invoke(w, q, q.command(), errand.then, out);
      return q.stillBlocked() ? null : out.toBytes();
    } finally {
      keyspace.unlock(errand.shardSet);
      w.end();
    }
  }

  /** Lets a client's errand end soon: what it waits for fails. */
  void interrupt(Session session) {
    Errand errand = session.errand;
    if (errand != null) {
      errand.thread.interrupt();
    }
  }

  /** Ends all errands, and waits a while until they have ended. */
  void close() {
    closed = true;
    running.forEach(errand -> errand.thread.interrupt());
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS_MAX);
    for (Errand errand : running) {
      long left = Math.max(1, end - System.nanoTime());
      try {
        boolean unused = errand.thread.join(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
