package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.SortedSetValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sorted sets: taking out the members with the lowest or the highest scores. */
final class SortedSetPops {
  static final List<Command> TABLE =
      List.of(
          row(
                  "BZMPOP",
                  -5,
                  "sorted-set",
                  "7.0.0",
                  WRITE | BLOCKING,
                  "timeout:double numkeys key [key ...] <MIN | MAX> [COUNT count]")
              .keys(KeySpec.keyNum(2, "RW ACCESS DELETE"))
              .acl("sortedset")
              .complexity(
                  "O(K)+O(M*log(N)), K = keys, N = members of the sorted set, M = members taken")
              .summary(
                  "Takes members out of the first sorted set that has any, and waits if none has.")
              .run(SortedSetPops::awaitSome),
          row(
                  "BZPOPMAX",
                  -3,
                  "sorted-set",
                  "5.0.0",
                  WRITE | NOSCRIPT | BLOCKING | FAST,
                  "key [key ...] timeout:double")
              .keys(1, -2, 1, "RW ACCESS DELETE")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary(
                  "Takes the member with the highest score out of the first sorted set that has"
                      + " any, and waits if none has.")
              .history("6.0.0", "the timeout may have a fraction")
              .event("zpopmax")
              .run((q, out) -> awaitOne(q, true, out)),
          row(
                  "BZPOPMIN",
                  -3,
                  "sorted-set",
                  "5.0.0",
                  WRITE | NOSCRIPT | BLOCKING | FAST,
                  "key [key ...] timeout:double")
              .keys(1, -2, 1, "RW ACCESS DELETE")
              .acl("sortedset")
              .complexity("O(log(N)), N = members of the sorted set")
              .summary(
                  "Takes the member with the lowest score out of the first sorted set that has any,"
                      + " and waits if none has.")
              .history("6.0.0", "the timeout may have a fraction")
              .event("zpopmin")
              .run((q, out) -> awaitOne(q, false, out)),
          row(
                  "ZMPOP",
                  -4,
                  "sorted-set",
                  "7.0.0",
                  WRITE,
                  "numkeys key [key ...] <MIN | MAX> [COUNT count]")
              .keys(KeySpec.keyNum(1, "RW ACCESS DELETE"))
              .acl("sortedset")
              .complexity(
                  "O(K)+O(M*log(N)), K = keys, N = members of the sorted set, M = members taken")
              .summary(
                  "Takes members with the lowest or highest scores out of the first sorted set that"
                      + " has any.")
              .run(SortedSetPops::popSome),
          row("ZPOPMAX", -2, "sorted-set", "5.0.0", WRITE | FAST, "key [count]")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("sortedset")
              .complexity("O(M*log(N)), M = members taken, N = members of the sorted set")
              .summary("Takes members with the highest scores out of a sorted set.")
              .event("zpopmax")
              .run((q, out) -> pop(q, true, out)),
          row("ZPOPMIN", -2, "sorted-set", "5.0.0", WRITE | FAST, "key [count]")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("sortedset")
              .complexity("O(M*log(N)), M = members taken, N = members of the sorted set")
              .summary("Takes members with the lowest scores out of a sorted set.")
              .event("zpopmin")
              .run((q, out) -> pop(q, false, out)));

  private SortedSetPops() {}

  /** What ZMPOP and BZMPOP are told. */
  private record Options(int firstKey, int keys, boolean isMax, long count) {}

  /** Reads the arguments from the number of keys on; null when the error has been replied. */
  private static @Nullable Options options(Request q, int at, RespWriter out) {
    if (!q.isLong(at) || q.longAt(at) < 1) {
      out.error("ERR numkeys should be greater than 0");
      return null;
    }
    if (q.longAt(at) >= q.argc() - at - 1) {
      out.error(Errors.SYNTAX);
      return null;
    }
    int keys = (int) q.longAt(at);
    int where = at + keys + 1;
    boolean isMax = q.is(where, "max");
    if (!isMax && !q.is(where, "min")) {
      out.error(Errors.SYNTAX);
      return null;
    }
    long count = 1;
    int behind = where + 1;
    if (behind < q.argc()) {
      if (!q.is(behind, "count") || behind + 1 == q.argc()) {
        out.error(Errors.SYNTAX);
        return null;
      }
      if (!q.isLong(behind + 1) || q.longAt(behind + 1) < 1) {
        out.error("ERR count should be greater than 0");
        return null;
      }
      if (behind + 2 < q.argc()) {
        out.error(Errors.SYNTAX);
        return null;
      }
      count = q.longAt(behind + 1);
    }
    return new Options(at + 1, keys, isMax, count);
  }

  private static void awaitSome(Request q, RespWriter out) {
    Options options = options(q, 2, out);
    if (options == null) {
      return;
    }
    long timeout = BlockingOptions.seconds(q, out, 1);
    if (timeout != BlockingOptions.REFUSED && !popFirst(q, options, out)) {
      await(q, options.firstKey, options.firstKey + options.keys - 1, timeout, out);
    }
  }

  private static void await(Request q, int firstKey, int lastKey, long timeout, RespWriter out) {
    if (q.mayBlock()) {
      q.block(firstKey, lastKey, timeout, RespWriter::nilArray);
    } else {
      out.nilArray();
    }
  }

  private static void awaitOne(Request q, boolean isMax, RespWriter out) {
    int last = q.argc() - 2;
    long timeout = BlockingOptions.seconds(q, out, last + 1);
    if (timeout == BlockingOptions.REFUSED) {
      return;
    }
    for (int i = 1; i <= last; i++) {
      Entry e = q.key(i);
      SortedSetValue set = find(q, e, out);
      if (set == null) {
        return;
      }
      if (!set.isEmpty()) {
        out.array(3);
        out.bulk(q.bytes(), q.offset(i), q.length(i));
        take(q, e, set, isMax, 1, false, out);
        q.effect(2).word(isMax ? "ZPOPMAX" : "ZPOPMIN").argument(q, i);
        return;
      }
    }
    await(q, 1, last, timeout, out);
  }

  /**
   * The sorted set of a key, empty when there is none. Null when the key has another value, which
   * has been replied then; whoever waits already goes on to wait for a sorted set instead.
   */
  private static @Nullable SortedSetValue find(Request q, Entry e, RespWriter out) {
    q.db().write(e);
    SortedSetValue set = q.db().sortedSet(e);
    if (set == null && q.isRetry()) {
      e.absent();
      return q.db().sortedSet(e);
    }
    if (set == null) {
      out.error(Errors.WRONG_TYPE);
    }
    return set;
  }

  /** Takes members out of the first key that has any; true when there is a reply. */
  private static boolean popFirst(Request q, Options options, RespWriter out) {
    for (int i = options.firstKey; i < options.firstKey + options.keys; i++) {
      Entry e = q.key(i);
      SortedSetValue set = find(q, e, out);
      if (set == null) {
        return true;
      }
      if (!set.isEmpty()) {
        long count = Math.min(options.count, set.size());
        out.array(2);
        out.bulk(q.bytes(), q.offset(i), q.length(i));
        out.array(count);
        take(q, e, set, options.isMax, count, true, out);
        q.effect(3).word(options.isMax ? "ZPOPMAX" : "ZPOPMIN").argument(q, i).number(count);
        return true;
      }
    }
    return false;
  }

  private static void popSome(Request q, RespWriter out) {
    Options options = options(q, 1, out);
    if (options != null && !popFirst(q, options, out)) {
      out.nilArray();
    }
  }

  private static void pop(Request q, boolean isMax, RespWriter out) {
    if (q.argc() > 3) {
      out.error(Errors.SYNTAX);
      return;
    }
    boolean isCounted = q.argc() == 3;
    if (isCounted && (!q.isLong(2) || q.longAt(2) < 0)) {
      out.error(Errors.NOT_POSITIVE);
      return;
    }
    Entry e = q.key(1);
    SortedSetValue set = find(q, e, out);
    if (set == null) {
      return;
    }
    long count = Math.min(isCounted ? q.longAt(2) : 1, set.size());
    boolean inPairs = isCounted && out.isResp3();
    out.array(inPairs ? count : 2 * count);
    if (count > 0) {
      take(q, e, set, isMax, count, inPairs, out);
    }
  }

  /** Replies so many members from one end, and removes them. */
  private static void take(
      Request q,
      Entry e,
      SortedSetValue set,
      boolean isMax,
      long count,
      boolean inPairs,
      RespWriter out) {
    long size = set.size();
    set.seek(isMax ? size - 1 : 0);
    long left = count;
    do {
      if (inPairs) {
        out.array(2);
      }
      out.bulk(set.bytes(), set.offset(), set.length());
      out.real(set.score());
    } while (--left > 0 && (isMax ? set.previous() : set.next()));
    set.removeRange(isMax ? size - count : 0, count);
    q.db().changedElements(e, set, isMax ? "zpopmax" : "zpopmin", count);
  }
}
