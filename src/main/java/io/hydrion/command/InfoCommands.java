package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** INFO: what the server says of itself. */
final class InfoCommands {
  static final List<Command> TABLE = List.of();

  private InfoCommands() {}
}
