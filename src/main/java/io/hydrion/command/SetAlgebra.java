package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.ElementVisitor;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What several sets share, have together, or leave of the first; replied, stored or counted. */
final class SetAlgebra {
  /*
   * One set is walked over and its members are looked for in the others. Both tables of a large set
   * are in the order of the same hash, so these look-ups go through the other table from its
   * beginning to its end instead of jumping about. The result then needs no memory but for itself;
   * it is put together as a set of its own only where that saves most of the look-ups, or where it
   * is to be stored.
   */
  static final List<Command> TABLE =
      List.of(
          row("SDIFF", -2, "set", "1.0.0", READONLY, "key [key ...]")
              .keys(1, -1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = members of all the sets")
              .summary("Subtracts sets from the first one.")
              .run((q, out) -> reply(q, Operation.DIFFERENCE, out)),
          row("SDIFFSTORE", -3, "set", "1.0.0", WRITE | DENYOOM, "destination key [key ...]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(2, -1, 1, "RO ACCESS")
              .acl("set")
              .complexity("O(N), N = members of all the sets")
              .summary("Subtracts sets from the first one and stores what is left.")
              .event("sdiffstore")
              .run((q, out) -> store(q, Operation.DIFFERENCE, out)),
          row("SINTER", -2, "set", "1.0.0", READONLY, "key [key ...]")
              .keys(1, -1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output_order")
              .complexity("O(N*M), N = members of the smallest set, M = sets")
              .summary("Finds the members that all the sets share.")
              .run((q, out) -> reply(q, Operation.INTERSECTION, out)),
          row("SINTERCARD", -3, "set", "7.0.0", READONLY, "numkeys key [key ...] [LIMIT limit]")
              .keys(KeySpec.keyNum(1, "RO ACCESS"))
              .acl("set")
              .complexity("O(N*M), N = members of the smallest set, M = sets")
              .summary("Counts the members that all the sets share.")
              .run(SetAlgebra::count),
          row("SINTERSTORE", -3, "set", "1.0.0", WRITE | DENYOOM, "destination key [key ...]")
              .keys(1, 1, 1, "RW UPDATE")
              .keys(2, -1, 1, "RO ACCESS")
              .acl("set")
              .complexity("O(N*M), N = members of the smallest set, M = sets")
              .summary("Stores the members that all the sets share.")
              .event("sinterstore")
              .run((q, out) -> store(q, Operation.INTERSECTION, out)),
          row("SUNION", -2, "set", "1.0.0", READONLY, "key [key ...]")
              .keys(1, -1, 1, "RO ACCESS")
              .acl("set")
              .tips("nondeterministic_output_order")
              .complexity("O(N), N = members of all the sets")
              .summary("Joins sets.")
              .run((q, out) -> reply(q, Operation.UNION, out)),
          row("SUNIONSTORE", -3, "set", "1.0.0", WRITE | DENYOOM, "destination key [key ...]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(2, -1, 1, "RO ACCESS")
              .acl("set")
              .complexity("O(N), N = members of all the sets")
              .summary("Joins sets and stores the result.")
              .event("sunionstore")
              .run((q, out) -> store(q, Operation.UNION, out)));

  private enum Operation {
    INTERSECTION,
    UNION,
    DIFFERENCE
  }

  /** What it takes to have a set at hand, in bytes. */
  private static final int BYTES_A_SET = 600;

  /** Of so many sets a member of the last one is looked for in all others; of more it is not. */
  private static final int JOINED_BY_LOOKUP_MAX = 8;

  private static final Comparator<SetValue> SMALLEST_FIRST =
      Comparator.comparingLong(SetValue::size);

  private SetAlgebra() {}

  private static void reply(Request q, Operation operation, RespWriter out) {
    List<SetValue> sets = operands(q, operation, 1, q.argc() - 1, out);
    if (sets == null) {
      return;
    }
    if (sets.size() == 1) {
      SetCommands.replyAll(sets.getFirst(), out);
    } else if (isBuilt(operation, sets)) {
      SetValue result = q.db().draft().set();
      build(operation, sets, result);
      SetCommands.replyAll(result, out);
    } else {
      BulkList found = new BulkList();
      walk(operation, sets, found::add);
      if (found.isFull()) {
        out.error(BulkList.TOO_LARGE);
      } else {
        found.writeSetTo(out);
      }
    }
  }

  /** The result is whole before the destination changes, so that nothing is ever half done. */
  private static void store(Request q, Operation operation, RespWriter out) {
    List<SetValue> sets = operands(q, operation, 2, q.argc() - 2, out);
    if (sets == null) {
      return;
    }
    Draft draft = q.db().draft();
    SetValue result = draft.set();
    build(operation, sets, result);
    long size = result.size();
    Entry destination = q.key(1);
    boolean isThere = q.db().write(destination);
    if (size > 0) {
      q.db().storeDraft(destination, draft, Partition.NEVER, q.command().event(), 1);
    } else if (isThere) {
      q.db().delete(destination, "del");
    }
    out.integer(size);
  }

  private static void count(Request q, RespWriter out) {
    if (!q.isLong(1) || q.longAt(1) < 1) {
      out.error("ERR numkeys should be greater than 0");
      return;
    }
    if (q.longAt(1) > q.argc() - 2) {
      out.error("ERR Number of keys can't be greater than number of args");
      return;
    }
    int keys = (int) q.longAt(1);
    long limit = 0;
    for (int i = 2 + keys; i < q.argc(); i += 2) {
      if (!q.is(i, "limit") || i + 1 == q.argc()) {
        out.error(Errors.SYNTAX);
        return;
      }
      if (!q.isLong(i + 1) || q.longAt(i + 1) < 0) {
        out.error("ERR LIMIT can't be negative");
        return;
      }
      limit = q.longAt(i + 1);
    }
    List<SetValue> sets = operands(q, Operation.INTERSECTION, 2, keys, out);
    if (sets != null) {
      out.integer(sets.isEmpty() ? 0 : countShared(sets, limit == 0 ? Long.MAX_VALUE : limit));
    }
  }

  /** How many members the sets share, or the limit when they share more. */
  private static long countShared(List<SetValue> sets, long limit) {
    SetValue smallest = sets.getFirst();
    if (sets.size() == 1) {
      return Math.min(limit, smallest.size());
    }
    long[] shared = {0};
    long cursor = 0;
    do {
      cursor =
          smallest.scan(
              cursor, 1, (a, at, n) -> shared[0] += areIn(sets, 1, sets.size(), a, at, n) ? 1 : 0);
    } while (cursor != 0 && shared[0] < limit);
    return Math.min(limit, shared[0]);
  }

  /**
   * The sets that matter, in the order in which {@link #walk} wants them; none when the result is
   * empty, a single one when it is the result. Null when a key holds something else, which has been
   * replied then.
   */
  private static @Nullable List<SetValue> operands(
      Request q, Operation operation, int first, int count, RespWriter out) {
    Room.forBytes((long) count * BYTES_A_SET);
    List<SetValue> sets = new ArrayList<>();
    boolean isFirstThere = false;
    Entry e = new Entry();
    for (int i = first; i < first + count; i++) {
      if (!q.db().read(q.key(i, e))) {
        continue;
      }
      SetValue set = q.db().newSet(e);
      if (set == null) {
        out.error(Errors.WRONG_TYPE);
        return null;
      }
      isFirstThere |= i == first;
      sets.add(set);
      e = new Entry();
    }
    return switch (operation) {
      case INTERSECTION -> sets.size() < count ? List.of() : factors(sets);
      case UNION -> {
        sets.sort(SMALLEST_FIRST.reversed());
        yield sets;
      }
      case DIFFERENCE -> isFirstThere ? minuendAndOthers(sets) : List.of();
    };
  }

  /** The smallest set, and then the others from the smallest on; none is it a second time. */
  private static List<SetValue> factors(List<SetValue> sets) {
    sets.sort(SMALLEST_FIRST);
    SetValue smallest = sets.getFirst();
    sets.subList(1, sets.size()).removeIf(smallest::isSameAs);
    return sets;
  }

  /** The set that is subtracted from, and then the others from the largest on. */
  private static List<SetValue> minuendAndOthers(List<SetValue> sets) {
    List<SetValue> others = sets.subList(1, sets.size());
    if (others.stream().anyMatch(sets.getFirst()::isSameAs)) {
      return List.of();
    }
    others.sort(SMALLEST_FIRST.reversed());
    return sets;
  }

  /**
   * Whether it takes less to put the result together than to look for each member in the other
   * sets.
   */
  private static boolean isBuilt(Operation operation, List<SetValue> sets) {
    return switch (operation) {
      case INTERSECTION -> false;
      case UNION -> sets.size() > JOINED_BY_LOOKUP_MAX;
      case DIFFERENCE -> !sets.isEmpty() && isSubtractedFromCopy(sets);
    };
  }

  /** Redis's rule: half of the look-ups that there may be, beside the members of all sets. */
  private static boolean isSubtractedFromCopy(List<SetValue> sets) {
    long lookups = sets.getFirst().size() * sets.size() / 2;
    return lookups > sets.stream().mapToLong(SetValue::size).sum();
  }

  /** Puts the result together in a set that is empty. */
  private static void build(Operation operation, List<SetValue> sets, SetValue result) {
    if (operation == Operation.UNION && sets.size() > 1) {
      sets.getFirst().forEach(result::addAbsent);
      sets.stream().skip(1).forEach(set -> set.forEach(result::add));
    } else if (isBuilt(operation, sets)) {
      sets.getFirst().forEach(result::addAbsent);
      for (int i = 1; i < sets.size() && !result.isEmpty(); i++) {
        sets.get(i).forEach(result::remove);
      }
    } else {
      walk(operation, sets, result::addAbsent);
    }
  }

  /** Shows the members of the result, each once. */
  private static void walk(Operation operation, List<SetValue> sets, ElementVisitor to) {
    if (sets.isEmpty()) {
      return;
    }
    int size = sets.size();
    SetValue first = sets.getFirst();
    switch (operation) {
      case INTERSECTION ->
          first.forEach(
              (a, at, n) -> {
                if (areIn(sets, 1, size, a, at, n)) {
                  to.visit(a, at, n);
                }
              });
      case UNION -> {
        for (int i = 0; i < size; i++) {
          int before = i;
          sets.get(i)
              .forEach(
                  (a, at, n) -> {
                    if (!isInAny(sets, 0, before, a, at, n)) {
                      to.visit(a, at, n);
                    }
                  });
        }
      }
      case DIFFERENCE ->
          first.forEach(
              (a, at, n) -> {
                if (!isInAny(sets, 1, size, a, at, n)) {
                  to.visit(a, at, n);
                }
              });
    }
  }

  /** Whether all sets of a range have a member. */
  private static boolean areIn(List<SetValue> sets, int from, int to, byte[] a, int at, int n) {
    for (int i = from; i < to; i++) {
      if (!sets.get(i).contains(a, at, n)) {
        return false;
      }
    }
    return true;
  }

  /** Whether any set of a range has a member. */
  private static boolean isInAny(List<SetValue> sets, int from, int to, byte[] a, int at, int n) {
    for (int i = from; i < to; i++) {
      if (sets.get(i).contains(a, at, n)) {
        return true;
      }
    }
    return false;
  }
}
