package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.Commands;
import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that wait: who is served, with what, when, and what ends a wait. */
class BlockingTest {
  private final ManualClock clock = new ManualClock();
  private final Engine engine =
      new Engine(
          new Settings(Config.defaults()), commands(), Map.of(), clock, new SplittableRandom(1));
  private final TestClient pusher = new TestClient(engine);

  @AfterEach
  void stop() {
    engine.close();
  }

  static List<Command> commands() {
    List<Command> all = new ArrayList<>(Commands.all());
    all.addAll(QueueCommands.TABLE);
    return all;
  }

  private TestClient waiting(String... command) {
    TestClient client = new TestClient(engine);
    assertThat(client.call(command)).isEqualTo(TestClient.BLOCKED);
    return client;
  }

  private static String[] words(String... words) {
    return words;
  }

  private String stats(String command) {
    String info = String.valueOf(pusher.call("INFO", "commandstats"));
    return Arrays.stream(info.split("\r\n"))
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .map(line -> line.replaceAll("usec[^,]*,", ""))
        .findFirst()
        .orElse("");
  }

  @Test
  void waiters_areServedInTheOrderInWhichTheyCame() {
    TestClient first = waiting("TBPOP", "q", "0");
    TestClient second = waiting("TBPOP", "q", "0");
    TestClient third = waiting("TBPOP", "q", "0");
    assertThat(engine.blocking().size()).isEqualTo(3);
    assertThat(pusher.call("TPUSH", "q", "x", "y")).isEqualTo(2L);
    assertThat(first.awaitReply()).isEqualTo(List.of("q", "x"));
    assertThat(second.awaitReply()).isEqualTo(List.of("q", "y"));
    assertThat(third.isWaiting()).isTrue();
    pusher.call("TPUSH", "q", "z");
    assertThat(third.awaitReply()).isEqualTo(List.of("q", "z"));
    assertThat(pusher.call("EXISTS", "q")).isEqualTo(0L);
    assertThat(engine.blocking().size()).isZero();
  }

  @Test
  void waiterOfSeveralKeys_isServedOnceAndWaitsForNoneThen() {
    TestClient client = waiting("TBPOP", "a", "b", "c", "a", "0");
    pusher.call("TPUSH", "b", "1");
    assertThat(client.awaitReply()).isEqualTo(List.of("b", "1"));
    for (String key : List.of("a", "b", "c")) {
      pusher.call("TPUSH", key, "2");
      assertThat(pusher.call("GET", key)).isEqualTo("2");
    }
    assertThat(client.call("TBPOP", "c", "a", "0")).isEqualTo(List.of("c", "2"));
  }

  @Test
  void waiters_ofTwoKeysInDifferentOrders_shareWhatComes() {
    TestClient one = waiting("TBPOP", "a", "b", "0");
    TestClient other = waiting("TBPOP", "b", "a", "0");
    pusher.pipeline(
        words("MULTI"), words("TPUSH", "b", "1"), words("TPUSH", "a", "2"), words("EXEC"));
    assertThat(one.awaitReply()).isEqualTo(List.of("a", "2"));
    assertThat(other.awaitReply()).isEqualTo(List.of("b", "1"));
  }

  @Test
  void timeout_endsAWaitByTheServersClock() {
    TestClient brief = waiting("TBPOP", "q", "500");
    TestClient longer = waiting("TBPOP", "q", "r", "60000");
    TestClient forGood = waiting("TBPOP", "q", "0");
    assertThat(engine.blocking().timedSize()).isEqualTo(2);
    clock.advanceMillis(499);
    sleep(150);
    assertThat(brief.isWaiting()).isTrue();
    clock.advanceMillis(1);
    assertThat(brief.awaitReply()).isNull();
    assertThat(longer.isWaiting()).isTrue();
    clock.advanceMillis(60_000);
    assertThat(longer.awaitReply()).isNull();
    assertThat(engine.blocking().timedSize()).isZero();
    pusher.call("TPUSH", "q", "x");
    assertThat(forGood.awaitReply()).isEqualTo(List.of("q", "x"));
  }

  @Test
  void laterWait_mayEndFirst() {
    TestClient longer = waiting("TBPOP", "q", "60000");
    TestClient brief = waiting("TBPOP", "q", "10");
    clock.advanceMillis(10);
    assertThat(brief.awaitReply()).isNull();
    assertThat(longer.isWaiting()).isTrue();
  }

  @Test
  void unblock_endsAWaitAsIfInVainOrWithAnError() {
    TestClient client = waiting("TBPOP", "q", "0");
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id())).isEqualTo(1L);
    assertThat(client.awaitReply()).isNull();
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id())).isEqualTo(0L);
    client.call("TBPOP", "q", "0");
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id(), "TIMEOUT")).isEqualTo(1L);
    assertThat(client.awaitReply()).isNull();
    client.call("TBPOP", "q", "0");
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id(), "ERROR")).isEqualTo(1L);
    assertThat(client.awaitReply()).isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    assertThat(stats("tbpop")).endsWith("calls=3,rejected_calls=0,failed_calls=1");
    assertThat(String.valueOf(pusher.call("INFO", "errorstats")))
        .contains("errorstat_UNBLOCKED:count=1");
    pusher.call("TPUSH", "q", "x");
    assertThat(pusher.call("GET", "q")).isEqualTo("x");
  }

  @Test
  void disconnectedWaiter_takesNothing() {
    TestClient gone = waiting("TBPOP", "q", "r", "1000");
    TestClient next = waiting("TBPOP", "q", "0");
    assertThat(gone.disconnect()).isEmpty();
    assertThat(engine.blocking().timedSize()).isZero();
    pusher.call("TPUSH", "q", "x");
    assertThat(next.awaitReply()).isEqualTo(List.of("q", "x"));
    pusher.call("TPUSH", "r", "y");
    assertThat(pusher.call("GET", "r")).isEqualTo("y");
    assertThat(engine.blocking().size()).isZero();
  }

  @Test
  void insideMulti_nobodyWaits() {
    assertThat(
            pusher.pipeline(
                words("MULTI"),
                words("TBPOP", "q", "0"),
                words("TPUSH", "q", "x"),
                words("TBPOP", "q", "0"),
                words("WAIT", "1", "0"),
                words("EXEC")))
        .last()
        .isEqualTo(Arrays.asList(null, 1L, List.of("q", "x"), 0L));
  }

  @Test
  void waiter_seesAllOfATransactionOrNone() {
    TestClient client = waiting("TBPOP", "q", "0");
    pusher.pipeline(words("MULTI"), words("TPUSH", "q", "x"), words("DEL", "q"), words("EXEC"));
    assertThat(client.isWaiting()).isTrue();
    pusher.pipeline(
        words("MULTI"),
        words("TPUSH", "q", "x"),
        words("DEL", "q"),
        words("TPUSH", "q", "y"),
        words("EXEC"));
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "y"));
  }

  @Test
  void swapdb_mayBringWhatIsWaitedFor() {
    TestClient client = waiting("TBPOP", "q", "0");
    pusher.pipeline(words("SELECT", "1"), words("TPUSH", "q", "x"));
    assertThat(client.isWaiting()).isTrue();
    pusher.call("SWAPDB", "0", "1");
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "x"));
    assertThat(pusher.call("EXISTS", "q")).isEqualTo(0L);
  }

  @Test
  void waiterOfAnotherDatabase_isNotServed() {
    TestClient client = new TestClient(engine);
    client.pipeline(words("SELECT", "3"), words("TBPOP", "q", "0"));
    pusher.call("TPUSH", "q", "x");
    assertThat(client.isWaiting()).isTrue();
    pusher.pipeline(words("SELECT", "3"), words("TPUSH", "q", "y"));
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "y"));
  }

  @Test
  void moves_passAnItemOnFromOneWaiterToTheNext() {
    TestClient last = waiting("TBPOP", "c", "0");
    TestClient second = waiting("TBMOVE", "b", "c", "0");
    TestClient first = waiting("TBMOVE", "a", "b", "0");
    pusher.call("TPUSH", "a", "x");
    assertThat(first.awaitReply()).isEqualTo("x");
    assertThat(second.awaitReply()).isEqualTo("x");
    assertThat(last.awaitReply()).isEqualTo(List.of("c", "x"));
    assertThat(pusher.call("DBSIZE")).isEqualTo(0L);
  }

  @Test
  void moves_inACircle_end() {
    TestClient there = waiting("TBMOVE", "a", "b", "0");
    TestClient back = waiting("TBMOVE", "b", "a", "0");
    pusher.call("TPUSH", "a", "x");
    assertThat(there.awaitReply()).isEqualTo("x");
    assertThat(back.awaitReply()).isEqualTo("x");
    assertThat(pusher.call("GET", "a")).isEqualTo("x");
  }

  @Test
  void commandsBehindABlockedOne_runWhenItIsServed() {
    TestClient client = new TestClient(engine);
    List<Object> before =
        client.pipeline(
            words("SET", "k", "1"),
            words("TBPOP", "q", "0"),
            words("INCR", "k"),
            words("TBPOP", "q", "0"));
    assertThat(before).containsExactly("OK");
    assertThat(pusher.call("GET", "k")).isEqualTo("1");
    pusher.call("TPUSH", "q", "x");
    assertThat(client.awaitReplies()).containsExactly(List.of("q", "x"), 2L);
    pusher.call("TPUSH", "q", "y");
    assertThat(client.awaitReply()).isEqualTo(List.of("q", "y"));
  }

  @Test
  void skippedReply_staysSkippedWhenItComesLate() {
    TestClient client = new TestClient(engine);
    client.pipeline(words("CLIENT", "REPLY", "SKIP"), words("TBPOP", "q", "0"), words("PING"));
    pusher.call("TPUSH", "q", "x");
    assertThat(client.awaitReplies()).containsExactly("PONG");
    assertThat(pusher.call("EXISTS", "q")).isEqualTo(0L);
    assertThat(client.call("PING")).isEqualTo("PONG");
  }

  @Test
  void wait_endsWithItsTimeOrByUnblock() {
    TestClient client = waiting("WAIT", "1", "100");
    clock.advanceMillis(100);
    assertThat(client.awaitReply()).isEqualTo(0L);
    assertThat(client.call("WAIT", "0", "0")).isEqualTo(0L);
    assertThat(client.call("WAIT", "2", "0")).isEqualTo(TestClient.BLOCKED);
    assertThat(pusher.call("CLIENT", "UNBLOCK", client.id())).isEqualTo(1L);
    assertThat(client.awaitReply()).isEqualTo(0L);
  }

  @Test
  void call_thatWaited_countsOnce() {
    TestClient client = waiting("TBPOP", "q", "0");
    assertThat(stats("tbpop")).endsWith("calls=1,rejected_calls=0,failed_calls=0");
    TestClient second = waiting("TBPOP", "q", "0");
    pusher.call("TPUSH", "q", "x");
    client.awaitReply();
    assertThat(second.isWaiting()).isTrue();
    assertThat(stats("tbpop")).endsWith("calls=2,rejected_calls=0,failed_calls=0");
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void quotedInlineLines_behindABlockedCommand_runAsTheyCame() {
    TestClient client = new TestClient(engine);
    assertThat(client.inline("SET \"a b\" 1\r\nTBPOP q 0\r\nSET k \"x\\ty\"\r\nGET 'k'\r\n"))
        .containsExactly("OK");
    pusher.call("TPUSH", "q", "v");
    assertThat(client.awaitReplies()).containsExactly(List.of("q", "v"), "OK", "x\ty");
  }

  @Test
  void quotedInlineLine_thatIsPostponed_runsAsItCame() {
    TestClient client = new TestClient(engine);
    pusher.call("CLIENT", "PAUSE", "100000", "WRITE");
    assertThat(client.inline("SET k \"\\x41 \\\"b\\\"\"\r\nGET k\r\n")).isEmpty();
    pusher.call("CLIENT", "UNPAUSE");
    assertThat(client.awaitReplies()).containsExactly("OK", "A \"b\"");
  }
}
