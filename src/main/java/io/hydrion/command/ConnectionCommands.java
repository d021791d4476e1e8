package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** The connection itself: greeting, authentication, database. */
final class ConnectionCommands {
  static final List<Command> TABLE = List.of();

  private ConnectionCommands() {}
}
