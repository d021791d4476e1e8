package io.hydrion.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The syntax of redis.conf: a directive a line, comments from a hash at the line's start, words as
 * in {@link Words}. Lines are handed over one by one, so that the first error in a file, of
 * whatever sort, is the one reported.
 */
final class ConfigParser {
  static final String UNBALANCED = "Unbalanced quotes in configuration line";

  private ConfigParser() {}

  /** Hands over each statement of {@code content}. */
  static void parse(
      byte[] content, String source, @Nullable String file, Consumer<SourceLine> consumer) {
    int number = 0;
    int start = 0;
    while (start <= content.length) {
      int end = start;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      number++;
      String line = new String(content, start, end - start, StandardCharsets.ISO_8859_1);
      parseLine(trim(line), source, file, number, consumer);
      start = end + 1;
    }
  }

  /** Hands over the statement of one line, of bytes as characters, if it is one. */
  static void parseLine(
      String line,
      String source,
      @Nullable String file,
      int number,
      Consumer<SourceLine> consumer) {
    if (line.isEmpty() || line.charAt(0) == '#') {
      return;
    }
    Origin origin = new Origin(source, file, number, ConfigText.fromByteString(line));
    List<String> raw = Words.split(line);
    if (raw == null) {
      throw new ConfigException(UNBALANCED, origin, null);
    }
    List<String> words = new ArrayList<>(raw.size());
    for (String word : raw) {
      words.add(ConfigText.fromByteString(word));
    }
    if (!words.isEmpty()) {
      consumer.accept(new SourceLine(List.copyOf(words), origin));
    }
  }

  /** The line without blanks at its ends. */
  static String trim(String line) {
    int start = 0;
    int end = line.length();
    while (start < end && isBlank(line.charAt(start))) {
      start++;
    }
    while (end > start && isBlank(line.charAt(end - 1))) {
      end--;
    }
    return line.substring(start, end);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }
}
