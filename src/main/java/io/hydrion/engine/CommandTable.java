package io.hydrion.engine;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All commands by name. Immutable once the server runs. */
public final class CommandTable {
  /*
   * Names are looked up in the bytes of the request: a hash of the lower-cased bytes leads into a
   * table at most a quarter full, where the name is compared.
   */
  private static final int NAME_MAX = 64;

  private final Map<String, Command> byName = new LinkedHashMap<>();
  private final Map<String, Command> renamedByName = new HashMap<>();
  private final List<Command> all = new ArrayList<>();
  private final Bucket[] buckets;
  private final int mask;

  private record Bucket(byte[] name, Command command) {}

  /**
   * @param commands the rows of all families, subcommands within their containers
   * @param renamed new names by name, in lower case; an empty one removes the command
   */
  public CommandTable(Collection<Command> commands, Map<String, String> renamed) {
    for (Command command : commands) {
      String name = renamed.getOrDefault(command.name(), command.name()).toLowerCase(Locale.ROOT);
      if (!name.equals(command.name())) {
        renamedByName.put(command.name(), command);
      }
      if (name.isEmpty()) {
        continue;
      }
      if (byName.put(name, command) != null) {
        throw new IllegalStateException("two commands named " + name);
      }
      add(command);
      command.subcommands().values().forEach(this::add);
    }
    mask = Integer.highestOneBit(byName.size() * 8) - 1;
    buckets = new Bucket[mask + 1];
    byName.forEach(
        (name, command) -> {
          byte[] bytes = Bytes.of(name);
          int at = hash(bytes, 0, bytes.length) & mask;
          while (buckets[at] != null) {
            at = (at + 1) & mask;
          }
          buckets[at] = new Bucket(bytes, command);
        });
  }

  private void add(Command command) {
    command.setId(all.size());
    all.add(command);
  }

  private static int hash(byte[] a, int off, int len) {
    int h = len;
    for (int i = off, end = off + len; i < end; i++) {
      h = h * 31 + (a[i] | 0x20);
    }
    return h ^ h >>> 15;
  }

  /** The command of that name in any letter case, or null. */
  public @Nullable Command find(byte[] a, int off, int len) {
    if (len > NAME_MAX) {
      return null;
    }
    for (int at = hash(a, off, len) & mask; ; at = (at + 1) & mask) {
      Bucket bucket = buckets[at];
      if (bucket == null) {
        return null;
      }
      byte[] name = bucket.name;
      if (name.length == len && equalIgnoreCase(a, off, name)) {
        return bucket.command;
      }
    }
  }

  /** The command that had that name before commands were renamed or removed, or has it now. */
  @Nullable Command findOriginal(byte[] a, int off, int len) {
    Command command = find(a, off, len);
    return command != null || renamedByName.isEmpty()
        ? command
        : renamedByName.get(Bytes.string(a, off, len).toLowerCase(Locale.ROOT));
  }

  /** Whether some commands have another name than their own, or none. */
  boolean isRenaming() {
    return !renamedByName.isEmpty();
  }

  private static boolean equalIgnoreCase(byte[] a, int off, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      if (a[off + i] != name[i] && Bytes.lower(a[off + i]) != name[i]) {
        return false;
      }
    }
    return true;
  }

  /** A command by its name, or a subcommand by {@code container|name}; any letter case. */
  public @Nullable Command find(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    int bar = lower.indexOf('|');
    if (bar < 0) {
      return byName.get(lower);
    }
    Command container = byName.get(lower.substring(0, bar));
    return container == null ? null : container.subcommands().get(lower.substring(bar + 1));
  }

  /** The commands without their subcommands. */
  public Collection<Command> commands() {
    return Collections.unmodifiableCollection(byName.values());
  }

  /** Commands and subcommands; a command's place is its {@link Command#id}. */
  public List<Command> all() {
    return Collections.unmodifiableList(all);
  }
}
