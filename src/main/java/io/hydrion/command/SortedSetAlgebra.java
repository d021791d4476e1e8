package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.ScoredList;
import io.hydrion.store.ValueType;
import io.hydrion.util.DoubleText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What several sorted sets, or plain sets, whose members all have score 1, share, have together, or
 * leave of the first; replied, stored or counted.
 */
final class SortedSetAlgebra {
  static final List<Command> TABLE =
      List.of(
          row("ZDIFF", -3, "sorted-set", "6.2.0", READONLY, "numkeys key [key ...] [WITHSCORES]")
              .keys(KeySpec.keyNum(1, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(L+(N-K)*log(N)), L = members of all the sets, N = those of the first, K ="
                      + " those of the result")
              .summary("Subtracts sorted sets from the first one.")
              .run((q, out) -> reply(q, Operation.DIFFERENCE, out)),
          row(
                  "ZDIFFSTORE",
                  -4,
                  "sorted-set",
                  "6.2.0",
                  WRITE | DENYOOM,
                  "destination numkeys key [key ...]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(KeySpec.keyNum(2, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(L+(N-K)*log(N)), L = members of all the sets, N = those of the first, K ="
                      + " those of the result")
              .summary("Subtracts sorted sets from the first one and stores what is left.")
              .event("zdiffstore")
              .run((q, out) -> store(q, Operation.DIFFERENCE, out)),
          row(
                  "ZINTER",
                  -3,
                  "sorted-set",
                  "6.2.0",
                  READONLY,
                  "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE aggregate=<SUM |"
                      + " MIN | MAX>] [WITHSCORES]")
              .keys(KeySpec.keyNum(1, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(N*K)+O(M*log(M)), N = members of the smallest set, K = sets, M = members of"
                      + " the result")
              .summary("Finds the members that all the sorted sets share.")
              .run((q, out) -> reply(q, Operation.INTERSECTION, out)),
          row(
                  "ZINTERCARD",
                  -3,
                  "sorted-set",
                  "7.0.0",
                  READONLY,
                  "numkeys key [key ...] [LIMIT limit]")
              .keys(KeySpec.keyNum(1, "RO ACCESS"))
              .acl("sortedset")
              .complexity("O(N*K), N = members of the smallest set, K = sets")
              .summary("Counts the members that all the sorted sets share.")
              .run(SortedSetAlgebra::count),
          row(
                  "ZINTERSTORE",
                  -4,
                  "sorted-set",
                  "2.0.0",
                  WRITE | DENYOOM,
                  "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE"
                      + " aggregate=<SUM | MIN | MAX>]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(KeySpec.keyNum(2, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(N*K)+O(M*log(M)), N = members of the smallest set, K = sets, M = members of"
                      + " the result")
              .summary("Stores the members that all the sorted sets share.")
              .event("zinterstore")
              .run((q, out) -> store(q, Operation.INTERSECTION, out)),
          row(
                  "ZUNION",
                  -3,
                  "sorted-set",
                  "6.2.0",
                  READONLY,
                  "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE aggregate=<SUM |"
                      + " MIN | MAX>] [WITHSCORES]")
              .keys(KeySpec.keyNum(1, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(N)+O(M*log(M)), N = members of all the sets, M = members of the result")
              .summary("Joins sorted sets.")
              .run((q, out) -> reply(q, Operation.UNION, out)),
          row(
                  "ZUNIONSTORE",
                  -4,
                  "sorted-set",
                  "2.0.0",
                  WRITE | DENYOOM,
                  "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE"
                      + " aggregate=<SUM | MIN | MAX>]")
              .keys(1, 1, 1, "OW UPDATE")
              .keys(KeySpec.keyNum(2, "RO ACCESS"))
              .acl("sortedset")
              .complexity(
                  "O(N)+O(M*log(M)), N = members of all the sets, M = members of the result")
              .summary("Joins sorted sets and stores the result.")
              .event("zunionstore")
              .run((q, out) -> store(q, Operation.UNION, out)));

  private enum Operation {
    INTERSECTION,
    UNION,
    DIFFERENCE
  }

  private enum Aggregate {
    SUM,
    MIN,
    MAX
  }

  /** What it takes to have a set at hand, in bytes. */
  private static final int BYTES_A_SET = 1000;

  private static final Comparator<ScoredOperand> SMALLEST_FIRST =
      Comparator.comparingLong(ScoredOperand::size);

  private final Request q;
  private final Operation operation;
  private final int numkeys;
  private final boolean isStored;
  private final boolean isCounted;
  private final List<ScoredOperand> operands = new ArrayList<>();
  private Aggregate aggregate = Aggregate.SUM;
  private boolean withScores;
  private long limit;

  private SortedSetAlgebra(
      Request q, Operation operation, int numkeys, boolean isStored, boolean isCounted) {
    this.q = q;
    this.operation = operation;
    this.numkeys = numkeys;
    this.isStored = isStored;
    this.isCounted = isCounted;
  }

  private static void reply(Request q, Operation operation, RespWriter out) {
    SortedSetAlgebra algebra = new SortedSetAlgebra(q, operation, 1, false, false);
    if (!algebra.read(out)) {
      return;
    }
    ScoredList result = algebra.result();
    SortedSetCommands.replyHead(result.size(), algebra.withScores, out);
    while (result.next()) {
      if (algebra.withScores && out.isResp3()) {
        out.array(2);
      }
      out.bulk(result.bytes(), result.offset(), result.length());
      if (algebra.withScores) {
        out.real(result.score());
      }
    }
  }

  private static void store(Request q, Operation operation, RespWriter out) {
    SortedSetAlgebra algebra = new SortedSetAlgebra(q, operation, 2, true, false);
    if (!algebra.read(out)) {
      return;
    }
    ScoredList result = algebra.result();
    Draft draft = q.db().draft();
    int size = result.size();
    if (size > 0) {
      draft.sortedSet().build(size, result.longest(), result.textBytes(), result);
    }
    SortedSetRanges.store(q, draft, size, out);
  }

  private static void count(Request q, RespWriter out) {
    SortedSetAlgebra algebra = new SortedSetAlgebra(q, Operation.INTERSECTION, 1, false, true);
    if (algebra.read(out)) {
      out.integer(algebra.countShared());
    }
  }

  // ---- arguments

  /** Reads all arguments and finds the sets; false when an error has been replied. */
  private boolean read(RespWriter out) {
    if (!q.isLong(numkeys)) {
      out.error(Errors.NOT_INTEGER);
      return false;
    }
    long keys = q.longAt(numkeys);
    if (keys < 1) {
      out.error("ERR at least 1 input key is needed for '" + q.command().fullName() + "' command");
      return false;
    }
    if (keys > q.argc() - numkeys - 1) {
      out.error(Errors.SYNTAX);
      return false;
    }
    return find((int) keys, out) && readOptions(numkeys + 1 + (int) keys, out);
  }

  private boolean find(int keys, RespWriter out) {
    Room.forBytes((long) keys * BYTES_A_SET);
    for (int i = numkeys + 1; i <= numkeys + keys; i++) {
      Entry e = q.key(i, new Entry());
      boolean isThere = q.db().read(e);
      if (isThere && e.type() != ValueType.SORTED_SET && e.type() != ValueType.SET) {
        out.error(Errors.WRONG_TYPE);
        return false;
      }
      boolean isPlain = isThere && e.type() == ValueType.SET;
      operands.add(
          isPlain
              ? new ScoredOperand(q.db().newSet(e), null)
              : new ScoredOperand(null, q.db().newSortedSet(e)));
    }
    return true;
  }

  private boolean readOptions(int from, RespWriter out) {
    boolean isWeighted = operation != Operation.DIFFERENCE && !isCounted;
    int i = from;
    while (i < q.argc()) {
      if (isWeighted && q.is(i, "weights") && q.argc() - i > operands.size()) {
        if (!readWeights(i + 1, out)) {
          return false;
        }
        i += operands.size() + 1;
      } else if (isWeighted && q.is(i, "aggregate") && i + 1 < q.argc()) {
        Aggregate named = aggregateAt(i + 1);
        if (named == null) {
          out.error(Errors.SYNTAX);
          return false;
        }
        aggregate = named;
        i += 2;
      } else if (!isStored && !isCounted && q.is(i, "withscores")) {
        withScores = true;
        i++;
      } else if (isCounted && q.is(i, "limit") && i + 1 < q.argc()) {
        if (!q.isLong(i + 1) || q.longAt(i + 1) < 0) {
          out.error("ERR LIMIT can't be negative");
          return false;
        }
        limit = q.longAt(i + 1);
        i += 2;
      } else {
        out.error(Errors.SYNTAX);
        return false;
      }
    }
    return true;
  }

  private boolean readWeights(int from, RespWriter out) {
    for (int k = 0; k < operands.size(); k++) {
      double weight = DoubleText.parse(q.bytes(), q.offset(from + k), q.length(from + k));
      if (Double.isNaN(weight)) {
        out.error("ERR weight value is not a float");
        return false;
      }
      operands.get(k).weight = weight;
    }
    return true;
  }

  private @Nullable Aggregate aggregateAt(int i) {
    return q.is(i, "sum")
        ? Aggregate.SUM
        : q.is(i, "min") ? Aggregate.MIN : q.is(i, "max") ? Aggregate.MAX : null;
  }

  // ---- results

  /** The members of the result, in order. */
  private ScoredList result() {
    ScoredList result = new ScoredList(q.engine().keyspace().seed());
    switch (operation) {
      case INTERSECTION -> {
        operands.sort(SMALLEST_FIRST);
        intersect(result);
      }
      case UNION -> {
        operands.sort(SMALLEST_FIRST);
        operands.forEach(operand -> join(operand, result));
      }
      case DIFFERENCE -> subtract(result);
    }
    result.sort();
    return result;
  }

  /** As Redis does it: what is not a number counts as 0. */
  private static double weigh(double weight, double score) {
    double weighed = weight * score;
    return Double.isNaN(weighed) ? 0 : weighed;
  }

  private double aggregate(double one, double other) {
    return switch (aggregate) {
      case SUM -> {
        double sum = one + other;
        yield Double.isNaN(sum) ? 0 : sum;
      }
      case MIN -> other < one ? other : one;
      case MAX -> other > one ? other : one;
    };
  }

  private void intersect(ScoredList result) {
    ScoredOperand smallest = operands.getFirst();
    smallest.forEach(
        (a, at, n, score) -> {
          double sum = weigh(smallest.weight, score);
          for (int i = 1; i < operands.size(); i++) {
            ScoredOperand other = operands.get(i);
            if (!other.find(a, at, n)) {
              return;
            }
            sum = aggregate(sum, other.weight * other.score());
          }
          result.add(a, at, n, sum);
        });
  }

  private void join(ScoredOperand operand, ScoredList result) {
    operand.forEach(
        (a, at, n, score) -> {
          double weighed = weigh(operand.weight, score);
          int there = result.addOrFind(a, at, n, weighed);
          if (there >= 0) {
            result.setScore(there, aggregate(result.scoreAt(there), weighed));
          }
        });
  }

  /** Looks for the first one's members in the others, or for the others' in it: Redis's rule. */
  private void subtract(ScoredList result) {
    ScoredOperand first = operands.getFirst();
    List<ScoredOperand> others = operands.subList(1, operands.size());
    if (first.size() == 0 || others.stream().anyMatch(first::isSameAs)) {
      return;
    }
    others.sort(SMALLEST_FIRST.reversed());
    long lookups = first.size() * operands.size() / 2;
    if (lookups <= operands.stream().mapToLong(ScoredOperand::size).sum()) {
      first.forEach(
          (a, at, n, score) -> {
            if (others.stream().noneMatch(other -> other.find(a, at, n))) {
              result.add(a, at, n, score);
            }
          });
      return;
    }
    first.forEach(result::add);
    for (ScoredOperand other : others) {
      other.forEach(
          (a, at, n, score) -> {
            int there = result.find(a, at, n);
            if (there >= 0 && !result.isRemoved(there)) {
              result.remove(there);
            }
          });
    }
  }

  private long countShared() {
    operands.sort(SMALLEST_FIRST);
    ScoredOperand smallest = operands.getFirst();
    long most = limit == 0 ? Long.MAX_VALUE : limit;
    long[] shared = {0};
    long cursor = 0;
    do {
      cursor =
          smallest.scan(
              cursor,
              (a, at, n, score) -> {
                for (int i = 1; i < operands.size(); i++) {
                  if (!operands.get(i).find(a, at, n)) {
                    return;
                  }
                }
                shared[0]++;
              });
    } while (cursor != 0 && shared[0] < most);
    return Math.min(most, shared[0]);
  }
}
