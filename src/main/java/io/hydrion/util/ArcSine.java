package io.hydrion.util;

/**
 * The arc sine of numbers from 0 to 1, rounded to the nearest double but for a few in ten thousand,
 * as in the GNU C library: what is computed from it is stored with all its digits.
 */
final class ArcSine {
  /*
   * Java's own result t is off by less than two units of its last place, and Newton's method mends
   * that: t + (y - sin t) / cos t. The difference is tiny, so sin t has to be known to more than
   * twice a double's digits where they count. With s and c, the sine and cosine of the multiple of
   * 1/256 that is nearest to t, and d the rest, it is
   *
   *   y - sin t = (y - s) - c sin d + s (1 - cos d)
   *
   * where y - s is exact, and so is the difference of it and the product of the upper halves of c
   * and d; all else is so small that its errors do not matter.
   *
   * The sines and cosines are pairs of doubles, each computed from the one before by the addition
   * theorems; a pair's error grows by 2^-104 a step.
   */
  private static final int PARTS = 256;
  private static final double PART = 1.0 / PARTS;
  private static final int COUNT = (int) (Math.PI / 2 * PARTS) + 2;

  /** Multiplying by it and subtracting splits a double into two of 26 bits. */
  private static final double SPLITTER = 0x1p27 + 1;

  /** Below it the cubed number is next to nothing, and Java's result is right. */
  private static final double SMALL = 0x1p-20;

  /** Above it the cosine is too small to be divided by. */
  private static final double NEAR_ONE = 1 - 0x1p-20;

  private static final double PART_SINE = 0x1.ffffaaaaaeeefp-9;
  private static final double PART_SINE_REST = -0x1.2b12b0ce9b237p-65;
  private static final double PART_COSINE = 0x1.ffff000015555p-1;
  private static final double PART_COSINE_REST = 0x1.27d27df7df7bbp-55;

  private static final double[] SINES = new double[COUNT];
  private static final double[] SINE_RESTS = new double[COUNT];
  private static final double[] COSINES = new double[COUNT];
  private static final double[] COSINE_RESTS = new double[COUNT];

  static {
    COSINES[0] = 1;
    for (int i = 1; i < COUNT; i++) {
      addPart(i);
    }
    for (int i = 0; i < COUNT; i++) {
      double upper = upper(COSINES[i]);
      COSINE_RESTS[i] += COSINES[i] - upper;
      COSINES[i] = upper;
    }
  }

  private ArcSine() {}

  static double of(double y) {
    double t = Math.asin(y);
    if (!(y > SMALL && y < NEAR_ONE)) {
      return t;
    }
    int i = (int) (t * PARTS + 0.5);
    double d = t - i * PART;
    double upper = upper(d);
    double square = d * d;
    double sineRest = -d * square * (1.0 / 6 - square * (1.0 / 120 - square / 5040));
    double cosineRest = square * (0.5 - square * (1.0 / 24 - square / 720));
    double sine = SINES[i];
    double cosine = COSINES[i];
    double difference = y - sine - cosine * upper;
    double rest =
        sine * cosineRest
            - SINE_RESTS[i]
            - cosine * (d - upper)
            - COSINE_RESTS[i] * (d + sineRest)
            - cosine * sineRest;
    return t + (difference + rest) / (cosine - sine * d - cosine * cosineRest);
  }

  /** The upper 26 bits. */
  private static double upper(double x) {
    double scaled = SPLITTER * x;
    return scaled - (scaled - x);
  }

  /** Computes the sine and the cosine of a multiple of the part from those of the one before. */
  private static void addPart(int i) {
    double s = SINES[i - 1];
    double sRest = SINE_RESTS[i - 1];
    double c = COSINES[i - 1];
    double cRest = COSINE_RESTS[i - 1];
    putSum(SINES, SINE_RESTS, i, s, sRest, PART_COSINE, PART_COSINE_REST, c, cRest, PART_SINE);
    putSum(
        COSINES, COSINE_RESTS, i, c, cRest, PART_COSINE, PART_COSINE_REST, -s, -sRest, PART_SINE);
  }

  /** Writes a·b + c·d, where d is the sine of the part, all of them pairs. */
  private static void putSum(
      double[] to,
      double[] rests,
      int i,
      double a,
      double aRest,
      double b,
      double bRest,
      double c,
      double cRest,
      double d) {
    double first = a * b;
    double second = c * d;
    double sum = first + second;
    double part = sum - first;
    double lost = first - (sum - part) + (second - part);
    lost += productRest(a, b, first) + productRest(c, d, second);
    lost += a * bRest + aRest * b + c * PART_SINE_REST + cRest * d;
    to[i] = sum + lost;
    rests[i] = lost - (to[i] - sum);
  }

  /** What a product of two doubles has lost by rounding. */
  private static double productRest(double a, double b, double product) {
    double au = upper(a);
    double bu = upper(b);
    return au * bu - product + au * (b - bu) + (a - au) * bu + (a - au) * (b - bu);
  }
}
