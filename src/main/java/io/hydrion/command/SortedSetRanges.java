package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.command.ScoreRange.By;
import io.hydrion.command.ScoreRange.Direction;
import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.store.ScoredSource;
import io.hydrion.store.SortedSetValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sorted sets: members in a range of ranks, scores or members. */
final class SortedSetRanges {
  static final List<Command> TABLE =
      List.of(
          row("ZCOUNT", 4, "sorted-set", "2.0.0", READONLY | FAST, "key min:double max:double")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary("Counts the members with scores in a range.")
              .run((q, out) -> count(q, By.SCORE, out)),
          row("ZLEXCOUNT", 4, "sorted-set", "2.8.9", READONLY | FAST, "key min max")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary("Counts the members in an alphabetical range.")
              .run((q, out) -> count(q, By.MEMBER, out)),
          row(
                  "ZRANGE",
                  -4,
                  "sorted-set",
                  "1.2.0",
                  READONLY,
                  "key start:string stop:string [BYSCORE | BYLEX]^6.2.0 [REV]^6.2.0 [LIMIT offset"
                      + " count]^6.2.0 [WITHSCORES]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members by position, score or alphabet.")
              .history("6.2.0", "options REV, BYSCORE, BYLEX and LIMIT")
              .run((q, out) -> range(q, null, Direction.ANY, out)),
          row(
                  "ZRANGEBYLEX",
                  -4,
                  "sorted-set",
                  "2.8.9",
                  READONLY,
                  "key min max [LIMIT offset count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members in an alphabetical range.")
              .deprecated("6.2.0", "`ZRANGE` with `BYLEX`")
              .run((q, out) -> range(q, By.MEMBER, Direction.FORWARD, out)),
          row(
                  "ZRANGEBYSCORE",
                  -4,
                  "sorted-set",
                  "1.0.5",
                  READONLY,
                  "key min:double max:double [WITHSCORES]^2.0.0 [LIMIT offset count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members with scores in a range.")
              .history("2.0.0", "option WITHSCORES")
              .deprecated("6.2.0", "`ZRANGE` with `BYSCORE`")
              .run((q, out) -> range(q, By.SCORE, Direction.FORWARD, out)),
          row(
                  "ZRANGESTORE",
                  -5,
                  "sorted-set",
                  "6.2.0",
                  WRITE | DENYOOM,
                  "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(2, 2, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members stored")
              .summary("Stores a range of members in another key.")
              .event("zrangestore")
              .run(SortedSetRanges::store),
          row("ZREMRANGEBYLEX", 4, "sorted-set", "2.8.9", WRITE, "key min max")
              .keys(1, 1, 1, "RW DELETE")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members removed")
              .summary("Removes the members in an alphabetical range.")
              .event("zremrangebylex")
              .run((q, out) -> remove(q, By.MEMBER, out)),
          row("ZREMRANGEBYRANK", 4, "sorted-set", "2.0.0", WRITE, "key start stop")
              .keys(1, 1, 1, "RW DELETE")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members removed")
              .summary("Removes the members in a range of positions.")
              .event("zremrangebyrank")
              .run((q, out) -> remove(q, By.RANK, out)),
          row("ZREMRANGEBYSCORE", 4, "sorted-set", "1.2.0", WRITE, "key min:double max:double")
              .keys(1, 1, 1, "RW DELETE")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members removed")
              .summary("Removes the members with scores in a range.")
              .event("zremrangebyscore")
              .run((q, out) -> remove(q, By.SCORE, out)),
          row("ZREVRANGE", -4, "sorted-set", "1.2.0", READONLY, "key start stop [WITHSCORES]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members in a range of positions, the highest score first.")
              .deprecated("6.2.0", "`ZRANGE` with `REV`")
              .run((q, out) -> range(q, By.RANK, Direction.REVERSE, out)),
          row(
                  "ZREVRANGEBYLEX",
                  -4,
                  "sorted-set",
                  "2.8.9",
                  READONLY,
                  "key max min [LIMIT offset count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members in an alphabetical range, the last one first.")
              .deprecated("6.2.0", "`ZRANGE` with `REV` and `BYLEX`")
              .run((q, out) -> range(q, By.MEMBER, Direction.REVERSE, out)),
          row(
                  "ZREVRANGEBYSCORE",
                  -4,
                  "sorted-set",
                  "2.2.0",
                  READONLY,
                  "key max:double min:double [WITHSCORES] [LIMIT offset count]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("sortedset")
              .complexity("O(log(N)+M), N = members of the sorted set, M = members returned")
              .summary("Lists members with scores in a range, the highest score first.")
              .history("2.1.6", "a bound may be left out of its range")
              .deprecated("6.2.0", "`ZRANGE` with `REV` and `BYSCORE`")
              .run((q, out) -> range(q, By.SCORE, Direction.REVERSE, out)));

  private SortedSetRanges() {}

  private static void count(Request q, By by, RespWriter out) {
    ScoreRange range = new ScoreRange(q, 1, by, Direction.FORWARD);
    if (!range.readBounds(out)) {
      return;
    }
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      range.resolve(set);
      out.integer(range.count());
    }
  }

  private static void range(Request q, @Nullable By by, Direction direction, RespWriter out) {
    ScoreRange range = new ScoreRange(q, 1, by, direction);
    if (!range.readOptions(true, out) || !range.readBounds(out)) {
      return;
    }
    Entry e = q.key(1);
    q.db().read(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    range.resolve(set);
    long left = range.count();
    SortedSetCommands.replyHead(left, range.withScores(), out);
    if (left == 0) {
      return;
    }
    set.seek(range.isReverse() ? range.first() + left - 1 : range.first());
    do {
      SortedSetCommands.replyMember(set, range.withScores(), out);
    } while (--left > 0 && (range.isReverse() ? set.previous() : set.next()));
  }

  /** The result is whole before the destination changes, so that nothing is ever half done. */
  private static void store(Request q, RespWriter out) {
    ScoreRange range = new ScoreRange(q, 2, null, Direction.ANY);
    if (!range.readOptions(false, out) || !range.readBounds(out)) {
      return;
    }
    Entry source = q.key(2);
    q.db().read(source);
    SortedSetValue set = q.db().sortedSet(source);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    range.resolve(set);
    Draft draft = q.db().draft();
    long count = range.count();
    if (count > 0) {
      copy(set, range.first(), count, draft.sortedSet());
    }
    store(q, draft, count, out);
  }

  private static void copy(SortedSetValue set, long first, long count, SortedSetValue to) {
    long longest = 0;
    long bytes = 0;
    set.seek(first);
    for (long i = 0; i < count; i++) {
      longest = Math.max(longest, set.length());
      bytes += set.length();
      set.next();
    }
    to.build(count, longest, bytes, new Part(set, first, count));
  }

  /** Members of a sorted set from a rank on. */
  private static final class Part implements ScoredSource {
    private final SortedSetValue set;
    private final long first;
    private final long count;
    private long given;

    Part(SortedSetValue set, long first, long count) {
      this.set = set;
      this.first = first;
      this.count = count;
    }

    @Override
    public boolean next() {
      if (given == count) {
        return false;
      }
      if (given++ == 0) {
        set.seek(first);
        return true;
      }
      return set.next();
    }

    @Override
    public byte[] bytes() {
      return set.bytes();
    }

    @Override
    public int offset() {
      return set.offset();
    }

    @Override
    public int length() {
      return set.length();
    }

    @Override
    public double score() {
      return set.score();
    }
  }

  /** Gives the key at the first argument what has been put together, and replies how much it is. */
  static void store(Request q, Draft draft, long size, RespWriter out) {
    Entry destination = q.key(1);
    boolean isThere = q.db().write(destination);
    if (size > 0) {
      q.db().storeDraft(destination, draft, Partition.NEVER, q.command().event(), 1);
    } else if (isThere) {
      q.db().delete(destination, "del");
    }
    out.integer(size);
  }

  private static void remove(Request q, By by, RespWriter out) {
    ScoreRange range = new ScoreRange(q, 1, by, Direction.FORWARD);
    if (!range.readBounds(out)) {
      return;
    }
    Entry e = q.key(1);
    q.db().write(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    range.resolve(set);
    if (range.count() > 0) {
      set.removeRange(range.first(), range.count());
      q.db().changedElements(e, set, q.command().event(), range.count());
    }
    out.integer(range.count());
  }
}
