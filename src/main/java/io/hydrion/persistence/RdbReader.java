package io.hydrion.persistence;

import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import java.util.Locale;

/** Reads values in all encodings of versions 1 to 12 of the format, and believes none of them. */
public final class RdbReader {
  private static final int QUICKLIST_PLAIN = 1;
  private static final int QUICKLIST_PACKED = 2;
  private static final int NAN = 253;
  private static final int INFINITY = 254;
  private static final int MINUS_INFINITY = 255;

  private final RdbInput in;
  private ValueSink sink;
  private final RdbString first = new RdbString();
  private final RdbString second = new RdbString();
  private final RdbString third = new RdbString();

  /** Reads from a range of an array. */
  public RdbReader(byte[] a, int from, int to, ValueSink sink) {
    in = new RdbInput(a, from, to);
    this.sink = sink;
  }

  RdbReader(RdbInput in) {
    this.in = in;
    sink = IgnoredValue.INSTANCE;
  }

  /**
   * Reads a value with its type in front; nothing may follow it.
   *
   * @throws RdbFormatException when it is not a value, or one of no element
   */
  public void readValue() {
    if (!readValue(in.u8())) {
      throw new RdbFormatException("an empty value");
    }
    if (!in.isAtEnd()) {
      throw new RdbFormatException("something follows the value");
    }
  }

  /**
   * Reads a value whose type has been read.
   *
   * @return false for one of no element, other than a stream
   */
  boolean readValue(int type, ValueSink to) {
    sink = to;
    return readValue(type);
  }

  private boolean readValue(int type) {
    return switch (type) {
      case RdbType.STRING -> {
        in.string(first);
        sink.string(first);
        yield true;
      }
      case RdbType.LIST -> list() > 0;
      case RdbType.SET -> set() > 0;
      case RdbType.ZSET, RdbType.ZSET_2 -> sortedSet(type == RdbType.ZSET_2) > 0;
      case RdbType.HASH -> hash() > 0;
      case RdbType.HASH_METADATA -> hashWithExpiries(in.int64()) > 0;
      case RdbType.HASH_METADATA_DRAFT -> hashWithExpiries(1) > 0;
      case RdbType.HASH_LISTPACK_EX -> {
        in.int64(); // the earliest expiry: the fields tell
        in.string(third);
        yield fieldsWithExpiries(new Listpack(third)) > 0;
      }
      case RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2 ->
          quicklist(type == RdbType.LIST_QUICKLIST_2) > 0;
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 -> {
        new RdbStreamReader(in, sink).read(type);
        yield true;
      }
      default -> {
        in.string(third);
        yield packed(type) > 0;
      }
    };
  }

  /** A value that is one string, in one of the packed forms. */
  private long packed(int type) {
    try {
      return packedParts(type);
    } catch (RdbFormatException e) {
      String kind = type == RdbType.ZSET_ZIPLIST || type == RdbType.ZSET_LISTPACK ? "Zset " : "";
      String reason = kind.isEmpty() ? e.reason() : kind + e.reason().toLowerCase(Locale.ROOT);
      throw new RdbFormatException(reason);
    }
  }

  private long packedParts(int type) {
    return switch (type) {
      case RdbType.HASH_ZIPMAP -> fields(new Zipmap(third));
      case RdbType.HASH_ZIPLIST -> fields(new Ziplist(third));
      case RdbType.HASH_LISTPACK -> fields(new Listpack(third));
      case RdbType.HASH_LISTPACK_EX_DRAFT -> fieldsWithExpiries(new Listpack(third));
      case RdbType.ZSET_ZIPLIST -> scores(new Ziplist(third));
      case RdbType.ZSET_LISTPACK -> scores(new Listpack(third));
      case RdbType.LIST_ZIPLIST -> elements(new Ziplist(third));
      case RdbType.SET_LISTPACK -> members(new Listpack(third));
      case RdbType.SET_INTSET -> intset();
      default -> throw new RdbFormatException("unknown type " + type);
    };
  }

  private long list() {
    long n = in.count(1);
    for (long i = 0; i < n; i++) {
      in.string(first);
      sink.listElement(first);
    }
    return n;
  }

  private long quicklist(boolean hasKinds) {
    long nodes = in.count(1);
    long elements = 0;
    for (long i = 0; i < nodes; i++) {
      long kind = hasKinds ? in.length() : QUICKLIST_PACKED;
      in.string(third);
      if (kind == QUICKLIST_PLAIN && third.length() == 0) {
        throw new RdbFormatException("an empty node of a list");
      } else if (kind == QUICKLIST_PLAIN) {
        sink.listElement(third);
        elements++;
      } else if (kind == QUICKLIST_PACKED) {
        elements += elements(hasKinds ? new Listpack(third) : new Ziplist(third));
      } else {
        throw new RdbFormatException("unknown kind of list node " + kind);
      }
    }
    return elements;
  }

  private long elements(PackedInput packed) {
    long n = 0;
    while (packed.next(first)) {
      sink.listElement(first);
      n++;
    }
    return n;
  }

  private long set() {
    long n = in.count(1);
    for (long i = 0; i < n; i++) {
      in.string(first);
      sink.setMember(first);
    }
    return n;
  }

  private long members(PackedInput packed) {
    long n = 0;
    while (packed.next(first)) {
      sink.setMember(first);
      n++;
    }
    return n;
  }

  private long intset() {
    byte[] a = third.bytes();
    int at = third.offset();
    int width = third.length() < 8 ? 0 : Bytes.getInt(a, at);
    long n = third.length() < 8 ? 0 : Bytes.getInt(a, at + 4) & 0xffffffffL;
    if ((width != 2 && width != 4 && width != 8) || n * width != third.length() - 8) {
      throw new RdbFormatException("Intset integrity check failed");
    }
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
        throw new RdbFormatException("Intset integrity check failed");
      }
      before = value;
      first.set(value);
      sink.setMember(first);
    }
    return n;
  }

  private long sortedSet(boolean isBinary) {
    long n = in.count(2);
    for (long i = 0; i < n; i++) {
      in.string(first);
      in.hold(first);
      double score = isBinary ? in.binaryDouble() : writtenDouble();
      in.release();
      score(first, score);
    }
    return n;
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
      default -> {
        int from = in.skip(n);
        yield parseDouble(in.array(), from, n);
      }
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

  private long scores(PackedInput packed) {
    long n = 0;
    for (; packed.next(first); n++) {
      packed.require(second);
      score(first, parseDouble(second.bytes(), second.offset(), second.length()));
    }
    return n;
  }

  private long hash() {
    long n = in.count(2);
    for (long i = 0; i < n; i++) {
      in.string(first);
      in.hold(first);
      in.string(second);
      in.release();
      sink.hashField(first, second, Partition.NEVER);
    }
    return n;
  }

  private long fields(PackedInput packed) {
    long n = 0;
    for (; packed.next(first); n++) {
      packed.require(second);
      sink.hashField(first, second, Partition.NEVER);
    }
    return n;
  }

  /**
   * Each field's expiry is written as its distance from the earliest one, plus 1; 0: none. Redis
   * 7.4's release candidates wrote it as it is.
   */
  private long hashWithExpiries(long earliest) {
    long n = in.count(3);
    for (long i = 0; i < n; i++) {
      long distance = in.length();
      in.string(first);
      in.hold(first);
      in.string(second);
      in.release();
      long at = distance == 0 ? Partition.NEVER : earliest + distance - 1;
      if (distance != 0 && at < 0) {
        throw new RdbFormatException("invalid expiry of a field");
      }
      sink.hashField(first, second, at);
    }
    return n;
  }

  /** Field, value and expiry by turns; 0: none. */
  private long fieldsWithExpiries(PackedInput packed) {
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
    return n;
  }
}
