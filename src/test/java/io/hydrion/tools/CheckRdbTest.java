package io.hydrion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.persistence.RdbFileWriter;
import io.hydrion.persistence.RdbWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the program says of good and bad files. */
class CheckRdbTest {
  private static final String KEYS =
      "\u00fe\u0000" // database 0
          + "\u0000\u0001k\u0001v"
          + "\u00fc\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001e\u0001v" // expired
          + "\u0002\u0001s\u0002\u0001a\u0001b" // a set
          + "\u0004\u0001h\u0000"; // an empty hash

  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  /** A clock that goes on by three seconds whenever somebody looks. */
  private final Clock clock =
      new Clock() {
        private long seconds;

        @Override
        public long millis() {
          return 1_700_000_000_000L;
        }

        @Override
        public long micros() {
          return millis() * 1000;
        }

        @Override
        public long nanos() {
          return (seconds += 3) * 1_000_000_000;
        }
      };

  private Path write(String keys) throws IOException {
    Path path = directory.resolve("test.rdb");
    Files.deleteIfExists(path);
    try (Disk.Output file = new FileDisk().create(path)) {
      RdbFileWriter writer = new RdbFileWriter(file, true);
      writer.head(RdbWriter.VERSION);
      writer.note("redis-ver", "7.0.15");
      writer.function(Bytes.of("#!lua name=x"));
      byte[] bytes = Bytes.of(keys);
      writer.append(bytes, 0, bytes.length);
      writer.finish();
    }
    return path;
  }

  private int check(String... args) {
    printed.reset();
    PrintStream out = new PrintStream(printed, false, StandardCharsets.ISO_8859_1);
    return new CheckRdb(out, new FileDisk(), clock).run(List.of(args));
  }

  private String printed() {
    return printed.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void goodFile_isCounted() throws IOException {
    Path file = write(KEYS);
    assertThat(check(file.toString())).as(printed()).isZero();
    long size = Files.size(file);
    assertThat(printed().lines())
        .containsExactly(
            "[offset 0] Checking RDB file " + file,
            "[offset " + size + "] Checked 100%, 0 keys",
            "[offset 27] AUX FIELD redis-ver = '7.0.15'",
            "[offset 43] Selecting DB ID 0",
            "[offset " + size + "] Checksum OK",
            "[offset " + size + "] \\o/ RDB looks OK! \\o/",
            "[info] 4 keys read",
            "[info] 1 expires",
            "[info] 1 already expired",
            "[info] 1 of type set-hashtable",
            "[info] 2 of type string",
            "[info] 1 functions",
            "[info] 1 without a value, which a server would leave out");
  }

  @Test
  void truncatedFile_saysWhere() throws IOException {
    Path file = write(KEYS);
    byte[] all = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(all, 69));
    assertThat(check(file.toString())).isEqualTo(1);
    assertThat(printed())
        .contains("--- RDB ERROR DETECTED ---\n[offset 69] the data ends too early\n")
        .contains("[additional info] While doing: read-object-value\n")
        .contains("[additional info] Reading key 's'\n")
        .contains("[additional info] Reading type 2 (set-hashtable)\n")
        .contains("[info] 3 keys read\n");
  }

  @Test
  void wrongChecksum_isTold() throws IOException {
    Path file = write(KEYS);
    byte[] all = Files.readAllBytes(file);
    all[all.length - 1] ^= 1;
    Files.write(file, all);
    assertThat(check(file.toString())).isEqualTo(1);
    assertThat(printed()).contains("Wrong RDB checksum").contains("While doing: check-sum\n");
  }

  @Test
  void memberThatIsThereTwice_isDamage() throws IOException {
    Path file = write("\u0002\u0001s\u0002\u0001a\u0001a");
    assertThat(check(file.toString())).isEqualTo(1);
    assertThat(printed()).contains("Reading key 's'");
  }

  @Test
  void otherArguments_areAnswered() {
    assertThat(check(directory.resolve("none").toString())).isEqualTo(1);
    assertThat(printed()).startsWith("Cannot open file ");
    assertThat(check(directory.toString())).isEqualTo(1);
    assertThat(printed()).contains("Cannot read file ");
    assertThat(check()).isEqualTo(1);
    assertThat(printed()).startsWith("Usage: ");
    assertThat(check("a", "b")).isEqualTo(1);
    assertThat(check("--help")).isZero();
    assertThat(printed()).startsWith("Usage: ");
    assertThat(check("-v")).isZero();
    assertThat(printed()).startsWith("hydrion check-rdb ");
  }
}
