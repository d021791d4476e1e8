package io.hydrion.engine;

import io.hydrion.persistence.LogFailure;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The checks before a command runs, in Redis's order, for commands that are not plainly allowed.
 */
final class Gate {
  private static final int QUOTED_MAX = 128;

  /** What a client that monitors, as one that replicates, must not do. */
  private static final int KEYSPACE = Flags.READONLY | Flags.WRITE | Flags.MAY_REPLICATE;

  private final Engine engine;

  Gate(Engine engine) {
    this.engine = engine;
  }

  /**
   * Checks a command. When it does not pass, its reply has been written, or the session halted.
   *
   * @param row the row of its name, or null
   * @return the command to run, which may be a subcommand; null when nothing is to run
   */
  @Nullable Command pass(Session s, Worker w, Request q, @Nullable Command row) {
    if (q.is(0, "post") || q.is(0, "host:")) {
      engine.crossProtocolAttack(s);
      s.cutOff();
      return null;
    }
    Command command = row == null ? null : q.resolve(row);
    if (command == null || !command.accepts(q.argc())) {
      return reject(s, w, command, misuse(q, row, command));
    }
    String error = permission(s, q, command);
    if (error != null) {
      return reject(s, w, command, error);
    }
    if (command.has(Flags.DENYOOM) || needsMemory(s, command)) {
      if (!engine.eviction().makeRoom(w)) {
        return reject(s, w, command, Errors.OUT_OF_MEMORY);
      }
    }
    error = diskError(s, command);
    if (error != null) {
      return reject(s, w, command, error);
    }
    if ((engine.conditions().restrictions() & Conditions.LACKS_REPLICAS) != 0
        && does(s, command, Flags.WRITE)) {
      return reject(s, w, command, Errors.NO_REPLICAS);
    }
    if ((s.restrictions & Session.SUBSCRIBED) != 0 && !command.has(Flags.WHILE_SUBSCRIBED)) {
      return reject(
          s,
          w,
          command,
          "ERR Can't execute '"
              + command.fullName()
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
              + " this context");
    }
    if (engine.loading().isRunning() && !command.has(Flags.LOADING)) {
      return reject(s, w, command, Errors.LOADING);
    }
    if (s.isMonitor() && (command.flags() & KEYSPACE) != 0) {
      return reject(s, w, command, "ERR Replica can't interact with the keyspace");
    }
    if (!s.monitor && engine.pause().postpones(s, command)) {
      s.halt = Session.Halt.POSTPONED;
      return null;
    }
    Transaction transaction = s.transaction;
    if (transaction != null && !command.has(Flags.NOT_QUEUED)) {
      if (!engine.transactions().add(s, transaction, q)) {
        return reject(s, w, command, Errors.OUT_OF_MEMORY);
      }
      w.out().raw(QUEUED);
      return null;
    }
    return command;
  }

  /** Why nothing may be changed that could not be kept. */
  private @Nullable String diskError(Session s, Command command) {
    int all = engine.conditions().restrictions();
    if ((all & (Conditions.CANNOT_SAVE | Conditions.CANNOT_LOG)) == 0
        || !(does(s, command, Flags.WRITE) || command.name().equals("ping"))) {
      return null;
    }
    if ((all & Conditions.CANNOT_SAVE) != 0 && engine.saving().refusesWrites()) {
      return Errors.CANNOT_SAVE;
    }
    LogFailure failure = engine.durability().failure();
    return failure == null ? null : "MISCONF Errors writing to the AOF file: " + failure.text();
  }

  /** Whether a command has one of these flags, or is the EXEC of one that has. */
  static boolean does(Session s, Command command, int anyOf) {
    Transaction t = s.transaction;
    return (command.flags() & anyOf) != 0
        || (t != null && command.has(Flags.LOCKS_QUEUED) && t.has(anyOf));
  }

  private static final byte[] QUEUED = Bytes.of("+QUEUED\r\n");

  /** Whether a transaction grows by the command, or needs memory to run; it can always end. */
  private static boolean needsMemory(Session s, Command command) {
    Transaction t = s.transaction;
    if (t == null) {
      return false;
    }
    return switch (command.name()) {
      case "exec" -> t.has(Flags.DENYOOM);
      case "discard", "quit", "reset" -> false;
      default -> true;
    };
  }

  /** What is wrong with a command that does not exist or has the wrong number of arguments. */
  private static String misuse(Request q, @Nullable Command row, @Nullable Command command) {
    if (row == null) {
      return unknownCommand(q);
    }
    if (command == null) {
      return "ERR unknown subcommand '"
          + cut(q, 1, QUOTED_MAX)
          + "'. Try "
          + row.name().toUpperCase(Locale.ROOT)
          + " HELP.";
    }
    return Errors.wrongArity(command.fullName());
  }

  private @Nullable String permission(Session s, Request q, Command command) {
    if (command.has(Flags.PROTECTED)
        && !engine.settings().enableDebugCommand().allows(s.isLocal())) {
      return "ERR "
          + command.name().toUpperCase(Locale.ROOT)
          + " command not allowed. If the enable-debug-command option is set to \"local\", you can"
          + " run it from a local connection, otherwise you need to set this option in the"
          + " configuration file, and then restart the server.";
    }
    if (!s.isAuthenticated()
        && !command.has(Flags.NO_AUTH)
        && engine.settings().requirepass() != null) {
      return Errors.NO_AUTH;
    }
    if (s.isInTransaction() && command.has(Flags.NO_MULTI)) {
      return "ERR Command not allowed inside a transaction";
    }
    return null;
  }

  private @Nullable Command reject(Session s, Worker w, @Nullable Command command, String error) {
    Transaction transaction = s.transaction;
    if (transaction != null) {
      transaction.fail();
    }
    if (command != null) {
      w.stats().rejected[command.id()]++;
      if (command.has(Flags.LOCKS_QUEUED)) {
        abortTransaction(s, w, error);
        return null;
      }
    }
    w.out().error(error);
    return null;
  }

  /** An EXEC that is refused ends the transaction all the same. */
  private void abortTransaction(Session s, Worker w, String error) {
    w.release();
    engine.transactions().discard(s);
    String reason = error.startsWith("ERR ") ? error.substring(4) : error;
    w.out().error("EXECABORT Transaction discarded because of: " + reason);
    if (!engine.monitors().isEmpty()) {
      engine.monitors().feed(w, w.request());
    }
  }

  private static String unknownCommand(Request q) {
    StringBuilder args = new StringBuilder();
    for (int i = 1; i < q.argc() && args.length() < QUOTED_MAX; i++) {
      int room = QUOTED_MAX - args.length();
      args.append('\'').append(cut(q, i, room)).append("' ");
    }
    return "ERR unknown command '" + cut(q, 0, QUOTED_MAX) + "', with args beginning with: " + args;
  }

  /** At most so many characters of an argument, and none from a zero byte on. */
  private static String cut(Request q, int i, int most) {
    String text = q.text(i, most);
    int zero = text.indexOf('\0');
    return zero < 0 ? text : text.substring(0, zero);
  }

  /** Silences the writer when CLIENT REPLY asked for it. */
  void mute(Session s, RespWriter out) {
    if (s.replyMode == Session.ReplyMode.SKIP_NEXT) {
      s.replyMode = Session.ReplyMode.SKIPPING;
    }
    out.setMuted(s.replyMode != Session.ReplyMode.ON);
  }

  void unmute(Session s, RespWriter out) {
    if (s.replyMode == Session.ReplyMode.SKIPPING && s.halt != Session.Halt.BLOCKED) {
      boolean later = s.halt == Session.Halt.POSTPONED;
      s.setReplyMode(later ? Session.ReplyMode.SKIP_NEXT : Session.ReplyMode.ON);
    }
    out.setMuted(false);
  }
}
