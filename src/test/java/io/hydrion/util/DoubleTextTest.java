package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the GNU C library says. */
class DoubleTextTest {
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.10000000000000001",
    "-0.0, -0",
    "0, 0",
    "1e16, 10000000000000000",
    "99999999999999984, 99999999999999984",
    "1e17, 1e+17",
    "-1e17, -1e+17",
    "123456789012345680000, 1.2345678901234568e+20",
    "1.5, 1.5",
    "3.0000000000000004, 3.0000000000000004",
    "0.0001, 0.0001",
    "0.00012345, 0.00012344999999999999",
    "0.00001, 1.0000000000000001e-05",
    "1e-300, 1e-300",
    "4.9e-324, 4.9406564584124654e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "-1.7976931348623157e308, -1.7976931348623157e+308",
    "9007199254740993, 9007199254740992",
    "0.99999999999999989, 0.99999999999999989",
    "0x1p-10, 0.0009765625",
    "4503599627370495.5, 4503599627370495.5",
    "Infinity, inf",
    "-Infinity, -inf",
  })
  void put_writesSeventeenDigits(String number, String text) {
    double value = "0x1p-10".equals(number) ? 0x1p-10 : Double.parseDouble(number);
    assertThat(text(value)).isEqualTo(text);
  }

  private static String text(double value) {
    byte[] a = new byte[DoubleText.LENGTH_MAX];
    return Bytes.string(a, 0, DoubleText.put(a, 0, value));
  }

  @Test
  void put_isWhatBigDecimalSays() {
    long seed = System.nanoTime();
    System.out.println("DoubleTextTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000_000; i++) {
      double value =
          switch (i % 5) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextDouble() * Math.pow(10, random.nextInt(20) - 4);
            case 2 -> random.nextInt(1 << 20) / (double) (1 << random.nextInt(30));
            case 3 -> random.nextInt(100_000_000) / 1000.0;
            default -> random.nextLong() >> random.nextInt(64);
          };
      if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
        continue;
      }
      String text = text(value);
      assertThat(Double.parseDouble(text)).isEqualTo(value);
      assertThat(new BigDecimal(text))
          .isEqualByComparingTo(
              new BigDecimal(value).round(new MathContext(17, RoundingMode.HALF_EVEN)));
      byte[] bytes = Bytes.of(text);
      assertThat(DoubleText.parse(bytes, 0, bytes.length)).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "+1, 1",
    "-0, -0.0",
    "000012, 12",
    "5., 5",
    ".5, 0.5",
    "1e3, 1000",
    "1E-2, 0.01",
    "0.1, 0.1",
    "9007199254740993, 9007199254740992",
    "123456789012345678901234567890, 1.2345678901234568e29",
    "0x10, 16",
    "0X.8p1, 1",
    "0x1p-1074, 4.9e-324",
    "5e-324, 4.9e-324",
    "0e999999999999, 0",
    "inf, Infinity",
    "-INFINITY, -Infinity",
  })
  void parse_readsAsTheLibrary(String text, double value) {
    byte[] bytes = Bytes.of(text);
    assertThat(DoubleText.parse(bytes, 0, bytes.length)).isEqualTo(value);
    assertThat(DoubleText.parseBound(bytes, 0, bytes.length)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x", ".", "-", "+", "e5", "1e", "1e+", "0x", "0xg", "0x1p", "1p3", "nan", "-nan", "1d",
        "1f", "--1", "1.2.3", "1,5", "infx", "1 ", "1_0", "0x1.p", "NaN(1)"
      })
  void parse_refuses(String text) {
    byte[] bytes = Bytes.of(text);
    assertThat(DoubleText.parse(bytes, 0, bytes.length)).isNaN();
    assertThat(DoubleText.parseBound(bytes, 0, bytes.length)).isNaN();
  }

  @Test
  void parse_isStricterThanParseBound() {
    checkBoth("", 0);
    checkBoth(" 1", 1);
    checkBoth("\t\n\u000b\f\r 1", 1);
    checkBoth("1e999", Double.POSITIVE_INFINITY);
    checkBoth("-1e999", Double.NEGATIVE_INFINITY);
    checkBoth("1e-999", 0);
    checkBoth("1\0x", 1);
    checkBoth("\0x", 0);
    checkBoth(" ", Double.NaN);
  }

  private static void checkBoth(String text, double bound) {
    byte[] bytes = Bytes.of("<" + text + ">");
    assertThat(DoubleText.parse(bytes, 1, bytes.length - 2)).isNaN();
    assertThat(DoubleText.parseBound(bytes, 1, bytes.length - 2)).isEqualTo(Double.valueOf(bound));
  }
}
