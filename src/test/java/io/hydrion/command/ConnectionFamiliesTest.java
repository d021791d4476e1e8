package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.HydrionClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Connections, CLIENT, publish and subscribe, and transactions on one server. */
class ConnectionFamiliesTest extends CommandTest {
  private static final List<Object> NONE = List.of();

  /** A field of a client's line. */
  private String field(String name) {
    for (String pair : String.valueOf(run("CLIENT", "INFO")).strip().split(" ")) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    return "(none)";
  }

  @Test
  void clientInfo_hasTheFieldsOfRedis() {
    List<String> names = new ArrayList<>();
    for (String pair : String.valueOf(run("CLIENT", "INFO")).strip().split(" ")) {
      names.add(pair.substring(0, pair.indexOf('=')));
    }
    assertThat(String.join(" ", names))
        .isEqualTo(
            "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem"
                + " multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name"
                + " lib-ver");
    assertThat(field("cmd")).isEqualTo("client|info");
    assertThat(field("qbuf")).isEqualTo("26");
    assertThat(field("argv-mem")).isEqualTo("10");
    assertThat(field("flags")).isEqualTo("N");
  }

  @Test
  void clientInfo_followsWhatTheClientDoes() {
    check("OK", "SELECT", "3");
    check("OK", "CLIENT", "SETINFO", "LIB-NAME", "jedis");
    check("OK", "CLIENT", "SETINFO", "lib-ver", "7.0");
    check("OK", "CLIENT", "NO-TOUCH", "on");
    check("OK", "CLIENT", "NO-EVICT", "on");
    clock.advanceMillis(5000);
    assertThat(field("db")).isEqualTo("3");
    assertThat(field("age")).isEqualTo("5");
    assertThat(field("lib-name") + " " + field("lib-ver")).isEqualTo("jedis 7.0");
    assertThat(field("flags")).isEqualTo("eT");
    check("RESET", "RESET");
    assertThat(field("flags")).isEqualTo("N");
    assertThat(field("lib-name")).isEqualTo("jedis");
  }

  @Test
  void setInfo_refusesWhatItDoesNotKnow() {
    check("-ERR Unrecognized option 'lib'", "CLIENT", "SETINFO", "lib", "x");
    check(
        "-ERR lib-Name cannot contain spaces, newlines or special characters.",
        "CLIENT",
        "SETINFO",
        "lib-Name",
        "a b");
    check("OK", "CLIENT", "SETINFO", "lib-name", "");
  }

  @Test
  void kill_byMaxAge_sparesTheYoung() {
    HydrionClient old = server.newClient();
    clock.advanceMillis(10_000);
    HydrionClient young = server.newClient();
    check(
        "-ERR maxage is not an integer or out of range",
        "CLIENT",
        "KILL",
        "MAXAGE",
        "x",
        "SKIPME",
        "yes");
    check("-ERR maxage should be greater than 0", "CLIENT", "KILL", "MAXAGE", "0", "ID", "1");
    check(topology.wire ? 2L : 1L, "CLIENT", "KILL", "MAXAGE", "10"); // with the idle one here
    assertThat(run(young, "PING")).isEqualTo("PONG");
    old.close();
  }

  @Test
  void watch_ofAKeyThatExpires_refusesExec() {
    check("OK", "SET", "k", "v", "PX", "100");
    check("OK", "WATCH", "k");
    clock.advanceMillis(100);
    check("OK", "MULTI");
    check("QUEUED", "PING");
    assertThat(run("EXEC")).isNull();
  }

  @Test
  void watch_ofAKeyThatHasExpired_seesNoChangeInItsRemoval() {
    HydrionClient other = server.newClient();
    check("OK", "DEBUG", "SET-ACTIVE-EXPIRE", "0");
    check("OK", "SET", "k", "v", "PX", "100");
    clock.advanceMillis(100);
    check("OK", "WATCH", "k");
    assertThat(run(other, "GET", "k")).isNull();
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(List.of("PONG"), "EXEC");
    check("OK", "SET", "k", "v", "PX", "100");
    clock.advanceMillis(100);
    check("OK", "WATCH", "k");
    assertThat(run(other, "SET", "k", "new")).isEqualTo("OK");
    check("OK", "MULTI");
    assertThat(run("EXEC")).isNull();
  }

  @Test
  void watch_ofAnExpiredKey_followsSwapAndFlush() {
    check("OK", "DEBUG", "SET-ACTIVE-EXPIRE", "0");
    check("OK", "SET", "k", "v", "PX", "100");
    clock.advanceMillis(100);
    check("OK", "WATCH", "k");
    check("OK", "FLUSHALL");
    check("OK", "MULTI");
    check(NONE, "EXEC");
    check("OK", "SET", "k", "v", "PX", "100");
    clock.advanceMillis(100);
    check("OK", "SELECT", "1");
    check("OK", "WATCH", "k");
    check("OK", "SWAPDB", "0", "1"); // brings an expired key where none was
    check("OK", "MULTI");
    check(NONE, "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "SELECT", "0");
    check("OK", "SET", "k", "alive");
    check("OK", "SWAPDB", "0", "1"); // replaces the expired one
    check("OK", "MULTI");
    assertThat(run("EXEC")).isNull();
  }

  @Test
  void time_standsStillInATransaction() {
    check("OK", "MULTI");
    check("QUEUED", "SET", "k", "v", "PX", "1");
    check("QUEUED", "DEBUG", "SLEEP", "0.01");
    check("QUEUED", "GET", "k");
    check(List.of("OK", "OK", "v"), "EXEC");
  }

  @Test
  void pause_ofWrites_letsReadsPassAndHidesExpiredKeys() {
    check("OK", "SET", "k", "v", "PX", "100");
    check("OK", "CLIENT", "PAUSE", "100000", "WRITE");
    clock.advanceMillis(100);
    assertThat(run("GET", "k")).isNull();
    check(0L, "EXISTS", "k");
    assertThat((String) run("INFO", "stats")).contains("expired_keys:0");
    check("OK", "CLIENT", "UNPAUSE");
    assertThat(run("GET", "k")).isNull();
    assertThat((String) run("INFO", "stats")).contains("expired_keys:1");
  }

  @Test
  void pause_endsWhenItsTimeIsOver() {
    check("OK", "CLIENT", "PAUSE", "100");
    clock.advanceMillis(100);
    check("PONG", "PING");
    check("OK", "CLIENT", "PAUSE", "0", "ALL");
    check("PONG", "PING");
    check("-ERR timeout is out of range", "CLIENT", "PAUSE", Long.toString(Long.MAX_VALUE));
  }

  @Test
  void passwords_areRedacted() {
    check("OK", "CONFIG", "SET", "slowlog-log-slower-than", "0");
    run("AUTH", "user", "hush");
    assertThat(String.valueOf(run("SLOWLOG", "GET", "1"))).contains("AUTH, (redacted), (redacted)");
    run("HELLO", "2", "AUTH", "user", "hush");
    assertThat(String.valueOf(run("SLOWLOG", "GET", "1")))
        .contains("HELLO, 2, AUTH, (redacted), (redacted)")
        .doesNotContain("hush");
  }

  @Test
  void passwordThatIsSetLater_bindsNewClientsOnly() {
    check("OK", "CONFIG", "SET", "requirepass", "secret");
    check("PONG", "PING");
    check("RESET", "RESET");
    check("-NOAUTH Authentication required.", "PING");
    check("-WRONGPASS invalid username-password pair or user is disabled.", "AUTH", "default", "x");
    check("OK", "AUTH", "secret");
    check("PONG", "PING");
  }

  @Test
  void messageToOneself_followsTheReplyOfExec() {
    assertThat(run("HELLO", "3")).isInstanceOf(Map.class);
    check(List.of("subscribe", "news", 1L), "SUBSCRIBE", "news");
    check("OK", "MULTI");
    check("QUEUED", "PUBLISH", "news", "m");
    check("QUEUED", "PING");
    check(List.of(1L, "PONG"), "EXEC");
  }

  @Test
  void writes_areRefused_whenReplicasAreWantedThatAreNotThere() {
    check("OK", "MULTI");
    check("QUEUED", "SET", "k", "v");
    HydrionClient other = server.newClient();
    assertThat(run(other, "CONFIG", "SET", "min-replicas-to-write", "1")).isEqualTo("OK");
    check(
        "-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to"
            + " write.",
        "EXEC");
    check("-NOREPLICAS Not enough good replicas to write.", "SET", "k", "v");
    assertThat(run("GET", "k")).isNull();
    check("OK", "CONFIG", "SET", "min-replicas-to-write", "0");
    check("OK", "SET", "k", "v");
  }

  @Test
  void unblock_ofAClientThatDoesNotWait_isZero() {
    check(0L, "CLIENT", "UNBLOCK", String.valueOf(run("CLIENT", "ID")));
  }
}
