package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Engine;
import io.hydrion.engine.Request;
import io.hydrion.engine.Saving;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.util.Bytes;
import io.hydrion.util.Glob;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Tools for tests. DEBUG has one row: its subcommands are not shown by COMMAND. */
final class DebugCommands {
  private static final Logger LOG = LogManager.getLogger(DebugCommands.class);

  static final List<Command> TABLE =
      List.of(
          row("DEBUG", -2, "server", "1.0.0", ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED, "")
              .complexity("by subcommand")
              .summary("Holds tools for testing the server.")
              .syscmd()
              .event("set") // what POPULATE does
              .run(DebugCommands::debug));

  private static final Pattern MEMORY = Pattern.compile("(\\d{1,18})([kmg]?b?)");
  private static final long GIB = 1L << 30;

  private DebugCommands() {}

  /** One subcommand; the numbers of arguments count DEBUG and the subcommand. */
  private record Tool(int argcMin, int argcMax, io.hydrion.engine.Handler handler) {}

  private static final Map<String, Tool> TOOLS =
      Map.ofEntries(
          Map.entry("abort-snapshot", new Tool(2, 2, DebugCommands::abortSnapshot)),
          Map.entry("aof-flush-sleep", new Tool(3, 3, DebugCommands::delayLog)),
          Map.entry("assert", new Tool(2, 2, DebugCommands::refuse)),
          Map.entry("change-repl-id", new Tool(2, 2, DebugCommands::changeReplicationId)),
          Map.entry("crash-and-recover", new Tool(2, 3, DebugCommands::refuse)),
          Map.entry("digest", new Tool(2, 2, DebugCommands::digest)),
          Map.entry("digest-value", new Tool(2, Integer.MAX_VALUE, DebugCommands::digestValue)),
          Map.entry("error", new Tool(3, 3, (q, out) -> out.error(q.text(2)))),
          Map.entry("help", new Tool(2, 2, DebugCommands::help)),
          Map.entry("htstats", new Tool(3, 4, DebugCommands::tableStatistics)),
          Map.entry("jmap", new Tool(2, 2, DebugCommands::heap)),
          Map.entry("loadaof", new Tool(2, 2, DebugCommands::loadLog)),
          Map.entry("log", new Tool(3, 3, DebugCommands::log)),
          Map.entry("object", new Tool(3, 4, DebugCommands::object)),
          Map.entry("oom", new Tool(2, 2, DebugCommands::refuse)),
          Map.entry("panic", new Tool(2, 2, DebugCommands::refuse)),
          Map.entry("pause-cron", new Tool(3, 3, DebugCommands::pauseCron)),
          Map.entry("populate", new Tool(3, 5, DebugCommands::populate)),
          Map.entry("protocol", new Tool(3, 3, DebugProtocol::reply)),
          Map.entry("quicklist-packed-threshold", new Tool(3, 3, DebugCommands::packedThreshold)),
          Map.entry("reload", new Tool(2, Integer.MAX_VALUE, DebugCommands::reload)),
          Map.entry("replybuffer", new Tool(4, 4, DebugCommands::replyBuffer)),
          Map.entry("restart", new Tool(2, 3, DebugCommands::refuse)),
          Map.entry("sdslen", new Tool(3, 3, DebugCommands::stringLength)),
          Map.entry("segfault", new Tool(2, 2, DebugCommands::refuse)),
          Map.entry("set-active-expire", new Tool(3, 3, DebugCommands::activeExpire)),
          Map.entry("set-disable-deny-scripts", new Tool(3, 3, (q, out) -> out.ok())),
          Map.entry("set-skip-checksum-validation", new Tool(3, 3, DebugCommands::skipChecksums)),
          Map.entry("sleep", new Tool(3, 3, DebugCommands::sleep)),
          Map.entry("stringmatch-len", new Tool(4, 4, DebugCommands::stringMatch)));

  private static void debug(Request q, RespWriter out) {
    Tool tool = TOOLS.get(q.text(1).toLowerCase(Locale.ROOT));
    if (tool == null || q.argc() < tool.argcMin || q.argc() > tool.argcMax) {
      unknown(q, out);
    } else {
      tool.handler.handle(q, out);
    }
  }

  private static void reload(Request q, RespWriter out) {
    boolean saves = true;
    boolean empties = true;
    for (int i = 2; i < q.argc(); i++) {
      if (q.is(i, "nosave")) {
        saves = false;
      } else if (q.is(i, "noflush") || q.is(i, "merge")) {
        empties = false;
      } else {
        out.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
        return;
      }
    }
    Saving saving = q.engine().saving();
    boolean emptied = empties;
    if (saves) {
      PersistenceCommands.done(
          q,
          out,
          saving::save,
          (worked, reply) -> {
            if (worked) {
              load(saving, emptied, reply);
            } else {
              reply.error("ERR");
            }
          });
    } else {
      load(saving, emptied, out);
    }
  }

  private static void load(Saving saving, boolean empties, RespWriter out) {
    if (saving.reload(empties)) {
      out.ok();
    } else {
      out.error("ERR Error trying to load the RDB dump");
    }
  }

  private static void loadLog(Request q, RespWriter out) {
    if (q.engine().durability().reload()) {
      out.ok();
    } else {
      out.error("ERR Error trying to load the AOF files, check server logs.");
    }
  }

  private static void abortSnapshot(Request q, RespWriter out) {
    q.engine().snapshots().abort();
    out.ok();
  }

  private static void skipChecksums(Request q, RespWriter out) {
    q.engine().setSkipsChecksums(!q.is(2, "0"));
    out.ok();
  }

  private static void delayLog(Request q, RespWriter out) {
    if (q.isLong(2)) {
      q.engine().durability().delayWrites(q.longAt(2));
      out.ok();
    } else {
      out.error(Errors.NOT_INTEGER);
    }
  }

  private static void unknown(Request q, RespWriter out) {
    String name = q.textOfC(1);
    out.error(
        "ERR unknown subcommand or wrong number of arguments for '"
            + name.substring(0, Math.min(128, name.length()))
            + "'. Try DEBUG HELP.");
  }

  /** What would end the process: nobody needs that of a server which others may use too. */
  private static void refuse(Request q, RespWriter out) {
    out.error("ERR DEBUG " + q.text(1) + " is refused: this server does not crash on request");
  }

  private static void changeReplicationId(Request q, RespWriter out) {
    q.engine().changeReplicationId();
    out.ok();
  }

  /**
   * Shows a key of any shard to somebody, under the lock of its shard; false when there is none.
   */
  private static boolean withKey(Request q, int argument, Consumer<Entry> to) {
    Entry e = q.key(argument);
    Shard shard = q.engine().keyspace().shardOfSlot(e.slot());
    shard.lock();
    try {
      boolean found = q.db().peek(e);
      q.flushEffects();
      if (found) {
        to.accept(e);
      }
      return found;
    } finally {
      shard.unlock();
    }
  }

  private static void digest(Request q, RespWriter out) {
    Keyspace keyspace = q.engine().keyspace();
    DatasetDigest digest = new DatasetDigest();
    Entry e = q.walker();
    for (int db = 0; db < keyspace.databases(); db++) {
      if (keyspace.size(db) == 0) {
        continue;
      }
      digest.database(db);
      for (int i = 0; i < keyspace.shardCount(); i++) {
        Shard shard = keyspace.shard(i);
        shard.lock();
        try {
          Partition partition = shard.partition(db);
          for (int s = 0; partition != null && s < shard.slots(); s++) {
            long cursor = 0;
            do {
              cursor =
                  partition.scan(
                      shard.firstSlot() + s, cursor, e, key -> digest.key(partition, key));
            } while (cursor != 0);
          }
        } finally {
          shard.unlock();
        }
      }
    }
    out.simple(digest.toString());
  }

  private static void digestValue(Request q, RespWriter out) {
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      DatasetDigest digest = new DatasetDigest();
      withKey(q, i, e -> digest.value(q.db().partition(e), e));
      out.simple(digest.toString());
    }
  }

  private static void tableStatistics(Request q, RespWriter out) {
    Keyspace keyspace = q.engine().keyspace();
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long db = q.longAt(2);
    if (db < 0 || db >= keyspace.databases()) {
      out.error("ERR Out of range database");
      return;
    }
    StringBuilder text = new StringBuilder();
    text.append("keys: ").append(keyspace.size((int) db));
    text.append("\nkeys with an expiry: ").append(keyspace.expiring((int) db));
    text.append("\nbytes of tables: ").append(keyspace.indexBytes((int) db));
    text.append("\nshards: ").append(keyspace.shardCount()).append('\n');
    out.verbatim("txt", Bytes.of(text.toString()));
  }

  private static void heap(Request q, RespWriter out) {
    StringBuilder text = new StringBuilder();
    MemoryReport.heap(text);
    out.verbatim("txt", Bytes.utf8(text.toString()));
  }

  private static void log(Request q, RespWriter out) {
    LOG.warn("DEBUG LOG: {}", q.text(2));
    out.ok();
  }

  private static void object(Request q, RespWriter out) {
    StringBuilder text = new StringBuilder();
    boolean found =
        withKey(
            q,
            2,
            e -> {
              Engine engine = q.engine();
              long shard = engine.keyspace().shardIndexOfSlot(e.slot());
              long place = shard << 35 | (e.place() & 0xffffffffL) << 3;
              text.append("Value at:0x").append(Long.toHexString(place));
              text.append(" refcount:1 encoding:").append(ObjectCommands.encodingOf(e));
              text.append(" serializedlength:").append(serializedLength(e));
              text.append(" lru:").append(e.access());
              text.append(" lru_seconds_idle:");
              text.append(engine.access().isLfu() ? 0 : engine.access().idleSeconds(e, q.now()));
            });
    if (found) {
      out.simple(text.toString());
    } else {
      out.error(Errors.NO_SUCH_KEY);
    }
  }

  /** How many bytes the value takes in a snapshot that is not compressed. */
  private static long serializedLength(Entry e) {
    int n = e.valueLength();
    if (e.isInteger()) {
      long value = Bytes.parseLong(e.bytes(), e.valueOffset(), n);
      if (value == (byte) value) {
        return 2;
      } else if (value == (short) value) {
        return 3;
      } else if (value == (int) value) {
        return 5;
      }
    }
    return n + (n < 1 << 6 ? 1L : n < 1 << 14 ? 2 : 5);
  }

  private static void pauseCron(Request q, RespWriter out) {
    q.engine().setCronPaused(!q.is(2, "0"));
    out.ok();
  }

  private static void populate(Request q, RespWriter out) {
    if (!isNotNegative(q, 2) || (q.argc() == 5 && !isNotNegative(q, 4))) {
      out.error(Errors.NOT_POSITIVE);
      return;
    }
    long count = q.longAt(2);
    long size = q.argc() == 5 ? q.longAt(4) : 0;
    if (size > q.engine().settings().protoMaxBulkLen()) {
      out.error(Errors.STRING_TOO_LONG);
      return;
    }
    String prefix = q.argc() > 3 ? q.text(3) : "key";
    Keyspace keyspace = q.engine().keyspace();
    Entry e = new Entry();
    for (long i = 0; i < count; i++) {
      byte[] key = Bytes.of(prefix + ":" + i);
      byte[] value = Bytes.of("value:" + i);
      if (size > 0) {
        value = java.util.Arrays.copyOf(value, (int) size);
      }
      e.key(key, 0, key.length, keyspace.seed());
      Shard shard = keyspace.shardOfSlot(e.slot());
      shard.lock();
      try {
        if (!q.db().peek(e)) {
          q.db().setString(e, value, 0, value.length, Partition.NEVER);
        }
      } finally {
        shard.unlock();
      }
    }
    out.ok();
  }

  private static boolean isNotNegative(Request q, int i) {
    return q.isLong(i) && q.longAt(i) >= 0;
  }

  /** Redis keeps large elements of a list apart; the limit changes nothing here. */
  private static void packedThreshold(Request q, RespWriter out) {
    Matcher memory = MEMORY.matcher(q.text(2).toLowerCase(Locale.ROOT));
    if (!memory.matches() || bytes(memory) > 4 * GIB) {
      out.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    } else {
      out.ok();
    }
  }

  /** Units with a b are powers of 1024, those without of 1000. */
  private static double bytes(Matcher memory) {
    double number = Long.parseLong(memory.group(1));
    return switch (memory.group(2)) {
      case "k" -> number * 1000;
      case "kb" -> number * (1 << 10);
      case "m" -> number * 1_000_000;
      case "mb" -> number * (1 << 20);
      case "g" -> number * 1e9;
      case "gb" -> number * GIB;
      default -> number;
    };
  }

  private static void replyBuffer(Request q, RespWriter out) {
    Engine engine = q.engine();
    if (q.is(2, "peak-reset-time")) {
      if (q.is(3, "never")) {
        engine.setReplyBufferPeakResetMs(-1);
      } else if (q.is(3, "reset")) {
        engine.setReplyBufferPeakResetMs(Engine.REPLY_BUFFER_PEAK_RESET_MS);
      } else if (q.isLong(3)) {
        engine.setReplyBufferPeakResetMs(q.longAt(3));
      } else {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      out.ok();
    } else if (q.is(2, "resizing")) {
      engine.setReplyBufferResizing(!q.is(3, "0"));
      out.ok();
    } else {
      unknown(q, out);
    }
  }

  private static void stringLength(Request q, RespWriter out) {
    StringBuilder text = new StringBuilder();
    boolean found =
        withKey(
            q,
            2,
            e -> {
              if (e.isString() && !e.isInteger()) {
                text.append("key_sds_len:").append(e.keyLength());
                text.append(", key_sds_avail:0, key_zmalloc: ").append(e.keyLength());
                text.append(", val_sds_len:").append(e.valueLength());
                text.append(", val_sds_avail:0, val_zmalloc: ").append(e.blockBytes());
              }
            });
    if (!found) {
      out.error(Errors.NO_SUCH_KEY);
    } else if (text.isEmpty()) {
      out.error("ERR Not an sds encoded string.");
    } else {
      out.simple(text.toString());
    }
  }

  private static void activeExpire(Request q, RespWriter out) {
    q.engine().setActiveExpiry(!q.is(2, "0"));
    out.ok();
  }

  /** Blocks the thread that serves this client, and with it all others that it serves. */
  private static void sleep(Request q, RespWriter out) {
    double seconds;
    try {
      seconds = Double.parseDouble(q.text(2));
    } catch (NumberFormatException e) {
      seconds = 0;
    }
    try {
      TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.ok();
  }

  private static void stringMatch(Request q, RespWriter out) {
    out.integer(Glob.matches(q.copy(2), q.copy(3)) ? 1 : 0);
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(
        out,
        "DEBUG",
        """
        ABORT-SNAPSHOT
            Lets the saving or rewriting under way fail.
        AOF-FLUSH-SLEEP <microseconds>
            Lets each write to the append log take so much longer.
        CHANGE-REPL-ID
            Takes a new replication id, as INFO shows it. No replica is cut off: there are none yet.
        DIGEST
            Shows a sum of all keys and values that does not depend on their order.
        DIGEST-VALUE <key> [<key> ...]
            Shows the sum of each key's value.
        ERROR <string>
            Replies that error.
        HTSTATS <dbid>
            Shows figures of the tables of a database.
        JMAP
            Shows the pools and collectors of the heap.
        LOG <message>
            Writes to the server's log.
        OBJECT <key>
            Shows where and how a value is stored.
        PAUSE-CRON <0|1>
            Stops the work in the background, or lets it go on.
        POPULATE <count> [<prefix>] [<size>]
            Makes so many keys, called <prefix>:0 and so on; 'key' is the prefix unless told.
        PROTOCOL <type>
            Replies a value of a type: string, integer, double, bignum, null, array, set, map,
            attrib, push, verbatim, true, false.
        QUICKLIST-PACKED-THRESHOLD <size>
            Is accepted; a list's elements are stored alike whatever their size.
        REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>
            Sets after how many milliseconds a client's largest reply is forgotten.
        REPLYBUFFER RESIZING <0|1>
            Switches the resizing of reply buffers off and on.
        SDSLEN <key>
            Shows the lengths of a key and its string.
        SET-ACTIVE-EXPIRE <0|1>
            Switches the removal of expired keys that nobody asks for off and on.
        SET-SKIP-CHECKSUM-VALIDATION <0|1>
            Lets RESTORE take payloads whose checksum is wrong.
        SLEEP <seconds>
            Stops the thread that serves this client; decimals are allowed.
        STRINGMATCH-LEN <pattern> <string>
            Tells whether a glob pattern matches.
        ASSERT, CRASH-AND-RECOVER, OOM, PANIC, RESTART, SEGFAULT
            Are refused: this server does not crash on request.
        """);
  }
}
