package io.hydrion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import io.hydrion.util.Bytes;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RespDecoderTest {
  private static final int ROUNDS = 200;

  private static List<List<String>> commands(String stream) {
    Feeder feeder = Feeder.of(stream);
    assertThat(feeder.decoder.error()).as(stream).isNull();
    return feeder.commands;
  }

  private static String error(String stream) {
    Feeder feeder = Feeder.of(stream);
    assertThat(feeder.decoder.error()).as("error of %s", stream).isNotNull();
    return feeder.decoder.error().substring("Protocol error: ".length());
  }

  @Test
  void array_ofBulkStrings_isOneCommand() {
    assertThat(commands("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")).containsExactly(List.of("GET", "k"));
    assertThat(commands("*1\r\n$0\r\n\r\n")).containsExactly(List.of(""));
    assertThat(commands("*1\r\n$4\r\n\r\n\0\n\r\n")).containsExactly(List.of("\r\n\0\n"));
  }

  @Test
  void array_withOtherBytesInThePlaceOfLineEnds_isTakenAsRedisDoes() {
    assertThat(commands("*1\rx$4\rxPINGxx*1\r\n$1\r\na\r\n"))
        .containsExactly(List.of("PING"), List.of("a"));
  }

  @Test
  void pipeline_givesAllCommandsInOrder() {
    assertThat(commands("*1\r\n$1\r\na\r\nb c\n*0\r\n\r\n*-1\r\n*-9\r\n*1\r\n$1\r\nd\r\n"))
        .containsExactly(List.of("a"), List.of("b", "c"), List.of("d"));
  }

  @Test
  void pipeline_longerThanABatch_isTakenInSeveral() {
    int count = CommandBatch.COMMANDS_MAX * 2 + 3;
    assertThat(commands("PING\r\n".repeat(count))).hasSize(count);
  }

  @Test
  void inline_words_areSplitAndUnquoted() {
    assertInline("set a b", "set", "a", "b");
    assertInline("  set   a\tb  ", "set", "a", "b");
    assertInline("a\u000bb", "a\u000bb");
    assertInline("\u000ba", "a");
    assertInline("\"a b\" 'c d'", "a b", "c d");
    assertInline("x\"y\"", "xy");
    assertInline("\"\"", "");
    assertInline("'' ''", "", "");
    assertInline("\"\\x41\\x4a\\x4A\"", "AJJ");
    assertInline("\"\\x4\"", "x4");
    assertInline("\"\\xgg\"", "xgg");
    assertInline("\"\\n\\r\\t\\b\\a\\q\\\"\"", "\n\r\t\b\u0007q\"");
    assertInline("'\\n\\''", "\\n'");
    assertInline("\\x41", "\\x41");
    assertInline("\u00e9", "\u00e9");
  }

  private static void assertInline(String line, String... words) {
    assertThat(commands(line + "\r\n")).containsExactly(List.of(words));
    assertThat(commands(line + "\n")).containsExactly(List.of(words));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a", "'a", "\"a\"b", "'a'b", "a\"", "\"a\\\"", "'a\\'", "x \"\\x41"})
  void inline_unbalancedQuotes_isAnError(String line) {
    assertThat(error(line + "\r\n")).isEqualTo("unbalanced quotes in request");
  }

  @Test
  void inline_zeroByte_hidesTheLineEndFromThenOn() {
    Feeder feeder = Feeder.of("PING\r\nPI\0NG\r\nPING\r\n");
    assertThat(feeder.commands).containsExactly(List.of("PING"));
    assertThat(feeder.decoder.error()).isNull();
    feeder.feed("PING\r\n".repeat(11_000));
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: too big inline request");
  }

  @Test
  void malformed_isTheErrorOfRedis() {
    for (String count :
        List.of(
            "",
            "x",
            "+1",
            " 1",
            "1 ",
            "01",
            "-0",
            "1.0",
            "2147483648",
            "9223372036854775808",
            "-9223372036854775809")) {
      assertThat(error("*" + count + "\r\n")).as(count).isEqualTo("invalid multibulk length");
    }
    for (String length : List.of("", "x", "-1", "01", "536870913", "9223372036854775807")) {
      String stream = "*1\r\n$" + length + "\r\n";
      assertThat(error(stream)).as(length).isEqualTo("invalid bulk length");
    }
    assertThat(error("*1\r\n:1\r\n")).isEqualTo("expected '$', got ':'");
    assertThat(error("*1\r\nPING\r\n")).isEqualTo("expected '$', got 'P'");
    assertThat(error("*1\r\n\r\n")).isEqualTo("expected '$', got '\r'");
    assertThat(error("*1\r\n\u00ff\r\n")).isEqualTo("expected '$', got '\u00ff'");
    assertThat(error("*2\r\n$1\r\na\r\n*1\r\n")).isEqualTo("expected '$', got '*'");
  }

  @Test
  void error_comesAfterTheCommandsBeforeIt_andEndsTheStream() {
    Feeder feeder = Feeder.of("PING\r\n*x\r\nPING\r\n");
    assertThat(feeder.commands).containsExactly(List.of("PING"));
    feeder.feed("PING\r\n");
    assertThat(feeder.commands).hasSize(1);
  }

  @Test
  void lines_withoutEnd_areAnErrorBeyond64KiB() {
    assertLineLimit("", 'a', "too big inline request");
    assertLineLimit("*", '1', "too big mbulk count string");
    assertLineLimit("*1\r\n$", '1', "too big bulk count string");
  }

  private static void assertLineLimit(String head, char filler, String expected) {
    int line = head.substring(head.lastIndexOf('\n') + 1).length();
    Feeder feeder = Feeder.of(head + String.valueOf(filler).repeat(64 * 1024 - line));
    assertThat(feeder.decoder.error()).isNull();
    feeder.feed("1");
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: " + expected);
  }

  @Test
  void line_withItsEndHalfHere_isNotTooLong() {
    Feeder feeder = Feeder.of("*" + "1".repeat(64 * 1024) + "\r");
    assertThat(feeder.decoder.error()).isNull();
    feeder.feed("\n");
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: invalid multibulk length");
  }

  @Test
  void unauthenticated_longOrManyArguments_areErrors() {
    Feeder feeder = new Feeder();
    feeder.decoder.setAuthenticated(false);
    feeder.feed("*10\r\n$16384\r\n" + "x".repeat(16384) + "\r\n" + "$0\r\n\r\n".repeat(9));
    assertThat(feeder.commands).hasSize(1);
    feeder.feed("*11\r\n");
    assertThat(feeder.decoder.error())
        .isEqualTo("Protocol error: unauthenticated multibulk length");

    feeder = new Feeder();
    feeder.decoder.setAuthenticated(false);
    feeder.feed("*1\r\n$16385\r\n");
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: unauthenticated bulk length");
  }

  @Test
  void bulkLengthMax_isTheLimitOfOneArgument_butNeverBeyondAnArray() {
    Feeder feeder = new Feeder();
    feeder.decoder.setBulkLengthMax(3);
    feeder.feed("*1\r\n$3\r\nabc\r\n*1\r\n$4\r\n");
    assertThat(feeder.commands).containsExactly(List.of("abc"));
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: invalid bulk length");

    feeder = new Feeder();
    feeder.decoder.setBulkLengthMax(Long.MAX_VALUE);
    feeder.feed("*1\r\n$3000000000\r\n");
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: invalid bulk length");
  }

  @Test
  void reset_givesTheOpenCommandAndAnErrorAgain() {
    RespDecoder decoder = new RespDecoder();
    CommandBatch batch = new CommandBatch();
    byte[] stream = Bytes.of("PING\r\n*x\r\n");
    decoder.decode(stream, 0, stream.length, batch, 512);
    assertThat(batch.count()).isEqualTo(1);
    assertThat(decoder.error()).isNotNull();
    decoder.reset();
    batch.clear();
    decoder.decode(stream, 0, stream.length, batch, 512);
    assertThat(batch.count()).isEqualTo(1);
    assertThat(decoder.error()).isNotNull();

    decoder = new RespDecoder();
    stream = Bytes.of("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    batch.clear();
    assertThat(decoder.decode(stream, 0, 13, batch, 512)).isZero();
    assertThat(batch.count()).isZero();
    assertThat(decoder.openArguments()).isEqualTo(1);
    decoder.reset();
    assertThat(decoder.openArguments()).isZero();
    assertThat(decoder.decode(stream, 0, stream.length, batch, 512)).isEqualTo(stream.length);
    assertThat(batch.argc(0)).isEqualTo(2);
  }

  @Test
  void validStream_splitAnywhere_givesTheSameCommands() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 10; round++) {
      Streams.Stream stream = Streams.valid(random, 6, true);
      byte[] bytes = stream.bytes();
      assertThat(Feeder.of(bytes).commands).as("seed %d", seed).isEqualTo(stream.commands());
      for (int cut = 0; cut <= bytes.length; cut++) {
        Feeder feeder = new Feeder();
        feeder.feed(bytes, 0, cut);
        feeder.feed(bytes, cut, bytes.length - cut);
        assertSame(feeder, stream, "seed " + seed + " cut at " + cut);
      }
    }
  }

  @Test
  void validStream_splitOftenAtRandom_givesTheSameCommands() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Streams.Stream stream = Streams.valid(random, 50, true);
      int most = 1 << random.nextInt(10);
      Feeder feeder = new Feeder();
      for (int at = 0; at < stream.bytes().length; ) {
        int n = Math.min(1 + random.nextInt(most), stream.bytes().length - at);
        feeder.feed(stream.bytes(), at, n);
        at += n;
      }
      assertSame(feeder, stream, "seed " + seed + " round " + round);
    }
  }

  private static void assertSame(Feeder feeder, Streams.Stream stream, String what) {
    assertThat(feeder.decoder.error()).as(what).isNull();
    assertThat(feeder.commands).as(what).isEqualTo(stream.commands());
    assertThat(feeder.kept()).as(what).isZero();
  }

  /** Splits change nothing about a stream that goes wrong, either: same commands, same error. */
  @Test
  void hostileStream_neverThrows_andMeansTheSameHoweverItIsSplit() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (int round = 0; round < ROUNDS * 20; round++) {
            byte[] bytes = Streams.hostile(random, 1 + random.nextInt(200));
            Feeder whole = Feeder.of(bytes.clone());
            Feeder split = new Feeder();
            for (int at = 0; at < bytes.length; at++) {
              split.feed(bytes, at, 1);
            }
            String what = "seed " + seed + " round " + round + ": " + Bytes.string(bytes);
            assertThat(split.commands).as(what).isEqualTo(whole.commands);
            assertThat(split.decoder.error()).as(what).isEqualTo(whole.decoder.error());
          }
        });
  }

  @Test
  void declaredLengths_allocateNothing() {
    byte[] stream = Bytes.of("*2147483647\r\n$536870912\r\nabc");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Feeder.of(stream.clone());
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      Feeder.of(stream);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100 * 64 * 1024);
  }

  /**
   * Arguments that have come are never looked at again: they are overwritten as soon as they came.
   */
  @Test
  void longCommand_inSmallReads_isReadOnce() {
    int count = 100_000;
    Feeder feeder = new Feeder();
    String head = "*" + count + "\r\n";
    feeder.feed(head);
    int done = head.length();
    for (int i = 0; i < count - 1; i++) {
      feeder.feed("$5\r\nva");
      feeder.feed("lue");
      feeder.feed("\r\n");
      feeder.poison(done, 11);
      done += 11;
    }
    assertThat(feeder.decoder.openArguments()).isEqualTo(count - 1);
    feeder.feed("$4\r\nlast\r\n");
    assertThat(feeder.decoder.error()).isNull();
    assertThat(feeder.commands).hasSize(1);
    List<String> arguments = feeder.commands.getFirst();
    assertThat(arguments).hasSize(count).last().isEqualTo("last");
    assertThat(arguments.subList(0, count - 1)).allMatch("xxxxx"::equals);
  }

  @Test
  void longLines_inSingleBytes_areReadOnce() {
    Feeder feeder = Feeder.of("*");
    for (int i = 0; i < 60_000; i++) {
      feeder.feed("1");
      feeder.poison(1, i + 1);
    }
    feeder.feed("\r\n");
    assertThat(feeder.decoder.error()).isEqualTo("Protocol error: invalid multibulk length");
  }

  @Test
  void validStreams_decodeAsNettysDecoderDoes() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = Streams.valid(random, 30, false).bytes();
      assertThat(Feeder.of(bytes.clone()).commands)
          .as("seed %d round %d", seed, round)
          .isEqualTo(decodedByNetty(bytes));
    }
  }

  private static List<List<String>> decodedByNetty(byte[] stream) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new RedisDecoder(64 * 1024, FixedRedisMessagePool.INSTANCE, true),
            new RedisBulkStringAggregator(),
            new RedisArrayAggregator());
    channel.writeInbound(Unpooled.wrappedBuffer(stream));
    List<List<String>> commands = new ArrayList<>();
    for (RedisMessage message; (message = channel.readInbound()) != null; ) {
      List<String> arguments = new ArrayList<>();
      switch (message) {
        case InlineCommandRedisMessage inline when inline.content().isEmpty() -> {}
        case InlineCommandRedisMessage inline ->
            Collections.addAll(arguments, inline.content().split(" "));
        case ArrayRedisMessage array ->
            array
                .children()
                .forEach(child -> arguments.add(text((FullBulkStringRedisMessage) child)));
        default -> throw new AssertionError(message);
      }
      ReferenceCountUtil.release(message);
      if (!arguments.isEmpty()) {
        commands.add(arguments);
      }
    }
    channel.finishAndReleaseAll();
    return commands;
  }

  private static String text(FullBulkStringRedisMessage bulk) {
    return Bytes.string(ByteBufUtil.getBytes(bulk.content()));
  }
}
