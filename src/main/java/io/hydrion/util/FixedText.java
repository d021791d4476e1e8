package io.hydrion.util;

/** Doubles as text with a fixed number of digits behind the point. */
public final class FixedText {
  /** The most bytes that the methods here write. */
  public static final int LENGTH_MAX = 40;

  private static final int DIGITS = 17;
  private static final long SCALE = 100_000_000_000_000_000L;
  private static final long FOUR = 10_000;
  private static final int FRACTION_BITS = 52;
  private static final int BIAS = 1075;

  private FixedText() {}

  /**
   * Writes a number below 2^53 in size, rounded to 17 digits behind the point, zeros at the end
   * left out: what {@code %.17Lf} gives, trimmed.
   *
   * @return the offset behind its last character
   */
  public static int putTrimmed(byte[] a, int at, double value) {
    assert Math.abs(value) < 0x1p53;
    double size = Math.abs(value);
    long whole = (long) size;
    long fraction = fraction(size - whole);
    if (fraction == SCALE) {
      whole++;
      fraction = 0;
    }
    int to = at;
    if (value < 0 && (whole | fraction) != 0) {
      a[to++] = '-';
    }
    to = Bytes.putDecimal(a, to, whole);
    if (fraction == 0) {
      return to;
    }
    a[to] = '.';
    int end = to + 1 + DIGITS;
    for (int i = end - 1; i > to; i--) {
      a[i] = (byte) ('0' + fraction % 10);
      fraction /= 10;
    }
    while (a[end - 1] == '0') {
      end--;
    }
    return end;
  }

  /** A number below 1, times 10^17, rounded to the nearest, a tie to the even one. */
  private static long fraction(double x) {
    long bits = Double.doubleToRawLongBits(x);
    int exponent = (int) (bits >>> FRACTION_BITS);
    if (exponent == 0) {
      return 0; // nothing, or next to nothing
    }
    long mantissa = bits & (1L << FRACTION_BITS) - 1 | 1L << FRACTION_BITS;
    int shift = BIAS - exponent;
    long high = Math.multiplyHigh(mantissa, SCALE);
    long low = mantissa * SCALE;
    if (shift < Long.SIZE) {
      long digits = high << Long.SIZE - shift | low >>> shift;
      return rounded(digits, low >>> shift - 1, (low & (1L << shift - 1) - 1) != 0);
    }
    int upper = shift - Long.SIZE;
    if (upper == 0) {
      return rounded(high, low >>> Long.SIZE - 1, low << 1 != 0);
    }
    if (upper >= Long.SIZE) {
      return 0;
    }
    boolean more = low != 0 || (high & (1L << upper - 1) - 1) != 0;
    return rounded(high >>> upper, high >>> upper - 1, more);
  }

  /**
   * @param half whose lowest bit is the first one that is cut off
   * @param more whether any behind it is set
   */
  private static long rounded(long digits, long half, boolean more) {
    return (half & 1) != 0 && (more || (digits & 1) != 0) ? digits + 1 : digits;
  }

  /**
   * Writes a number that is not negative with four digits behind the point.
   *
   * @return the offset behind its last character
   */
  public static int putFour(byte[] a, int at, double value) {
    assert value >= 0;
    long scaled = (long) Math.rint(value * FOUR);
    int to = Bytes.putDecimal(a, at, scaled / FOUR);
    a[to] = '.';
    long rest = scaled % FOUR;
    for (int i = to + 4; i > to; i--) {
      a[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return to + 5;
  }
}
