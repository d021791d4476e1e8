package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The commented configuration that comes with the server is true. */
class HydrionConfTest {
  private static final Path FILE = Path.of("conf", "hydrion.conf");

  @Test
  void file_starts_withoutWarningAndOnlyOnLoopback() {
    Config config = Config.builder().file(FILE).build();
    assertThat(config.warnings()).isEmpty();
    assertThat(config.bind()).containsExactly("127.0.0.1", "-::1");
    for (Directive directive : Directive.all()) {
      if (!directive.name().equals("bind") && !directive.name().equals("dir")) {
        assertThat(config.value(directive))
            .as(directive.name())
            .isEqualTo(directive.defaultValue());
      }
    }
  }

  @Test
  void file_namesEveryDirectiveThatHasAnEffect() throws Exception {
    List<String> lines = Files.readAllLines(FILE);
    List<String> missing = new ArrayList<>();
    for (Directive directive : Directive.all()) {
      Pattern mention = Pattern.compile("(# )?" + Pattern.quote(directive.name()) + " .*");
      if (directive.support() == Directive.Support.SUPPORTED
          && lines.stream().noneMatch(line -> mention.matcher(line).matches())) {
        missing.add(directive.name());
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void file_isNarrowEnoughToRead() throws Exception {
    assertThat(Files.readAllLines(FILE)).allMatch(line -> line.length() <= 88);
  }
}
