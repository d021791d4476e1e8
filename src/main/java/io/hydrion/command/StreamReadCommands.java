package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Entry;
import io.hydrion.store.StoreFullException;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;
import io.hydrion.util.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XREAD and XREADGROUP: the entries behind an id of several streams, now or when they come. */
final class StreamReadCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "XREAD",
                  -4,
                  "stream",
                  "5.0.0",
                  READONLY | BLOCKING,
                  "[COUNT count] [BLOCK milliseconds] streams=<STREAMS key [key ...] id [id ...]>")
              .keys(KeySpec.keyword("STREAMS", 1, -1, 1, 2, "RO ACCESS"))
              .acl("stream")
              .complexity("O(N), N = entries returned")
              .summary("Lists the entries of streams after given IDs, and can wait for new ones.")
              .run(StreamReadCommands::read),
          row(
                  "XREADGROUP",
                  -7,
                  "stream",
                  "5.0.0",
                  WRITE | BLOCKING,
                  "<GROUP group consumer> [COUNT count] [BLOCK milliseconds] [NOACK]"
                      + " streams=<STREAMS key [key ...] id [id ...]>")
              .keys(KeySpec.keyword("STREAMS", 4, -1, 1, 2, "RO ACCESS"))
              .acl("stream")
              .complexity("O(N), N = entries returned")
              .summary("Reads streams on behalf of a consumer group, and can wait for new entries.")
              .run(StreamReadCommands::readGroup));

  /** How many entries a client is given that has waited, unless it has said how many. */
  private static final long COUNT_AFTER_WAIT = 1000;

  private static final String UNBALANCED =
      "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";
  private static final String STREAM_GONE = "UNBLOCKED the stream key no longer exists";
  private static final String GROUP_GONE =
      "NOGROUP the consumer group this client was blocked on no longer exists";
  private static final String NEW_WITHOUT_GROUP =
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
          + " <consumer> option.";

  /** What a stream is asked for that has nothing to give. */
  private static final int NOTHING = 0;

  private static final int ENTRIES = 1;
  private static final int HISTORY = 2;

  private final Request q;
  private final RespWriter out;
  private final boolean isGroup;
  private final StreamId id = new StreamId();
  private long timeout = -1;
  private long count;
  private int first;
  private int streams;
  private int group;
  private boolean noAck;

  // By stream: what it gives, from which id on, how many entries.
  private final int[] kinds;
  private final long[] starts;
  private int served;

  /** The stream, when it is the only one. */
  private @Nullable StreamValue only;

  private StreamReadCommands(Request q, RespWriter out, boolean isGroup) {
    this.q = q;
    this.out = out;
    this.isGroup = isGroup;
    boolean parsed = parse();
    streams = parsed ? streams : 0;
    kinds = new int[streams];
    starts = new long[3 * streams];
  }

  private static void read(Request q, RespWriter out) {
    new StreamReadCommands(q, out, false).run();
  }

  private static void readGroup(Request q, RespWriter out) {
    q.noEffect(); // but those that are named
    new StreamReadCommands(q, out, true).run();
  }

  private void run() {
    if (streams == 0) {
      return; // the error has been replied
    }
    if (q.isRetry()) {
      retry();
      return;
    }
    for (int i = 0; i < streams; i++) {
      if (!check(i)) {
        return;
      }
    }
    for (int i = 0; i < streams; i++) {
      prepare(i);
    }
    if (served > 0) {
      reply();
    } else if (timeout >= 0 && q.mayBlock()) {
      q.block(first, first + streams - 1, timeout, RespWriter::nilArray, this::rewritten);
    } else {
      out.nilArray();
    }
  }

  // ---- arguments

  /** Parses all but the ids; false: the error has been replied. */
  private boolean parse() {
    for (int i = 1; i < q.argc(); i++) {
      int more = q.argc() - i - 1;
      if (more > 0 && q.is(i, "block")) {
        timeout = BlockingOptions.millis(q, out, ++i);
        if (timeout == BlockingOptions.REFUSED) {
          return false;
        }
      } else if (more > 0 && q.is(i, "count")) {
        if (!q.isLong(++i)) {
          return refuse(Errors.NOT_INTEGER);
        }
        count = Math.max(0, q.longAt(i));
      } else if (more > 0 && q.is(i, "streams")) {
        first = i + 1;
        break;
      } else if (more > 1 && q.is(i, "group")) {
        if (!isGroup) {
          return refuseOption("GROUP");
        }
        group = i + 1;
        i += 2;
      } else if (q.is(i, "noack")) {
        if (!isGroup) {
          return refuseOption("NOACK");
        }
        noAck = true;
      } else {
        return refuse(Errors.SYNTAX);
      }
    }
    if (first == 0) {
      return refuse(Errors.SYNTAX);
    }
    if ((q.argc() - first) % 2 != 0) {
      return refuse(UNBALANCED);
    }
    if (isGroup && group == 0) {
      return refuse("ERR Missing GROUP option for XREADGROUP");
    }
    streams = (q.argc() - first) / 2;
    return true;
  }

  private boolean refuse(String error) {
    out.error(error);
    return false;
  }

  private boolean refuseOption(String option) {
    return refuse(
        "ERR The " + option + " option is only supported by XREADGROUP. You called XREAD instead.");
  }

  private int keyAt(int i) {
    return first + i;
  }

  private int idAt(int i) {
    return first + streams + i;
  }

  private boolean isSign(int i, char sign) {
    return q.length(i) == 1 && q.bytes()[q.offset(i)] == sign;
  }

  /** Checks the key, the group and the id of a stream; false: the error has been replied. */
  private boolean check(int i) {
    Entry e = q.key(keyAt(i));
    boolean isThere = q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      return refuse(Errors.WRONG_TYPE);
    }
    if (isGroup && (!isThere || groupOf(stream) == null)) {
      StreamReplies.noGroup(q, out, keyAt(i), group, " in XREADGROUP with GROUP option");
      return false;
    }
    int at = idAt(i);
    if (isSign(at, '$')) {
      return !isGroup || refuse(meaningless('$'));
    }
    if (isSign(at, '+')) {
      return !isGroup || refuse(meaningless('+'));
    }
    if (isSign(at, '>')) {
      return isGroup || refuse(NEW_WITHOUT_GROUP);
    }
    return id.parse(q, out, at);
  }

  private static String meaningless(char sign) {
    return "ERR The "
        + sign
        + " ID is meaningless in the context of XREADGROUP: you want to read the history of this"
        + " consumer by specifying a proper ID, or use the > ID to get new messages. The "
        + sign
        + " ID would just return an empty result set.";
  }

  private @Nullable ConsumerGroup groupOf(StreamValue stream) {
    return stream.group(q.bytes(), q.offset(group), q.length(group));
  }

  /** What stands for an argument when the command is run again: $ is the last id of now. */
  private byte @Nullable [] rewritten(int i) {
    if (i < first + streams || !isSign(i, '$')) {
      return null;
    }
    Entry e = q.key(i - streams);
    q.db().peek(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      return null;
    }
    return Bytes.of(
        Long.toUnsignedString(stream.lastMs()) + "-" + Long.toUnsignedString(stream.lastSeq()));
  }

  // ---- what there is

  /** Finds out what a stream has to give; of what goes to a consumer, takes it out of the group. */
  private void prepare(int i) {
    Entry e = q.key(keyAt(i));
    if (q.db().read(e)) {
      StreamValue stream = q.db().stream(e);
      if (stream != null) {
        prepare(i, e, stream, count == 0 ? Long.MAX_VALUE : count);
      }
    }
  }

  private void prepare(int i, Entry e, StreamValue stream, long most) {
    ConsumerGroup from = isGroup ? groupOf(stream) : null;
    boolean isHistory = from != null && !isNew(i);
    readId(i, stream, from);
    id.increment();
    if (!isHistory && !hasEntries(stream)) {
      return;
    }
    long n = most;
    if (from != null) {
      try {
        int consumer = consumer(i, e, from, isHistory);
        if (!isHistory) {
          n = deliver(i, stream, from, consumer, most);
        }
      } catch (StoreFullException full) {
        if (served == 0) {
          throw full;
        }
        return; // what others have given is to be told of
      }
      q.db().changedGroups(e, "");
    }
    kinds[i] = isHistory ? HISTORY : ENTRIES;
    starts[3 * i] = id.ms;
    starts[3 * i + 1] = id.seq;
    starts[3 * i + 2] = n;
    only = stream;
    served++;
  }

  /** Whether a consumer asks for new entries; the highest id says the same. */
  private boolean isNew(int i) {
    return isSign(idAt(i), '>') || (id.isId(q, idAt(i)) && id.isHighest());
  }

  /** Reads the id behind which entries are wanted. */
  private void readId(int i, StreamValue stream, @Nullable ConsumerGroup from) {
    int at = idAt(i);
    if (from != null && isNew(i)) {
      id.ms = from.lastMs();
      id.seq = from.lastSeq();
    } else if (isSign(at, '$')) {
      id.ms = stream.lastMs();
      id.seq = stream.lastSeq();
    } else if (isSign(at, '+')) {
      StreamCursor cursor = stream.cursor();
      cursor.seek(0, 0, StreamId.HIGHEST, StreamId.HIGHEST, true);
      boolean found = cursor.next();
      id.ms = found ? cursor.ms() : 0;
      id.seq = found ? cursor.seq() : 0;
      if (found) {
        id.decrement();
      }
    } else {
      id.isId(q, at);
    }
  }

  /** Whether there are entries from the id at hand on; the cursor is at the first one then. */
  private boolean hasEntries(StreamValue stream) {
    if ((id.ms | id.seq) == 0) {
      return false; // behind the highest id
    }
    StreamCursor cursor = stream.cursor();
    cursor.seek(id.ms, id.seq, StreamId.HIGHEST, StreamId.HIGHEST, false);
    boolean found = cursor.next();
    cursor.mark();
    return found;
  }

  private int consumer(int i, Entry e, ConsumerGroup of, boolean isHistory) {
    int name = group + 1;
    // One who is given something is made by that.
    boolean isToBeNamed =
        (noAck || isHistory) && of.consumer(q.bytes(), q.offset(name), q.length(name)) == 0;
    int consumer = consumer(q, e, of, name, q.now());
    if (isToBeNamed) {
      StreamEffects.consumer(q, keyAt(i), group, name);
    }
    return consumer;
  }

  /** The consumer of a name, which is made if need be; it has been seen at that time. */
  static int consumer(Request q, Entry e, ConsumerGroup of, int name, long at) {
    int consumer = of.consumer(q.bytes(), q.offset(name), q.length(name));
    if (consumer != 0) {
      of.setSeen(consumer, q.isReplaying() ? Math.max(at, of.seen(consumer)) : at);
      return consumer;
    }
    consumer = of.createConsumer(q.bytes(), q.offset(name), q.length(name), at);
    q.db().changedGroups(e, "xgroup-createconsumer");
    return consumer;
  }

  /** Gives a consumer the entries from the one at the cursor on; returns how many. */
  private long deliver(int i, StreamValue stream, ConsumerGroup from, int consumer, long most) {
    StreamCursor cursor = stream.cursor();
    long n = 0;
    do {
      long ms = cursor.ms();
      long seq = cursor.seq();
      if (!noAck) {
        try {
          from.addPending(ms, seq, consumer, q.now(), 1);
        } catch (StoreFullException full) {
          if (n == 0) {
            throw full;
          }
          break;
        }
      }
      long read = from.entriesRead();
      if (read != ConsumerGroup.UNKNOWN && !stream.hasGapBehind(ms, seq)) {
        from.setEntriesRead(read + 1);
      } else if (stream.entriesAdded() > 0) {
        from.setEntriesRead(stream.entriesReadAt(ms, seq));
      }
      from.setLastId(ms, seq);
      if (!noAck) {
        StreamEffects.claim(q, keyAt(i), group, from, 0);
      }
      n++;
    } while (n < most && cursor.next());
    StreamEffects.lastId(q, keyAt(i), group, from); // claims do not say how many have been read
    from.setActive(consumer, q.now());
    return n;
  }

  // ---- replies

  private void reply() {
    if (out.isResp3()) {
      out.map(served);
    } else {
      out.array(served);
    }
    if (streams == 1 && only != null) {
      reply(0, only);
      return;
    }
    for (int i = 0; i < streams; i++) {
      if (kinds[i] != NOTHING) {
        Entry e = q.key(keyAt(i));
        q.db().peek(e);
        StreamValue stream = q.db().stream(e);
        if (stream != null) {
          reply(i, stream);
        }
      }
    }
  }

  private void reply(int i, StreamValue stream) {
    if (!out.isResp3()) {
      out.array(2);
    }
    out.bulk(q.bytes(), q.offset(keyAt(i)), q.length(keyAt(i)));
    id.ms = starts[3 * i];
    id.seq = starts[3 * i + 1];
    long n = starts[3 * i + 2];
    ConsumerGroup from = kinds[i] == HISTORY ? groupOf(stream) : null;
    if (from != null) {
      replyHistory(i, stream, from, n);
    } else {
      replyEntries(stream, n);
    }
    if (isGroup) {
      stream.tidy();
    }
  }

  /** At most so many entries; a group's are known to be as many. */
  private void replyEntries(StreamValue stream, long most) {
    StreamCursor cursor = stream.cursor();
    if (streams == 1) {
      cursor.rewind();
    } else {
      cursor.seek(id.ms, id.seq, StreamId.HIGHEST, StreamId.HIGHEST, false);
      cursor.next();
      cursor.mark();
      cursor.rewind();
    }
    long n = most;
    if (!isGroup) {
      n = cursor.count(most);
      cursor.rewind();
    }
    out.array(n);
    for (long k = 0; k < n && cursor.next(); k++) {
      StreamReplies.entry(out, cursor);
    }
  }

  /** What is pending with the consumer: it has been delivered once more then. */
  private void replyHistory(int i, StreamValue stream, ConsumerGroup from, long most) {
    int name = group + 1;
    int consumer = from.consumer(q.bytes(), q.offset(name), q.length(name));
    long n = 0;
    for (boolean more = from.firstPendingOf(consumer, id.ms, id.seq);
        more && n < most;
        more = from.nextPendingOfConsumer()) {
      n++;
    }
    out.array(n);
    StreamCursor cursor = stream.cursor();
    boolean more = from.firstPendingOf(consumer, id.ms, id.seq);
    for (long k = 0; k < n && more; k++) {
      if (cursor.find(from.pendingMs(), from.pendingSeq())) {
        from.setDelivery(q.now(), from.deliveries() + 1);
        StreamEffects.claim(q, keyAt(i), group, from, 0);
        StreamReplies.entry(out, cursor);
      } else {
        out.array(2);
        out.bulkPair(from.pendingMs(), from.pendingSeq());
        out.nilArray();
      }
      more = from.nextPendingOfConsumer();
    }
  }

  // ---- a client that has waited

  /** Only the stream that something has happened to is looked at. */
  private void retry() {
    int i = 0;
    while (i < streams && !q.isReadyKey(keyAt(i))) {
      i++;
    }
    if (i < streams) {
      Entry e = q.key(keyAt(i));
      StreamValue stream = q.db().peek(e) ? q.db().stream(e) : null;
      if (isGroup && stream == null) {
        out.error(STREAM_GONE);
        return;
      }
      if (isGroup && stream != null && groupOf(stream) == null) {
        out.error(GROUP_GONE);
        return;
      }
      if (stream != null) {
        prepare(i, e, stream, count == 0 ? COUNT_AFTER_WAIT : count);
      }
    }
    if (served > 0) {
      reply();
    } else {
      q.block(first, first + streams - 1, timeout, RespWriter::nilArray);
    }
  }
}
