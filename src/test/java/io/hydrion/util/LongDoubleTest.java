package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the GNU C library says on x86. */
class LongDoubleTest {
  @ParameterizedTest
  @CsvSource({
    "3.0, 1.1, 4.1",
    "10.5, 0.1, 10.6",
    "5.0e3, 2.0e2, 5200",
    "0, 1e-17, 0.00000000000000001",
    "0, 5e-18, 0",
    "0, 5.1e-18, 0.00000000000000001",
    "0, 4.9e-18, 0",
    "-1e-30, 0, 0",
    "0.1, 0.2, 0.3",
    "18446744073709551615, 0.5, 18446744073709551616",
    "18446744073709551616, 1, 18446744073709551616",
    "18446744073709551616, 3, 18446744073709551620",
    "36893488147419103232, 1, 36893488147419103232",
    "-9223372036854775808, -1, -9223372036854775809",
    "0x1.8p-1, 0X.8, 1.25",
    ".5, 5., 5.5",
    "+1e2, -1E+2, 0",
  })
  void plus_printsWhatTheLibraryPrints(String a, String b, String sum) {
    assertThat(number(a).plus(number(b)).toFixed()).isEqualTo(sum);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "0.1, 100",
    "0.0001, 1",
    "-0.0001, 0",
    "-0.0019, -1",
    "1e-4900, 1",
    "2.5, 2500",
    "0x1p52, 4503599627370496000",
    "9223372036854775, 9223372036854775000",
    "9223372036854775.807, 9223372036854775807",
    "9223372036854775.808, -9223372036854775808",
    "9223372036854776, -9223372036854775808",
    "-9223372036854775.809, -9223372036854775808",
    "1e4900, -9223372036854775808",
    "inf, -9223372036854775808",
  })
  void ceilOfAThousandTimes_isWhatX86Gives(String a, long expected) {
    assertThat(number(a).times(1000).ceil()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " 1",
        "1 ",
        "+",
        "-",
        ".",
        "e5",
        "1e",
        "1e+",
        "0x",
        "0xg",
        "0x1p",
        "1p3",
        "nan",
        "-nan",
        "infx",
        "1_0",
        "1,5",
        "--1",
        "1.2.3",
        "1e4933",
        "-1.19e4932",
        "1e-4952",
        "0x1p16384",
        "0x1p-16447",
        "1e99999999999999999999",
        "1e-99999999999999999999"
      })
  void parse_notANumber_isRefused(String text) {
    assertThat(parse(text)).isNull();
  }

  @Test
  void parse_limits_areKept() {
    assertThat(number("1.18e4932").finite()).isTrue();
    assertThat(number("0x1p-16445").mantissa()).isEqualTo(1);
    assertThat(number("3e-4951").mantissa()).isEqualTo(1);
    assertThat(number("0e99999999999").toFixed()).isEqualTo("0");
    assertThat(parse("1" + "0".repeat(4000) + "." + "0".repeat(1117))).isNotNull();
    assertThat(parse("1" + "0".repeat(4000) + "." + "0".repeat(1118))).isNull();
  }

  @Test
  void plus_beyondTheLargest_isNotFinite() {
    assertThat(number("1.1e4932").plus(number("1.1e4932")).finite()).isFalse();
    assertThat(number("inf").plus(number("-inf")).finite()).isFalse();
    assertThat(number("1").plus(number("-Infinity")).finite()).isFalse();
  }

  private static LongDouble number(String text) {
    LongDouble number = parse(text);
    assertThat(number).as(text).isNotNull();
    return number;
  }

  private static @Nullable LongDouble parse(String text) {
    byte[] bytes = Bytes.of("x" + text + "9");
    return LongDouble.parse(bytes, 1, text.length());
  }
}
