package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What commands newer than Redis 7.0 leave in the append log: the same as in the versions that have
 * brought them.
 */
class HashEffectsTest {
  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private Hydrion server;
  private HydrionClient client;
  private int seen;
  private int marks;

  @BeforeEach
  void start() {
    Config config = KeptServers.config(directory, "appendonly", "yes", "aof-checksums", "no");
    server = Hydrion.start(config, clock, new SplittableRandom(1));
    client = server.client();
    run("DEBUG SET-ACTIVE-EXPIRE 0");
    run("HSET h a 1 b 2 c 3");
    seen = 2; // SELECT is the first
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String run(String command) {
    return String.valueOf(CommandTest.run(client, command.split(" ")));
  }

  /** Runs a command, and checks what has been logged since the last one. */
  private void check(String command, String... effects) throws IOException {
    assertThat(run(command)).doesNotStartWith("-");
    List<String> all = logged().stream().map(words -> String.join(" ", words)).toList();
    assertThat(all.subList(seen, all.size() - 1)).as(command).containsExactly(effects);
    seen = all.size();
  }

  /** All that has been logged, up to a command that marks the end. */
  private List<List<String>> logged() throws IOException {
    String mark = "mark" + marks++;
    run("SET end " + mark);
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .ignoreExceptions() // of a command of which only a part is there
        .until(() -> LoggedCommands.in(directory).getLast().getLast().equals(mark));
    return LoggedCommands.in(directory);
  }

  private String in(long millis) {
    return Long.toString(clock.millis() + millis);
  }

  @Test
  void expiries_areAbsolute_andOfTheFieldsThatGotThem() throws IOException {
    check("HEXPIRE h 10 FIELDS 2 a x", "HPEXPIREAT h " + in(10_000) + " FIELDS 1 a");
    check("HPEXPIRE h 20 NX FIELDS 2 a b", "HPEXPIREAT h " + in(20) + " NX FIELDS 1 b");
    check("HEXPIRE h 5 GT FIELDS 1 a");
    check("HPEXPIREAT h 4000000000000 FIELDS 1 c", "HPEXPIREAT h 4000000000000 FIELDS 1 c");
    check("HEXPIREAT h 4000000000 FIELDS 1 c", "HPEXPIREAT h 4000000000000 FIELDS 1 c");
    check("HPERSIST h FIELDS 3 c x b", "HPERSIST h FIELDS 2 c b");
    check("HPERSIST h FIELDS 1 c");
    check("HEXPIRE h 0 FIELDS 3 a x b", "MULTI", "HDEL h a", "HDEL h b", "EXEC");
    check("HPEXPIREAT h 1 FIELDS 1 c", "HDEL h c");
  }

  @Test
  void readingAndWriting_namesWhatItDid() throws IOException {
    check("HGETEX h FIELDS 1 a");
    check("HGETEX h EX 10 FIELDS 2 a x", "HPEXPIREAT h " + in(10_000) + " FIELDS 1 a");
    check("HGETEX h PERSIST FIELDS 2 a b", "HPERSIST h FIELDS 1 a");
    check("HGETEX h PXAT 1 FIELDS 2 a x", "HDEL h a");
    check("HSETEX h PX 10 FIELDS 1 a 5", "HSETEX h PXAT " + in(10) + " FIELDS 1 a 5");
    check("HSETEX h FXX EX 1 FIELDS 1 a 6", "HSETEX h FXX PXAT " + in(1000) + " FIELDS 1 a 6");
    check("HSETEX h FNX EX 1 FIELDS 1 a 7");
    check("HSETEX h KEEPTTL FIELDS 1 a 8", "HSETEX h KEEPTTL FIELDS 1 a 8");
    check("HINCRBYFLOAT h a 0.5", "HSETEX h KEEPTTL FIELDS 1 a 8.5");
    check("HINCRBYFLOAT h b 0.5", "HSET h b 2.5");
    check("HSETEX h PXAT 1 FIELDS 1 a 9", "HDEL h a");
    check("HGETDEL h FIELDS 2 a x");
    check("HGETDEL h FIELDS 2 b x", "HDEL h b x");
  }

  @Test
  void expiredFields_areDeleted() throws IOException {
    check("HPEXPIRE h 10 FIELDS 2 a b", "HPEXPIREAT h " + in(10) + " FIELDS 2 a b");
    clock.advanceMillis(20);
    check("HGETALL h");
    check("HGET h a", "HDEL h a");
    check("HINCRBY h b 1", "MULTI", "HDEL h b", "HINCRBY h b 1", "EXEC");
    check("HPEXPIRE h 10 FIELDS 2 b c", "HPEXPIREAT h " + in(10) + " FIELDS 2 b c");
    clock.advanceMillis(20);
    check("HPERSIST h FIELDS 1 b");
    check("HMGET h b c", "MULTI", "HDEL h b", "HDEL h c", "EXEC");
    assertThat(run("EXISTS h")).isEqualTo("0");
  }

  @Test
  void deletedReferences_areLogged() throws IOException {
    run("XADD x 1-1 a 1");
    run("XGROUP CREATE x g 0");
    run("XREADGROUP GROUP g c STREAMS x >");
    run("XDEL x 1-1");
    seen = logged().size();
    check("XDELEX x DELREF IDS 1 1-1", "XDELEX x DELREF IDS 1 1-1");
    check("XDELEX x DELREF IDS 1 1-1");
  }
}
