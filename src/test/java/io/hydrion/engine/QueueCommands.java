package io.hydrion.engine;

import static io.hydrion.engine.Flags.BLOCKING;
import static io.hydrion.engine.Flags.WRITE;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import java.util.List;

/** Queues made of strings, an item a word: what is blocked on before there are lists. */
final class QueueCommands {
  static final List<Command> TABLE =
      List.of(
          Command.row("TPUSH", -3, "list", "1.0.0", WRITE, "key item [item ...]")
              .keys(1, 1, 1, "RW INSERT")
              .summary("Puts items at the end of a queue.")
              .event("tpush")
              .run(QueueCommands::push),
          Command.row("TBPOP", -3, "list", "1.0.0", WRITE | BLOCKING, "key [key ...] millis")
              .keys(1, -2, 1, "RW DELETE")
              .summary("Takes the first item of the first queue that has one, or waits.")
              .event("tpop")
              .run(QueueCommands::pop),
          Command.row("TBMOVE", 4, "list", "1.0.0", WRITE | BLOCKING, "from to millis")
              .keys(1, 1, 1, "RW DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .summary("Moves the first item of a queue to the end of another, or waits.")
              .event("tmove")
              .run(QueueCommands::move));

  private QueueCommands() {}

  private static void push(Request q, RespWriter out) {
    for (int i = 2; i < q.argc(); i++) {
      append(q, q.key(1), q.text(i));
    }
    out.integer(q.argc() - 2);
  }

  private static void append(Request q, Entry e, String item) {
    String old = q.db().write(e) ? Bytes.string(e.copyValue()) + " " : "";
    store(q, e, old + item);
    q.db().ready(e);
  }

  private static void store(Request q, Entry e, String items) {
    byte[] value = Bytes.of(items);
    q.db().setString(e, value, 0, value.length, Partition.NEVER);
  }

  /** Takes the first item of a queue that is there. */
  private static String take(Request q, Entry e) {
    String items = Bytes.string(e.copyValue());
    int blank = items.indexOf(' ');
    if (blank >= 0) {
      store(q, e, items.substring(blank + 1));
      return items.substring(0, blank);
    }
    q.db().changedToo(e, KeyspaceEvents.LIST, "tpop");
    q.db().delete(e, "del");
    return items;
  }

  private static void pop(Request q, RespWriter out) {
    int last = q.argc() - 2;
    for (int i = 1; i <= last; i++) {
      Entry e = q.key(i);
      if (q.db().write(e)) {
        out.array(2);
        out.bulk(q.copy(i));
        out.bulk(take(q, e));
        return;
      }
    }
    waitFor(q, out, last);
  }

  private static void move(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (q.db().write(e)) {
      String item = take(q, e);
      append(q, q.otherKey(2), item);
      out.bulk(item);
    } else {
      waitFor(q, out, 1);
    }
  }

  private static void waitFor(Request q, RespWriter out, int lastKey) {
    if (q.mayBlock()) {
      q.block(1, lastKey, q.longAt(q.argc() - 1), RespWriter::nilArray);
    } else {
      out.nilArray();
    }
  }
}
