package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;

/** Bitmaps: strings as arrays of bits. */
final class BitmapCommands {
  static final List<Command> TABLE = List.of();

  private BitmapCommands() {}
}
