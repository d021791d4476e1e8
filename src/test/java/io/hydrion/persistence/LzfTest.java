package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.util.Bytes;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LzfTest {
  @Test
  void compressed_expandsToTheSame() {
    long seed = System.nanoTime();
    System.out.println("LzfTest seed " + seed);
    Random random = new Random(seed);
    LzfCompressor compressor = new LzfCompressor();
    for (int round = 0; round < 3000; round++) {
      byte[] in = new byte[random.nextInt(round < 2000 ? 300 : 20_000)];
      int letters = 1 + random.nextInt(256);
      int run = 1 + random.nextInt(40);
      for (int i = 0; i < in.length; ) {
        byte b = (byte) random.nextInt(letters);
        for (int k = random.nextInt(run) + 1; k > 0 && i < in.length; k--) {
          in[i++] = b;
        }
      }
      byte[] padded = new byte[in.length + 7];
      System.arraycopy(in, 0, padded, 7, in.length);
      int n = compressor.compress(padded, 7, in.length);
      if (n == 0) {
        continue;
      }
      assertThat(n).isLessThan(in.length);
      byte[] back = new byte[in.length];
      Lzf.expand(compressor.output(), 0, n, back, in.length);
      assertThat(back).isEqualTo(in);
    }
  }

  @Test
  void repetition_isShort() {
    byte[] in = new byte[10_000];
    assertThat(new LzfCompressor().compress(in, 0, in.length)).isBetween(1, 200);
  }

  /** Whatever comes in, the end is the exception or exactly as many bytes as were promised. */
  @Test
  void damaged_isRefusedOrExpandsWithinBounds() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      byte[] in = new byte[random.nextInt(40)];
      random.nextBytes(in);
      byte[] out = new byte[random.nextInt(100)];
      try {
        Lzf.expand(in, 0, in.length, out, out.length);
      } catch (RdbFormatException expected) {
        assertThat(expected).hasMessageContaining("LZF");
      }
    }
    byte[] tooShort = Bytes.of("\0a");
    assertThatThrownBy(() -> Lzf.expand(tooShort, 0, 2, new byte[5], 5))
        .isInstanceOf(RdbFormatException.class);
  }

  @Test
  void crc64_isThatOfJones() {
    byte[] a = Bytes.of("xx123456789yy");
    assertThat(Crc64.update(0, a, 2, 9)).isEqualTo(0xe9c6d914c4b8d9caL);
    assertThat(Crc64.update(Crc64.update(0, a, 2, 4), a, 6, 5)).isEqualTo(0xe9c6d914c4b8d9caL);
  }
}
