package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fields of hashes that expire, as since Redis 7.4; no server of 7.0 has them to compare with. */
class HashExpiryTest extends CommandTest {
  private static final String NO_FIELDS =
      "-ERR Mandatory argument FIELDS is missing or not at the right position";
  private static final String MISMATCH =
      "-ERR The `numfields` parameter must match the number of arguments";

  private void stopSweeping() {
    check("OK", "DEBUG", "SET-ACTIVE-EXPIRE", "0");
  }

  private Object info(String field) {
    String info = (String) run("INFO", "everything");
    int at = info.indexOf("\r\n" + field + ":") + field.length() + 3;
    return info.substring(at, info.indexOf('\r', at));
  }

  @Test
  void expire_setsTimes() {
    check(list(-2L, -2L), "HEXPIRE", "h", "10", "FIELDS", "2", "a", "b");
    run("HSET", "h", "a", "1", "b", "2", "c", "3");
    check(list(1L, -2L), "HEXPIRE", "h", "10", "FIELDS", "2", "a", "x");
    check(list(1L), "HPEXPIRE", "h", "1500", "FIELDS", "1", "b");
    check(list(10L, 2L, -1L, -2L), "HTTL", "h", "FIELDS", "4", "a", "b", "c", "x");
    check(list(10_000L, 1_500L, -1L, -2L), "HPTTL", "h", "FIELDS", "4", "a", "b", "c", "x");
    long now = clock.millis();
    check(list(now + 10_000, -1L), "HPEXPIRETIME", "h", "FIELDS", "2", "a", "c");
    check(list((now + 10_999) / 1000), "HEXPIRETIME", "h", "FIELDS", "1", "a");
    check(list(1L), "HEXPIREAT", "h", "" + (now / 1000 + 100), "FIELDS", "1", "c");
    check(list(1L), "HPEXPIREAT", "h", "" + (now + 77), "FIELDS", "1", "b");
    check(list(77L), "HPTTL", "h", "FIELDS", "1", "b");
    check(list(-2L), "HTTL", "missing", "FIELDS", "1", "b");
    check(list(2L), "HPEXPIREAT", "h", "" + now, "FIELDS", "1", "b");
    check(list(2L, -2L), "HEXPIRE", "h", "0", "FIELDS", "2", "a", "a");
    check(list("c", "3"), "HGETALL", "h");
    check(list(2L), "HEXPIRE", "h", "0", "FIELDS", "1", "c");
    check(0L, "EXISTS", "h");
  }

  @Test
  void expire_underConditions() {
    run("HSET", "h", "a", "1", "b", "2");
    check(list(0L), "HEXPIRE", "h", "10", "XX", "FIELDS", "1", "a");
    check(list(0L), "HEXPIRE", "h", "10", "gt", "FIELDS", "1", "a");
    check(list(1L), "HEXPIRE", "h", "10", "nx", "FIELDS", "1", "a");
    check(list(0L, 1L), "HEXPIRE", "h", "20", "NX", "FIELDS", "2", "a", "b");
    check(list(0L), "HEXPIRE", "h", "20", "LT", "FIELDS", "1", "a");
    check(list(0L), "HEXPIRE", "h", "10", "LT", "FIELDS", "1", "a");
    check(list(0L), "HEXPIRE", "h", "10", "GT", "FIELDS", "1", "a");
    check(list(1L), "HEXPIRE", "h", "11", "GT", "FIELDS", "1", "a");
    check(list(1L), "HEXPIRE", "h", "12", "XX", "FIELDS", "1", "a");
    check(list(1L), "HEXPIRE", "h", "5", "LT", "FIELDS", "1", "a");
    check(list(2L), "HEXPIRE", "h", "0", "LT", "FIELDS", "1", "a");
    check(list("b", "2"), "HGETALL", "h");
    run("HSET", "h", "c", "3");
    check(list(1L), "HEXPIRE", "h", "5", "LT", "FIELDS", "1", "c");
  }

  @Test
  void expire_ofWrongArguments() {
    run("SET", "s", "x");
    run("HSET", "h", "a", "1");
    check(
        "-ERR wrong number of arguments for 'hexpire' command", "HEXPIRE", "h", "1", "FIELDS", "1");
    check("-ERR value is not an integer or out of range", "HEXPIRE", "h", "x", "FIELDS", "1", "a");
    check("-ERR invalid expire time, must be >= 0", "HEXPIRE", "h", "-1", "FIELDS", "1", "a");
    check(
        "-ERR invalid expire time in 'hexpire' command",
        "HEXPIRE",
        "h",
        "70368744178",
        "FIELDS",
        "1",
        "a");
    check(
        "-ERR invalid expire time in 'hpexpireat' command",
        "HPEXPIREAT",
        "h",
        "70368744177664",
        "FIELDS",
        "1",
        "a");
    check(list(1L), "HPEXPIREAT", "h", "70368744177663", "FIELDS", "1", "a");
    check(NO_FIELDS, "HEXPIRE", "h", "1", "YY", "FIELDS", "1", "a");
    check(NO_FIELDS, "HEXPIRE", "h", "1", "NX", "XX", "FIELDS", "1", "a");
    String notPositive = "-ERR Parameter `numFields` should be greater than 0";
    check(notPositive, "HEXPIRE", "h", "1", "FIELDS", "0", "a");
    check(notPositive, "HEXPIRE", "h", "1", "FIELDS", "x", "a");
    check(MISMATCH, "HEXPIRE", "h", "1", "FIELDS", "2", "a");
    check(MISMATCH, "HEXPIRE", "h", "1", "FIELDS", "9223372036854775807", "a");
    check(MISMATCH, "HEXPIRE", "h", "1", "NX", "FIELDS", "1", "a", "b");
    String number = "-ERR Number of fields must be a positive integer";
    for (String command : List.of("HTTL", "HPTTL", "HEXPIRETIME", "HPERSIST", "HGETDEL")) {
      check(NO_FIELDS, command, "h", "x", "1", "a");
      check(number, command, "h", "FIELDS", "0", "a");
      check(number, command, "h", "FIELDS", "x", "a");
      check(MISMATCH, command, "h", "FIELDS", "2", "a");
      assertThat((String) run(command, "s", "x", "1", "a")).startsWith("-WRONGTYPE");
    }
    assertThat((String) run("HEXPIRE", "s", "x", "x", "1", "a")).startsWith("-WRONGTYPE");
  }

  @Test
  void persist_takesTimesAway() {
    run("HSET", "h", "a", "1", "b", "2");
    check("listpack", "OBJECT", "ENCODING", "h");
    run("HEXPIRE", "h", "10", "FIELDS", "1", "a");
    check("listpackex", "OBJECT", "ENCODING", "h");
    check(list(1L, -1L, -2L), "HPERSIST", "h", "FIELDS", "3", "a", "b", "c");
    check(list(-1L), "HPERSIST", "h", "FIELDS", "1", "a");
    check(list(-2L), "HPERSIST", "missing", "FIELDS", "1", "a");
    clock.advanceMillis(20_000);
    check("1", "HGET", "h", "a");
    assertThat((String) run("INFO", "keyspace")).doesNotContain("subexpiry");
  }

  @Test
  void fields_thatHaveExpired_areNotThere() {
    stopSweeping();
    for (String entries : List.of("512", "0")) {
      run("FLUSHALL");
      run("CONFIG", "SET", "hash-max-listpack-entries", entries);
      run("HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7");
      run("HPEXPIRE", "h", "100", "FIELDS", "6", "a", "b", "c", "d", "e", "f");
      clock.advanceMillis(99);
      check("1", "HGET", "h", "a");
      check(7L, "HLEN", "h");
      clock.advanceMillis(1);
      check(list("g", "7"), "HGETALL", "h");
      check(list("g"), "HKEYS", "h");
      check(list("7"), "HVALS", "h");
      check(list("0", list("g", "7")), "HSCAN", "h", "0", "COUNT", "100");
      check(list("0", list("g")), "HSCAN", "h", "0", "COUNT", "100", "NOVALUES");
      check(list(-2L, -1L), "HTTL", "h", "FIELDS", "2", "a", "g");
      check(list(-2L), "HPERSIST", "h", "FIELDS", "1", "a");
      check(7L, "HLEN", "h");
      check(null, "HGET", "h", "a");
      check(6L, "HLEN", "h");
      check(0L, "HEXISTS", "h", "b");
      check(0L, "HSTRLEN", "h", "c");
      check(1L, "HSETNX", "h", "d", "new");
      check(5L, "HINCRBY", "h", "e", "5");
      check(1L, "HSET", "h", "f", "new");
      check(list("new", "5", "new"), "HMGET", "h", "d", "e", "f");
      check(4L, "HLEN", "h");
      check(list(-1L, -1L, -1L), "HTTL", "h", "FIELDS", "3", "d", "e", "f");
      assertThat((String) run("INFO", "keyspace")).doesNotContain("subexpiry");
    }
    run("CONFIG", "SET", "hash-max-listpack-entries", "512");
  }

  @Test
  void hash_whoseFieldsHaveAllExpired_goesWithTheLastOne() {
    stopSweeping();
    run("HSET", "h", "a", "1", "b", "2");
    run("HPEXPIRE", "h", "100", "FIELDS", "2", "a", "b");
    clock.advanceMillis(100);
    check(1L, "EXISTS", "h");
    check(list(), "HGETALL", "h");
    check(list(null, null), "HMGET", "h", "a", "b");
    check(0L, "EXISTS", "h");
    assertThat(info("expired_subkeys")).isEqualTo("2");
    run("HSET", "h", "a", "1", "b", "2");
    run("HPEXPIRE", "h", "100", "FIELDS", "2", "a", "b");
    clock.advanceMillis(100);
    check(null, "HRANDFIELD", "h");
    check(0L, "EXISTS", "h");
    run("HSET", "h", "a", "1");
    run("HPEXPIRE", "h", "100", "FIELDS", "1", "a");
    clock.advanceMillis(100);
    check(list(), "HRANDFIELD", "h", "-5");
    check(0L, "EXISTS", "h");
  }

  @Test
  void writers_keepOrDropTheTime() {
    run("HSET", "h", "a", "1", "b", "2", "c", "3");
    run("HEXPIRE", "h", "10", "FIELDS", "3", "a", "b", "c");
    run("HINCRBY", "h", "a", "5");
    run("HINCRBYFLOAT", "h", "b", "0.5");
    run("HSET", "h", "c", "5");
    check(list(10L, 10L, -1L), "HTTL", "h", "FIELDS", "3", "a", "b", "c");
    run("COPY", "h", "copy");
    run("RENAME", "h", "renamed");
    check(list(10L, 10L, -1L), "HTTL", "copy", "FIELDS", "3", "a", "b", "c");
    check(list(10L, 10L, -1L), "HTTL", "renamed", "FIELDS", "3", "a", "b", "c");
    assertThat((String) run("INFO", "keyspace")).contains("keys=2,expires=0,avg_ttl=0,subexpiry=2");
    run("SET", "copy", "x");
    run("EXPIRE", "renamed", "100");
    check(list(10L), "HTTL", "renamed", "FIELDS", "1", "a");
    run("HDEL", "renamed", "a", "b");
    assertThat((String) run("INFO", "keyspace")).doesNotContain("subexpiry");
    check(100L, "TTL", "renamed");
  }

  @Test
  void getDel_readsAndRemoves() {
    check(list((Object) null), "HGETDEL", "h", "FIELDS", "1", "a");
    run("HSET", "h", "a", "1", "b", "2", "c", "3");
    check(list("1", null, null), "HGETDEL", "h", "FIELDS", "3", "a", "x", "a");
    check(list("b", "2", "c", "3"), "HGETALL", "h");
    check(list("2", "3"), "HGETDEL", "h", "FIELDS", "2", "b", "c");
    check(0L, "EXISTS", "h");
  }

  @Test
  void getEx_readsAndSetsTimes() {
    check(list((Object) null), "HGETEX", "h", "EX", "10", "FIELDS", "1", "a");
    run("HSET", "h", "a", "1", "b", "2", "c", "3");
    check(list("1"), "HGETEX", "h", "FIELDS", "1", "a");
    check(list("1", null), "HGETEX", "h", "EX", "10", "FIELDS", "2", "a", "x");
    check(list("2"), "HGETEX", "h", "px", "1500", "FIELDS", "1", "b");
    check(list(10_000L, 1_500L, -1L), "HPTTL", "h", "FIELDS", "3", "a", "b", "c");
    long now = clock.millis();
    check(list("1"), "HGETEX", "h", "EXAT", "" + (now / 1000 + 7), "FIELDS", "1", "a");
    check(list("2"), "HGETEX", "h", "PXAT", "" + (now + 7), "FIELDS", "1", "b");
    check(list(now / 1000 + 7), "HEXPIRETIME", "h", "FIELDS", "1", "a");
    check(list(now + 7), "HPEXPIRETIME", "h", "FIELDS", "1", "b");
    check(list("1", "3"), "HGETEX", "h", "PERSIST", "FIELDS", "2", "a", "c");
    check(list(-1L), "HTTL", "h", "FIELDS", "1", "a");
    check(list("1"), "HGETEX", "h", "PXAT", "" + now, "FIELDS", "1", "a");
    check(list("2", "3"), "HGETEX", "h", "EX", "0", "FIELDS", "2", "b", "c");
    check(0L, "EXISTS", "h");
    check(NO_FIELDS, "HGETEX", "h", "KEEPTTL", "FIELDS", "1", "a");
    check("-ERR invalid expire time, must be >= 0", "HGETEX", "h", "EX", "-1", "FIELDS", "1", "a");
    check(
        "-ERR wrong number of arguments for 'hgetex' command", "HGETEX", "h", "EX", "1", "FIELDS");
    check(MISMATCH, "HGETEX", "h", "EX", "1", "FIELDS", "2", "a");
  }

  @Test
  void setEx_writesUnderConditionsWithTimes() {
    check(0L, "HSETEX", "h", "FXX", "FIELDS", "1", "a", "1");
    check(1L, "HSETEX", "h", "FNX", "EX", "10", "FIELDS", "2", "a", "1", "b", "2");
    check(0L, "HSETEX", "h", "FNX", "FIELDS", "2", "c", "1", "b", "2");
    check(0L, "HSETEX", "h", "FXX", "FIELDS", "2", "c", "1", "b", "2");
    check(1L, "HSETEX", "h", "FXX", "KEEPTTL", "FIELDS", "1", "a", "3");
    check(list(10L, 10L), "HTTL", "h", "FIELDS", "2", "a", "b");
    check(1L, "HSETEX", "h", "FIELDS", "1", "b", "4");
    check(list(10L, -1L), "HTTL", "h", "FIELDS", "2", "a", "b");
    check(1L, "HSETEX", "h", "PX", "70", "FIELDS", "1", "b", "5");
    check(list(70L), "HPTTL", "h", "FIELDS", "1", "b");
    check(list("a", "3", "b", "5"), "HGETALL", "h");
    check(1L, "HSETEX", "h", "KEEPTTL", "FIELDS", "1", "c", "6");
    check(list(-1L), "HTTL", "h", "FIELDS", "1", "c");
    check(1L, "HSETEX", "h", "EX", "0", "FIELDS", "3", "a", "x", "b", "x", "c", "x");
    check(0L, "EXISTS", "h");
    check(1L, "HSETEX", "h", "PXAT", "1", "FIELDS", "1", "a", "x");
    check(0L, "EXISTS", "h");
    String arity = "-ERR wrong number of arguments for 'hsetex' command";
    check(arity, "HSETEX", "h", "FIELDS", "2", "a", "1");
    check(arity, "HSETEX", "h", "FIELDS", "1", "a", "1", "b");
    check(arity, "HSETEX", "h", "EX", "1", "FIELDS", "1", "a");
    check("-ERR unknown argument: NX", "HSETEX", "h", "NX", "FIELDS", "1", "a", "1");
    check("-ERR invalid number of fields", "HSETEX", "h", "FIELDS", "x", "a", "1");
    check("-ERR invalid number of fields", "HSETEX", "h", "FIELDS", "0", "a", "1");
    check(
        "-ERR Only one of FXX or FNX arguments can be specified",
        "HSETEX",
        "h",
        "FNX",
        "FXX",
        "FIELDS",
        "1",
        "a",
        "1");
    check(
        "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
        "HSETEX",
        "h",
        "KEEPTTL",
        "EX",
        "1",
        "FIELDS",
        "1",
        "a",
        "1");
    run("SET", "s", "x");
    assertThat((String) run("HSETEX", "s", "FIELDS", "1", "a", "1")).startsWith("-WRONGTYPE");
    check(arity, "HSETEX", "s", "FIELDS", "2", "a", "1");
  }

  @Test
  void cron_removesFieldsThatHaveExpired_fewAndMany() {
    int many = 100_000;
    for (int i = 0; i < many; i += 1000) {
      List<String> command = new ArrayList<>(List.of("HSETEX", "large", "PX", "500"));
      command.addAll(List.of("FIELDS", "1000"));
      for (int f = i; f < i + 1000; f++) {
        command.addAll(List.of("field:" + f, "value"));
      }
      check(1L, command.toArray(new String[0]));
    }
    run("HSET", "large", "stays", "1");
    run("HSET", "small", "stays", "1", "goes", "2");
    run("HPEXPIRE", "small", "500", "FIELDS", "1", "goes");
    run("HSETEX", "all", "PX", "500", "FIELDS", "2", "a", "1", "b", "2");
    check(3L, "DBSIZE");
    assertThat((String) run("INFO", "keyspace")).contains("subexpiry=3");
    clock.advanceMillis(500);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ((String) run("INFO", "keyspace")).contains("keys=2,expires=0,avg_ttl=0\r\n"));
    check(list("stays", "1"), "HGETALL", "large");
    check(1L, "HLEN", "large");
    check(1L, "HLEN", "small");
    check(0L, "EXISTS", "all");
    assertThat(info("expired_subkeys")).isEqualTo(many + 3 + "");
    assertThat(info("expired_keys")).isEqualTo("0");
  }

  private static void expect(RawSocket listener, String... events) throws IOException {
    for (String event : events) {
      assertThat(listener.reply(10_000)).as(event).contains("\r\n" + event + "\r\n");
    }
  }

  @Test
  void events_tellWhatBecomesOfFields() throws IOException {
    run("CONFIG", "SET", "notify-keyspace-events", "Kgh");
    stopSweeping();
    try (RawSocket listener = new RawSocket(server.port())) {
      listener.call("PSUBSCRIBE", "*");
      run("HSETEX", "h", "PX", "100", "FIELDS", "3", "a", "1", "b", "2", "c", "3");
      expect(listener, "hset", "hexpire");
      run("HPERSIST", "h", "FIELDS", "2", "a", "x");
      run("HPERSIST", "h", "FIELDS", "2", "a", "x");
      expect(listener, "hpersist");
      run("HEXPIRE", "h", "10", "FIELDS", "2", "a", "x");
      run("HEXPIRE", "h", "10", "FIELDS", "1", "x");
      expect(listener, "hexpire");
      run("HGETEX", "h", "PERSIST", "FIELDS", "1", "a");
      run("HGETEX", "h", "FIELDS", "1", "a");
      run("HGETEX", "h", "EX", "100", "FIELDS", "1", "a");
      expect(listener, "hpersist", "hexpire");
      clock.advanceMillis(100);
      run("HMGET", "h", "b", "c");
      expect(listener, "hexpired");
      run("HGETDEL", "h", "FIELDS", "1", "a");
      expect(listener, "hdel", "del");
      run("HSET", "h", "a", "1");
      run("HEXPIRE", "h", "0", "FIELDS", "1", "a");
      expect(listener, "hset", "hdel", "del");
      run("HSETEX", "h", "EX", "0", "FIELDS", "1", "a", "1");
      expect(listener, "hset", "hdel", "del");
      run("HSETEX", "h", "EX", "1", "FIELDS", "1", "a", "1");
      expect(listener, "hset", "hexpire");
      clock.advanceMillis(1_000);
      check("OK", "DEBUG", "SET-ACTIVE-EXPIRE", "1");
      expect(listener, "hexpired", "del");
    }
  }

  @Test
  void watch_seesThatAFieldHasExpired() {
    stopSweeping();
    run("HSETEX", "h", "PX", "100", "FIELDS", "2", "a", "1", "b", "2");
    run("WATCH", "h");
    clock.advanceMillis(100);
    check(null, "HGET", "h", "b");
    check("OK", "MULTI");
    check("QUEUED", "GET", "x");
    check(null, "EXEC");
  }
}
