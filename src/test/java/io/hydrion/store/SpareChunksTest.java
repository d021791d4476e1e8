package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpareChunksTest {
  private static final int BYTES = 4096;

  private final SpareChunks chunks = new SpareChunks(BYTES);

  private List<byte[]> borrowAll() {
    List<byte[]> all = new ArrayList<>();
    for (byte[] chunk; (chunk = chunks.borrow()) != null; ) {
      all.add(chunk);
    }
    return all;
  }

  @Test
  void whoTakes_alwaysGetsOne_andOthersAreMadeAhead() {
    assertThat(borrowAll()).isEmpty();
    assertThat(chunks.take()).hasSize(BYTES).containsOnly(0);
    await().atMost(Duration.ofSeconds(20)).until(() -> chunks.borrow() != null);
  }

  @Test
  void givenBack_areThereAgain_withZeros_upToAFew() {
    List<byte[]> given = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      byte[] chunk = new byte[BYTES];
      Arrays.fill(chunk, (byte) 7);
      given.add(chunk);
      chunks.giveBack(chunk);
    }
    List<byte[]> again = borrowAll();
    assertThat(again).hasSize(4).allSatisfy(chunk -> assertThat(chunk).containsOnly(0));
    assertThat(again.getFirst()).isSameAs(given.getFirst());
  }

  @Test
  void othersLengths_areNotTakenBack() {
    chunks.giveBack(new byte[BYTES - 1]);
    assertThat(borrowAll()).isEmpty();
  }
}
