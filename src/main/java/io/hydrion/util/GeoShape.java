package io.hydrion.util;

/**
 * A circle or a box on the globe, as Redis computes them: which cells of {@link GeoHash} cover it,
 * and which places are in it, how far from its middle. Measures are in meters.
 */
public final class GeoShape {
  /*
   * The cells are the one in which the middle lies, of a size that makes it and its eight neighbours
   * cover the shape, without the neighbours that the shape does not reach. Each is a range of
   * numbers. The order of the cells is Redis's: it is the order of replies that are not sorted.
   *
   * Distances are great circles of a sphere (haversine); the order of the floating-point operations
   * decides the last digits and is Redis's. Most places in the cells lie outside the shape, and most
   * of those outside of the band of latitudes or longitudes that it takes: these are rejected by
   * their bits alone, whose order is that of the coordinates when those of the other coordinate are
   * masked. The bands are a little too wide, by far more than rounding errors, so that the exact
   * distance has the last word.
   */
  private static final double EARTH_RADIUS = 6372797.560856;
  private static final double RADIANS = Math.PI / 180.0;
  private static final double MERCATOR_MAX = 20037726.37;

  /** How much wider than the shape the bands are. */
  private static final double WIDER = 1 + 1e-9;

  private static final double WIDER_DEGREES = 1e-9;
  private static final int CELLS_MAX = 9;

  private double longitude;
  private double latitude;
  private double longitudeRadians;
  private double latitudeRadians;
  private double latitudeCosine;
  private boolean circle;
  private double width;
  private double height;
  private double radius;
  private double boxWidth;
  private double boxHeight;
  private long southBits;
  private long northBits;
  private long westBits;
  private long eastBits;
  private boolean acrossDateLine;
  private double distance;

  private final long[] cells = new long[CELLS_MAX];
  private int cellCount;
  private int steps;

  /** Sets the middle. */
  public void center(double ofLongitude, double ofLatitude) {
    longitude = ofLongitude;
    latitude = ofLatitude;
  }

  /** Makes it a circle. */
  public void circle(double ofRadius, double unit) {
    circle = true;
    width = ofRadius * unit;
    height = ofRadius * unit;
    radius = ofRadius * unit;
  }

  /** Makes it a box that is so wide and so high. */
  public void box(double ofWidth, double ofHeight, double unit) {
    circle = false;
    width = unit * (ofWidth / 2);
    height = unit * (ofHeight / 2);
    double half = ofWidth / 2 * (ofWidth / 2) + ofHeight / 2 * (ofHeight / 2);
    radius = Math.sqrt(half) * unit;
    boxWidth = ofWidth * unit / 2;
    boxHeight = ofHeight * unit / 2;
  }

  // ---- cells

  /** Finds the cells that cover the shape; to be called when it is known. */
  public void cover() {
    longitudeRadians = longitude * RADIANS;
    latitudeRadians = latitude * RADIANS;
    latitudeCosine = Math.cos(latitudeRadians);
    double heightDegrees = height / EARTH_RADIUS / RADIANS;
    double north = latitude + heightDegrees;
    double south = latitude - heightDegrees;
    double widest = latitude < 0 ? south : north;
    double widthDegrees = width / EARTH_RADIUS / Math.cos(widest * RADIANS) / RADIANS;
    double west = longitude - widthDegrees;
    double east = longitude + widthDegrees;
    steps = stepsFor(radius, latitude);
    long middle = GeoHash.encode(longitude, latitude, steps);
    if (steps > 1 && !reach(middle, west, south, east, north)) {
      steps--;
      middle = GeoHash.encode(longitude, latitude, steps);
    }
    choose(middle, west, south, east, north);
    setBands();
  }

  /** How small cells may be so that nine of them cover a circle. */
  private static int stepsFor(double radius, double latitude) {
    if (radius == 0) {
      return GeoHash.STEPS;
    }
    int steps = 1;
    for (double r = radius; r < MERCATOR_MAX; r *= 2) {
      steps++;
    }
    steps -= 2;
    if (latitude > 66 || latitude < -66) {
      steps--;
      if (latitude > 80 || latitude < -80) {
        steps--;
      }
    }
    return Math.clamp(steps, 1, GeoHash.STEPS);
  }

  private boolean reach(long middle, double west, double south, double east, double north) {
    return !(south(moveRow(middle, 1), 1) < north
        || south(moveRow(middle, -1), 0) > south
        || west(moveColumn(middle, 1), 1) < east
        || west(moveColumn(middle, -1), 0) > west);
  }

  /** Where the row of a cell begins, or that many rows further. */
  private double south(long cell, int further) {
    return GeoHash.south(GeoHash.gather(cell) + further & 0xffffffffL, steps);
  }

  private double west(long cell, int further) {
    return GeoHash.west(GeoHash.gather(cell >>> 1) + further & 0xffffffffL, steps);
  }

  private long moveRow(long cell, int by) {
    return move(cell, by, GeoHash.LATITUDE_BITS, GeoHash.LONGITUDE_BITS);
  }

  private long moveColumn(long cell, int by) {
    return move(cell, by, GeoHash.LONGITUDE_BITS, GeoHash.LATITUDE_BITS);
  }

  /** The neighbour in one direction; behind the last one comes the first. */
  private long move(long cell, int by, long own, long others) {
    int unused = Long.SIZE - 2 * steps;
    long gaps = others >>> unused;
    long moved = cell & own;
    moved = by > 0 ? moved + (gaps + 1) : (moved | gaps) - (gaps + 1);
    return moved & own >>> unused | cell & others;
  }

  private void choose(long middle, double west, double south, double east, double north) {
    boolean all = steps < 2;
    boolean toNorth = all || !(south(middle, 1) > north);
    boolean toSouth = all || !(south(middle, 0) < south);
    boolean toEast = all || !(west(middle, 1) > east);
    boolean toWest = all || !(west(middle, 0) < west);
    cellCount = 0;
    cells[cellCount++] = middle;
    add(middle, 0, 1, toNorth);
    add(middle, 0, -1, toSouth);
    add(middle, 1, 0, toEast);
    add(middle, -1, 0, toWest);
    add(middle, 1, 1, toNorth && toEast);
    add(middle, -1, 1, toNorth && toWest);
    add(middle, 1, -1, toSouth && toEast);
    add(middle, -1, -1, toSouth && toWest);
  }

  /** Adds a neighbour, unless it is the same as the neighbour before it: there are few cells. */
  private void add(long middle, int columns, int rows, boolean reached) {
    if (reached) {
      long cell = columns == 0 ? middle : moveColumn(middle, columns);
      cell = rows == 0 ? cell : moveRow(cell, rows);
      if (cellCount == 1 || cells[cellCount - 1] != cell) {
        cells[cellCount++] = cell;
      }
    }
  }

  /** How many cells there are. */
  public int cells() {
    return cellCount;
  }

  /** The first number in a cell. */
  public long first(int cell) {
    return cells[cell] << 2 * (GeoHash.STEPS - steps);
  }

  /** The first number behind a cell. */
  public long end(int cell) {
    return cells[cell] + 1 << 2 * (GeoHash.STEPS - steps);
  }

  // ---- places

  private void setBands() {
    double angle = (circle ? radius : boxHeight) / EARTH_RADIUS;
    double rows = angle / RADIANS * WIDER + WIDER_DEGREES;
    double north = latitude + rows;
    double south = latitude - rows;
    southBits = GeoHash.rowBits(south);
    northBits = north < GeoHash.LATITUDE_MAX ? GeoHash.rowBits(north) : Long.MAX_VALUE;
    double columns = halfWidthDegrees(angle, Math.max(Math.abs(north), Math.abs(south)));
    double west = longitude - columns;
    double east = longitude + columns;
    acrossDateLine = west < -GeoHash.LONGITUDE_MAX || east > GeoHash.LONGITUDE_MAX;
    if (!(columns < GeoHash.LONGITUDE_MAX / 2)) {
      acrossDateLine = false;
      west = -GeoHash.LONGITUDE_MAX;
      east = GeoHash.LONGITUDE_MAX;
    }
    westBits = GeoHash.columnBits(wrap(west));
    eastBits = wrap(east) < GeoHash.LONGITUDE_MAX ? GeoHash.columnBits(wrap(east)) : Long.MAX_VALUE;
  }

  private static double wrap(double longitude) {
    return longitude < -GeoHash.LONGITUDE_MAX
        ? longitude + 2 * GeoHash.LONGITUDE_MAX
        : longitude > GeoHash.LONGITUDE_MAX ? longitude - 2 * GeoHash.LONGITUDE_MAX : longitude;
  }

  /** How far the shape reaches to the east, in degrees, or a little more; infinite near a pole. */
  private double halfWidthDegrees(double angle, double farthestLatitude) {
    double ratio;
    if (circle) {
      boolean hasPole = angle >= Math.PI / 2 - Math.abs(latitudeRadians);
      ratio = hasPole ? 1 : Math.sin(angle) / latitudeCosine;
    } else {
      double half = boxWidth / EARTH_RADIUS / 2;
      boolean hasPole = farthestLatitude >= 90 || half >= Math.PI / 2;
      ratio = hasPole ? 1 : Math.sin(half) / Math.cos(farthestLatitude * RADIANS);
    }
    if (ratio * WIDER >= 1) {
      return Double.POSITIVE_INFINITY;
    }
    double reach = Math.asin(ratio * WIDER) / RADIANS;
    return (circle ? reach : 2 * reach) * WIDER + WIDER_DEGREES;
  }

  /**
   * Whether a place can be in the shape that is one of the numbers from one to another, which are
   * all those with some first bits.
   */
  public boolean mayContain(long low, long high) {
    if ((high & GeoHash.LATITUDE_BITS) < southBits || (low & GeoHash.LATITUDE_BITS) > northBits) {
      return false;
    }
    boolean isWest = Long.compareUnsigned(high & GeoHash.LONGITUDE_BITS, westBits) < 0;
    boolean isEast = Long.compareUnsigned(low & GeoHash.LONGITUDE_BITS, eastBits) > 0;
    return acrossDateLine ? !(isWest && isEast) : !(isWest || isEast);
  }

  /** Whether a place is in the shape; then {@link #distance} is known. */
  public boolean contains(long place) {
    if (!mayContain(place, place)) {
      return false;
    }
    double x = GeoHash.longitude(place);
    double y = GeoHash.latitude(place);
    if (circle) {
      distance = distanceTo(x, y);
      return !(distance > radius);
    }
    if (alongMeridian(y * RADIANS, latitudeRadians) > boxHeight
        || distance(x, y, longitude, y) > boxWidth) {
      return false;
    }
    distance = distanceTo(x, y);
    return true;
  }

  /** From the middle to the place that has last been found to be in the shape. */
  public double distance() {
    return distance;
  }

  private double distanceTo(double x, double y) {
    double v = Math.sin((x * RADIANS - longitudeRadians) / 2);
    double yRadians = y * RADIANS;
    if (v == 0.0) {
      return alongMeridian(latitudeRadians, yRadians);
    }
    double u = Math.sin((yRadians - latitudeRadians) / 2);
    return haversine(u * u + latitudeCosine * Math.cos(yRadians) * v * v);
  }

  private static double alongMeridian(double from, double to) {
    return EARTH_RADIUS * Math.abs(to - from);
  }

  private static double haversine(double a) {
    return 2.0 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
  }

  /** The distance of two places. */
  public static double distance(long place, long other) {
    return distance(
        GeoHash.longitude(place),
        GeoHash.latitude(place),
        GeoHash.longitude(other),
        GeoHash.latitude(other));
  }

  private static double distance(double x1, double y1, double x2, double y2) {
    double v = Math.sin((x2 * RADIANS - x1 * RADIANS) / 2);
    double from = y1 * RADIANS;
    double to = y2 * RADIANS;
    if (v == 0.0) {
      return alongMeridian(from, to);
    }
    double u = Math.sin((to - from) / 2);
    return haversine(u * u + Math.cos(from) * Math.cos(to) * v * v);
  }
}
