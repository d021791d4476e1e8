package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** Keys of any type: their life, names, expiry and iteration. */
final class GenericCommands {
  static final List<Command> TABLE = List.of();

  private GenericCommands() {}
}
