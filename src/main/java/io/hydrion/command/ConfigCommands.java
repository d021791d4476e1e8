package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.Directive;
import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration at run time. */
final class ConfigCommands {
  static final List<Command> TABLE = List.of(config());

  private ConfigCommands() {}

  private static Command config() {
    Command c =
        row("CONFIG", -2, "server", "2.0.0", 0, "")
            .complexity("by subcommand")
            .summary("Looks at and changes the configuration.")
            .container();
    c.sub("GET", -3, "2.0.0", ADMIN | NOSCRIPT | LOADING | STALE, "parameter=<parameter> [...]")
        .complexity("O(N), N = parameters")
        .summary("Shows parameters that match patterns.")
        .history("7.0.0", "takes several patterns")
        .run(ConfigCommands::get);
    c.sub("HELP", 2, "5.0.0", LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ConfigCommands::help);
    c.sub("RESETSTAT", 2, "2.0.0", ADMIN | NOSCRIPT | LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Sets the statistics of INFO back to zero.")
        .run(ConfigCommands::resetStat);
    c.sub("REWRITE", 2, "2.8.0", ADMIN | NOSCRIPT | LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Writes the running configuration back to its file.")
        .run((q, out) -> reply(q.engine().settings().rewrite(), out));
    c.sub(
            "SET",
            -4,
            "2.0.0",
            ADMIN | NOSCRIPT | LOADING | STALE,
            "parameter value [parameter value ...]")
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .complexity("O(N), N = parameters")
        .summary("Changes parameters while the server runs, all or none of them.")
        .history("7.0.0", "takes several parameters")
        .run(ConfigCommands::set);
    return c;
  }

  private static List<String> arguments(Request q) {
    List<String> arguments = new ArrayList<>();
    for (int i = 2; i < q.argc(); i++) {
      arguments.add(q.text(i));
    }
    return arguments;
  }

  private static void get(Request q, RespWriter out) {
    List<String> found = q.engine().settings().get(arguments(q));
    out.map(found.size() / 2);
    found.forEach(out::bulk);
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(
        out,
        "CONFIG",
        """
        GET <pattern>
            Shows the parameters that match a glob pattern.
        SET <directive> <value>
            Changes a parameter.
        RESETSTAT
            Starts the statistics of INFO again from zero.
        REWRITE
            Writes the running configuration to its file.
        """);
  }

  private static void resetStat(Request q, RespWriter out) {
    q.engine().resetStatistics();
    out.ok();
  }

  private static void set(Request q, RespWriter out) {
    for (int i = 2; i + 1 < q.argc(); i += 2) {
      Directive directive = Directive.find(q.text(i));
      if (directive != null && directive.sensitive()) {
        q.redact(i + 1);
      }
    }
    reply(q.engine().settings().set(arguments(q), q.session().isLocal(), false), out);
  }

  private static void reply(@Nullable String error, RespWriter out) {
    if (error == null) {
      out.ok();
    } else {
      out.error(error);
    }
  }
}
