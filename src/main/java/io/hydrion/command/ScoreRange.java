package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.SortedSetValue;
import io.hydrion.util.DoubleText;
import org.jspecify.annotations.Nullable;

/**
 * A range of a sorted set as ZRANGE and its kin name it: two bounds behind the key, then options.
 * Whatever it is a range of, it becomes one of ranks.
 */
final class ScoreRange {
  /** What the bounds are. */
  enum By {
    RANK,
    SCORE,
    MEMBER
  }

  /** In which order the members are wanted; ANY: as an option says, else forward. */
  enum Direction {
    ANY,
    FORWARD,
    REVERSE
  }

  private static final long NO_LIMIT = -1;

  private final Request q;
  private final int key;
  private @Nullable By option;
  private By by = By.RANK;
  private Direction direction;
  private boolean withScores;
  private long offset;
  private long limit = NO_LIMIT;

  // The bounds as they have been read: ranks, or scores; which of them are not in the range.
  private long start;
  private long stop;
  private double lowest;
  private double highest;
  private int low;
  private int high;
  private boolean isLowOpen;
  private boolean isHighOpen;

  private long first;
  private long count;

  /**
   * @param key the argument that names the sorted set
   * @param by null: as an option says, else by rank
   */
  ScoreRange(Request q, int key, @Nullable By by, Direction direction) {
    this.q = q;
    this.key = key;
    this.option = by;
    this.direction = direction;
  }

  boolean withScores() {
    return withScores;
  }

  boolean isReverse() {
    return direction == Direction.REVERSE;
  }

  /** The lowest rank of the members that are asked for. */
  long first() {
    return first;
  }

  long count() {
    return count;
  }

  /** Reads what follows the bounds; false when it makes no sense: the error has been replied. */
  boolean readOptions(boolean scoresAllowed, RespWriter out) {
    for (int i = key + 3; i < q.argc(); i++) {
      if (scoresAllowed && q.is(i, "withscores")) {
        withScores = true;
      } else if (q.is(i, "limit") && i + 2 < q.argc()) {
        if (!q.isLong(i + 1) || !q.isLong(i + 2)) {
          out.error(Errors.NOT_INTEGER);
          return false;
        }
        offset = q.longAt(i + 1);
        limit = q.longAt(i + 2);
        i += 2;
      } else if (direction == Direction.ANY && q.is(i, "rev")) {
        direction = Direction.REVERSE;
      } else if (option == null && q.is(i, "bylex")) {
        option = By.MEMBER;
      } else if (option == null && q.is(i, "byscore")) {
        option = By.SCORE;
      } else {
        out.error(Errors.SYNTAX);
        return false;
      }
    }
    if (limit != NO_LIMIT && (option == null || option == By.RANK)) {
      out.error(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
      return false;
    }
    if (withScores && option == By.MEMBER) {
      out.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
      return false;
    }
    return true;
  }

  /** Reads the bounds; false when they make no sense: the error has been replied. */
  boolean readBounds(RespWriter out) {
    by = option == null ? By.RANK : option;
    boolean isSwapped = isReverse() && by != By.RANK;
    low = isSwapped ? key + 2 : key + 1;
    high = isSwapped ? key + 1 : key + 2;
    return switch (by) {
      case RANK -> {
        boolean isValid = q.isLong(low) && q.isLong(high);
        if (isValid) {
          start = q.longAt(low);
          stop = q.longAt(high);
        } else {
          out.error(Errors.NOT_INTEGER);
        }
        yield isValid;
      }
      case SCORE -> {
        isLowOpen = isOpen(low);
        isHighOpen = isOpen(high);
        lowest = score(low, isLowOpen);
        highest = score(high, isHighOpen);
        boolean isValid = !Double.isNaN(lowest) && !Double.isNaN(highest);
        if (!isValid) {
          out.error("ERR min or max is not a float");
        }
        yield isValid;
      }
      case MEMBER -> {
        isLowOpen = isOpen(low);
        isHighOpen = isOpen(high);
        boolean isValid = isMember(low) && isMember(high);
        if (!isValid) {
          out.error("ERR min or max not valid string range item");
        }
        yield isValid;
      }
    };
  }

  private int firstByte(int i) {
    return q.length(i) == 0 ? 0 : q.bytes()[q.offset(i)];
  }

  private boolean isOpen(int i) {
    return firstByte(i) == '(';
  }

  private double score(int i, boolean isOpen) {
    int skipped = isOpen ? 1 : 0;
    return DoubleText.parseBound(q.bytes(), q.offset(i) + skipped, q.length(i) - skipped);
  }

  /** Whether an argument names a member, or an end of all there can be. */
  private boolean isMember(int i) {
    return switch (firstByte(i)) {
      case '(', '[' -> true;
      case '+', '-' -> q.length(i) == 1 || q.bytes()[q.offset(i) + 1] == 0;
      default -> false;
    };
  }

  /** Finds out which ranks of a sorted set the range means. */
  void resolve(SortedSetValue set) {
    long size = set.size();
    if (by == By.RANK) {
      long from = Math.max(start < 0 ? start + size : start, 0);
      long to = Math.min(stop < 0 ? stop + size : stop, size - 1);
      first = isReverse() ? size - 1 - to : from;
      count = from > to ? 0 : to - from + 1;
      return;
    }
    first = size == 0 ? 0 : countBelow(set, low, lowest, isLowOpen);
    long end = first == size ? size : countBelow(set, high, highest, !isHighOpen);
    count = Math.max(end - first, 0);
    applyLimit();
  }

  private long countBelow(SortedSetValue set, int i, double score, boolean includesBound) {
    if (by == By.SCORE) {
      return set.countBelow(score, includesBound);
    }
    return switch (firstByte(i)) {
      case '-' -> 0;
      case '+' -> set.size();
      default -> set.countBelow(q.bytes(), q.offset(i) + 1, q.length(i) - 1, includesBound);
    };
  }

  private void applyLimit() {
    long skipped = offset < 0 ? count : Math.min(offset, count);
    long wanted = limit < 0 ? count - skipped : Math.min(limit, count - skipped);
    first += isReverse() ? count - skipped - wanted : skipped;
    count = wanted;
  }
}
