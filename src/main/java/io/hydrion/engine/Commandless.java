package io.hydrion.engine;

/** The row that stands for no command: expiry and eviction change keys on nobody's request. */
final class Commandless {
  static final Command COMMAND =
      Command.row("(none)", -1, "server", "1.0.0", 0, "")
          .summary("Stands for what the server does by itself.")
          .run((q, out) -> {});

  private Commandless() {}
}
