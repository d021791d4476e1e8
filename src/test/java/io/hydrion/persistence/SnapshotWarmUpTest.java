package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.store.Entry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SnapshotWarmUpTest {
  @Test
  void allKeys_areInEachSnapshot() throws Exception {
    AtomicInteger shown = new AtomicInteger();
    SnapshotWarmUp.run(
        new Snapshot.Usage() {
          @Override
          public long idleSeconds(Entry e) {
            shown.incrementAndGet();
            return -1;
          }

          @Override
          public int frequency(Entry e) {
            return -1;
          }
        });
    assertThat(shown).hasValue(6 * 4_000);
  }
}
