package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** LATENCY, MEMORY, MONITOR and SLOWLOG: where time and memory go. */
final class ObserveCommands {
  static final List<Command> TABLE = List.of();

  private ObserveCommands() {}
}
