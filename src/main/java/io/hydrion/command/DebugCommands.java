package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** DEBUG: what test suites ask for. */
final class DebugCommands {
  static final List<Command> TABLE = List.of();

  private DebugCommands() {}
}
