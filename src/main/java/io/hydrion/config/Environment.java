package io.hydrion.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Directives in environment variables: {@code HYDRION_MAXMEMORY_POLICY=allkeys-lru}. A directive of
 * several arguments has them in one variable, in the syntax of redis.conf; one that may be stated
 * several times has a statement a line.
 */
final class Environment {
  static final String SOURCE = "environment";

  private static final String PREFIX = "HYDRION_";

  /** Variables that the launcher reads. */
  private static final Set<String> RESERVED = Set.of("HOME", "JAVA", "JAVA_HOME", "JAVA_OPTS");

  /** Variables that Kubernetes and Docker links set for a service that is called hydrion. */
  private static final Pattern INJECTED =
      Pattern.compile("SERVICE_(HOST|PORT.*)|PORT_[0-9]+_(TCP|UDP).*|(ENV_.*)|NAME");

  private Environment() {}

  /**
   * Hands over each variable as a statement.
   *
   * @param warn takes a line about a variable that is left alone
   */
  static void forEach(
      Map<String, String> variables, Consumer<SourceLine> consumer, Consumer<String> warn) {
    for (Map.Entry<String, String> variable : new TreeMap<>(variables).entrySet()) {
      String key = variable.getKey();
      if (!key.startsWith(PREFIX) || isForeign(key.substring(PREFIX.length()))) {
        continue;
      }
      Directive directive = directiveOf(key);
      if (directive == null) {
        warn.accept("Environment variable " + key + " names no directive and is ignored");
      } else if (isServiceAddress(directive, variable.getValue())) {
        warn.accept("Environment variable " + key + " is a service's address and is ignored");
      } else {
        read(key, directive, variable.getValue(), consumer);
      }
    }
  }

  private static boolean isForeign(String suffix) {
    return RESERVED.contains(suffix) || INJECTED.matcher(suffix).matches();
  }

  private static boolean isServiceAddress(Directive directive, String value) {
    return directive.name().equals("port") && value.contains("://");
  }

  private static @Nullable Directive directiveOf(String key) {
    String name = key.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
    Directive dashed = Directive.find(name.replace('_', '-'));
    return dashed != null ? dashed : Directive.find(name);
  }

  private static void read(
      String key, Directive directive, String value, Consumer<SourceLine> consumer) {
    String text = directive.sensitive() ? key : key + "=" + value;
    Origin origin = new Origin(SOURCE, null, 0, text);
    if (!directive.statement()) {
      consumer.accept(new SourceLine(List.of(directive.name(), value), origin));
      return;
    }
    for (String line : value.split("\n", -1)) {
      List<String> words = SourceLine.wordsOf(line);
      if (words == null) {
        throw new ConfigException(ConfigParser.UNBALANCED, origin, directive.name());
      }
      if (!words.isEmpty()) {
        List<String> statement = new ArrayList<>(List.of(directive.name()));
        statement.addAll(words);
        consumer.accept(new SourceLine(List.copyOf(statement), origin));
      }
    }
  }
}
