package io.hydrion.config;

/**
 * The classes of keyspace notifications: bits with the values that Redis and its modules use, and
 * the letters of {@code notify-keyspace-events}.
 */
public final class KeyspaceEvents {
  /** K: publish under {@code __keyspace@db__:key}. */
  public static final int KEYSPACE = 1;

  /** E: publish under {@code __keyevent@db__:event}. */
  public static final int KEYEVENT = 1 << 1;

  public static final int GENERIC = 1 << 2;
  public static final int STRING = 1 << 3;
  public static final int LIST = 1 << 4;
  public static final int SET = 1 << 5;
  public static final int HASH = 1 << 6;
  public static final int ZSET = 1 << 7;
  public static final int EXPIRED = 1 << 8;
  public static final int EVICTED = 1 << 9;
  public static final int STREAM = 1 << 10;

  /** m: a read of a key that is not there; not part of {@link #ALL}. */
  public static final int KEY_MISS = 1 << 11;

  public static final int MODULE = 1 << 13;

  /** n: a key that was not there before; not part of {@link #ALL}. */
  public static final int NEW = 1 << 14;

  /** A: every class but KEY_MISS and NEW. */
  public static final int ALL =
      GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

  private static final String CLASS_LETTERS = "g$lshzxetdn";
  private static final int[] CLASSES = {
    GENERIC, STRING, LIST, SET, HASH, ZSET, EXPIRED, EVICTED, STREAM, MODULE, NEW
  };
  private static final String OTHER_LETTERS = "KEm";
  private static final int[] OTHERS = {KEYSPACE, KEYEVENT, KEY_MISS};

  private KeyspaceEvents() {}

  /** The bits of these letters, or -1 where one is unknown. */
  public static int parse(String letters) {
    int bits = 0;
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      int cls = CLASS_LETTERS.indexOf(letter);
      int other = OTHER_LETTERS.indexOf(letter);
      if (letter == 'A') {
        bits |= ALL;
      } else if (cls >= 0) {
        bits |= CLASSES[cls];
      } else if (other >= 0) {
        bits |= OTHERS[other];
      } else {
        return -1;
      }
    }
    return bits;
  }

  /** The letters of these bits, in the order in which Redis writes them. */
  public static String format(int bits) {
    StringBuilder out = new StringBuilder();
    if ((bits & ALL) == ALL) {
      out.append('A');
      // Redis leaves out n here although A does not include it.
    } else {
      appendLetters(out, bits, CLASS_LETTERS, CLASSES);
    }
    appendLetters(out, bits, OTHER_LETTERS, OTHERS);
    return out.toString();
  }

  private static void appendLetters(StringBuilder out, int bits, String letters, int[] values) {
    for (int i = 0; i < values.length; i++) {
      if ((bits & values[i]) != 0) {
        out.append(letters.charAt(i));
      }
    }
  }
}
