package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The commands in the newest increment of an append log in Redis's format, without checksums. */
final class LoggedCommands {
  private LoggedCommands() {}

  /** The commands, a char for each byte, of the log in a server's directory. */
  static List<List<String>> in(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("appendonlydir"))) {
      Path newest =
          files
              .filter(file -> file.toString().endsWith(".incr.aof"))
              .max(Comparator.comparingInt(LoggedCommands::sequence))
              .orElseThrow();
      return parse(Files.readString(newest, ISO_8859_1));
    }
  }

  private static int sequence(Path file) {
    String[] parts = file.getFileName().toString().split("\\.");
    return Integer.parseInt(parts[parts.length - 3]);
  }

  private static List<List<String>> parse(String text) {
    List<List<String>> commands = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf("\r\n", at);
      int argc = Integer.parseInt(text.substring(at + 1, end));
      at = end + 2;
      List<String> words = new ArrayList<>();
      for (int i = 0; i < argc; i++) {
        end = text.indexOf("\r\n", at);
        int length = Integer.parseInt(text.substring(at + 1, end));
        words.add(text.substring(end + 2, end + 2 + length));
        at = end + 2 + length + 2;
      }
      commands.add(words);
    }
    return commands;
  }
}
