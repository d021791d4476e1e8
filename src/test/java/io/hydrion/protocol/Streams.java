package io.hydrion.protocol;

import io.hydrion.util.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random streams of commands. */
final class Streams {
  private static final int[] SIZES = {0, 0, 1, 2, 3, 9, 10, 11, 99, 100, 101, 1000};

  private Streams() {}

  /** A stream, and the commands that are in it. */
  record Stream(byte[] bytes, List<List<String>> commands) {}

  /**
   * A valid stream: arrays of bulk strings, inline lines, empty arrays and empty lines.
   *
   * @param quoted whether words of inline lines may be quoted
   */
  static Stream valid(SplittableRandom random, int commands, boolean quoted) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<List<String>> expected = new ArrayList<>();
    for (int i = 0; i < commands; i++) {
      switch (random.nextInt(8)) {
        case 0 -> bytes.writeBytes(Bytes.of(random.nextBoolean() ? "\r\n" : "*0\r\n"));
        case 1, 2 -> expected.add(inline(random, bytes, quoted));
        default -> expected.add(array(random, bytes));
      }
    }
    return new Stream(bytes.toByteArray(), expected);
  }

  private static List<String> array(SplittableRandom random, ByteArrayOutputStream bytes) {
    int count = random.nextInt(20) == 0 ? 60 : 1 + random.nextInt(5);
    List<String> arguments = new ArrayList<>();
    bytes.writeBytes(Bytes.of("*" + count + "\r\n"));
    for (int i = 0; i < count; i++) {
      byte[] argument = new byte[SIZES[random.nextInt(SIZES.length)]];
      random.nextBytes(argument);
      arguments.add(Bytes.string(argument));
      bytes.writeBytes(Bytes.of("$" + argument.length + "\r\n"));
      bytes.writeBytes(argument);
      bytes.writeBytes(Bytes.of("\r\n"));
    }
    return arguments;
  }

  private static List<String> inline(
      SplittableRandom random, ByteArrayOutputStream bytes, boolean quoted) {
    List<String> words = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      line.append(" ".repeat(i == 0 ? 0 : 1 + (quoted ? random.nextInt(3) : 0)));
      StringBuilder word = new StringBuilder();
      for (int n = 1 + random.nextInt(12); n > 0; n--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      if (quoted && random.nextBoolean()) {
        quote(random, word, line);
      } else {
        line.append(word);
      }
      words.add(word.toString());
    }
    bytes.writeBytes(Bytes.of(line + (quoted && random.nextBoolean() ? "\n" : "\r\n")));
    return words;
  }

  /** Adds bytes that need quoting to the word, and the word in quotes to the line. */
  private static void quote(SplittableRandom random, StringBuilder word, StringBuilder line) {
    line.append('"').append(word);
    for (int n = random.nextInt(4); n > 0; n--) {
      char c = (char) random.nextInt(256);
      word.append(c);
      line.append(String.format(random.nextBoolean() ? "\\x%02x" : "\\x%02X", (int) c));
    }
    word.append("\n\t '\"\\q");
    line.append("\\n\\t '\\\"\\\\\\q\"");
  }

  /** Bytes of which many mean something to the decoder, and which make no valid stream. */
  static byte[] hostile(SplittableRandom random, int length) {
    String meaningful = "*$\r\n\r\n\r\n0123456789-+: \"'\\x\0PINGGETSET";
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] =
          random.nextInt(10) == 0
              ? (byte) random.nextInt()
              : (byte) meaningful.charAt(random.nextInt(meaningful.length()));
    }
    return bytes;
  }
}
