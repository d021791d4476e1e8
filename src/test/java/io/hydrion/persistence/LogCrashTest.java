package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.persistence.SimulatedDisk.PowerCut;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was reported to survive does, and what is found is a prefix, wherever a crash comes. */
class LogCrashTest {
  private static final int RUNS = Integer.getInteger("hydrion.log.runs", 10_000);
  private static final long SEED = Long.getLong("hydrion.log.seed", 1);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void powerCuts_andKills(boolean isWal) {
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      run(seed, isWal, false);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failingCalls_andPowerCuts(boolean isWal) {
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      run(seed, isWal, true);
    }
  }

  private static void run(long seed, boolean isWal, boolean withFailures) {
    Random random = new Random(seed);
    LogModel model = new LogModel(random, isWal);
    String state = "";
    try {
      int atLeast = 0;
      for (int life = 0; life < 3; life++) {
        state = "life " + life;
        boolean isKill = random.nextInt(4) == 0;
        int steps = random.nextInt(80);
        model.disk.cutAfter(isKill ? Long.MAX_VALUE / 2 : 1 + random.nextInt(120));
        if (withFailures) {
          model.disk.failAfter(
              1 + random.nextInt(60),
              random.nextBoolean() ? "No space left on device" : "Input/output error");
        }
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
          if (!withFailures || e instanceof LogDamageException) {
            throw e;
          }
          state += ", start failed";
        }
        state += " " + model.disk.lastFailed();
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
  }
}
