package io.hydrion.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of the server: {@code [file] [-] [--directive value…]… [-]}, as redis-server reads
 * them. Flags are written as lines of redis.conf, one a flag, and read after everything else.
 */
final class CommandLine {
  static final String SOURCE = "command line";

  private final @Nullable String file;
  private final boolean stdin;
  private final List<String> lines;

  private CommandLine(@Nullable String file, boolean stdin, List<String> lines) {
    this.file = file;
    this.stdin = stdin;
    this.lines = lines;
  }

  /** The configuration file, which is the first argument if that is no flag. */
  @Nullable String file() {
    return file;
  }

  /** Whether there is a dash: more is to be read from standard input. */
  boolean stdin() {
    return stdin;
  }

  static CommandLine parse(List<String> args) {
    List<String> raw = new ArrayList<>(args.size());
    for (String arg : args) {
      raw.add(ConfigText.toByteString(arg));
    }
    int first = !raw.isEmpty() && !raw.getFirst().startsWith("-") ? 1 : 0;
    boolean stdin = false;
    boolean complete = true;
    StringBuilder line = new StringBuilder();
    List<String> lines = new ArrayList<>();
    for (int i = first; i < raw.size(); i++) {
      String arg = raw.get(i);
      boolean last = i == raw.size() - 1;
      if (arg.equals("-") && (i == 0 || last)) {
        stdin = true;
      } else if (complete && arg.startsWith("--")) {
        flush(line, lines);
        line.append(arg, 2, arg.length()).append(' ');
        complete = isWithValue(arg);
        if (!complete && arg.equalsIgnoreCase("--save") && (last || isFlag(raw.get(i + 1)))) {
          // An empty list of save points, as scripts write that build their arguments from one.
          line.append("\"\"");
          complete = true;
        }
      } else {
        line.append(Words.quote(arg)).append(' ');
        complete = true;
      }
    }
    flush(line, lines);
    return new CommandLine(first == 1 ? args.getFirst() : null, stdin, List.copyOf(lines));
  }

  /** Hands over each flag as a statement. */
  void forEach(Consumer<SourceLine> consumer) {
    for (String line : lines) {
      ConfigParser.parseLine(ConfigParser.trim(line), SOURCE, null, 0, consumer);
    }
  }

  /** Whether name and value are in one argument, as in {@code "--port 6380"}. */
  private static boolean isWithValue(String arg) {
    List<String> words = Words.split(arg);
    return words == null || words.size() != 1;
  }

  private static boolean isFlag(String arg) {
    return arg.startsWith("--");
  }

  private static void flush(StringBuilder line, List<String> lines) {
    if (!line.isEmpty()) {
      lines.addAll(List.of(line.toString().split("\n", -1)));
      line.setLength(0);
    }
  }
}
