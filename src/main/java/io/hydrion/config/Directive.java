package io.hydrion.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One directive of redis.conf: a row of the table, immutable once the table is built. */
public final class Directive {

  /** When a value may change. */
  public enum Mutability {
    /** By CONFIG SET. */
    MUTABLE,
    /** Only at start. */
    IMMUTABLE,
    /** By CONFIG SET where {@code enable-protected-configs} lets the client. */
    PROTECTED
  }

  /** What a value does. */
  public enum Support {
    /** What it does in Redis. */
    SUPPORTED,
    /** It is kept and shown; there is nothing here that it could change, or not yet. */
    STORED,
    /** It asks for something not there yet: kept, shown, and warned of unless it is the default. */
    ACCEPTED
  }

  private final String name;
  private final Kind kind;
  private final String defaultText;
  private @Nullable String alias;
  private boolean aliasQuiet;
  private Mutability mutability = Mutability.MUTABLE;
  private Support support = Support.SUPPORTED;
  private boolean sensitive;
  private boolean hidden;
  private boolean reapplied;
  private boolean notWhileLoading;
  private @Nullable String whyNeverOn;
  private int index = -1;
  private @Nullable Object defaultValue;

  Directive(String name, Kind kind, String defaultText) {
    this.name = name;
    this.kind = kind;
    this.defaultText = defaultText;
  }

  Directive alias(String otherName) {
    alias = otherName;
    return this;
  }

  /** A second, newer name, which is understood but is not in the listings of the older ones. */
  Directive quietAlias(String otherName) {
    aliasQuiet = true;
    return alias(otherName);
  }

  Directive immutable() {
    mutability = Mutability.IMMUTABLE;
    return this;
  }

  Directive guarded() {
    mutability = Mutability.PROTECTED;
    return this;
  }

  Directive stored() {
    support = Support.STORED;
    return this;
  }

  Directive accepted() {
    support = Support.ACCEPTED;
    return this;
  }

  Directive sensitiveValue() {
    sensitive = true;
    return this;
  }

  Directive hiddenName() {
    hidden = true;
    return this;
  }

  /** Hooks run even when the value stays the same: it names a file whose content may not. */
  Directive reappliedAlways() {
    reapplied = true;
    return this;
  }

  Directive notWhileLoading() {
    notWhileLoading = true;
    return this;
  }

  Directive cannotBeSwitchedOn(String why) {
    whyNeverOn = why;
    return this;
  }

  /** The directive of that name or alias in any case, or null. */
  public static @Nullable Directive find(String name) {
    return Index.BY_NAME.get(name.toLowerCase(Locale.ROOT));
  }

  /** Every directive, in the table's order. */
  public static List<Directive> all() {
    return Index.ALL;
  }

  /** The directive of that name, which is known to exist. */
  static Directive of(String name) {
    Directive directive = find(name);
    if (directive == null) {
      throw new IllegalArgumentException("no directive is called " + name);
    }
    return directive;
  }

  public String name() {
    return name;
  }

  /** Whether CONFIG GET finds the {@link #alias} by its full name only, not by a pattern. */
  public boolean isAliasQuiet() {
    return aliasQuiet;
  }

  /** A second, mostly older name; CONFIG GET answers under it too. */
  public @Nullable String alias() {
    return alias;
  }

  public Mutability mutability() {
    return mutability;
  }

  public Support support() {
    return support;
  }

  /** Whether the value is to be kept out of the slow log, MONITOR and logs. */
  public boolean sensitive() {
    return sensitive;
  }

  /** Whether CONFIG GET shows it only when asked for by its full name. */
  public boolean hidden() {
    return hidden;
  }

  /** Whether it takes several arguments, or one that is split into several. */
  public boolean multiArgument() {
    return kind.multiArgument();
  }

  /** Whether it is a statement of a file, such as {@code include}, and not a value. */
  public boolean statement() {
    return kind instanceof Kind.Statement;
  }

  /** The default in the form of CONFIG GET; empty for {@code dir}, which has none. */
  public String defaultText() {
    return kind.format(defaultValue());
  }

  @Override
  public String toString() {
    return name;
  }

  Kind kind() {
    return kind;
  }

  int index() {
    return index;
  }

  boolean reapplied() {
    return reapplied;
  }

  boolean refusedWhileLoading() {
    return notWhileLoading;
  }

  @Nullable String whyNeverOn() {
    return whyNeverOn;
  }

  Object defaultValue() {
    Object value = defaultValue;
    if (value == null) {
      throw new IllegalStateException("the table is not built yet");
    }
    return value;
  }

  private Object parseDefault() {
    if (kind instanceof Kind.Statement || kind instanceof ListKinds.WorkingDirectory) {
      return "";
    } else if (kind instanceof ListKinds.OutputBuffers) {
      return OutputBufferLimits.DEFAULT;
    }
    try {
      List<String> args =
          kind.multiArgument() ? Arrays.asList(defaultText.split(" ", -1)) : List.of(defaultText);
      return kind.parse(args, List.of());
    } catch (Kind.BadValue e) {
      throw new IllegalStateException("bad default of " + name, e);
    }
  }

  /** The finished table, checked: a row that is wrong stops the server before it starts. */
  private static final class Index {
    static final List<Directive> ALL = DirectiveTable.ROWS;
    static final Map<String, Directive> BY_NAME = build();

    private static Map<String, Directive> build() {
      Map<String, Directive> byName = new HashMap<>();
      int next = 0;
      for (Directive row : ALL) {
        row.index = next++;
        row.defaultValue = row.parseDefault();
        put(byName, row.name, row);
        if (row.alias != null) {
          put(byName, row.alias, row);
        }
      }
      return Map.copyOf(byName);
    }

    private static void put(Map<String, Directive> byName, String key, Directive row) {
      if (byName.put(key, row) != null) {
        throw new IllegalStateException("two directives are called " + key);
      }
    }
  }
}
