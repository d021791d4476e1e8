package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.command.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** MIGRATE where the other server, the network or somebody else does what is not hoped for. */
class MigrationTest {
  private static final String READING = "-IOERR error or timeout reading to target instance";
  private static final String WRITING = "-IOERR error or timeout writing to target instance";
  private static final String CONNECTING = "-IOERR error or timeout connecting to the client";

  private final ManualClock clock = new ManualClock();
  private final Engine engine = TestClient.newEngine(clock);
  private final ScriptedNetwork network = new ScriptedNetwork();
  private final TestClient client = new TestClient(engine);
  private final TestClient other = new TestClient(engine);

  @BeforeEach
  void start() {
    engine.setNetwork(network);
  }

  @AfterEach
  void stop() {
    await().atMost(5, TimeUnit.SECONDS).until(() -> engine.errands().size() == 0);
    assertThat(network.open).hasValue(0);
    engine.close();
  }

  private @Nullable Object migrate(String... arguments) {
    String[] words = new String[3 + arguments.length];
    words[0] = "MIGRATE";
    words[1] = "target";
    words[2] = "6379";
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    assertThat(client.call(words)).isEqualTo(TestClient.BLOCKED);
    return client.awaitReply();
  }

  /** The first words of what the target has been sent. */
  private List<String> sent() {
    List<String> sent = new ArrayList<>();
    for (List<String> words : network.commands) {
      List<String> shown = new ArrayList<>(words);
      if (words.size() > 3) {
        shown.set(3, "payload");
      }
      sent.add(String.join(" ", shown));
    }
    return sent;
  }

  @Test
  void keys_goInOneBatch() {
    other.call("MSET", "a", "1", "b", "2");
    other.call("PEXPIRE", "b", "500");
    assertThat(migrate("", "0", "0", "KEYS", "a", "nokey", "b")).isEqualTo("OK");
    assertThat(sent()).containsExactly("RESTORE a 0 payload", "RESTORE b 500 payload");
    assertThat(other.call("DBSIZE")).isEqualTo(0L);
  }

  @Test
  void manyKeys_goInBatchesOverOneConnection() {
    String[] words = new String[3 + 40];
    words[0] = "";
    words[1] = "0";
    words[2] = "0";
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[3] = "KEYS";
    for (int i = 0; i < 40; i++) {
      all[4 + i] = "k" + i;
      StringBuilder value = new StringBuilder();
      SplittableRandom random = new SplittableRandom(i);
      for (int j = 0; j < 100_000; j++) {
        value.append((char) random.nextInt(256));
      }
      other.call("SET", "k" + i, value.toString());
    }
    assertThat(migrate(all)).isEqualTo("OK");
    assertThat(network.commands).hasSize(40);
    assertThat(network.connections).isEqualTo(1);
    assertThat(other.call("DBSIZE")).isEqualTo(0L);
  }

  @Test
  void greetings_comeFirst() {
    other.call("SET", "k", "v");
    assertThat(migrate("k", "7", "0", "REPLACE", "AUTH2", "user", "secret")).isEqualTo("OK");
    assertThat(sent())
        .containsExactly("AUTH user secret", "SELECT 7", "RESTORE k 0 payload REPLACE");
  }

  @Test
  void greetingThatIsRefused_sendsNothing() {
    other.call("SET", "k", "v");
    network.script = words -> words.contains("AUTH") ? "-WRONGPASS no\r\n" : "+OK\r\n";
    assertThat(migrate("k", "7", "0", "AUTH", "secret"))
        .isEqualTo("-ERR Target instance replied with error: WRONGPASS no");
    assertThat(sent()).containsExactly("AUTH secret", "SELECT 7");
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void keyThatIsRefused_stays() {
    other.call("MSET", "a", "1", "b", "2", "c", "3");
    network.script =
        words -> words.contains("a") ? "+OK\r\n" : "-BUSYKEY " + words.get(1) + " is there\r\n";
    assertThat(migrate("", "0", "0", "KEYS", "a", "b", "c"))
        .isEqualTo("-ERR Target instance replied with error: BUSYKEY b is there");
    assertThat(other.call("EXISTS", "a", "b", "c")).isEqualTo(2L);
  }

  @Test
  void targetThatEndsMidway_hasWhatItAccepted() {
    other.call("MSET", "a", "1", "b", "2", "c", "3");
    network.script = words -> words.contains("b") ? ScriptedNetwork.END : "+OK\r\n";
    assertThat(migrate("", "0", "0", "KEYS", "a", "b", "c")).isEqualTo(READING);
    assertThat(other.call("EXISTS", "a")).isEqualTo(0L);
    assertThat(other.call("EXISTS", "b", "c")).isEqualTo(2L);
  }

  @Test
  void firstError_winsOverTrouble() {
    other.call("MSET", "a", "1", "b", "2");
    network.script = words -> words.contains("b") ? ScriptedNetwork.SILENCE : "-OOM full\r\n";
    assertThat(migrate("", "0", "0", "KEYS", "a", "b"))
        .isEqualTo("-ERR Target instance replied with error: OOM full");
    assertThat(other.call("EXISTS", "a", "b")).isEqualTo(2L);
  }

  @Test
  void trouble_keepsTheKey() {
    other.call("SET", "k", "v");
    network.script = words -> ScriptedNetwork.SILENCE;
    assertThat(migrate("k", "0", "10")).isEqualTo(READING);
    assertThat(migrate("k", "1", "10")).isEqualTo(READING);
    network.script = words -> "+OK\r\n";
    network.bytesMax = 10;
    assertThat(migrate("k", "0", "10")).isEqualTo(WRITING);
    network.bytesMax = 30;
    assertThat(migrate("k", "1", "10")).isEqualTo(WRITING);
    network.refusal = new ConnectException();
    assertThat(migrate("k", "0", "10")).isEqualTo(WRITING);
    network.refusal = new UnknownHostException();
    assertThat(migrate("k", "0", "10")).isEqualTo(CONNECTING);
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void garbage_isNoAnswer() {
    other.call("SET", "k", "v");
    for (String garbage : List.of("HTTP/1.1 200\r\n", "\r\n", "$5\r\n", "\0\0\0", ":1\r\n")) {
      network.script = words -> garbage.equals("\0\0\0") ? garbage.repeat(1 << 20) : garbage;
      assertThat(migrate("k", "0", "10")).as(garbage).isEqualTo(READING);
    }
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void failureOfOurs_isAnswered() {
    other.call("SET", "k", "v");
    network.script =
        words -> {
          throw new IllegalStateException("a failure that the test wants");
        };
    assertThat(migrate("k", "0", "10"))
        .isEqualTo("-ERR internal error in 'migrate', see the server's log");
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void changedKey_isSentAgain() {
    other.call("SET", "k", "0");
    network.script =
        words -> {
          if (network.commands.size() < 3) {
            other.call("INCR", "k");
          }
          return "+OK\r\n";
        };
    assertThat(migrate("k", "0", "10")).isEqualTo("OK");
    assertThat(sent())
        .containsExactly(
            "RESTORE k 0 payload", "RESTORE k 0 payload REPLACE", "RESTORE k 0 payload REPLACE");
    assertThat(network.commands.getLast().get(3)).startsWith("\0\u00c0\2"); // an integer: 2
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
  }

  @Test
  void changedExpiry_isSentAgain() {
    other.call("SET", "k", "0");
    network.script =
        words -> {
          other.call("PEXPIRE", "k", "70000");
          return "+OK\r\n";
        };
    assertThat(migrate("k", "0", "10")).isEqualTo("OK");
    assertThat(sent()).containsExactly("RESTORE k 0 payload", "RESTORE k 70000 payload REPLACE");
  }

  @Test
  void changedKeyThatCannotBeSentAgain_stays() {
    other.call("MSET", "a", "1", "k", "0");
    network.script =
        words -> {
          other.call("INCR", "k");
          return network.commands.size() < 3 ? "+OK\r\n" : ScriptedNetwork.END;
        };
    assertThat(migrate("", "0", "10", "KEYS", "k", "a")).isEqualTo(READING);
    assertThat(other.call("MGET", "k", "a")).isEqualTo(Arrays.asList("3", null));
  }

  @Test
  void deletedKey_isDeletedThere() {
    other.call("MSET", "a", "1", "b", "2");
    network.script =
        words -> {
          other.call("DEL", "b");
          return words.contains("DEL") ? ":1\r\n" : "+OK\r\n";
        };
    assertThat(migrate("", "0", "10", "KEYS", "a", "b")).isEqualTo("OK");
    assertThat(sent()).containsExactly("RESTORE a 0 payload", "RESTORE b 0 payload", "DEL b");
    assertThat(other.call("DBSIZE")).isEqualTo(0L);
  }

  @Test
  void keyThatComesBack_isSentAgain() {
    other.call("SET", "k", "1");
    network.script =
        words -> {
          if (network.commands.size() < 3) {
            other.call(network.commands.size() == 1 ? "DEL" : "INCR", "k");
          }
          return words.contains("DEL") ? ":1\r\n" : "+OK\r\n";
        };
    assertThat(migrate("k", "0", "10")).isEqualTo("OK");
    assertThat(sent())
        .containsExactly("RESTORE k 0 payload", "DEL k", "RESTORE k 0 payload REPLACE");
  }

  @Test
  void keyThatExpires_isLeftToTheTarget() {
    other.call("SET", "k", "1", "PX", "100");
    network.script =
        words -> {
          clock.advanceMillis(100);
          return "+OK\r\n";
        };
    assertThat(migrate("k", "0", "10")).isEqualTo("OK");
    assertThat(sent()).containsExactly("RESTORE k 100 payload");
  }

  @Test
  void copy_changesNothing() {
    other.call("SET", "k", "0");
    network.script =
        words -> {
          other.call("INCR", "k");
          return "+OK\r\n";
        };
    assertThat(migrate("k", "0", "10", "COPY")).isEqualTo("OK");
    assertThat(network.commands).hasSize(1);
    assertThat(other.call("GET", "k")).isEqualTo("1");
  }

  @Test
  void sameKeyTwice_isNotLost() {
    other.call("SET", "k", "0");
    assertThat(migrate("", "0", "10", "REPLACE", "KEYS", "k", "k")).isEqualTo("OK");
    assertThat(sent())
        .containsExactly("RESTORE k 0 payload REPLACE", "RESTORE k 0 payload REPLACE");
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
  }

  @Test
  void sameServerAndDatabase_keepsTheKey() {
    Session likeIt =
        new Session(98, new NoOutlet(), "192.0.2.1:1", "192.0.2.3:6379", true, false, 0);
    engine.sessions().add(likeIt);
    other.call("SET", "k", "0");
    assertThat(migrate("k", "0", "10", "REPLACE")).isEqualTo("OK");
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
    Session same = new Session(99, new NoOutlet(), "192.0.2.1:1", "192.0.2.2:6379", true, false, 0);
    engine.sessions().add(same);
    other.call("SET", "k", "0");
    assertThat(migrate("k", "0", "10", "REPLACE")).isEqualTo("OK");
    assertThat(other.call("GET", "k")).isEqualTo("0");
    assertThat(migrate("k", "1", "10", "REPLACE")).isEqualTo("OK");
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
  }

  @Test
  void transaction_doesEverythingAtOnce() {
    other.call("MSET", "a", "1", "b", "2");
    List<Object> replies = new ArrayList<>();
    network.script =
        words -> {
          replies.add(words.get(1));
          return words.contains("b") ? "-BUSYKEY\r\n" : "+OK\r\n";
        };
    client.call("MULTI");
    client.call("INCR", "a");
    client.call("MIGRATE", "target", "6379", "", "0", "10", "KEYS", "a", "b");
    client.call("EXISTS", "a", "b");
    assertThat(client.call("EXEC"))
        .isEqualTo(List.of(2L, "-ERR Target instance replied with error: BUSYKEY", 1L));
    assertThat(replies).containsExactly("a", "b");
  }

  @Test
  void deletion_isAnEventAndSeenByWatchers() {
    other.call("SET", "k", "v");
    other.call("WATCH", "k");
    assertThat(migrate("k", "0", "10")).isEqualTo("OK");
    other.call("MULTI");
    other.call("PING");
    assertThat(other.call("EXEC")).isNull();
    assertThat(client.call("INFO", "commandstats").toString())
        .contains("cmdstat_migrate:calls=1,")
        .contains("rejected_calls=0,failed_calls=0");
  }

  @Test
  void waitingClient_isNotBlockedAndOthersGoOn() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    network.script = words -> waited(asked, answers);
    other.call("SET", "k", "v");
    assertThat(client.pipeline(migrateWords(), new String[] {"PING"})).isEmpty();
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(other.call("GET", "k")).isEqualTo("v");
    assertThat(other.call("CLIENT", "UNBLOCK", client.id())).isEqualTo(0L);
    assertThat(other.call("INFO", "clients").toString()).contains("blocked_clients:0");
    answers.countDown();
    assertThat(client.awaitReplies()).containsExactly("OK", "PONG");
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
  }

  private static String[] migrateWords() {
    return new String[] {"MIGRATE", "target", "6379", "k", "0", "10", "AUTH", "secret"};
  }

  private static String waited(CountDownLatch asked, CountDownLatch answers) {
    asked.countDown();
    try {
      return answers.await(5, TimeUnit.SECONDS) ? "+OK\r\n" : ScriptedNetwork.SILENCE;
    } catch (InterruptedException e) {
      return ScriptedNetwork.SILENCE;
    }
  }

  @Test
  void clientThatHasGone_leavesTheErrandToItsEnd() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    network.script = words -> waited(asked, answers);
    other.call("SET", "k", "v");
    client.call(migrateWords());
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
    client.disconnect();
    answers.countDown();
    await().atMost(5, TimeUnit.SECONDS).until(() -> engine.errands().size() == 0);
    assertThat(other.call("EXISTS", "k")).isEqualTo(0L);
  }

  @Test
  void clientThatIsKilled_endsItsErrand() throws IOException, InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    network.script = words -> waited(asked, new CountDownLatch(1));
    other.call("SET", "k", "v");
    client.call(migrateWords());
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
    other.call("CLIENT", "KILL", "ID", client.id());
    await().atMost(2, TimeUnit.SECONDS).until(() -> engine.errands().size() == 0);
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void serverThatEnds_interruptsErrands() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    network.script = words -> waited(asked, new CountDownLatch(1));
    other.call("SET", "k", "v");
    client.call(migrateWords());
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
    engine.close();
    assertThat(engine.errands().size()).isZero();
    assertThat(other.call("GET", "k")).isEqualTo("v");
  }

  @Test
  void callerThatGivesUp_endsItsErrand() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    network.script = words -> waited(asked, new CountDownLatch(1));
    other.call("SET", "k", "v");
    client.call(migrateWords());
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(engine.giveUp(client.session)).isFalse();
    assertThat(client.awaitReply()).isEqualTo(READING);
  }

  @Test
  void slowLog_showsNoPassword() {
    other.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    other.call("SLOWLOG", "RESET");
    other.call("SET", "k", "v");
    assertThat(client.call(migrateWords())).isEqualTo(TestClient.BLOCKED);
    assertThat(client.awaitReply()).isEqualTo("OK");
    assertThat(other.call("SLOWLOG", "GET", "10").toString())
        .contains("MIGRATE", "(redacted)")
        .doesNotContain("secret");
  }
}
