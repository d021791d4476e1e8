package io.hydrion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.persistence.AofDirectory;
import io.hydrion.persistence.AppendLog;
import io.hydrion.persistence.FsyncPolicy;
import io.hydrion.persistence.LogDirectory;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogSink;
import io.hydrion.persistence.RdbFileWriter;
import io.hydrion.persistence.RdbWriter;
import io.hydrion.persistence.WalDirectory;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckLogTest {
  private static final byte[] SET = Bytes.of("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n");

  @TempDir Path dir;
  private String printed = "";

  private int run(String answer, String... args) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, false, StandardCharsets.ISO_8859_1);
    int status =
        new CheckLog(out, new ByteArrayInputStream(Bytes.of(answer))).run(Arrays.asList(args));
    out.flush();
    printed = bytes.toString(StandardCharsets.ISO_8859_1);
    return status;
  }

  private Path log(boolean isWal) throws IOException {
    Disk disk = new FileDisk();
    Path path = dir.resolve(isWal ? "wal" : "appendonlydir");
    LogDirectory directory =
        isWal
            ? new WalDirectory(disk, path, 1)
            : new AofDirectory(disk, dir, "appendonlydir", "appendonly.aof", true);
    directory.load(
        new LogSink() {
          @Override
          public long snapshot(Disk.Input in, String name) {
            return in.size();
          }

          @Override
          public void record(byte[] a, int off, int len) {}
        },
        LoadOptions.DEFAULT);
    try (AppendLog log = new AppendLog(directory, Clock.system(), FsyncPolicy.EVERYSEC)) {
      log.resume(
          out -> {
            RdbFileWriter writer = new RdbFileWriter(out, true);
            writer.head(RdbWriter.VERSION);
            writer.finish();
          });
      for (int i = 0; i < 10; i++) {
        byte[] record = new byte[AppendLog.ROOM + SET.length];
        System.arraycopy(SET, 0, record, AppendLog.ROOM, SET.length);
        log.append(record, AppendLog.ROOM, SET.length, 0, 0);
        log.sync();
      }
    }
    return path;
  }

  private Path last(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(file -> file.toString().endsWith(".wal") || file.toString().contains(".incr"))
          .sorted()
          .toList()
          .getLast();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void soundLog_isCounted(boolean isWal) throws IOException {
    Path path = log(isWal);
    assertThat(run("", path.toString())).as(printed).isZero();
    assertThat(printed).contains("bytes are valid");
    // In an AOF the SELECT in front is a record of its own.
    assertThat(printed).contains(isWal ? "10 records" : "11 records");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void damage_isReportedWithItsOffset_andCutWhenAgreed(boolean isWal) throws IOException {
    Path path = log(isWal);
    Path file = last(path);
    byte[] bytes = Files.readAllBytes(file);
    int damaged = Bytes.string(bytes).indexOf("SET", bytes.length / 2);
    bytes[damaged] ^= 4;
    Files.write(file, bytes);
    assertThat(run("", path.toString())).isOne();
    assertThat(printed).contains("File " + file.getFileName() + ", offset ").contains("--fix");
    assertThat(run("n", path.toString(), "--fix")).isOne();
    assertThat(printed).contains("Continue? [y/N]").contains("Aborting");
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    assertThat(run("y", path.toString(), "--fix")).as(printed).isZero();
    assertThat(run("", path.toString())).isZero();
    assertThat(Files.size(file)).isBetween(1L, (long) damaged);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tornEnd_isCutWithoutAQuestion(boolean isWal) throws IOException {
    Path path = log(isWal);
    Path file = last(path);
    long size = Files.size(file);
    Files.write(file, Bytes.of("*3\r\n$3\r\nSE"), java.nio.file.StandardOpenOption.APPEND);
    assertThat(run("", path.toString())).isOne();
    assertThat(Files.size(file)).as("only looked at").isGreaterThan(size);
    assertThat(run("", path.toString(), "--fix", "--yes")).as(printed).isZero();
    assertThat(Files.size(file)).isEqualTo(size);
  }

  @Test
  void singleFile_isChecked() throws IOException {
    Path file = dir.resolve("old.aof");
    Files.write(file, SET);
    Files.write(file, Bytes.of("*1\r\n$4\r\nPING"), java.nio.file.StandardOpenOption.APPEND);
    assertThat(run("", file.toString())).isOne();
    assertThat(printed).contains("offset " + SET.length);
    assertThat(run("", file.toString(), "--fix", "--yes")).as(printed).isZero();
    assertThat(Files.readAllBytes(file)).isEqualTo(SET);
  }

  @Test
  void truncateToTimestamp_cutsTheLastFileOnly() throws IOException {
    Path path = dir.resolve("appendonlydir");
    Files.createDirectory(path);
    Path manifest = path.resolve("a.aof.manifest");
    String first = "file a.aof.1.incr.aof seq 1 type i\n";
    Files.writeString(manifest, first);
    String set = Bytes.string(SET);
    String text = "#TS:100\r\n" + set + "#TS:105\r\n" + set + set + "#TS:110\r\n" + set;
    Path file = path.resolve("a.aof.1.incr.aof");
    Files.writeString(file, text);
    String option = "--truncate-to-timestamp";
    assertThat(run("", path.toString(), option, "110")).isZero();
    assertThat(printed).contains("Nothing to truncate");
    assertThat(Files.readString(file)).isEqualTo(text);
    assertThat(run("", path.toString(), option, "109")).as(printed).isZero();
    assertThat(Files.readString(file)).isEqualTo(text.substring(0, text.indexOf("#TS:110")));
    assertThat(run("", path.toString(), option, "99")).isOne();
    assertThat(printed).contains("nothing before timestamp 99");
    Files.writeString(path.resolve("a.aof.2.incr.aof"), set);
    Files.writeString(manifest, first + "file a.aof.2.incr.aof seq 2 type i\n");
    assertThat(run("", option, "102", path.toString())).isOne();
    assertThat(printed).contains("not the last file");
    assertThat(Files.readString(file)).contains("#TS:105");
    for (String wrong : List.of("", "x", "-1")) {
      assertThat(run("", path.toString(), option, wrong)).isOne();
      assertThat(printed).startsWith("Usage");
    }
    assertThat(run("", path.toString(), option, "5", "--fix")).isOne();
    assertThat(run("", log(true).toString(), option, "5")).isOne();
    assertThat(printed).contains("does not say the time");
  }

  @Test
  void whatIsNoLog_isRefused() throws IOException {
    assertThat(run("", dir.toString())).isOne();
    assertThat(printed).contains("no log");
    assertThat(run("", dir.resolve("none").toString())).isOne();
    assertThat(run("")).isOne();
    assertThat(printed).startsWith("Usage");
    for (String help : List.of("-h", "--help", "-v", "--version")) {
      assertThat(run("", help)).isZero();
    }
  }
}
