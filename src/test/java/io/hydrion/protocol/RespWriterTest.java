package io.hydrion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.util.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RespWriterTest {
  private static String written(boolean resp3, Consumer<RespWriter> what) {
    RespWriter writer = new RespWriter();
    writer.setResp3(resp3);
    what.accept(writer);
    return Bytes.string(writer.toBytes());
  }

  private static void check(String resp2, String resp3, Consumer<RespWriter> what) {
    assertThat(written(false, what)).isEqualTo(resp2);
    assertThat(written(true, what)).isEqualTo(resp3);
  }

  @Test
  void everyType_isWrittenAsItsProtocolHasIt() {
    check("+OK\r\n", "+OK\r\n", RespWriter::ok);
    check("+PONG\r\n", "+PONG\r\n", w -> w.simple("PONG"));
    check("-ERR no\r\n", "-ERR no\r\n", w -> w.error("ERR no"));
    check(":-7\r\n", ":-7\r\n", w -> w.integer(-7));
    check("$3\r\na\0b\r\n", "$3\r\na\0b\r\n", w -> w.bulk("a\0b"));
    check("$0\r\n\r\n", "$0\r\n\r\n", w -> w.bulk(Bytes.EMPTY));
    check("$3\r\n-12\r\n", "$3\r\n-12\r\n", w -> w.bulkLong(-12));
    check("$-1\r\n", "_\r\n", RespWriter::nil);
    check("*-1\r\n", "_\r\n", RespWriter::nilArray);
    check("*2\r\n", "*2\r\n", w -> w.array(2));
    check("*4\r\n", "%2\r\n", w -> w.map(2));
    check("*3\r\n", "~3\r\n", w -> w.set(3));
    check("*3\r\n", ">3\r\n", w -> w.push(3));
    check(":1\r\n", "#t\r\n", w -> w.bool(true));
    check(":0\r\n", "#f\r\n", w -> w.bool(false));
    check("$3\r\n1.5\r\n", ",1.5\r\n", w -> w.real("1.5"));
    check("$3\r\ninf\r\n", ",inf\r\n", w -> w.real("inf"));
    check("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", w -> w.verbatim("txt", Bytes.of("hi")));
    check("+x\r\n", "+x\r\n", w -> w.raw(Bytes.of("+x\r\n")));
  }

  @Test
  void integers_ofAllLengths_areInDecimal() {
    for (long value = 1; value > 0; value *= 7) {
      for (long v : new long[] {value, -value, value - 1, Long.MAX_VALUE / value}) {
        check(":" + v + "\r\n", ":" + v + "\r\n", w -> w.integer(v));
      }
    }
    long min = Long.MIN_VALUE;
    check(":" + min + "\r\n", ":" + min + "\r\n", w -> w.integer(min));
  }

  @Test
  void bulkLengths_aroundTheirDigits_areRight() {
    for (int n : new int[] {0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 16_383, 70_000, 1_000_000}) {
      String text = "x".repeat(n);
      assertThat(written(false, w -> w.bulk(text))).isEqualTo("$" + n + "\r\n" + text + "\r\n");
    }
  }

  @Test
  void lineBreaks_inSimpleStringsAndErrors_becomeBlanks() {
    assertThat(written(false, w -> w.error("ERR a\r\nb\nc"))).isEqualTo("-ERR a  b c\r\n");
    assertThat(written(false, w -> w.simple("a\rb"))).isEqualTo("+a b\r\n");
  }

  @Test
  void errors_areCountedAndTold_evenWhenMuted() {
    RespWriter writer = new RespWriter();
    List<String> told = new ArrayList<>();
    writer.setErrorListener(told::add);
    writer.setMuted(true);
    writer.error("ERR a");
    writer.bulk("x");
    writer.integer(1);
    writer.bulkLong(1);
    writer.ok();
    assertThat(writer.length()).isZero();
    assertThat(writer.takeErrors()).isTrue();
    assertThat(writer.takeErrors()).isFalse();
    assertThat(told).containsExactly("ERR a");
  }

  @Test
  void truncate_takesBackWhatCameLast() {
    RespWriter writer = new RespWriter();
    writer.ok();
    int length = writer.length();
    writer.bulk("lost");
    writer.truncate(length);
    assertThat(Bytes.string(writer.toBytes())).isEqualTo("+OK\r\n");
  }

  @Test
  void largeReplies_goToTheSinkInPieces_andKeepTheirBytes() {
    SplittableRandom random = new SplittableRandom(7);
    byte[] huge = new byte[20_000_000];
    random.nextBytes(huge);
    RespWriter writer = new RespWriter();
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    int[] largest = {0};
    writer.setSink(
        (bytes, length) -> {
          largest[0] = Math.max(largest[0], bytes.length);
          taken.write(bytes, 0, length);
        });
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    int[] sizes = {5, huge.length, 0, 300_000, 262_144, 262_143, 262_145, 100, 1_000_000, 17};
    for (int size : sizes) {
      writer.bulk(huge, 0, size);
      expected.writeBytes(Bytes.of("$" + size + "\r\n"));
      expected.write(huge, 0, size);
      expected.writeBytes(Bytes.of("\r\n"));
    }
    writer.setResp3(true);
    writer.verbatim("txt", huge);
    expected.writeBytes(Bytes.of("=" + (huge.length + 4) + "\r\ntxt:"));
    expected.writeBytes(huge);
    expected.writeBytes(Bytes.of("\r\n"));
    taken.write(writer.bytes(), 0, writer.length());
    assertThat(taken.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(largest[0]).isLessThanOrEqualTo(1 << 20);
  }

  @Test
  void replyBeyond2GiB_withoutASink_isRefused() {
    RespWriter writer = new RespWriter();
    byte[] bytes = new byte[100];
    assertThatThrownBy(() -> writer.raw(bytes, 0, Integer.MAX_VALUE - 8))
        .isInstanceOf(ReplyTooLargeException.class);
  }

  @Test
  void randomReplies_areReadBackAsTheyWereWritten() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2000; round++) {
      boolean resp3 = random.nextBoolean();
      RespWriter writer = new RespWriter();
      writer.setResp3(resp3);
      List<Object> expected = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        expected.add(write(random, writer, 3));
      }
      RespReader reader = new RespReader(writer.bytes(), writer.length());
      List<Object> read = new ArrayList<>();
      while (reader.hasNext()) {
        read.add(plain(reader.next()));
      }
      assertThat(read).as("seed %d round %d", seed, round).isEqualTo(expected);
    }
  }

  /** Writes a random reply and returns what is to be read. */
  private static Object write(SplittableRandom random, RespWriter w, int depth) {
    int n = random.nextInt(4);
    String text = "t" + random.nextInt(1000);
    switch (random.nextInt(depth > 0 ? 13 : 8)) {
      case 0:
        w.simple(text);
        return text;
      case 1:
        w.error("ERR " + text);
        return "-ERR " + text;
      case 2:
        long value = random.nextLong() >> random.nextInt(64);
        w.integer(value);
        return value;
      case 3:
        w.bulk(text + "\r\n");
        return text + "\r\n";
      case 4:
        w.nil();
        return "nil";
      case 5:
        w.bool(n > 1);
        return w.isResp3() ? (Object) (n > 1) : (Object) (n > 1 ? 1L : 0L);
      case 6:
        w.real("2.5");
        return w.isResp3() ? (Object) 2.5 : "2.5";
      case 7:
        w.verbatim("txt", Bytes.of(text));
        return text;
      case 8:
        w.array(n);
        break;
      case 9:
        w.set(n);
        break;
      case 10:
        w.push(n);
        break;
      case 11:
        w.nilArray();
        return "nil";
      default:
        w.map(n);
        List<Object> flat = new ArrayList<>();
        Map<Object, Object> map = new java.util.LinkedHashMap<>();
        for (int i = 0; i < n; i++) {
          w.bulk("k" + i);
          Object v = write(random, w, depth - 1);
          map.put("k" + i, v);
          flat.addAll(List.of("k" + i, v));
        }
        return w.isResp3() ? map : flat;
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      list.add(write(random, w, depth - 1));
    }
    return list;
  }

  private static Object plain(Object reply) {
    return switch (reply) {
      case null -> "nil";
      case byte[] bytes -> Bytes.string(bytes);
      case RespReader.ReplyError error -> "-" + error.message();
      case List<?> list -> list.stream().map(RespWriterTest::plain).toList();
      case Map<?, ?> map -> {
        Map<Object, Object> texts = new java.util.LinkedHashMap<>();
        map.forEach((key, value) -> texts.put(key, plain(value)));
        yield texts;
      }
      default -> reply;
    };
  }

  @Test
  void resp2Replies_areWrittenAsNettysEncoderDoes() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      RespWriter writer = new RespWriter();
      RedisMessage message = write(random, writer);
      EmbeddedChannel channel = new EmbeddedChannel(new RedisEncoder());
      channel.writeOutbound(message);
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
        expected.writeBytes(ByteBufUtil.getBytes(part));
      }
      channel.finishAndReleaseAll();
      assertThat(Bytes.string(writer.toBytes()))
          .as("seed %d round %d", seed, round)
          .isEqualTo(Bytes.string(expected.toByteArray()));
    }
  }

  private static RedisMessage write(SplittableRandom random, RespWriter w) {
    String text = "text " + random.nextInt();
    switch (random.nextInt(6)) {
      case 0:
        w.simple(text);
        return new SimpleStringRedisMessage(text);
      case 1:
        w.error(text);
        return new ErrorRedisMessage(text);
      case 2:
        long value = random.nextLong() >> random.nextInt(64);
        w.integer(value);
        return new IntegerRedisMessage(value);
      case 3:
        byte[] bytes = new byte[random.nextInt(2000)];
        random.nextBytes(bytes);
        w.bulk(bytes);
        return new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(bytes));
      case 4:
        w.nil();
        return FullBulkStringRedisMessage.NULL_INSTANCE;
      default:
        int n = random.nextInt(3);
        w.array(n);
        List<RedisMessage> children = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          children.add(write(random, w));
        }
        return new ArrayRedisMessage(children);
    }
  }
}
