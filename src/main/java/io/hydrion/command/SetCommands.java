package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.SetValue;
import io.hydrion.store.ValueType;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Sets, one at a time; {@link SetAlgebra} joins them. */
final class SetCommands {
  static final List<Command> TABLE =
      List.of(
          row("SADD", -3, "set", "1.0.0", WRITE | DENYOOM | FAST, "key member [member ...]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("set")
              .complexity("O(N), N = members given")
              .summary("Adds members to a set.")
              .history("2.4.0", "takes several members")
              .event("sadd")
              .element(2)
              .run(SetCommands::add),
          row("SCARD", 2, "set", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("set")
              .complexity("O(1)")
              .summary("Counts the members of a set.")
              .run(SetCommands::count),
          row("SISMEMBER", 3, "set", "1.0.0", READONLY | FAST, "key member")
              .keys(1, 1, 1, "RO")
              .acl("set")
              .complexity("O(1)")
              .summary("Tells whether a set has a member.")
              .element(2)
              .run(SetCommands::isMember),
          row("SMEMBERS", 2, "set", "1.0.0", READONLY, "key")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = members of the set")
              .summary("Lists the members of a set.")
              .run(SetCommands::members),
          row("SMISMEMBER", -3, "set", "6.2.0", READONLY | FAST, "key member [member ...]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("set")
              .complexity("O(N), N = members asked for")
              .summary("Tells for several members whether a set has them.")
              .element(2)
              .run(SetCommands::areMembers),
          row("SMOVE", 4, "set", "1.0.0", WRITE | FAST, "source destination member")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .acl("set")
              .complexity("O(1)")
              .summary("Takes a member from one set to another.")
              .event("srem")
              .run(SetCommands::move),
          row("SPOP", -2, "set", "1.0.0", WRITE | FAST, "key [count]^3.2.0")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("set")
              .tips("nondeterministic_output")
              .complexity("O(N), N = members taken")
              .summary("Takes random members out of a set.")
              .history("3.2.0", "a count")
              .event("spop")
              .run(SetCommands::pop),
          row("SRANDMEMBER", -2, "set", "1.0.0", READONLY, "key [count]^2.6.0")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output")
              .complexity("O(N), N = members returned")
              .summary("Picks random members of a set and leaves them there.")
              .history("2.6.0", "a count")
              .run(SetCommands::random),
          row("SREM", -3, "set", "1.0.0", WRITE | FAST, "key member [member ...]")
              .keys(1, 1, 1, "RW DELETE")
              .acl("set")
              .complexity("O(N), N = members given")
              .summary("Removes members from a set.")
              .history("2.4.0", "takes several members")
              .event("srem")
              .element(2)
              .run(SetCommands::remove),
          row("SSCAN", -3, "set", "2.8.0", READONLY, "key cursor [MATCH pattern] [COUNT count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output")
              .complexity("O(1) a call, O(N) for a whole walk, N = members of the set")
              .summary("Walks over the members of a set in steps.")
              .run(SetCommands::scan));

  /** A set is put together anew when, of so many members and one, at most one stays. */
  private static final int KEPT_PART = 5;

  /** Members are drawn one by one when there are more than so many for each that is wanted. */
  private static final int DRAWN_PART = 3;

  /** Of smaller sets than this none are drawn: to walk over all members takes no longer. */
  private static final int DRAWN_FROM = 64;

  /** What it takes to remember a member that has been drawn, in bytes. */
  private static final int DRAWN_BYTES = 32;

  private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";
  static final String NOT_ABSOLUTE =
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

  private SetCommands() {}

  /** What has been added stays and is told of, though there may be no room for the rest. */
  private static void add(Request q, RespWriter out) {
    Database db = q.db();
    Entry e = q.key(1);
    db.write(e);
    SetValue set = db.set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    Room.forArguments(q);
    long added = 0;
    try {
      for (int i = 2; i < q.argc(); i++) {
        added += set.add(q.bytes(), q.offset(i), q.length(i)) ? 1 : 0;
      }
    } finally {
      if (added > 0) {
        db.changedElements(e, set, "sadd", added);
      }
    }
    out.integer(added);
  }

  private static void count(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(set.size());
    }
  }

  private static void isMember(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(contains(set, q, 2) ? 1 : 0);
    }
  }

  private static boolean contains(SetValue set, Request q, int i) {
    return set.contains(q.bytes(), q.offset(i), q.length(i));
  }

  private static void members(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      replyAll(set, out);
    }
  }

  /** Replies all members of a set. */
  static void replyAll(SetValue set, RespWriter out) {
    out.set(set.size());
    set.forEach(out::bulk);
  }

  private static void areMembers(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      out.integer(contains(set, q, i) ? 1 : 0);
    }
  }

  /** The member is added before it is removed, so that where memory is short it is not lost. */
  private static void move(Request q, RespWriter out) {
    Database db = q.db();
    Entry from = q.key(1);
    Entry to = q.otherKey(2);
    db.write(from);
    db.write(to);
    if (!db.peek(from)) { // again: a key that had expired may have been removed
      out.integer(0);
      return;
    }
    SetValue source = db.set(from);
    SetValue destination = db.otherSet(to);
    if (source == null || destination == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    boolean isThere = contains(source, q, 3);
    if (!isThere || (to.exists() && source.isSameAs(destination))) {
      out.integer(isThere ? 1 : 0);
      return;
    }
    boolean isNew = destination.add(q.bytes(), q.offset(3), q.length(3));
    db.peek(from);
    source = db.set(from);
    if (source != null && source.remove(q.bytes(), q.offset(3), q.length(3))) {
      db.changedElements(from, source, "srem");
    }
    if (isNew) {
      db.peek(to);
      db.changed(to, KeyspaceEvents.SET, "sadd");
    }
    out.integer(1);
  }

  private static void pop(Request q, RespWriter out) {
    if (q.argc() > 3) {
      out.error(Errors.SYNTAX);
      return;
    }
    boolean isCounted = q.argc() == 3;
    if (isCounted && (!q.isLong(2) || q.longAt(2) < 0)) {
      out.error(NOT_POSITIVE);
      return;
    }
    Entry e = q.key(1);
    boolean isThere = q.db().write(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (isCounted) {
      popSome(q, e, set, q.longAt(2), out);
    } else if (!isThere) {
      out.nil();
    } else {
      popOne(q, set, out);
      q.db().changedElements(e, set, "spop");
    }
  }

  private static void popOne(Request q, SetValue set, RespWriter out) {
    set.random(q.engine().random());
    byte[] a = set.bytes();
    out.bulk(a, set.offset(), set.length());
    nameRemoval(q, a, set.offset(), set.length());
    set.removeFound();
  }

  private static void nameRemoval(Request q, byte[] a, int off, int len) {
    q.effect(3).word("SREM").argument(q, 1).bytes(a, off, len);
  }

  private static void popSome(Request q, Entry e, SetValue set, long count, RespWriter out) {
    long size = set.size();
    if (count == 0 || size == 0) {
      out.set(0);
    } else if (count >= size) {
      replyAll(set, out);
      q.db().removedElements(e, set, "spop");
      q.deletionEffect(1, false);
    } else if ((size - count) * KEPT_PART > count) {
      out.set(count);
      for (long i = 0; i < count; i++) {
        popOne(q, set, out);
      }
      q.db().changedElements(e, set, "spop", count);
    } else {
      popMost(q, e, set, count, out);
    }
  }

  /** Puts the few members that stay into another set, which then takes the key over. */
  private static void popMost(Request q, Entry e, SetValue set, long count, RespWriter out) {
    long seed = q.engine().random().nextLong();
    long size = set.size();
    Draft draft = q.db().draft();
    SetValue kept = draft.set();
    RandomSelection keeping = new RandomSelection(count, size, new SplittableRandom(seed));
    set.forEach(
        (a, at, n) -> {
          if (!keeping.takesNext()) {
            kept.addAbsent(a, at, n);
          }
        });
    out.set(count);
    RandomSelection taking = new RandomSelection(count, size, new SplittableRandom(seed));
    set.forEach(
        (a, at, n) -> {
          if (taking.takesNext()) {
            out.bulk(a, at, n);
            nameRemoval(q, a, at, n);
          }
        });
    q.db().storeDraft(e, draft, e.expireAt(), "spop", count);
  }

  private static void random(Request q, RespWriter out) {
    if (q.argc() > 3) {
      out.error(Errors.SYNTAX);
      return;
    }
    boolean isCounted = q.argc() == 3;
    if (isCounted && !q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    if (isCounted && q.longAt(2) == Long.MIN_VALUE) {
      out.error(NOT_ABSOLUTE);
      return;
    }
    Entry e = q.key(1);
    boolean isThere = q.db().read(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (isCounted && (!isThere || q.longAt(2) == 0)) {
      out.array(0);
    } else if (!isThere) {
      out.nil();
    } else if (!isCounted) {
      draw(set, q.engine().random(), out);
    } else if (q.longAt(2) > 0) {
      drawDistinct(q, set, q.longAt(2), out);
    } else {
      drawEach(q, set, -q.longAt(2), out);
    }
  }

  private static void draw(SetValue set, RandomGenerator random, RespWriter out) {
    set.random(random);
    byte[] a = set.bytes();
    out.bulk(a, set.offset(), set.length());
  }

  /** Members that may repeat. A client that has been cut off for their mass gets no more. */
  private static void drawEach(Request q, SetValue set, long count, RespWriter out) {
    if (RandomSelection.isTooMany(q, count)) {
      out.error(BulkList.TOO_LARGE);
      return;
    }
    out.array(count);
    for (long i = 0; i < count && !q.session().isCutOff(); i++) {
      draw(set, q.engine().random(), out);
    }
  }

  /** Members without repetition. */
  private static void drawDistinct(Request q, SetValue set, long count, RespWriter out) {
    long size = set.size();
    long wanted = Math.min(count, size);
    RandomGenerator random = q.engine().random();
    if (size >= DRAWN_FROM && wanted * DRAWN_PART <= size) {
      Room.forBytes(wanted * DRAWN_BYTES);
      out.array(wanted);
      LongOpenHashSet drawn = new LongOpenHashSet();
      while (drawn.size() < wanted) {
        set.random(random);
        if (drawn.add(set.place())) {
          byte[] a = set.bytes();
          out.bulk(a, set.offset(), set.length());
        }
      }
      return;
    }
    out.array(wanted);
    RandomSelection selection = new RandomSelection(wanted, size, random);
    set.forEach(
        (a, at, n) -> {
          if (selection.takesNext()) {
            out.bulk(a, at, n);
          }
        });
  }

  /** What has been removed is told of in any case. */
  private static void remove(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().write(e);
    SetValue set = q.db().set(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long removed = 0;
    try {
      for (int i = 2; i < q.argc() && !set.isEmpty(); i++) {
        removed += set.remove(q.bytes(), q.offset(i), q.length(i)) ? 1 : 0;
      }
    } finally {
      if (removed > 0) {
        q.db().changedElements(e, set, "srem", removed);
      }
    }
    out.integer(removed);
  }

  private static void scan(Request q, RespWriter out) {
    ElementScan.run(
        q,
        out,
        ValueType.SET,
        e -> {
          SetValue set = q.db().newSet(e);
          return (cursor, scan) -> set == null ? 0 : set.scan(cursor, 1, scan::member);
        });
  }
}
