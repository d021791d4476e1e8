package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Numbers of places beside halving by hand, shapes beside distances without short cuts. */
class GeoShapeTest {
  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  private double longitude() {
    return random.nextInt(20) == 0 ? 180 - random.nextInt(3) * 180 : random.nextDouble(-180, 180);
  }

  private double latitude() {
    double max = GeoHash.LATITUDE_MAX;
    return random.nextInt(20) == 0 ? max * (random.nextInt(3) - 1) : random.nextDouble(-max, max);
  }

  @Test
  void encode_randomPlaces_asByHalving() {
    for (int round = 0; round < 20_000; round++) {
      double x = random.nextDouble(-180, 180);
      double y = random.nextDouble(-85, 85);
      long bits = 0;
      double[] low = {-180, -GeoHash.LATITUDE_MAX};
      double[] high = {180, GeoHash.LATITUDE_MAX};
      for (int i = 0; i < 2 * GeoHash.STEPS; i++) {
        int axis = i & 1;
        double middle = (low[axis] + high[axis]) / 2;
        boolean upper = (axis == 0 ? x : y) >= middle;
        (upper ? low : high)[axis] = middle;
        bits = bits << 1 | (upper ? 1 : 0);
      }
      assertThat(GeoHash.encode(x, y)).as("seed %d: %s %s", seed, x, y).isEqualTo(bits);
      assertThat(GeoHash.longitude(bits)).isCloseTo(x, within(1e-5));
      assertThat(GeoHash.latitude(bits)).isCloseTo(y, within(1e-5));
    }
  }

  @Test
  void text_knownPlace_asWritten() {
    assertThat(GeoHash.text(GeoHash.encode(13.361389, 38.115556))).isEqualTo("sqc8b49rny0");
    assertThat(GeoHash.text(GeoHash.encode(-5.6, 42.6))).isEqualTo("ezs42e44yx0");
  }

  @Test
  void ofScore_anyScore_asByC() {
    assertThat(GeoHash.ofScore(-1)).isEqualTo(-1);
    assertThat(GeoHash.ofScore(1e18)).isEqualTo(1_000_000_000_000_000_000L);
    assertThat(GeoHash.ofScore(0x1p63)).isEqualTo(Long.MIN_VALUE);
    assertThat(GeoHash.ofScore(Double.POSITIVE_INFINITY)).isZero();
    assertThat(GeoHash.ofScore(Double.NEGATIVE_INFINITY)).isEqualTo(Long.MIN_VALUE);
    for (int round = 0; round < 1000; round++) {
      long any = random.nextLong();
      assertThat(Math.abs(GeoHash.longitude(any))).isLessThanOrEqualTo(180);
      assertThat(Math.abs(GeoHash.latitude(any))).isLessThanOrEqualTo(GeoHash.LATITUDE_MAX);
    }
  }

  @Test
  void contains_randomCircles_asByDistance() {
    GeoShape shape = new GeoShape();
    for (int round = 0; round < 500; round++) {
      long middle = GeoHash.encode(longitude(), latitude());
      double radius = Math.pow(10, random.nextDouble(-2, 7.4));
      shape.center(GeoHash.longitude(middle), GeoHash.latitude(middle));
      shape.circle(radius, 1);
      shape.cover();
      for (int i = 0; i < 400; i++) {
        long place = i == 0 ? middle : near(middle, radius);
        double distance = GeoShape.distance(middle, place);
        boolean inside = !(distance > radius);
        String what = "seed " + seed + ": " + middle + " " + place + " " + radius;
        assertThat(shape.contains(place)).as(what).isEqualTo(inside);
        if (inside) {
          assertThat(shape.distance()).as(what).isEqualTo(distance);
        }
      }
    }
  }

  /** Half of the places lie about as far away as the radius. */
  private long near(long middle, double radius) {
    if (random.nextBoolean()) {
      return GeoHash.encode(longitude(), latitude());
    }
    double degrees = radius / 111_000 * random.nextDouble(0.5, 1.5);
    double angle = random.nextDouble(2 * Math.PI);
    double y = Math.clamp(GeoHash.latitude(middle) + degrees * Math.sin(angle), -85, 85);
    double wide = degrees * Math.cos(angle) / Math.cos(y * Math.PI / 180);
    double x = GeoHash.longitude(middle) + wide;
    return GeoHash.encode(Math.IEEEremainder(x, 360), y);
  }

  @Test
  void cover_randomCirclesAwayFromPoles_noPlaceIsMissed() {
    GeoShape shape = new GeoShape();
    for (int round = 0; round < 2000; round++) {
      double x = random.nextDouble(-150, 150);
      double y = random.nextDouble(-60, 60);
      double radius = Math.pow(10, random.nextDouble(0, 6));
      shape.center(x, y);
      shape.circle(radius, 1);
      shape.cover();
      long middle = GeoHash.encode(x, y);
      for (int i = 0; i < 50; i++) {
        long place = near(middle, radius);
        if (shape.contains(place)) {
          assertThat(isCovered(shape, place)).as("seed %d: %s %s", seed, place, radius).isTrue();
        }
      }
    }
  }

  private static boolean isCovered(GeoShape shape, long place) {
    for (int cell = 0; cell < shape.cells(); cell++) {
      if (place >= shape.first(cell) && place < shape.end(cell)) {
        return true;
      }
    }
    return false;
  }
}
