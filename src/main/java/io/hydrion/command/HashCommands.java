package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;
import static java.util.Objects.requireNonNull;

import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.Partition;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import io.hydrion.util.LongDouble;
import java.util.List;

/** Hashes: fields and their values. */
final class HashCommands {
  static final List<Command> TABLE =
      List.of(
          row("HDEL", -3, "hash", "2.0.0", WRITE | FAST, "key field [field ...]")
              .keys(1, 1, 1, "RW DELETE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Removes fields from a hash.")
              .history("2.4.0", "takes several fields")
              .event("hdel")
              .element(2)
              .run(HashCommands::delete),
          row("HEXISTS", 3, "hash", "2.0.0", READONLY | FAST, "key field")
              .keys(1, 1, 1, "RO")
              .acl("hash")
              .complexity("O(1)")
              .summary("Tells whether a hash has a field.")
              .element(2)
              .run(HashCommands::exists),
          row("HGET", 3, "hash", "2.0.0", READONLY | FAST, "key field")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .complexity("O(1)")
              .summary("Reads a field of a hash.")
              .element(2)
              .run(HashCommands::get),
          row("HGETALL", 2, "hash", "2.0.0", READONLY, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = fields of the hash")
              .summary("Lists the fields of a hash and their values.")
              .run(HashCommands::getAll),
          row("HINCRBY", 4, "hash", "2.0.0", WRITE | DENYOOM | FAST, "key field increment")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("hash")
              .complexity("O(1)")
              .summary("Adds an integer to a field of a hash.")
              .event("hincrby")
              .element(2)
              .run(HashCommands::increment),
          row(
                  "HINCRBYFLOAT",
                  4,
                  "hash",
                  "2.6.0",
                  WRITE | DENYOOM | FAST,
                  "key field increment:double")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("hash")
              .complexity("O(1)")
              .summary("Adds a floating-point number to a field of a hash.")
              .event("hincrbyfloat")
              .element(2)
              .run(HashCommands::incrementByFloat),
          row("HKEYS", 2, "hash", "2.0.0", READONLY, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = fields of the hash")
              .summary("Lists the fields of a hash.")
              .run(HashCommands::keys),
          row("HLEN", 2, "hash", "2.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("hash")
              .complexity("O(1)")
              .summary("Counts the fields of a hash.")
              .run(HashCommands::length),
          row("HMGET", -3, "hash", "2.0.0", READONLY | FAST, "key field [field ...]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Reads several fields of a hash.")
              .element(2)
              .run(HashCommands::getSeveral),
          row(
                  "HMSET",
                  -4,
                  "hash",
                  "2.0.0",
                  WRITE | DENYOOM | FAST,
                  "key field value [field value ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Writes fields of a hash.")
              .deprecated("4.0.0", "`HSET` with several fields")
              .event("hset")
              .element(2)
              .run(HashCommands::setSeveral),
          row("HRANDFIELD", -2, "hash", "6.2.0", READONLY, "key options=[count [WITHVALUES]]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output")
              .complexity("O(N), N = fields returned")
              .summary("Picks random fields of a hash.")
              .run(HashRandom::run),
          row(
                  "HSCAN",
                  -3,
                  "hash",
                  "2.8.0",
                  READONLY,
                  "key cursor [MATCH pattern] [COUNT count] [NOVALUES]^7.4.0")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output")
              .complexity("O(1) a call, O(N) for a whole walk, N = fields of the hash")
              .summary("Walks over the fields of a hash in steps.")
              .history("7.4.0", "option NOVALUES")
              .run(HashCommands::scan),
          row(
                  "HSET",
                  -4,
                  "hash",
                  "2.0.0",
                  WRITE | DENYOOM | FAST,
                  "key field value [field value ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Writes fields of a hash.")
              .history("4.0.0", "takes several fields with their values")
              .event("hset")
              .element(2)
              .run(HashCommands::set),
          row("HSETNX", 4, "hash", "2.0.0", WRITE | DENYOOM | FAST, "key field value")
              .keys(1, 1, 1, "RW INSERT")
              .acl("hash")
              .complexity("O(1)")
              .summary("Writes a field of a hash if it does not exist.")
              .event("hset")
              .element(2)
              .run(HashCommands::setIfMissing),
          row("HSTRLEN", 3, "hash", "3.2.0", READONLY | FAST, "key field")
              .keys(1, 1, 1, "RO")
              .acl("hash")
              .complexity("O(1)")
              .summary("Shows how many bytes the value of a hash's field has.")
              .element(2)
              .run(HashCommands::valueLength),
          row("HVALS", 2, "hash", "2.0.0", READONLY, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = fields of the hash")
              .summary("Lists the values of a hash.")
              .run(HashCommands::values));

  private HashCommands() {}

  private static void delete(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.integer(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int deleted = 0;
    for (int i = 2; i < q.argc() && !hash.isEmpty(); i++) {
      deleted += hash.remove(q.bytes(), q.offset(i), q.length(i)) ? 1 : 0;
    }
    q.db().changedFields(e, hash, deleted, "hdel", null);
    out.integer(deleted);
  }

  private static void exists(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.integer(findLive(q, hash, 2) ? 1 : 0);
    q.db().expiredFields(e, hash);
  }

  /** Looks for the field at an argument; one that has expired is not there. */
  static boolean findLive(Request q, HashValue hash, int i) {
    return hash.findLive(q.bytes(), q.offset(i), q.length(i));
  }

  private static void get(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    boolean found = replyValue(q, out, hash, 2);
    if (!found) {
      q.db().expiredFields(e, hash);
    }
  }

  /** Replies the value of the field at an argument, or nil; tells whether it is there. */
  static boolean replyValue(Request q, RespWriter out, HashValue hash, int i) {
    if (!findLive(q, hash, i)) {
      out.nil();
      return false;
    }
    out.bulk(hash.bytes(), hash.valueOffset(), hash.valueLength());
    return true;
  }

  private static void getAll(Request q, RespWriter out) {
    list(q, out, true, true);
  }

  private static void list(Request q, RespWriter out, boolean fields, boolean values) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      head(out, 0, fields && values);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long now = q.now();
    head(out, hash.liveSize(), fields && values);
    hash.forEach(
        (a, field, fieldLength, value, length, expireAt) -> {
          if (expireAt > now && fields) {
            out.bulk(a, field, fieldLength);
          }
          if (expireAt > now && values) {
            out.bulk(a, value, length);
          }
        });
  }

  private static void head(RespWriter out, long n, boolean isMap) {
    if (isMap) {
      out.map(n);
    } else {
      out.array(n);
    }
  }

  private static void increment(Request q, RespWriter out) {
    if (!q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    Entry e = q.key(1);
    q.db().write(e);
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long value = 0;
    long expireAt = Partition.NEVER;
    if (findLive(q, hash, 2)) {
      if (!Bytes.isLong(hash.bytes(), hash.valueOffset(), hash.valueLength())) {
        out.error("ERR hash value is not an integer");
        return;
      }
      value = Bytes.parseLong(hash.bytes(), hash.valueOffset(), hash.valueLength());
      expireAt = hash.expireAt();
    }
    long increment = q.longAt(3);
    long sum = value + increment;
    if (((value ^ sum) & (increment ^ sum)) < 0) {
      out.error(Errors.OVERFLOW);
      return;
    }
    hash.putLong(q.bytes(), q.offset(2), q.length(2), sum, expireAt);
    q.db().changedFields(e, hash, 1, "hincrby", null);
    out.integer(sum);
  }

  private static void incrementByFloat(Request q, RespWriter out) {
    LongDouble increment = LongDouble.parse(q.bytes(), q.offset(3), q.length(3));
    if (increment == null) {
      out.error(Errors.NOT_FLOAT);
      return;
    }
    if (!increment.finite()) {
      out.error("ERR value is NaN or Infinity");
      return;
    }
    Entry e = q.key(1);
    q.db().write(e);
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    LongDouble value = LongDouble.ZERO;
    long expireAt = Partition.NEVER;
    if (findLive(q, hash, 2)) {
      value = LongDouble.parse(hash.bytes(), hash.valueOffset(), hash.valueLength());
      expireAt = hash.expireAt();
    }
    if (value == null) {
      out.error("ERR hash value is not a float");
      return;
    }
    LongDouble sum = value.plus(increment);
    if (!sum.finite()) {
      out.error("ERR increment would produce NaN or Infinity");
      return;
    }
    byte[] text = Bytes.of(sum.toFixed());
    hash.put(q.bytes(), q.offset(2), q.length(2), text, 0, text.length, expireAt);
    q.db().changedFields(e, hash, 1, "hincrbyfloat", null);
    if (expireAt == Partition.NEVER) {
      q.effect(4).word("HSET").arguments(q, 1, 3).bytes(text);
    } else {
      Effects effect = q.effect(7).word("HSETEX").argument(q, 1).word("KEEPTTL");
      effect.word("FIELDS").number(1).argument(q, 2).bytes(text);
    }
    out.bulk(text);
  }

  private static void keys(Request q, RespWriter out) {
    list(q, out, true, false);
  }

  /** Fields that have expired count as long as they have not been removed, as in Redis. */
  private static void length(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(hash.size());
    }
  }

  private static void getSeveral(Request q, RespWriter out) {
    Entry e = q.key(1);
    boolean found = q.db().read(e);
    HashValue hash = found ? q.db().hash(e) : null;
    if (found && hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      if (hash == null) {
        out.nil();
      } else {
        replyValue(q, out, hash, i);
      }
    }
    if (hash != null) {
      q.db().expiredFields(e, hash);
    }
  }

  private static void setSeveral(Request q, RespWriter out) {
    if (setAll(q, out) >= 0) {
      out.ok();
    }
  }

  private static void scan(Request q, RespWriter out) {
    ElementScan.run(q, out, ValueType.HASH, e -> walk(q, e));
  }

  private static ElementScan.Walk walk(Request q, Entry e) {
    long now = q.now();
    HashValue hash = requireNonNull(q.db().hash(e));
    return (cursor, scan) ->
        hash.scan(
            cursor,
            1,
            (a, field, fieldLength, value, length, expireAt) -> {
              if (expireAt > now) {
                scan.field(a, field, fieldLength, value, length);
              } else {
                scan.skipped();
              }
            });
  }

  private static void set(Request q, RespWriter out) {
    int added = setAll(q, out);
    if (added >= 0) {
      out.integer(added);
    }
  }

  /** Writes all fields and tells how many are new; -1 when an error has been replied instead. */
  private static int setAll(Request q, RespWriter out) {
    if (q.argc() % 2 != 0) {
      out.error(Errors.wrongArity(q.command().name()));
      return -1;
    }
    Entry e = q.key(1);
    q.db().write(e);
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return -1;
    }
    int added = 0;
    int written = 0;
    try {
      for (int i = 2; i < q.argc(); i += 2) {
        added += put(q, hash, i, i + 1, Partition.NEVER) ? 1 : 0;
        written++;
      }
    } finally { // the heap may be full half-way
      q.db().changedFields(e, hash, written, "hset", null);
    }
    return added;
  }

  /** Gives the field at an argument another argument for its value; tells whether it is new. */
  static boolean put(Request q, HashValue hash, int field, int value, long expireAt) {
    return hash.put(
        q.bytes(),
        q.offset(field),
        q.length(field),
        q.bytes(),
        q.offset(value),
        q.length(value),
        expireAt);
  }

  private static void setIfMissing(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().write(e);
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (findLive(q, hash, 2)) {
      out.integer(0);
      return;
    }
    put(q, hash, 2, 3, Partition.NEVER);
    q.db().changedFields(e, hash, 1, "hset", null);
    out.integer(1);
  }

  private static void valueLength(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.integer(findLive(q, hash, 2) ? hash.valueLength() : 0);
    q.db().expiredFields(e, hash);
  }

  private static void values(Request q, RespWriter out) {
    list(q, out, false, true);
  }
}
