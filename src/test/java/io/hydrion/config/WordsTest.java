package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void split_plainWords_areApartByBlanks() {
    assertThat(Words.split("  a\tb  c-d \r\n")).containsExactly("a", "b", "c-d");
    assertThat(Words.split("")).isEmpty();
    assertThat(Words.split(" \t ")).isEmpty();
  }

  @Test
  void split_quotes_keepBlanksAndEscapes() {
    assertThat(Words.split("a \"b c\" 'd e' \"\" ''")).containsExactly("a", "b c", "d e", "", "");
    assertThat(Words.split("\"\\x41\\n\\r\\t\\b\\a\\\\\\\"\\q\\xZZ\""))
        .containsExactly("A\n\r\t\b\u0007\\\"qxZZ");
    assertThat(Words.split("'it\\'s \\n'")).containsExactly("it's \\n");
    assertThat(Words.split("pre\"fix ed\"")).containsExactly("prefix ed");
  }

  @Test
  void split_unbalancedQuotes_isNull() {
    for (String line : List.of("\"a", "'a", "\"a\"b", "'a'b", "a \"b\\\"", "a'b'c", "\"a\\x4")) {
      assertThat(Words.split(line)).as(line).isNull();
    }
  }

  @Test
  void quote_anyBytes_splitGivesThemBack() {
    long seed = System.nanoTime();
    System.out.println("quote_anyBytes_splitGivesThemBack seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      List<String> words = new ArrayList<>();
      StringBuilder line = new StringBuilder();
      for (int n = random.nextInt(4); n > 0; n--) {
        StringBuilder word = new StringBuilder();
        for (int k = random.nextInt(12); k > 0; k--) {
          word.append((char) random.nextInt(256));
        }
        words.add(word.toString());
        line.append(Words.quote(word.toString())).append(' ');
      }
      assertThat(Words.split(line.toString())).isEqualTo(words);
      assertThat(line.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    }
  }
}
