package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private static int slot(String key) {
    byte[] bytes = Bytes.of(".." + key + "}{");
    return Slots.of(bytes, 2, key.length());
  }

  private static int crc(String text) {
    return Slots.crc16(Bytes.of(text), 0, text.length());
  }

  @Test
  void crc16_knownVectors() {
    assertThat(crc("")).isZero();
    assertThat(crc("123456789")).isEqualTo(0x31C3);
    assertThat(slot("foo")).isEqualTo(12182);
    assertThat(slot("bar")).isEqualTo(5061);
    assertThat(slot("hello")).isEqualTo(866);
  }

  @Test
  void crc16_agreesWithTheDefinitionBitByBit() {
    long seed = System.nanoTime();
    System.out.println("SlotsTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      int from = random.nextInt(bytes.length + 1);
      int crc = 0;
      for (int at = from; at < bytes.length; at++) {
        for (int bit = 7; bit >= 0; bit--) {
          int top = crc >> 15 ^ bytes[at] >> bit & 1;
          crc = (crc << 1 & 0xffff) ^ (top == 0 ? 0 : 0x1021);
        }
      }
      assertThat(Slots.crc16(bytes, from, bytes.length - from)).isEqualTo(crc);
    }
  }

  @Test
  void of_keyWithHashTag_isTheTagsSlot() {
    assertThat(slot("{user1000}.following")).isEqualTo(slot("user1000"));
    assertThat(slot("a{user1000}")).isEqualTo(slot("user1000"));
    assertThat(slot("foo{bar}{zap}")).isEqualTo(slot("bar"));
    assertThat(slot("foo{{bar}}zap")).isEqualTo(slot("{bar"));
  }

  @Test
  void of_keyWithEmptyOrOpenTag_isTheWholeKeysSlot() {
    for (String key : new String[] {"foo{}{bar}", "{}", "{", "}", "a}b{c", "{bar", "bar}", ""}) {
      assertThat(slot(key)).isEqualTo(crc(key) & 16383);
    }
  }
}
