package io.hydrion.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of the command table: all that is known of a command, and the code that runs it. COMMAND
 * and its subcommands, ACL categories, key extraction and the engine's own decisions are derived
 * from it.
 */
public final class Command {
  private final String name;
  private final String fullName;
  private final int arity;
  private final String group;
  private final String since;
  private final int flags;
  private final String syntax;
  private final List<KeySpec> keySpecs;
  private final @Nullable KeyFinder keyFinder;
  private final List<String> categories;
  private final List<String> tips;
  private final List<String> notes;
  private final List<Change> history;
  private final boolean syscmd;
  private final String complexity;
  private final String summary;
  private final String event;
  private final int element;
  private final @Nullable String deprecatedSince;
  private final @Nullable String replacedBy;
  private final Handler handler;
  private final @Nullable Command parent;
  private final Map<String, Command> subcommands = new LinkedHashMap<>();
  private final int firstKey;
  private final int lastKey;
  private final int keyStep;
  private final boolean oneKey;
  private int id = -1;

  /** A version in which a command's behaviour changed, and how. */
  public record Change(String version, String what) {}

  private Command(Builder b, Handler handler) {
    name = b.name.toLowerCase(Locale.ROOT);
    parent = b.parent;
    fullName = parent == null ? name : parent.name + "|" + name;
    arity = b.arity;
    group = b.group;
    since = b.since;
    syntax = b.syntax;
    keySpecs = List.copyOf(b.keySpecs);
    keyFinder = b.keyFinder;
    syscmd = b.syscmd;
    flags = b.flags | (movable(keySpecs) ? Flags.MOVABLEKEYS : 0);
    tips = List.copyOf(b.tips);
    notes = List.copyOf(b.notes);
    history = List.copyOf(b.history);
    complexity = b.complexity;
    summary = b.summary;
    event = b.event;
    element = b.element;
    deprecatedSince = b.deprecatedSince;
    replacedBy = b.replacedBy;
    this.handler = handler;
    categories = categories(b.categories, flags);
    int first = 0;
    int last = 0;
    int step = 0;
    for (KeySpec spec : keySpecs) {
      if (spec.isPlainRange()) {
        int end = spec.last() >= 0 ? spec.beginIndex() + spec.last() : spec.last();
        if (first == 0) {
          first = spec.beginIndex();
          last = end;
          step = spec.step();
        } else if (last == spec.beginIndex() - 1 && last > 0) {
          last = end;
        }
      }
    }
    firstKey = first;
    lastKey = last;
    keyStep = step;
    oneKey = first == 1 && last == 1 && keySpecs.size() == 1 && keySpecs.get(0).isKey();
    validate();
  }

  private static boolean movable(List<KeySpec> specs) {
    return specs.stream().anyMatch(spec -> !spec.isPlainRange());
  }

  private static List<String> categories(List<String> own, int flags) {
    List<String> all = new ArrayList<>(own);
    if ((flags & Flags.WRITE) != 0) {
      all.add("write");
    }
    boolean scripting = all.contains("scripting");
    if ((flags & Flags.READONLY) != 0 && !scripting) {
      all.add("read");
    }
    if ((flags & Flags.ADMIN) != 0) {
      all.add("admin");
      all.add("dangerous");
    }
    if ((flags & Flags.PUBSUB) != 0) {
      all.add("pubsub");
    }
    if ((flags & Flags.BLOCKING) != 0) {
      all.add("blocking");
    }
    all.add((flags & Flags.FAST) != 0 ? "fast" : "slow");
    List<String> order = new ArrayList<>();
    for (String category : CATEGORIES) {
      if (all.contains(category)) {
        order.add(category);
      }
    }
    return Collections.unmodifiableList(order);
  }

  /** All ACL categories, in the order in which COMMAND INFO shows them. */
  public static final List<String> CATEGORIES =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting");

  private void validate() {
    check(arity != 0, "arity 0");
    check(!summary.isEmpty(), "no summary");
    check((flags & (Flags.WRITE | Flags.READONLY)) != (Flags.WRITE | Flags.READONLY), "both");
    check((flags & Flags.DENYOOM) == 0 || (flags & Flags.WRITE) != 0, "denyoom without write");
  }

  private void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("bad row of command " + fullName + ": " + what);
    }
  }

  /** The name in lower case, without its container's. */
  public String name() {
    return name;
  }

  /** The name in lower case; a subcommand's is {@code container|name}. */
  public String fullName() {
    return fullName;
  }

  /** How many arguments there must be, the name included; negative: at least so many. */
  public int arity() {
    return arity;
  }

  public boolean accepts(int argc) {
    return arity > 0 ? argc == arity : argc >= -arity;
  }

  public String group() {
    return group;
  }

  public String since() {
    return since;
  }

  /** The bits of {@link Flags}. */
  public int flags() {
    return flags;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** What may follow the name, in the language of {@link SyntaxParser}. */
  public String syntax() {
    return syntax;
  }

  public List<KeySpec> keySpecs() {
    return keySpecs;
  }

  /**
   * Gives the keys of a call, in the order of the specs; not what is only routed like a key.
   *
   * @return false when the arguments are wrong and their keys are not known
   */
  boolean keys(Request q, KeyFinder.Keys to) {
    if (keyFinder != null) {
      return keyFinder.find(q, to);
    }
    boolean fits = true;
    for (KeySpec spec : keySpecs) {
      fits &= !spec.isKey() || spec.positions(q, i -> to.key(i, spec.flags()));
    }
    return fits;
  }

  /** The ACL categories, without their at sign. */
  public List<String> categories() {
    return categories;
  }

  public List<String> tips() {
    return tips;
  }

  /** A remark on each key spec, where there is one. */
  public List<String> notes() {
    return notes;
  }

  public List<Change> history() {
    return history;
  }

  public String complexity() {
    return complexity;
  }

  public String summary() {
    return summary;
  }

  /** The keyspace event of a change that this command makes to a value. */
  public String event() {
    return event;
  }

  /**
   * The argument by which the command looks an element up in its key's value; 0: by none. The
   * look-ups of a pipeline are prepared together.
   */
  int element() {
    return element;
  }

  /** Whether the command is one that servers and tools use, not people. */
  public boolean isSystem() {
    return syscmd;
  }

  public @Nullable String deprecatedSince() {
    return deprecatedSince;
  }

  public @Nullable String replacedBy() {
    return replacedBy;
  }

  public Handler handler() {
    return handler;
  }

  public @Nullable Command parent() {
    return parent;
  }

  /** By name in lower case, in the order of the table. */
  public Map<String, Command> subcommands() {
    return Collections.unmodifiableMap(subcommands);
  }

  /** The position of the first key; 0 when there is none, or none at a fixed place. */
  public int firstKey() {
    return firstKey;
  }

  /** The position of the last key; negative: from the end of the arguments. */
  public int lastKey() {
    return lastKey;
  }

  public int keyStep() {
    return keyStep;
  }

  /** Whether the only key is the first argument. */
  public boolean hasOneKey() {
    return oneKey;
  }

  /** Whether the command takes constant time but for copying its arguments. */
  boolean isBrief() {
    return (flags & (Flags.FAST | Flags.BRIEF)) != 0;
  }

  /** Not 0 when the command has to pass more than the checks that every command passes. */
  int restrictions() {
    return (flags & Flags.PROTECTED) | (subcommands.isEmpty() ? 0 : 1);
  }

  /** A small number of the command's own, for tables of statistics. */
  public int id() {
    return id;
  }

  void setId(int value) {
    id = value;
  }

  /** Begins a row. */
  public static Builder row(
      String name, int arity, String group, String since, int flags, String syntax) {
    return new Builder(null, name, arity, group, since, flags, syntax);
  }

  /** Begins the row of a subcommand. */
  public Builder sub(String name, int arity, String since, int flags, String syntax) {
    return new Builder(this, name, arity, group, since, flags, syntax);
  }

  /** Collects what a row says. */
  public static final class Builder {
    private final @Nullable Command parent;
    private final String name;
    private final int arity;
    private final String group;
    private final String since;
    private final int flags;
    private final String syntax;
    private final List<KeySpec> keySpecs = new ArrayList<>();
    private final List<String> categories = new ArrayList<>();
    private final List<String> tips = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Change> history = new ArrayList<>();
    private @Nullable KeyFinder keyFinder;
    private boolean syscmd;
    private String complexity = "";
    private String summary = "";
    private String event = "";
    private int element;
    private @Nullable String deprecatedSince;
    private @Nullable String replacedBy;

    private Builder(
        @Nullable Command parent,
        String name,
        int arity,
        String group,
        String since,
        int flags,
        String syntax) {
      this.parent = parent;
      this.name = name;
      this.arity = arity;
      this.group = group;
      this.since = since;
      this.flags = flags;
      this.syntax = syntax;
    }

    /** Keys from one position to another; a negative last one counts from the end. */
    public Builder keys(int first, int last, int step, String keyFlags) {
      return keys(KeySpec.range(first, last, step, keyFlags));
    }

    public Builder keys(KeySpec spec) {
      keySpecs.add(spec);
      notes.add("");
      return this;
    }

    /** What finds the keys of a call where the key specs do not tell them all. */
    public Builder keysBy(KeyFinder finder) {
      keyFinder = finder;
      return this;
    }

    /** A remark on the key spec before it. */
    public Builder note(String text) {
      notes.set(notes.size() - 1, text);
      return this;
    }

    /** ACL categories that the flags do not imply. */
    public Builder acl(String... names) {
      categories.addAll(List.of(names));
      return this;
    }

    public Builder tips(String... texts) {
      tips.addAll(List.of(texts));
      return this;
    }

    public Builder complexity(String text) {
      complexity = text;
      return this;
    }

    public Builder summary(String text) {
      summary = text;
      return this;
    }

    public Builder history(String version, String what) {
      history.add(new Change(version, what));
      return this;
    }

    public Builder deprecated(String version, String replacement) {
      deprecatedSince = version;
      replacedBy = replacement;
      return this;
    }

    /** A command that servers and tools use, not people. */
    public Builder syscmd() {
      syscmd = true;
      return this;
    }

    /** The keyspace event of a change to a value; none needed where no value changes. */
    public Builder event(String keyspaceEvent) {
      event = keyspaceEvent;
      return this;
    }

    /** The argument by which the command looks an element up in its key's value. */
    public Builder element(int argument) {
      element = argument;
      return this;
    }

    /** Ends the row: this code runs the command. */
    public Command run(Handler handler) {
      Command command = new Command(this, handler);
      if (parent != null && parent.subcommands.put(command.name, command) != null) {
        throw new IllegalStateException("two rows for " + command.fullName);
      }
      return command;
    }

    /** Ends the row of a container, which does nothing but to have subcommands. */
    public Command container() {
      return run(
          (q, out) -> {
            throw new IllegalStateException("a container is not run");
          });
    }
  }
}
