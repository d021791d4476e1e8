package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.config.RealRedis;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real Redis opens our directory, and we open its. */
@EnabledIf("io.hydrion.config.RealRedis#isInstalled")
class AofRedisTest {
  private static final SnapshotWriter EMPTY =
      out -> {
        RdbFileWriter writer = new RdbFileWriter(out, true);
        writer.head(RdbWriter.VERSION);
        writer.finish();
      };

  @TempDir Path dir;
  private final Disk disk = new FileDisk();

  private RealRedis redis(String... more) throws Exception {
    int port = RealRedis.freePort();
    List<String> args = new ArrayList<>(List.of("--port", "" + port, "--appendonly", "yes"));
    args.addAll(List.of("--save", "", "--auto-aof-rewrite-percentage", "0"));
    args.addAll(List.of(more));
    return RealRedis.start(dir, port, args.toArray(String[]::new));
  }

  private static final class Commands implements LogSink {
    final List<String> commands = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    int keys;

    @Override
    public long snapshot(Disk.Input in, String name) throws IOException {
      RdbFileReader reader = new RdbFileReader(in, true);
      reader.read(
          new IgnoredKeys() {
            @Override
            public ValueSink beginKey(
                int database, RdbString key, long expireAt, long idleSeconds, int frequency) {
              keys++;
              return super.beginKey(database, key, expireAt, idleSeconds, frequency);
            }
          });
      return reader.offset();
    }

    @Override
    public void record(byte[] a, int off, int len) {
      commands.add(Bytes.string(a, off, len).replaceAll("[*$][0-9]+\r\n", "").replace("\r\n", " "));
    }

    @Override
    public void note(String text) {
      notes.add(text);
    }
  }

  private AofDirectory ours(boolean hasSums) {
    return new AofDirectory(disk, dir, "appendonlydir", "appendonly.aof", hasSums);
  }

  private Commands read() throws IOException {
    Commands found = new Commands();
    ours(true).load(found, LoadOptions.DEFAULT);
    return found;
  }

  private void write(boolean hasSums, boolean hasTimes, int from, int to) throws IOException {
    AofDirectory directory = ours(hasSums);
    directory.load(new Commands(), LoadOptions.DEFAULT);
    try (AppendLog log = new AppendLog(directory, Clock.system(), FsyncPolicy.NO)) {
      write(log, hasTimes, from, to);
    }
  }

  /** Leaves the log as a server does that is killed. */
  private void writeUntilKilled(int from, int to) throws IOException {
    AofDirectory directory = ours(true);
    directory.load(new Commands(), LoadOptions.DEFAULT);
    AppendLog log = new AppendLog(directory, Clock.system(), FsyncPolicy.ALWAYS);
    write(log, true, from, to);
    assertThat(log.sync()).isTrue();
    assertThat(directory.current()).content(StandardCharsets.ISO_8859_1).contains("PAD");
  }

  private static void write(AppendLog log, boolean hasTimes, int from, int to) throws IOException {
    log.resume(EMPTY);
    log.timestamps(hasTimes);
    for (int i = from; i < to; i++) {
      byte[] set = LogModel.command("SET", "k" + i, "v" + i);
      byte[] multi =
          Bytes.of(
              Bytes.string(LogModel.command("MULTI"))
                  + Bytes.string(set)
                  + Bytes.string(LogModel.command("INCR", "n"))
                  + Bytes.string(LogModel.command("EXEC")));
      log.append(i % 2 == 0 ? set : multi, 0, i % 2 == 0 ? set.length : multi.length);
      if (i % 3 == 0) {
        log.write();
      }
      if (i % 40 == 0) {
        LogRewrite rewrite = log.cut();
        log.write();
        log.turn(true);
        rewrite.abandon();
      }
    }
  }

  /** Runs Redis's tool, which must find nothing wrong. */
  private void checkByRedis(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-check-aof"));
    command.addAll(List.of(options));
    command.add("appendonlydir/appendonly.aof.manifest");
    Process check =
        new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
    String said = Bytes.string(check.getInputStream().readAllBytes());
    assertThat(check.waitFor()).as(said).isZero();
  }

  @Test
  void oursWithPadding_toRedis_andBack() throws Exception {
    for (int i = 0; i < 2; i++) {
      writeUntilKilled(100 * i, 100 * i + 90);
      checkByRedis();
      try (RealRedis redis = redis()) {
        assertThat(redis.call("DBSIZE")).containsExactly("" + (91 + 91 * i));
        assertThat(redis.call("GET", "n")).containsExactly("" + (45 + 45 * i));
        redis.call("SET", "from" + i, "redis");
      }
    }
    Commands found = read();
    assertThat(found.notes).isEmpty();
    assertThat(found.commands.stream().filter(c -> c.contains("SET k"))).hasSize(180);
    assertThat(found.commands).contains("SET from0 redis ", "SET from1 redis ");
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void oursToRedis_andBack(boolean hasSums, boolean hasTimes) throws Exception {
    write(hasSums, hasTimes, 0, 100);
    checkByRedis();
    try (RealRedis redis = redis("--aof-timestamp-enabled", hasTimes ? "yes" : "no")) {
      assertThat(redis.call("DBSIZE")).containsExactly("101");
      assertThat(redis.call("GET", "k99")).containsExactly("v99");
      assertThat(redis.call("GET", "n")).containsExactly("50");
      redis.call("SET", "from", "redis");
    }
    write(hasSums, hasTimes, 100, 110);
    Commands found = read();
    assertThat(found.notes).isEmpty();
    assertThat(found.commands).hasSize(100 + 2 + 10).contains("SET from redis ");
    assertThat(found.commands).contains("SET k99 v99 INCR n ");
    try (RealRedis redis = redis()) {
      assertThat(redis.call("DBSIZE")).containsExactly("112");
    }
  }

  @ParameterizedTest
  @CsvSource({"yes,yes", "yes,no", "no,yes", "no,no"})
  void redissToUs(String preamble, String timestamps) throws Exception {
    try (RealRedis redis =
        redis("--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", timestamps)) {
      for (int i = 0; i < 50; i++) {
        redis.call("SET", "k" + i, "v");
      }
      redis.call("BGREWRITEAOF");
      for (int i = 0; i < 500 && !manifest().contains("2.base"); i++) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      redis.call("MULTI");
      redis.call("SET", "a", "1");
      redis.call("SET", "b", "2");
      redis.call("EXEC");
      redis.call("SHUTDOWN");
    } catch (IOException e) {
      assertThat(e).hasMessage("connection closed");
    }
    Commands found = read();
    boolean isRdb = preamble.equals("yes");
    assertThat(found.keys).isEqualTo(isRdb ? 50 : 0);
    assertThat(found.commands).contains("SET a 1 SET b 2 ");
    assertThat(found.commands.stream().filter(c -> c.startsWith("SET k"))).hasSize(isRdb ? 0 : 50);
    write(true, false, 1000, 1010);
    try (RealRedis redis = redis()) {
      assertThat(redis.call("DBSIZE")).containsExactly("63");
    }
  }

  private String manifest() throws IOException {
    return Files.readString(dir.resolve("appendonlydir/appendonly.aof.manifest"));
  }

  @Test
  void ourRewrite_isWhatRedisLoads() throws Exception {
    write(true, true, 0, 10);
    AofDirectory directory = ours(true);
    directory.load(new Commands(), LoadOptions.DEFAULT);
    try (AppendLog log = new AppendLog(directory, Clock.system(), FsyncPolicy.ALWAYS)) {
      log.resume(EMPTY);
      LogRewrite rewrite = log.cut();
      byte[] after = LogModel.command("SET", "after", "it");
      log.append(after, 0, after.length);
      byte[] base = LogModel.command("SET", "base", "of commands");
      try (Disk.Output out = disk.create(rewrite.snapshot())) {
        out.write(base, 0, base.length);
        out.sync();
      }
      rewrite.install(false);
    }
    assertThat(manifest())
        .isEqualTo(
            """
            file appendonly.aof.2.base.aof seq 2 type b
            file appendonly.aof.3.incr.aof seq 3 type i
            """
                .replace("3", manifest().contains("seq 3") ? "3" : "2"));
    try (java.util.stream.Stream<Path> files = Files.list(dir.resolve("appendonlydir"))) {
      assertThat(files).hasSize(3);
    }
    try (RealRedis redis = redis()) {
      assertThat(redis.call("KEYS", "*")).containsExactlyInAnyOrder("base", "after");
    }
  }

  /** Redis's tool cuts our log where it says the time, and nothing of it is torn then. */
  @ParameterizedTest
  @CsvSource({"true,1", "true,2", "true,9", "false,1", "false,2", "false,9"})
  void cutToTimestamp_isWhole(boolean hasSums, int seconds) throws Exception {
    AofDirectory directory = ours(hasSums);
    directory.load(new Commands(), LoadOptions.DEFAULT);
    LogModel.TestClock clock = new LogModel.TestClock();
    try (AppendLog log = new AppendLog(directory, clock, FsyncPolicy.NO, 4096)) {
      log.resume(EMPTY);
      log.timestamps(true);
      for (int i = 0; i < 30; i++) { // ten records a second, of which some are long
        clock.nanos = 1_000_000_000L + i * 100_000_000L;
        byte[] set = LogModel.command("SET", "k" + i, "v".repeat(i % 10 < 2 ? 5000 : 5));
        log.append(set, 0, set.length);
        if (i % 7 == 0) {
          log.write();
        }
      }
    }
    checkByRedis("--truncate-to-timestamp", "" + seconds);
    Commands found = new Commands();
    ours(true).load(found, new LoadOptions(false, false));
    assertThat(found.notes).isEmpty();
    assertThat(found.commands).hasSize(Math.min(30, seconds * 10));
  }

  @Test
  void oldSingleFile_isMovedIntoTheDirectory() throws Exception {
    Files.write(dir.resolve("appendonly.aof"), LogModel.command("SET", "old", "1"));
    Commands found = read();
    assertThat(found.commands).containsExactly("SET old 1 ");
    assertThat(found.notes).hasSize(1);
    assertThat(manifest()).isEqualTo("file appendonly.aof seq 1 type b\n");
    assertThat(dir.resolve("appendonly.aof")).doesNotExist();
    write(true, false, 0, 1);
    try (RealRedis redis = redis()) {
      assertThat(redis.call("DBSIZE")).containsExactly("2");
    }
  }
}
