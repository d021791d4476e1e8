package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Entry;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XINFO: what there is to say of a stream, its groups and their consumers. */
final class StreamInfoCommands {
  static final List<Command> TABLE = List.of(info());

  /** How many entries FULL shows, of each list, unless COUNT says otherwise. */
  private static final long COUNT_DEFAULT = 10;

  private static final String HELP =
      """
      CONSUMERS <key> <groupname>
          Shows the consumers of a group.
      GROUPS <key>
          Shows the groups of a stream.
      STREAM <key> [FULL [COUNT <count>]
          Describes a stream.
      """;

  private StreamInfoCommands() {}

  private static Command info() {
    Command command =
        row("XINFO", -2, "stream", "5.0.0", 0, "")
            .complexity("by subcommand")
            .summary("Looks at streams, their groups and consumers.")
            .container();
    command
        .sub("CONSUMERS", 4, "5.0.0", READONLY, "key groupname")
        .keys(2, 2, 1, "RO ACCESS")
        .acl("stream")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Lists the consumers of a group.")
        .run(StreamInfoCommands::consumers);
    command
        .sub("GROUPS", 3, "5.0.0", READONLY, "key")
        .keys(2, 2, 1, "RO ACCESS")
        .acl("stream")
        .complexity("O(1)")
        .summary("Lists the consumer groups of a stream.")
        .history("7.0.0", "fields entries-read and lag")
        .run(StreamInfoCommands::groups);
    command
        .sub("HELP", 2, "5.0.0", LOADING | STALE, "")
        .acl("stream")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(StreamInfoCommands::help);
    command
        .sub("STREAM", -3, "5.0.0", READONLY, "key full=[FULL [COUNT count]]")
        .keys(2, 2, 1, "RO ACCESS")
        .acl("stream")
        .complexity("O(1)")
        .summary("Describes a stream.")
        .history("6.0.0", "option FULL")
        .history(
            "7.0.0",
            "fields max-deleted-entry-id, entries-added, recorded-first-entry-id, entries-read and"
                + " lag")
        .run(StreamInfoCommands::stream);
    return command;
  }

  /** The stream of a subcommand; null: the error has been replied. */
  private static @Nullable StreamValue streamOf(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().read(e)) {
      out.error(Errors.NO_SUCH_KEY);
      return null;
    }
    StreamValue stream = q.db().stream(e);
    if (stream == null) {
      out.error(Errors.WRONG_TYPE);
    }
    return stream;
  }

  private static void consumers(Request q, RespWriter out) {
    StreamValue stream = streamOf(q, out);
    if (stream == null) {
      return;
    }
    ConsumerGroup group = stream.group(q.bytes(), q.offset(3), q.length(3));
    if (group == null) {
      StreamReplies.noGroupOfKey(q, out, 2, 3);
      return;
    }
    out.array(group.consumerCount());
    for (int i = 0; i < group.consumerCount(); i++) {
      int consumer = group.consumerAt(i);
      out.map(3);
      out.bulk("name");
      StreamPendingCommands.name(out, group, consumer);
      number(out, "pending", group.pendingOf(consumer));
      number(out, "idle", Math.max(0, q.now() - group.seen(consumer)));
    }
  }

  private static void number(RespWriter out, String name, long value) {
    out.bulk(name);
    out.integer(value);
  }

  private static void id(RespWriter out, String name, long ms, long seq) {
    out.bulk(name);
    out.bulkPair(ms, seq);
  }

  /** A number of entries that may not be known. */
  private static void figure(RespWriter out, String name, long value) {
    out.bulk(name);
    if (value == ConsumerGroup.UNKNOWN) {
      out.nil();
    } else {
      out.integer(value);
    }
  }

  private static void groups(Request q, RespWriter out) {
    StreamValue stream = streamOf(q, out);
    if (stream == null) {
      return;
    }
    out.array(stream.groupCount());
    for (int i = 0; i < stream.groupCount(); i++) {
      ConsumerGroup group = stream.groupAt(i);
      out.map(6);
      out.bulk("name");
      out.bulk(group.nameBytes(), group.nameOffset(), group.nameLength());
      number(out, "consumers", group.consumerCount());
      number(out, "pending", group.pendingCount());
      id(out, "last-delivered-id", group.lastMs(), group.lastSeq());
      figure(out, "entries-read", group.entriesRead());
      lag(out, stream, group);
    }
  }

  private static void lag(RespWriter out, StreamValue stream, ConsumerGroup group) {
    out.bulk("lag");
    if (stream.hasLag(group)) {
      out.integer(stream.lag(group));
    } else {
      out.nil();
    }
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(out, "XINFO", HELP);
  }

  private static void stream(Request q, RespWriter out) {
    StreamValue stream = streamOf(q, out);
    if (stream == null) {
      return;
    }
    int options = q.argc() - 3;
    if (options == 0) {
      describe(out, stream);
      return;
    }
    if ((options != 1 && options != 3) || !q.is(3, "full") || (options == 3 && !q.is(4, "count"))) {
      StreamReplies.misuse(q, out, "XINFO");
      return;
    }
    long count = COUNT_DEFAULT;
    if (options == 3) {
      if (!q.isLong(5)) {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      count = q.longAt(5) < 0 ? COUNT_DEFAULT : q.longAt(5);
    }
    describeFully(out, stream, count == 0 ? Long.MAX_VALUE : count);
  }

  private static void figures(RespWriter out, StreamValue stream) {
    number(out, "length", stream.size());
    number(out, "radix-tree-keys", stream.blockCount());
    number(out, "radix-tree-nodes", stream.radixNodes());
    id(out, "last-generated-id", stream.lastMs(), stream.lastSeq());
    id(out, "max-deleted-entry-id", stream.deletedMs(), stream.deletedSeq());
    number(out, "entries-added", stream.entriesAdded());
    id(out, "recorded-first-entry-id", stream.firstMs(), stream.firstSeq());
  }

  private static void describe(RespWriter out, StreamValue stream) {
    out.map(10);
    figures(out, stream);
    number(out, "groups", stream.groupCount());
    out.bulk("first-entry");
    edge(out, stream, false);
    out.bulk("last-entry");
    edge(out, stream, true);
  }

  private static void edge(RespWriter out, StreamValue stream, boolean last) {
    StreamCursor cursor = stream.cursor();
    cursor.seek(0, 0, StreamId.HIGHEST, StreamId.HIGHEST, last);
    if (cursor.next()) {
      StreamReplies.entry(out, cursor);
    } else {
      out.nil();
    }
  }

  private static void describeFully(RespWriter out, StreamValue stream, long count) {
    out.map(9);
    figures(out, stream);
    out.bulk("entries");
    StreamId end = new StreamId();
    end.ms = StreamId.HIGHEST;
    end.seq = StreamId.HIGHEST;
    StreamReplies.range(out, stream, new StreamId(), end, count, false);
    out.bulk("groups");
    out.array(stream.groupCount());
    for (int i = 0; i < stream.groupCount(); i++) {
      describe(out, stream, stream.groupAt(i), count);
    }
  }

  private static void describe(
      RespWriter out, StreamValue stream, ConsumerGroup group, long count) {
    out.map(7);
    out.bulk("name");
    out.bulk(group.nameBytes(), group.nameOffset(), group.nameLength());
    id(out, "last-delivered-id", group.lastMs(), group.lastSeq());
    figure(out, "entries-read", group.entriesRead());
    lag(out, stream, group);
    number(out, "pel-count", group.pendingCount());
    out.bulk("pending");
    long n = Math.min(count, group.pendingCount());
    out.array(n);
    boolean more = group.firstPending(0, 0);
    for (long i = 0; i < n && more; i++) {
      out.array(4);
      out.bulkPair(group.pendingMs(), group.pendingSeq());
      StreamPendingCommands.name(out, group, group.pendingConsumer());
      out.integer(group.delivered());
      out.integer(group.deliveries());
      more = group.nextPending();
    }
    out.bulk("consumers");
    out.array(group.consumerCount());
    for (int i = 0; i < group.consumerCount(); i++) {
      describe(out, group, group.consumerAt(i), count);
    }
  }

  private static void describe(RespWriter out, ConsumerGroup group, int consumer, long count) {
    out.map(4);
    out.bulk("name");
    StreamPendingCommands.name(out, group, consumer);
    number(out, "seen-time", group.seen(consumer));
    number(out, "pel-count", group.pendingOf(consumer));
    out.bulk("pending");
    long n = Math.min(count, group.pendingOf(consumer));
    out.array(n);
    boolean more = group.firstPendingOf(consumer, 0, 0);
    for (long i = 0; i < n && more; i++) {
      out.array(3);
      out.bulkPair(group.pendingMs(), group.pendingSeq());
      out.integer(group.delivered());
      out.integer(group.deliveries());
      more = group.nextPendingOfConsumer();
    }
  }
}
