package io.hydrion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The sockets, polls, events and timers that this process has open. */
public final class Descriptors {
  private static final Path DIRECTORY = Path.of("/proc/self/fd");

  private Descriptors() {}

  /** Whether this machine tells. */
  public static boolean areKnown() {
    return Files.isDirectory(DIRECTORY);
  }

  /**
   * One text for each; class files and the like, which the JVM opens as it pleases, are left out.
   */
  public static List<String> open() throws IOException {
    List<String> open = new ArrayList<>();
    try (var links = Files.list(DIRECTORY)) {
      for (Path link : links.toList()) {
        try {
          String target = Files.readSymbolicLink(link).toString();
          if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
            open.add(target);
          }
        } catch (NoSuchFileException e) {
          // closed meanwhile
        }
      }
    }
    return open.stream().sorted().toList();
  }
}
