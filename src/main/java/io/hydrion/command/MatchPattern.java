package io.hydrion.command;

import io.hydrion.util.Bytes;
import io.hydrion.util.Glob;
import io.hydrion.util.Slots;

/** The glob pattern of KEYS or of an option MATCH; everything matches as long as there is none. */
final class MatchPattern {
  private byte[] pattern = Bytes.EMPTY;
  private int offset;
  private int length;
  private boolean matchesAll = true;

  /** Takes a pattern; of two patterns the later counts. */
  void set(byte[] a, int off, int len) {
    pattern = a;
    offset = off;
    length = len;
    matchesAll = len == 1 && a[off] == '*';
  }

  boolean matches(byte[] a, int off, int len) {
    return matchesAll || Glob.matches(pattern, offset, length, a, off, len);
  }

  /** Whether the pattern can match more than the one text that it spells. */
  boolean hasWildcard() {
    for (int i = offset; i < offset + length; i++) {
      if (isSpecial(pattern[i])) {
        return true;
      }
    }
    return false;
  }

  /**
   * The slot that all keys are in which match the pattern: it is known when the pattern spells a
   * hash tag out, and has no wildcard before its end. -1 when it is not known.
   */
  int slotOfTag() {
    int open = -1;
    for (int i = offset; i < offset + length; i++) {
      if (isSpecial(pattern[i])) {
        return -1;
      }
      if (pattern[i] == '{' && open < 0) {
        open = i;
      } else if (pattern[i] == '}' && open >= 0) {
        return i == open + 1 ? -1 : Slots.of(pattern, open, i + 1 - open);
      }
    }
    return -1;
  }

  private static boolean isSpecial(byte c) {
    return c == '*' || c == '?' || c == '[' || c == '\\';
  }
}
