package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against sines of forty digits: the number must lie between those of the neighbours' middles. */
class ArcSineTest {
  private static final MathContext DIGITS = new MathContext(40);

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  private static BigDecimal sine(BigDecimal x) {
    BigDecimal square = x.multiply(x, DIGITS).negate();
    BigDecimal term = x;
    BigDecimal sum = x;
    for (int n = 2; term.abs().compareTo(new BigDecimal("1e-38")) > 0; n += 2) {
      term = term.multiply(square, DIGITS).divide(BigDecimal.valueOf((long) n * (n + 1)), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    return sum;
  }

  private static BigDecimal middle(double a, double b) {
    return new BigDecimal(a).add(new BigDecimal(b)).divide(BigDecimal.TWO, DIGITS);
  }

  private static boolean isNearest(double y, double t) {
    BigDecimal exact = new BigDecimal(y);
    return sine(middle(Math.nextDown(t), t)).compareTo(exact) <= 0
        && sine(middle(t, Math.nextUp(t))).compareTo(exact) >= 0;
  }

  @Test
  void of_randomNumbers_nearestDouble() {
    int wrong = 0;
    int n = 5000;
    for (int i = 0; i < n; i++) {
      double y = i % 2 == 0 ? random.nextDouble() : Math.pow(10, -random.nextDouble(6));
      wrong += isNearest(y, ArcSine.of(y)) ? 0 : 1;
    }
    assertThat(wrong).as("seed %d", seed).isLessThan(n / 500);
  }

  @Test
  void of_ends_exact() {
    assertThat(ArcSine.of(0)).isZero();
    assertThat(ArcSine.of(1)).isEqualTo(Math.PI / 2);
    assertThat(ArcSine.of(0.5)).isEqualTo(0x1.0c152382d7366p-1);
  }
}
