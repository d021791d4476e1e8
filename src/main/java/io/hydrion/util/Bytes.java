package io.hydrion.util;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads, writes, compares and formats ranges of byte arrays; all words are little-endian. */
public final class Bytes {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** The longest decimal form of a signed 64-bit integer, in bytes. */
  public static final int LONG_TEXT_MAX = 20;

  public static final byte[] EMPTY = {};

  /** 10 to the power of 19, which only an unsigned number holds. */
  private static final long TEN_TO_19 = Long.parseUnsignedLong("10000000000000000000");

  private Bytes() {}

  public static long getLong(byte[] a, int at) {
    return (long) LONG.get(a, at);
  }

  public static void putLong(byte[] a, int at, long value) {
    LONG.set(a, at, value);
  }

  public static int getInt(byte[] a, int at) {
    return (int) INT.get(a, at);
  }

  public static void putInt(byte[] a, int at, int value) {
    INT.set(a, at, value);
  }

  /** Two bytes as an unsigned number. */
  public static int getShort(byte[] a, int at) {
    return (short) SHORT.get(a, at) & 0xffff;
  }

  public static void putShort(byte[] a, int at, int value) {
    SHORT.set(a, at, (short) value);
  }

  /**
   * Whether {@code n} bytes of {@code a} from {@code ao} equal those of {@code b} from {@code bo}.
   */
  public static boolean equal(byte[] a, int ao, byte[] b, int bo, int n) {
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      if ((long) LONG.get(a, ao + i) != (long) LONG.get(b, bo + i)) {
        return false;
      }
    }
    for (; i < n; i++) {
      if (a[ao + i] != b[bo + i]) {
        return false;
      }
    }
    return true;
  }

  /** Compares two ranges as sequences of unsigned bytes; a proper prefix comes first. */
  public static int compare(byte[] a, int ao, int an, byte[] b, int bo, int bn) {
    return Arrays.compareUnsigned(a, ao, ao + an, b, bo, bo + bn);
  }

  /** The first place of a byte in {@code [from, to)}, or -1. */
  public static int indexOf(byte[] a, int from, int to, char wanted) {
    long pattern = wanted * 0x0101010101010101L;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      long x = getLong(a, i) ^ pattern;
      long zeros = x - 0x0101010101010101L & ~x & 0x8080808080808080L;
      if (zeros != 0) { // the lowest mark is that of the first zero byte
        return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (a[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** Whether the range equals an ASCII word, letter case aside; {@code word} is in lower case. */
  public static boolean equalIgnoreCase(byte[] a, int off, int len, String word) {
    if (len != word.length()) {
      return false;
    }
    for (int i = 0; i < len; i++) {
      if (lower(a[off + i]) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  /** The bytes of an ASCII or Latin-1 text, one byte a character. */
  public static byte[] of(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The range as a text with one character a byte, so that {@link #of} gives the bytes back. */
  public static String string(byte[] a, int off, int len) {
    return new String(a, off, len, StandardCharsets.ISO_8859_1);
  }

  public static String string(byte[] a) {
    return string(a, 0, a.length);
  }

  public static byte[] copy(byte[] a, int off, int len) {
    byte[] out = new byte[len];
    System.arraycopy(a, off, out, 0, len);
    return out;
  }

  /**
   * Whether the range is the one decimal form of a signed 64-bit integer: no sign but a minus, no
   * leading zero, no blank. {@link #parseLong} then gives its value.
   */
  public static boolean isLong(byte[] a, int off, int len) {
    if (len == 0 || len > LONG_TEXT_MAX) {
      return false;
    }
    int i = off;
    int end = off + len;
    boolean negative = a[i] == '-';
    if (negative && ++i == end) {
      return false;
    }
    int first = a[i] - '0';
    if (first == 0) {
      return len == 1;
    }
    if (first < 0 || first > 9) {
      return false;
    }
    if (end - i > 19) {
      return false;
    }
    long value = 0;
    for (; i < end; i++) {
      int digit = a[i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    return value >= 0 || (negative && value == Long.MIN_VALUE);
  }

  /** The value of a range for which {@link #isLong} holds. */
  public static long parseLong(byte[] a, int off, int len) {
    boolean negative = a[off] == '-';
    long value = 0;
    for (int i = negative ? off + 1 : off, end = off + len; i < end; i++) {
      value = value * 10 + (a[i] - '0');
    }
    return negative ? -value : value;
  }

  /** How many bytes {@link #putDecimal} writes. */
  public static int decimalLength(long value) {
    if (value < 0) {
      return value == Long.MIN_VALUE ? 20 : 1 + decimalLength(-value);
    }
    int digits = 1;
    for (long bound = 10; digits < 19 && value >= bound; bound *= 10) {
      digits++;
    }
    return digits;
  }

  /**
   * Writes a number in decimal.
   *
   * @return the offset after its last digit
   */
  public static int putDecimal(byte[] a, int at, long value) {
    int end = at + decimalLength(value);
    if (value < 0) {
      a[at] = '-';
    } else {
      value = -value;
    }
    int i = end;
    do {
      a[--i] = (byte) ('0' - value % 10);
      value /= 10;
    } while (value != 0);
    return end;
  }

  /** How many bytes {@link #putUnsigned} writes. */
  public static int unsignedLength(long value) {
    return value >= 0 ? decimalLength(value) : value < TEN_TO_19 ? 19 : 20;
  }

  /**
   * Writes an unsigned number in decimal.
   *
   * @return the offset after its last digit
   */
  public static int putUnsigned(byte[] a, int at, long value) {
    if (value >= 0) {
      return putDecimal(a, at, value);
    }
    long tenth = Long.divideUnsigned(value, 10);
    int last = putDecimal(a, at, tenth);
    a[last] = (byte) ('0' + (value - tenth * 10));
    return last + 1;
  }
}
