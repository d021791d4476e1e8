package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A server that keeps numbered records and nothing else, on a disk that fails: what it was told
 * survives is compared with what it finds at its next start. A snapshot is how many records there
 * were.
 */
final class LogModel {
  static final Path DIR = Path.of("/data");
  private static final int CAPACITY = 700;
  private static final int SEGMENT = 3000;

  /** Stands still but for being moved. */
  static final class TestClock implements Clock {
    long nanos = 1;

    @Override
    public long millis() {
      return nanos / 1_000_000;
    }

    @Override
    public long micros() {
      return nanos / 1000;
    }

    @Override
    public long nanos() {
      return nanos;
    }
  }

  private final Random random;
  private final boolean isWal;
  private final TestClock clock = new TestClock();
  final List<byte[]> records = new ArrayList<>();
  final List<Long> ends = new ArrayList<>();
  SimulatedDisk disk;
  AppendLog log;
  LogDirectory directory;

  /** How many records have been reported to survive a power cut, and a kill. */
  int synced;

  int written;
  private LogRewrite rewrite;
  private int rewriteCount;

  LogModel(Random random, boolean isWal) {
    this.random = random;
    this.isWal = isWal;
    disk = new SimulatedDisk(random);
  }

  static LogDirectory directory(Disk disk, boolean isWal) {
    return isWal
        ? new WalDirectory(disk, DIR.resolve("wal"), 1, SEGMENT)
        : new AofDirectory(disk, DIR, "appendonlydir", "appendonly.aof", true);
  }

  static byte[] snapshot(int count) {
    return Bytes.of("REDIS" + count + "\n");
  }

  static byte[] command(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return Bytes.of(text.toString());
  }

  // ---- starting

  /** What a start finds. */
  static final class Found implements LogSink {
    int first;
    final List<byte[]> records = new ArrayList<>();
    final List<String> notes = new ArrayList<>();

    @Override
    public long snapshot(Disk.Input in, String name) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] b = new byte[64];
      for (int n = in.read(b, 0, 64); n >= 0; n = in.read(b, 0, 64)) {
        all.write(b, 0, n);
      }
      String text = Bytes.string(all.toByteArray());
      int end = text.indexOf('\n');
      first = Integer.parseInt(text.substring(5, end));
      return end + 1;
    }

    @Override
    public void record(byte[] a, int off, int len) {
      records.add(Bytes.copy(a, off, len));
    }

    @Override
    public void note(String text) {
      notes.add(text);
    }

    int count() {
      return first + records.size();
    }
  }

  void start(int atLeast) throws IOException {
    log = null;
    directory = directory(disk, isWal);
    Found found = new Found();
    directory.load(found, LogDirectory.LoadOptions.DEFAULT);
    assertThat(found.count())
        .describedAs("records found from %s on; %s", found.first, found.notes)
        .isBetween(atLeast, records.size());
    for (int i = found.first; i < found.count(); i++) {
      byte[] expected = records.get(i);
      assertThat(found.records.get(i - found.first)).isEqualTo(withoutMulti(expected));
    }
    records.subList(found.count(), records.size()).clear();
    AppendLog started = new AppendLog(directory, clock, policy(), CAPACITY);
    started.timestamps(random.nextInt(4) == 0);
    started.resume(out -> out.write(snapshot(0), 0, snapshot(0).length));
    log = started;
    ends.clear();
    records.forEach(record -> ends.add(log.appendedPosition()));
    synced = records.size();
    written = records.size();
    rewrite = null;
  }

  private FsyncPolicy policy() {
    return random.nextBoolean() ? FsyncPolicy.ALWAYS : FsyncPolicy.EVERYSEC;
  }

  /** A record as it is told: an AOF has MULTI and EXEC around several commands. */
  private byte[] withoutMulti(byte[] record) {
    String text = Bytes.string(record);
    String multi = "*1\r\n$5\r\nMULTI\r\n";
    return !isWal && text.startsWith(multi)
        ? Bytes.of(text.substring(multi.length(), text.length() - 14))
        : record;
  }

  // ---- running

  void step() throws IOException {
    clock.nanos += 50_000_000;
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> append();
      case 8, 9, 10 -> log.write();
      case 11, 12, 13 -> log.sync();
      case 14, 15 -> log.turn(random.nextBoolean());
      case 16 -> {
        log.policy(policy());
        whenSynced();
      }
      case 17 -> {
        clock.nanos += 200_000_000;
        log.turn(true);
      }
      case 18 -> beginRewrite();
      default -> endRewrite();
    }
    look();
  }

  private void append() {
    int n = random.nextInt(30) == 0 ? random.nextInt(5000) : random.nextInt(120);
    StringBuilder value = new StringBuilder();
    for (int i = 0; i < n; i++) {
      value.append((char) (random.nextInt(4) == 0 ? random.nextInt(256) : '*'));
    }
    byte[] set = command("SET", "k" + records.size(), value.toString());
    byte[] record = set;
    if (random.nextInt(4) == 0) {
      String group = Bytes.string(set) + Bytes.string(command("INCR", "x"));
      record =
          Bytes.of(
              isWal
                  ? group
                  : Bytes.string(command("MULTI")) + group + Bytes.string(command("EXEC")));
    }
    records.add(record);
    ends.add(log.append(record, 0, record.length));
  }

  /** Waits in the way of a connection; the report counts. */
  private void whenSynced() {
    int count = records.size();
    boolean isDone =
        log.whenSynced(
            log.appendedPosition(),
            new LogWaiter() {
              @Override
              public void reached(long position) {
                synced = Math.max(synced, count);
              }

              @Override
              public void failed(long position, LogFailure why) {
                assertThat(log.failure()).isNotNull();
              }
            });
    if (isDone) {
      synced = Math.max(synced, count);
    }
  }

  private void beginRewrite() throws IOException {
    if (rewrite != null) {
      return;
    }
    rewrite = log.cut();
    rewriteCount = records.size();
    byte[] bytes = snapshot(rewriteCount);
    try {
      disk.delete(rewrite.snapshot());
      try (Disk.Output out = disk.create(rewrite.snapshot())) {
        out.write(bytes, 0, bytes.length);
        out.sync();
      }
    } catch (IOException e) {
      rewrite.abandon();
      rewrite = null;
    }
  }

  private void endRewrite() {
    if (rewrite == null) {
      return;
    }
    LogRewrite ending = rewrite;
    rewrite = null;
    try {
      if (random.nextInt(5) == 0) {
        ending.abandon();
      } else {
        ending.install(true);
        if (log.failure() == null) {
          synced = Math.max(synced, rewriteCount);
        }
      }
    } catch (IOException e) {
      ending.abandon();
    }
  }

  /** Notes what the log reports. */
  private void look() {
    if (log.failure() != null) {
      return;
    }
    synced = Math.max(synced, countUpTo(log.syncedPosition()));
    written = Math.max(written, countUpTo(log.writtenPosition()));
    assertThat(log.syncedPosition()).isLessThanOrEqualTo(log.writtenPosition());
    assertThat(log.writtenPosition()).isLessThanOrEqualTo(log.appendedPosition());
  }

  private int countUpTo(long position) {
    int count = ends.size();
    while (count > 0 && ends.get(count - 1) > position) {
      count--;
    }
    return count;
  }
}
