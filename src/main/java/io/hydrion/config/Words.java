package io.hydrion.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The word syntax of a redis.conf line: words apart by white space, double quotes with the escapes
 * of C and {@code \xHH}, single quotes with {@code \'} alone. Works on strings of one character a
 * byte.
 */
final class Words {
  private static final String HEX = "0123456789abcdef";

  private Words() {}

  /** The words of a line, or null where a quote is not closed or is followed by no space. */
  static @Nullable List<String> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int at = 0;
    while (true) {
      while (at < line.length() && isSpace(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      word.setLength(0);
      at = scanWord(line, at, word);
      if (at < 0) {
        return null;
      }
      words.add(word.toString());
    }
  }

  /** Reads one word into {@code word} and returns where it ends, or -1. */
  private static int scanWord(String line, int start, StringBuilder word) {
    int at = start;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        return at;
      }
      if (c != '"' && c != '\'') {
        word.append(c);
        at++;
        continue;
      }
      at = c == '"' ? scanDoubleQuoted(line, at + 1, word) : scanSingleQuoted(line, at + 1, word);
      if (at < 0 || (at < line.length() && !isSpace(line.charAt(at)))) {
        return -1;
      }
      return at;
    }
    return at;
  }

  private static int scanDoubleQuoted(String line, int start, StringBuilder word) {
    for (int at = start; at < line.length(); at++) {
      char c = line.charAt(at);
      if (c == '"') {
        return at + 1;
      }
      if (c != '\\' || at + 1 == line.length()) {
        word.append(c);
        continue;
      }
      char escaped = line.charAt(++at);
      if (escaped == 'x' && isHex(line, at + 1) && isHex(line, at + 2)) {
        word.append((char) Integer.parseInt(line, at + 1, at + 3, 16));
        at += 2;
        continue;
      }
      word.append(
          switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> (char) 7;
            default -> escaped;
          });
    }
    return -1;
  }

  private static int scanSingleQuoted(String line, int start, StringBuilder word) {
    for (int at = start; at < line.length(); at++) {
      char c = line.charAt(at);
      if (c == '\'') {
        return at + 1;
      }
      if (c == '\\' && at + 1 < line.length() && line.charAt(at + 1) == '\'') {
        at++;
        c = '\'';
      }
      word.append(c);
    }
    return -1;
  }

  /** The word in double quotes, in printable ASCII, such that {@link #split} gives it back. */
  static String quote(String word) {
    StringBuilder out = new StringBuilder(word.length() + 2).append('"');
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '\\', '"' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case 7 -> out.append("\\a");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            out.append(c);
          } else {
            out.append("\\x").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** White space of C's default locale. */
  static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isHex(String line, int at) {
    return at < line.length()
        && line.charAt(at) < 0x80
        && Character.digit(line.charAt(at), 16) >= 0;
  }
}
