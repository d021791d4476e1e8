package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** CONFIG: looks at and changes the settings. */
final class ConfigCommands {
  static final List<Command> TABLE = List.of();

  private ConfigCommands() {}
}
