package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.config.CNumbers.Scanned;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CNumbersTest {
  @Test
  void parseMemory_units_multiply() {
    assertThat(CNumbers.parseMemory("5")).hasValue(5);
    assertThat(CNumbers.parseMemory("5b")).hasValue(5);
    assertThat(CNumbers.parseMemory("5k")).hasValue(5_000);
    assertThat(CNumbers.parseMemory("5KB")).hasValue(5 << 10);
    assertThat(CNumbers.parseMemory("5m")).hasValue(5_000_000);
    assertThat(CNumbers.parseMemory("5Mb")).hasValue(5 << 20);
    assertThat(CNumbers.parseMemory("5g")).hasValue(5_000_000_000L);
    assertThat(CNumbers.parseMemory("5gB")).hasValue(5L << 30);
    assertThat(CNumbers.parseMemory("")).hasValue(0);
  }

  @Test
  void parseMemory_whatIsNoAmount_isEmpty() {
    for (String text :
        List.of("-1", "+1", "1 ", "1tb", "x", "1.5", "0x10", "1k1", "1".repeat(128))) {
      assertThat(CNumbers.parseMemory(text)).as(text).isEmpty();
    }
  }

  @Test
  void formatMemory_anyAmount_parsesBack() {
    long seed = System.nanoTime();
    System.out.println("formatMemory_anyAmount_parsesBack seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long bytes = (random.nextLong() >>> random.nextInt(1, 63)) & (-1L << random.nextInt(20));
      assertThat(CNumbers.parseMemory(CNumbers.formatMemory(bytes))).hasValue(bytes);
    }
  }

  @Test
  void parseLong_onlyTheFormThatIsPrinted_isTaken() {
    long seed = System.nanoTime();
    System.out.println("parseLong_onlyTheFormThatIsPrinted_isTaken seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long value = random.nextLong() >> random.nextInt(64);
      assertThat(CNumbers.parseLong(Long.toString(value))).hasValue(value);
    }
    for (String text :
        List.of("", "-", "+1", "01", "-0", "-01", "1 ", " 1", "1.0", "9223372036854775808", "٣")) {
      assertThat(CNumbers.parseLong(text)).as(text).isEqualTo(OptionalLong.empty());
    }
  }

  @Test
  void scanLong_endsWhereTheNumberEnds() {
    assertThat(CNumbers.scanLong(" +12", 10)).isEqualTo(new Scanned(12, true, false));
    assertThat(CNumbers.scanLong("12x", 10)).isEqualTo(new Scanned(12, false, false));
    assertThat(CNumbers.scanLong("", 10)).isEqualTo(new Scanned(0, true, false));
    assertThat(CNumbers.scanLong("x", 10)).isEqualTo(new Scanned(0, false, false));
    assertThat(CNumbers.scanLong("-777", 8)).isEqualTo(new Scanned(-511, true, false));
    assertThat(CNumbers.scanLong("99999999999999999999", 10))
        .isEqualTo(new Scanned(Long.MAX_VALUE, true, true));
    assertThat(CNumbers.scanLong("-99999999999999999999", 10))
        .isEqualTo(new Scanned(Long.MIN_VALUE, true, true));
  }
}
