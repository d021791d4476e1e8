package io.hydrion.persistence;

/** What modules put into database files: not to be understood without them, but to be skipped. */
final class RdbModules {
  /** The mark of an unsigned number. */
  static final int UNSIGNED = 2;

  private static final int END = 0;
  private static final int SIGNED = 1;
  private static final int FLOAT = 3;
  private static final int DOUBLE = 4;
  private static final int STRING = 5;

  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  private static final int NAME_LENGTH = 9;
  private static final int VERSION_BITS = 10;

  private RdbModules() {}

  /** The name in a type's id: nine letters of six bits, then the version of its encoding. */
  static String name(long id) {
    char[] name = new char[NAME_LENGTH];
    long rest = id >>> VERSION_BITS;
    for (int i = NAME_LENGTH - 1; i >= 0; i--) {
      name[i] = LETTERS.charAt((int) rest & 63);
      rest >>>= 6;
    }
    return new String(name);
  }

  /** Skips marked numbers and strings, up to the mark of the end. */
  static void skip(RdbInput in, RdbString s) {
    while (true) {
      long mark = in.length();
      if (mark == END) {
        return;
      } else if (mark == SIGNED || mark == UNSIGNED) {
        in.length();
      } else if (mark == FLOAT) {
        in.skip(4);
      } else if (mark == DOUBLE) {
        in.skip(8);
      } else if (mark == STRING) {
        in.string(s);
      } else {
        throw new RdbFormatException("unknown kind " + mark + " of data of a module");
      }
    }
  }
}
