package io.hydrion.config;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server starts with: a value for every directive. Immutable.
 *
 * <p>Sources outrank each other in this order: defaults, file (with standard input appended to it),
 * environment, flags, and what a builder's {@link Builder#set} says.
 */
public final class Config implements ConfigView {
  private final Object[] values;
  private final boolean[] explicit;
  private final @Nullable Path file;
  private final boolean ephemeralPort;
  private final List<RenameCommand> renamedCommands;
  private final List<String> warnings;

  Config(
      Object[] values,
      boolean[] explicit,
      @Nullable Path file,
      boolean ephemeralPort,
      List<RenameCommand> renamedCommands,
      List<String> warnings) {
    this.values = values.clone();
    this.explicit = explicit.clone();
    this.file = file;
    this.ephemeralPort = ephemeralPort;
    this.renamedCommands = List.copyOf(renamedCommands);
    this.warnings = List.copyOf(warnings);
  }

  /** What a server without any configuration has. */
  public static Config defaults() {
    return builder().build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The configuration of a process.
   *
   * @param args what came after the server command: {@code [file] [-] [--directive value…]…}
   * @param environment of which the variables {@code HYDRION_…} are read
   * @param stdin read only where {@code args} has a dash
   * @throws ConfigException where a file cannot be read or a statement is wrong
   */
  public static Config load(List<String> args, Map<String, String> environment, InputStream stdin) {
    return builder().arguments(args).environment(environment).stdin(stdin).build();
  }

  @Override
  public Object value(Directive directive) {
    return values[directive.index()];
  }

  /** The absolute path of the configuration file, or null where there is none. */
  public @Nullable Path file() {
    return file;
  }

  /** What to tell the user once, a line each: directives that have no effect, and the like. */
  public List<String> warnings() {
    return warnings;
  }

  /** The {@code rename-command} statements in their order; each command is named at most once. */
  public List<RenameCommand> renamedCommands() {
    return renamedCommands;
  }

  /** Whether some source gave this directive a value. */
  public boolean isExplicit(String name) {
    return explicit[Directive.of(name).index()];
  }

  /**
   * Whether any free port is meant, as {@link Builder#port} with 0 says. {@code port 0} in a file
   * or as a flag means no TCP at all, as in Redis.
   */
  public boolean ephemeralPort() {
    return ephemeralPort;
  }

  Config withValues(Object[] newValues) {
    return new Config(newValues, explicit, file, ephemeralPort, renamedCommands, warnings);
  }

  Object[] values() {
    return values.clone();
  }

  /** Collects sources; the order of its calls matters only among {@link #set} calls. */
  public static final class Builder {
    private final List<SourceLine> statements = new ArrayList<>();
    private List<String> arguments = List.of();
    private Map<String, String> environment = Map.of();
    private @Nullable InputStream stdin;
    private @Nullable Path file;
    private Path baseDirectory = Path.of("");
    private boolean ephemeralPort;

    private Builder() {}

    /** The TCP port; 0 picks a free one. */
    public Builder port(int port) {
      set("port", Integer.toString(port));
      ephemeralPort = port == 0;
      return this;
    }

    /** The addresses to listen on. */
    public Builder bind(String... addresses) {
      return set("bind", addresses);
    }

    /** The path of a Unix socket to listen on too. */
    public Builder unixsocket(Path path) {
      return set("unixsocket", path.toString());
    }

    /** The directory that relative paths start at and data is written to. */
    public Builder dir(Path directory) {
      return set("dir", directory.toAbsolutePath().toString());
    }

    /** How many bytes the data may take; 0 for no limit. */
    public Builder maxmemory(long bytes) {
      return set("maxmemory", Long.toUnsignedString(bytes));
    }

    /** Any directive with its arguments, as in redis.conf; an alias will do. */
    public Builder set(String directive, String... args) {
      List<String> words = new ArrayList<>(List.of(directive));
      words.addAll(List.of(args));
      if (directive.equalsIgnoreCase("port")) {
        ephemeralPort = false;
      }
      Origin origin = new Origin("builder", null, 0, String.join(" ", words));
      statements.add(new SourceLine(List.copyOf(words), origin));
      return this;
    }

    /** A configuration file; {@code .yaml}, {@code .yml} and {@code .json} are what they say. */
    public Builder file(Path path) {
      file = path;
      return this;
    }

    /** The arguments of a server process; a file among them goes before {@link #file}. */
    public Builder arguments(List<String> args) {
      arguments = List.copyOf(args);
      return this;
    }

    /** Variables, of which those that start with HYDRION_ are read. */
    public Builder environment(Map<String, String> variables) {
      environment = Map.copyOf(variables);
      return this;
    }

    /** What a dash among the arguments reads. */
    public Builder stdin(InputStream in) {
      stdin = in;
      return this;
    }

    /** Where relative paths start until {@code dir} says otherwise: the process's directory. */
    public Builder baseDirectory(Path directory) {
      baseDirectory = directory;
      return this;
    }

    /**
     * Reads all sources.
     *
     * @throws ConfigException where a file cannot be read or a statement is wrong
     */
    public Config build() {
      Path base = baseDirectory.toAbsolutePath();
      CommandLine line = CommandLine.parse(arguments);
      Path main = line.file() != null ? base.resolve(line.file()).normalize() : file;
      Path absolute = main == null ? null : base.resolve(main).normalize();
      ConfigLoader loader = new ConfigLoader(base);
      if (absolute != null) {
        loader.file(absolute.toString(), null);
      }
      InputStream in = stdin;
      if (line.stdin() && in != null) {
        loader.stdin(in);
      }
      loader.environment(environment);
      loader.arguments(line);
      statements.forEach(loader::statement);
      return loader.finish(absolute, ephemeralPort);
    }
  }
}
