package io.hydrion.protocol;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole replies out of bytes that the server wrote. Strings come as {@code byte[]}, simple
 * strings as {@code String}, numbers as {@code Long} or {@code Double}, arrays, sets and pushes as
 * {@code List}, maps as {@code Map}, truth values as {@code Boolean}, errors as {@link ReplyError}.
 */
public final class RespReader {
  /** An error reply: its code, a blank, its text. */
  public record ReplyError(String message) {}

  private final byte[] bytes;
  private final int end;
  private int at;

  public RespReader(byte[] bytes, int length) {
    this.bytes = bytes;
    end = length;
  }

  public boolean hasNext() {
    return at < end;
  }

  /** Whether the next thing to read is a RESP3 push, which answers no command. */
  public boolean isPush() {
    return bytes[at] == '>';
  }

  /** The next reply. */
  public @Nullable Object next() {
    char type = (char) bytes[at++];
    return switch (type) {
      case '+' -> line();
      case '-', '!' -> new ReplyError(type == '-' ? line() : Bytes.string(bulk(count())));
      case ':' -> Long.valueOf(line());
      case '$', '=' -> string(type);
      case '_' -> nothing();
      case '#' -> line().equals("t");
      case ',' -> real(line());
      case '(' -> new java.math.BigInteger(line());
      case '*', '~', '>' -> list();
      case '%' -> map();
      default -> throw new IllegalStateException("not a reply: " + type);
    };
  }

  private @Nullable Object nothing() {
    line();
    return null;
  }

  private static Double real(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.valueOf(text);
    };
  }

  private String line() {
    int start = at;
    while (bytes[at] != '\r') {
      at++;
    }
    at += 2;
    return Bytes.string(bytes, start, at - 2 - start);
  }

  private int count() {
    return Integer.parseInt(line());
  }

  private byte[] bulk(int length) {
    byte[] value = Bytes.copy(bytes, at, length);
    at += length + 2;
    return value;
  }

  private byte @Nullable [] string(char type) {
    int length = count();
    if (length < 0) {
      return null;
    }
    byte[] value = bulk(length);
    return type == '=' ? Bytes.copy(value, 4, length - 4) : value;
  }

  private @Nullable List<@Nullable Object> list() {
    int count = count();
    if (count < 0) {
      return null;
    }
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(next());
    }
    return list;
  }

  private Map<@Nullable Object, @Nullable Object> map() {
    int count = count();
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Object key = next();
      map.put(key instanceof byte[] name ? Bytes.string(name) : key, next());
    }
    return map;
  }
}
