package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Both layouts beside an array with one register a byte. */
class HyperLogLogTest {
  private static final int ROOM = 64 * 1024;

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void hash_knownElements_asMurmurHash64A() {
    byte[] text = Bytes.of("xabcdefghijklmnop");
    // Taken from the registers that a real server shows for these elements.
    assertThat(HyperLogLog.index(HyperLogLog.hash(Bytes.of("1"), 0, 1))).isEqualTo(7527);
    assertThat(HyperLogLog.rank(HyperLogLog.hash(Bytes.of("1"), 0, 1))).isEqualTo(1);
    for (int n = 0; n < text.length - 1; n++) {
      byte[] alone = Arrays.copyOfRange(text, 1, 1 + n);
      assertThat(HyperLogLog.hash(text, 1, n)).isEqualTo(HyperLogLog.hash(alone, 0, n));
    }
  }

  @Test
  void dense_randomRegisters_asBytes() {
    byte[] a = new byte[HyperLogLog.DENSE_LENGTH + 7];
    byte[] model = new byte[HyperLogLog.REGISTERS];
    int off = random.nextInt(8);
    for (int i = 0; i < 1_000_000; i++) {
      int index = random.nextInt(model.length);
      int rank = random.nextInt(64);
      boolean raises = rank > model[index];
      assertThat(HyperLogLog.denseRaise(a, off, index, rank)).as("seed %d", seed).isEqualTo(raises);
      model[index] = (byte) Math.max(model[index], rank);
    }
    for (int i = 0; i < model.length; i++) {
      assertThat(HyperLogLog.denseGet(a, off, i)).as("seed %d", seed).isEqualTo(model[i]);
    }
    byte[] packed = new byte[a.length];
    HyperLogLog.densePut(packed, off, model);
    assertThat(packed).as("seed %d", seed).isEqualTo(a);
    assertThat(HyperLogLog.registers(a, off, HyperLogLog.DENSE_LENGTH)).isEqualTo(model);
  }

  @Test
  void merge_denseOnes_largerOfEachRegister() {
    byte[] model = new byte[HyperLogLog.REGISTERS];
    byte[] merged = new byte[HyperLogLog.REGISTERS];
    byte[] a = new byte[HyperLogLog.DENSE_LENGTH];
    for (int round = 0; round < 50; round++) {
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      for (int i = 0; i < registers.length; i++) {
        registers[i] = (byte) random.nextInt(1 + random.nextInt(64));
        model[i] = (byte) Math.max(model[i], registers[i]);
      }
      HyperLogLog.densePut(a, 0, registers);
      assertThat(HyperLogLog.merge(merged, a, 0, a.length)).isTrue();
      assertThat(merged).as("seed %d", seed).isEqualTo(model);
    }
  }

  @Test
  void sparse_randomRegisters_asBytesAndDense() {
    for (int round = 0; round < 20; round++) {
      byte[] a = new byte[ROOM];
      HyperLogLog.putEmpty(a, 0);
      int end = HyperLogLog.EMPTY_LENGTH;
      byte[] model = new byte[HyperLogLog.REGISTERS];
      int within = 1 + random.nextInt(model.length);
      int most = 1 + random.nextInt(SparseRegisters.VALUE_MAX);
      for (int i = 0; i < 3000; i++) {
        int index = random.nextInt(within);
        int rank = 1 + random.nextInt(most);
        long place = SparseRegisters.find(a, HyperLogLog.HEADER, end, index, 0);
        assertThat(SparseRegisters.valueAt(a, HyperLogLog.HEADER, place))
            .as("seed %d", seed)
            .isEqualTo(model[index]);
        if (rank > model[index]) {
          model[index] = (byte) rank;
          end = SparseRegisters.set(a, HyperLogLog.HEADER, end, place, index, rank);
        }
      }
      assertThat(HyperLogLog.registers(a, 0, end)).as("seed %d", seed).isEqualTo(model);
      byte[] dense = new byte[HyperLogLog.DENSE_LENGTH];
      HyperLogLog.densePut(dense, 0, model);
      long estimate = HyperLogLog.estimate(dense, 0, dense.length);
      assertThat(HyperLogLog.estimate(a, 0, end)).isEqualTo(estimate);
      assertThat(HyperLogLog.estimate(model)).isEqualTo(estimate);
      assertPlacesHold(a, end);
    }
  }

  /** A search from any earlier place finds the same place. */
  private void assertPlacesHold(byte[] a, int end) {
    for (int i = 0; i < 1000; i++) {
      int index = random.nextInt(HyperLogLog.REGISTERS);
      int earlier = random.nextInt(index + 1);
      long place = SparseRegisters.find(a, HyperLogLog.HEADER, end, index, 0);
      long start = SparseRegisters.find(a, HyperLogLog.HEADER, end, earlier, 0);
      assertThat(SparseRegisters.find(a, HyperLogLog.HEADER, end, index, start))
          .as("seed %d", seed)
          .isEqualTo(place);
    }
  }

  @Test
  void sparse_anyBytes_noException() {
    for (int round = 0; round < 20_000; round++) {
      int length = random.nextInt(200);
      byte[] a = new byte[length + 3];
      for (int i = 0; i < length; i++) {
        a[i] = (byte) random.nextInt(256);
      }
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      SparseRegisters.merge(registers, a, 0, length);
      SparseRegisters.count(new int[256], a, 0, length);
      SparseRegisters.describe(a, 0, length);
      int index = random.nextInt(HyperLogLog.REGISTERS);
      long place = SparseRegisters.find(a, 0, length, index, SparseRegisters.START);
      if (place != SparseRegisters.NONE) {
        int growth = SparseRegisters.growth(a, 0, length, place, index);
        int end = SparseRegisters.set(a, 0, length, place, index, 1 + random.nextInt(32));
        assertThat(end).as("seed %d", seed).isLessThanOrEqualTo(length + growth);
      }
    }
  }

  @Test
  void estimate_countedElements_nearTheTruth() {
    byte[] a = new byte[HyperLogLog.DENSE_LENGTH];
    byte[] element = new byte[8];
    for (int n = 1; n <= 1_000_000; n++) {
      Bytes.putLong(element, 0, n * 0x9e3779b97f4a7c15L);
      long hash = HyperLogLog.hash(element, 0, 8);
      HyperLogLog.denseRaise(a, 0, HyperLogLog.index(hash), HyperLogLog.rank(hash));
      if (n % 50_000 == 0) {
        double error = Math.abs(HyperLogLog.estimate(a, 0, a.length) - n) / (double) n;
        assertThat(error).isLessThan(0.05);
      }
    }
  }

  @Test
  void estimate_emptyAndFull_asByC() {
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    assertThat(HyperLogLog.estimate(registers)).isZero();
    Arrays.fill(registers, (byte) 63);
    assertThat(HyperLogLog.estimate(registers)).isEqualTo(Long.MIN_VALUE);
  }
}
