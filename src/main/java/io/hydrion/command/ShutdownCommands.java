package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.engine.Saving;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The end of the server. */
final class ShutdownCommands {
  private static final Logger LOG = LogManager.getLogger(ShutdownCommands.class);

  static final List<Command> TABLE =
      List.of(
          row(
                  "SHUTDOWN",
                  -1,
                  "server",
                  "1.0.0",
                  ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY,
                  "[NOSAVE | SAVE] [NOW]^7.0.0 [FORCE]^7.0.0 [ABORT]^7.0.0")
              .complexity("O(N) when it saves, N = keys of all databases, else O(1)")
              .summary("Saves what is to be saved and stops the server.")
              .history("7.0.0", "modifiers NOW, FORCE and ABORT")
              .run(ShutdownCommands::shutdown));

  private ShutdownCommands() {}

  private static void shutdown(Request q, RespWriter out) {
    boolean save = false;
    boolean noSave = false;
    boolean abort = false;
    boolean force = false;
    for (int i = 1; i < q.argc(); i++) {
      if (q.is(i, "save")) {
        save = true;
      } else if (q.is(i, "nosave")) {
        noSave = true;
      } else if (q.is(i, "abort")) {
        abort = true;
      } else if (q.is(i, "force")) {
        force = true;
      } else if (!q.is(i, "now")) { // nothing is waited for, so NOW changes nothing
        out.error(Errors.SYNTAX);
        return;
      }
    }
    if ((save && noSave) || (abort && q.argc() > 2)) {
      out.error(Errors.SYNTAX);
    } else if (abort) {
      out.error("ERR No shutdown in progress.");
    } else {
      Saving saving = q.engine().saving();
      boolean saves = save;
      boolean keeps = noSave;
      boolean forced = force;
      PersistenceCommands.done(
          q,
          out,
          () -> keeps || (saves ? saving.saveForEnd() : saving.saveAtEnd()),
          (worked, reply) -> end(q, reply, worked || forced));
    }
  }

  private static void end(Request q, RespWriter out, boolean can) {
    if (can) {
      q.engine().saving().giveUp();
      q.session().closeAfterReply();
      q.engine().shutdown();
    } else {
      LOG.error("Error trying to save the DB, can't exit.");
      out.error("ERR Errors trying to SHUTDOWN. Check logs.");
    }
  }
}
