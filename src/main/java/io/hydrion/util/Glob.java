package io.hydrion.util;

/**
 * Glob patterns as KEYS and PSUBSCRIBE know them: {@code *}, {@code ?}, {@code [a-z]}, {@code [^a]}
 * and a backslash that takes the next character as itself.
 */
public final class Glob {
  /*
   * Backtracking is limited to the last star: when a later part does not match, only that star takes
   * one more character. That is enough, and makes the worst case quadratic, not exponential.
   */

  /** What needs more stars than this to match does not match, as in Redis; the last one is free. */
  private static final int STARS_MAX = 1000;

  private Glob() {}

  public static boolean matches(byte[] pattern, byte[] text) {
    return matches(pattern, 0, pattern.length, text, 0, text.length);
  }

  public static boolean matches(
      byte[] pattern, int patternOffset, int patternLength, byte[] text, int offset, int length) {
    int p = patternOffset;
    int patternEnd = patternOffset + patternLength;
    int t = offset;
    int end = offset + length;
    if (length == 0) {
      return patternLength == 0; // Redis lets a star match nothing, but not within nothing
    }
    int starPattern = -1;
    int starText = 0;
    int stars = 0;
    while (t < end) {
      int next = -1;
      if (p < patternEnd) {
        if (pattern[p] == '*') {
          while (p < patternEnd && pattern[p] == '*') {
            p++;
          }
          if (p == patternEnd) {
            return true;
          }
          if (++stars > STARS_MAX) {
            return false;
          }
          starPattern = p;
          starText = t;
          continue;
        }
        next = matchOne(pattern, p, patternEnd, text[t]);
      }
      if (next >= 0) {
        p = next;
        t++;
      } else if (starPattern >= 0) {
        p = starPattern;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < patternEnd && pattern[p] == '*') {
      p++;
    }
    return p == patternEnd;
  }

  /** The offset after the pattern's next element when it matches a character; -1 when not. */
  private static int matchOne(byte[] pattern, int p, int end, byte c) {
    switch (pattern[p]) {
      case '?':
        return p + 1;
      case '[':
        return matchClass(pattern, p + 1, end, c);
      case '\\':
        int literal = p + 1 < end ? p + 1 : p;
        return pattern[literal] == c ? literal + 1 : -1;
      default:
        return pattern[p] == c ? p + 1 : -1;
    }
  }

  private static int matchClass(byte[] pattern, int from, int end, byte c) {
    int p = from;
    boolean negated = p < end && pattern[p] == '^';
    if (negated) {
      p++;
    }
    boolean found = false;
    int wanted = c & 0xff;
    while (p < end && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < end) {
        p++;
        found |= pattern[p] == c;
        p++;
      } else if (p + 2 < end && pattern[p + 1] == '-') {
        int low = pattern[p] & 0xff;
        int high = pattern[p + 2] & 0xff;
        found |= wanted >= Math.min(low, high) && wanted <= Math.max(low, high);
        p += 3;
      } else {
        found |= pattern[p] == c;
        p++;
      }
    }
    return found == negated ? -1 : Math.min(p + 1, end);
  }
}
