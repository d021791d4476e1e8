package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class InstantaneousMetricsTest {
  private static final long PERIOD_NS = 100_000_000;

  @Test
  void rates_ofASteadyLoad_areItsRates() {
    InstantaneousMetrics metrics = new InstantaneousMetrics(0);
    for (int i = 1; i <= 20; i++) {
      metrics.sample(i * PERIOD_NS, i * 50L, i * 1024L, i * 2048L, i > 18);
    }
    assertThat(metrics.commandsPerSecond()).isCloseTo(500, within(1e-6));
    assertThat(metrics.inputBytesPerSecond()).isCloseTo(10240, within(1e-6));
    assertThat(metrics.outputBytesPerSecond()).isCloseTo(20480, within(1e-6));
    assertThat(metrics.exceededMs()).isEqualTo(200);
    assertThat(metrics.exceededNowMs()).isEqualTo(200);
    metrics.sample(21 * PERIOD_NS, 1000, 0, 0, false);
    assertThat(metrics.exceededMs()).isEqualTo(200);
    assertThat(metrics.exceededNowMs()).isZero();
  }

  @Test
  void peakMemory_keepsTheHighest() {
    InstantaneousMetrics metrics = new InstantaneousMetrics(0);
    metrics.noteMemory(7);
    metrics.noteMemory(9);
    metrics.noteMemory(3);
    assertThat(metrics.peakMemory()).isEqualTo(9);
  }
}
