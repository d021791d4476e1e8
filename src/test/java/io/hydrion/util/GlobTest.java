package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class GlobTest {
  private static boolean matches(String pattern, String text) {
    return Glob.matches(Bytes.of(pattern), Bytes.of(text));
  }

  @Test
  void matches_examples() {
    assertThat(matches("h?llo", "hello")).isTrue();
    assertThat(matches("h*llo", "hllo")).isTrue();
    assertThat(matches("h[ae]llo", "hillo")).isFalse();
    assertThat(matches("h[^e]llo", "hallo")).isTrue();
    assertThat(matches("h[b-a]llo", "hallo")).isTrue();
    assertThat(matches("h\\*", "h*")).isTrue();
    assertThat(matches("h\\*", "hx")).isFalse();
    assertThat(matches("", "")).isTrue();
    assertThat(matches("", "a")).isFalse();
    assertThat(matches("a**", "a")).isTrue();
  }

  @Test
  void matches_patternsLeftOpen() {
    assertThat(matches("a[", "a[")).isFalse();
    assertThat(matches("[ab", "b")).isTrue();
    assertThat(matches("[^", "b")).isTrue();
    assertThat(matches("[]", "]")).isFalse();
    assertThat(matches("a\\", "a\\")).isTrue();
  }

  /** As Redis has it: KEYS * finds the empty key only because it does not look at the pattern. */
  @Test
  void matches_emptyText_onlyByTheEmptyPattern() {
    assertThat(matches("*", "")).isFalse();
    assertThat(matches("**", "")).isFalse();
  }

  @Test
  void matches_moreThanAThousandStars_never() {
    String text = "a".repeat(2_000);
    assertThat(matches("*a".repeat(1_000), text)).isTrue();
    assertThat(matches("*a".repeat(1_000) + "*", text)).isTrue();
    assertThat(matches("*a".repeat(1_001), text)).isFalse();
  }

  @Test
  void matches_manyStars_takesNoLongerThanTheSquare() {
    String text = "a".repeat(20_000);
    assertThat(matches("*a".repeat(40) + "b", text)).isFalse();
  }

  @Test
  void matches_randomPatterns_agreesWithTheNaiveMatcher() {
    long seed = System.nanoTime();
    System.out.println("GlobTest seed " + seed);
    Random random = new Random(seed);
    int matched = 0;
    for (int i = 0; i < 500_000; i++) {
      String pattern = random(random, "aabbc**?[]^-\\", 9);
      String text = random(random, "aaabbc]^-\\\u00ff", 7);
      boolean expected = text.isEmpty() ? pattern.isEmpty() : naive(pattern, text);
      assertThat(matches(pattern, text)).as("%s on %s", pattern, text).isEqualTo(expected);
      matched += expected ? 1 : 0;
    }
    assertThat(matched).isGreaterThan(1_000);
  }

  private static String random(Random random, String alphabet, int most) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** The rules one by one, trying every length for every star. */
  private static boolean naive(String p, String t) {
    if (p.isEmpty()) {
      return t.isEmpty();
    }
    char first = p.charAt(0);
    if (first == '*') {
      return naive(p.substring(1), t) || (!t.isEmpty() && naive(p, t.substring(1)));
    }
    if (t.isEmpty()) {
      return false;
    }
    char c = t.charAt(0);
    String rest = t.substring(1);
    if (first == '?') {
      return naive(p.substring(1), rest);
    }
    if (first == '[') {
      return naiveClass(p.substring(1), c, rest);
    }
    if (first == '\\' && p.length() > 1) {
      return p.charAt(1) == c && naive(p.substring(2), rest);
    }
    return first == c && naive(p.substring(1), rest);
  }

  private static boolean naiveClass(String members, char c, String rest) {
    String m = members;
    boolean not = m.startsWith("^");
    if (not) {
      m = m.substring(1);
    }
    boolean in = false;
    while (!m.isEmpty() && m.charAt(0) != ']') {
      if (m.charAt(0) == '\\' && m.length() >= 2) {
        in |= m.charAt(1) == c;
        m = m.substring(2);
      } else if (m.length() >= 3 && m.charAt(1) == '-') {
        char low = (char) Math.min(m.charAt(0), m.charAt(2));
        char high = (char) Math.max(m.charAt(0), m.charAt(2));
        in |= low <= c && c <= high;
        m = m.substring(3);
      } else {
        in |= m.charAt(0) == c;
        m = m.substring(1);
      }
    }
    String after = m.isEmpty() ? "" : m.substring(1);
    return in != not && naive(after, rest);
  }
}
