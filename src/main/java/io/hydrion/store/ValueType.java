package io.hydrion.store;

/** The type of a value, as TYPE names it. */
public enum ValueType {
  STRING(1, "string"),
  LIST(2, "list"),
  SET(3, "set"),
  SORTED_SET(4, "zset"),
  HASH(5, "hash"),
  STREAM(6, "stream");

  private static final ValueType[] BY_ID = new ValueType[16];

  static {
    for (ValueType type : values()) {
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final String text;

  ValueType(int id, String text) {
    this.id = id;
    this.text = text;
  }

  /** The number that stands for the type in a record, 1 to 15. */
  public int id() {
    return id;
  }

  public String text() {
    return text;
  }

  static ValueType of(int id) {
    return BY_ID[id];
  }
}
