package io.hydrion.engine;

import java.util.Locale;

/**
 * Where a command's keys stand: from a first argument on, a range or as many as a number among the
 * arguments says. An unknown spec only tells that there may be more keys, which a {@link KeyFinder}
 * of the row may find.
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
    KEYWORD,
    UNKNOWN
  }

  /** How the keys of a spec are found. */
  public enum Find {
    RANGE,
    KEYNUM,
    UNKNOWN
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

  /**
   * Keys behind a word, or none without it. A word that one key follows counts the last time it is
   * given, as options do; another counts the first time.
   *
   * @param from where the search for the word begins; negative: from the end, and backwards
   * @param last the last key, relative to the first; negative: from the end of the arguments
   * @param limit with last -1: what part of the rest is keys (2: a half); 0 for all of it
   */
  public static KeySpec keyword(
      String word, int from, int last, int step, int limit, String flags) {
    String keyword = word.toLowerCase(Locale.ROOT);
    return new KeySpec(Begin.KEYWORD, from, keyword, Find.RANGE, last, step, limit, flags);
  }

  /** Keys that no rule finds: what they are depends on other options or on data. */
  public static KeySpec unknown(String flags) {
    return new KeySpec(Begin.UNKNOWN, 0, "", Find.UNKNOWN, 0, 0, 0, flags);
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
   * @return false when the arguments do not fit the spec: a number of keys that is none, or no
   *     argument where a key belongs
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
        yield first <= end && end < argc;
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
      case UNKNOWN -> true;
    };
  }

  private int keywordPosition(Request q) {
    if (beginIndex >= 0) {
      boolean option = last == 0;
      int found = -1;
      for (int i = beginIndex; i < q.argc() - 1 && (option || found < 0); i++) {
        if (q.is(i, keyword)) {
          found = ++i;
        }
      }
      return found;
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
