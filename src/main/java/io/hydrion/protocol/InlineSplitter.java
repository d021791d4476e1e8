package io.hydrion.protocol;

/**
 * Splits an inline command line into arguments, with Redis's quoting: double quotes know {@code \n
 * \r \t \b \a \xHH} and take any other escaped character as itself, single quotes know only {@code
 * \'}.
 */
final class InlineSplitter {
  private InlineSplitter() {}

  /** Whether a line may have to be unescaped. */
  static boolean hasQuote(byte[] a, int from, int end) {
    for (int i = from; i < end; i++) {
      if (a[i] == '"' || a[i] == '\'') {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds the arguments of the line to the batch. Unescaped arguments are written over the line.
   *
   * @return false when a quote is not closed, or closed in the middle of a word
   */
  static boolean split(byte[] a, int from, int end, CommandBatch batch) {
    int at = from;
    while (true) {
      while (at < end && isSpace(a[at])) {
        at++;
      }
      if (at == end || a[at] == 0) {
        return true;
      }
      int start = at;
      int write = at;
      byte quote = 0;
      while (true) {
        if (at == end || a[at] == 0) {
          if (quote != 0) {
            return false;
          }
          break;
        }
        byte c = a[at];
        if (quote == '"') {
          if (c == '\\' && at + 3 < end && a[at + 1] == 'x' && isHex(a[at + 2], a[at + 3])) {
            a[write++] =
                (byte) (Character.digit(a[at + 2], 16) << 4 | Character.digit(a[at + 3], 16));
            at += 3;
          } else if (c == '\\' && at + 1 < end) {
            a[write++] = unescape(a[++at]);
          } else if (c == '"') {
            if (at + 1 < end && !isSpace(a[at + 1])) {
              return false;
            }
            at++;
            break;
          } else {
            a[write++] = c;
          }
        } else if (quote == '\'') {
          if (c == '\\' && at + 1 < end && a[at + 1] == '\'') {
            a[write++] = '\'';
            at++;
          } else if (c == '\'') {
            if (at + 1 < end && !isSpace(a[at + 1])) {
              return false;
            }
            at++;
            break;
          } else {
            a[write++] = c;
          }
        } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
          break;
        } else if (c == '"' || c == '\'') {
          quote = c;
        } else {
          a[write++] = c;
        }
        at++;
      }
      batch.addArgument(start, write - start);
    }
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isHex(byte high, byte low) {
    return Character.digit(high, 16) >= 0 && Character.digit(low, 16) >= 0;
  }

  private static byte unescape(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }
}
