package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogModel.Found;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A log that was cut or damaged gives a prefix or a complaint, never wrong data. */
class LogDamageTest {
  private static final int RECORDS = 40;
  private static final int LONG = Integer.getInteger("hydrion.log.bytes", 32 << 10);

  /** How much behind a record is looked at, which has the mark of a sync. */
  private static final int REST = 4096;

  private static final int READ = 512;
  private static final Path WAL = LogModel.DIR.resolve("wal");
  private static final Path AOF = LogModel.DIR.resolve("appendonlydir");

  private final List<byte[]> records = new ArrayList<>();

  /** A log of some files, closed in good order. */
  private SimulatedDisk written(boolean isWal, boolean hasSums) throws IOException {
    return written(isWal, hasSums, false);
  }

  /**
   * A log of some files.
   *
   * @param isKilled whether its server was killed instead of closed: padding follows
   */
  private SimulatedDisk written(boolean isWal, boolean hasSums, boolean isKilled)
      throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (AppendLog log =
        new AppendLog(
            directory(disk, isWal, hasSums), new LogModel.TestClock(), FsyncPolicy.ALWAYS, 4096)) {
      log.timestamps(true);
      log.resume(out -> out.write(LogModel.snapshot(0), 0, LogModel.snapshot(0).length));
      for (int i = 0; i < RECORDS; i++) {
        byte[] record = LogModel.command("SET", "key" + i, "some value of record " + i);
        if (i % 5 == 0 && !log.keepsRecordsWhole()) {
          record =
              Bytes.of(
                  Bytes.string(LogModel.command("MULTI"))
                      + Bytes.string(record)
                      + Bytes.string(LogModel.command("EXEC")));
        }
        log.append(record, 0, record.length);
        records.add(LogModel.command("SET", "key" + i, "some value of record " + i));
        if (i % 3 == 0) {
          log.write();
        }
        if (i % 7 == 0) {
          log.sync();
        }
        log.turn(false);
      }
      if (isKilled) {
        log.sync();
        return copy(disk, isWal);
      }
    }
    return disk;
  }

  private static LogDirectory directory(Disk disk, boolean isWal, boolean hasSums) {
    return isWal
        ? new WalDirectory(disk, WAL, 1, 1500)
        : new AofDirectory(disk, LogModel.DIR, "appendonlydir", "appendonly.aof", hasSums);
  }

  /** Loads and compares; returns how many records there were. */
  private int load(Disk disk, boolean isWal, LoadOptions options) throws IOException {
    Found found = new Found();
    directory(disk, isWal, true).load(found, options);
    assertThat(found.count()).isLessThanOrEqualTo(RECORDS);
    for (int i = 0; i < found.count(); i++) {
      assertThat(found.records.get(i)).isEqualTo(records.get(i));
    }
    return found.count();
  }

  private static List<Path> logFiles(SimulatedDisk disk, boolean isWal) {
    return disk.list(isWal ? WAL : AOF).stream()
        .filter(name -> name.endsWith(".wal") || name.endsWith(".incr.aof"))
        .sorted()
        .map((isWal ? WAL : AOF)::resolve)
        .toList();
  }

  private static SimulatedDisk copy(SimulatedDisk disk, boolean isWal) {
    SimulatedDisk copy = new SimulatedDisk(new Random(1));
    Path directory = isWal ? WAL : AOF;
    disk.list(directory)
        .forEach(name -> copy.put(directory.resolve(name), disk.bytes(directory.resolve(name))));
    return copy;
  }

  @ParameterizedTest
  @CsvSource({"wal, false", "wal, true", "aof, false", "aof, true", "aof without sums, false"})
  void cutAtEveryByte_aPrefix(String framing, boolean isKilled) throws IOException {
    boolean isWal = framing.equals("wal");
    SimulatedDisk disk = written(isWal, framing.equals("aof"), isKilled);
    assertThat(load(copy(disk, isWal), isWal, LoadOptions.DEFAULT)).isEqualTo(RECORDS);
    Path last = logFiles(disk, isWal).getLast();
    byte[] all = disk.bytes(last);
    int before = -1;
    for (int size = 0; size <= all.length; size++) {
      SimulatedDisk cut = copy(disk, isWal);
      cut.put(last, Bytes.copy(all, 0, size));
      int count = load(cut, isWal, LoadOptions.DEFAULT);
      assertThat(count).isGreaterThanOrEqualTo(before);
      before = count;
      assertThat(load(cut, isWal, new LoadOptions(false, false)))
          .as("cut off at the first start")
          .isEqualTo(count);
    }
    assertThat(before).isEqualTo(RECORDS);
  }

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false", "false, true"})
  void everyBitFlipped_reportedOrAPrefix(boolean isWal, boolean isKilled) throws IOException {
    SimulatedDisk disk = written(isWal, true, isKilled);
    List<Path> files = logFiles(disk, isWal);
    assertThat(files).hasSizeGreaterThanOrEqualTo(isWal ? 2 : 1);
    int reported = 0;
    int prefixes = 0;
    for (Path file : files) {
      byte[] all = disk.bytes(file);
      for (int bit = 0; bit < 8 * all.length; bit++) {
        byte[] damaged = all.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        SimulatedDisk other = copy(disk, isWal);
        other.put(file, damaged);
        try {
          int count = load(other, isWal, LoadOptions.DEFAULT);
          prefixes++;
          // What was synced before something else was written is never given up silently.
          assertThat(count).as("%s bit %d", file, bit).isGreaterThan(RECORDS - 8);
        } catch (LogDamageException e) {
          reported++;
          assertThat(e.file()).isEqualTo(file.getFileName().toString());
          assertThat(e.offset()).isBetween(0L, bit / 8L);
          assertThat(e).hasMessageContaining("offset " + e.offset());
        }
      }
    }
    assertThat(reported).isGreaterThan(isKilled ? 0 : 10 * prefixes / 2);
  }

  /** Each bit of a log as long as is wanted; what lies in front of its record does not matter. */
  @Test
  void everyBitOfALongSegmentFlipped_reported() throws IOException {
    byte[] all = longSegment();
    List<Integer> starts = new ArrayList<>();
    WalReader sound = new WalReader(MemoryFile.input(all, READ), 0);
    do {
      starts.add((int) sound.valid());
    } while (sound.next());
    starts.set(0, WalDirectory.SEGMENT_HEAD);
    assertThat(sound.valid()).isEqualTo(all.length);
    for (int k = 0; k + 1 < starts.size(); k++) {
      int start = starts.get(k);
      int position = start - WalDirectory.SEGMENT_HEAD;
      byte[] rest = Arrays.copyOfRange(all, position, Math.min(all.length, position + REST));
      Arrays.fill(rest, 0, WalDirectory.SEGMENT_HEAD, (byte) 0);
      WalDirectory.putHead(rest, position);
      assertThat(new WalReader(MemoryFile.input(rest, READ), position).next()).isTrue();
      int length = starts.get(k + 1) - start;
      for (int bit = 0; bit < 8 * length; bit++) {
        int at = WalDirectory.SEGMENT_HEAD + bit / 8;
        rest[at] ^= (byte) (1 << bit % 8);
        WalReader reader = new WalReader(MemoryFile.input(rest, READ), position);
        assertThat(reader.next()).isFalse();
        assertThat(reader.position()).isEqualTo(position);
        // The last record is the mark of the last sync, which nothing tells of.
        boolean isLast = k + 2 == starts.size();
        assertThat(reader.end()).isEqualTo(isLast ? WalReader.End.TORN : WalReader.End.BAD);
        rest[at] ^= (byte) (1 << bit % 8);
      }
    }
  }

  private static byte[] longSegment() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (AppendLog log =
        new AppendLog(
            new WalDirectory(disk, WAL, 1, Integer.MAX_VALUE),
            new LogModel.TestClock(),
            FsyncPolicy.ALWAYS)) {
      log.resume(out -> out.write(LogModel.snapshot(0), 0, LogModel.snapshot(0).length));
      for (int i = 0; log.appendedPosition() < LONG; i++) {
        byte[] record = LogModel.command("SET", "key" + i, "v".repeat(i % 100));
        log.append(record, 0, record.length);
        if (i % 7 == 0) {
          log.sync();
        }
      }
    }
    return disk.bytes(logFiles(disk, true).getLast());
  }

  @Test
  void damageInTheMiddle_forced_aPrefix() throws IOException {
    SimulatedDisk disk = written(true, true);
    List<Path> files = logFiles(disk, true);
    byte[] first = disk.bytes(files.getFirst());
    first[first.length / 2] ^= 1;
    disk.put(files.getFirst(), first);
    assertThatThrownBy(() -> load(disk, true, LoadOptions.DEFAULT))
        .isInstanceOf(LogDamageException.class);
    int count = load(disk, true, new LoadOptions(true, true));
    assertThat(count).isBetween(1, RECORDS / 2);
    assertThat(load(disk, true, LoadOptions.DEFAULT)).isEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void zerosAtTheEnd_areCutOff(boolean isWal) throws IOException {
    SimulatedDisk disk = written(isWal, true);
    Path last = logFiles(disk, isWal).getLast();
    byte[] all = disk.bytes(last);
    disk.put(last, Arrays.copyOf(all, all.length + 200_000));
    // In a segment that is room for more; a log of Redis's form must be torn there.
    assertThat(load(disk, isWal, new LoadOptions(!isWal, false))).isEqualTo(RECORDS);
    assertThat(disk.bytes(last)).hasSize(all.length);
  }

  @Test
  void segmentMissing_isRefused() throws IOException {
    SimulatedDisk disk = written(true, true);
    for (Path file : logFiles(disk, true).subList(0, logFiles(disk, true).size() - 1)) {
      SimulatedDisk other = copy(disk, true);
      other.delete(file);
      assertThatThrownBy(() -> load(other, true, LoadOptions.DEFAULT))
          .isInstanceOf(LogDamageException.class);
    }
  }
}
