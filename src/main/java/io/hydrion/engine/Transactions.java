package io.hydrion.engine;

import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.Heap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * MULTI and what follows it: commands are queued, and run as one when no watched key has changed.
 */
public final class Transactions {
  /*
   * EXEC runs under the locks of all shards that its commands or the watched keys need, taken at
   * once and in order. So nobody sees a part of its work, and the watched keys stay what they were
   * found to be until it is done. A handler that walks over the keyspace takes shards' locks by
   * itself, one after the other; inside a transaction that could be out of order, so a command that
   * may do so makes EXEC take all of them first.
   */
  private static final Logger LOG = LogManager.getLogger(Transactions.class);

  /** Transactions that hold less than this are queued without asking for room, in bytes. */
  private static final int LARGE = 1024 * 1024;

  private final Engine engine;

  Transactions(Engine engine) {
    this.engine = engine;
  }

  /** Begins to queue what a client sends. */
  public void begin(Session s) {
    s.setTransaction(new Transaction());
  }

  /**
   * Queues a command.
   *
   * @return false when there is no memory for it; nothing has been replied then
   */
  boolean add(Session s, Transaction t, Request q) {
    if (t.hasFailed() || s.dirty) {
      return true;
    }
    if (t.memory() + q.byteCount() > LARGE && !Heap.hasRoomFor(q.byteCount())) {
      return false;
    }
    QueuedCommand command = q.queue();
    t.add(command);
    engine.clientMemory().update(s);
    if (t.memory() > engine.settings().clientQueryBufferLimit()) {
      LOG.warn("Closing client {} that queued too much in a transaction", s.address());
      s.closeAfterReply();
    }
    return true;
  }

  /**
   * Forgets what a client has queued and what it watches. The caller holds the locks of the shards
   * of all watched keys, or no lock.
   */
  public void discard(Session s) {
    Transaction t = s.transaction;
    if (t != null) {
      s.setTransaction(null);
      engine.clientMemory().update(s);
    }
    engine.watches().unwatchAll(s);
  }

  /** Lets the client watch its command's keys from an argument on, whose locks are held. */
  public void watch(Request q, int firstKey) {
    Session s = q.session();
    if (s.dirty) {
      return; // EXEC will fail anyhow
    }
    for (int i = firstKey; i < q.argc(); i++) {
      Entry e = q.key(i);
      engine.watches().watch(s, q.db().index(), e, q.now());
    }
  }

  /** Forgets what a client watches. The caller holds no lock. */
  public void unwatch(Session s) {
    engine.watches().unwatchAll(s);
  }

  /** The shards whose locks EXEC needs. */
  long shards(Worker w, Session s) {
    Transaction t = s.transaction;
    if (t == null) {
      return 0;
    }
    long set = engine.watches().shards(s);
    if (t.hasFailed() || s.dirty) {
      return set;
    }
    long all = engine.keyspace().allShards();
    Request q = w.transactionRequest();
    for (QueuedCommand command : t.commands()) {
      if (mayWalk(command.command())) {
        return all;
      }
      command.point(q, s);
      set |= q.shardSet();
    }
    return set;
  }

  /** Whether a command names no keys and yet may look at some. */
  private static boolean mayWalk(Command row) {
    boolean touches = (row.flags() & (Flags.READONLY | Flags.WRITE)) != 0;
    return row.keySpecs().isEmpty() && (touches || !row.has(Flags.FAST)) && !row.has(Flags.PUBSUB);
  }

  /** Runs what a client has queued, under the locks that {@link #shards} told. */
  public void exec(Request q, RespWriter out) {
    Session s = q.session();
    Transaction t = s.transaction;
    if (t == null) {
      out.error("ERR EXEC without MULTI");
      return;
    }
    q.worker().readClock();
    try {
      if (t.hasFailed()) {
        out.error(Errors.EXEC_ABORT);
      } else if (s.dirty || engine.watches().anyExpired(s, q.now())) {
        out.nilArray();
      } else {
        engine.watches().unwatchAll(s);
        run(q.worker(), s, t, out);
      }
    } finally {
      discard(s);
    }
  }

  private void run(Worker w, Session s, Transaction t, RespWriter out) {
    out.array(t.size());
    Request q = w.beginTransaction();
    try {
      for (QueuedCommand command : t.commands()) {
        command.point(q, s);
        w.calling(command.command());
        engine.dispatcher().invoke(w, q, command.command());
        engine.publish(w, w.changes().drain());
      }
    } finally {
      w.endTransaction();
    }
  }
}
