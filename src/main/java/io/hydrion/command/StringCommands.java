package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import io.hydrion.util.LongDouble;
import java.util.Arrays;
import java.util.List;

/** Strings. */
final class StringCommands {
  static final List<Command> TABLE =
      List.of(
          row("APPEND", 3, "string", "2.0.0", WRITE | DENYOOM | FAST, "key value")
              .keys(1, 1, 1, "RW INSERT")
              .acl("string")
              .complexity("O(1) amortized")
              .summary("Adds bytes to the end of a string.")
              .event("append")
              .run(StringCommands::append),
          row("DECR", 2, "string", "1.0.0", WRITE | DENYOOM | FAST, "key")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Subtracts one from a number.")
              .event("incrby")
              .run(StringCommands::decr),
          row("DECRBY", 3, "string", "1.0.0", WRITE | DENYOOM | FAST, "key decrement")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Subtracts an integer from a number.")
              .event("incrby")
              .run(StringCommands::decrby),
          row("GET", 2, "string", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("string")
              .complexity("O(1)")
              .summary("Reads a string.")
              .run(StringCommands::get),
          row("GETDEL", 2, "string", "6.2.0", WRITE | FAST, "key")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("string")
              .complexity("O(1)")
              .summary("Reads a string and removes its key.")
              .run(StringCommands::getdel),
          row(
                  "GETEX",
                  -2,
                  "string",
                  "6.2.0",
                  WRITE | FAST,
                  "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT"
                      + " unix-time-milliseconds | PERSIST]")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .note("it changes the expiry")
              .acl("string")
              .complexity("O(1)")
              .summary("Reads a string and changes or drops its expiry.")
              .run(StringCommands::getex),
          row("GETRANGE", 4, "string", "2.4.0", READONLY, "key start end")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("string")
              .complexity("O(N), N = bytes returned")
              .summary("Reads a part of a string.")
              .run(StringCommands::getrange),
          row("GETSET", 3, "string", "1.0.0", WRITE | DENYOOM | FAST, "key value")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string and returns the one before.")
              .deprecated("6.2.0", "`SET` with the `GET` option")
              .event("set")
              .run(StringCommands::getset),
          row("INCR", 2, "string", "1.0.0", WRITE | DENYOOM | FAST, "key")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Adds one to a number.")
              .event("incrby")
              .run(StringCommands::incr),
          row("INCRBY", 3, "string", "1.0.0", WRITE | DENYOOM | FAST, "key increment")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Adds an integer to a number.")
              .event("incrby")
              .run(StringCommands::incrby),
          row("INCRBYFLOAT", 3, "string", "2.6.0", WRITE | DENYOOM | FAST, "key increment:double")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Adds a floating-point number to a number.")
              .event("incrbyfloat")
              .run(StringCommands::incrbyfloat),
          row(
                  "LCS",
                  -3,
                  "string",
                  "7.0.0",
                  READONLY,
                  "key1 key2#0 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]")
              .keys(1, 2, 1, "RO ACCESS")
              .acl("string")
              .complexity("O(N*M), N and M = lengths of the strings")
              .summary("Finds the longest common subsequence of two strings.")
              .run(LcsCommand::run),
          row("MGET", -2, "string", "1.0.0", READONLY | FAST, "key [key ...]")
              .keys(1, -1, 1, "RO ACCESS")
              .acl("string")
              .tips("request_policy:multi_shard")
              .complexity("O(N), N = keys")
              .summary("Reads several strings.")
              .run(StringCommands::mget),
          row("MSET", -3, "string", "1.0.1", WRITE | DENYOOM | BRIEF, "key value [key value ...]")
              .keys(1, -1, 2, "OW UPDATE")
              .acl("string")
              .tips("request_policy:multi_shard", "response_policy:all_succeeded")
              .complexity("O(N), N = keys")
              .summary("Writes several strings at once.")
              .event("set")
              .run(StringCommands::mset),
          row("MSETNX", -3, "string", "1.0.1", WRITE | DENYOOM | BRIEF, "key value [key value ...]")
              .keys(1, -1, 2, "OW INSERT")
              .acl("string")
              .tips("request_policy:multi_shard", "response_policy:agg_min")
              .complexity("O(N), N = keys")
              .summary("Writes several strings at once if none of the keys exists.")
              .event("set")
              .run(StringCommands::msetnx),
          row("PSETEX", 4, "string", "2.6.0", WRITE | DENYOOM | BRIEF, "key milliseconds value")
              .keys(1, 1, 1, "OW UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string that lives for a number of milliseconds.")
              .event("set")
              .run(StringCommands::psetex),
          row(
                  "SET",
                  -3,
                  "string",
                  "1.0.0",
                  WRITE | DENYOOM | BRIEF,
                  "key value [NX | XX]^2.6.12 [GET]^6.2.0 [EX seconds^2.6.12 | PX"
                      + " milliseconds^2.6.12 | EXAT unix-time-seconds^6.2.0 | PXAT"
                      + " unix-time-milliseconds^6.2.0 | KEEPTTL^6.0.0]")
              .keys(1, 1, 1, "RW ACCESS UPDATE VARIABLE_FLAGS")
              .note("GET reads the old value")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string, optionally under a condition or with an expiry.")
              .history("2.6.12", "options EX, PX, NX and XX")
              .history("6.0.0", "option KEEPTTL")
              .history("6.2.0", "options GET, EXAT and PXAT")
              .history("7.0.0", "NX and GET go together")
              .event("set")
              .run(StringCommands::set),
          row("SETEX", 4, "string", "2.0.0", WRITE | DENYOOM | BRIEF, "key seconds value")
              .keys(1, 1, 1, "OW UPDATE")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string that lives for a number of seconds.")
              .event("set")
              .run(StringCommands::setex),
          row("SETNX", 3, "string", "1.0.0", WRITE | DENYOOM | FAST, "key value")
              .keys(1, 1, 1, "OW INSERT")
              .acl("string")
              .complexity("O(1)")
              .summary("Writes a string if the key does not exist.")
              .event("set")
              .run(StringCommands::setnx),
          row("SETRANGE", 4, "string", "2.2.0", WRITE | DENYOOM, "key offset value")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("string")
              .complexity("O(1) for short values, else O(M), M = bytes written")
              .summary("Overwrites a part of a string from an offset on.")
              .event("setrange")
              .run(StringCommands::setrange),
          row("STRLEN", 2, "string", "2.2.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("string")
              .complexity("O(1)")
              .summary("Shows how many bytes a string has.")
              .run(StringCommands::strlen),
          row("SUBSTR", 4, "string", "1.0.0", READONLY, "key start end")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("string")
              .complexity("O(N), N = bytes returned")
              .summary("Reads a part of a string; GETRANGE under its old name.")
              .deprecated("2.0.0", "`GETRANGE`")
              .run(StringCommands::getrange));

  /** The longest string that a record has room for, keys and all, whatever the settings say. */
  private static final long LENGTH_MAX = Integer.MAX_VALUE - (1 << 20);

  private StringCommands() {}

  private static void append(Request q, RespWriter out) {
    Entry e = q.key(1);
    int more = q.length(2);
    if (!q.db().write(e)) {
      q.db().setString(e, q.bytes(), q.offset(2), more, Partition.NEVER);
      out.integer(more);
      return;
    }
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int length = e.valueLength();
    if (isTooLong(q, length, more)) {
      out.error(Errors.STRING_TOO_LONG);
      return;
    }
    q.db().resizeString(e, length + more, Encoding.EDITED);
    System.arraycopy(q.bytes(), q.offset(2), e.bytes(), e.valueOffset() + length, more);
    out.integer(length + more);
  }

  /** Whether a string of the sum of two lengths is longer than strings may be. */
  static boolean isTooLong(Request q, long length, long more) {
    long max = Math.min(q.engine().settings().protoMaxBulkLen(), LENGTH_MAX);
    return length > max || more > max - length;
  }

  private static void decr(Request q, RespWriter out) {
    add(q, out, -1);
  }

  private static void decrby(Request q, RespWriter out) {
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
    } else if (q.longAt(2) == Long.MIN_VALUE) {
      out.error("ERR decrement would overflow");
    } else {
      add(q, out, -q.longAt(2));
    }
  }

  private static void add(Request q, RespWriter out, long increment) {
    Entry e = q.key(1);
    long value = 0;
    if (q.db().write(e)) {
      if (!e.isString()) {
        out.error(Errors.WRONG_TYPE);
        return;
      }
      if (!e.isInteger() && !Bytes.isLong(e.bytes(), e.valueOffset(), e.valueLength())) {
        out.error(Errors.NOT_INTEGER);
        return;
      }
      value = Bytes.parseLong(e.bytes(), e.valueOffset(), e.valueLength());
    }
    long sum = value + increment;
    if (((value ^ sum) & (increment ^ sum)) < 0) {
      out.error(Errors.OVERFLOW);
      return;
    }
    q.db().setInteger(e, sum);
    out.integer(sum);
  }

  private static void get(Request q, RespWriter out) {
    replyValue(q, out, q.key(1));
  }

  /** Reads a key and replies its string, or nil. Returns false when it is of another type. */
  private static boolean replyValue(Request q, RespWriter out, Entry e) {
    if (!q.db().read(e)) {
      out.nil();
    } else if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return false;
    } else {
      out.bulk(e.bytes(), e.valueOffset(), e.valueLength());
    }
    return true;
  }

  private static void getdel(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (replyValue(q, out, e) && e.exists()) {
      q.db().delete(e, "del");
      q.deletionEffect(1, q.engine().settings().lazyfreeLazyUserDel());
    }
  }

  private static void getex(Request q, RespWriter out) {
    long options = ExpireOptions.ofGet(q);
    if (options == ExpireOptions.MALFORMED) {
      out.error(Errors.SYNTAX);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long deadline = Partition.NEVER;
    if (ExpireOptions.hasTime(options)) {
      deadline = ExpireOptions.deadline(q, out, options);
      if (deadline == ExpireOptions.REFUSED) {
        return;
      }
    }
    out.bulk(e.bytes(), e.valueOffset(), e.valueLength());
    if (ExpireOptions.isAbsolute(options) && q.isPast(deadline)) {
      q.db().delete(e, "del");
      q.deletionEffect(1, q.engine().settings().lazyfreeLazyExpire());
    } else if (deadline != Partition.NEVER) {
      q.db().setExpiry(e, deadline);
      q.effect(3).word("PEXPIREAT").argument(q, 1).number(deadline);
    } else if ((options & ExpireOptions.PERSIST) != 0 && e.hasExpiry()) {
      q.db().persist(e);
      q.effect(2).word("PERSIST").argument(q, 1);
    }
  }

  private static void getrange(Request q, RespWriter out) {
    if (!q.isLong(2) || !q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.bulk(Bytes.EMPTY);
      return;
    }
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long start = q.longAt(2);
    long end = q.longAt(3);
    int length = e.valueLength();
    boolean isBackwards = start < 0 && end < 0 && start > end;
    start = Math.max(0, start < 0 ? start + length : start);
    end = Math.min(length - 1, Math.max(0, end < 0 ? end + length : end));
    if (isBackwards || start > end) {
      out.bulk(Bytes.EMPTY);
    } else {
      out.bulk(e.bytes(), e.valueOffset() + (int) start, (int) (end - start) + 1);
    }
  }

  private static void getset(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (replyValue(q, out, e)) {
      q.db().setString(e, q.bytes(), q.offset(2), q.length(2), Partition.NEVER);
      q.effect(3).word("SET").arguments(q, 1, 3);
    }
  }

  private static void incr(Request q, RespWriter out) {
    add(q, out, 1);
  }

  private static void incrby(Request q, RespWriter out) {
    if (q.isLong(2)) {
      add(q, out, q.longAt(2));
    } else {
      out.error(Errors.NOT_INTEGER);
    }
  }

  private static void incrbyfloat(Request q, RespWriter out) {
    Entry e = q.key(1);
    LongDouble value = LongDouble.ZERO;
    if (q.db().write(e)) {
      if (!e.isString()) {
        out.error(Errors.WRONG_TYPE);
        return;
      }
      value = LongDouble.parse(e.bytes(), e.valueOffset(), e.valueLength());
    }
    LongDouble increment = LongDouble.parse(q.bytes(), q.offset(2), q.length(2));
    if (value == null || increment == null) {
      out.error(Errors.NOT_FLOAT);
      return;
    }
    LongDouble sum = value.plus(increment);
    if (!sum.finite()) {
      out.error("ERR increment would produce NaN or Infinity");
      return;
    }
    byte[] text = Bytes.of(sum.toFixed());
    q.db().resizeString(e, text.length, Encoding.RAW);
    System.arraycopy(text, 0, e.bytes(), e.valueOffset(), text.length);
    q.effect(4).word("SET").argument(q, 1).bytes(text).word("KEEPTTL");
    out.bulk(text);
  }

  private static void mget(Request q, RespWriter out) {
    out.array(q.argc() - 1);
    for (int i = 1; i < q.argc(); i++) {
      Entry e = q.key(i);
      if (q.db().read(e) && e.isString()) {
        out.bulk(e.bytes(), e.valueOffset(), e.valueLength());
      } else {
        out.nil();
      }
    }
  }

  private static void mset(Request q, RespWriter out) {
    if (q.argc() % 2 == 0) {
      out.error(Errors.wrongArity(q.command().name()));
      return;
    }
    setAll(q);
    out.ok();
  }

  /** All or none: what one shard after the other might find out is asked for before. */
  private static void setAll(Request q) {
    Room.forArguments(q);
    for (int i = 1; i < q.argc(); i += 2) {
      Entry e = q.key(i);
      q.db().write(e);
      q.db().setString(e, q.bytes(), q.offset(i + 1), q.length(i + 1), Partition.NEVER);
    }
  }

  private static void msetnx(Request q, RespWriter out) {
    if (q.argc() % 2 == 0) {
      out.error(Errors.wrongArity(q.command().name()));
      return;
    }
    for (int i = 1; i < q.argc(); i += 2) {
      if (q.db().write(q.key(i))) {
        out.integer(0);
        return;
      }
    }
    setAll(q);
    out.integer(1);
  }

  private static void psetex(Request q, RespWriter out) {
    setUntil(q, out, ExpireOptions.MILLIS);
  }

  private static void set(Request q, RespWriter out) {
    if (q.argc() == 3) {
      Entry e = q.key(1);
      q.db().write(e);
      q.db().setString(e, q.bytes(), q.offset(2), q.length(2), Partition.NEVER);
      out.ok();
    } else {
      setWithOptions(q, out);
    }
  }

  private static void setWithOptions(Request q, RespWriter out) {
    long options = ExpireOptions.ofSet(q);
    if (options == ExpireOptions.MALFORMED) {
      out.error(Errors.SYNTAX);
      return;
    }
    long deadline = Partition.NEVER;
    if (ExpireOptions.hasTime(options)) {
      deadline = ExpireOptions.deadline(q, out, options);
      if (deadline == ExpireOptions.REFUSED) {
        return;
      }
    }
    Entry e = q.key(1);
    boolean wantsOld = (options & ExpireOptions.GET_OLD) != 0;
    if (wantsOld && !replyValue(q, out, e)) {
      return;
    }
    boolean found = q.db().write(e);
    int hindrance = found ? ExpireOptions.IF_MISSING : ExpireOptions.IF_PRESENT;
    if ((options & hindrance) != 0) {
      if (!wantsOld) {
        out.nil();
      }
      return;
    }
    if ((options & ExpireOptions.KEEP) != 0 && found) {
      q.db().setString(e, q.bytes(), q.offset(2), q.length(2), e.expireAt());
    } else {
      put(q, e, 2, deadline);
    }
    if (!wantsOld) {
      out.ok();
    } else if (deadline == Partition.NEVER && q.keepsEffects()) {
      nameWithoutGet(q);
    }
  }

  /** What SET does besides telling the old value. */
  private static void nameWithoutGet(Request q) {
    int rest = q.argc();
    for (int i = 3; i < q.argc(); i++) {
      rest -= q.is(i, "get") ? 1 : 0;
    }
    Effects effect = q.effect(rest).name(q);
    for (int i = 1; i < q.argc(); i++) {
      if (i < 3 || !q.is(i, "get")) {
        effect.argument(q, i);
      }
    }
  }

  /** Gives a key an argument for its value, with an expiry or without. */
  private static void put(Request q, Entry e, int argument, long deadline) {
    q.db().setString(e, q.bytes(), q.offset(argument), q.length(argument), deadline);
    if (deadline != Partition.NEVER) {
      q.db().changedToo(e, KeyspaceEvents.GENERIC, "expire");
      Effects effect = q.effect(5).word("SET").argument(q, 1).argument(q, argument);
      effect.word("PXAT").number(deadline);
    }
  }

  private static void setex(Request q, RespWriter out) {
    setUntil(q, out, ExpireOptions.SECONDS);
  }

  private static void setUntil(Request q, RespWriter out, int unit) {
    long deadline = ExpireOptions.deadline(q, out, 2, unit);
    if (deadline != ExpireOptions.REFUSED) {
      Entry e = q.key(1);
      q.db().write(e);
      put(q, e, 3, deadline);
      out.ok();
    }
  }

  private static void setnx(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (q.db().write(e)) {
      out.integer(0);
    } else {
      q.db().setString(e, q.bytes(), q.offset(2), q.length(2), Partition.NEVER);
      out.integer(1);
    }
  }

  private static void setrange(Request q, RespWriter out) {
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long offset = q.longAt(2);
    if (offset < 0) {
      out.error("ERR offset is out of range");
      return;
    }
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (found && !e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int length = found ? e.valueLength() : 0;
    int n = q.length(3);
    if (n == 0) {
      out.integer(length);
      return;
    }
    if (isTooLong(q, offset, n)) {
      out.error(Errors.STRING_TOO_LONG);
      return;
    }
    int at = (int) offset;
    int longer = Math.max(length, at + n);
    q.db().resizeString(e, longer, Encoding.EDITED);
    int start = e.valueOffset();
    if (at > length) {
      Arrays.fill(e.bytes(), start + length, start + at, (byte) 0);
    }
    System.arraycopy(q.bytes(), q.offset(3), e.bytes(), start + at, n);
    out.integer(longer);
  }

  private static void strlen(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
    } else if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(e.valueLength());
    }
  }
}
