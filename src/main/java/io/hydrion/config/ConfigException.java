package io.hydrion.config;

import org.jspecify.annotations.Nullable;

/** A configuration that a server cannot start with. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Origin origin;
  private final @Nullable String directive;

  ConfigException(String message) {
    this(message, null, null);
  }

  ConfigException(String message, @Nullable Origin origin, @Nullable String directive) {
    super(message);
    this.origin = origin;
    this.directive = directive;
  }

  /** An error that a part of the server found in the statement at {@code origin}. */
  public static ConfigException at(Origin origin, String message) {
    return new ConfigException(message, origin, null);
  }

  /** An error that a part of the server found in what a directive asks for. */
  public static ConfigException of(String directive, String message) {
    return new ConfigException(message, null, directive);
  }

  /** Where the offending statement stands; null where the error is of no one statement. */
  public @Nullable Origin origin() {
    return origin;
  }

  /** The directive's name as it was written, where the error is of one directive. */
  public @Nullable String directive() {
    return directive;
  }

  /**
   * What to print before leaving with status 1: Redis's lines, with the file named too.
   *
   * @param product name and version, such as "Hydrion 0.1.0"
   */
  public String report(String product) {
    StringBuilder out = new StringBuilder();
    out.append("\n*** FATAL CONFIG FILE ERROR (").append(product).append(") ***\n");
    Origin at = origin;
    if (at != null) {
      out.append("Reading the ").append(at.source());
      if (at.line() > 0) {
        out.append(", at line ").append(at.line());
      }
      if (at.file() != null) {
        out.append(at.line() > 0 ? " of " : " ").append(at.file());
      }
      out.append("\n>>> '").append(at.text()).append("'\n");
    }
    return out.append(getMessage()).append('\n').toString();
  }
}
