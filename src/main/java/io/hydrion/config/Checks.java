package io.hydrion.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What single texts must look like; each check returns Redis's complaint, or null. */
final class Checks {
  private static final String BAD_TEMPLATE =
      "template format is invalid or contains unknown variables";
  private static final int HOSTNAME_MAX = 255;
  private static final String NODENAME_FORBIDDEN = "!#$%&()*+:;<>?@[]^{|}~";

  /** Variables of a process title that always say something, and those that may be empty. */
  private static final Set<String> TITLE_FULL =
      Set.of("listen-addr", "config-file", "port", "tls-port");

  private static final Set<String> TITLE_MAYBE_EMPTY = Set.of("title", "server-mode", "unixsocket");

  private Checks() {}

  static @Nullable String none(String text) {
    return null;
  }

  static @Nullable String dbfilename(String text) {
    return isBaseName(text) ? null : "dbfilename can't be a path, just a filename";
  }

  static @Nullable String appendfilename(String text) {
    if (text.isEmpty()) {
      return "appendfilename can't be empty";
    }
    return isBaseName(text) ? null : "appendfilename can't be a path, just a filename";
  }

  static @Nullable String appenddirname(String text) {
    if (text.isEmpty()) {
      return "appenddirname can't be empty";
    }
    return isBaseName(text) ? null : "appenddirname can't be a path, just a dirname";
  }

  private static boolean isBaseName(String text) {
    return text.indexOf('/') < 0 && text.indexOf('\\') < 0;
  }

  static @Nullable String hostname(String text) {
    if (text.length() > HOSTNAME_MAX) {
      return "Hostnames must be less than 256 characters";
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isAlphanumeric(c) && c != '-' && c != '.') {
        return "Hostnames may only contain alphanumeric characters, hyphens or dots";
      }
    }
    return null;
  }

  static @Nullable String nodename(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (NODENAME_FORBIDDEN.indexOf(text.charAt(i)) >= 0) {
        return "Announced human node name contained invalid character";
      }
    }
    return null;
  }

  /**
   * A template has variables in braces, of known names, and a doubled brace stands for itself;
   * something must be left of it when those that may be empty are.
   */
  static @Nullable String titleTemplate(String text) {
    StringBuilder title = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int brace = text.indexOf('{', at);
      title.append(text, at, brace < 0 ? text.length() : brace);
      if (brace < 0) {
        break;
      }
      int end = text.indexOf('}', brace);
      if (text.startsWith("{", brace + 1)) {
        title.append('{');
        end = brace + 1;
      } else if (end < 0 || !appendVariable(text.substring(brace + 1, end), title)) {
        return BAD_TEMPLATE;
      }
      at = end + 1;
    }
    return title.toString().replace(" ", "").isEmpty() ? BAD_TEMPLATE : null;
  }

  private static boolean appendVariable(String name, StringBuilder title) {
    if (TITLE_FULL.contains(name)) {
      title.append(name);
      return true;
    }
    return TITLE_MAYBE_EMPTY.contains(name);
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
