package io.hydrion.command;

import io.hydrion.protocol.RespWriter;

/** The replies of the HELP subcommands. */
final class Help {
  private Help() {}

  /**
   * Replies the subcommands of a container.
   *
   * @param lines the head of each subcommand, and below it, indented by four spaces, what it does;
   *     HELP itself is added
   */
  static void reply(RespWriter out, String container, String lines) {
    String[] all = lines.stripTrailing().split("\n");
    out.array(all.length + 3L);
    out.simple(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (String line : all) {
      out.simple(line);
    }
    out.simple("HELP");
    out.simple("    Shows this text.");
  }
}
