package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamePatternTest {
  @Test
  void matches_eachElement() {
    assertThat(NamePattern.matches("*", "")).isTrue();
    assertThat(NamePattern.matches("a*c", "abbc")).isTrue();
    assertThat(NamePattern.matches("a*c", "abb")).isFalse();
    assertThat(NamePattern.matches("h?llo", "hello")).isTrue();
    assertThat(NamePattern.matches("h?llo", "hllo")).isFalse();
    assertThat(NamePattern.matches("h[a-e]llo", "hello")).isTrue();
    assertThat(NamePattern.matches("h[e-a]llo", "hello")).isTrue();
    assertThat(NamePattern.matches("h[^e]llo", "hello")).isFalse();
    assertThat(NamePattern.matches("h\\*", "h*")).isTrue();
    assertThat(NamePattern.matches("h\\*", "hx")).isFalse();
    assertThat(NamePattern.matches("[abc", "b")).isTrue();
    assertThat(NamePattern.matches("", "a")).isFalse();
  }

  @Test
  void matches_manyStars_takesNoExponentialTime() {
    Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () ->
            assertThat(NamePattern.matches("a*".repeat(2_000) + "b", "a".repeat(4_000))).isFalse());
  }

  @Test
  void files_areFoundInOrderAndHiddenOnesNot(@TempDir Path directory) throws Exception {
    Files.createDirectories(directory.resolve("conf.d"));
    for (String name : new String[] {"b.conf", "a.conf", ".c.conf", "d.txt"}) {
      Files.writeString(directory.resolve("conf.d").resolve(name), "");
    }
    assertThat(NamePattern.files(directory, "c*.d/*.conf"))
        .containsExactly(directory.resolve("conf.d/a.conf"), directory.resolve("conf.d/b.conf"));
    assertThat(NamePattern.files(directory, directory + "/conf.d/[b]*"))
        .containsExactly(directory.resolve("conf.d/b.conf"));
    assertThat(NamePattern.files(directory, "none/*")).isEmpty();
  }
}
