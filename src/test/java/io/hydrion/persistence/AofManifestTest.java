package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.persistence.AofManifest.Part;
import io.hydrion.util.Bytes;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AofManifestTest {
  @Test
  void format_isReadBack() throws IOException {
    AofManifest manifest =
        new AofManifest(
            new Part("an \"odd\" näme.2.base.rdb", 2),
            List.of(new Part("a.3.incr.aof", 3), new Part("a.4.incr.aof", 4)),
            List.of(new Part("a.1.base.rdb", 1)));
    String text = Bytes.string(manifest.format());
    assertThat(text)
        .isEqualTo(
            "file \"an \\\"odd\\\" n\\xc3\\xa4me.2.base.rdb\" seq 2 type b\n"
                + "file a.1.base.rdb seq 1 type h\n"
                + "file a.3.incr.aof seq 3 type i\n"
                + "file a.4.incr.aof seq 4 type i\n");
    assertThat(AofManifest.parse(manifest.format(), "m")).isEqualTo(manifest);
  }

  @Test
  void commentsAndUnknownPairs_areSkipped() throws IOException {
    String text = "# a comment\nfile a seq 1 type b future x\n";
    assertThat(AofManifest.parse(Bytes.of(text), "m").base()).isEqualTo(new Part("a", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|Found an empty AOF manifest",
        "file a seq 1|Invalid AOF manifest file format",
        "file a seq 1 type|Invalid AOF manifest file format",
        "file a seq x type b|Invalid AOF manifest file format",
        "file a sqe 1 type b|Invalid AOF manifest file format",
        "file \"a seq 1 type b|Invalid AOF manifest file format",
        "file a/b seq 1 type b|File can't be a path, just a filename",
        "file a seq 1 type x|Unknown AOF file type",
        "file a seq 1 type b;file b seq 2 type b|Found duplicate base file information",
        "file a seq 2 type i;file b seq 2 type i|Found a non-monotonic sequence number",
        "file a seq 1 type b;;|Invalid AOF manifest file format",
      })
  void badManifests_areRefusedAsByRedis(String text, String error) {
    String lines = text.replace(';', '\n') + (text.isEmpty() ? "" : "\n");
    assertThatThrownBy(() -> AofManifest.parse(Bytes.of(lines), "m"))
        .isInstanceOf(LogDamageException.class)
        .hasMessageContaining(error);
  }

  @Test
  void longLine_isRefused() {
    assertThatThrownBy(() -> AofManifest.parse(Bytes.of("x".repeat(2000) + "\n"), "m"))
        .hasMessageContaining("too long line");
  }
}
