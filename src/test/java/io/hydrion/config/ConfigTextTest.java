package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConfigTextTest {
  @Test
  void decode_utf8_isPlainText() {
    String text = "pässwörd 😀 漢字";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(ConfigText.decode(bytes)).isEqualTo(text);
    assertThat(ConfigText.encode(text)).isEqualTo(bytes);
  }

  @Test
  void decode_anyBytes_encodeGivesThemBack() {
    long seed = System.nanoTime();
    System.out.println("decode_anyBytes_encodeGivesThemBack seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      if (random.nextBoolean()) {
        byte[] valid = "é漢😀".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(valid, 0, bytes, 0, Math.min(bytes.length, valid.length));
      }
      assertThat(ConfigText.encode(ConfigText.decode(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void encode_surrogateThatStandsForNoByte_isQuestionMark() {
    assertThat(ConfigText.encode("a\uD800b")).isEqualTo("a?b".getBytes(StandardCharsets.UTF_8));
  }
}
