package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** The server as a whole: sizes, flushing, time, shutdown. */
final class ServerCommands {
  static final List<Command> TABLE = List.of();

  private ServerCommands() {}
}
