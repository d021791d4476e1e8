package io.hydrion.store;

/** How a value is laid out. */
public enum Encoding {
  /** Bytes. */
  RAW(0),
  /** A signed 64-bit integer, kept in its decimal form. */
  INT(1),
  /** Bytes that were written by appending or in part: OBJECT ENCODING says raw at any length. */
  EDITED(2),
  /** The elements of a collection, one behind the other. */
  PACKED(3),
  /** The elements of a set of integers, in order, each in as many bytes. */
  INTEGERS(4),
  /** A root that leads to blocks outside the record ({@link Parts}). */
  LINKED(5);

  private static final Encoding[] BY_ID = new Encoding[16];

  static {
    for (Encoding encoding : values()) {
      BY_ID[encoding.id] = encoding;
    }
  }

  private final int id;

  Encoding(int id) {
    this.id = id;
  }

  /** The number that stands for the encoding in a record, 0 to 15. */
  public int id() {
    return id;
  }

  static Encoding of(int id) {
    return BY_ID[id];
  }
}
