package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.ManualClock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that wait for elements of lists. */
class ListBlockingTest {
  private static final String WRONG_TYPE =
      "-WRONGTYPE Operation against a key holding the wrong kind of value";

  private final ManualClock clock = new ManualClock();
  private final Engine engine = TestClient.newEngine(clock);
  private final TestClient pusher = new TestClient(engine);

  @AfterEach
  void stop() {
    engine.close();
  }

  private TestClient waiting(String... command) {
    TestClient client = new TestClient(engine);
    assertThat(client.call(command)).isEqualTo(TestClient.BLOCKED);
    return client;
  }

  private static String[] words(String... words) {
    return words;
  }

  @Test
  void waiters_areServedInOrderFromEitherEnd() {
    TestClient first = waiting("BLPOP", "q", "0");
    TestClient second = waiting("BRPOP", "q", "0");
    TestClient third = waiting("BLMPOP", "0", "1", "q", "RIGHT", "COUNT", "2");
    TestClient fourth = waiting("BLMOVE", "q", "d", "LEFT", "RIGHT", "0");
    pusher.call("RPUSH", "q", "1", "2", "3", "4", "5", "6");
    assertThat(first.awaitReply()).isEqualTo(List.of("q", "1"));
    assertThat(second.awaitReply()).isEqualTo(List.of("q", "6"));
    assertThat(third.awaitReply()).isEqualTo(List.of("q", List.of("5", "4")));
    assertThat(fourth.awaitReply()).isEqualTo("2");
    assertThat(pusher.call("LRANGE", "q", "0", "-1")).isEqualTo(List.of("3"));
    assertThat(pusher.call("LRANGE", "d", "0", "-1")).isEqualTo(List.of("2"));
  }

  /** So many keys that they lie in all shards. */
  @Test
  void keysInAllShards_serveOneWaiter() {
    String[] command = new String[66];
    command[0] = "BLPOP";
    for (int i = 0; i < 64; i++) {
      command[i + 1] = "key:" + i;
    }
    command[65] = "0";
    for (int i = 0; i < 64; i += 7) {
      TestClient client = waiting(command);
      pusher.call("LPUSH", "key:" + i, "x");
      assertThat(client.awaitReply()).isEqualTo(List.of("key:" + i, "x"));
    }
    assertThat(engine.blocking().size()).isZero();
    assertThat(pusher.call("DBSIZE")).isEqualTo(0L);
  }

  @Test
  void oneTransaction_thatPopsAndPushes() {
    assertThat(
            pusher.pipeline(
                words("MULTI"),
                words("BLPOP", "q", "0"),
                words("BLMOVE", "q", "d", "LEFT", "LEFT", "0"),
                words("BLMPOP", "0", "1", "q", "LEFT"),
                words("RPUSH", "q", "1", "2", "3"),
                words("BLPOP", "q", "0"),
                words("BRPOPLPUSH", "q", "d", "0"),
                words("EXEC")))
        .last()
        .isEqualTo(Arrays.asList(null, null, null, 3L, List.of("q", "1"), "3"));
  }

  @Test
  void timeouts_endInNull() {
    TestClient pops = waiting("BLPOP", "a", "b", "0.5");
    TestClient moves = waiting("BLMOVE", "a", "b", "LEFT", "LEFT", "0.5");
    TestClient mpops = waiting("BLMPOP", "0.5", "1", "a", "LEFT");
    clock.advanceMillis(500);
    assertThat(pops.awaitReply()).isNull();
    assertThat(moves.awaitReply()).isNull();
    assertThat(mpops.awaitReply()).isNull();
    assertThat(engine.blocking().size()).isZero();
  }

  @Test
  void unblock_endsAWait() {
    TestClient client = waiting("BLMPOP", "0", "2", "a", "b", "LEFT");
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id(), "ERROR")).isEqualTo(1L);
    assertThat(client.awaitReply()).isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    pusher.call("RPUSH", "b", "x");
    assertThat(pusher.call("LLEN", "b")).isEqualTo(1L);
  }

  @Test
  void clientThatHasGone_losesNothing() {
    TestClient gone = waiting("BLMOVE", "q", "d", "LEFT", "LEFT", "0");
    TestClient next = waiting("BRPOP", "q", "0");
    gone.disconnect();
    pusher.call("RPUSH", "q", "x");
    assertThat(next.awaitReply()).isEqualTo(List.of("q", "x"));
    assertThat(pusher.call("EXISTS", "q", "d")).isEqualTo(0L);
  }

  @Test
  void valueOfAnotherType_isWaitedOut() {
    TestClient client = waiting("BLPOP", "other", "q", "0");
    pusher.call("SET", "other", "text");
    assertThat(client.isWaiting()).isTrue();
    pusher.call("RPUSH", "q", "x");
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "x"));
    assertThat(client.call("BLPOP", "other", "q", "0")).isEqualTo(WRONG_TYPE);
  }

  @Test
  void wrongDestination_isToldWhenAnElementComes() {
    TestClient client = waiting("BLMOVE", "q", "d", "LEFT", "LEFT", "0");
    TestClient next = waiting("BLPOP", "q", "0");
    pusher.call("SET", "d", "text");
    assertThat(client.isWaiting()).isTrue();
    pusher.call("RPUSH", "q", "x");
    assertThat(client.awaitReply()).isEqualTo(WRONG_TYPE);
    assertThat(next.awaitReply()).isEqualTo(List.of("q", "x"));
  }

  @Test
  void moves_passAnElementOn() {
    TestClient last = waiting("BLPOP", "c", "0");
    TestClient second = waiting("BLMOVE", "b", "c", "RIGHT", "LEFT", "0");
    TestClient first = waiting("BRPOPLPUSH", "a", "b", "0");
    TestClient circle = waiting("BLMOVE", "s", "s", "LEFT", "RIGHT", "0");
    pusher.pipeline(
        words("MULTI"), words("RPUSH", "a", "x"), words("RPUSH", "s", "1", "2"), words("EXEC"));
    assertThat(first.awaitReply()).isEqualTo("x");
    assertThat(second.awaitReply()).isEqualTo("x");
    assertThat(last.awaitReply()).isEqualTo(List.of("c", "x"));
    assertThat(circle.awaitReply()).isEqualTo("1");
    assertThat(pusher.call("LRANGE", "s", "0", "-1")).isEqualTo(List.of("2", "1"));
  }

  @Test
  void keyThatIsRenamedCopiedOrMovedIn_isNoticed() {
    TestClient client = waiting("BLPOP", "q", "0");
    pusher.pipeline(words("RPUSH", "w", "1", "2"), words("RENAME", "w", "q"));
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "1"));
    TestClient other = waiting("BLPOP", "r", "0");
    pusher.call("COPY", "q", "r");
    assertThat(other.awaitReply()).isEqualTo(List.of("r", "2"));
    TestClient third = waiting("BLPOP", "m", "0");
    pusher.pipeline(words("SELECT", "1"), words("RPUSH", "m", "3"), words("MOVE", "m", "0"));
    assertThat(third.awaitReply()).isEqualTo(List.of("m", "3"));
  }
}
