package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** COMMAND: what the command table says. */
final class CommandCommands {
  static final List<Command> TABLE = List.of();

  private CommandCommands() {}
}
