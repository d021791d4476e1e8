package io.hydrion.command;

import static io.hydrion.command.KeptServers.info;
import static io.hydrion.command.KeptServers.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import io.hydrion.persistence.RdbFileWriter;
import io.hydrion.persistence.RdbWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database file: that it has all keys of one moment, and what happens when it cannot be had.
 */
class SavingTest {
  private static final int ROUNDS = 12;
  private static final int COMMANDS = 600;

  @TempDir Path directory;

  private final GatedDisk disk = new GatedDisk();

  private Hydrion start(String... more) {
    Config config = KeptServers.config(directory, more);
    return Hydrion.start(config, Clock.system(), new SplittableRandom(1), disk);
  }

  private static void awaitSaved(HydrionClient client) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> info(client, "rdb_bgsave_in_progress").equals("0"));
  }

  @Test
  void snapshot_ofAnyMoment_hasTheKeysOfThatMoment() throws Exception {
    long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
    System.out.println("SavingTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    RandomCommands commands = new RandomCommands(random.split(), true);
    try (Hydrion server = start("shards", "2");
        RawSocket changer = new RawSocket(server.port())) {
      HydrionClient client = server.client();
      for (int round = 0; round < ROUNDS; round++) {
        change(changer, commands, COMMANDS);
        disk.gate.release();
        assertThat(run(client, "SAVE")).isEqualTo("OK");
        String moment = loadedDigest();
        assertThat(run(client, "BGSAVE")).as("seed " + seed).startsWith("Background");
        change(changer, commands, random.nextInt(COMMANDS));
        disk.gate.release();
        change(changer, commands, random.nextInt(COMMANDS));
        awaitSaved(client);
        assertThat(info(client, "rdb_last_bgsave_status")).isEqualTo("ok");
        assertThat(loadedDigest()).as("round " + round + ", seed " + seed).isEqualTo(moment);
      }
    }
  }

  /** The digest of what is in the file: of a small sorted set its scores of -0 are 0 there. */
  private String loadedDigest() {
    try (Hydrion other = start()) {
      return run(other.client(), "DEBUG", "DIGEST");
    }
  }

  private static void change(RawSocket changer, RandomCommands commands, int count)
      throws IOException {
    for (int i = 0; i < count; i++) {
      assertThat(changer.call(commands.next())).isNotEqualTo(RawSocket.CLOSED);
    }
  }

  @Test
  void reload_findsAllAsItWas() {
    try (Hydrion server = start()) {
      disk.gate.release(10);
      HydrionClient client = server.client();
      RandomCommands commands = new RandomCommands(new SplittableRandom(7), true);
      for (int i = 0; i < 5 * COMMANDS; i++) {
        String[] words = commands.next();
        if (!List.of("MULTI", "SELECT", "SWAPDB").contains(words[0])) {
          run(client, words);
        }
      }
      String before = run(client, "DEBUG", "DIGEST");
      assertThat(run(client, "DEBUG", "RELOAD")).isEqualTo("OK");
      assertThat(run(client, "DEBUG", "DIGEST")).isEqualTo(before);
      assertThat(run(client, "DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")).startsWith("-ERR Error");
      assertThat(run(client, "DEBUG", "RELOAD", "X")).startsWith("-ERR DEBUG RELOAD only");
    }
  }

  @Test
  void save_thatFails_isToldAndStopsWrites() throws Exception {
    try (Hydrion server = start("save", "100000 1")) {
      disk.gate.release(10);
      HydrionClient client = server.client();
      run(client, "SET", "a", "1");
      disk.fails = true;
      assertThat(run(client, "SAVE")).isEqualTo("-ERR");
      assertThat(run(client, "BGSAVE")).startsWith("Background");
      awaitSaved(client);
      assertThat(info(client, "rdb_last_bgsave_status")).isEqualTo("err");
      assertThat(run(client, "SET", "a", "2")).startsWith("-MISCONF Redis is configured to save");
      assertThat(run(client, "PING")).startsWith("-MISCONF");
      assertThat(run(client, "GET", "a")).isEqualTo("1");
      assertThat(run(client, "SHUTDOWN")).startsWith("-ERR Errors trying to SHUTDOWN");
      assertThat(run(client, "GET", "a")).isEqualTo("1");
      disk.fails = false;
      assertThat(run(client, "BGSAVE")).startsWith("Background");
      awaitSaved(client);
      assertThat(run(client, "SET", "a", "3")).isEqualTo("OK");
      assertThat(info(client, "rdb_changes_since_last_save")).isEqualTo("1");
    }
    try (Hydrion server = start()) { // saved when it was closed
      assertThat(run(server.client(), "GET", "a")).isEqualTo("3");
    }
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("dump.rdb", "hydrion.lock");
    }
  }

  @Test
  void changes_thatWaitForAFileThatCannotBeBegun_goOn() throws Exception {
    String value = "x".repeat(100_000);
    int keys = 300; // more than the queue and the buffers hold
    try (Hydrion server = start("rdbcompression", "no");
        RawSocket changer = new RawSocket(server.port())) {
      HydrionClient client = server.client();
      for (int i = 0; i < keys; i++) {
        run(client, "SET", "key" + i, value);
      }
      disk.fails = true;
      assertThat(run(client, "BGSAVE")).startsWith("Background");
      for (int i = 0; i < keys; i++) {
        changer.send("APPEND", "key" + i, "y");
      }
      for (int i = 0; changer.reply(500) != null; i++) { // until one waits
        assertThat(i).isLessThan(keys - 1);
      }
      disk.gate.release();
      assertThat(changer.call("STRLEN", "key" + (keys - 1))).startsWith(":");
      awaitSaved(client);
      assertThat(info(client, "rdb_last_bgsave_status")).isEqualTo("err");
    }
  }

  @Test
  void fields_thatExpireMeanwhile_areInTheFile() {
    try (Hydrion server = start("shards", "1")) {
      HydrionClient client = server.client();
      run(client, "HSET", "read", "a", "1", "b", "2", "c", "3");
      run(client, "HSET", "swept", "a", "1", "b", "2", "c", "3");
      run(client, "DEBUG", "SET-ACTIVE-EXPIRE", "0");
      run(client, "HPEXPIRE", "read", "300", "FIELDS", "2", "a", "b");
      run(client, "HPEXPIRE", "swept", "300", "FIELDS", "2", "a", "b");
      assertThat(run(client, "BGSAVE")).startsWith("Background");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> run(client, "HMGET", "read", "a", "b").equals("[null, null]"));
      run(client, "DEBUG", "SET-ACTIVE-EXPIRE", "1");
      await().atMost(Duration.ofSeconds(20)).until(() -> run(client, "HLEN", "swept").equals("1"));
      disk.gate.release();
      awaitSaved(client);
    }
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "HGET", "read", "c")).isEqualTo("3");
      assertThat(run(server.client(), "HGET", "swept", "c")).isEqualTo("3");
    }
  }

  @Test
  void functions_ofAFile_areKeptInTheNext() throws Exception {
    Path file = directory.resolve("dump.rdb");
    byte[] code = Bytes.of("#!lua name=mine\nredis.register_function('f', function() end)");
    try (Disk.Output output = new FileDisk().create(file)) {
      RdbFileWriter writer = new RdbFileWriter(output, true);
      writer.head(RdbWriter.VERSION);
      writer.function(code);
      writer.finish();
    }
    disk.gate.release();
    try (Hydrion server = start()) {
      assertThat(run(server.client(), "SAVE")).isEqualTo("OK");
    }
    assertThat(Bytes.string(Files.readAllBytes(file))).contains("redis-ver", Bytes.string(code));
  }

  @Test
  void savePoint_whenReached_savesInBackground() {
    disk.gate.release(10);
    try (Hydrion server = start("save", "1 3")) {
      HydrionClient client = server.client();
      run(client, "MSET", "a", "1", "b", "2", "c", "3");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> info(client, "rdb_changes_since_last_save").equals("0"));
    }
  }

  @Test
  void start_withDamagedFile_fails() throws Exception {
    Files.writeString(directory.resolve("dump.rdb"), "REDIS0010\u00fe nonsense");
    org.assertj.core.api.Assertions.assertThatThrownBy(this::start).hasMessageContaining("offset");
  }

  @Test
  void flushAll_whileSaving_dropsTheSnapshotAndIsNoFailure() {
    try (Hydrion server = start("rdb-key-save-delay", "60000000")) {
      HydrionClient client = server.client();
      run(client, "SET", "a", "1");
      disk.gate.release();
      assertThat(run(client, "BGSAVE")).isEqualTo("Background saving started");
      assertThat(info(client, "rdb_bgsave_in_progress")).isEqualTo("1");
      assertThat(run(client, "FLUSHALL")).isEqualTo("OK");
      awaitSaved(client);
      assertThat(info(client, "rdb_saves")).isEqualTo("1");
      assertThat(directory.resolve("dump.rdb")).doesNotExist();
      assertThat(info(client, "rdb_last_bgsave_status")).isEqualTo("ok");
    }
  }

  @Test
  void flushAll_withSavePoints_isInTheFileAtOnce() throws Exception {
    Path file = directory.resolve("dump.rdb");
    disk.gate.release(10);
    try (Hydrion server = start("save", "3600 100")) {
      HydrionClient client = server.client();
      run(client, "SET", "someKey", "1");
      run(client, "SAVE");
      assertThat(Bytes.string(Files.readAllBytes(file))).contains("someKey");
      run(client, "SET", "other", "2");
      assertThat(run(client, "FLUSHALL")).isEqualTo("OK");
      assertThat(Bytes.string(Files.readAllBytes(file))).doesNotContain("someKey", "other");
      assertThat(info(client, "rdb_changes_since_last_save")).isEqualTo("0");
      assertThat(info(client, "rdb_saves")).isEqualTo("1");
    }
  }

  @Test
  void flushAll_whileSaving_isInTheFileSoon() throws Exception {
    disk.gate.release(10);
    try (Hydrion server = start("save", "3600 100", "rdb-key-save-delay", "60000000")) {
      HydrionClient client = server.client();
      run(client, "SET", "a", "1");
      run(client, "BGSAVE");
      assertThat(run(client, "FLUSHALL")).isEqualTo("OK");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> info(client, "rdb_changes_since_last_save").equals("0"));
      assertThat(info(client, "rdb_saves")).isEqualTo("2");
    }
  }

  @Test
  void bgsave_asSoonAsTheLastIsToldToBeOver_isStarted() {
    try (Hydrion server = start()) {
      HydrionClient client = server.client();
      for (int i = 0; i < 200; i++) {
        disk.gate.release();
        assertThat(run(client, "BGSAVE")).as("save %d", i).isEqualTo("Background saving started");
        while (info(client, "rdb_bgsave_in_progress").equals("1")) {
          Thread.onSpinWait();
        }
      }
    }
  }

  @Test
  void sync_sendsTheFile() throws Exception {
    String all = synced();
    int head = all.indexOf('\n') + 1;
    String file = all.substring(head);
    assertThat(all.substring(0, head)).isEqualTo("$" + file.length() + "\r\n");
    assertThat(file).startsWith("REDIS0010").contains("key", "value");
  }

  @Test
  void sync_whoseFileCannotBeWritten_repliesWithAnError() throws Exception {
    disk.fails = true;
    assertThat(synced()).isEqualTo("-ERR BGSAVE failed, replication can't continue\r\n");
  }

  @Test
  void sync_whoseFileCannotBeRead_repliesWithAnErrorOnlyBeforeTheFile() throws Exception {
    disk.bytesReadMax = GatedDisk.CANNOT_OPEN;
    assertThat(synced()).isEqualTo("-ERR BGSAVE failed, replication can't continue\r\n");
    disk.bytesReadMax = 9;
    assertThat(synced()).matches("\\$[0-9]+\r\nREDIS0010");
  }

  /** What a client that asks for the database file is sent until its connection ends. */
  private String synced() throws IOException {
    disk.gate.release();
    try (Hydrion server = start();
        RawSocket client = new RawSocket(server.port())) {
      client.call("SET", "key", "value");
      client.call("REPLCONF", "rdb-only", "1");
      client.send("SYNC");
      return client.rest();
    }
  }

  /**
   * Lets a database file be begun only when it is allowed, or not at all. What is read fails after
   * so many bytes of a file.
   */
  private static final class GatedDisk extends FileDisk {
    static final int CANNOT_OPEN = -1;

    final Semaphore gate = new Semaphore(0);
    volatile boolean fails;
    volatile int bytesReadMax = Integer.MAX_VALUE;

    @Override
    public Output create(Path file) throws IOException {
      gate.acquireUninterruptibly();
      if (fails) {
        throw new IOException("No space left on device");
      }
      return super.create(file);
    }

    @Override
    public Input open(Path file) throws IOException {
      int max = bytesReadMax;
      if (max == CANNOT_OPEN) {
        throw new IOException("Input/output error");
      }
      Input input = super.open(file);
      return new Input() {
        private int left = max;

        @Override
        public int read(byte[] into, int off, int len) throws IOException {
          if (left == 0) {
            throw new IOException("Input/output error");
          }
          int n = input.read(into, off, Math.min(len, left));
          left -= Math.max(0, n);
          return n;
        }

        @Override
        public long size() {
          return input.size();
        }

        @Override
        public void close() {
          input.close();
        }
      };
    }
  }
}
