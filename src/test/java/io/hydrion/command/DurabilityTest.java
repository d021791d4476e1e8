package io.hydrion.command;

import static io.hydrion.command.KeptServers.info;
import static io.hydrion.command.KeptServers.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import io.hydrion.persistence.SimulatedDisk;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was acknowledged is there after faults of the disk, power cuts and restarts. */
class DurabilityTest {
  private static final int CUTS = Integer.getInteger("hydrion.durability.cuts", 250);
  private static final int FAULTS = Integer.getInteger("hydrion.durability.faults", 25);
  private static final long SEED = Long.getLong("hydrion.test.seed", System.nanoTime());
  private static final int CALLS_MAX = 120;

  /** The list that is written gets too long to be read again and again. */
  private static final int CUTS_OF_ONE_SERVER = 50;

  /** A power cut under everysec costs a second; the rest is for threads that had to wait. */
  private static final long LOST_NS_MAX = TimeUnit.MILLISECONDS.toNanos(1500);

  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;

  private Hydrion start(Disk disk, String... more) {
    String[] kept = {"appendonly", "yes"};
    Config config = KeptServers.config(directory, kept, more);
    return Hydrion.start(config, Clock.system(), new SplittableRandom(1), disk);
  }

  private static void awaitRewritten(HydrionClient client) {
    await().atMost(LONG).until(() -> info(client, "aof_rewrite_in_progress").equals("0"));
  }

  /** Pushes numbers one after the other, and knows how many have been acknowledged. */
  private static final class Pusher implements AutoCloseable {
    private final int port;
    private RawSocket socket;
    private volatile int acknowledged;
    private int next;

    Pusher(int port) throws IOException {
      this.port = port;
      socket = new RawSocket(port);
    }

    /** Pushes the next number; returns the reply, or that the connection has been closed. */
    String push() throws IOException {
      socket.send("RPUSH", "list", Integer.toString(next));
      String reply = socket.reply(20_000);
      if (reply == null) {
        throw new IOException("no reply");
      }
      if (reply.equals(":" + (next + 1) + "\r\n")) {
        next++;
        acknowledged = next;
      } else if (reply.equals(RawSocket.CLOSED)) {
        socket.close();
        socket = new RawSocket(port);
        next = Integer.parseInt(socket.call("LLEN", "list").substring(1).trim());
      }
      return reply;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** How many numbers there are, which must be the first ones in order. */
  private static int pushed(Hydrion server) {
    List<?> found = (List<?>) CommandTest.run(server.client(), "LRANGE", "list", "0", "-1");
    assertThat(found)
        .isEqualTo(IntStream.range(0, found.size()).mapToObj(Integer::toString).toList());
    return found.size();
  }

  // ---- faults

  @ParameterizedTest
  @CsvSource({
    "aof, always, No space left on device",
    "aof, everysec, Input/output error",
    "wal, always, Input/output error",
    "wal, everysec, No space left on device"
  })
  void fault_ofAnyCall_losesNothingAcknowledged_andIsOvercome(
      String format, String fsync, String text) throws Exception {
    System.out.println("DurabilityTest seed " + SEED);
    Random random = new Random(SEED);
    for (int i = 0; i < FAULTS; i++) {
      SimulatedDisk disk = new SimulatedDisk(random);
      String what = "fault " + i + ", seed " + SEED;
      int acknowledged;
      try (Hydrion server = start(disk, "log-format", format, "appendfsync", fsync);
          Pusher pusher = new Pusher(server.port())) {
        HydrionClient client = server.client();
        disk.failAfter(1 + random.nextInt(CALLS_MAX), text);
        for (int k = 0; k < CALLS_MAX; k++) {
          if (k % 40 == 20) {
            run(client, "BGREWRITEAOF");
          }
          String reply = pusher.push();
          if (reply.startsWith("-")) {
            assertThat(reply)
                .as(what)
                .isEqualTo("-MISCONF Errors writing to the AOF file: " + text + "\r\n");
            assertThat(info(client, "aof_last_write_status")).isIn("err", "ok");
          }
          assertThat(run(client, "LLEN", "list")).as("reads go on").isNotEmpty();
        }
        await().atMost(LONG).until(() -> pusher.push().startsWith(":"));
        assertThat(info(client, "aof_last_write_status")).as(what).isEqualTo("ok");
        acknowledged = pusher.acknowledged;
        disk = disk.afterKill();
      }
      try (Hydrion server = start(disk, "log-format", format)) {
        assertThat(pushed(server)).as(what).isGreaterThanOrEqualTo(acknowledged);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"aof", "wal"})
  void fullDisk_refusesWritesOnly_untilThereIsRoom(String format) throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(SEED));
    try (Hydrion server = start(disk, "log-format", format);
        Pusher pusher = new Pusher(server.port());
        RawSocket reader = new RawSocket(server.port())) {
      assertThat(pusher.push()).isEqualTo(":1\r\n");
      assertThat(reader.call("SET", "brief", "x", "PX", "1")).isEqualTo("+OK\r\n");
      disk.failAll("No space left on device");
      assertThat(pusher.push()).isEqualTo(RawSocket.CLOSED);
      String refused = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";
      assertThat(pusher.push()).isEqualTo(refused);
      assertThat(reader.call("PING")).isEqualTo(refused);
      await().atMost(LONG).until(() -> reader.call("GET", "brief").equals("$-1\r\n"));
      assertThat(reader.call("LLEN", "list")).isEqualTo(":2\r\n");
      assertThat(info(server.client(), "aof_last_write_status")).isEqualTo("err");
      assertThatThrownBy(() -> server.store().set(Bytes.of("a"), Bytes.of("b")))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("No space");
      disk.failAll(null);
      await().atMost(LONG).until(() -> pusher.push().startsWith(":"));
      int acknowledged = pusher.acknowledged;
      try (Hydrion next = start(disk.afterKill(), "log-format", format)) {
        assertThat(pushed(next)).isEqualTo(acknowledged);
        assertThat(run(next.client(), "EXISTS", "brief", "a")).isEqualTo("0");
      }
    }
  }

  @Test
  void failedDisk_isTriedAgain_howeverOftenThatHasFailed() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(SEED));
    try (Hydrion server = start(disk);
        Pusher pusher = new Pusher(server.port())) {
      disk.failAll("Input/output error");
      assertThat(pusher.push()).isEqualTo(RawSocket.CLOSED);
      await()
          .atMost(LONG)
          .until(
              () ->
                  Integer.parseInt(info(server.client(), "aof_rewrites_consecutive_failures")) > 3);
      disk.failAll(null);
      await().atMost(LONG).until(() -> pusher.push().startsWith(":"));
    }
  }

  // ---- power cuts

  @ParameterizedTest
  @CsvSource({"aof, always", "aof, everysec", "wal, always", "wal, everysec"})
  void powerCut_atAnyMoment_losesNoMoreThanPromised(String format, String fsync) throws Exception {
    System.out.println("DurabilityTest seed " + SEED);
    Random random = new Random(SEED);
    for (int left = CUTS; left > 0; left -= CUTS_OF_ONE_SERVER) {
      cutPower(random, Math.min(left, CUTS_OF_ONE_SERVER), format, fsync);
    }
  }

  private void cutPower(Random random, int cuts, String format, String fsync) throws Exception {
    SimulatedDisk disk = new SimulatedDisk(random);
    NavigableMap<Long, Integer> acknowledged = new TreeMap<>();
    acknowledged.put(Long.MIN_VALUE, 0);
    try (Hydrion server = start(disk, "log-format", format, "appendfsync", fsync);
        Pusher pusher = new Pusher(server.port())) {
      Thread writer = Thread.ofPlatform().start(() -> pushOn(pusher));
      for (int i = 0; i < cuts; i++) {
        if (random.nextInt(4) == 0) {
          run(server.client(), "BGREWRITEAOF");
        }
        Thread.sleep(random.nextInt(20));
        long now = System.nanoTime();
        acknowledged.put(now, pusher.acknowledged);
        long promised = fsync.equals("always") ? now : now - LOST_NS_MAX;
        SimulatedDisk after = disk.afterPowerCut();
        try (Hydrion next = start(after, "log-format", format)) {
          assertThat(pushed(next))
              .as("cut " + i + ", seed " + SEED)
              .isGreaterThanOrEqualTo(acknowledged.floorEntry(promised).getValue());
        }
        assertThat(writer.isAlive()).isTrue();
      }
      writer.interrupt();
      writer.join();
    }
  }

  private static void pushOn(Pusher pusher) {
    try {
      while (!Thread.interrupted() && pusher.push().startsWith(":")) {}
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- beginning and end

  @ParameterizedTest
  @ValueSource(strings = {"aof", "wal"})
  void log_turnedOnAndOff_hasWhatItShould(String format) {
    try (Hydrion server = start(new FileDisk(), "log-format", format, "appendonly", "no")) {
      HydrionClient client = server.client();
      run(client, "SET", "before", "1");
      assertThat(run(client, "CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
      run(client, "SET", "meanwhile", "1");
      awaitRewritten(client);
      run(client, "SET", "after", "1");
      assertThat(info(client, "aof_enabled")).isEqualTo("1");
      assertThat(run(client, "CONFIG", "SET", "appendonly", "no")).isEqualTo("OK");
      run(client, "SET", "without", "1");
    }
    try (Hydrion server = start(new FileDisk(), "log-format", format)) {
      HydrionClient client = server.client();
      assertThat(run(client, "EXISTS", "before", "meanwhile", "after")).isEqualTo("3");
      assertThat(run(client, "EXISTS", "without")).isEqualTo("0");
      run(client, "SET", "later", "1");
      assertThat(run(client, "BGREWRITEAOF")).contains("rewriting started");
      awaitRewritten(client);
      assertThat(run(client, "DEBUG", "LOADAOF")).isEqualTo("OK");
      assertThat(run(client, "DBSIZE")).isEqualTo("4");
      run(client, "CONFIG", "SET", "appendonly", "no");
      run(client, "CONFIG", "SET", "appendonly", "yes");
      awaitRewritten(client);
      run(client, "SET", "last", "1");
    }
    try (Hydrion server = start(new FileDisk(), "log-format", format)) {
      assertThat(run(server.client(), "DBSIZE")).isEqualTo("5");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"aof", "wal"})
  void log_turnedOnWhileItIsRewrittenUnwanted_goesOn(String format) {
    String[] slowly = {"log-format", format, "appendonly", "no", "rdb-key-save-delay", "20000"};
    try (Hydrion server = start(new FileDisk(), slowly)) {
      HydrionClient client = server.client();
      for (int i = 0; i < 100; i++) {
        run(client, "SET", "key" + i, "1");
      }
      assertThat(run(client, "BGREWRITEAOF")).contains("rewriting started");
      assertThat(run(client, "CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
      assertThat(info(client, "aof_rewrite_in_progress")).isEqualTo("1");
      run(client, "CONFIG", "SET", "rdb-key-save-delay", "0");
      awaitRewritten(client);
      run(client, "SET", "after", "1");
      assertThat(run(client, "DEBUG", "LOADAOF")).isEqualTo("OK");
    }
    try (Hydrion server = start(new FileDisk(), "log-format", format)) {
      assertThat(run(server.client(), "DBSIZE")).isEqualTo("101");
    }
  }

  @ParameterizedTest
  @CsvSource({"aof, always", "aof, everysec", "wal, always"})
  void callerThatIsInterrupted_doesTheLogNoHarm(String format, String fsync) {
    try (Hydrion server = start(new FileDisk(), "log-format", format, "appendfsync", fsync)) {
      HydrionClient client = server.client();
      Thread.currentThread().interrupt();
      try {
        assertThat(run(client, "SET", "a", "1")).isEqualTo("OK");
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
      assertThat(run(client, "SET", "b", "1")).isEqualTo("OK");
      assertThat(info(client, "aof_last_write_status")).isEqualTo("ok");
      assertThat(info(client, "aof_current_size")).isNotEqualTo("0");
    }
    try (Hydrion server = start(new FileDisk(), "log-format", format)) {
      assertThat(run(server.client(), "DBSIZE")).isEqualTo("2");
    }
  }

  @Test
  void databaseFile_withoutALog_isWhereALogBegins() {
    try (Hydrion server = start(new FileDisk(), "appendonly", "no")) {
      run(server.client(), "SET", "a", "1");
      run(server.client(), "SAVE");
    }
    for (int i = 0; i < 2; i++) {
      try (Hydrion server = start(new FileDisk())) {
        assertThat(run(server.client(), "GET", "a")).isEqualTo("1");
        assertThat(directory.resolve("appendonlydir/appendonly.aof.1.base.rdb")).isNotEmptyFile();
      }
    }
  }

  @Test
  void directory_inUse_isRefused() {
    try (Hydrion server = start(new FileDisk())) {
      assertThatThrownBy(() -> start(new FileDisk()))
          .hasMessageContaining("another server uses this directory");
      assertThat(run(server.client(), "SET", "a", "1")).isEqualTo("OK");
    }
    try (Hydrion server = start(new FileDisk())) {
      assertThat(run(server.client(), "GET", "a")).isEqualTo("1");
    }
  }

  @Test
  void logOfTheOtherFormat_isNotPassedOver() {
    try (Hydrion server = start(new FileDisk())) {
      run(server.client(), "SET", "a", "1");
    }
    assertThatThrownBy(() -> start(new FileDisk(), "log-format", "wal"))
        .hasMessageContaining("the other format");
  }

  @Test
  void blockedClient_servedByAnother_isToldWhenTheLogHasIt() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(SEED));
    try (Hydrion server = start(disk, "appendfsync", "always");
        RawSocket waiting = new RawSocket(server.port());
        RawSocket pushing = new RawSocket(server.port())) {
      waiting.send("BLPOP", "list", "0");
      await()
          .atMost(LONG)
          .until(() -> run(server.client(), "INFO", "clients").contains("blocked_clients:1"));
      disk.failAll("Input/output error");
      pushing.send("RPUSH", "list", "a");
      assertThat(waiting.reply(20_000)).isEqualTo(RawSocket.CLOSED);
      assertThat(pushing.reply(20_000)).isEqualTo(RawSocket.CLOSED);
      disk.failAll(null);
    }
  }
}
