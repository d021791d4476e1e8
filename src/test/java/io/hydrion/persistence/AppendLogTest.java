package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogModel.Found;
import io.hydrion.persistence.LogModel.TestClock;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppendLogTest {
  private static final SnapshotWriter EMPTY =
      out -> out.write(LogModel.snapshot(0), 0, LogModel.snapshot(0).length);

  private final TestClock clock = new TestClock();
  private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private int count;

  private AppendLog open(boolean isWal, FsyncPolicy policy) throws IOException {
    LogDirectory directory = LogModel.directory(disk, isWal);
    directory.load(new Found(), LoadOptions.DEFAULT);
    AppendLog log = new AppendLog(directory, clock, policy, 1000);
    log.resume(EMPTY);
    return log;
  }

  private long append(AppendLog log) {
    byte[] record = LogModel.command("SET", "k", Integer.toString(count++));
    return log.append(record, 0, record.length);
  }

  private LogWaiter waiter(String name) {
    return new LogWaiter() {
      @Override
      public void reached(long position) {
        told.add(name + " reached");
      }

      @Override
      public void failed(long position, LogFailure why) {
        told.add(name + " " + why.step());
      }
    };
  }

  private Found found(boolean isWal) throws IOException {
    Found found = new Found();
    LogModel.directory(disk, isWal).load(found, LoadOptions.DEFAULT);
    return found;
  }

  private void snapshot(LogRewrite rewrite, int records) throws IOException {
    byte[] bytes = LogModel.snapshot(records);
    disk.delete(rewrite.snapshot());
    try (Disk.Output out = disk.create(rewrite.snapshot())) {
      out.write(bytes, 0, bytes.length);
      out.sync();
    }
  }

  // ---- policies

  @ParameterizedTest
  @EnumSource
  void acknowledgement_waitsForWhatThePolicySays(FsyncPolicy policy) throws IOException {
    AppendLog log = open(true, policy);
    long position = append(log);
    boolean isNow = log.whenAcknowledged(position, waiter("a"));
    assertThat(isNow).isEqualTo(policy != FsyncPolicy.ALWAYS);
    assertThat(log.writtenPosition()).isEqualTo(isNow ? position : 0);
    log.turn(false);
    assertThat(told).isEqualTo(isNow ? List.of() : List.of("a reached"));
    assertThat(log.syncedPosition()).isEqualTo(isNow ? 0 : position);
    log.turn(true);
    assertThat(log.syncedPosition() >= position).isEqualTo(policy != FsyncPolicy.NO);
  }

  @Test
  void policyChanged_nextRecordFollowsIt() throws IOException {
    AppendLog log = open(false, FsyncPolicy.NO);
    assertThat(log.whenAcknowledged(append(log), waiter("a"))).isTrue();
    log.policy(FsyncPolicy.ALWAYS);
    assertThat(log.whenAcknowledged(append(log), waiter("b"))).isFalse();
    log.turn(false);
    assertThat(told).containsExactly("b reached");
  }

  @Test
  void idleLog_isNotSyncedForEver() throws IOException {
    AppendLog log = open(true, FsyncPolicy.EVERYSEC);
    append(log);
    log.turn(true);
    log.turn(true);
    long calls = disk.calls();
    log.turn(true);
    log.turn(true);
    assertThat(disk.calls()).isEqualTo(calls);
  }

  @Test
  void fullBuffer_isWrittenByTheAppender() throws IOException {
    AppendLog log = open(false, FsyncPolicy.NO);
    for (int i = 0; i < 100; i++) {
      append(log);
    }
    assertThat(log.appendedPosition() - log.writtenPosition()).isLessThanOrEqualTo(1000);
  }

  @Test
  void timestamps_oncePerSecond() throws IOException {
    AppendLog log = open(false, FsyncPolicy.NO);
    log.timestamps(true);
    clock.nanos = 5_000_000_000L;
    append(log);
    append(log);
    clock.nanos = 6_000_000_000L;
    append(log);
    log.write();
    Path file = LogModel.DIR.resolve("appendonlydir/appendonly.aof.1.incr.aof");
    assertThat(Bytes.string(disk.bytes(file))).containsOnlyOnce("#TS:5\r\n").contains("#TS:6\r\n");
    assertThat(found(false).records).hasSize(3);
  }

  // ---- failures

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noSpace_goesOnWhenThereIs(boolean isWal) throws IOException {
    AppendLog log = open(isWal, FsyncPolicy.EVERYSEC);
    append(log);
    assertThat(log.sync()).isTrue();
    disk.failAfter(1, "No space left on device");
    assertThat(log.whenWritten(append(log), waiter("a"))).isFalse();
    assertThat(log.failure()).isNotNull();
    assertThat(log.failure().heals()).isTrue();
    assertThat(log.failure().text()).isEqualTo("No space left on device");
    log.turn(true);
    assertThat(told).containsExactly("a WRITE");
    append(log);
    clock.nanos += 1_000_000_000;
    log.turn(true);
    assertThat(log.failure()).isNull();
    assertThat(log.whenWritten(append(log), waiter("b"))).isTrue();
    log.close();
    assertThat(found(isWal).records).hasSize(4);
  }

  @Test
  void noSpaceForLong_bufferIsFull_takesARewrite() throws IOException {
    AppendLog log = open(true, FsyncPolicy.EVERYSEC);
    append(log);
    log.sync();
    disk.failAll("No space left on device");
    for (int i = 0; i < 100; i++) {
      append(log);
    }
    assertThat(log.failure().heals()).isFalse();
    disk.failAll(null);
    clock.nanos += 1_000_000_000;
    log.turn(true);
    assertThat(log.failure()).isNotNull();
    LogRewrite rewrite = log.cut();
    assertThat(log.whenWritten(append(log), waiter("a"))).isFalse();
    snapshot(rewrite, count - 1);
    rewrite.install(true);
    assertThat(log.failure()).isNull();
    assertThat(log.whenWritten(append(log), waiter("b"))).isTrue();
    log.close();
    assertThat(found(true).count()).isEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void failedSync_isNotTriedAgain_butAnewFileIsBegun(boolean isWal) throws IOException {
    AppendLog log = open(isWal, FsyncPolicy.ALWAYS);
    assertThat(log.whenAcknowledged(append(log), waiter("a"))).isFalse();
    disk.failAfter(SimulatedDisk.Call.SYNC, 1, "Input/output error");
    log.turn(false);
    assertThat(disk.lastFailed()).startsWith("SYNC");
    assertThat(told).containsExactly("a SYNC");
    long calls = disk.calls();
    assertThat(log.whenAcknowledged(append(log), waiter("b"))).isFalse();
    assertThat(log.sync()).isFalse();
    clock.nanos += 5_000_000_000L;
    log.turn(true);
    assertThat(told).containsExactly("a SYNC", "b SYNC");
    assertThat(disk.calls()).isEqualTo(calls);
    LogRewrite rewrite = log.cut();
    assertThat(log.isRestarting()).isTrue();
    log.whenAcknowledged(append(log), waiter("c"));
    log.turn(true);
    assertThat(told).last().isEqualTo("c SYNC");
    snapshot(rewrite, 2);
    rewrite.install(true);
    assertThat(log.isRestarting()).isFalse();
    log.whenAcknowledged(append(log), waiter("d"));
    log.turn(false);
    assertThat(told).last().isEqualTo("d reached");
    disk.tearsSectors(false);
    assertThat(found(isWal).count()).isEqualTo(4);
  }

  /** Each call of a scene fails once: nothing is acknowledged afterwards that is not durable. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyCallFailingOnce_nothingIsAcknowledged(boolean isWal) throws IOException {
    for (String text : List.of("Input/output error", "No space left on device")) {
      for (int n = 1; n < 60; n++) {
        SimulatedDisk failing = new SimulatedDisk(new Random(n));
        LogDirectory directory = LogModel.directory(failing, isWal);
        directory.load(new Found(), LoadOptions.DEFAULT);
        AppendLog log = new AppendLog(directory, clock, FsyncPolicy.ALWAYS, 1000);
        log.resume(EMPTY);
        failing.failAfter(n, text);
        int records = 0;
        int acknowledged = 0;
        for (int i = 0; i < 12; i++) {
          byte[] record = LogModel.command("SET", "k", Integer.toString(records++));
          log.append(record, 0, record.length);
          if (log.sync()) {
            acknowledged = records;
          }
          boolean hadFailed = log.failure() != null;
          log.turn(true);
          if (hadFailed && !failing.lastFailed().isEmpty()) {
            assertThat(log.whenSynced(log.appendedPosition(), waiter("x"))).isFalse();
          }
          if (i == 6) {
            rewrite(failing, log, records);
          }
        }
        Found found = new Found();
        LogModel.directory(failing.afterPowerCut(), isWal).load(found, LoadOptions.DEFAULT);
        assertThat(found.count())
            .as("call %d: %s", n, failing.lastFailed())
            .isGreaterThanOrEqualTo(acknowledged);
      }
    }
  }

  private static void rewrite(SimulatedDisk disk, AppendLog log, int records) {
    if (log.failure() != null) {
      return;
    }
    LogRewrite rewrite = log.cut();
    try {
      byte[] bytes = LogModel.snapshot(records);
      disk.delete(rewrite.snapshot());
      try (Disk.Output out = disk.create(rewrite.snapshot())) {
        out.write(bytes, 0, bytes.length);
        out.sync();
      }
      rewrite.install(true);
    } catch (IOException e) {
      rewrite.abandon();
    }
  }

  @Test
  void startedLater_countsFromTheSnapshotOn() throws IOException {
    AppendLog log =
        new AppendLog(LogModel.directory(disk, false), clock, FsyncPolicy.EVERYSEC, 1000);
    append(log);
    assertThat(log.failure().step()).isEqualTo(LogFailure.Step.NOT_STARTED);
    LogRewrite rewrite = log.cut();
    append(log);
    snapshot(rewrite, 1);
    assertThat(found(false).count()).isZero();
    rewrite.install(true);
    append(log);
    log.close();
    assertThat(found(false).count()).isEqualTo(3);
  }

  @Test
  void closedLog_acknowledgesNothing() throws IOException {
    AppendLog log = open(false, FsyncPolicy.NO);
    log.close();
    assertThat(log.whenWritten(append(log), waiter("a"))).isFalse();
    log.turn(false);
    assertThat(told).hasSize(1);
    assertThatThrownBy(() -> log.cut().install(true)).isInstanceOf(IOException.class);
  }

  // ---- threads

  /** Several appenders on a real disk, with syncs and rewrites meanwhile. */
  @ParameterizedTest
  @ValueSource(strings = {"wal ALWAYS", "wal EVERYSEC", "aof ALWAYS", "aof EVERYSEC", "aof NO"})
  void manyAppenders_allIsThereInOrder(String kind, @TempDir Path dir) throws Exception {
    int threads = 4;
    int each = 5_000;
    boolean isWal = kind.startsWith("wal");
    FsyncPolicy policy = FsyncPolicy.of(kind.substring(4));
    Disk files = new FileDisk();
    LogDirectory directory = onDisk(files, dir, isWal);
    directory.load(new Found(), LoadOptions.DEFAULT);
    AppendLog log = new AppendLog(directory, Clock.system(), policy, 20_000);
    log.resume(EMPTY);
    log.start();
    AtomicInteger acknowledged = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      int thread = t;
      Thread.ofPlatform()
          .start(
              () -> {
                for (int i = 0; i < each; i++) {
                  byte[] record =
                      LogModel.command(
                          "SET", "t" + thread, i + "x".repeat(i % 500 == 0 ? 30_000 : i % 100));
                  long end = log.append(record, 0, record.length);
                  if (i % 10 == 0 && log.whenAcknowledged(end, counting(acknowledged, failed))) {
                    acknowledged.incrementAndGet();
                  }
                }
                done.countDown();
              });
    }
    // A rewrite without a snapshot of the data: cuts only.
    for (int i = 0; i < 3; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
      log.cut();
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    await().until(() -> acknowledged.get() + failed.get() == threads * each / 10);
    assertThat(failed).hasValue(0);
    log.close();
    int[] next = new int[threads];
    onDisk(files, dir, isWal)
        .load(
            new LogSink() {
              @Override
              public long snapshot(Disk.Input in, String name) {
                return in.size();
              }

              @Override
              public void record(byte[] a, int off, int len) {
                String[] words = Bytes.string(a, off, len).split("\r\n");
                int thread = words[4].charAt(1) - '0';
                assertThat(words[6].split("x")[0]).isEqualTo(Integer.toString(next[thread]++));
              }
            },
            LoadOptions.DEFAULT);
    assertThat(next).containsOnly(each);
  }

  private static LogDirectory onDisk(Disk disk, Path dir, boolean isWal) {
    return isWal
        ? new WalDirectory(disk, dir.resolve("wal"), 1, 100_000)
        : new AofDirectory(disk, dir, "appendonlydir", "appendonly.aof", true);
  }

  private static LogWaiter counting(AtomicInteger reached, AtomicInteger failed) {
    return new LogWaiter() {
      @Override
      public void reached(long position) {
        reached.incrementAndGet();
      }

      @Override
      public void failed(long position, LogFailure why) {
        failed.incrementAndGet();
      }
    };
  }

  /** A disk whose syncs take as long as the test likes. */
  @Test
  void slowSync_writersWaitAfterTwoSeconds() throws Exception {
    AppendLog log = open(false, FsyncPolicy.EVERYSEC);
    append(log);
    CountDownLatch isIn = new CountDownLatch(1);
    CountDownLatch mayGo = new CountDownLatch(1);
    disk.beforeSync(
        () -> {
          isIn.countDown();
          try {
            mayGo.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    Thread syncing = Thread.ofPlatform().start(log::sync);
    assertThat(isIn.await(30, TimeUnit.SECONDS)).isTrue();
    long position = append(log);
    assertThat(log.write()).as("not in place").isFalse();
    assertThat(log.whenWritten(position, waiter("a"))).isFalse();
    log.turn(false);
    assertThat(told).as("by the log's thread").containsExactly("a reached");
    long later = append(log);
    log.whenWritten(later, waiter("b"));
    clock.nanos += 2_500_000_000L;
    Thread turning = Thread.ofPlatform().start(() -> log.turn(false));
    await().until(() -> log.delayedSyncs() == 1);
    assertThat(told).hasSize(1);
    mayGo.countDown();
    turning.join(30_000);
    syncing.join(30_000);
    assertThat(told).containsExactly("a reached", "b reached");
  }
}
