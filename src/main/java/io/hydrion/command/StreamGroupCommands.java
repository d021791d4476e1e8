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

/** XGROUP: the consumer groups of streams. */
final class StreamGroupCommands {
  static final List<Command> TABLE = List.of(group());

  private static final String NO_KEY =
      "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to"
          + " use the MKSTREAM option to create an empty stream automatically.";

  private static final String HELP =
      """
      CREATE <key> <groupname> <id|$> [option]
          Makes a group that reads what comes behind an id. Options are:
          * MKSTREAM
            Makes an empty stream when there is none.
          * ENTRIESREAD entries_read
            Says how many entries the group has read.
      CREATECONSUMER <key> <groupname> <consumer>
          Makes a consumer in a group.
      DELCONSUMER <key> <groupname> <consumer>
          Removes a consumer and what is pending with it.
      DESTROY <key> <groupname>
          Removes a group.
      SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]
          Moves the place up to which a group has read.
      """;

  private StreamGroupCommands() {}

  private static Command group() {
    Command command =
        row("XGROUP", -2, "stream", "5.0.0", 0, "")
            .complexity("by subcommand")
            .summary("Sets up consumer groups of a stream.")
            .container();
    command
        .sub(
            "CREATE",
            -5,
            "5.0.0",
            WRITE | DENYOOM,
            "key groupname id=<id | new_id=$> [MKSTREAM] [ENTRIESREAD entries_read]")
        .keys(2, 2, 1, "RW INSERT")
        .acl("stream")
        .complexity("O(1)")
        .summary("Makes a consumer group.")
        .history("7.0.0", "option ENTRIESREAD")
        .event("xgroup-create")
        .run(StreamGroupCommands::create);
    command
        .sub("CREATECONSUMER", 5, "6.2.0", WRITE | DENYOOM, "key groupname consumername")
        .keys(2, 2, 1, "RW INSERT")
        .acl("stream")
        .complexity("O(1)")
        .summary("Makes a consumer in a group.")
        .event("xgroup-createconsumer")
        .run(StreamGroupCommands::createConsumer);
    command
        .sub("DELCONSUMER", 5, "5.0.0", WRITE, "key groupname consumername")
        .keys(2, 2, 1, "RW DELETE")
        .acl("stream")
        .complexity("O(1)")
        .summary("Removes a consumer from its group.")
        .event("xgroup-delconsumer")
        .run(StreamGroupCommands::deleteConsumer);
    command
        .sub("DESTROY", 4, "5.0.0", WRITE, "key groupname")
        .keys(2, 2, 1, "RW DELETE")
        .acl("stream")
        .complexity("O(N), N = pending entries of the group")
        .summary("Removes a consumer group.")
        .event("xgroup-destroy")
        .run(StreamGroupCommands::destroy);
    command
        .sub("HELP", 2, "5.0.0", LOADING | STALE, "")
        .acl("stream")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(StreamGroupCommands::help);
    command
        .sub(
            "SETID",
            -5,
            "5.0.0",
            WRITE,
            "key groupname id=<id | new_id=$> [ENTRIESREAD entries_read]")
        .keys(2, 2, 1, "RW UPDATE")
        .acl("stream")
        .complexity("O(1)")
        .summary("Moves the place up to which a group has read.")
        .history("7.0.0", "option ENTRIESREAD")
        .event("xgroup-setid")
        .run(StreamGroupCommands::setId);
    return command;
  }

  /** The options of CREATE and SETID. */
  private static final class Options {
    boolean createsStream;
    long entriesRead = ConsumerGroup.UNKNOWN;

    /** False: the error has been replied. */
    boolean parse(Request q, RespWriter out, boolean isCreate) {
      for (int i = 5; i < q.argc(); i++) {
        if (isCreate && q.is(i, "mkstream")) {
          createsStream = true;
        } else if (q.is(i, "entriesread") && i + 1 < q.argc()) {
          if (!q.isLong(++i)) {
            out.error(Errors.NOT_INTEGER);
            return false;
          }
          entriesRead = q.longAt(i);
          if (entriesRead < ConsumerGroup.UNKNOWN) {
            out.error("ERR value for ENTRIESREAD must be positive or -1");
            return false;
          }
        } else {
          StreamReplies.misuse(q, out, "XGROUP");
          return false;
        }
      }
      return true;
    }
  }

  /** The stream of a subcommand; null: the error has been replied. */
  private static @Nullable StreamValue stream(
      Request q, RespWriter out, Entry e, boolean mayBeAbsent) {
    boolean isThere = q.db().write(e);
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (!isThere && !mayBeAbsent) {
      out.error(NO_KEY);
      return null;
    }
    return stream;
  }

  /** The group of a subcommand; null: the error has been replied. */
  private static @Nullable ConsumerGroup group(Request q, RespWriter out, StreamValue stream) {
    ConsumerGroup group = stream.group(q.bytes(), q.offset(3), q.length(3));
    if (group == null) {
      StreamReplies.noGroupOfKey(q, out, 2, 3);
    }
    return group;
  }

  private static boolean isLastId(Request q) {
    return q.length(4) == 1 && q.bytes()[q.offset(4)] == '$';
  }

  private static void create(Request q, RespWriter out) {
    Options options = new Options();
    if (!options.parse(q, out, true)) {
      return;
    }
    Entry e = q.key(2);
    StreamValue stream = stream(q, out, e, options.createsStream);
    if (stream == null) {
      return;
    }
    if (q.argc() > 8) {
      StreamReplies.misuse(q, out, "XGROUP");
      return;
    }
    StreamId id = new StreamId();
    if (isLastId(q)) {
      id.ms = stream.lastMs();
      id.seq = stream.lastSeq();
    } else if (!id.parse(q, out, 4)) {
      return;
    }
    if (stream.group(q.bytes(), q.offset(3), q.length(3)) != null) {
      out.error("BUSYGROUP Consumer Group name already exists");
      return;
    }
    boolean isNew = !e.exists();
    stream.createGroup(q.bytes(), q.offset(3), q.length(3), id.ms, id.seq, options.entriesRead);
    stream.tidy();
    if (isNew) {
      q.db().changedValue(e);
      q.db().ready(e);
    } else {
      q.db().changedGroups(e, "xgroup-create");
    }
    out.ok();
  }

  private static void createConsumer(Request q, RespWriter out) {
    Entry e = q.key(2);
    StreamValue stream = stream(q, out, e, false);
    ConsumerGroup group = stream == null ? null : group(q, out, stream);
    if (stream == null || group == null) {
      return;
    }
    boolean isNew = group.consumer(q.bytes(), q.offset(4), q.length(4)) == 0;
    if (isNew) {
      group.createConsumer(q.bytes(), q.offset(4), q.length(4), q.now());
      stream.tidy();
      q.db().changedGroups(e, "xgroup-createconsumer");
    }
    out.integer(isNew ? 1 : 0);
  }

  private static void deleteConsumer(Request q, RespWriter out) {
    Entry e = q.key(2);
    StreamValue stream = stream(q, out, e, false);
    ConsumerGroup group = stream == null ? null : group(q, out, stream);
    if (stream == null || group == null) {
      return;
    }
    int consumer = group.consumer(q.bytes(), q.offset(4), q.length(4));
    long pending = 0;
    if (consumer != 0) {
      pending = group.pendingOf(consumer);
      group.deleteConsumer(consumer);
      stream.tidy();
      q.db().changedGroups(e, "xgroup-delconsumer");
    }
    out.integer(pending);
  }

  /** Those who wait for the group are told that it is no more. */
  private static void destroy(Request q, RespWriter out) {
    Entry e = q.key(2);
    StreamValue stream = stream(q, out, e, false);
    if (stream == null) {
      return;
    }
    boolean isThere = stream.destroyGroup(q.bytes(), q.offset(3), q.length(3));
    if (isThere) {
      stream.tidy();
      q.db().changedGroups(e, "xgroup-destroy");
      q.db().ready(e);
    }
    out.integer(isThere ? 1 : 0);
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(out, "XGROUP", HELP);
  }

  private static void setId(Request q, RespWriter out) {
    Options options = new Options();
    if (!options.parse(q, out, false)) {
      return;
    }
    Entry e = q.key(2);
    StreamValue stream = stream(q, out, e, false);
    ConsumerGroup group = stream == null ? null : group(q, out, stream);
    if (stream == null || group == null) {
      return;
    }
    if (q.argc() > 7) {
      StreamReplies.misuse(q, out, "XGROUP");
      return;
    }
    StreamId id = new StreamId();
    if (isLastId(q)) {
      id.ms = stream.lastMs();
      id.seq = stream.lastSeq();
    } else if (!id.parseAny(q, out, 4)) {
      return;
    }
    group.setLastId(id.ms, id.seq);
    group.setEntriesRead(options.entriesRead);
    q.db().changedGroups(e, "xgroup-setid");
    out.ok();
  }
}
