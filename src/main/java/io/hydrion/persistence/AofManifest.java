package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which files make up a multi-part AOF, as in the manifest of Redis 7: a line a file, {@code file
 * NAME seq NUMBER type b|i|h}. Immutable.
 *
 * @param base what the commands start from; null where there was nothing
 * @param increments the files of commands, in order
 * @param history files that a rewrite has replaced, to be deleted
 */
record AofManifest(@Nullable Part base, List<Part> increments, List<Part> history) {
  static final AofManifest EMPTY = new AofManifest(null, List.of(), List.of());

  private static final int LINE_MAX = 1024;

  /** A file, by its name in the directory. */
  record Part(String name, long seq) {}

  boolean isEmpty() {
    return base == null && increments.isEmpty();
  }

  /** The files that hold the log, in the order in which they are read. */
  List<Part> parts() {
    List<Part> all = new ArrayList<>(increments);
    if (base != null) {
      all.addFirst(base);
    }
    return all;
  }

  AofManifest withBase(Part part) {
    return new AofManifest(part, increments, history);
  }

  AofManifest withIncrement(Part part) {
    List<Part> more = new ArrayList<>(increments);
    more.add(part);
    return new AofManifest(base, List.copyOf(more), history);
  }

  AofManifest withoutHistory() {
    return new AofManifest(base, increments, List.of());
  }

  /** Another base and one increment; all there was is history. */
  AofManifest replacedBy(Part newBase, Part increment) {
    List<Part> old = new ArrayList<>(history);
    if (base != null) {
      old.addFirst(base);
    }
    increments.stream().filter(part -> !part.name.equals(increment.name)).forEach(old::addFirst);
    return new AofManifest(newBase, List.of(increment), List.copyOf(old));
  }

  /** The base alone; the increments are history. */
  AofManifest endedByBase() {
    List<Part> old = new ArrayList<>(history);
    increments.forEach(old::addFirst);
    return new AofManifest(base, List.of(), List.copyOf(old));
  }

  // ---- as text

  byte[] format() {
    StringBuilder text = new StringBuilder();
    if (base != null) {
      line(text, base, 'b');
    }
    history.forEach(part -> line(text, part, 'h'));
    increments.forEach(part -> line(text, part, 'i'));
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void line(StringBuilder text, Part part, char type) {
    text.append("file ");
    byte[] name = Bytes.utf8(part.name);
    boolean isPlain = true;
    for (byte b : name) {
      isPlain &= b > ' ' && b < 0x7f && b != '\\' && b != '"' && b != '\'';
    }
    if (isPlain) {
      text.append(part.name);
    } else {
      quote(text, name);
    }
    text.append(" seq ").append(part.seq).append(" type ").append(type).append('\n');
  }

  private static void quote(StringBuilder text, byte[] name) {
    text.append('"');
    for (byte b : name) {
      switch (b) {
        case '\\', '"' -> text.append('\\').append((char) b);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case 7 -> text.append("\\a");
        case '\b' -> text.append("\\b");
        default -> {
          if (b >= ' ' && b < 0x7f) {
            text.append((char) b);
          } else {
            text.append("\\x").append(HexFormat.of().toHexDigits(b));
          }
        }
      }
    }
    text.append('"');
  }

  /**
   * Reads a manifest, as strictly as Redis.
   *
   * @param file its name, for messages
   */
  static AofManifest parse(byte[] bytes, String file) throws LogDamageException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      throw damage(file, 0, "", "Found an empty AOF manifest");
    }
    Parts parts = new Parts();
    int number = 0;
    for (int at = 0; at < text.length(); ) {
      number++;
      int end = text.indexOf('\n', at);
      if ((end < 0 ? text.length() : end) - at >= LINE_MAX) {
        String line = text.substring(at, at + LINE_MAX);
        throw damage(file, number, line, "The AOF manifest file contains too long line");
      }
      String line = text.substring(at, end < 0 ? text.length() : end + 1);
      at += line.length();
      if (line.startsWith("#")) {
        continue;
      }
      String refusal = parts.add(line.strip());
      if (refusal != null) {
        throw damage(file, number, line.strip(), refusal);
      }
    }
    return new AofManifest(parts.base, List.copyOf(parts.increments), List.copyOf(parts.history));
  }

  private static LogDamageException damage(String file, int line, String text, String why) {
    String message =
        "*** FATAL AOF MANIFEST FILE ERROR *** "
            + (line == 0
                ? why
                : "Reading the manifest file, at line " + line + " >>> '" + text + "' " + why);
    return new LogDamageException(file, -1, message);
  }

  /** The lines read so far. */
  private static final class Parts {
    private static final String INVALID = "Invalid AOF manifest file format";

    @Nullable Part base;
    final List<Part> increments = new ArrayList<>();
    final List<Part> history = new ArrayList<>();
    private long lastSeq;

    /** Null, or what is wrong. */
    @Nullable String add(String line) {
      List<String> words = split(line);
      if (words == null || words.size() < 6 || words.size() % 2 != 0) {
        return INVALID;
      }
      String name = null;
      long seq = 0;
      char type = 0;
      for (int i = 0; i < words.size(); i += 2) {
        String value = words.get(i + 1);
        switch (Bytes.string(Bytes.of(words.get(i))).toLowerCase(java.util.Locale.ROOT)) {
          case "file" -> {
            name = decode(value);
            if (name.contains("/") || name.contains("\\")) {
              return "File can't be a path, just a filename";
            }
          }
          case "seq" -> seq = number(value);
          case "type" -> type = value.isEmpty() ? 0 : value.charAt(0);
          default -> {
            // For versions to come.
          }
        }
      }
      return name == null || name.isEmpty() || seq == 0 || type == 0
          ? INVALID
          : add(new Part(name, seq), type);
    }

    private @Nullable String add(Part part, char type) {
      switch (type) {
        case 'b' -> {
          if (base != null) {
            return "Found duplicate base file information";
          }
          base = part;
        }
        case 'h' -> history.add(part);
        case 'i' -> {
          if (part.seq <= lastSeq) {
            return "Found a non-monotonic sequence number";
          }
          increments.add(part);
          lastSeq = part.seq;
        }
        default -> {
          return "Unknown AOF file type";
        }
      }
      return null;
    }

    private static long number(String digits) {
      byte[] a = Bytes.of(digits);
      return Bytes.isLong(a, 0, a.length) ? Bytes.parseLong(a, 0, a.length) : 0;
    }

    private static String decode(String latin) {
      return new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
  }

  /** Words between blanks, quoted or not; null where quotes do not match. */
  private static @Nullable List<String> split(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < line.length() && line.charAt(at) <= ' ') {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      char quote = line.charAt(at);
      StringBuilder word = new StringBuilder();
      if (quote == '"' || quote == '\'') {
        at = unquote(line, at + 1, quote, word);
        if (at < 0 || (at < line.length() && line.charAt(at) > ' ')) {
          return null;
        }
      } else {
        while (at < line.length() && line.charAt(at) > ' ') {
          word.append(line.charAt(at++));
        }
      }
      words.add(word.toString());
    }
  }

  /** Returns the index behind the closing quote, or -1. */
  private static int unquote(String line, int from, char quote, StringBuilder word) {
    for (int i = from; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == quote) {
        return i + 1;
      }
      if (c != '\\' || i + 1 == line.length()) {
        word.append(c);
        continue;
      }
      char next = line.charAt(++i);
      if (quote == '\'') {
        word.append(next == '\'' ? "'" : "\\" + next);
      } else if (next == 'x' && i + 2 < line.length() && isHex(line, i + 1) && isHex(line, i + 2)) {
        word.append((char) HexFormat.fromHexDigits(line, i + 1, i + 3));
        i += 2;
      } else {
        word.append(
            switch (next) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'b' -> '\b';
              case 'a' -> (char) 7;
              default -> next;
            });
      }
    }
    return -1;
  }

  private static boolean isHex(String line, int at) {
    return HexFormat.isHexDigit(line.charAt(at));
  }
}
