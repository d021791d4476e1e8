package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Commands in a file, a line each, for servers to be compared by. Of a line:
 *
 * <ul>
 *   <li>{@code ## title} starts a section: fresh connections, an empty server; {@code needs list}
 *       after the title leaves it out until there are lists
 *   <li>{@code SET k "a\x00b"} is a command, quoted as in redis-cli
 *   <li>{@code ~ TIME} has a reply that varies: only its kind is compared
 *   <li>{@code % KEYS *} has a reply whose order is open
 *   <li>{@code [2] GET k} is sent by connection 2, {@code [2] <} reads its next message, {@code [2]
 *       close} closes it
 *   <li>{@code [2] > BLPOP k 0} is sent, and a while is waited, but for no reply
 *   <li>{@code ! sleep 50} waits so many milliseconds
 *   <li>{@code # differs: why} says that the line below is answered differently on purpose
 *   <li>{@code # …} is a comment
 * </ul>
 */
final class Transcript {
  private static final Set<String> MISSING = Set.of();
  private static final Pattern CONNECTION = Pattern.compile("\\[(\\d+)] (.*)");
  private static final Pattern NEEDS = Pattern.compile("needs ([\\w,-]+)");
  private static final String DIFFERS = "# differs: ";

  /** How two replies are compared. */
  enum Mode {
    SAME,
    KIND,
    UNORDERED
  }

  /**
   * A line that something is done for.
   *
   * @param text what the connection does: words of a command, {@code <}, {@code close}, or a sleep
   * @param reason why the replies differ, null when they must not
   */
  record Line(int number, Mode mode, int connection, String text, @Nullable String reason) {
    boolean isSleep() {
      return text.startsWith("! sleep ");
    }

    int sleepMillis() {
      return Integer.parseInt(text.substring("! sleep ".length()));
    }

    String[] words() {
      return Transcript.words(text);
    }
  }

  /** Lines that stand on their own. */
  record Section(String title, List<Line> lines) {}

  private Transcript() {}

  /** The sections of a file that can be run. */
  static List<Section> read(Path file) {
    List<Section> sections = new ArrayList<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String reason = null;
    boolean skipped = true;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("## ")) {
        Matcher needs = NEEDS.matcher(line);
        skipped =
            needs.find() && List.of(needs.group(1).split(",")).stream().anyMatch(MISSING::contains);
        if (!skipped) {
          sections.add(new Section(line.substring(3), new ArrayList<>()));
        }
      } else if (line.startsWith(DIFFERS)) {
        reason = line.substring(DIFFERS.length());
      } else if (!line.isBlank() && !line.startsWith("#") && !skipped) {
        sections.getLast().lines.add(line(i + 1, line, reason));
        reason = null;
      }
    }
    return sections;
  }

  private static Line line(int number, String line, @Nullable String reason) {
    String rest = line;
    Mode mode = Mode.SAME;
    if (line.startsWith("~ ") || line.startsWith("% ")) {
      mode = line.charAt(0) == '~' ? Mode.KIND : Mode.UNORDERED;
      rest = line.substring(2);
    }
    Matcher matcher = CONNECTION.matcher(rest);
    return matcher.matches()
        ? new Line(number, mode, Integer.parseInt(matcher.group(1)), matcher.group(2), reason)
        : new Line(number, mode, 0, rest, reason);
  }

  /** Splits as redis-cli does; a word's chars are bytes. */
  static String[] words(String line) {
    List<String> words = new ArrayList<>();
    int i = 0;
    while (true) {
      while (i < line.length() && Character.isWhitespace(line.charAt(i))) {
        i++;
      }
      if (i >= line.length()) {
        return words.toArray(String[]::new);
      }
      ByteArrayOutputStream word = new ByteArrayOutputStream();
      char quote = line.charAt(i);
      if (quote == '"' || quote == '\'') {
        i = quoted(line, i + 1, quote, word);
      } else {
        int end = i;
        while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
          end++;
        }
        word.writeBytes(line.substring(i, end).getBytes(UTF_8));
        i = end;
      }
      words.add(word.toString(ISO_8859_1));
    }
  }

  private static int quoted(String line, int from, char quote, ByteArrayOutputStream word) {
    int i = from;
    while (i < line.length() && line.charAt(i) != quote) {
      char c = line.charAt(i);
      if (c == '\\' && i + 1 < line.length() && (quote == '"' || line.charAt(i + 1) == '\'')) {
        char escaped = line.charAt(i + 1);
        if (escaped == 'x' && quote == '"') {
          word.write(HexFormat.fromHexDigits(line, i + 2, i + 4));
          i += 4;
          continue;
        }
        int at = "nrtba".indexOf(escaped);
        word.write(at < 0 || quote == '\'' ? escaped : "\n\r\t\b\u0007".charAt(at));
        i += 2;
      } else {
        word.writeBytes(line.substring(i, i + 1).getBytes(UTF_8));
        i++;
      }
    }
    return i + 1;
  }
}
