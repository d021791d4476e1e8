package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.Partition;
import io.hydrion.store.ValueType;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When fields of hashes expire, as since Redis 7.4, and commands that go with it. */
final class HashExpiryCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "HEXPIRE",
                  -6,
                  "hash",
                  "7.4.0",
                  WRITE | FAST,
                  "key seconds [NX | XX | GT | LT] fields=<FIELDS numfields:integer field [field"
                      + " ...]>")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Lets fields of a hash live for a number of seconds.")
              .event("hexpire")
              .run(HashExpiryCommands::expire),
          row(
                  "HEXPIREAT",
                  -6,
                  "hash",
                  "7.4.0",
                  WRITE | FAST,
                  "key unix-time-seconds [NX | XX | GT | LT] fields=<FIELDS numfields:integer field"
                      + " [field ...]>")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Lets fields of a hash live until a Unix time in seconds.")
              .event("hexpire")
              .run(HashExpiryCommands::expireAt),
          row(
                  "HEXPIRETIME",
                  -5,
                  "hash",
                  "7.4.0",
                  READONLY | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Shows the Unix times in seconds at which fields of a hash expire.")
              .run(HashExpiryCommands::expireTime),
          row(
                  "HGETDEL",
                  -5,
                  "hash",
                  "8.0.0",
                  WRITE | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Reads fields of a hash and removes them.")
              .event("hdel")
              .run(HashExpiryCommands::getAndDelete),
          row(
                  "HGETEX",
                  -5,
                  "hash",
                  "8.0.0",
                  WRITE | FAST,
                  "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT"
                      + " unix-time-milliseconds | PERSIST] fields=<FIELDS numfields:integer field"
                      + " [field ...]>")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Reads fields of a hash and changes or drops their expiry.")
              .event("hexpire")
              .run(HashExpiryCommands::getAndExpire),
          row(
                  "HPERSIST",
                  -5,
                  "hash",
                  "7.4.0",
                  WRITE | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Takes the expiry from fields of a hash.")
              .event("hpersist")
              .run(HashExpiryCommands::persist),
          row(
                  "HPEXPIRE",
                  -6,
                  "hash",
                  "7.4.0",
                  WRITE | FAST,
                  "key milliseconds [NX | XX | GT | LT] fields=<FIELDS numfields:integer field"
                      + " [field ...]>")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Lets fields of a hash live for a number of milliseconds.")
              .event("hexpire")
              .run(HashExpiryCommands::expireMillis),
          row(
                  "HPEXPIREAT",
                  -6,
                  "hash",
                  "7.4.0",
                  WRITE | FAST,
                  "key unix-time-milliseconds [NX | XX | GT | LT] fields=<FIELDS numfields:integer"
                      + " field [field ...]>")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Lets fields of a hash live until a Unix time in milliseconds.")
              .event("hexpire")
              .run(HashExpiryCommands::expireAtMillis),
          row(
                  "HPEXPIRETIME",
                  -5,
                  "hash",
                  "7.4.0",
                  READONLY | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Shows the Unix times in milliseconds at which fields of a hash expire.")
              .run(HashExpiryCommands::expireTimeMillis),
          row(
                  "HPTTL",
                  -5,
                  "hash",
                  "7.4.0",
                  READONLY | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output")
              .complexity("O(N), N = fields given")
              .summary("Shows how many milliseconds fields of a hash have left.")
              .run(HashExpiryCommands::ttlMillis),
          row(
                  "HSETEX",
                  -6,
                  "hash",
                  "8.0.0",
                  WRITE | DENYOOM | FAST,
                  "key fields-condition=[FNX | FXX] [EX seconds | PX milliseconds | EXAT"
                      + " unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] fields=<FIELDS"
                      + " numfields:integer data=<field value> [...]>")
              .keys(1, 1, 1, "RW INSERT")
              .acl("hash")
              .complexity("O(N), N = fields given")
              .summary("Writes fields of a hash, optionally under a condition or with an expiry.")
              .event("hset")
              .run(HashExpiryCommands::setAndExpire),
          row(
                  "HTTL",
                  -5,
                  "hash",
                  "7.4.0",
                  READONLY | FAST,
                  "key fields=<FIELDS numfields:integer field [field ...]>")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("hash")
              .tips("nondeterministic_output")
              .complexity("O(N), N = fields given")
              .summary("Shows how many seconds fields of a hash have left.")
              .run(HashExpiryCommands::ttl));

  /** What is replied of a field. */
  private static final int FIELD_MISSING = -2;

  private static final int NO_EXPIRY = -1;
  private static final int REFUSED = 0;
  private static final int DONE = 1;
  private static final int DELETED = 2;

  private static final String NOT_POSITIVE = "ERR Number of fields must be a positive integer";

  private HashExpiryCommands() {}

  private static void expire(Request q, RespWriter out) {
    expire(q, out, FieldOptions.Unit.EX);
  }

  private static void expireAt(Request q, RespWriter out) {
    expire(q, out, FieldOptions.Unit.EXAT);
  }

  private static void expireMillis(Request q, RespWriter out) {
    expire(q, out, FieldOptions.Unit.PX);
  }

  private static void expireAtMillis(Request q, RespWriter out) {
    expire(q, out, FieldOptions.Unit.PXAT);
  }

  private static void expire(Request q, RespWriter out, FieldOptions.Unit unit) {
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (isOther(e, found, out)) {
      return;
    }
    long at = FieldOptions.time(q, out, 2, unit);
    if (at == FieldOptions.WRONG) {
      return;
    }
    FieldOptions.Condition condition = FieldOptions.condition(q, 3);
    int from = condition == FieldOptions.Condition.NONE ? 3 : 4;
    int first =
        FieldOptions.fields(q, out, from, "ERR Parameter `numFields` should be greater than 0");
    if (first == FieldOptions.WRONG) {
      return;
    }
    HashValue hash = open(q, out, e, found, first);
    if (hash == null) {
      return;
    }
    ChangedFields updated = new ChangedFields(q);
    int deleted = 0;
    for (int i = first; i < q.argc(); i++) {
      int result = setExpiry(q, hash, i, at, condition);
      if (result == DONE) {
        updated.add(i);
      }
      deleted += result == DELETED ? 1 : 0;
      out.integer(result);
    }
    String event = deleted > 0 ? "hdel" : "hexpire";
    q.db().changedFields(e, hash, updated.count + deleted, event, null);
    if (updated.count > 0) {
      Effects effect = updated.effect("HPEXPIREAT", from - 1).number(at);
      updated.name(effect.arguments(q, 3, from));
    }
  }

  /** The fields that a command has changed: others are to change no more than these. */
  private static final class ChangedFields {
    private final Request q;
    private final @Nullable IntArrayList arguments;
    int count;

    ChangedFields(Request q) {
      this.q = q;
      arguments = q.keepsEffects() ? new IntArrayList() : null;
    }

    void add(int argument) {
      count++;
      if (arguments != null) {
        arguments.add(argument);
      }
    }

    /** Begins an effect on the key; so many arguments, the key included, must follow. */
    Effects effect(String name, int more) {
      return q.effect(1 + more + 2 + count).word(name).argument(q, 1);
    }

    /** Ends an effect with the fields. */
    void name(Effects effect) {
      effect.word("FIELDS").number(count);
      for (int k = 0; arguments != null && k < count; k++) {
        effect.argument(q, arguments.getInt(k));
      }
    }
  }

  private static void nameDeleted(Request q, int field) {
    q.effect(3).word("HDEL").argument(q, 1).argument(q, field);
  }

  /** Whether a key that is there holds no hash; the error has been replied then. */
  private static boolean isOther(Entry e, boolean found, RespWriter out) {
    if (found && e.type() != ValueType.HASH) {
      out.error(Errors.WRONG_TYPE);
      return true;
    }
    return false;
  }

  /** Begins the reply on all fields; null when there is no hash: it has been replied then. */
  private static @Nullable HashValue open(
      Request q, RespWriter out, Entry e, boolean found, int first) {
    out.array(q.argc() - first);
    if (found) {
      return q.db().hash(e);
    }
    for (int i = first; i < q.argc(); i++) {
      out.integer(FIELD_MISSING);
    }
    return null;
  }

  /** Sets when the field at an argument expires, and returns what is replied. */
  private static int setExpiry(
      Request q, HashValue hash, int i, long at, FieldOptions.Condition condition) {
    if (!HashCommands.findLive(q, hash, i)) {
      return FIELD_MISSING;
    }
    if (!condition.allows(hash.expireAt(), at)) {
      return REFUSED;
    }
    if (q.isPast(at)) {
      hash.removeFound();
      nameDeleted(q, i);
      return DELETED;
    }
    hash.setExpiry(q.bytes(), q.offset(i), q.length(i), at);
    return DONE;
  }

  private static void expireTime(Request q, RespWriter out) {
    showTimes(q, out, 0, 1000);
  }

  private static void expireTimeMillis(Request q, RespWriter out) {
    showTimes(q, out, 0, 1);
  }

  private static void ttl(Request q, RespWriter out) {
    showTimes(q, out, q.now(), 1000);
  }

  private static void ttlMillis(Request q, RespWriter out) {
    showTimes(q, out, q.now(), 1);
  }

  /**
   * @param base the time from which is counted, in ms since the epoch
   * @param unit what a unit of the reply is, in ms; parts of one count as one
   */
  private static void showTimes(Request q, RespWriter out, long base, int unit) {
    Entry e = q.key(1);
    boolean found = q.db().read(e);
    if (isOther(e, found, out)) {
      return;
    }
    int first = FieldOptions.fields(q, out, 2, NOT_POSITIVE);
    if (first == FieldOptions.WRONG) {
      return;
    }
    HashValue hash = open(q, out, e, found, first);
    for (int i = first; hash != null && i < q.argc(); i++) {
      if (!isLive(q, hash, i)) {
        out.integer(FIELD_MISSING);
      } else if (hash.expireAt() == Partition.NEVER) {
        out.integer(NO_EXPIRY);
      } else {
        out.integer((hash.expireAt() - base + unit - 1) / unit);
      }
    }
  }

  /** As HashCommands.findLive, but leaves a field that has expired where it is. */
  private static boolean isLive(Request q, HashValue hash, int i) {
    return hash.find(q.bytes(), q.offset(i), q.length(i)) && hash.isLive();
  }

  private static void persist(Request q, RespWriter out) {
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (isOther(e, found, out)) {
      return;
    }
    int first = FieldOptions.fields(q, out, 2, NOT_POSITIVE);
    if (first == FieldOptions.WRONG) {
      return;
    }
    HashValue hash = open(q, out, e, found, first);
    if (hash == null) {
      return;
    }
    ChangedFields persisted = new ChangedFields(q);
    for (int i = first; i < q.argc(); i++) {
      if (!isLive(q, hash, i)) {
        out.integer(FIELD_MISSING);
      } else if (hash.expireAt() == Partition.NEVER) {
        out.integer(NO_EXPIRY);
      } else {
        hash.setExpiry(q.bytes(), q.offset(i), q.length(i), Partition.NEVER);
        persisted.add(i);
        out.integer(DONE);
      }
    }
    q.db().changedFields(e, hash, persisted.count, "hpersist", null);
    if (persisted.count > 0) {
      persisted.name(persisted.effect("HPERSIST", 1));
    }
  }

  private static void getAndDelete(Request q, RespWriter out) {
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (isOther(e, found, out)) {
      return;
    }
    int first = FieldOptions.fields(q, out, 2, NOT_POSITIVE);
    if (first == FieldOptions.WRONG) {
      return;
    }
    HashValue hash = openValues(q, out, e, found, first);
    if (hash == null) {
      return;
    }
    int deleted = 0;
    for (int i = first; i < q.argc(); i++) {
      if (HashCommands.replyValue(q, out, hash, i)) {
        hash.removeFound();
        deleted++;
      }
    }
    q.db().changedFields(e, hash, deleted, "hdel", null);
    if (deleted > 0) {
      q.effect(q.argc() - 2).word("HDEL").argument(q, 1).arguments(q, first, q.argc());
    }
  }

  /** As {@link #open}, for replies of values. */
  private static @Nullable HashValue openValues(
      Request q, RespWriter out, Entry e, boolean found, int first) {
    out.array(q.argc() - first);
    if (found) {
      return q.db().hash(e);
    }
    for (int i = first; i < q.argc(); i++) {
      out.nil();
    }
    return null;
  }

  private static void getAndExpire(Request q, RespWriter out) {
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (isOther(e, found, out)) {
      return;
    }
    FieldOptions.Unit unit = FieldOptions.unit(q, 2);
    boolean persists = q.is(2, "persist");
    long at = unit == null ? Partition.NEVER : FieldOptions.time(q, out, 3, unit);
    if (at == FieldOptions.WRONG) {
      return;
    }
    int first = FieldOptions.fields(q, out, unit != null ? 4 : persists ? 3 : 2, NOT_POSITIVE);
    if (first == FieldOptions.WRONG) {
      return;
    }
    HashValue hash = openValues(q, out, e, found, first);
    if (hash == null) {
      return;
    }
    ChangedFields updated = new ChangedFields(q);
    int deleted = 0;
    for (int i = first; i < q.argc(); i++) {
      if (!HashCommands.replyValue(q, out, hash, i)) {
        continue;
      }
      if (unit != null) {
        boolean stays = setExpiry(q, hash, i, at, FieldOptions.Condition.NONE) == DONE;
        if (stays) {
          updated.add(i);
        }
        deleted += stays ? 0 : 1;
      } else if (persists && hash.expireAt() != Partition.NEVER) {
        hash.setExpiry(q.bytes(), q.offset(i), q.length(i), Partition.NEVER);
        updated.add(i);
      }
    }
    String event = deleted > 0 ? "hdel" : persists ? "hpersist" : "hexpire";
    q.db().changedFields(e, hash, updated.count + deleted, event, null);
    if (updated.count > 0) {
      Effects effect =
          persists ? updated.effect("HPERSIST", 1) : updated.effect("HPEXPIREAT", 2).number(at);
      updated.name(effect);
    }
  }

  private static void setAndExpire(Request q, RespWriter out) {
    FieldOptions.OfSet options = new FieldOptions.OfSet();
    if (!options.read(q, out)) {
      return;
    }
    Entry e = q.key(1);
    boolean found = q.db().write(e);
    if (isOther(e, found, out)) {
      return;
    }
    if (!found && options.onlyOld) {
      out.integer(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null || !options.allow(q, hash)) {
      if (hash != null) {
        q.db().expiredFields(e, hash);
      }
      out.integer(0);
      return;
    }
    boolean deletes = q.isPast(options.at);
    String also = deletes ? "hdel" : options.at != Partition.NEVER ? "hexpire" : null;
    int written = 0;
    try {
      for (int i = options.first; i < q.argc(); i += 2) {
        if (deletes) {
          hash.remove(q.bytes(), q.offset(i), q.length(i));
          nameDeleted(q, i);
        } else {
          boolean keeps = options.keeps && HashCommands.findLive(q, hash, i);
          HashCommands.put(q, hash, i, i + 1, keeps ? hash.expireAt() : options.at);
        }
        written++;
      }
    } finally { // the heap may be full half-way
      q.db().changedFields(e, hash, written, "hset", also);
      if (written > 0 && options.timeAt > 0 && !deletes) {
        Effects effect = q.effect(q.argc()).name(q).arguments(q, 1, options.timeAt - 1);
        effect.word("PXAT").number(options.at).arguments(q, options.timeAt + 1, q.argc());
      }
    }
    out.integer(1);
  }
}
