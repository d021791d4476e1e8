package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.engine.Rewriting;
import io.hydrion.engine.Saving;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import java.util.List;
import java.util.function.BooleanSupplier;

/** SAVE, BGSAVE, LASTSAVE and BGREWRITEAOF. */
final class PersistenceCommands {
  static final List<Command> TABLE =
      List.of(
          row("BGREWRITEAOF", 1, "server", "1.0.0", ADMIN | NOSCRIPT | NO_ASYNC_LOADING, "")
              .complexity("O(1)")
              .summary("Begins to rewrite the append log in the background, as short as it can be.")
              .run(PersistenceCommands::rewriteInBackground),
          row(
                  "BGSAVE",
                  -1,
                  "server",
                  "1.0.0",
                  ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
                  "[schedule=SCHEDULE]^3.2.2")
              .complexity("O(1)")
              .summary("Begins to save all keys to disk, as they are now, in the background.")
              .history("3.2.2", "option SCHEDULE")
              .run(PersistenceCommands::saveInBackground),
          row("LASTSAVE", 1, "server", "1.0.0", LOADING | STALE | FAST, "")
              .acl("admin", "dangerous")
              .tips("nondeterministic_output")
              .complexity("O(1)")
              .summary("Tells when the keys were saved to disk last, in Unix time.")
              .run((q, out) -> out.integer(q.engine().saving().figures().lastSaveSeconds())),
          row("SAVE", 1, "server", "1.0.0", ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, "")
              .complexity("O(N), N = keys of all databases")
              .summary("Saves all keys to disk, and replies when they are there.")
              .run(PersistenceCommands::save));

  private static final String RUNNING = "ERR Background save already in progress";

  private PersistenceCommands() {}

  private static void rewriteInBackground(Request q, RespWriter out) {
    Rewriting rewriting = q.engine().rewriting();
    if (rewriting.isRunning()) {
      out.error("ERR Background append only file rewriting already in progress");
    } else if (q.engine().snapshots().isBusy() || q.session().isInTransaction()) {
      rewriting.schedule();
      out.simple("Background append only file rewriting scheduled");
    } else if (rewriting.rewriteInBackground()) {
      out.simple("Background append only file rewriting started");
    } else {
      out.error(
          "ERR Can't execute an AOF background rewriting. Please check the server logs for more"
              + " information.");
    }
  }

  private static void saveInBackground(Request q, RespWriter out) {
    Saving saving = q.engine().saving();
    boolean schedules = q.argc() > 1;
    if (q.argc() > 2 || (schedules && !q.is(1, "schedule"))) {
      out.error(Errors.SYNTAX);
    } else if (saving.isRunning()) {
      out.error(RUNNING);
    } else if (schedules && (q.engine().snapshots().isBusy() || q.session().isInTransaction())) {
      saving.schedule();
      out.simple("Background saving scheduled");
    } else if (saving.saveInBackground()) {
      out.simple("Background saving started");
    } else {
      out.error(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE"
              + " in order to schedule a BGSAVE whenever possible.");
    }
  }

  private static void save(Request q, RespWriter out) {
    Saving saving = q.engine().saving();
    if (saving.isRunning()) {
      out.error(RUNNING);
    } else {
      done(q, out, saving::save, PersistenceCommands::reply);
    }
  }

  private static void reply(boolean worked, RespWriter out) {
    if (worked) {
      out.ok();
    } else {
      out.error("ERR");
    }
  }

  /** Is told whether something worked, and replies. */
  @FunctionalInterface
  interface Outcome {
    void reply(boolean worked, RespWriter out);
  }

  /** Does something that takes long: without stopping others where the client can wait. */
  static void done(Request q, RespWriter out, BooleanSupplier task, Outcome outcome) {
    if (!q.mayBlock()) {
      outcome.reply(task.getAsBoolean(), out);
      return;
    }
    boolean[] worked = new boolean[1];
    q.await(
        () -> worked[0] = task.getAsBoolean(), (then, reply) -> outcome.reply(worked[0], reply));
  }
}
