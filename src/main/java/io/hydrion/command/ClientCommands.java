package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** CLIENT: looks at and steers connections. */
final class ClientCommands {
  static final List<Command> TABLE = List.of();

  private ClientCommands() {}
}
