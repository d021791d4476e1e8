package io.hydrion.config;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Patterns for the names of directives (CONFIG GET) and of files (include), with *, ?, [a-z], [^a]
 * and a backslash before what is meant as it stands. Apart from the patterns of keys and channels,
 * because these settings stand below every other package and use none, and because these patterns
 * match text, character by character, where those match any bytes and keep Redis's limits for them.
 */
final class NamePattern {
  private NamePattern() {}

  /** Whether a text has a character that makes it a pattern. */
  static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
  }

  /** Whether all of {@code text} matches; in time linear in the text for each star. */
  static boolean matches(String pattern, String text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int resume = 0;
    while (t < text.length()) {
      int next =
          p < pattern.length() && pattern.charAt(p) != '*' ? step(pattern, p, text.charAt(t)) : -1;
      if (next >= 0) {
        p = next;
        t++;
      } else if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = ++p;
        resume = t;
      } else if (star >= 0) {
        p = star;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** Where the pattern goes on when its element at {@code p} takes {@code c}; -1 if it does not. */
  private static int step(String pattern, int p, char c) {
    char element = pattern.charAt(p);
    if (element == '?') {
      return p + 1;
    } else if (element == '[') {
      return stepSet(pattern, p + 1, c);
    } else if (element == '\\' && p + 1 < pattern.length()) {
      return pattern.charAt(p + 1) == c ? p + 2 : -1;
    }
    return element == c ? p + 1 : -1;
  }

  /** The same for a set of characters, whose bracket may be left open at the pattern's end. */
  private static int stepSet(String pattern, int start, char c) {
    int p = start;
    boolean not = p < pattern.length() && pattern.charAt(p) == '^';
    if (not) {
      p++;
    }
    boolean found = false;
    while (p < pattern.length() && pattern.charAt(p) != ']') {
      char low = pattern.charAt(p);
      if (low == '\\' && p + 1 < pattern.length()) {
        low = pattern.charAt(++p);
        found |= low == c;
      } else if (p + 2 < pattern.length() && pattern.charAt(p + 1) == '-') {
        char high = pattern.charAt(p + 2);
        found |= c >= Math.min(low, high) && c <= Math.max(low, high);
        p += 2;
      } else {
        found |= low == c;
      }
      p++;
    }
    return found == not ? -1 : Math.min(p + 1, pattern.length());
  }

  /** The files that a pattern names, in the order of their names; none is no error. */
  static List<Path> files(Path base, String pattern) throws IOException {
    Path root = pattern.startsWith("/") ? Path.of("/") : base;
    List<Path> found = new ArrayList<>(List.of(root));
    for (String part : pattern.split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      List<Path> next = new ArrayList<>();
      for (Path directory : found) {
        if (isPattern(part)) {
          next.addAll(children(directory, part));
        } else if (Files.exists(directory.resolve(part))) {
          next.add(directory.resolve(part));
        }
      }
      found = next;
    }
    return found;
  }

  private static List<Path> children(Path directory, String pattern) throws IOException {
    List<Path> children = new ArrayList<>();
    if (!Files.isDirectory(directory) || !Files.isReadable(directory)) {
      return children;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.startsWith(".") == pattern.startsWith(".")
            && matches(pattern.replace("[!", "[^"), name)) {
          children.add(entry);
        }
      }
    }
    children.sort(null);
    return children;
  }
}
