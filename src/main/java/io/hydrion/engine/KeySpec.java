package io.hydrion.engine;

/**
 * Where a command's keys stand: from a first argument on, a range or as many as a number among the
 * arguments says.
 *
 * @param begin how the first argument is found
 * @param beginIndex its position, or where the search for {@code keyword} begins
 * @param keyword the word that stands before it, in lower case; empty for a plain position
 * @param find how the keys are found from there
 * @param last RANGE: the last key, relative to the first; negative: from the end of the arguments.
 *     KEYNUM: where the number stands
 * @param step how many arguments lie from one key to the next
 * @param limit RANGE with last -1: what part of the rest is keys (2: a half); KEYNUM: the first key
 * @param flags what the command does with these keys, in the words of COMMAND INFO
 */
public record KeySpec(
    Begin begin,
    int beginIndex,
    String keyword,
    Find find,
    int last,
    int step,
    int limit,
    String flags) {

  /** How the first argument of a spec is found. */
  public enum Begin {
    INDEX,
    KEYWORD
  }

  /** How the keys of a spec are found. */
  public enum Find {
    RANGE,
    KEYNUM
  }

  /** Takes the position of each key. */
  @FunctionalInterface
  public interface Positions {
    void key(int position);
  }

  /** Keys from one fixed position to another; a negative last one counts from the end. */
  public static KeySpec range(int first, int last, int step, String flags) {
    int relative = last >= 0 ? last - first : last;
    return new KeySpec(Begin.INDEX, first, "", Find.RANGE, relative, step, 0, flags);
  }

  /** As many keys as the argument at a position says, right behind it. */
  public static KeySpec keyNum(int position, String flags) {
    return new KeySpec(Begin.INDEX, position, "", Find.KEYNUM, 0, 1, 1, flags);
  }

  /** Whether the arguments are keys, not channels that are only routed like keys. */
  public boolean isKey() {
    return !flags.contains("NOT_KEY");
  }

  /** Whether the keys are where COMMAND INFO's first, last and step say. */
  boolean isPlainRange() {
    return begin == Begin.INDEX && find == Find.RANGE && limit == 0;
  }

  /**
   * Gives the positions of the keys.
   *
   * @return false when the arguments do not fit the spec: a number of keys that is none
   */
  boolean positions(Request q, Positions to) {
    int argc = q.argc();
    int first = beginIndex;
    if (begin == Begin.KEYWORD) {
      first = keywordPosition(q);
      if (first < 0) {
        return true;
      }
    }
    return switch (find) {
      case RANGE -> {
        int end = last >= 0 ? first + last : argc + last;
        if (limit > 1) {
          end = first + (argc - first) / limit + last;
        }
        for (int i = first; i <= end && i < argc; i += step) {
          to.key(i);
        }
        yield true;
      }
      case KEYNUM -> {
        int at = first + last;
        if (at >= argc || !q.isLong(at)) {
          yield false;
        }
        long count = q.longAt(at);
        int begins = first + limit;
        if (count < 1 || count > (argc - begins + step - 1) / step) {
          yield false;
        }
        for (int i = 0; i < count; i++) {
          to.key(begins + i * step);
        }
        yield true;
      }
    };
  }

  private int keywordPosition(Request q) {
    if (beginIndex >= 0) {
      for (int i = beginIndex; i < q.argc() - 1; i++) {
        if (q.is(i, keyword)) {
          return i + 1;
        }
      }
    } else {
      for (int i = q.argc() + beginIndex; i > 0; i--) {
        if (q.is(i, keyword)) {
          return i + 1;
        }
      }
    }
    return -1;
  }
}
