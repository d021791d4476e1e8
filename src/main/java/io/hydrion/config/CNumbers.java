package io.hydrion.config;

import java.math.BigInteger;
import java.util.OptionalLong;

/** Numbers read as the C library and Redis read them, down to what happens on overflow. */
final class CNumbers {
  private static final BigInteger UNSIGNED_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
  private static final int DIGITS_MAX = 127;

  private CNumbers() {}

  /**
   * What strtoll finds at the start of a text.
   *
   * @param value clamped to a long where the text says more
   * @param whole whether nothing is left after the number (true also for an empty text: 0)
   * @param overflow whether {@code value} was clamped
   */
  record Scanned(long value, boolean whole, boolean overflow) {}

  static Scanned scanLong(String text, int radix) {
    int at = 0;
    while (at < text.length() && Words.isSpace(text.charAt(at))) {
      at++;
    }
    boolean negative = at < text.length() && text.charAt(at) == '-';
    if (negative || (at < text.length() && text.charAt(at) == '+')) {
      at++;
    }
    int digits = at;
    while (at < text.length() && digit(text.charAt(at), radix) >= 0) {
      at++;
    }
    if (at == digits) {
      return new Scanned(0, text.isEmpty(), false);
    }
    BigInteger magnitude = new BigInteger(text.substring(digits, at), radix);
    BigInteger exact = negative ? magnitude.negate() : magnitude;
    boolean overflow = exact.bitLength() > 63;
    long value = !overflow ? exact.longValue() : negative ? Long.MIN_VALUE : Long.MAX_VALUE;
    return new Scanned(value, at == text.length(), overflow);
  }

  /** A decimal integer in the one form Redis prints: no plus, no leading zero, no space. */
  static OptionalLong parseLong(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    if (text.length() == start || text.length() > 20) {
      return OptionalLong.empty();
    }
    if (text.charAt(start) == '0' && text.length() > 1) {
      return OptionalLong.empty();
    }
    for (int i = start; i < text.length(); i++) {
      if (digit(text.charAt(i), 10) < 0) {
        return OptionalLong.empty();
      }
    }
    BigInteger value = new BigInteger(text);
    return value.bitLength() > 63 ? OptionalLong.empty() : OptionalLong.of(value.longValue());
  }

  /**
   * An amount of memory in bytes: digits and b, k, kb, m, mb, g or gb in any case. No digits are
   * zero; what exceeds 64 unsigned bits is clamped before the unit multiplies it, modulo 2^64.
   */
  static OptionalLong parseMemory(String text) {
    int at = 0;
    while (at < text.length() && digit(text.charAt(at), 10) >= 0) {
      at++;
    }
    long unit =
        switch (text.substring(at).toLowerCase(java.util.Locale.ROOT)) {
          case "", "b" -> 1L;
          case "k" -> 1000L;
          case "kb" -> 1L << 10;
          case "m" -> 1000_000L;
          case "mb" -> 1L << 20;
          case "g" -> 1000_000_000L;
          case "gb" -> 1L << 30;
          default -> 0L;
        };
    if (unit == 0 || at > DIGITS_MAX) {
      return OptionalLong.empty();
    }
    BigInteger amount = at == 0 ? BigInteger.ZERO : new BigInteger(text.substring(0, at));
    return OptionalLong.of(amount.min(UNSIGNED_MAX).longValue() * unit);
  }

  /** Bytes in the largest unit of gb, mb and kb that divides them. */
  static String formatMemory(long bytes) {
    if (bytes != 0 && bytes % (1L << 30) == 0) {
      return (bytes >> 30) + "gb";
    } else if (bytes != 0 && bytes % (1L << 20) == 0) {
      return (bytes >> 20) + "mb";
    } else if (bytes != 0 && bytes % (1L << 10) == 0) {
      return (bytes >> 10) + "kb";
    }
    return Long.toString(bytes);
  }

  private static int digit(char c, int radix) {
    return c < 0x80 ? Character.digit(c, radix) : -1;
  }
}
