package io.hydrion.command;

import io.hydrion.engine.Argument;
import io.hydrion.engine.Command;
import io.hydrion.engine.Flags;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.SyntaxParser;
import io.hydrion.protocol.RespWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Writes the rows of commands as COMMAND INFO and COMMAND DOCS show them. */
final class CommandReplies {
  private static final Set<String> UPPER_CASE_FLAGS = Set.of("RO", "RW", "OW", "RM");

  private CommandReplies() {}

  /** One command of COMMAND INFO. */
  static void info(Command command, RespWriter out) {
    out.array(10);
    out.bulk(command.fullName());
    out.integer(command.arity());
    simpleSet(Flags.names(command.flags()), out);
    out.integer(command.firstKey());
    out.integer(command.lastKey());
    out.integer(command.keyStep());
    simpleSet(command.categories().stream().map(category -> "@" + category).toList(), out);
    out.set(command.tips().size());
    command.tips().forEach(out::bulk);
    out.set(command.keySpecs().size());
    for (int i = 0; i < command.keySpecs().size(); i++) {
      keySpec(command.keySpecs().get(i), command.notes().get(i), out);
    }
    if (command.subcommands().isEmpty()) {
      out.set(0); // so it is in Redis: a set where there are none, else an array
    } else {
      out.array(command.subcommands().size());
    }
    command.subcommands().values().forEach(sub -> info(sub, out));
  }

  private static void simpleSet(Collection<String> names, RespWriter out) {
    out.set(names.size());
    names.forEach(out::simple);
  }

  /** The set of what a command does to a key. */
  static void keyFlags(String flags, RespWriter out) {
    simpleSet(
        List.of(flags.split(" ")).stream()
            .map(flag -> UPPER_CASE_FLAGS.contains(flag) ? flag : flag.toLowerCase(Locale.ROOT))
            .toList(),
        out);
  }

  private static void keySpec(KeySpec spec, String note, RespWriter out) {
    out.map(note.isEmpty() ? 3 : 4);
    if (!note.isEmpty()) {
      out.bulk("notes");
      out.bulk(note);
    }
    out.bulk("flags");
    keyFlags(spec.flags(), out);
    out.bulk("begin_search");
    out.map(2);
    out.bulk("type");
    switch (spec.begin()) {
      case INDEX -> {
        out.bulk("index");
        numbers(out, "index", spec.beginIndex());
      }
      case KEYWORD -> {
        out.bulk("keyword");
        out.bulk("spec");
        out.map(2);
        out.bulk("keyword");
        out.bulk(spec.keyword().toUpperCase(Locale.ROOT));
        out.bulk("startfrom");
        out.integer(spec.beginIndex());
      }
      case UNKNOWN -> {
        out.bulk("unknown");
        numbers(out);
      }
    }
    out.bulk("find_keys");
    out.map(2);
    out.bulk("type");
    switch (spec.find()) {
      case RANGE -> {
        out.bulk("range");
        numbers(out, "lastkey", spec.last(), "keystep", spec.step(), "limit", spec.limit());
      }
      case KEYNUM -> {
        out.bulk("keynum");
        numbers(out, "keynumidx", spec.last(), "firstkey", spec.limit(), "keystep", spec.step());
      }
      case UNKNOWN -> {
        out.bulk("unknown");
        numbers(out);
      }
    }
  }

  /** The field {@code spec}: a map of names and numbers. */
  private static void numbers(RespWriter out, Object... pairs) {
    out.bulk("spec");
    out.map(pairs.length / 2);
    for (int i = 0; i < pairs.length; i += 2) {
      out.bulk((String) pairs[i]);
      out.integer((Integer) pairs[i + 1]);
    }
  }

  /** One command of COMMAND DOCS. */
  static void docs(Command command, RespWriter out) {
    String replacement = command.replacedBy();
    String deprecated = command.deprecatedSince();
    List<Argument> arguments = SyntaxParser.parse(command.syntax());
    int fields = 3;
    fields += command.complexity().isEmpty() ? 0 : 1;
    fields += deprecated == null && !command.isSystem() ? 0 : 1;
    fields += deprecated == null ? 0 : 1;
    fields += replacement == null ? 0 : 1;
    fields += command.history().isEmpty() ? 0 : 1;
    fields += arguments.isEmpty() ? 0 : 1;
    fields += command.subcommands().isEmpty() ? 0 : 1;
    out.map(fields);
    field(out, "summary", command.summary());
    field(out, "since", command.since());
    field(out, "group", command.group());
    if (!command.complexity().isEmpty()) {
      field(out, "complexity", command.complexity());
    }
    if (deprecated != null || command.isSystem()) {
      out.bulk("doc_flags");
      simpleSet(docFlags(command), out);
    }
    if (deprecated != null) {
      field(out, "deprecated_since", deprecated);
    }
    if (replacement != null) {
      field(out, "replaced_by", replacement);
    }
    if (!command.history().isEmpty()) {
      out.bulk("history");
      out.set(command.history().size());
      for (Command.Change change : command.history()) {
        out.array(2);
        out.bulk(change.version());
        out.bulk(change.what());
      }
    }
    if (!arguments.isEmpty()) {
      out.bulk("arguments");
      arguments(arguments, out);
    }
    if (!command.subcommands().isEmpty()) {
      out.bulk("subcommands");
      out.map(command.subcommands().size());
      for (Command sub : command.subcommands().values()) {
        out.bulk(sub.fullName());
        docs(sub, out);
      }
    }
  }

  private static List<String> docFlags(Command command) {
    List<String> flags = new ArrayList<>();
    if (command.deprecatedSince() != null) {
      flags.add("deprecated");
    }
    if (command.isSystem()) {
      flags.add("syscmd");
    }
    return flags;
  }

  private static void field(RespWriter out, String name, String value) {
    out.bulk(name);
    out.bulk(value);
  }

  private static void arguments(List<Argument> arguments, RespWriter out) {
    out.array(arguments.size());
    for (Argument argument : arguments) {
      argument(argument, out);
    }
  }

  private static void argument(Argument argument, RespWriter out) {
    String token = argument.token();
    String since = argument.since();
    String deprecated = argument.deprecatedSince();
    int fields = 2;
    fields += argument.keySpecIndex() < 0 ? 0 : 1;
    fields += token == null ? 0 : 1;
    fields += since == null ? 0 : 1;
    fields += deprecated == null ? 0 : 1;
    fields += argument.flags().isEmpty() ? 0 : 1;
    fields += argument.children().isEmpty() ? 0 : 1;
    out.map(fields);
    field(out, "name", argument.name());
    field(out, "type", argument.type().wireName());
    if (argument.keySpecIndex() >= 0) {
      out.bulk("key_spec_index");
      out.integer(argument.keySpecIndex());
    }
    if (token != null) {
      field(out, "token", token);
    }
    if (since != null) {
      field(out, "since", since);
    }
    if (deprecated != null) {
      field(out, "deprecated_since", deprecated);
    }
    if (!argument.flags().isEmpty()) {
      out.bulk("flags");
      simpleSet(argument.flags(), out);
    }
    if (!argument.children().isEmpty()) {
      out.bulk("arguments");
      arguments(argument.children(), out);
    }
  }
}
