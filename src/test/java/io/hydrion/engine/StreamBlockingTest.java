package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.ManualClock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that wait for entries of streams, and commands of streams that Redis 7.0 lacks. */
class StreamBlockingTest {
  private final ManualClock clock = new ManualClock();
  private final Engine engine = TestClient.newEngine(clock);
  private final TestClient writer = new TestClient(engine);

  @AfterEach
  void stop() {
    engine.close();
  }

  private TestClient waiting(String command) {
    TestClient client = new TestClient(engine);
    assertThat(client.call(command.split(" "))).isEqualTo(TestClient.BLOCKED);
    return client;
  }

  private Object run(String command) {
    return writer.call(command.split(" "));
  }

  private static List<Object> entries(String key, Object... entries) {
    return List.of(List.of(key, List.of(entries)));
  }

  private static List<Object> entry(String id, String... words) {
    return List.of(id, List.of(words));
  }

  @Test
  void allReaders_areServedByOneEntry() {
    run("XADD s 1-1 a b");
    TestClient one = waiting("XREAD BLOCK 0 STREAMS s $");
    TestClient other = waiting("XREAD BLOCK 0 STREAMS t s $ 1-1");
    run("XADD s 2-1 c d");
    assertThat(one.awaitReply()).isEqualTo(entries("s", entry("2-1", "c", "d")));
    assertThat(other.awaitReply()).isEqualTo(entries("s", entry("2-1", "c", "d")));
    assertThat(engine.blocking().size()).isZero();
  }

  @Test
  void dollar_isTheLastIdOfTheTimeOfBlocking() {
    TestClient reader = waiting("XREAD BLOCK 0 STREAMS s s $ $");
    writer.pipeline(
        "MULTI".split(" "),
        "XADD s 1 a b".split(" "),
        "XADD s 2 c d".split(" "),
        "EXEC".split(" "));
    assertThat(reader.awaitReply())
        .isEqualTo(entries("s", entry("1-0", "a", "b"), entry("2-0", "c", "d")));
  }

  @Test
  void twoConsumers_shareWhatComes() {
    run("XGROUP CREATE s g $ MKSTREAM");
    TestClient one = waiting("XREADGROUP GROUP g c1 BLOCK 0 STREAMS s >");
    TestClient other = waiting("XREADGROUP GROUP g c2 BLOCK 0 STREAMS s >");
    run("XADD s 1 a b");
    assertThat(one.awaitReply()).isEqualTo(entries("s", entry("1-0", "a", "b")));
    assertThat(other.isWaiting()).isTrue();
    run("XADD s 2 a b");
    assertThat(other.awaitReply()).isEqualTo(entries("s", entry("2-0", "a", "b")));
    assertThat(run("XPENDING s g"))
        .isEqualTo(List.of(2L, "1-0", "2-0", List.of(List.of("c1", "1"), List.of("c2", "1"))));
  }

  @Test
  void consumers_areToldThatStreamOrGroupIsGone() {
    for (String end :
        List.of("DEL s", "SET s x", "FLUSHALL", "PEXPIRE s -1", "SWAPDB 0 5", "RENAME s t")) {
      run("FLUSHALL");
      run("XGROUP CREATE s g $ MKSTREAM");
      TestClient consumer = waiting("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
      TestClient reader = waiting("XREAD BLOCK 0 STREAMS s $");
      run(end);
      assertThat(String.valueOf(consumer.awaitReply()))
          .as(end)
          .contains("UNBLOCKED the stream key no longer exists");
      assertThat(reader.isWaiting()).as(end).isTrue();
      engine.disconnected(reader.session);
    }
    run("FLUSHALL");
    run("XGROUP CREATE s g $ MKSTREAM");
    TestClient consumer = waiting("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    run("XGROUP DESTROY s g");
    assertThat(String.valueOf(consumer.awaitReply()))
        .contains("NOGROUP the consumer group this client was blocked on no longer exists");
  }

  @Test
  void timeout_isInMilliseconds() {
    TestClient reader = waiting("XREAD BLOCK 500 STREAMS s 0");
    clock.advanceMillis(500);
    assertThat(reader.awaitReply()).isNull();
  }

  @Test
  void plus_isTheLastEntry() {
    run("XADD s 1 a b");
    run("XADD s 2 c d");
    run("XADD s 3 e f");
    run("XDEL s 3");
    assertThat(run("XREAD STREAMS s +")).isEqualTo(entries("s", entry("2-0", "c", "d")));
    assertThat(run("XREAD STREAMS t +")).isNull();
  }

  @Test
  void deletingWithReferences_respectsThemAsAsked() {
    run("XADD s 1 a b");
    run("XADD s 2 a b");
    run("XADD s 3 a b");
    run("XGROUP CREATE s g 0");
    run("XGROUP CREATE s h 0");
    run("XREADGROUP GROUP g c COUNT 2 STREAMS s >");
    run("XREADGROUP GROUP h c STREAMS s >");
    assertThat(run("XDELEX s ACKED IDS 3 1 3 4")).isEqualTo(List.of(2L, 2L, -1L));
    assertThat(run("XACKDEL s g ACKED IDS 2 1 9")).isEqualTo(List.of(2L, -1L));
    assertThat(run("XACKDEL s h ACKED IDS 1 1")).isEqualTo(List.of(1L));
    assertThat(run("XACKDEL s g DELREF IDS 1 2")).isEqualTo(List.of(1L));
    assertThat(run("XLEN s")).isEqualTo(1L);
    assertThat(run("XPENDING s h"))
        .isEqualTo(List.of(1L, "3-0", "3-0", List.of(List.of("c", "1"))));
    assertThat(run("XDELEX s KEEPREF IDS 1 3")).isEqualTo(List.of(1L));
    assertThat(run("XACKDEL s nog IDS 1 3")).isEqualTo(List.of(-1L));
    assertThat(run("XACK s h 3")).isEqualTo(1L);
  }
}
