package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against exact decimals. */
class FixedTextTest {
  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);
  private final byte[] text = new byte[FixedText.LENGTH_MAX];

  private String trimmed(double x) {
    return Bytes.string(text, 0, FixedText.putTrimmed(text, 0, x));
  }

  private String four(double x) {
    return Bytes.string(text, 0, FixedText.putFour(text, 0, x));
  }

  @Test
  void putTrimmed_anyNumber_roundedToTheNearest() {
    for (int round = 0; round < 300_000; round++) {
      double x =
          random.nextDouble(-180, 180) * Math.pow(10, -random.nextInt(round % 2 == 0 ? 1 : 30));
      x = round % 7 == 0 ? (float) x : x;
      BigDecimal exact = new BigDecimal(x).setScale(17, RoundingMode.HALF_EVEN);
      String expected = exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
      assertThat(trimmed(x)).as("seed %d: %s", seed, x).isEqualTo(expected);
    }
  }

  @Test
  void putTrimmed_edges_asByC() {
    assertThat(trimmed(0.0)).isEqualTo("0");
    assertThat(trimmed(-0.0)).isEqualTo("0");
    assertThat(trimmed(-180)).isEqualTo("-180");
    assertThat(trimmed(0.1)).isEqualTo("0.10000000000000001");
    assertThat(trimmed(Math.nextDown(1.0))).isEqualTo("0.99999999999999989");
    assertThat(trimmed(Double.MIN_VALUE)).isEqualTo("0");
    assertThat(trimmed(-4e-18)).isEqualTo("0");
    assertThat(trimmed(6e-18)).isEqualTo("0.00000000000000001");
    for (int exponent = 1; exponent < 140; exponent++) {
      double x = Math.scalb(1.0, -exponent);
      BigDecimal exact = new BigDecimal(x).setScale(17, RoundingMode.HALF_EVEN);
      String expected = exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
      assertThat(trimmed(x)).isEqualTo(expected);
    }
  }

  @Test
  void putFour_anyDistance_fourDigits() {
    assertThat(four(0)).isEqualTo("0.0000");
    assertThat(four(0.00004)).isEqualTo("0.0000");
    assertThat(four(0.00006)).isEqualTo("0.0001");
    assertThat(four(0.775)).isEqualTo("0.7750");
    assertThat(four(166274.15156960033)).isEqualTo("166274.1516");
    for (int round = 0; round < 100_000; round++) {
      double x = Math.pow(10, random.nextDouble(-5, 8));
      String expected = BigDecimal.valueOf((long) Math.rint(x * 10_000), 4).toPlainString();
      assertThat(four(x)).as("seed %d: %s", seed, x).isEqualTo(expected);
    }
  }
}
