package io.hydrion.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Applies statements, in the order in which sources outrank each other. For one load only. */
final class ConfigLoader {
  static final String FILE = "configuration file";
  static final String STDIN = "standard input";

  private static final int INCLUDE_DEPTH_MAX = 32;

  private final Object[] values = new Object[Directive.all().size()];
  private final @Nullable Origin[] origins = new Origin[values.length];
  private final Set<String> statementsWarnedOf = new HashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<String, RenameCommand> renames = new LinkedHashMap<>();
  private boolean savePointsGiven;
  private int includeDepth;

  ConfigLoader(Path baseDirectory) {
    for (Directive directive : Directive.all()) {
      values[directive.index()] = directive.defaultValue();
    }
    values[Directive.of("dir").index()] =
        ListKinds.WorkingDirectory.realPath(baseDirectory.toAbsolutePath());
  }

  /** Reads a file in the syntax that its ending says. */
  void file(String path, @Nullable Origin includedAt) {
    byte[] content;
    try {
      content = Files.readAllBytes(Path.of(path));
    } catch (IOException e) {
      throw new ConfigException(
          "Fatal error, can't open config file '" + path + "': " + OsErrors.text(e),
          includedAt,
          includedAt == null ? null : "include");
    }
    if (StructuredParser.handles(path)) {
      StructuredParser.parse(content, path, this::apply);
    } else {
      ConfigParser.parse(content, FILE, path, this::apply);
    }
  }

  void stdin(InputStream in) {
    try {
      ConfigParser.parse(in.readAllBytes(), STDIN, null, this::apply);
    } catch (IOException e) {
      throw new ConfigException("Fatal error, can't read standard input: " + OsErrors.text(e));
    }
  }

  void environment(Map<String, String> variables) {
    // Save points of the environment replace a file's; those of flags add up, as in Redis.
    if (variables.containsKey("HYDRION_SAVE")) {
      savePointsGiven = false;
    }
    Environment.forEach(variables, this::apply, warnings::add);
  }

  void arguments(CommandLine line) {
    line.forEach(this::apply);
  }

  /** A statement of the builder; its save points replace what was there. */
  void statement(SourceLine line) {
    if (line.name().equalsIgnoreCase("save")) {
      savePointsGiven = false;
    }
    apply(line);
  }

  private void apply(SourceLine line) {
    Directive directive = Directive.find(line.name());
    List<String> arguments = line.arguments();
    if (directive == null) {
      applyUnknown(line);
    } else if (directive.statement()) {
      applyStatement(directive, line);
    } else if (!directive.multiArgument() && arguments.size() != 1) {
      throw fault(line, "wrong number of arguments");
    } else if (directive.multiArgument()
        && arguments.size() == 1
        && !arguments.getFirst().isEmpty()) {
      List<String> words = SourceLine.wordsOf(arguments.getFirst());
      if (words == null) {
        throw fault(line, ConfigParser.UNBALANCED);
      }
      assign(directive, words, line);
    } else {
      assign(directive, arguments, line);
    }
  }

  private void assign(Directive directive, List<String> arguments, SourceLine line) {
    Object current = values[directive.index()];
    if (directive.kind() instanceof ListKinds.Save) {
      current = savePointsGiven ? current : List.of();
      savePointsGiven = true;
    }
    try {
      values[directive.index()] = directive.kind().parse(arguments, current);
    } catch (Kind.BadValue e) {
      throw fault(line, String.valueOf(e.getMessage()));
    }
    origins[directive.index()] = line.origin();
  }

  private static void applyUnknown(SourceLine line) {
    String name = line.name().toLowerCase(java.util.Locale.ROOT);
    if (DirectiveTable.IGNORED.contains(name) && line.words().size() == 2) {
      return;
    }
    if (name.indexOf('.') >= 0) {
      throw fault(
          line,
          line.words().size() < 2
              ? "Module config specified without value"
              : "Module Configuration detected without loadmodule directive or no ApplyConfig"
                  + " call: aborting");
    }
    throw fault(line, "Bad directive or wrong number of arguments");
  }

  private void applyStatement(Directive directive, SourceLine line) {
    List<String> arguments = line.arguments();
    switch (directive.name()) {
      case "include" -> {
        requireArguments(line, arguments.size() == 1);
        include(arguments.getFirst(), line);
      }
      case "rename-command" -> {
        requireArguments(line, arguments.size() == 2);
        rename(arguments.get(0), arguments.get(1), line);
      }
      case "sentinel" -> throw fault(line, "sentinel directive while not in sentinel mode");
      default -> {
        requireArguments(line, !arguments.isEmpty());
        if (statementsWarnedOf.add(directive.name())) {
          warnings.add(unsupported(directive, line.origin()));
        }
      }
    }
  }

  private static void requireArguments(SourceLine line, boolean met) {
    if (!met) {
      throw fault(line, "Bad directive or wrong number of arguments");
    }
  }

  private void rename(String from, String to, SourceLine line) {
    String key = from.toLowerCase(java.util.Locale.ROOT);
    if (renames.putIfAbsent(key, new RenameCommand(from, to, line.origin())) != null) {
      throw fault(line, "No such command in rename-command");
    }
  }

  /** Reads what is named, from the directory that {@code dir} says at this point, as Redis does. */
  private void include(String pattern, SourceLine line) {
    if (++includeDepth > INCLUDE_DEPTH_MAX) {
      throw fault(line, "include is nested more than " + INCLUDE_DEPTH_MAX + " deep");
    }
    Path base = Path.of((String) values[Directive.of("dir").index()]);
    try {
      if (NamePattern.isPattern(pattern)) {
        for (Path path : NamePattern.files(base, pattern)) {
          file(path.toString(), line.origin());
        }
      } else {
        file(base.resolve(pattern).toString(), line.origin());
      }
    } catch (IOException | java.nio.file.InvalidPathException e) {
      throw fault(line, "Fatal error, can't open config file '" + pattern + "'");
    }
    includeDepth--;
  }

  private static ConfigException fault(SourceLine line, String message) {
    return new ConfigException(message, line.origin(), line.name());
  }

  /** Checks what no single statement shows, and makes the configuration. */
  Config finish(@Nullable Path file, boolean ephemeralPort) {
    checkLogFile();
    if (isSet("cluster-enabled", true) && !isSet("replicaof", "")) {
      throw new ConfigException("replicaof directive not allowed in cluster mode");
    }
    for (Directive directive : Directive.all()) {
      Origin origin = origins[directive.index()];
      if (origin != null
          && directive.support() == Directive.Support.ACCEPTED
          && asksForMore(directive)) {
        warnings.add(unsupported(directive, origin));
      }
    }
    boolean[] explicit = new boolean[values.length];
    for (int i = 0; i < explicit.length; i++) {
      explicit[i] = origins[i] != null;
    }
    return new Config(
        values, explicit, file, ephemeralPort, List.copyOf(renames.values()), warnings);
  }

  private boolean isSet(String name, Object value) {
    return value.equals(values[Directive.of(name).index()]);
  }

  /** Whether the value given is more than what a server without the feature does anyway. */
  private boolean asksForMore(Directive directive) {
    Object value = values[directive.index()];
    return directive.kind() instanceof ListKinds.Save
        ? !ListKinds.Save.savePoints(value).isEmpty()
        : !value.equals(directive.defaultValue());
  }

  private static String unsupported(Directive directive, Origin origin) {
    String where =
        origin.file() != null
            ? origin.file() + (origin.line() > 0 ? ":" + origin.line() : "")
            : origin.source();
    return "Directive '"
        + directive.name()
        + "' ("
        + where
        + ") is known but not supported yet: it is accepted and has no effect";
  }

  /** A log that cannot be written is found now: later there is nobody left to tell. */
  private void checkLogFile() {
    String logfile = (String) values[Directive.of("logfile").index()];
    if (logfile.isEmpty()) {
      return;
    }
    Path path = Path.of((String) values[Directive.of("dir").index()]).resolve(logfile);
    try {
      Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException e) {
      throw new ConfigException("Can't open the log file: " + OsErrors.text(e));
    }
  }
}
