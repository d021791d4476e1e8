package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import com.moilioncircle.redis.replicator.Configuration;
import com.moilioncircle.redis.replicator.FileType;
import com.moilioncircle.redis.replicator.RedisReplicator;
import com.moilioncircle.redis.replicator.cmd.impl.SetCommand;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.util.Bytes;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A library that reads Redis's files reads ours. */
class AofReplicatorTest {
  @Test
  void commandsWithSumsTimesAndPadding_areRead() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    LogDirectory directory = LogModel.directory(disk, false);
    directory.load(new LogModel.Found(), LoadOptions.DEFAULT);
    LogModel.TestClock clock = new LogModel.TestClock();
    List<String> expected = new ArrayList<>();
    byte[] file;
    try (AppendLog log = new AppendLog(directory, clock, FsyncPolicy.ALWAYS)) {
      log.resume(out -> out.write(LogModel.snapshot(0), 0, LogModel.snapshot(0).length));
      log.timestamps(true);
      for (int i = 0; i < 50; i++) {
        byte[] set = LogModel.command("SET", "k" + i, "v" + i);
        log.append(set, 0, set.length);
        log.write();
        clock.nanos += 300_000_000;
        expected.add("k" + i);
      }
      file = disk.bytes(log.directory().current());
    }
    assertThat(Bytes.string(file)).contains("CRC", "#TS:", "PAD").hasSizeGreaterThan(200_000);
    List<String> keys = new ArrayList<>();
    Configuration settings = Configuration.defaultSetting();
    try (RedisReplicator replicator =
        new RedisReplicator(new ByteArrayInputStream(file), FileType.AOF, settings)) {
      replicator.addEventListener(
          (from, event) -> {
            if (event instanceof SetCommand set) {
              keys.add(Bytes.string(set.getKey()));
            }
          });
      replicator.open();
    }
    assertThat(keys).isEqualTo(expected);
  }
}
