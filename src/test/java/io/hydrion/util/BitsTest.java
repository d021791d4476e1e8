package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against the same a bit at a time. */
class BitsTest {
  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    int kind = random.nextInt(3);
    for (int i = 0; i < length; i++) {
      int any = random.nextInt(256);
      bytes[i] = (byte) (kind == 0 ? any : random.nextInt(20) == 0 ? any : kind == 1 ? 0 : 0xff);
    }
    return bytes;
  }

  private static int bit(byte[] a, int off, long bit) {
    return a[off + (int) (bit >> 3)] >> (7 - (bit & 7)) & 1;
  }

  @Test
  void countAndFind_randomRanges_asBitByBit() {
    for (int round = 0; round < 5000; round++) {
      byte[] a = bytes(2 + random.nextInt(60));
      int off = random.nextInt(a.length);
      int bits = (a.length - off) * 8;
      int first = random.nextInt(bits);
      int last = first + random.nextInt(bits - first);
      boolean one = random.nextBoolean();
      long count = 0;
      long found = -1;
      for (int i = first; i <= last; i++) {
        count += bit(a, off, i);
        if (found < 0 && bit(a, off, i) == (one ? 1 : 0)) {
          found = i;
        }
      }
      assertThat(Bits.countBits(a, off, first, last)).as("seed %d", seed).isEqualTo(count);
      assertThat(Bits.find(a, off, first, last, one)).as("seed %d", seed).isEqualTo(found);
    }
  }

  @Test
  void combine_unequalLengths_goesOnWithZeros() {
    for (int round = 0; round < 2000; round++) {
      byte[] into = bytes(random.nextInt(50));
      byte[] with = bytes(into.length + 5);
      int off = random.nextInt(5);
      int len = random.nextInt(into.length + 1);
      for (Bits.Operator operator : Bits.Operator.values()) {
        byte[] expected = into.clone();
        for (int i = 0; i < into.length; i++) {
          int other = i < len ? with[off + i] : 0;
          expected[i] =
              (byte)
                  switch (operator) {
                    case AND -> into[i] & other;
                    case OR -> into[i] | other;
                    case XOR -> into[i] ^ other;
                  };
        }
        byte[] actual = into.clone();
        Bits.combine(operator, actual, with, off, len);
        assertThat(actual).as("%s, seed %d", operator, seed).isEqualTo(expected);
      }
    }
  }

  @Test
  void invert_firstBytes_leavesTheOthers() {
    byte[] a = bytes(21);
    byte[] inverted = a.clone();
    Bits.invert(inverted, 19);
    for (int i = 0; i < a.length; i++) {
      assertThat(inverted[i]).isEqualTo((byte) (i < 19 ? ~a[i] : a[i]));
    }
  }

  @Test
  void fields_anyWidthAndOffset_asBitByBit() {
    for (int round = 0; round < 5000; round++) {
      byte[] a = bytes(1 + random.nextInt(30));
      int width = 1 + random.nextInt(64);
      int offset = random.nextInt(a.length * 8 + 20);
      long expected = 0;
      for (int i = offset; i < offset + width; i++) {
        expected = expected << 1 | (i < a.length * 8 ? bit(a, 0, i) : 0);
      }
      assertThat(BitField.get(a, 0, a.length, offset, width))
          .as("seed %d", seed)
          .isEqualTo(expected);
      if (offset + width <= a.length * 8) {
        long value = random.nextLong();
        byte[] written = a.clone();
        BitField.set(written, 0, offset, width, value);
        for (int i = 0; i < a.length * 8; i++) {
          boolean inside = i >= offset && i < offset + width;
          long bit = inside ? value >>> (offset + width - 1 - i) & 1 : bit(a, 0, i);
          assertThat((long) bit(written, 0, i)).as("seed %d, bit %d", seed, i).isEqualTo(bit);
        }
      }
    }
  }
}
