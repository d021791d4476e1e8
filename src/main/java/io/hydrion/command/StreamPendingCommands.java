package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Entry;
import io.hydrion.store.StoreFullException;
import io.hydrion.store.StreamValue;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What groups have been given and have not acknowledged yet: showing, ending and moving it. */
final class StreamPendingCommands {
  static final List<Command> TABLE =
      List.of(
          row("XACK", -4, "stream", "5.0.0", WRITE | FAST, "key group id [id ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("stream")
              .complexity("O(N), N = IDs")
              .summary("Ends the pending of entries that a consumer has handled.")
              .run(StreamPendingCommands::acknowledge),
          row(
                  "XAUTOCLAIM",
                  -6,
                  "stream",
                  "6.2.0",
                  WRITE | FAST,
                  "key group consumer min-idle-time start:string [COUNT count] [JUSTID]")
              .keys(1, 1, 1, "RW DELETE")
              .acl("stream")
              .tips("nondeterministic_output")
              .complexity("O(1) with a small COUNT")
              .summary("Gives a consumer the entries that have been pending for long.")
              .history("7.0.0", "the reply ends with the IDs of removed entries")
              .run(StreamPendingCommands::autoClaim),
          row(
                  "XCLAIM",
                  -6,
                  "stream",
                  "5.0.0",
                  WRITE | FAST,
                  "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME"
                      + " unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("stream")
              .tips("nondeterministic_output")
              .complexity("O(log N), N = pending entries of the group")
              .summary("Gives a consumer pending entries of others.")
              .run(StreamPendingCommands::claim),
          row(
                  "XPENDING",
                  -3,
                  "stream",
                  "5.0.0",
                  READONLY,
                  "key group filters=[[IDLE min-idle-time:integer]^6.2.0 start:string end:string"
                      + " count [consumer]]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("stream")
              .tips("nondeterministic_output")
              .complexity(
                  "O(N), N = entries returned; with IDLE, entries looked at; without a range,"
                      + " consumers")
              .summary("Shows the pending entries of a group.")
              .history("6.2.0", "option IDLE; a bound may be left out of its range")
              .run(StreamPendingCommands::pending));

  /** How many entries XAUTOCLAIM looks at for each that it may claim. */
  private static final long LOOKS_A_CLAIM = 10;

  private static final long COUNT_DEFAULT = 100;
  private static final long COUNT_MAX = Long.MAX_VALUE / 16;

  private StreamPendingCommands() {}

  private static @Nullable ConsumerGroup group(Request q, StreamValue stream) {
    return stream.group(q.bytes(), q.offset(2), q.length(2));
  }

  private static void acknowledge(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    ConsumerGroup group = group(q, stream);
    if (group == null) {
      out.integer(0);
      return;
    }
    if (!StreamId.areIds(q, out, 3, q.argc())) {
      return;
    }
    StreamId id = new StreamId();
    int acknowledged = 0;
    for (int i = 3; i < q.argc(); i++) {
      if (id.isId(q, i) && group.findPending(id.ms, id.seq)) {
        group.removePending();
        acknowledged++;
      }
    }
    if (acknowledged > 0) {
      stream.tidy();
      q.db().changedGroups(e, "");
    }
    out.integer(acknowledged);
  }

  // ---- claiming

  private static void autoClaim(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    if (!q.isLong(4)) {
      out.error("ERR Invalid min-idle-time argument for XAUTOCLAIM");
      return;
    }
    StreamId id = new StreamId();
    if (!id.parseStart(q, out, 5)) {
      return;
    }
    boolean idsOnly = false;
    long count = COUNT_DEFAULT;
    for (int i = 6; i < q.argc(); i++) {
      if (q.is(i, "count") && i + 1 < q.argc()) {
        count = q.isLong(++i) ? q.longAt(i) : 0;
        if (count < 1 || count > COUNT_MAX) {
          out.error("ERR COUNT must be > 0");
          return;
        }
      } else if (q.is(i, "justid")) {
        idsOnly = true;
      } else {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    ConsumerGroup group = group(q, stream);
    if (group == null) {
      StreamReplies.noGroup(q, out, 1, 2, "");
      return;
    }
    StreamClaim claim = new StreamClaim(q, e, stream, group, Math.max(0, q.longAt(4)));
    claim.idsOnly = idsOnly;
    q.noEffect(); // but those that are named
    autoClaim(out, claim, group, id, count);
    stream.tidy();
  }

  private static void autoClaim(
      RespWriter out, StreamClaim claim, ConsumerGroup group, StreamId next, long most) {
    LongArrayList gone = new LongArrayList();
    LongArrayList claimed = new LongArrayList();
    long attempts = most * LOOKS_A_CLAIM;
    long count = most;
    boolean more = true;
    while (attempts > 0 && count > 0 && more && group.firstPending(next.ms, next.seq)) {
      attempts--;
      next.ms = group.pendingMs();
      next.seq = group.pendingSeq();
      LongArrayList into = null;
      try {
        into =
            switch (claim.take(next.ms, next.seq, 0)) {
              case TAKEN -> claimed;
              case GONE -> gone;
              case LEFT -> null;
            };
      } catch (StoreFullException full) {
        if (claimed.isEmpty() && gone.isEmpty()) {
          throw full;
        }
        break; // the next call goes on here
      }
      if (into != null) {
        into.add(next.ms);
        into.add(next.seq);
        count--;
      }
      more = next.increment();
    }
    boolean isEnd = !more || !group.firstPending(next.ms, next.seq);
    out.array(3);
    out.bulkPair(isEnd ? 0 : group.pendingMs(), isEnd ? 0 : group.pendingSeq());
    out.array(claimed.size() / 2);
    for (int i = 0; i < claimed.size(); i += 2) {
      claim.reply(out, claimed.getLong(i), claimed.getLong(i + 1));
    }
    out.array(gone.size() / 2);
    for (int i = 0; i < gone.size(); i += 2) {
      out.bulkPair(gone.getLong(i), gone.getLong(i + 1));
    }
  }

  private static void claim(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    ConsumerGroup group = group(q, stream);
    if (group == null) {
      StreamReplies.noGroup(q, out, 1, 2, "");
      return;
    }
    if (!q.isLong(4)) {
      out.error("ERR Invalid min-idle-time argument for XCLAIM");
      return;
    }
    StreamClaim claim = new StreamClaim(q, e, stream, group, Math.max(0, q.longAt(4)));
    StreamId id = new StreamId();
    int end = 5;
    while (end < q.argc() && id.isId(q, end)) {
      end++;
    }
    if (!claim.parse(out, end)) {
      return;
    }
    q.noEffect(); // but those that are named
    claim.moveLastId();
    IntArrayList claimed = new IntArrayList();
    for (int i = 5; i < end; i++) {
      try {
        if (id.isId(q, i) && claim.take(id.ms, id.seq, i) == StreamClaim.Outcome.TAKEN) {
          claimed.add(i);
        }
      } catch (StoreFullException full) {
        if (claimed.isEmpty()) {
          throw full;
        }
        break; // the reply says which were claimed
      }
    }
    claim.nameRest();
    out.array(claimed.size());
    for (int k = 0; k < claimed.size(); k++) {
      if (id.isId(q, claimed.getInt(k))) {
        claim.reply(out, id.ms, id.seq);
      }
    }
    stream.tidy();
  }

  // ---- showing

  private static void pending(Request q, RespWriter out) {
    if (q.argc() != 3 && (q.argc() < 6 || q.argc() > 9)) {
      out.error(Errors.SYNTAX);
      return;
    }
    int range = 3;
    long minIdle = 0;
    StreamId start = new StreamId();
    StreamId end = new StreamId();
    if (q.argc() > 3) {
      if (q.is(3, "idle")) {
        if (!q.isLong(4)) {
          out.error(Errors.NOT_INTEGER);
          return;
        }
        minIdle = q.longAt(4);
        if (q.argc() < 8) {
          out.error(Errors.SYNTAX);
          return;
        }
        range = 5;
      }
      if (!q.isLong(range + 2)) {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      if (!start.parseStart(q, out, range) || !end.parseEnd(q, out, range + 1)) {
        return;
      }
    }
    Entry e = q.key(1);
    q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    ConsumerGroup group = group(q, stream);
    if (group == null) {
      StreamReplies.noGroup(q, out, 1, 2, "");
    } else if (q.argc() == 3) {
      summary(out, group);
    } else {
      pending(q, out, group, start, end, range, minIdle);
    }
  }

  private static void summary(RespWriter out, ConsumerGroup group) {
    out.array(4);
    out.integer(group.pendingCount());
    if (!group.firstPending(0, 0)) {
      out.nil();
      out.nil();
      out.nilArray();
      return;
    }
    out.bulkPair(group.pendingMs(), group.pendingSeq());
    group.lastPending();
    out.bulkPair(group.pendingMs(), group.pendingSeq());
    int consumers = 0;
    for (int i = 0; i < group.consumerCount(); i++) {
      consumers += group.pendingOf(group.consumerAt(i)) > 0 ? 1 : 0;
    }
    out.array(consumers);
    for (int i = 0; i < group.consumerCount(); i++) {
      int consumer = group.consumerAt(i);
      if (group.pendingOf(consumer) > 0) {
        out.array(2);
        name(out, group, consumer);
        out.bulkLong(group.pendingOf(consumer));
      }
    }
  }

  /** The name of a consumer. */
  static void name(RespWriter out, ConsumerGroup group, int consumer) {
    out.bulk(
        group.consumerNameBytes(consumer),
        group.consumerNameOffset(consumer),
        group.consumerNameLength(consumer));
  }

  private static void pending(
      Request q,
      RespWriter out,
      ConsumerGroup group,
      StreamId start,
      StreamId end,
      int range,
      long minIdle) {
    long most = Math.max(0, q.longAt(range + 2));
    int consumer = 0;
    if (q.argc() > range + 3) {
      consumer = group.consumer(q.bytes(), q.offset(range + 3), q.length(range + 3));
      if (consumer == 0) {
        out.array(0);
        return;
      }
    }
    Walk walk = new Walk(group, consumer, end, q.now() - minIdle, minIdle > 0 || minIdle < 0);
    long n = 0;
    for (boolean more = n < most && walk.first(start); more; more = n < most && walk.next()) {
      n++;
    }
    out.array(n);
    boolean more = n > 0 && walk.first(start);
    for (long i = 0; i < n && more; i++) {
      out.array(4);
      out.bulkPair(group.pendingMs(), group.pendingSeq());
      name(out, group, group.pendingConsumer());
      out.integer(Math.max(0, q.now() - group.delivered()));
      out.integer(group.deliveries());
      more = i + 1 < n && walk.next();
    }
  }

  /**
   * A walk over pending entries: of a group or of a consumer, up to an id, idle for long enough.
   */
  private record Walk(
      ConsumerGroup group, int consumer, StreamId end, long deliveredMax, boolean isFiltered) {
    boolean first(StreamId start) {
      boolean found =
          consumer == 0
              ? group.firstPending(start.ms, start.seq)
              : group.firstPendingOf(consumer, start.ms, start.seq);
      return found && settle();
    }

    boolean next() {
      return step() && settle();
    }

    private boolean step() {
      return consumer == 0 ? group.nextPending() : group.nextPendingOfConsumer();
    }

    /** Goes on to an entry that is idle for long enough. */
    private boolean settle() {
      while (StreamValue.compareIds(group.pendingMs(), group.pendingSeq(), end.ms, end.seq) <= 0) {
        if (!isFiltered || group.delivered() <= deliveredMax) {
          return true;
        }
        if (!step()) {
          return false;
        }
      }
      return false;
    }
  }
}
