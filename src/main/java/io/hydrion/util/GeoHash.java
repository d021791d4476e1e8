package io.hydrion.util;

/**
 * Places on the globe as numbers, as Redis computes them: longitude and latitude are halved in turn
 * so and so often, and each halving gives a bit. Places that are near to each other mostly share
 * their first bits, so the places in a cell are a range of numbers.
 */
public final class GeoHash {
  /*
   * Latitudes end where Web Mercator's do (EPSG:3857). Bit 0 is of the latitude, bit 1 of the
   * longitude, and so on; with 26 steps the number has 52 bits and is exact as a double. At the very
   * edge in the east and in the north it has a bit more, which is Redis's way too.
   *
   * The order of the floating-point operations decides the last digits; it is Redis's.
   */
  public static final double LONGITUDE_MAX = 180;
  public static final double LATITUDE_MAX = 85.05112878;

  /** How often a place's coordinates are halved. */
  public static final int STEPS = 26;

  private static final double LONGITUDES = LONGITUDE_MAX + LONGITUDE_MAX;
  private static final double LATITUDES = LATITUDE_MAX + LATITUDE_MAX;
  private static final double TEXT_LATITUDE_MAX = 90;
  private static final int TEXT_LENGTH = 11;
  private static final String TEXT_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz";

  static final long LATITUDE_BITS = 0x5555555555555555L;
  static final long LONGITUDE_BITS = LATITUDE_BITS << 1;

  private GeoHash() {}

  public static boolean isPlace(double longitude, double latitude) {
    return Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
  }

  /** The number of a place. */
  public static long encode(double longitude, double latitude) {
    return encode(longitude, latitude, STEPS);
  }

  /** The number of the cell that a place is in. */
  static long encode(double longitude, double latitude, int steps) {
    return encode(longitude, latitude, LATITUDE_MAX, LATITUDES, steps);
  }

  private static long encode(
      double longitude, double latitude, double latitudeMax, double latitudes, int steps) {
    double x = (longitude + LONGITUDE_MAX) / LONGITUDES * (1L << steps);
    double y = (latitude + latitudeMax) / latitudes * (1L << steps);
    return spread((long) y) | spread((long) x) << 1;
  }

  /** Puts a zero in front of each of the lower 32 bits. */
  private static long spread(long bits) {
    long x = (bits | bits << 16) & 0x0000ffff0000ffffL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffL;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & LATITUDE_BITS;
  }

  /** Takes every second bit, from the lowest one on. */
  static long gather(long bits) {
    long x = bits & LATITUDE_BITS;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x >>> 4) & 0x00ff00ff00ff00ffL;
    x = (x | x >>> 8) & 0x0000ffff0000ffffL;
    return (x | x >>> 16) & 0xffffffffL;
  }

  /** The number that a score stands for; a score that is none gives what C's conversion gives. */
  public static long ofScore(double score) {
    if (score < 0x1p63) {
      return (long) score;
    }
    return score < 0x1p64 ? (long) (score - 0x1p63) ^ Long.MIN_VALUE : 0;
  }

  /** The longitude in the middle of a place's cell. */
  public static double longitude(long place) {
    long x = gather(place >>> 1);
    double west = west(x, STEPS);
    double east = west(x + 1 & 0xffffffffL, STEPS);
    return clamp((west + east) / 2, LONGITUDE_MAX);
  }

  /** The latitude in the middle of a place's cell. */
  public static double latitude(long place) {
    long y = gather(place);
    double south = south(y, STEPS);
    double north = south(y + 1 & 0xffffffffL, STEPS);
    return clamp((south + north) / 2, LATITUDE_MAX);
  }

  /** Where the cells of a column begin. */
  static double west(long column, int steps) {
    return -LONGITUDE_MAX + column * part(steps) * LONGITUDES;
  }

  /** Where the cells of a row begin. */
  static double south(long row, int steps) {
    return -LATITUDE_MAX + row * part(steps) * LATITUDES;
  }

  /** 2^-steps: multiplying by it is exact, as dividing by 2^steps is. */
  private static double part(int steps) {
    return Double.longBitsToDouble((long) (Double.MAX_EXPONENT - steps) << 52);
  }

  /** The bits of the last row that begins south of a latitude, for comparing with a place's. */
  static long rowBits(double latitude) {
    return spread(cell((latitude + LATITUDE_MAX) / LATITUDES));
  }

  /** The bits of the last column that begins west of a longitude. */
  static long columnBits(double longitude) {
    return spread(cell((longitude + LONGITUDE_MAX) / LONGITUDES)) << 1;
  }

  private static long cell(double offset) {
    return Math.clamp((long) Math.floor(offset * (1L << STEPS)), 0L, (1L << STEPS) - 1);
  }

  private static double clamp(double x, double max) {
    return x > max ? max : x < -max ? -max : x;
  }

  /**
   * The usual geohash of a place, whose latitudes reach to the poles, in 11 digits; of the last one
   * there are no bits, so it is 0.
   */
  public static String text(long place) {
    double longitude = longitude(place);
    double latitude = latitude(place);
    long bits = encode(longitude, latitude, TEXT_LATITUDE_MAX, 2 * TEXT_LATITUDE_MAX, STEPS);
    StringBuilder text = new StringBuilder(TEXT_LENGTH);
    for (int shift = 2 * STEPS - 5; shift >= 0; shift -= 5) {
      text.append(TEXT_DIGITS.charAt((int) (bits >>> shift) & 0x1f));
    }
    return text.append('0').toString();
  }
}
