package io.hydrion.util;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Doubles as text, as the GNU C library reads and writes them: {@code strtod} with what Redis asks
 * of its outcome, and {@code %.17g}. What it refuses is NaN, which no score is.
 */
public final class DoubleText {
  /*
   * Reading: up to 19 digits and a small power of ten are computed at once where that is exact (a
   * number of at most 53 bits, multiplied or divided by a power of ten that is a double: one
   * rounding); all else goes through Java's parser, which rounds correctly too, after the syntax has
   * been checked here, since Java's is another.
   *
   * Writing: a whole number of up to 17 digits is written as such. Between 2^-9 and 2^53 the 17
   * digits are m * 10^k / 2^s with a product below 2^128, computed in two words and rounded by the
   * bits that are shifted out; the rest goes through BigDecimal.
   */

  /** The most bytes that {@link #put} writes. */
  public static final int LENGTH_MAX = 24;

  private static final int PRECISION = 17;
  private static final int EXPONENT_MIN = -4;
  private static final int FRACTION_BITS = 52;
  private static final int BIAS = 1075;

  /** The largest power of ten that is a double. */
  private static final int EXACT_POWER = 22;

  private static final long EXACT_MAX = 1L << 53;
  private static final int LONG_DIGITS = 18;
  private static final double SMALL = 0x1p-9;

  private static final long DIGITS_MIN = 10_000_000_000_000_000L;
  private static final long DIGITS_END = 100_000_000_000_000_000L;

  private static final double[] POWERS = new double[EXACT_POWER + 1];
  private static final long[] LONG_POWERS = new long[19];

  static {
    for (int i = 0; i <= EXACT_POWER; i++) {
      POWERS[i] = BigInteger.TEN.pow(i).doubleValue();
    }
    for (int i = 0; i < LONG_POWERS.length; i++) {
      LONG_POWERS[i] = BigInteger.TEN.pow(i).longValueExact();
    }
  }

  private DoubleText() {}

  // ---- reading

  /**
   * The number that a whole range spells, in decimal, in hexadecimal or as an infinity; NaN where
   * it spells none, begins with a blank, or is too large or so small that it would become zero.
   */
  public static double parse(byte[] a, int off, int len) {
    return parseAny(a, off, off + len, true);
  }

  /**
   * The number that a range spells up to its first zero byte, as Redis reads bounds of scores:
   * blanks may stand in front, nothing at all is 0, what is too large is infinite. NaN where it
   * spells none.
   */
  public static double parseBound(byte[] a, int off, int len) {
    int end = Bytes.indexOf(a, off, off + len, (char) 0);
    if (end < 0) {
      end = off + len;
    }
    if (off == end) {
      return 0;
    }
    int at = off;
    while (at < end && isBlank(a[at])) {
      at++;
    }
    return parseAny(a, at, end, false);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  private static double parseAny(byte[] a, int from, int end, boolean strict) {
    int at = from;
    boolean negative = at < end && a[at] == '-';
    if (at < end && (negative || a[at] == '+')) {
      at++;
    }
    long digits = 0;
    int count = 0;
    int fraction = 0;
    int i = at;
    for (; i < end && isDigit(a[i]); i++) {
      digits = digits * 10 + (a[i] - '0');
      count++;
    }
    if (i < end && a[i] == '.') {
      for (i++; i < end && isDigit(a[i]); i++) {
        digits = digits * 10 + (a[i] - '0');
        count++;
        fraction++;
      }
    }
    if (i == end
        && count > 0
        && count <= LONG_DIGITS
        && digits <= EXACT_MAX
        && fraction <= EXACT_POWER) {
      double value = fraction == 0 ? digits : digits / POWERS[fraction];
      return negative ? -value : value;
    }
    return parseSlowly(a, at, end, negative, strict);
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static double parseSlowly(byte[] a, int from, int end, boolean negative, boolean strict) {
    if (Bytes.equalIgnoreCase(a, from, end - from, "inf")
        || Bytes.equalIgnoreCase(a, from, end - from, "infinity")) {
      return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    boolean hex = end - from > 2 && a[from] == '0' && Bytes.lower(a[from + 1]) == 'x';
    int radix = hex ? 16 : 10;
    int at = hex ? from + 2 : from;
    int seen = 0;
    boolean point = false;
    boolean isZero = true;
    for (; at < end; at++) {
      int digit = Character.digit(a[at], radix);
      if (digit >= 0) {
        seen++;
        isZero &= digit == 0;
      } else if (a[at] == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (seen == 0 || (at < end && !isExponent(a, at, end, hex ? 'p' : 'e'))) {
      return Double.NaN;
    }
    String text = Bytes.string(a, from, end - from);
    double value = Double.parseDouble(hex && at == end ? text + "p0" : text);
    if (strict && (Double.isInfinite(value) || (value == 0 && !isZero))) {
      return Double.NaN;
    }
    return negative ? -value : value;
  }

  private static boolean isExponent(byte[] a, int from, int end, char mark) {
    if (Bytes.lower(a[from]) != mark) {
      return false;
    }
    int at = from + 1;
    if (at < end && (a[at] == '-' || a[at] == '+')) {
      at++;
    }
    if (at == end) {
      return false;
    }
    while (at < end && isDigit(a[at])) {
      at++;
    }
    return at == end;
  }

  // ---- writing

  /**
   * Writes a number as {@code %.17g} does, infinities as {@code inf} and {@code -inf}.
   *
   * @return the offset behind its last character
   */
  public static int put(byte[] a, int at, double value) {
    long whole = (long) value;
    if (whole == value && whole < DIGITS_END && whole > -DIGITS_END) {
      if (whole == 0 && Double.doubleToRawLongBits(value) < 0) {
        a[at] = '-';
        a[at + 1] = '0';
        return at + 2;
      }
      return Bytes.putDecimal(a, at, whole);
    }
    int to = at;
    if (value < 0) {
      a[to++] = '-';
    }
    double size = Math.abs(value);
    if (size >= SMALL && size < EXACT_MAX) {
      return putMedium(a, to, size);
    }
    if (Double.isInfinite(value) || Double.isNaN(value)) {
      String word = Double.isNaN(value) ? "nan" : "inf";
      for (int i = 0; i < word.length(); i++) {
        a[to++] = (byte) word.charAt(i);
      }
      return to;
    }
    BigDecimal rounded =
        new BigDecimal(size).round(new MathContext(PRECISION, RoundingMode.HALF_EVEN));
    BigInteger digits = rounded.unscaledValue();
    int exponent = rounded.precision() - rounded.scale() - 1;
    return putDigits(
        a, to, digits.longValueExact() * LONG_POWERS[PRECISION - rounded.precision()], exponent);
  }

  /** Writes a number that is not whole, from SMALL to EXACT_MAX. */
  private static int putMedium(byte[] a, int at, double value) {
    long bits = Double.doubleToRawLongBits(value);
    long mantissa = bits & (1L << FRACTION_BITS) - 1 | 1L << FRACTION_BITS;
    int shift = BIAS - (int) (bits >>> FRACTION_BITS);
    int exponent = value >= 1 ? Bytes.decimalLength((long) value) - 1 : -1;
    while (true) {
      // The digits before the point that the exponent leaves are PRECISION, behind it comes a rest.
      int power = PRECISION - 1 - exponent;
      long scale = power < LONG_POWERS.length ? LONG_POWERS[power] : LONG_POWERS[18] * 10;
      long high = Math.unsignedMultiplyHigh(mantissa, scale);
      long low = mantissa * scale;
      long digits = high << (Long.SIZE - shift) | low >>> shift;
      if (digits < DIGITS_MIN) {
        exponent--;
        continue;
      }
      long rest = low & (1L << shift) - 1;
      long half = 1L << shift - 1;
      if (rest > half || (rest == half && (digits & 1) != 0)) {
        digits++;
      }
      return digits == DIGITS_END
          ? putDigits(a, at, DIGITS_MIN, exponent + 1)
          : putDigits(a, at, digits, exponent);
    }
  }

  /** Writes PRECISION digits, the first of which stands for 10^exponent. */
  private static int putDigits(byte[] a, int from, long digits, int exponent) {
    long kept = digits;
    int count = PRECISION;
    while (kept % 10 == 0) {
      kept /= 10;
      count--;
    }
    int at = from;
    if (exponent < EXPONENT_MIN || exponent >= PRECISION) {
      int end = putPoint(a, at, kept, count, 1);
      a[end++] = 'e';
      a[end++] = (byte) (exponent < 0 ? '-' : '+');
      int size = Math.abs(exponent);
      if (size < 10) {
        a[end++] = '0';
      }
      return Bytes.putDecimal(a, end, size);
    }
    if (exponent >= 0) {
      if (count <= exponent + 1) { // whole after all, since it was rounded
        return Bytes.putDecimal(a, at, kept * LONG_POWERS[exponent + 1 - count]);
      }
      return putPoint(a, at, kept, count, exponent + 1);
    }
    a[at++] = '0';
    a[at++] = '.';
    for (int i = -1; i > exponent; i--) {
      a[at++] = '0';
    }
    return Bytes.putDecimal(a, at, kept);
  }

  /** Writes digits with a point behind the first few of them, if any follow. */
  private static int putPoint(byte[] a, int at, long digits, int count, int before) {
    int end = Bytes.putDecimal(a, at, digits);
    if (count == before) {
      return end;
    }
    System.arraycopy(a, at + before, a, at + before + 1, count - before);
    a[at + before] = '.';
    return end + 1;
  }
}
