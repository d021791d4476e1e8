package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Entry;
import io.hydrion.store.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Removing entries with a choice of what becomes of the groups' references to them. */
final class StreamDeleteCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "XACKDEL",
                  -6,
                  "stream",
                  "8.2.0",
                  WRITE | FAST,
                  "key group condition=[KEEPREF | DELREF | ACKED] ids=<IDS numids:integer id [id"
                      + " ...]>")
              .keys(1, 1, 1, "RW DELETE")
              .acl("stream")
              .complexity("O(N), N = IDs")
              .summary("Ends the pending of entries and removes them from the stream.")
              .event("xdel")
              .run(StreamDeleteCommands::acknowledgeAndDelete),
          row(
                  "XDELEX",
                  -5,
                  "stream",
                  "8.2.0",
                  WRITE | FAST,
                  "key condition=[KEEPREF | DELREF | ACKED] ids=<IDS numids:integer id [id ...]>")
              .keys(1, 1, 1, "RW DELETE")
              .acl("stream")
              .complexity("O(N), N = IDs")
              .summary(
                  "Removes entries from a stream, with a choice of what becomes of their pending"
                      + " ones.")
              .event("xdel")
              .run(StreamDeleteCommands::delete));

  /** What XACKDEL and XDELEX say of an entry that is not there. */
  private static final int NOT_THERE = -1;

  private static final int DELETED = 1;

  /** The entry has not been deleted, since somebody still needs it. */
  private static final int REFERENCED = 2;

  private StreamDeleteCommands() {}

  private enum References {
    KEEP,
    DELETE,
    RESPECT
  }

  /** The options of XACKDEL and XDELEX. */
  private static final class DeleteOptions {
    @Nullable References references;
    int first;
    int end;

    /** Parses the arguments from one on; false: the error has been replied. */
    boolean parse(Request q, RespWriter out, int from) {
      for (int i = from; i < q.argc(); i++) {
        References policy = policy(q, i);
        if (policy != null && references == null) {
          references = policy;
        } else if (q.is(i, "ids") && i + 1 < q.argc()) {
          if (!ids(q, out, i + 1)) {
            return false;
          }
          i = end - 1;
        } else {
          out.error(Errors.SYNTAX);
          return false;
        }
      }
      if (first == 0) {
        out.error("ERR IDS option is required");
        return false;
      }
      return StreamId.areIds(q, out, first, end);
    }

    private static @Nullable References policy(Request q, int i) {
      if (q.is(i, "keepref")) {
        return References.KEEP;
      }
      if (q.is(i, "delref")) {
        return References.DELETE;
      }
      return q.is(i, "acked") ? References.RESPECT : null;
    }

    private boolean ids(Request q, RespWriter out, int i) {
      if (!q.isLong(i) || q.longAt(i) < 1) {
        out.error("ERR Number of IDs must be a positive integer");
        return false;
      }
      first = i + 1;
      if (q.longAt(i) > q.argc() - first) {
        out.error("ERR The `numids` parameter must match the number of arguments");
        return false;
      }
      end = first + (int) q.longAt(i);
      return true;
    }

    int count() {
      return end - first;
    }
  }

  private static void acknowledgeAndDelete(Request q, RespWriter out) {
    DeleteOptions options = new DeleteOptions();
    if (!options.parse(q, out, 3)) {
      return;
    }
    Entry e = q.key(1);
    q.db().read(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(options.count());
    StreamId id = new StreamId();
    boolean isChanged = false;
    boolean isDeleted = false;
    for (int i = options.first; i < options.end; i++) {
      ConsumerGroup group = stream.group(q.bytes(), q.offset(2), q.length(2));
      int result = NOT_THERE;
      if (id.isId(q, i) && group != null && group.findPending(id.ms, id.seq)) {
        group.removePending();
        isChanged = true;
        result = DELETED;
        if (mustStay(stream, id, options)) {
          result = REFERENCED;
        } else {
          isDeleted |= stream.delete(id.ms, id.seq);
        }
      }
      out.integer(result);
    }
    if (isChanged) {
      stream.tidy();
      if (isDeleted) {
        q.db().changedValue(e);
      } else {
        q.db().changedGroups(e, "");
      }
    }
  }

  /** Whether an entry must not be deleted; if it may, its references are dealt with. */
  private static boolean mustStay(StreamValue stream, StreamId id, DeleteOptions options) {
    References references = options.references;
    return switch (references == null ? References.KEEP : references) {
      case KEEP -> false;
      case DELETE -> {
        boolean unused = stream.removeReferences(id.ms, id.seq);
        yield false;
      }
      case RESPECT -> stream.isReferenced(id.ms, id.seq);
    };
  }

  private static void delete(Request q, RespWriter out) {
    DeleteOptions options = new DeleteOptions();
    if (!options.parse(q, out, 2)) {
      return;
    }
    Entry e = q.key(1);
    q.db().write(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(options.count());
    StreamId id = new StreamId();
    boolean isChanged = false;
    boolean isDeleted = false;
    for (int i = options.first; i < options.end; i++) {
      int result = NOT_THERE;
      if (e.exists() && id.isId(q, i)) {
        boolean isThere = stream.cursor().find(id.ms, id.seq);
        boolean stays = false;
        if (options.references == References.DELETE) {
          isChanged |= stream.removeReferences(id.ms, id.seq);
        } else {
          stays = mustStay(stream, id, options);
        }
        if (isThere && stays) {
          result = REFERENCED;
        } else if (isThere) {
          stream.delete(id.ms, id.seq);
          isDeleted = true;
          result = DELETED;
        }
      }
      out.integer(result);
    }
    if (isDeleted || isChanged) {
      stream.tidy();
      if (isDeleted) {
        q.db().changedValue(e);
      } else {
        q.db().changedGroups(e, "");
      }
    }
  }
}
