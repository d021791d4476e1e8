package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The state of the server in words and figures. */
final class InfoCommands {
  static final List<Command> TABLE =
      List.of(
          row("INFO", -1, "server", "1.0.0", LOADING | STALE, "[section [section ...]]")
              .acl("dangerous")
              .tips(
                  "nondeterministic_output", "request_policy:all_shards", "response_policy:special")
              .complexity("O(1)")
              .summary("Reports the state of the server in sections.")
              .history("7.0.0", "takes several sections")
              .run(InfoCommands::info));

  private InfoCommands() {}

  private static void info(Request q, RespWriter out) {
    Set<InfoSections.Section> wanted = EnumSet.noneOf(InfoSections.Section.class);
    if (q.argc() == 1) {
      wanted.addAll(InfoSections.DEFAULT);
    }
    for (int i = 1; i < q.argc(); i++) {
      String name = q.text(i).toLowerCase(Locale.ROOT);
      switch (name) {
        case "default" -> wanted.addAll(InfoSections.DEFAULT);
        case "all", "everything" -> wanted.addAll(EnumSet.allOf(InfoSections.Section.class));
        default -> InfoSections.named(name).ifPresent(wanted::add);
      }
    }
    out.verbatim("txt", Bytes.utf8(new InfoSections(q).text(wanted)));
  }
}
