package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The entries of streams: adding, listing and removing them. */
final class StreamCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "XADD",
                  -5,
                  "stream",
                  "5.0.0",
                  WRITE | DENYOOM | FAST,
                  "key [NOMKSTREAM]^6.2.0 trim=[strategy=<MAXLEN | MINID^6.2.0> operator=[equal== |"
                      + " approximately=~] threshold [LIMIT count]^6.2.0] id_or_auto=<auto_id=* |"
                      + " id> field value [field value ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .note("it can trim the stream too")
              .acl("stream")
              .tips("nondeterministic_output")
              .complexity("O(1), and O(N) to trim, N = entries cut off")
              .summary("Adds an entry to a stream, and can cut old ones off.")
              .history("6.2.0", "options NOMKSTREAM, MINID and LIMIT")
              .history("7.0.0", "IDs of the form ms-*")
              .event("xadd")
              .run(StreamCommands::add),
          row("XDEL", -3, "stream", "5.0.0", WRITE | FAST, "key id [id ...]")
              .keys(1, 1, 1, "RW DELETE")
              .acl("stream")
              .complexity("O(N), N = IDs")
              .summary("Removes entries from a stream.")
              .event("xdel")
              .run(StreamCommands::delete),
          row("XLEN", 2, "stream", "5.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("stream")
              .complexity("O(1)")
              .summary("Counts the entries of a stream.")
              .run(StreamCommands::length),
          row(
                  "XRANGE",
                  -4,
                  "stream",
                  "5.0.0",
                  READONLY,
                  "key start:string end:string [COUNT count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("stream")
              .complexity("O(N), N = entries returned")
              .summary("Lists the entries with IDs in a range.")
              .history("6.2.0", "a bound may be left out of its range")
              .run(StreamCommands::range),
          row(
                  "XREVRANGE",
                  -4,
                  "stream",
                  "5.0.0",
                  READONLY,
                  "key end:string start:string [COUNT count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("stream")
              .complexity("O(N), N = entries returned")
              .summary("Lists the entries with IDs in a range, the newest first.")
              .history("6.2.0", "a bound may be left out of its range")
              .run(StreamCommands::reverseRange),
          row(
                  "XSETID",
                  -3,
                  "stream",
                  "5.0.0",
                  WRITE | DENYOOM | FAST,
                  "key last-id [ENTRIESADDED entries_added]^7.0.0 [MAXDELETEDID"
                      + " max_deleted_entry_id]^7.0.0")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("stream")
              .complexity("O(1)")
              .summary("Sets the last ID of a stream; replicas and rebuilt files need it.")
              .history("7.0.0", "options ENTRIESADDED and MAXDELETEDID")
              .event("xsetid")
              .run(StreamCommands::setId),
          row(
                  "XTRIM",
                  -4,
                  "stream",
                  "5.0.0",
                  WRITE,
                  "key trim=<strategy=<MAXLEN | MINID^6.2.0> operator=[equal== | approximately=~]"
                      + " threshold [LIMIT count]^6.2.0>")
              .keys(1, 1, 1, "RW DELETE")
              .acl("stream")
              .tips("nondeterministic_output")
              .complexity("O(N), N = entries cut off")
              .summary("Cuts the oldest entries off a stream.")
              .history("6.2.0", "options MINID and LIMIT")
              .event("xtrim")
              .run(StreamCommands::trim));

  private static final String ID_TOO_SMALL =
      "ERR The ID specified in XADD is equal or smaller than the target stream top item";

  private StreamCommands() {}

  private static void add(Request q, RespWriter out) {
    TrimOptions options = new TrimOptions();
    int at = options.parseAdd(q, out);
    if (at == TrimOptions.REFUSED) {
      return;
    }
    int first = at + 1;
    int words = q.argc() - first;
    if (words < 2 || words % 2 != 0) {
      out.error(Errors.wrongArity("xadd"));
      return;
    }
    StreamId id = options.id;
    if (options.hasId && !id.isOpen && (id.ms | id.seq) == 0) {
      out.error("ERR The ID specified in XADD must be greater than 0-0");
      return;
    }
    Entry e = q.key(1);
    boolean isThere = q.db().write(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (!isThere && options.onlyIfThere) {
      out.nil();
      return;
    }
    if (!nextId(q, out, stream, options)) {
      return;
    }
    if (StreamValue.isTooLarge(q, first, words)) {
      out.error("ERR Elements are too large to be stored");
      return;
    }
    stream.append(id.ms, id.seq, q, first, words);
    out.bulkPair(id.ms, id.seq);
    q.db().changedValue(e);
    if (options.trim(stream) > 0) {
      q.db().changedToo(e, KeyspaceEvents.STREAM, "xtrim");
      stream.tidy();
    }
    if (q.keepsEffects() && (options.isRough() || !options.hasId || id.isOpen)) {
      options.name(q, stream, at);
    }
    q.db().ready(e);
  }

  /** Works out the id of a new entry; false when there is none: the error has been replied. */
  private static boolean nextId(
      Request q, RespWriter out, StreamValue stream, TrimOptions options) {
    StreamId id = options.id;
    long lastMs = stream.lastMs();
    long lastSeq = stream.lastSeq();
    if ((lastMs & lastSeq) == StreamId.HIGHEST) {
      out.error("ERR The stream has exhausted the last possible ID, unable to add more items");
      return false;
    }
    if (!options.hasId) {
      id.ms = q.now();
      id.seq = 0;
      if (Long.compareUnsigned(id.ms, lastMs) <= 0) {
        id.ms = lastMs;
        id.seq = lastSeq;
        id.increment();
      }
    } else if (id.isOpen && id.ms == lastMs) {
      id.seq = lastSeq + 1; // 0 when there is no such id
    }
    if (stream.compareLast(id.ms, id.seq) >= 0) {
      out.error(ID_TOO_SMALL);
      return false;
    }
    return true;
  }

  private static void delete(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.integer(0);
      return;
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (!StreamId.areIds(q, out, 2, q.argc())) {
      return;
    }
    StreamId id = new StreamId();
    int deleted = 0;
    for (int i = 2; i < q.argc(); i++) {
      deleted += id.isId(q, i) && stream.delete(id.ms, id.seq) ? 1 : 0;
    }
    if (deleted > 0) {
      stream.tidy();
      q.db().changedValue(e);
    }
    out.integer(deleted);
  }

  private static void length(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(stream.size());
    }
  }

  private static void range(Request q, RespWriter out) {
    range(q, out, 2, 3, false);
  }

  private static void reverseRange(Request q, RespWriter out) {
    range(q, out, 3, 2, true);
  }

  private static void range(Request q, RespWriter out, int startAt, int endAt, boolean reverse) {
    StreamId start = new StreamId();
    StreamId end = new StreamId();
    if (!start.parseStart(q, out, startAt) || !end.parseEnd(q, out, endAt)) {
      return;
    }
    long count = Long.MAX_VALUE;
    for (int i = 4; i < q.argc(); i += 2) {
      if (!q.is(i, "count") || i + 1 >= q.argc()) {
        out.error(Errors.SYNTAX);
        return;
      }
      if (!q.isLong(i + 1)) {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      count = Math.max(0, q.longAt(i + 1));
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.array(0);
      return;
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (count == 0) {
      out.nilArray();
    } else {
      StreamReplies.range(out, stream, start, end, count, reverse);
    }
  }

  private static void setId(Request q, RespWriter out) {
    StreamId id = new StreamId();
    StreamId deleted = new StreamId();
    long added = -1;
    if (!id.parse(q, out, 2)) {
      return;
    }
    for (int i = 3; i < q.argc(); i += 2) {
      boolean hasValue = i + 1 < q.argc();
      if (hasValue && q.is(i, "entriesadded")) {
        if (!q.isLong(i + 1)) {
          out.error(Errors.NOT_INTEGER);
          return;
        }
        added = q.longAt(i + 1);
        if (added < 0) {
          out.error("ERR entries_added must be positive");
          return;
        }
      } else if (hasValue && q.is(i, "maxdeletedid")) {
        if (!deleted.parse(q, out, i + 1)) {
          return;
        }
        if (StreamValue.compareIds(id.ms, id.seq, deleted.ms, deleted.seq) < 0) {
          out.error(
              "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
          return;
        }
      } else {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.error(Errors.NO_SUCH_KEY);
      return;
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    String error = setIdError(stream, id, added);
    if (error != null) {
      out.error(error);
      return;
    }
    stream.setLastId(id.ms, id.seq);
    if (added >= 0) {
      stream.setEntriesAdded(added);
    }
    if ((deleted.ms | deleted.seq) != 0) {
      stream.setDeletedId(deleted.ms, deleted.seq);
    }
    q.db().changedGroups(e, "xsetid");
    out.ok();
  }

  /** Why a stream cannot have a last id and a number of entries ever added; null when it can. */
  private static @Nullable String setIdError(StreamValue stream, StreamId id, long added) {
    if (stream.size() == 0) {
      return null;
    }
    StreamCursor cursor = stream.cursor();
    cursor.seek(0, 0, StreamId.HIGHEST, StreamId.HIGHEST, true);
    cursor.next();
    if (StreamValue.compareIds(id.ms, id.seq, cursor.ms(), cursor.seq()) < 0) {
      return "ERR The ID specified in XSETID is smaller than the target stream top item";
    }
    return added >= 0 && stream.size() > added
        ? "ERR The entries_added specified in XSETID is smaller than the target stream length"
        : null;
  }

  private static void trim(Request q, RespWriter out) {
    TrimOptions options = new TrimOptions();
    if (!options.parseTrim(q, out)) {
      return;
    }
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.integer(0);
      return;
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long deleted = options.trim(stream);
    if (deleted > 0) {
      stream.tidy();
      q.db().changedValue(e);
      if (q.keepsEffects() && options.isRough()) {
        options.name(q, stream, q.argc());
      }
    }
    out.integer(deleted);
  }
}
