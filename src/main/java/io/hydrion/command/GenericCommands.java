package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.Bytes;
import java.util.List;

/** Keys of any type: whether they are there, their names, and the way to another database. */
final class GenericCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "COPY",
                  -3,
                  "generic",
                  "6.2.0",
                  WRITE | DENYOOM,
                  "source destination [DB destination-db] [REPLACE]")
              .keys(1, 1, 1, "RO ACCESS")
              .keys(2, 2, 1, "OW UPDATE")
              .acl("keyspace")
              .complexity("O(N), N = elements of the value; O(1) for a string")
              .summary("Copies a value to another key.")
              .event("copy_to")
              .run(GenericCommands::copy),
          row("DEL", -2, "generic", "1.0.0", WRITE, "key [key ...]")
              .keys(1, -1, 1, "RM DELETE")
              .acl("keyspace")
              .tips("request_policy:multi_shard", "response_policy:agg_sum")
              .complexity(
                  "O(N), N = keys, plus the number of elements of each value that is not a string")
              .summary("Removes keys.")
              .event("del")
              .run(GenericCommands::delete),
          row("EXISTS", -2, "generic", "1.0.0", READONLY | FAST, "key [key ...]")
              .keys(1, -1, 1, "RO")
              .acl("keyspace")
              .tips("request_policy:multi_shard", "response_policy:agg_sum")
              .complexity("O(N), N = keys")
              .summary("Counts how many of the keys exist.")
              .history("3.0.3", "takes several keys")
              .run(GenericCommands::exists),
          row("MOVE", 3, "generic", "1.0.0", WRITE | FAST, "key db")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Takes a key to another database.")
              .event("move_to")
              .run(GenericCommands::move),
          row("RENAME", 3, "generic", "1.0.0", WRITE, "key newkey")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "OW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Gives a key another name and replaces what had that name.")
              .event("rename_to")
              .run(GenericCommands::rename),
          row("RENAMENX", 3, "generic", "1.0.0", WRITE | FAST, "key newkey")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "OW INSERT")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Gives a key another name if that name is free.")
              .history("3.2.0", "old and new name may be the same")
              .event("rename_to")
              .run(GenericCommands::renameIfFree),
          row("TOUCH", -2, "generic", "3.2.1", READONLY | FAST, "key [key ...]")
              .keys(1, -1, 1, "RO")
              .acl("keyspace")
              .tips("request_policy:multi_shard", "response_policy:agg_sum")
              .complexity("O(N), N = keys")
              .summary("Marks keys as just used and counts those that exist.")
              .run(GenericCommands::touch),
          row("TYPE", 2, "generic", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Shows the type of a value.")
              .run(GenericCommands::type),
          row("UNLINK", -2, "generic", "4.0.0", WRITE | FAST, "key [key ...]")
              .keys(1, -1, 1, "RM DELETE")
              .acl("keyspace")
              .tips("request_policy:multi_shard", "response_policy:agg_sum")
              .complexity("O(1) a key, and O(N) in the background, N = elements")
              .summary("Removes keys and frees big values in the background.")
              .event("del")
              .run(GenericCommands::delete),
          row("WAIT", 3, "generic", "3.0.0", NOSCRIPT, "numreplicas timeout")
              .acl("connection")
              .tips("request_policy:all_shards", "response_policy:agg_min")
              .complexity("O(1)")
              .summary("Waits until enough replicas have this connection's writes.")
              .run(GenericCommands::waitForReplicas));

  private GenericCommands() {}

  private static void copy(Request q, RespWriter out) {
    Database db = q.db();
    int from = db.index();
    int to = from;
    boolean replace = false;
    for (int i = 3; i < q.argc(); i++) {
      if (q.is(i, "replace")) {
        replace = true;
      } else if (q.is(i, "db") && i + 1 < q.argc()) {
        to = databaseAt(q, ++i, out);
        if (to < 0) {
          return;
        }
      } else {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    if (from == to && isSameKey(q, 1, 2)) {
      out.error(Errors.SAME_OBJECT);
      return;
    }
    Entry source = q.key(1);
    if (!db.read(source)) {
      out.integer(0);
      return;
    }
    Entry copy = q.otherKey(2);
    db.select(to);
    boolean isFree = !db.write(copy) || replace;
    if (isFree) {
      if (from == to) {
        reread(db, source); // the other look-up may have removed a key that had expired
      }
      db.storeCopy(copy, from, source);
      db.changed(copy, KeyspaceEvents.GENERIC, "copy_to");
    }
    db.select(from);
    out.integer(isFree ? 1 : 0);
  }

  /**
   * The database that an argument names; -1 when it names none: the error has been replied then.
   */
  static int databaseAt(Request q, int i, RespWriter out) {
    if (!q.isLong(i)) {
      out.error(Errors.NOT_INTEGER);
      return -1;
    }
    long index = q.longAt(i);
    if (index != (int) index) {
      out.error(Errors.NOT_INT);
      return -1;
    }
    if (index < 0 || index >= q.engine().keyspace().databases()) {
      out.error(Errors.DB_INDEX);
      return -1;
    }
    return (int) index;
  }

  private static boolean isSameKey(Request q, int i, int j) {
    return q.length(i) == q.length(j)
        && Bytes.equal(q.bytes(), q.offset(i), q.bytes(), q.offset(j), q.length(i));
  }

  /** Finds a key again that is known to be there, after its partition may have changed. */
  private static void reread(Database db, Entry e) {
    boolean found = db.peek(e);
    assert found;
  }

  private static void delete(Request q, RespWriter out) {
    long deleted = 0;
    for (int i = 1; i < q.argc(); i++) {
      Entry e = q.key(i);
      if (q.db().peek(e)) {
        q.db().delete(e, "del");
        deleted++;
      }
    }
    out.integer(deleted);
  }

  private static void exists(Request q, RespWriter out) {
    long found = 0;
    for (int i = 1; i < q.argc(); i++) {
      found += q.db().readQuietly(q.key(i)) ? 1 : 0;
    }
    out.integer(found);
  }

  /** The key's slot, and so its shard, is the same in every database: one lock is enough. */
  private static void move(Request q, RespWriter out) {
    int to = databaseAt(q, 2, out);
    if (to < 0) {
      return;
    }
    Database db = q.db();
    int from = db.index();
    if (from == to) {
      out.error(Errors.SAME_OBJECT);
      return;
    }
    Entry source = q.key(1);
    if (!db.write(source)) {
      out.integer(0);
      return;
    }
    Entry moved = q.otherKey(1);
    db.select(to);
    boolean isFree = !db.write(moved);
    if (isFree) {
      db.storeMoved(moved, from, source);
      db.select(from);
      db.delete(source, "move_from");
      db.select(to);
      db.changedToo(moved, KeyspaceEvents.GENERIC, "move_to");
    }
    db.select(from);
    out.integer(isFree ? 1 : 0);
  }

  private static void rename(Request q, RespWriter out) {
    if (!q.db().write(q.key(1))) {
      out.error(Errors.NO_SUCH_KEY);
      return;
    }
    if (!isSameKey(q, 1, 2)) {
      Entry renamed = q.otherKey(2);
      q.db().write(renamed);
      rename(q, renamed);
    }
    out.ok();
  }

  private static void renameIfFree(Request q, RespWriter out) {
    if (!q.db().write(q.key(1))) {
      out.error(Errors.NO_SUCH_KEY);
      return;
    }
    Entry renamed = q.otherKey(2);
    boolean isFree = !isSameKey(q, 1, 2) && !q.db().write(renamed);
    if (isFree) {
      rename(q, renamed);
    }
    out.integer(isFree ? 1 : 0);
  }

  /** The record moves before the old name goes, so that where memory is short nothing is lost. */
  private static void rename(Request q, Entry renamed) {
    Database db = q.db();
    Entry source = q.key(1);
    reread(db, source);
    db.storeMoved(renamed, db.index(), source);
    reread(db, source);
    db.delete(source, "rename_from");
    db.changedToo(renamed, KeyspaceEvents.GENERIC, "rename_to");
  }

  private static void touch(Request q, RespWriter out) {
    long found = 0;
    for (int i = 1; i < q.argc(); i++) {
      found += q.db().read(q.key(i)) ? 1 : 0;
    }
    out.integer(found);
  }

  private static void type(Request q, RespWriter out) {
    Entry e = q.key(1);
    out.simple(q.db().readQuietly(e) ? e.type().text() : "none");
  }

  private static void waitForReplicas(Request q, RespWriter out) {
    if (!q.isLong(1)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long timeoutMillis = BlockingOptions.millis(q, out, 2);
    if (timeoutMillis == BlockingOptions.REFUSED) {
      return;
    }
    int acknowledged = 0; // no replica can be attached
    if (acknowledged >= q.longAt(1) || !q.mayBlock()) {
      out.integer(acknowledged);
      return;
    }
    q.block(1, 0, timeoutMillis, late -> late.integer(acknowledged)); // for time, not for keys
  }
}
