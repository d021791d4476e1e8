package io.hydrion.engine;

import io.hydrion.protocol.CommandBatch;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.ReplyTooLargeException;
import io.hydrion.protocol.RespDecoder;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Keyspace;
import io.hydrion.store.StoreFullException;
import java.io.IOException;

/**
 * Takes the commands of a read through their checks and locks to their handlers, in order, on the
 * thread that read them.
 */
public final class Dispatcher {
  private final Engine engine;
  private final Conditions conditions;
  private final Keyspace keyspace;
  private final Gate gate;

  Dispatcher(Engine engine) {
    this.engine = engine;
    conditions = engine.conditions();
    keyspace = engine.keyspace();
    gate = new Gate(engine);
  }

  /**
   * Runs the commands in a range of bytes and leaves their replies in the worker's writer.
   *
   * @return the offset of the first byte that is still needed: an unfinished command, or, when the
   *     session has been halted or its turn is over, commands that are to run later
   */
  public int process(Session s, Worker w, byte[] a, int from, int end) {
    CommandBatch batch = w.batch();
    RespDecoder decoder = s.decoder();
    RespWriter out = w.out();
    out.setResp3(s.resp3);
    if (!s.isAuthenticated()) {
      decoder.setAuthenticated(engine.settings().requirepass() == null);
    }
    w.begin(s, end - from, a.length - end);
    engine.eviction().makeRoom(w); // clients' buffers count too, and these grow by reads as well
    int at = from;
    try {
      while (at < end) {
        batch.clear();
        int most = s.isAuthenticated() ? CommandBatch.COMMANDS_MAX : 1;
        int next = decoder.decode(a, at, end, batch, most);
        int count = batch.count();
        if (count > 0) {
          Prefetch.prepare(w, s.database, a);
        }
        for (int i = 0; i < count; i++) {
          run(s, w, a, i);
          if (s.halt != Session.Halt.NONE || w.isTurnOver()) {
            decoder.restore(a);
            decoder.reset();
            int start = i == 0 ? at : batch.end(i - 1);
            return s.halt == Session.Halt.POSTPONED ? start : batch.end(i);
          }
        }
        at = next;
        String error = decoder.error();
        if (error != null) {
          out.error("ERR " + error);
          s.closeAfterReply();
          return end;
        }
        if (count < most && !decoder.endedEarly()) {
          break;
        }
      }
    } finally {
      if (w.request().session() == s && s.lastCommand != w.running()) {
        s.lastCommand = w.running();
      }
      if (engine.isReplyBufferResizing()) {
        s.noteReplies(out.length(), w.nowMillis(), engine.replyBufferPeakResetMs());
      }
      w.end();
    }
    return at;
  }

  private void run(Session s, Worker w, byte[] a, int i) {
    CommandBatch batch = w.batch();
    int first = batch.first(i);
    int argc = batch.argc(i);
    Command row = w.rows[i];
    Request q = w.request();
    if (row != null
        && (s.restrictions | conditions.restrictions() | row.restrictions()) == 0
        && row.accepts(argc)
        && (!row.has(Flags.DENYOOM) || engine.eviction().isWithinLimit())) {
      q.point(s, row, a, batch.offsets(), batch.lengths(), first, argc);
      q.pointHashes(w.slots, w.hashes);
      call(w, q);
      return;
    }
    q.point(
        s,
        row == null ? Commandless.COMMAND : row,
        a,
        batch.offsets(),
        batch.lengths(),
        first,
        argc);
    q.pointHashes(w.slots, w.hashes);
    RespWriter out = w.out();
    gate.mute(s, out);
    Command passed = gate.pass(s, w, q, row);
    if (passed != null) {
      call(w, q);
    }
    gate.unmute(s, out);
  }

  /** Runs the request's command, which has passed all checks, under its locks. */
  void call(Worker w, Request q) {
    Command row = q.command();
    w.calling(row);
    if (row.hasOneKey()) {
      int shard = q.shardOfKey(1);
      if (w.heldShard != shard) {
        w.hold(shard);
      }
      invoke(w, q, row);
    } else {
      w.release();
      long set = q.shardSet();
      keyspace.lock(set);
      try {
        invoke(w, q, row);
      } finally {
        keyspace.unlock(set);
      }
    }
    if (w.hasAftermath()) {
      w.release();
      engine.aftermath(w);
    }
  }

  /** Runs a handler whose locks are held, counts and times it. */
  void invoke(Worker w, Request q, Command row) {
    invoke(w, q, row, w.out());
  }

  void invoke(Worker w, Request q, Command row, RespWriter out) {
    invoke(w, q, row, row.handler(), out);
  }

  /** The same with another handler than the row's. */
  void invoke(Worker w, Request q, Command row, Handler handler, RespWriter out) {
    int length = out.length();
    long drains = out.drains();
    out.forgetErrors();
    long began = w.began();
    Session s = q.session();
    Effects effects = w.effects();
    effects.begin();
    long dirty = w.stats().dirty;
    try {
      handler.handle(q, out);
    } catch (StoreFullException e) {
      replaceReply(s, out, length, drains, Errors.OUT_OF_MEMORY);
    } catch (ReplyTooLargeException e) {
      s.closeAfterReply();
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      engine.failed(q, e);
      String text = "ERR internal error in '" + row.fullName() + "', see the server's log";
      replaceReply(s, out, length, drains, text);
    }
    if (effects.isKept()) {
      if (w.stats().dirty != dirty && (row.flags() & Flags.CHANGES) != 0) {
        effects.changed(q);
      }
      if (!w.isInTransaction()) {
        effects.flush();
      }
    }
    int bytes = q.byteCount() + Math.max(0, out.length() - length);
    boolean failed = out.takeErrors();
    if (q.stillBlocked()) {
      w.waits(row, q);
    } else {
      w.called(row, failed, q, bytes, began);
    }
  }

  /** Runs a command of an append log again, for nothing but what it does to keys. */
  void replay(Worker w, Request q) throws IOException {
    long set = q.shardSet();
    keyspace.lock(set);
    try {
      q.command().handler().handle(q, w.out());
    } catch (StoreFullException e) {
      throw new IOException("Out of memory while running the append only file again", e);
    } finally {
      keyspace.unlock(set);
    }
    w.forgetAftermath();
  }

  /** Puts an error in the place of what a handler has written, unless some of that has left. */
  private static void replaceReply(
      Session s, RespWriter out, int length, long drains, String error) {
    if (out.drains() == drains) {
      out.truncate(length);
    } else {
      s.closeAfterReply();
    }
    out.error(error);
  }
}
