package io.hydrion.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of a running server: what CONFIG GET, SET and REWRITE work on. Any thread may read;
 * writers take one lock, under which hooks run too. Reading does not lock.
 *
 * <p>Replies are values: null for OK, else the text of the error reply with its code.
 */
public final class Settings extends HotValues {
  private static final String SYNTAX_ERROR = "ERR syntax error";
  private static final String LOADING = "LOADING Redis is loading the dataset in memory";

  private final Config config;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Directive, List<ApplyHook>> hooks = new HashMap<>();
  private final Map<String, Supplier<List<String>>> lineOwners = new HashMap<>();
  private volatile Object[] values;

  /** Starts with the values of a configuration. */
  public Settings(Config config) {
    this.config = config;
    values = config.values();
    load(config);
  }

  @Override
  public Object value(Directive directive) {
    return values[directive.index()];
  }

  /** The values of this moment, consistent with each other. */
  public Config snapshot() {
    return config.withValues(values);
  }

  /**
   * CONFIG GET: name, value, name, value, for every directive that a pattern matches, once each. A
   * pattern without wildcards is answered under the very name asked for; hidden directives need
   * one.
   */
  public List<String> get(List<String> patterns) {
    Map<String, String> matches = new LinkedHashMap<>();
    Object[] now = values;
    for (String pattern : patterns) {
      if (NamePattern.isPattern(pattern)) {
        getMatching(pattern.toLowerCase(Locale.ROOT), now, matches);
      } else {
        Directive directive = Directive.find(pattern);
        if (directive != null && !directive.statement()) {
          addMatch(pattern, directive, now, matches);
        }
      }
    }
    List<String> flat = new ArrayList<>(matches.size() * 2);
    matches.forEach((name, value) -> flat.addAll(List.of(name, value)));
    return flat;
  }

  private static void getMatching(String pattern, Object[] now, Map<String, String> matches) {
    for (Directive directive : Directive.all()) {
      if (directive.hidden() || directive.statement()) {
        continue;
      }
      if (NamePattern.matches(pattern, directive.name())) {
        addMatch(directive.name(), directive, now, matches);
      }
      String alias = directive.alias();
      if (alias != null && !directive.isAliasQuiet() && NamePattern.matches(pattern, alias)) {
        addMatch(alias, directive, now, matches);
      }
    }
  }

  private static void addMatch(
      String name, Directive directive, Object[] now, Map<String, String> matches) {
    for (String other : matches.keySet()) {
      if (other.equalsIgnoreCase(name)) {
        return;
      }
    }
    matches.put(name, directive.kind().format(now[directive.index()]));
  }

  /** CONFIG SET from inside the process: as a local client, while nothing is being loaded. */
  public @Nullable String set(String... pairs) {
    return set(Arrays.asList(pairs), true, false);
  }

  /**
   * CONFIG SET: all of the pairs or none.
   *
   * @param pairs name, value, name, value
   * @param localClient whether the client came through loopback or a Unix socket
   * @param loading whether the server is reading its data from disk
   * @return null, or the error reply
   */
  public @Nullable String set(List<String> pairs, boolean localClient, boolean loading) {
    if (pairs.isEmpty() || pairs.size() % 2 != 0) {
      return SYNTAX_ERROR;
    }
    lock.lock();
    try {
      String refusal = check(pairs, localClient, loading);
      return refusal != null ? refusal : assign(pairs);
    } finally {
      lock.unlock();
    }
  }

  /** Refuses what must not be set at all, before any value is looked at. */
  private @Nullable String check(List<String> pairs, boolean localClient, boolean loading) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      String name = pairs.get(i);
      Directive directive = Directive.find(name);
      if (directive == null || directive.statement()) {
        return clean("ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
      }
      if (directive.mutability() == Directive.Mutability.IMMUTABLE) {
        return failed(name, "can't set immutable config");
      } else if (directive.mutability() == Directive.Mutability.PROTECTED
          && !enableProtectedConfigs().allows(localClient)) {
        return failed(name, "can't set protected config");
      } else if (loading && directive.refusedWhileLoading()) {
        return LOADING;
      } else if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        return failed(name, "duplicate parameter");
      }
    }
    return null;
  }

  private @Nullable String assign(List<String> pairs) {
    Object[] before = values;
    Object[] after = before.clone();
    Map<ApplyHook, String> toRun = new LinkedHashMap<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      String name = pairs.get(i).toLowerCase(Locale.ROOT);
      Directive directive = Directive.of(name);
      Object old = after[directive.index()];
      try {
        after[directive.index()] = parse(directive, pairs.get(i + 1), old);
      } catch (Kind.BadValue e) {
        return failed(name, String.valueOf(e.getMessage()));
      }
      if (directive.reapplied() || !after[directive.index()].equals(old)) {
        for (ApplyHook hook : hooks.getOrDefault(directive, List.of())) {
          toRun.putIfAbsent(hook, name);
        }
      }
    }
    publish(after);
    return runHooks(toRun, before);
  }

  private static Object parse(Directive directive, String text, Object current)
      throws Kind.BadValue {
    // Here, unlike in a file, every blank separates two arguments, and save starts afresh.
    List<String> args =
        !directive.multiArgument()
            ? List.of(text)
            : text.isEmpty() ? List.of() : Arrays.asList(text.split(" ", -1));
    Object base = directive.kind() instanceof ListKinds.Save ? List.of() : current;
    Object value = directive.kind().parse(args, base);
    String why = directive.whyNeverOn();
    if (why != null && value.equals(true)) {
      throw new Kind.BadValue(why);
    }
    return value;
  }

  /** Runs hooks in the order of their directives; at the first refusal takes all of them back. */
  private @Nullable String runHooks(Map<ApplyHook, String> toRun, Object[] before) {
    List<ApplyHook> done = new ArrayList<>();
    for (Map.Entry<ApplyHook, String> entry : toRun.entrySet()) {
      done.add(entry.getKey());
      String refusal = run(entry.getKey());
      if (refusal != null) {
        publish(before);
        done.forEach(this::run);
        return failed(entry.getValue(), refusal);
      }
    }
    return null;
  }

  private @Nullable String run(ApplyHook hook) {
    try {
      return hook.apply(this);
    } catch (RuntimeException e) {
      return "internal error: " + e;
    }
  }

  private void publish(Object[] newValues) {
    assert lock.isHeldByCurrentThread();
    values = newValues;
    load(config.withValues(newValues));
  }

  private static String failed(String name, String why) {
    return clean("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }

  /** An error reply is one line. */
  private static String clean(String text) {
    return text.replace('\r', ' ').replace('\n', ' ');
  }

  /**
   * Has {@code hook} run when CONFIG SET changes the directive. A hook that is registered for
   * several directives runs once however many of them change.
   */
  public void onChange(String name, ApplyHook hook) {
    lock.lock();
    try {
      hooks.computeIfAbsent(Directive.of(name), key -> new ArrayList<>()).add(hook);
    } finally {
      lock.unlock();
    }
  }

  /** Runs a task now and whenever CONFIG SET changes one of these directives. */
  public void follow(Runnable task, String... names) {
    ApplyHook hook =
        s -> {
          task.run();
          return null;
        };
    for (String name : names) {
      onChange(name, hook);
    }
    task.run();
  }

  /**
   * Records a value that the server found out itself, such as the port it was given; no hook runs.
   *
   * @throws IllegalArgumentException where the value is not one of the directive
   */
  public void update(String name, String value) {
    lock.lock();
    try {
      Directive directive = Directive.of(name);
      Object[] after = values.clone();
      after[directive.index()] = parse(directive, value, after[directive.index()]);
      publish(after);
    } catch (Kind.BadValue e) {
      throw new IllegalArgumentException(name + " " + value + ": " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Has CONFIG REWRITE put these lines for a statement, such as {@code user}; lines of statements
   * that nobody owns stay as they are.
   *
   * @param lines gives whole lines, the directive's name first
   */
  public void rewriteLines(String statement, Supplier<List<String>> lines) {
    lock.lock();
    try {
      lineOwners.put(Directive.of(statement).name(), lines);
    } finally {
      lock.unlock();
    }
  }

  /**
   * CONFIG REWRITE: writes the values of now into the configuration file, in the place of the old
   * ones. Comments, order and statements stay; what is not in the file and not the default is
   * appended. The file is replaced at once or not at all.
   *
   * @return null, or the error reply
   */
  public @Nullable String rewrite() {
    if (config.file() == null) {
      return "ERR The server is running without a config file";
    }
    if (StructuredParser.handles(config.file().toString())) {
      return "ERR Rewriting config file: only files in the syntax of redis.conf can be rewritten";
    }
    lock.lock();
    try {
      ConfigRewriter.rewrite(config.file(), this, lineOwners);
      return null;
    } catch (IOException e) {
      return clean("ERR Rewriting config file: " + OsErrors.text(e));
    } finally {
      lock.unlock();
    }
  }
}
