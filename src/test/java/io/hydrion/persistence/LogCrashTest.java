package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.persistence.SimulatedDisk.PowerCut;
import java.io.IOException;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was reported to survive does, and what is found is a prefix, wherever a crash comes. */
class LogCrashTest {
  private static final int RUNS = Integer.getInteger("hydrion.log.runs", 10_000);
  private static final int FAULTS = Integer.getInteger("hydrion.log.faults", 100);
  private static final long SEED = Long.getLong("hydrion.log.seed", 1);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void powerCuts_andKills(boolean isWal) {
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      run(seed, isWal, disk -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failingCalls_andPowerCuts(boolean isWal) {
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      Random random = new Random(~seed);
      run(seed, isWal, disk -> disk.failAfter(1 + random.nextInt(60), error(random.nextBoolean())));
    }
  }

  @ParameterizedTest
  @EnumSource
  void failingCallsOfOneKind_andPowerCuts(SimulatedDisk.Call kind) {
    for (int i = 0; i < 2; i++) {
      String error = error(i == 0);
      int faults = 0;
      for (long seed = SEED; faults < FAULTS; seed++) {
        assertThat(seed).isLessThan(SEED + 100L * FAULTS);
        Random random = new Random(~seed);
        int range = 1 << random.nextInt(7);
        boolean isWal = random.nextBoolean();
        String failed = run(seed, isWal, d -> d.failAfter(kind, 1 + random.nextInt(range), error));
        faults += failed.isEmpty() ? 0 : 1;
      }
    }
  }

  private static String error(boolean isFull) {
    return isFull ? "No space left on device" : "Input/output error";
  }

  /** Three lives of a server; returns what call failed last, if one did. */
  private static String run(long seed, boolean isWal, Consumer<SimulatedDisk> faults) {
    Random random = new Random(seed);
    LogModel model = new LogModel(random, isWal);
    String state = "";
    String failed = "";
    try {
      int atLeast = 0;
      for (int life = 0; life < 3; life++) {
        state = "life " + life;
        boolean isKill = random.nextInt(4) == 0;
        int steps = random.nextInt(80);
        model.disk.cutAfter(isKill ? Long.MAX_VALUE / 2 : 1 + random.nextInt(120));
        faults.accept(model.disk);
        try {
          model.start(atLeast);
          for (int i = 0; i < steps; i++) {
            model.step();
          }
          if (random.nextInt(4) == 0) {
            model.log.close();
          }
        } catch (PowerCut e) {
          state += ", cut";
        } catch (IOException e) {
          // The start failed: what was to be there still is.
          if (model.disk.lastFailed().isEmpty() || e instanceof LogDamageException) {
            throw e;
          }
          state += ", start failed";
        }
        failed += model.disk.lastFailed();
        state += " " + failed;
        // A start that did not come to its end has not made anything durable.
        boolean isNew = model.log != null;
        atLeast =
            isKill
                ? isNew ? model.written : atLeast
                : Math.min(model.synced, isNew ? model.synced : atLeast);
        model.disk = isKill ? model.disk.afterKill() : model.disk.afterPowerCut();
      }
      model.disk.failAfter(Long.MAX_VALUE / 2, "");
      model.start(atLeast);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ", " + state, e);
    }
    assertThat(model.log.failure()).isNull();
    return failed;
  }
}
