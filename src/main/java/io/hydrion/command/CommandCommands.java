package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.CommandTable;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the server says of its commands, all of it from their rows. */
final class CommandCommands {
  static final List<Command> TABLE = List.of(command());

  private CommandCommands() {}

  private static Command command() {
    Command c =
        row("COMMAND", -1, "server", "2.8.13", LOADING | STALE, "")
            .acl("connection")
            .tips("nondeterministic_output_order")
            .complexity("O(N), N = commands")
            .summary("Describes the commands of the server.")
            .run(CommandCommands::all);
    c.sub("COUNT", 2, "2.8.13", LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Counts the commands.")
        .run((q, out) -> out.integer(table(q).commands().size()));
    c.sub("DOCS", -2, "7.0.0", LOADING | STALE, "[command-name [command-name ...]]")
        .acl("connection")
        .tips("nondeterministic_output_order")
        .complexity("O(N), N = commands asked for")
        .summary("Explains commands in words.")
        .run(CommandCommands::docs);
    c.sub("GETKEYS", -4, "2.8.13", LOADING | STALE, "")
        .acl("connection")
        .complexity("O(N), N = arguments")
        .summary("Shows which arguments of a full command are keys.")
        .run(CommandCommands::getKeys);
    c.sub("GETKEYSANDFLAGS", -4, "7.0.0", LOADING | STALE, "")
        .acl("connection")
        .complexity("O(N), N = arguments")
        .summary("Shows which arguments of a full command are keys and what it does to them.")
        .run(CommandCommands::getKeysAndFlags);
    c.sub("HELP", 2, "5.0.0", LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(CommandCommands::help);
    c.sub("INFO", -2, "2.8.13", LOADING | STALE, "[command-name [command-name ...]]")
        .acl("connection")
        .tips("nondeterministic_output_order")
        .complexity("O(N), N = commands asked for")
        .summary("Describes commands for programs.")
        .history("7.0.0", "without arguments it describes all commands")
        .run(CommandCommands::info);
    c.sub(
            "LIST",
            -2,
            "7.0.0",
            LOADING | STALE,
            "[FILTERBY filterby=<MODULE module-name | ACLCAT category | PATTERN pattern>]")
        .acl("connection")
        .tips("nondeterministic_output_order")
        .complexity("O(N), N = commands")
        .summary("Lists the names of the commands.")
        .run(CommandCommands::list);
    return c;
  }

  private static CommandTable table(Request q) {
    return q.engine().commands();
  }

  private static void all(Request q, RespWriter out) {
    out.array(table(q).commands().size());
    for (Command command : table(q).commands()) {
      CommandReplies.info(command, out);
    }
  }

  private static void docs(Request q, RespWriter out) {
    List<Command> wanted = new ArrayList<>();
    if (q.argc() == 2) {
      wanted.addAll(table(q).commands());
    }
    for (int i = 2; i < q.argc(); i++) {
      Command command = table(q).find(q.text(i));
      if (command != null) {
        wanted.add(command);
      }
    }
    out.map(wanted.size());
    for (Command command : wanted) {
      out.bulk(command.fullName());
      CommandReplies.docs(command, out);
    }
  }

  private static void getKeys(Request q, RespWriter out) {
    List<byte[]> keys = new ArrayList<>();
    String error = findKeys(q, (key, flags) -> keys.add(key));
    if (error != null) {
      out.error(error);
      return;
    }
    out.array(keys.size());
    keys.forEach(out::bulk);
  }

  private static void getKeysAndFlags(Request q, RespWriter out) {
    List<byte[]> keys = new ArrayList<>();
    List<String> flags = new ArrayList<>();
    String error =
        findKeys(
            q,
            (key, keyFlags) -> {
              keys.add(key);
              flags.add(keyFlags);
            });
    if (error != null) {
      out.error(error);
      return;
    }
    out.array(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      out.array(2);
      out.bulk(keys.get(i));
      CommandReplies.keyFlags(flags.get(i), out);
    }
  }

  /** Gives the keys of the command among the arguments, and what is done to each; or an error. */
  private static @Nullable String findKeys(Request q, BiConsumer<byte[], String> to) {
    Command command = table(q).find(q.text(2));
    if (command != null && !command.subcommands().isEmpty() && q.argc() > 3) {
      command = command.subcommands().get(q.text(3).toLowerCase(Locale.ROOT));
    }
    if (command == null) {
      return "ERR Invalid command specified";
    }
    if (command.keySpecs().stream().noneMatch(KeySpec::isKey)) {
      return "ERR The command has no key arguments";
    }
    Request inner = q.tail(command, 2);
    if (!command.accepts(inner.argc())) {
      return "ERR Invalid number of arguments specified for command";
    }
    int[] found = {0};
    boolean fits =
        inner.keys(
            (position, flags) -> {
              found[0]++;
              to.accept(inner.copy(position), keyFlags(inner, flags));
            });
    return fits && found[0] > 0 ? null : "ERR Invalid arguments specified for command";
  }

  /** What a command does to a key, which with some depends on its options. */
  private static String keyFlags(Request inner, String flags) {
    if (!flags.contains("VARIABLE_FLAGS")) {
      return flags;
    }
    return switch (inner.command().fullName()) {
      case "set" -> setReads(inner) ? "RW ACCESS UPDATE" : "OW UPDATE";
      case "bitfield" -> bitfieldWrites(inner) ? "RW ACCESS UPDATE" : "RO ACCESS";
      default -> flags.replace(" VARIABLE_FLAGS", "");
    };
  }

  private static boolean setReads(Request inner) {
    for (int i = 3; i < inner.argc(); i++) {
      if (inner.is(i, "get")) {
        return true;
      }
    }
    return false;
  }

  private static boolean bitfieldWrites(Request inner) {
    int i = 2;
    while (i < inner.argc()) {
      int rest = inner.argc() - i - 1;
      if (inner.is(i, "get") && rest >= 2) {
        i += 3;
      } else if (inner.is(i, "overflow") && rest >= 1) {
        i += 2;
      } else {
        return true;
      }
    }
    return false;
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(
        out,
        "COMMAND",
        """
        (no subcommand)
            Describes all commands.
        COUNT
            Counts the commands.
        LIST
            Lists the command names.
        INFO [<command-name> ...]
            Describes the named commands for programs; all of them without a name.
        DOCS [<command-name> ...]
            Explains the named commands in words; all of them without a name.
        GETKEYS <full-command>
            Lists the keys in a command with its arguments.
        GETKEYSANDFLAGS <full-command>
            Lists the keys in a command, and what is done to each.
        """);
  }

  private static void info(Request q, RespWriter out) {
    if (q.argc() == 2) {
      all(q, out);
      return;
    }
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      Command command = table(q).find(q.text(i));
      if (command == null) {
        out.nil();
      } else {
        CommandReplies.info(command, out);
      }
    }
  }

  private static void list(Request q, RespWriter out) {
    Predicate<Command> filter;
    if (q.argc() == 2) {
      filter = command -> true;
    } else if (q.argc() == 5 && q.is(2, "filterby")) {
      filter = filter(q);
    } else {
      filter = null;
    }
    if (filter == null) {
      out.error(Errors.SYNTAX);
      return;
    }
    List<Command> found = table(q).all().stream().filter(filter).toList();
    out.array(found.size());
    found.forEach(command -> out.bulk(command.fullName()));
  }

  private static @Nullable Predicate<Command> filter(Request q) {
    byte[] wanted = Bytes.of(q.text(4).toLowerCase(Locale.ROOT));
    if (q.is(3, "module")) {
      return command -> false;
    } else if (q.is(3, "aclcat")) {
      String category = q.text(4).toLowerCase(Locale.ROOT);
      return command -> command.categories().contains(category);
    } else if (q.is(3, "pattern")) {
      return command -> Glob.matches(wanted, Bytes.of(command.fullName()));
    }
    return null;
  }
}
