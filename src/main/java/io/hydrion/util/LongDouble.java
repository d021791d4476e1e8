package io.hydrion.util;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A number of the x87's extended format, which is C's {@code long double} on x86: a sign, a
 * mantissa of 64 bits, an exponent of 15. Parsed, added and printed as the GNU C library does, to
 * the last digit: Redis keeps the results of INCRBYFLOAT in decimal, so a client sees every bit of
 * them.
 *
 * @param mantissa an unsigned number
 * @param exponent the value is mantissa · 2^exponent
 */
public record LongDouble(boolean negative, long mantissa, int exponent, boolean finite) {
  /*
   * All arithmetic is exact, on big integers, with one rounding at its end, to the nearest, ties to
   * even. Exponents reach from -16445 (the last bit of the smallest subnormal) to 16383-63, so the
   * integers have at most some ten thousand bits; texts are at most 5,119 digits long, as in Redis,
   * and exponents beyond any sense are cut off before anything is computed with them.
   */
  private static final int MANTISSA_BITS = 64;
  private static final int EXPONENT_MIN = -16445;
  private static final int BITS_MAX = 16384;

  /** Texts of this length and above are no numbers. */
  private static final int TEXT_MAX = 5 * 1024;

  /** An exponent, decimal or binary, that no mantissa of a permitted length makes up for. */
  private static final int EXPONENT_CUT = 100_000;

  private static final int FRACTION_DIGITS = 17;
  private static final BigInteger FRACTION_SCALE = BigInteger.TEN.pow(FRACTION_DIGITS);

  public static final LongDouble ZERO = new LongDouble(false, 0, 0, true);

  /**
   * Parses a decimal or hexadecimal number, or an infinity; returns null where strtold would not
   * take the whole range, or would report that the value is too large or so small that it becomes
   * zero.
   */
  public static @Nullable LongDouble parse(byte[] a, int off, int len) {
    if (len == 0 || len >= TEXT_MAX) {
      return null;
    }
    int at = off;
    int end = off + len;
    boolean negative = a[at] == '-';
    if (negative || a[at] == '+') {
      at++;
    }
    if (Bytes.equalIgnoreCase(a, at, end - at, "inf")
        || Bytes.equalIgnoreCase(a, at, end - at, "infinity")) {
      return new LongDouble(negative, 0, 0, false);
    }
    boolean hex = end - at > 2 && a[at] == '0' && Bytes.lower(a[at + 1]) == 'x';
    return parseDigits(a, hex ? at + 2 : at, end, negative, hex ? 16 : 10);
  }

  private static @Nullable LongDouble parseDigits(
      byte[] a, int from, int end, boolean negative, int radix) {
    StringBuilder digits = new StringBuilder(end - from);
    int seen = 0;
    int fraction = 0;
    boolean point = false;
    int at = from;
    for (; at < end; at++) {
      int c = a[at];
      if (c == '.' && !point) {
        point = true;
      } else if (Character.digit(c, radix) >= 0) {
        seen++;
        fraction += point ? 1 : 0;
        if (c != '0' || !digits.isEmpty()) {
          digits.append((char) c);
        }
      } else {
        break;
      }
    }
    if (seen == 0) {
      return null;
    }
    int exponent = 0;
    if (at < end) {
      if (Bytes.lower(a[at]) != (radix == 10 ? 'e' : 'p')) {
        return null;
      }
      exponent = parseExponent(a, at + 1, end);
      if (exponent == Integer.MIN_VALUE) {
        return null;
      }
    }
    if (digits.isEmpty()) {
      return new LongDouble(negative, 0, 0, true);
    }
    BigInteger whole = new BigInteger(digits.toString(), radix);
    LongDouble value =
        radix == 10
            ? ofDecimal(negative, whole, digits.length(), exponent - fraction)
            : round(negative, whole, exponent - 4 * fraction, false);
    return value.finite && value.mantissa != 0 ? value : null;
  }

  /** The exponent, cut off where it is far too large; MIN_VALUE when there is none. */
  private static int parseExponent(byte[] a, int from, int end) {
    int at = from;
    boolean negative = at < end && a[at] == '-';
    if (at < end && (negative || a[at] == '+')) {
      at++;
    }
    if (at == end) {
      return Integer.MIN_VALUE;
    }
    int value = 0;
    for (; at < end; at++) {
      int digit = a[at] - '0';
      if (digit < 0 || digit > 9) {
        return Integer.MIN_VALUE;
      }
      value = Math.min(value * 10 + digit, EXPONENT_CUT);
    }
    return negative ? -value : value;
  }

  private static LongDouble ofDecimal(
      boolean negative, BigInteger whole, int digits, int exponent) {
    if (digits + exponent > 5000) {
      return new LongDouble(negative, 0, 0, false);
    }
    if (digits + exponent < -5000) {
      return new LongDouble(negative, 0, 0, true);
    }
    if (exponent >= 0) {
      BigInteger exact = exponent == 0 ? whole : whole.multiply(BigInteger.TEN.pow(exponent));
      return round(negative, exact, 0, false);
    }
    BigInteger divisor = BigInteger.TEN.pow(-exponent);
    int shift = Math.max(0, MANTISSA_BITS + 2 - whole.bitLength() + divisor.bitLength());
    BigInteger[] quotient = whole.shiftLeft(shift).divideAndRemainder(divisor);
    return round(negative, quotient[0], -shift, quotient[1].signum() != 0);
  }

  /**
   * The number nearest to bits · 2^exponent.
   *
   * @param more whether the value is a little larger than that, by less than one of the last bit;
   *     then there are at least two bits more than a mantissa has
   */
  private static LongDouble round(boolean negative, BigInteger bits, int exponent, boolean more) {
    int drop = Math.max(bits.bitLength() - MANTISSA_BITS, EXPONENT_MIN - exponent);
    BigInteger rounded = drop > 0 ? halfEven(bits, drop, more) : bits;
    int scale = drop > 0 ? exponent + drop : exponent;
    if (rounded.bitLength() > MANTISSA_BITS) {
      rounded = rounded.shiftRight(1);
      scale++;
    }
    if (rounded.signum() != 0 && rounded.bitLength() + scale > BITS_MAX) {
      return new LongDouble(negative, 0, 0, false);
    }
    return new LongDouble(negative, rounded.longValue(), scale, true);
  }

  /** A number without its last bits, rounded to the nearest, a tie to the even one. */
  private static BigInteger halfEven(BigInteger bits, int drop, boolean more) {
    BigInteger kept = bits.shiftRight(drop);
    boolean half = bits.testBit(drop - 1);
    boolean aboveHalf = more || bits.getLowestSetBit() < drop - 1;
    return half && (aboveHalf || kept.testBit(0)) ? kept.add(BigInteger.ONE) : kept;
  }

  /** The sum; not finite where C says infinity or not a number. */
  public LongDouble plus(LongDouble other) {
    if (!finite || !other.finite) {
      return finite ? other : this;
    }
    int scale = Math.min(exponent, other.exponent);
    BigInteger sum = signed(scale).add(other.signed(scale));
    return round(sum.signum() < 0, sum.abs(), scale, false);
  }

  /** The product with an integer; not finite where C says infinity. */
  public LongDouble times(long factor) {
    if (!finite) {
      return factor < 0 ? new LongDouble(!negative, 0, 0, false) : this;
    }
    BigInteger product = signed(exponent).multiply(BigInteger.valueOf(factor));
    return round(product.signum() < 0, product.abs(), exponent, false);
  }

  /**
   * The smallest integer that is not less; what does not fit into 64 bits becomes {@link
   * Long#MIN_VALUE}, as it does on x86.
   */
  public long ceil() {
    BigInteger value = bits();
    if (!finite || value.bitLength() + exponent > Long.SIZE) {
      return Long.MIN_VALUE;
    }
    if (value.signum() == 0) {
      return 0;
    }
    if (exponent > 0) {
      value = value.shiftLeft(exponent);
      return value.bitLength() > Long.SIZE - 1
          ? Long.MIN_VALUE
          : negative ? -value.longValue() : value.longValue();
    }
    BigInteger floor = value.shiftRight(-exponent);
    boolean exact = value.getLowestSetBit() >= -exponent;
    BigInteger ceil = negative ? floor.negate() : exact ? floor : floor.add(BigInteger.ONE);
    return ceil.bitLength() > Long.SIZE - 1 ? Long.MIN_VALUE : ceil.longValue();
  }

  private BigInteger bits() {
    BigInteger low = BigInteger.valueOf(mantissa & Long.MAX_VALUE);
    return mantissa < 0 ? low.setBit(Long.SIZE - 1) : low;
  }

  private BigInteger signed(int scale) {
    BigInteger value = bits().shiftLeft(exponent - scale);
    return negative ? value.negate() : value;
  }

  /**
   * The number in decimal without an exponent, rounded to 17 digits behind the point, zeros at the
   * end left out: what {@code %.17Lf} gives, trimmed.
   */
  public String toFixed() {
    assert finite;
    if (exponent >= 0) {
      String digits = bits().shiftLeft(exponent).toString();
      return negative && mantissa != 0 ? "-" + digits : digits;
    }
    BigInteger scaled = halfEven(bits().multiply(FRACTION_SCALE), -exponent, false);
    if (scaled.signum() == 0) {
      return "0";
    }
    String digits = scaled.toString();
    int missing = FRACTION_DIGITS + 1 - digits.length();
    String padded = missing > 0 ? "0".repeat(missing) + digits : digits;
    int point = padded.length() - FRACTION_DIGITS;
    int end = padded.length();
    while (end > point && padded.charAt(end - 1) == '0') {
      end--;
    }
    String whole = (negative ? "-" : "") + padded.substring(0, point);
    return end == point ? whole : whole + "." + padded.substring(point, end);
  }
}
