package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import java.util.List;

/** Strings. */
final class StringCommands {
  static final List<Command> TABLE =
      List.of(
          row("GET", 2, "string", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("string")
              .complexity("O(1)")
              .summary("Reads a string.")
              .run(StringCommands::get),
          row("SET", -3, "string", "1.0.0", WRITE | DENYOOM | BRIEF, "key value")
              .keys(1, 1, 1, "RW ACCESS UPDATE VARIABLE_FLAGS")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string, optionally under a condition or with an expiry.")
              .event("set")
              .run(StringCommands::set),
          row("INCR", 2, "string", "1.0.0", WRITE | DENYOOM | FAST, "key")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Adds one to a number.")
              .event("incrby")
              .run(StringCommands::incr),
          row("MSET", -3, "string", "1.0.1", WRITE | DENYOOM | BRIEF, "key value [key value ...]")
              .keys(1, -1, 2, "OW UPDATE")
              .acl("string")
              .complexity("O(N), N = keys")
              .summary("Writes several strings at once.")
              .event("set")
              .run(StringCommands::mset));

  private StringCommands() {}

  private static void get(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
    } else if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.bulk(e.bytes(), e.valueOffset(), e.valueLength());
    }
  }

  private static void set(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().write(e);
    q.db().setString(e, q.bytes(), q.offset(2), q.length(2), Partition.NEVER);
    out.ok();
  }

  private static void incr(Request q, RespWriter out) {
    Entry e = q.key(1);
    long value = 0;
    if (q.db().write(e)) {
      if (!e.isString()) {
        out.error(Errors.WRONG_TYPE);
        return;
      }
      if (!e.isInteger()) {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      value = Bytes.parseLong(e.bytes(), e.valueOffset(), e.valueLength());
    }
    q.db().setInteger(e, value + 1);
    out.integer(value + 1);
  }

  private static void mset(Request q, RespWriter out) {
    for (int i = 1; i < q.argc(); i += 2) {
      Entry e = q.key(i);
      q.db().write(e);
      q.db().setString(e, q.bytes(), q.offset(i + 1), q.length(i + 1), Partition.NEVER);
    }
    out.ok();
  }
}
