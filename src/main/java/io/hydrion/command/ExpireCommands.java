package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import java.util.List;

/** How long keys live. */
final class ExpireCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "EXPIRE",
                  -3,
                  "generic",
                  "1.0.0",
                  WRITE | FAST,
                  "key seconds [NX | XX | GT | LT]^7.0.0")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Lets a key live for a number of seconds.")
              .history("7.0.0", "options NX, XX, GT and LT")
              .event("expire")
              .run(ExpireCommands::expire),
          row(
                  "EXPIREAT",
                  -3,
                  "generic",
                  "1.2.0",
                  WRITE | FAST,
                  "key unix-time-seconds [NX | XX | GT | LT]^7.0.0")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Lets a key live until a Unix time in seconds.")
              .history("7.0.0", "options NX, XX, GT and LT")
              .event("expire")
              .run(ExpireCommands::expireAt),
          row("EXPIRETIME", 2, "generic", "7.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Shows the Unix time in seconds at which a key expires.")
              .run(ExpireCommands::expireTime),
          row("PERSIST", 2, "generic", "2.2.0", WRITE | FAST, "key")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Takes the expiry from a key.")
              .event("persist")
              .run(ExpireCommands::persist),
          row(
                  "PEXPIRE",
                  -3,
                  "generic",
                  "2.6.0",
                  WRITE | FAST,
                  "key milliseconds [NX | XX | GT | LT]^7.0.0")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Lets a key live for a number of milliseconds.")
              .history("7.0.0", "options NX, XX, GT and LT")
              .event("expire")
              .run(ExpireCommands::expireMillis),
          row(
                  "PEXPIREAT",
                  -3,
                  "generic",
                  "2.6.0",
                  WRITE | FAST,
                  "key unix-time-milliseconds [NX | XX | GT | LT]^7.0.0")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Lets a key live until a Unix time in milliseconds.")
              .history("7.0.0", "options NX, XX, GT and LT")
              .event("expire")
              .run(ExpireCommands::expireAtMillis),
          row("PEXPIRETIME", 2, "generic", "7.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("keyspace")
              .complexity("O(1)")
              .summary("Shows the Unix time in milliseconds at which a key expires.")
              .run(ExpireCommands::expireTimeMillis),
          row("PTTL", 2, "generic", "2.6.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("keyspace")
              .tips("nondeterministic_output")
              .complexity("O(1)")
              .summary("Shows how many milliseconds a key has left.")
              .history("2.8.0", "-2 for a missing key")
              .run(ExpireCommands::ttlMillis),
          row("TTL", 2, "generic", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("keyspace")
              .tips("nondeterministic_output")
              .complexity("O(1)")
              .summary("Shows how many seconds a key has left.")
              .history("2.8.0", "-2 for a missing key")
              .run(ExpireCommands::ttl));

  private static final int NX = 1;
  private static final int XX = 2;
  private static final int GT = 4;
  private static final int LT = 8;

  /** The last time at which a key can expire: the one after it stands for never. */
  private static final long LAST = Partition.NEVER - 1;

  private static final long KEY_MISSING = -2;
  private static final long NO_EXPIRY = -1;

  private ExpireCommands() {}

  private static void expire(Request q, RespWriter out) {
    expire(q, out, 1000, q.now());
  }

  private static void expireAt(Request q, RespWriter out) {
    expire(q, out, 1000, 0);
  }

  private static void expireMillis(Request q, RespWriter out) {
    expire(q, out, 1, q.now());
  }

  private static void expireAtMillis(Request q, RespWriter out) {
    expire(q, out, 1, 0);
  }

  /**
   * @param unit what a unit of the argument is, in ms
   * @param base the time from which the argument counts, in ms since the epoch
   */
  private static void expire(Request q, RespWriter out, int unit, long base) {
    int options = options(q, out);
    if (options < 0) {
      return;
    }
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long value = q.longAt(2);
    if (value > Long.MAX_VALUE / unit
        || value < Long.MIN_VALUE / unit
        || value * unit > Long.MAX_VALUE - base) {
      out.error(Errors.invalidExpire(q.command().fullName()));
      return;
    }
    long at = Math.min(LAST, value * unit + base);
    Entry e = q.key(1);
    if (!q.db().write(e) || !allows(options, e, at)) {
      out.integer(0);
      return;
    }
    if (q.isPast(at)) {
      q.db().delete(e, "del");
      q.deletionEffect(1, q.engine().settings().lazyfreeLazyExpire());
    } else {
      q.db().setExpiry(e, at);
      Effects effect = q.effect(q.argc());
      boolean isOwn = unit == 1 && base == 0;
      effect = isOwn ? effect.name(q) : effect.word("PEXPIREAT");
      effect.argument(q, 1).number(at).arguments(q, 3, q.argc());
    }
    out.integer(1);
  }

  /** The options as bits; -1 when they do not go together: the error has been replied then. */
  private static int options(Request q, RespWriter out) {
    int options = 0;
    for (int i = 3; i < q.argc(); i++) {
      if (q.is(i, "nx")) {
        options |= NX;
      } else if (q.is(i, "xx")) {
        options |= XX;
      } else if (q.is(i, "gt")) {
        options |= GT;
      } else if (q.is(i, "lt")) {
        options |= LT;
      } else {
        out.error("ERR Unsupported option " + q.textOfC(i));
        return -1;
      }
    }
    if ((options & NX) != 0 && options != NX) {
      out.error("ERR NX and XX, GT or LT options at the same time are not compatible");
      return -1;
    }
    if ((options & (GT | LT)) == (GT | LT)) {
      out.error("ERR GT and LT options at the same time are not compatible");
      return -1;
    }
    return options;
  }

  /** A key that never expires has an expiry later than any. */
  private static boolean allows(int options, Entry e, long at) {
    if (options == 0) {
      return true;
    }
    boolean hasExpiry = e.hasExpiry();
    return !((options & NX) != 0 && hasExpiry)
        && !((options & XX) != 0 && !hasExpiry)
        && !((options & GT) != 0 && at <= e.expireAt())
        && !((options & LT) != 0 && at >= e.expireAt());
  }

  private static void expireTime(Request q, RespWriter out) {
    out.integer(seconds(expiry(q)));
  }

  private static void persist(Request q, RespWriter out) {
    Entry e = q.key(1);
    boolean persists = q.db().write(e) && e.hasExpiry();
    if (persists) {
      q.db().persist(e);
    }
    out.integer(persists ? 1 : 0);
  }

  private static void expireTimeMillis(Request q, RespWriter out) {
    out.integer(expiry(q));
  }

  private static void ttlMillis(Request q, RespWriter out) {
    out.integer(left(q));
  }

  private static void ttl(Request q, RespWriter out) {
    out.integer(seconds(left(q)));
  }

  private static long left(Request q) {
    long at = expiry(q);
    return at < 0 ? at : Math.max(0, at - q.now());
  }

  /** When the key expires, in ms since the epoch; negative when it does not, or is not there. */
  private static long expiry(Request q) {
    Entry e = q.key(1);
    if (!q.db().readQuietly(e)) {
      return KEY_MISSING;
    }
    return e.hasExpiry() ? e.expireAt() : NO_EXPIRY;
  }

  private static long seconds(long millis) {
    return millis < 0 ? millis : millis / 1000 + (millis % 1000 >= 500 ? 1 : 0);
  }
}
