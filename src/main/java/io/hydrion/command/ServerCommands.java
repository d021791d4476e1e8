package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Version;
import java.util.List;

/** The server as a whole: how much it holds, emptying it, its clock. */
final class ServerCommands {
  static final List<Command> TABLE =
      List.of(
          row("DBSIZE", 1, "server", "1.0.0", READONLY | FAST, "")
              .acl("keyspace")
              .tips("request_policy:all_shards", "response_policy:agg_sum")
              .complexity("O(1)")
              .summary("Counts the keys of the database.")
              .run(ServerCommands::size),
          row("FLUSHALL", -1, "server", "1.0.0", WRITE | ALL_SHARDS, "[ASYNC^4.0.0 | SYNC^6.2.0]")
              .acl("keyspace", "dangerous")
              .tips("request_policy:all_shards", "response_policy:all_succeeded")
              .complexity("O(N), N = keys of all databases")
              .summary("Empties all databases.")
              .history("4.0.0", "mode ASYNC")
              .history("6.2.0", "mode SYNC")
              .run(ServerCommands::flushAll),
          row("FLUSHDB", -1, "server", "1.0.0", WRITE | ALL_SHARDS, "[ASYNC^4.0.0 | SYNC^6.2.0]")
              .acl("keyspace", "dangerous")
              .tips("request_policy:all_shards", "response_policy:all_succeeded")
              .complexity("O(N), N = keys of the database")
              .summary("Empties this database.")
              .history("4.0.0", "mode ASYNC")
              .history("6.2.0", "mode SYNC")
              .run(ServerCommands::flush),
          row("LOLWUT", -1, "server", "5.0.0", READONLY | FAST, "[VERSION version]")
              .summary("Draws a picture and shows the version.")
              .run(ServerCommands::lolwut),
          row("SWAPDB", 3, "server", "4.0.0", WRITE | FAST | ALL_SHARDS, "index1 index2")
              .acl("keyspace", "dangerous")
              .complexity("O(N), N = clients that watch or wait for keys in them")
              .summary("Exchanges the contents of two databases.")
              .run(ServerCommands::swap),
          row("TIME", 1, "server", "2.6.0", LOADING | STALE | FAST, "")
              .tips("nondeterministic_output")
              .complexity("O(1)")
              .summary("Shows the server's clock.")
              .run(ServerCommands::time));

  private static final int MICROS = 1_000_000;

  private ServerCommands() {}

  private static void size(Request q, RespWriter out) {
    out.integer(q.engine().keyspace().countKeys(q.db().index()));
  }

  private static void flushAll(Request q, RespWriter out) {
    if (!isFlushMode(q)) {
      out.error(Errors.SYNTAX);
      return;
    }
    q.engine().saving().drop();
    Database db = q.db();
    int current = db.index();
    for (int i = 0; i < q.engine().keyspace().databases(); i++) {
      db.select(i);
      db.flush();
    }
    db.select(current);
    q.engine().saving().saveNone();
    q.ownEffect();
    out.ok();
  }

  private static void flush(Request q, RespWriter out) {
    if (!isFlushMode(q)) {
      out.error(Errors.SYNTAX);
      return;
    }
    q.db().flush();
    q.ownEffect();
    out.ok();
  }

  /** Both modes are the same: what is dropped is the garbage collector's, in the background. */
  private static boolean isFlushMode(Request q) {
    return q.argc() == 1 || (q.argc() == 2 && (q.is(1, "sync") || q.is(1, "async")));
  }

  private static void lolwut(Request q, RespWriter out) {
    if (q.argc() >= 3 && q.is(1, "version") && !q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    String picture = new HydraPicture(q.engine().random()).draw();
    out.verbatim(
        "txt", Bytes.of(picture + "\nHydrion ver. " + Version.text() + ", Redis ver. 7.4.0\n"));
  }

  private static void swap(Request q, RespWriter out) {
    if (!isInt(q, 1)) {
      out.error("ERR invalid first DB index");
    } else if (!isInt(q, 2)) {
      out.error("ERR invalid second DB index");
    } else if (!isDatabase(q, 1) || !isDatabase(q, 2)) {
      out.error(Errors.DB_INDEX);
    } else {
      q.db().swap((int) q.longAt(1), (int) q.longAt(2));
      out.ok();
    }
  }

  private static boolean isInt(Request q, int i) {
    return q.isLong(i) && q.longAt(i) == (int) q.longAt(i);
  }

  private static boolean isDatabase(Request q, int i) {
    return q.longAt(i) >= 0 && q.longAt(i) < q.engine().keyspace().databases();
  }

  private static void time(Request q, RespWriter out) {
    long micros = q.engine().clock().micros();
    out.array(2);
    out.bulkLong(micros / MICROS);
    out.bulkLong(micros % MICROS);
  }
}
