package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import java.util.List;

/** Commands as one: MULTI and EXEC, under the condition that WATCH states. */
final class TransactionCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "DISCARD",
                  1,
                  "transactions",
                  "2.0.0",
                  NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY | NOT_QUEUED,
                  "")
              .acl("transaction")
              .complexity("O(N), N = queued commands")
              .summary("Drops the queued commands and ends the transaction.")
              .run(TransactionCommands::discard),
          row(
                  "EXEC",
                  1,
                  "transactions",
                  "1.2.0",
                  NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG | NOT_QUEUED | LOCKS_QUEUED,
                  "")
              .acl("transaction")
              .complexity("the sum of the queued commands")
              .summary("Runs the queued commands as one.")
              .run(TransactionCommands::exec),
          row(
                  "MULTI",
                  1,
                  "transactions",
                  "1.2.0",
                  NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY | NOT_QUEUED,
                  "")
              .acl("transaction")
              .complexity("O(1)")
              .summary("Begins to queue commands.")
              .run(TransactionCommands::multi),
          row(
                  "UNWATCH",
                  1,
                  "transactions",
                  "2.2.0",
                  NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY,
                  "")
              .acl("transaction")
              .complexity("O(1)")
              .summary("Drops all watches of this connection.")
              .run(TransactionCommands::unwatch),
          row(
                  "WATCH",
                  -2,
                  "transactions",
                  "2.2.0",
                  NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY | NOT_QUEUED,
                  "key [key ...]")
              .keys(1, -1, 1, "RO")
              .acl("transaction")
              .complexity("O(1) a key")
              .summary("Makes the next EXEC fail if one of the keys changes before it.")
              .run(TransactionCommands::watch));

  private TransactionCommands() {}

  private static void discard(Request q, RespWriter out) {
    if (!q.session().isInTransaction()) {
      out.error("ERR DISCARD without MULTI");
      return;
    }
    q.engine().transactions().discard(q.session());
    out.ok();
  }

  private static void exec(Request q, RespWriter out) {
    q.engine().transactions().exec(q, out);
  }

  private static void multi(Request q, RespWriter out) {
    if (q.session().isInTransaction()) {
      out.error("ERR MULTI calls can not be nested");
      return;
    }
    q.engine().transactions().begin(q.session());
    out.ok();
  }

  private static void unwatch(Request q, RespWriter out) {
    q.engine().transactions().unwatch(q.session());
    out.ok();
  }

  private static void watch(Request q, RespWriter out) {
    if (q.session().isInTransaction()) {
      out.error("ERR WATCH inside MULTI is not allowed");
      return;
    }
    q.engine().transactions().watch(q, 1);
    out.ok();
  }
}
