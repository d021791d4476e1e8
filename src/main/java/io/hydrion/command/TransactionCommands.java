package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** MULTI, EXEC and WATCH. */
final class TransactionCommands {
  static final List<Command> TABLE = List.of();

  private TransactionCommands() {}
}
