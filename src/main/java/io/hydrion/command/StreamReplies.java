package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;

/** What several commands of streams reply. */
final class StreamReplies {
  private StreamReplies() {}

  /** The entry that a cursor is at: its id, its fields and values. */
  static void entry(RespWriter out, StreamCursor at) {
    out.array(2);
    out.bulkPair(at.ms(), at.seq());
    out.array(2L * at.openFields());
    while (at.nextField()) {
      out.bulk(at.bytes(), at.fieldOffset(), at.fieldLength());
      out.bulk(at.bytes(), at.valueOffset(), at.valueLength());
    }
  }

  /** At most so many entries with ids between two, both included. */
  static void range(
      RespWriter out,
      StreamValue stream,
      StreamId start,
      StreamId end,
      long most,
      boolean reverse) {
    StreamCursor cursor = stream.cursor();
    cursor.seek(start.ms, start.seq, end.ms, end.seq, false);
    long n = cursor.count(most);
    out.array(n);
    cursor.seek(start.ms, start.seq, end.ms, end.seq, reverse);
    for (long i = 0; i < n && cursor.next(); i++) {
      entry(out, cursor);
    }
  }

  static void noGroup(Request q, RespWriter out, int key, int group, String rest) {
    out.error(
        "NOGROUP No such key '"
            + q.textOfC(key)
            + "' or consumer group '"
            + q.textOfC(group)
            + "'"
            + rest);
  }

  static void noGroupOfKey(Request q, RespWriter out, int key, int group) {
    out.error(
        "NOGROUP No such consumer group '"
            + q.textOfC(group)
            + "' for key name '"
            + q.textOfC(key)
            + "'");
  }

  /** The error of a subcommand whose arguments do not fit. */
  static void misuse(Request q, RespWriter out, String container) {
    out.error(
        "ERR unknown subcommand or wrong number of arguments for '"
            + q.textOfC(1)
            + "'. Try "
            + container
            + " HELP.");
  }
}
