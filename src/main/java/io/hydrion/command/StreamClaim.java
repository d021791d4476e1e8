package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Entry;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;

/** Pending entries becoming those of a consumer: what XCLAIM and XAUTOCLAIM do. */
final class StreamClaim {
  /** What has become of an entry that was to be claimed. */
  enum Outcome {
    TAKEN,
    GONE,
    LEFT
  }

  private static final long NOT_GIVEN = -1;

  private final Request q;
  private final long minIdle;
  private long delivered = NOT_GIVEN;
  private long deliveries = NOT_GIVEN;
  private boolean isForced;
  boolean idsOnly;
  private final StreamId lastId = new StreamId();
  private final Entry e;
  private final StreamValue stream;
  private final ConsumerGroup group;
  private int consumer;
  private boolean isLastIdUnnamed;

  StreamClaim(Request q, Entry e, StreamValue stream, ConsumerGroup group, long minIdle) {
    this.q = q;
    this.e = e;
    this.stream = stream;
    this.group = group;
    this.minIdle = minIdle;
  }

  /** Parses the options of XCLAIM from an argument on; false: the error has been replied. */
  boolean parse(RespWriter out, int from) {
    for (int i = from; i < q.argc(); i++) {
      boolean hasValue = i + 1 < q.argc();
      if (q.is(i, "force")) {
        isForced = true;
      } else if (q.is(i, "justid")) {
        idsOnly = true;
      } else if (hasValue && q.is(i, "idle")) {
        if (!isNumber(out, ++i, "IDLE")) {
          return false;
        }
        delivered = q.now() - q.longAt(i);
      } else if (hasValue && q.is(i, "time")) {
        if (!isNumber(out, ++i, "TIME")) {
          return false;
        }
        delivered = q.longAt(i);
      } else if (hasValue && q.is(i, "retrycount")) {
        if (!isNumber(out, ++i, "RETRYCOUNT")) {
          return false;
        }
        deliveries = q.longAt(i);
      } else if (hasValue && q.is(i, "lastid")) {
        if (!lastId.parse(q, out, ++i)) {
          return false;
        }
      } else {
        out.error("ERR Unrecognized XCLAIM option '" + q.textOfC(i) + "'");
        return false;
      }
    }
    return true;
  }

  private boolean isNumber(RespWriter out, int i, String option) {
    if (!q.isLong(i)) {
      out.error("ERR Invalid " + option + " option argument for XCLAIM");
      return false;
    }
    return true;
  }

  /** When what is claimed counts as delivered: never in the future. */
  private long deliveredAt() {
    return delivered < 0 || q.isFuture(delivered) ? q.now() : delivered;
  }

  /** The time of the claim; of one that runs again, about that at which it ran first. */
  private long now() {
    return q.isReplaying() ? deliveredAt() : q.now();
  }

  void moveLastId() {
    if (StreamValue.compareIds(lastId.ms, lastId.seq, group.lastMs(), group.lastSeq()) > 0) {
      group.setLastId(lastId.ms, lastId.seq);
      q.db().changedGroups(e, "");
      isLastIdUnnamed = true;
    }
  }

  /** Names what has been done and not been named yet; to be called when all is done. */
  void nameRest() {
    if (isLastIdUnnamed) {
      StreamEffects.lastId(q, 1, 2, group);
    }
  }

  private void name(int argument) {
    StreamEffects.claim(q, 1, 2, group, argument);
    isLastIdUnnamed = false;
  }

  /**
   * Claims an entry, if it has been pending for long enough.
   *
   * @param argument the position of its id; 0: it is not among the arguments
   */
  Outcome take(long ms, long seq, int argument) {
    boolean isPending = group.findPending(ms, seq);
    if (!stream.cursor().find(ms, seq)) {
      if (!isPending) {
        return Outcome.LEFT;
      }
      name(argument);
      group.removePending();
      q.db().changedGroups(e, "");
      return Outcome.GONE;
    }
    if (!isPending && !isForced) {
      return Outcome.LEFT;
    }
    if (isPending && minIdle > 0 && q.now() - group.delivered() < minIdle) {
      return Outcome.LEFT;
    }
    long times = isPending ? group.deliveries() : 1;
    if (deliveries >= 0) {
      times = deliveries;
    } else if (!idsOnly) {
      times++;
    }
    if (consumer == 0) {
      consumer = StreamReadCommands.consumer(q, e, group, 3, now());
    }
    group.addPending(ms, seq, consumer, deliveredAt(), times);
    name(argument);
    group.setActive(consumer, now());
    q.db().changedGroups(e, "");
    return Outcome.TAKEN;
  }

  void reply(RespWriter out, long ms, long seq) {
    StreamCursor cursor = stream.cursor();
    if (idsOnly) {
      out.bulkPair(ms, seq);
    } else if (cursor.find(ms, seq)) {
      StreamReplies.entry(out, cursor);
    }
  }
}
