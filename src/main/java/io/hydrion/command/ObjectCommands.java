package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.MaxmemoryPolicy;
import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import java.util.List;

/** OBJECT: how values are stored and how they are used. */
final class ObjectCommands {
  static final List<Command> TABLE = List.of(object());

  /** Up to this length Redis keeps a string within its object, and calls it so. */
  private static final int EMBEDDED_MAX = 44;

  /** Redis keeps one object for each number of up to so many digits. */
  private static final int SHARED_DIGITS = 4;

  private static final String LFU_SELECTED =
      "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
          + " switching between policies at runtime LRU and LFU data will take some time to"
          + " adjust.";
  private static final String LFU_NOT_SELECTED =
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that"
          + " when switching between policies at runtime LRU and LFU data will take some time to"
          + " adjust.";

  private static final List<String> HELP =
      List.of(
          "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "ENCODING <key>",
          "    Shows how the value is stored.",
          "FREQ <key>",
          "    Shows the LFU counter of the key, a logarithm of its use.",
          "IDLETIME <key>",
          "    Shows how many seconds ago the key was last used.",
          "REFCOUNT <key>",
          "    Counts the references to the value.",
          "HELP",
          "    Shows this text.");

  private ObjectCommands() {}

  private static Command object() {
    Command command =
        row("OBJECT", -2, "generic", "2.2.3", 0, "")
            .complexity("by subcommand")
            .summary("Looks at how values are stored.")
            .container();
    command
        .sub("ENCODING", 3, "2.2.3", READONLY, "key")
        .keys(2, 2, 1, "RO")
        .acl("keyspace")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Shows the storage format of a value.")
        .run(ObjectCommands::encoding);
    command
        .sub("FREQ", 3, "4.0.0", READONLY, "key")
        .keys(2, 2, 1, "RO")
        .acl("keyspace")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Shows the LFU counter of a key.")
        .run(ObjectCommands::frequency);
    command
        .sub("HELP", 2, "6.2.0", LOADING | STALE, "")
        .acl("keyspace")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ObjectCommands::help);
    command
        .sub("IDLETIME", 3, "2.2.3", READONLY, "key")
        .keys(2, 2, 1, "RO")
        .acl("keyspace")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Shows how many seconds a key has not been used.")
        .run(ObjectCommands::idleTime);
    command
        .sub("REFCOUNT", 3, "2.2.3", READONLY, "key")
        .keys(2, 2, 1, "RO")
        .acl("keyspace")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Shows how many references a value has.")
        .run(ObjectCommands::referenceCount);
    return command;
  }

  private static void encoding(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().inspect(e)) {
      out.nil();
    } else {
      out.bulk(encodingOf(e));
    }
  }

  /** The name of a value's encoding, as Redis calls it. */
  static String encodingOf(Entry e) {
    return switch (e.encoding()) {
      case INT -> "int";
      case RAW -> e.valueLength() <= EMBEDDED_MAX ? "embstr" : "raw";
      case EDITED -> "raw";
      case INTEGERS -> "intset";
      case PACKED, LINKED -> encodingOfCollection(e);
    };
  }

  /** Redis 7.0 packs no list and no set but for integers, and has one name for streams. */
  private static String encodingOfCollection(Entry e) {
    return switch (e.type()) {
      case STRING -> "raw";
      case LIST -> "quicklist";
      case SET -> "hashtable";
      case HASH -> e.isLinked() ? "hashtable" : e.hasFieldExpiry() ? "listpackex" : "listpack";
      case SORTED_SET -> e.isLinked() ? "skiplist" : "listpack";
      case STREAM -> "stream";
    };
  }

  private static void frequency(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().inspect(e)) {
      out.nil();
    } else if (!q.engine().access().isLfu()) {
      out.error(LFU_NOT_SELECTED);
    } else {
      out.integer(q.engine().access().frequency(e, q.now()));
    }
  }

  private static void help(Request q, RespWriter out) {
    out.array(HELP.size());
    HELP.forEach(out::simple);
  }

  private static void idleTime(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().inspect(e)) {
      out.nil();
    } else if (q.engine().access().isLfu()) {
      out.error(LFU_SELECTED);
    } else {
      out.integer(q.engine().access().idleSeconds(e, q.now()));
    }
  }

  /** No record is shared; the figures are those of Redis, whose small integers are. */
  private static void referenceCount(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().inspect(e)) {
      out.nil();
    } else {
      out.integer(e.encoding() == Encoding.INT && sharesNumber(q, e) ? Integer.MAX_VALUE : 1);
    }
  }

  /** Under LRU and LFU each value has an age of its own, so Redis can share none. */
  private static boolean sharesNumber(Request q, Entry e) {
    MaxmemoryPolicy policy = q.engine().settings().maxmemoryPolicy();
    boolean aged = q.engine().settings().maxmemory() > 0 && (policy.lru() || policy.lfu());
    return !aged && e.valueLength() <= SHARED_DIGITS && e.bytes()[e.valueOffset()] != '-';
  }
}
