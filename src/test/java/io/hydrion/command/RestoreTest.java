package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import io.hydrion.persistence.Crc64;
import io.hydrion.util.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** DUMP and RESTORE of every type, and of payloads that are not what DUMP would write. */
class RestoreTest {
  private static final int FOOT = 10;
  private static final List<String> TYPES =
      List.of("string", "list", "set", "integers", "zset", "hash", "stream");

  private static RawSocket client;
  private static Hydrion server;
  private final Random random;

  RestoreTest() {
    long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
    System.out.println("RestoreTest seed " + seed);
    random = new Random(seed);
  }

  @BeforeAll
  static void start() throws Exception {
    server = Hydrion.start(Config.builder().port(0).set("enable-debug-command", "yes").build());
    client = new RawSocket(server.port());
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    server.close();
  }

  private static String call(String... words) throws Exception {
    return client.call(words);
  }

  private String word() {
    return switch (random.nextInt(4)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(63));
      case 1 -> "x".repeat(1 + random.nextInt(300));
      case 2 -> "\0\u00ff\r\n" + random.nextInt(1000);
      default -> "m" + random.nextInt(1000);
    };
  }

  private void build(String key, String type, int size) throws Exception {
    call("DEL", key);
    for (int i = 0; i < size; i++) {
      switch (type) {
        case "string" -> call("APPEND", key, word());
        case "list" -> call("RPUSH", key, word());
        case "set" -> call("SADD", key, word());
        case "integers" -> call("SADD", key, Integer.toString(random.nextInt()));
        case "zset" -> call("ZADD", key, Double.toString(random.nextGaussian()), word());
        case "hash" -> call("HSET", key, word(), word());
        default -> call("XADD", key, i + 1 + "-" + random.nextInt(3), word(), word(), "f", word());
      }
    }
    if (type.equals("hash") && random.nextBoolean()) {
      call("HSET", key, "f", "v");
      call("HPEXPIREAT", key, "4000000000000", "FIELDS", "1", "f");
    }
    if (type.equals("stream")) {
      call("XGROUP", "CREATE", key, "g", "0");
      call("XREADGROUP", "GROUP", "g", "c", "COUNT", "3", "STREAMS", key, ">");
      call("XREADGROUP", "GROUP", "g", "d", "COUNT", "2", "STREAMS", key, ">");
      call("XDEL", key, "1-0", "1-1", "1-2");
    }
  }

  private static String dump(String key) throws Exception {
    String reply = call("DUMP", key);
    return reply.substring(reply.indexOf('\n') + 1, reply.length() - 2);
  }

  private static String digest(String key) throws Exception {
    String digest = call("DEBUG", "DIGEST-VALUE", key);
    assertThat(digest).hasSize(47).doesNotContain("0".repeat(40));
    return digest;
  }

  @Test
  void restored_isTheSame() throws Exception {
    for (int round = 0; round < 10; round++) {
      for (String type : TYPES) {
        build("from", type, 1 + random.nextInt(random.nextBoolean() ? 10 : 700));
        assertThat(call("RESTORE", "to", "0", dump("from"), "REPLACE")).isEqualTo("+OK\r\n");
        assertThat(digest("to")).as(type).isEqualTo(digest("from"));
      }
    }
  }

  @Test
  void damaged_isRefusedOrMakesAWholeValue() throws Exception {
    for (int round = 0; round < 1000; round++) {
      build("from", TYPES.get(round % TYPES.size()), 1 + random.nextInt(30));
      byte[] whole = dump("from").getBytes(ISO_8859_1);
      for (int i = 0; i < 20; i++) {
        restoreDamaged(whole);
      }
    }
    assertThat(call("PING")).isEqualTo("+PONG\r\n");
  }

  private void restoreDamaged(byte[] whole) throws Exception {
    byte[] a = whole.clone();
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      a[random.nextInt(a.length - FOOT)] = (byte) random.nextInt(256);
    }
    if (random.nextInt(5) == 0) {
      a = Arrays.copyOf(a, FOOT + random.nextInt(a.length - FOOT));
      Bytes.putShort(a, a.length - FOOT, 10);
    }
    Bytes.putLong(a, a.length - 8, Crc64.update(0, a, 0, a.length - 8));
    String reply = call("RESTORE", "to", "0", Bytes.string(a), "REPLACE");
    if (reply.startsWith("+")) {
      String copy = dump("to");
      assertThat(call("RESTORE", "again", "0", copy, "REPLACE")).isEqualTo("+OK\r\n");
      assertThat(digest("again")).isEqualTo(digest("to"));
    } else {
      assertThat(reply).isEqualTo("-ERR Bad data format\r\n");
    }
  }

  @Test
  void restore_ofNeedlesslyLongOrEmptyParts_isRefused() throws Exception {
    call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1");
    try {
      String foot = "\n\0" + "\0".repeat(8);
      String emptyNode = "\u0012\1\1\0" + foot;
      String longLength = "\t\u000b\1\u00fe\1\0\0\0f\1\0v\u00ff" + foot;
      String zipmap = "\t\u0007\1\1f\1\0v\u00ff" + foot;
      assertThat(call("RESTORE", "bad", "0", emptyNode)).isEqualTo("-ERR Bad data format\r\n");
      assertThat(call("RESTORE", "bad", "0", longLength)).isEqualTo("-ERR Bad data format\r\n");
      assertThat(call("RESTORE", "good", "0", zipmap)).isEqualTo("+OK\r\n");
      assertThat(call("HGET", "good", "f")).isEqualTo("$1\r\nv\r\n");
    } finally {
      call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "0");
    }
  }
}
