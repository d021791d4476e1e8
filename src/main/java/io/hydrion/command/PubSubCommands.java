package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** Publish and subscribe. */
final class PubSubCommands {
  static final List<Command> TABLE = List.of();

  private PubSubCommands() {}
}
