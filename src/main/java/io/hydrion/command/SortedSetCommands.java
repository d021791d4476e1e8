package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Database;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.ValueType;
import io.hydrion.util.DoubleText;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Sorted sets: members one at a time. */
final class SortedSetCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "ZADD",
                  -4,
                  "sorted-set",
                  "1.2.0",
                  WRITE | DENYOOM | FAST,
                  "key [NX | XX]^3.0.2 [GT | LT]^6.2.0 [change=CH]^3.0.2 [increment=INCR]^3.0.2"
                      + " score member [score member ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("sortedset")
              .complexity("O(M*log(N)), M = members given, N = members of the sorted set")
              .summary("Adds members to a sorted set or changes their scores.")
              .history("2.4.0", "takes several members")
              .history("3.0.2", "options XX, NX, CH and INCR")
              .history("6.2.0", "options GT and LT")
              .element(3)
              .event("zadd")
              .run(SortedSetCommands::add),
          row("ZCARD", 2, "sorted-set", "1.2.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("sortedset")
              .complexity("O(1)")
              .summary("Counts the members of a sorted set.")
              .run(SortedSetCommands::size),
          row("ZINCRBY", 4, "sorted-set", "1.2.0", WRITE | DENYOOM | FAST, "key increment member")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary("Adds a number to the score of a member.")
              .element(3)
              .event("zincr")
              .run(SortedSetCommands::increment),
          row("ZMSCORE", -3, "sorted-set", "6.2.0", READONLY | FAST, "key member [member ...]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(N), N = members asked for")
              .summary("Reads the scores of several members.")
              .element(2)
              .run(SortedSetCommands::scores),
          row(
                  "ZRANDMEMBER",
                  -2,
                  "sorted-set",
                  "6.2.0",
                  READONLY,
                  "key options=[count [WITHSCORES]]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .tips("nondeterministic_output")
              .complexity("O(N), N = members returned")
              .summary("Picks random members of a sorted set.")
              .run(SortedSetCommands::random),
          row("ZRANK", -3, "sorted-set", "2.0.0", READONLY | FAST, "key member [WITHSCORE]^7.2.0")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary("Shows the position of a member, the lowest score first.")
              .history("7.2.0", "option WITHSCORE")
              .element(2)
              .run((q, out) -> rank(q, false, out)),
          row("ZREM", -3, "sorted-set", "1.2.0", WRITE | FAST, "key member [member ...]")
              .keys(1, 1, 1, "RW DELETE")
              .acl("sortedset")
              .complexity("O(M*log(N)), M = members given, N = members of the sorted set")
              .summary("Removes members from a sorted set.")
              .history("2.4.0", "takes several members")
              .element(2)
              .event("zrem")
              .run(SortedSetCommands::remove),
          row(
                  "ZREVRANK",
                  -3,
                  "sorted-set",
                  "2.0.0",
                  READONLY | FAST,
                  "key member [WITHSCORE]^7.2.0")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary("Shows the position of a member, the highest score first.")
              .history("7.2.0", "option WITHSCORE")
              .element(2)
              .run((q, out) -> rank(q, true, out)),
          row(
                  "ZSCAN",
                  -3,
                  "sorted-set",
                  "2.8.0",
                  READONLY,
                  "key cursor [MATCH pattern] [COUNT count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .tips("nondeterministic_output")
              .complexity("O(1) a call, O(N) for a whole walk, N = members of the sorted set")
              .summary("Walks over the members of a sorted set and their scores in steps.")
              .run(SortedSetCommands::scan),
          row("ZSCORE", 3, "sorted-set", "1.2.0", READONLY | FAST, "key member")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(1)")
              .summary("Reads the score of a member.")
              .element(2)
              .run(SortedSetCommands::score));

  private static final int NX = 1;
  private static final int XX = 2;
  private static final int GT = 4;
  private static final int LT = 8;
  private static final int CH = 16;
  private static final int INCR = 32;

  private static final String NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

  /** Members are drawn one by one when there are more than so many for each that is wanted. */
  private static final int DRAWN_PART = 3;

  /** Of smaller sets than this none are drawn: to walk over all members takes no longer. */
  private static final int DRAWN_FROM = 64;

  /** What it takes to remember a member that has been drawn, in bytes. */
  private static final int DRAWN_BYTES = 32;

  private SortedSetCommands() {}

  private static void add(Request q, RespWriter out) {
    add(q, 0, out);
  }

  private static void add(Request q, int givenFlags, RespWriter out) {
    int flags = givenFlags;
    int first = 2;
    for (int flag; first < q.argc() && (flag = flag(q, first)) != 0; first++) {
      flags |= flag;
    }
    String error = check(q, flags, first);
    if (error != null) {
      out.error(error);
      return;
    }
    double score = Double.NaN;
    for (int i = first; i < q.argc(); i += 2) {
      score = DoubleText.parse(q.bytes(), q.offset(i), q.length(i));
      if (Double.isNaN(score)) {
        out.error(Errors.NOT_FLOAT);
        return;
      }
    }
    Entry e = q.key(1);
    boolean isThere = q.db().write(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else if ((flags & INCR) != 0) {
      increment(q, e, flags, first + 1, score, set, out);
    } else if (!isThere && (flags & XX) != 0) {
      out.integer(0);
    } else {
      out.integer(addAll(q, e, flags, first, score, set));
    }
  }

  private static int flag(Request q, int i) {
    if (q.length(i) != 2 && q.length(i) != 4 || q.bytes()[q.offset(i)] < 'A') {
      return 0;
    }
    return q.is(i, "nx")
        ? NX
        : q.is(i, "xx")
            ? XX
            : q.is(i, "gt")
                ? GT
                : q.is(i, "lt") ? LT : q.is(i, "ch") ? CH : q.is(i, "incr") ? INCR : 0;
  }

  /** What is wrong with the options and the number of arguments, or null. */
  private static @Nullable String check(Request q, int flags, int first) {
    int rest = q.argc() - first;
    if (rest == 0 || rest % 2 != 0) {
      return Errors.SYNTAX;
    }
    if ((flags & (NX | XX)) == (NX | XX)) {
      return "ERR XX and NX options at the same time are not compatible";
    }
    if (Integer.bitCount(flags & (NX | GT | LT)) > 1) {
      return "ERR GT, LT, and/or NX options at the same time are not compatible";
    }
    if ((flags & INCR) != 0 && rest > 2) {
      return "ERR INCR option supports a single increment-element pair";
    }
    return null;
  }

  /** What has been added stays and is told of, though there may be no room for the rest. */
  private static long addAll(
      Request q, Entry e, int flags, int first, double lastScore, SortedSetValue set) {
    Room.forArguments(q);
    boolean isNew = !e.exists();
    byte[] a = q.bytes();
    long added = 0;
    long updated = 0;
    try {
      for (int i = first; i < q.argc(); i += 2) {
        double score =
            i + 2 == q.argc() ? lastScore : DoubleText.parse(a, q.offset(i), q.length(i));
        int off = q.offset(i + 1);
        int len = q.length(i + 1);
        if (!set.find(a, off, len)) {
          if ((flags & XX) == 0) {
            set.insert(a, off, len, score);
            added++;
          }
        } else if (replaces(flags, score, set.score())) {
          set.change(a, off, len, score);
          updated++;
        }
      }
    } finally {
      if (added + updated > 0) {
        changed(q.db(), e, set, isNew, "zadd", added + updated);
      }
    }
    return (flags & CH) != 0 ? added + updated : added;
  }

  private static boolean replaces(int flags, double score, double old) {
    return (flags & NX) == 0
        && ((flags & GT) == 0 || score > old)
        && ((flags & LT) == 0 || score < old)
        && score != old;
  }

  private static void changed(
      Database db, Entry e, SortedSetValue set, boolean isNew, String event, long changes) {
    db.changedElements(e, set, event, changes);
    if (isNew) {
      db.ready(e);
    }
  }

  private static void increment(
      Request q, Entry e, int flags, int member, double by, SortedSetValue set, RespWriter out) {
    Room.forArguments(q);
    byte[] a = q.bytes();
    int off = q.offset(member);
    int len = q.length(member);
    boolean isNew = set.isEmpty();
    double score = by;
    if (set.find(a, off, len)) {
      double old = set.score();
      score = old + by;
      if ((flags & NX) != 0) {
        out.nil();
        return;
      }
      if (Double.isNaN(score)) {
        out.error(NOT_A_NUMBER);
        return;
      }
      if (((flags & LT) != 0 && score >= old) || ((flags & GT) != 0 && score <= old)) {
        out.nil();
        return;
      }
      if (score == old) {
        out.real(score);
        return;
      }
      set.change(a, off, len, score);
    } else if ((flags & XX) != 0) {
      out.nil();
      return;
    } else {
      set.insert(a, off, len, score);
    }
    changed(q.db(), e, set, isNew, "zincr", 1);
    out.real(score);
  }

  private static void size(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(set.size());
    }
  }

  private static void increment(Request q, RespWriter out) {
    add(q, INCR, out);
  }

  private static void scores(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(q.argc() - 2);
    for (int i = 2; i < q.argc(); i++) {
      replyScore(q, i, set, out);
    }
  }

  private static void replyScore(Request q, int member, SortedSetValue set, RespWriter out) {
    if (set.find(q.bytes(), q.offset(member), q.length(member))) {
      out.real(set.score());
    } else {
      out.nil();
    }
  }

  private static void random(Request q, RespWriter out) {
    boolean isCounted = q.argc() > 2;
    boolean withScores = q.argc() == 4 && q.is(3, "withscores");
    if (isCounted && !q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long count = isCounted ? q.longAt(2) : 1;
    if (count == Long.MIN_VALUE) {
      out.error(SetCommands.NOT_ABSOLUTE);
      return;
    }
    if (q.argc() > 4 || (q.argc() == 4 && !withScores)) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (withScores && Math.abs(count) > Long.MAX_VALUE / 2) {
      out.error("ERR value is out of range");
      return;
    }
    Entry e = q.key(1);
    boolean isThere = q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (isCounted && (!isThere || count == 0)) {
      out.array(0);
    } else if (!isThere) {
      out.nil();
    } else if (!isCounted) {
      set.random(q.engine().random());
      out.bulk(set.bytes(), set.offset(), set.length());
    } else if (count > 0) {
      drawDistinct(q, set, count, withScores, out);
    } else {
      drawEach(q, set, -count, withScores, out);
    }
  }

  /** Begins a list of members, in pairs with their scores where RESP3 has such. */
  static void replyHead(long members, boolean withScores, RespWriter out) {
    out.array(withScores && !out.isResp3() ? members * 2 : members);
  }

  /** Adds the member at hand to a list. */
  static void replyMember(SortedSetValue set, boolean withScores, RespWriter out) {
    if (withScores && out.isResp3()) {
      out.array(2);
    }
    out.bulk(set.bytes(), set.offset(), set.length());
    if (withScores) {
      out.real(set.score());
    }
  }

  /** Members that may repeat. A client that has been cut off for their mass gets no more. */
  private static void drawEach(
      Request q, SortedSetValue set, long count, boolean withScores, RespWriter out) {
    if (RandomSelection.isTooMany(q, withScores ? 2 * count : count)) {
      out.error(BulkList.TOO_LARGE);
      return;
    }
    replyHead(count, withScores, out);
    for (long i = 0; i < count && !q.session().isCutOff(); i++) {
      set.random(q.engine().random());
      replyMember(set, withScores, out);
    }
  }

  /** Members without repetition. */
  private static void drawDistinct(
      Request q, SortedSetValue set, long count, boolean withScores, RespWriter out) {
    long size = set.size();
    long wanted = Math.min(count, size);
    RandomGenerator random = q.engine().random();
    if (size >= DRAWN_FROM && wanted * DRAWN_PART <= size) {
      Room.forBytes(wanted * DRAWN_BYTES);
      replyHead(wanted, withScores, out);
      LongOpenHashSet drawn = new LongOpenHashSet();
      while (drawn.size() < wanted) {
        set.random(random);
        if (drawn.add(set.place())) {
          replyMember(set, withScores, out);
        }
      }
      return;
    }
    replyHead(wanted, withScores, out);
    RandomSelection selection = new RandomSelection(wanted, size, random);
    set.seek(0);
    do {
      if (selection.takesNext()) {
        replyMember(set, withScores, out);
      }
    } while (set.next());
  }

  private static void rank(Request q, boolean isReverse, RespWriter out) {
    if (q.argc() > 4) {
      out.error(Errors.wrongArity(q.command().name()));
      return;
    }
    boolean withScore = q.argc() == 4;
    if (withScore && !q.is(3, "withscore")) {
      out.error(Errors.SYNTAX);
      return;
    }
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (!set.find(q.bytes(), q.offset(2), q.length(2))) {
      if (withScore) {
        out.nilArray();
      } else {
        out.nil();
      }
    } else {
      long rank = set.rank();
      if (withScore) {
        out.array(2);
      }
      out.integer(isReverse ? set.size() - 1 - rank : rank);
      if (withScore) {
        out.real(set.score());
      }
    }
  }

  private static void remove(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().write(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long removed = 0;
    for (int i = 2; i < q.argc() && !set.isEmpty(); i++) {
      removed += set.remove(q.bytes(), q.offset(i), q.length(i)) ? 1 : 0;
    }
    if (removed > 0) {
      q.db().changedElements(e, set, "zrem", removed);
    }
    out.integer(removed);
  }

  private static void scan(Request q, RespWriter out) {
    ElementScan.run(
        q,
        out,
        ValueType.SORTED_SET,
        e -> {
          SortedSetValue set = q.db().newSortedSet(e);
          boolean isPacked = set != null && set.isPacked();
          return (cursor, scan) ->
              set == null
                  ? 0
                  : set.scan(
                      cursor, 1, (a, at, n, score) -> scan.scored(a, at, n, score, isPacked));
        });
  }

  private static void score(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      replyScore(q, 2, set, out);
    }
  }
}
