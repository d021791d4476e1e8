package io.hydrion.persistence;

import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;

/** Reads values in all encodings of versions 1 to 12 of the format, and believes none of them. */
public final class RdbReader {
  private static final int QUICKLIST_PLAIN = 1;
  private static final int QUICKLIST_PACKED = 2;
  private static final int NAN = 253;
  private static final int INFINITY = 254;
  private static final int MINUS_INFINITY = 255;

  private final RdbInput in;
  private final ValueSink sink;
  private final RdbString first = new RdbString();
  private final RdbString second = new RdbString();
  private final RdbString third = new RdbString();

  /** Reads from a range of an array. */
  public RdbReader(byte[] a, int from, int to, ValueSink sink) {
    in = new RdbInput(a, from, to);
    this.sink = sink;
  }

  /**
   * Reads a value with its type in front; nothing may follow it.
   *
   * @throws RdbFormatException when it is not a value, or one of no element
   */
  public void readValue() {
    readValue(in.u8());
    if (!in.isAtEnd()) {
      throw new RdbFormatException("something follows the value");
    }
  }

  private void readValue(int type) {
    switch (type) {
      case RdbType.STRING -> {
        in.string(first);
        sink.string(first);
      }
      case RdbType.LIST -> list();
      case RdbType.SET -> set();
      case RdbType.ZSET, RdbType.ZSET_2 -> sortedSet(type == RdbType.ZSET_2);
      case RdbType.HASH -> hash();
      case RdbType.HASH_METADATA -> hashWithExpiries();
      case RdbType.HASH_LISTPACK_EX -> {
        in.int64(); // the earliest expiry: the fields tell
        in.string(third);
        fieldsWithExpiries(new Listpack(third));
      }
      case RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2 ->
          quicklist(type == RdbType.LIST_QUICKLIST_2);
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 ->
          new RdbStreamReader(in, sink).read(type);
      default -> {
        in.string(third);
        packed(type);
      }
    }
  }

  /** A value that is one string, in one of the packed forms. */
  private void packed(int type) {
    switch (type) {
      case RdbType.HASH_ZIPMAP -> fields(new Zipmap(third));
      case RdbType.HASH_ZIPLIST -> fields(new Ziplist(third));
      case RdbType.HASH_LISTPACK -> fields(new Listpack(third));
      case RdbType.ZSET_ZIPLIST -> scores(new Ziplist(third));
      case RdbType.ZSET_LISTPACK -> scores(new Listpack(third));
      case RdbType.LIST_ZIPLIST -> atLeastOne(elements(new Ziplist(third)));
      case RdbType.SET_LISTPACK -> members(new Listpack(third));
      case RdbType.SET_INTSET -> intset();
      default -> throw new RdbFormatException("unknown type " + type);
    }
  }

  private static void atLeastOne(long n) {
    if (n == 0) {
      throw new RdbFormatException("an empty value");
    }
  }

  private void list() {
    long n = in.count(1);
    atLeastOne(n);
    for (long i = 0; i < n; i++) {
      in.string(first);
      sink.listElement(first);
    }
  }

  private void quicklist(boolean hasKinds) {
    long nodes = in.count(1);
    long elements = 0;
    for (long i = 0; i < nodes; i++) {
      long kind = hasKinds ? in.length() : QUICKLIST_PACKED;
      in.string(third);
      if (kind == QUICKLIST_PLAIN) {
        sink.listElement(third);
        elements++;
      } else if (kind == QUICKLIST_PACKED) {
        elements += elements(hasKinds ? new Listpack(third) : new Ziplist(third));
      } else {
        throw new RdbFormatException("unknown kind of list node " + kind);
      }
    }
    atLeastOne(elements);
  }

  private long elements(PackedInput packed) {
    long n = 0;
    while (packed.next(first)) {
      sink.listElement(first);
      n++;
    }
    return n;
  }

  private void set() {
    long n = in.count(1);
    atLeastOne(n);
    for (long i = 0; i < n; i++) {
      in.string(first);
      sink.setMember(first);
    }
  }

  private void members(PackedInput packed) {
    long n = 0;
    while (packed.next(first)) {
      sink.setMember(first);
      n++;
    }
    atLeastOne(n);
  }

  private void intset() {
    byte[] a = third.bytes();
    int at = third.offset();
    int width = third.length() < 8 ? 0 : Bytes.getInt(a, at);
    long n = third.length() < 8 ? 0 : Bytes.getInt(a, at + 4) & 0xffffffffL;
    if ((width != 2 && width != 4 && width != 8) || n * width != third.length() - 8) {
      throw new RdbFormatException("invalid intset");
    }
    atLeastOne(n);
    long before = 0;
    for (int i = 0; i < n; i++) {
      int from = at + 8 + i * width;
      long value =
          switch (width) {
            case 2 -> (short) Bytes.getShort(a, from);
            case 4 -> Bytes.getInt(a, from);
            default -> Bytes.getLong(a, from);
          };
      if (i > 0 && value <= before) {
        throw new RdbFormatException("invalid intset");
      }
      before = value;
      first.set(value);
      sink.setMember(first);
    }
  }

  private void sortedSet(boolean isBinary) {
    long n = in.count(2);
    atLeastOne(n);
    for (long i = 0; i < n; i++) {
      in.string(first);
      score(first, isBinary ? in.binaryDouble() : writtenDouble());
    }
  }

  private void score(RdbString member, double score) {
    if (Double.isNaN(score)) {
      throw new RdbFormatException("a score is not a number");
    }
    sink.sortedSetMember(member, score);
  }

  private double writtenDouble() {
    int n = in.u8();
    return switch (n) {
      case NAN -> Double.NaN;
      case INFINITY -> Double.POSITIVE_INFINITY;
      case MINUS_INFINITY -> Double.NEGATIVE_INFINITY;
      default -> parseDouble(in.array(), in.skip(n), n);
    };
  }

  private static double parseDouble(byte[] a, int off, int len) {
    String text = Bytes.string(a, off, len);
    try {
      return switch (text) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(text);
      };
    } catch (NumberFormatException e) {
      throw new RdbFormatException("a score is not a number");
    }
  }

  private void scores(PackedInput packed) {
    long n = 0;
    for (; packed.next(first); n++) {
      packed.require(second);
      score(first, parseDouble(second.bytes(), second.offset(), second.length()));
    }
    atLeastOne(n);
  }

  private void hash() {
    long n = in.count(2);
    atLeastOne(n);
    for (long i = 0; i < n; i++) {
      in.string(first);
      in.string(second);
      sink.hashField(first, second, Partition.NEVER);
    }
  }

  private void fields(PackedInput packed) {
    long n = 0;
    for (; packed.next(first); n++) {
      packed.require(second);
      sink.hashField(first, second, Partition.NEVER);
    }
    atLeastOne(n);
  }

  /** Each field's expiry is written as its distance from the earliest one, plus 1; 0: none. */
  private void hashWithExpiries() {
    long earliest = in.int64();
    long n = in.count(3);
    atLeastOne(n);
    for (long i = 0; i < n; i++) {
      long distance = in.length();
      in.string(first);
      in.string(second);
      long at = distance == 0 ? Partition.NEVER : earliest + distance - 1;
      if (distance != 0 && at < 0) {
        throw new RdbFormatException("invalid expiry of a field");
      }
      sink.hashField(first, second, at);
    }
  }

  /** Field, value and expiry by turns; 0: none. */
  private void fieldsWithExpiries(PackedInput packed) {
    long n = 0;
    RdbString expiry = new RdbString();
    for (; packed.next(first); n++) {
      packed.require(second);
      packed.require(expiry);
      int length = expiry.length();
      long at =
          length <= Bytes.LONG_TEXT_MAX && Bytes.isLong(expiry.bytes(), expiry.offset(), length)
              ? Bytes.parseLong(expiry.bytes(), expiry.offset(), length)
              : -1;
      if (at < 0) {
        throw new RdbFormatException("invalid expiry of a field");
      }
      sink.hashField(first, second, at == 0 ? Partition.NEVER : at);
    }
    atLeastOne(n);
  }
}
