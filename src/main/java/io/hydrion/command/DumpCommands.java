package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.persistence.Crc64;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.persistence.RdbOutput;
import io.hydrion.persistence.RdbReader;
import io.hydrion.persistence.RdbWriter;
import io.hydrion.persistence.ValueBuilder;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** DUMP, RESTORE and RESTORE-ASKING: a value as bytes, in the format of Redis's database files. */
final class DumpCommands {
  private static final Logger LOG = LogManager.getLogger(DumpCommands.class);

  static final List<Command> TABLE =
      List.of(
          row("DUMP", 2, "generic", "2.6.0", READONLY, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("keyspace")
              .tips("nondeterministic_output")
              .complexity("O(N*M), N = parts of the value, M = their average size")
              .summary("Shows a value in a form that RESTORE takes back.")
              .run(DumpCommands::dump),
          restores("RESTORE", "generic", "2.6.0", WRITE | DENYOOM)
              .summary("Makes a key from what DUMP showed.")
              .run(DumpCommands::restore),
          restores("RESTORE-ASKING", "server", "3.0.0", WRITE | DENYOOM | ASKING)
              .summary("Does as RESTORE while a cluster moves keys.")
              .syscmd()
              .run(DumpCommands::restore));

  /*
   * A payload: the value as in a database file, its type in front; the version of the format (2);
   * the CRC-64 of all before it (8).
   */
  private static final int FOOT_BYTES = 10;

  /** The newest version of the format that is read. */
  private static final int VERSION_MAX = 12;

  private static final int FREQUENCY_MAX = 255;

  private DumpCommands() {}

  private static Command.Builder restores(String name, String group, String since, int flags) {
    return row(
            name,
            -4,
            group,
            since,
            flags,
            "key ttl serialized-value [REPLACE]^3.0.0 [ABSTTL]^5.0.0 [IDLETIME seconds]^5.0.0"
                + " [FREQ frequency]^5.0.0")
        .keys(1, 1, 1, "OW UPDATE")
        .acl("keyspace", "dangerous")
        .complexity(
            "O(N*M), N = parts of the value, M = their average size; O(N*M*log(N)) for a sorted"
                + " set")
        .history("3.0.0", "option REPLACE")
        .history("5.0.0", "option ABSTTL")
        .history("5.0.0", "options IDLETIME and FREQ");
  }

  private static void dump(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    RdbOutput payload = payload(q, e);
    out.bulk(payload.array(), 0, payload.size());
  }

  /** What DUMP shows of a key that has just been looked up. */
  static RdbOutput payload(Request q, Entry e) {
    RdbOutput payload = new RdbOutput(q.engine().settings().rdbcompression());
    RdbWriter writer = new RdbWriter(payload);
    writer.writeValue(q.db().partition(e), e);
    payload.u8(writer.version());
    payload.u8(0);
    payload.int64(Crc64.update(0, payload.array(), 0, payload.size()));
    return payload;
  }

  /** The checksum in a payload: two of one length and one sum are taken to be the same. */
  static long sum(RdbOutput payload) {
    return Bytes.getLong(payload.array(), payload.size() - 8);
  }

  /** The options of RESTORE; null in {@code error} when they make sense. */
  private static final class Options {
    boolean replaces;
    boolean isAbsolute;
    long idleSeconds = -1;
    long frequency = -1;
    String error = "";

    Options(Request q) {
      for (int i = 4; i < q.argc() && error.isEmpty(); i++) {
        boolean hasNext = i + 1 < q.argc();
        if (q.is(i, "replace")) {
          replaces = true;
        } else if (q.is(i, "absttl")) {
          isAbsolute = true;
        } else if (q.is(i, "idletime") && hasNext && frequency == -1) {
          idleSeconds = number(q, ++i, Long.MAX_VALUE, "IDLETIME value, must be >= 0");
        } else if (q.is(i, "freq") && hasNext && idleSeconds == -1) {
          frequency = number(q, ++i, FREQUENCY_MAX, "FREQ value, must be >= 0 and <= 255");
        } else {
          error = Errors.SYNTAX;
        }
      }
    }

    private long number(Request q, int i, long max, String range) {
      if (!q.isLong(i)) {
        error = Errors.NOT_INTEGER;
        return -1;
      }
      long n = q.longAt(i);
      if (n < 0 || n > max) {
        error = "ERR Invalid " + range;
      }
      return n;
    }
  }

  private static void restore(Request q, RespWriter out) {
    Options options = new Options(q);
    if (!options.error.isEmpty()) {
      out.error(options.error);
      return;
    }
    Entry e = q.key(1);
    if (q.db().write(e) && !options.replaces) {
      out.error("BUSYKEY Target key name already exists.");
      return;
    }
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long ttl = q.longAt(2);
    if (ttl < 0) {
      out.error("ERR Invalid TTL value, must be >= 0");
      return;
    }
    if (!isWhole(q.bytes(), q.offset(3), q.length(3), q.engine().skipsChecksums())) {
      out.error("ERR DUMP payload version or checksum are wrong");
      return;
    }
    Draft draft = q.db().draft();
    try {
      int end = q.offset(3) + q.length(3) - FOOT_BYTES;
      new RdbReader(
              q.bytes(),
              q.offset(3),
              end,
              new ValueBuilder(draft, draft.partition(), draft.entry()))
          .readValue();
    } catch (RdbFormatException corrupt) {
      LOG.warn("RESTORE of a bad payload: {}", corrupt.getMessage());
      out.error("ERR Bad data format");
      return;
    }
    store(q, e, draft, options, ttl);
    out.ok();
  }

  private static void store(Request q, Entry e, Draft draft, Options options, long ttl) {
    long expireAt = ttl == 0 || options.isAbsolute ? ttl : q.now() + ttl;
    if (expireAt < 0) {
      expireAt = Long.MAX_VALUE - 1;
    }
    if (expireAt != 0 && q.isPast(expireAt)) {
      if (e.exists()) {
        q.db().delete(e, "del");
        q.deletionEffect(1, false);
      }
      return;
    }
    q.db().storeDraft(e, draft, expireAt == 0 ? Partition.NEVER : expireAt);
    if (options.frequency >= 0) {
      q.engine().access().setFrequency(e, (int) options.frequency, q.now());
    } else if (options.idleSeconds >= 0) {
      q.engine().access().setIdleSeconds(e, options.idleSeconds, q.now());
    }
    q.db().changed(e, KeyspaceEvents.GENERIC, "restore");
    if (ttl != 0 && !options.isAbsolute) {
      Effects effect = q.effect(q.argc() + 1).name(q).argument(q, 1).number(expireAt);
      effect.arguments(q, 3, q.argc()).word("ABSTTL");
    }
  }

  /** Whether a payload is of a version that is known, and has its sum, if that is looked at. */
  private static boolean isWhole(byte[] a, int off, int len, boolean skipsSum) {
    if (len < FOOT_BYTES) {
      return false;
    }
    int foot = off + len - FOOT_BYTES;
    long sum = Bytes.getLong(a, foot + 2);
    return Bytes.getShort(a, foot) <= VERSION_MAX
        && (skipsSum || sum == Crc64.update(0, a, off, len - FOOT_BYTES + 2));
  }
}
