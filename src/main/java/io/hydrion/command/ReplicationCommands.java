package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.engine.Session;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import java.io.IOException;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** REPLCONF and SYNC, as far as tools need them that fetch the database file. */
final class ReplicationCommands {
  private static final Logger LOG = LogManager.getLogger(ReplicationCommands.class);

  static final List<Command> TABLE =
      List.of(
          row(
                  "REPLCONF",
                  -1,
                  "server",
                  "3.0.0",
                  ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
                  "")
              .syscmd()
              .complexity("O(1)")
              .summary("Says what a replica, or a tool that acts as one, can do and wants.")
              .run(ReplicationCommands::configure),
          row("SYNC", 1, "server", "1.0.0", NO_ASYNC_LOADING | ADMIN | NO_MULTI | NOSCRIPT, "")
              .complexity("O(N), N = keys of all databases")
              .summary("Sends the database file as it is now.")
              .run(ReplicationCommands::sync));

  private ReplicationCommands() {}

  private static void configure(Request q, RespWriter out) {
    if (q.argc() % 2 == 0) {
      out.error(Errors.SYNTAX);
      return;
    }
    for (int i = 1; i < q.argc(); i += 2) {
      if (q.is(i, "listening-port") || q.is(i, "rdb-only")) {
        if (!q.isLong(i + 1)) {
          out.error(Errors.NOT_INTEGER);
          return;
        }
        if (q.is(i, "rdb-only")) {
          q.session().setWantsFileOnly(q.longAt(i + 1) == 1);
        }
      } else if (q.is(i, "rdb-filter-only")) {
        if (q.length(i + 1) > 0 && !q.is(i + 1, "functions")) {
          out.error("ERR Unsupported rdb-filter-only option: " + q.textOfC(i + 1));
          return;
        }
        q.session().setWantsFunctionsOnly(q.length(i + 1) > 0);
      } else if (q.is(i, "ack") || q.is(i, "getack")) {
        return; // of replicas only, which there are none of
      } else if (!q.is(i, "ip-address") && !q.is(i, "capa")) {
        out.error("ERR Unrecognized REPLCONF option: " + q.textOfC(i));
        return;
      }
    }
    out.ok();
  }

  private static void sync(Request q, RespWriter out) {
    Session session = q.session();
    if (!session.wantsFileOnly() || !q.mayBlock()) {
      out.error("ERR SYNC is for REPLCONF rdb-only 1: this server has no stream of changes");
      return;
    }
    q.await(
        () -> {
          try {
            q.engine().snapshots().send(session);
          } catch (IOException e) {
            LOG.error(
                "Sending the database file to {} failed: {}", session.address(), e.toString());
          }
        },
        (then, reply) -> session.outlet().close(true)); // gently: the client still reads
  }
}
