package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** COMMAND, CONFIG, INFO, LATENCY, MEMORY, SLOWLOG and DEBUG on one server. */
class ServerFamiliesTest extends CommandTest {
  private String info(String field, String... sections) {
    String[] command = new String[sections.length + 1];
    command[0] = "INFO";
    System.arraycopy(sections, 0, command, 1, sections.length);
    for (String line : String.valueOf(run(command)).split("\r\n")) {
      if (line.startsWith(field + ":")) {
        return line.substring(field.length() + 1);
      }
    }
    return "(none)";
  }

  @Test
  void command_getKeys_followsOptions() {
    check(List.of("k"), "COMMAND", "GETKEYS", "GET", "k");
    check(List.of("a", "b"), "COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2");
    check(List.of("k"), "COMMAND", "GETKEYS", "MEMORY", "USAGE", "k");
    check("-ERR Invalid command specified", "COMMAND", "GETKEYS", "NOSUCH", "k");
    check("-ERR The command has no key arguments", "COMMAND", "GETKEYS", "INFO", "x");
    check(
        List.of(List.of("k", List.of("OW", "update"))),
        "COMMAND",
        "GETKEYSANDFLAGS",
        "SET",
        "k",
        "v");
    check(
        List.of(List.of("k", List.of("RW", "access", "update"))),
        "COMMAND",
        "GETKEYSANDFLAGS",
        "SET",
        "k",
        "v",
        "GET");
  }

  @Test
  void unknownNames_areShownCut() {
    String cut = "x".repeat(128);
    check(
        "-ERR unknown subcommand '" + cut + "'. Try CONFIG HELP.", "CONFIG", "x".repeat(1000), "y");
    check(
        "-ERR unknown command '"
            + cut
            + "', with args beginning with: 'a' '"
            + "y".repeat(124)
            + "' ",
        "x".repeat(1000),
        "a",
        "y".repeat(1000));
    check("-ERR unknown subcommand 'x'. Try CONFIG HELP.", "CONFIG", "x\0y");
  }

  @Test
  void command_list_filters() {
    check(List.of("config|get"), "COMMAND", "LIST", "FILTERBY", "PATTERN", "config|g*");
    check(List.of(), "COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch");
    check(List.of(), "COMMAND", "LIST", "FILTERBY", "MODULE", "nosuch");
    check("-ERR syntax error", "COMMAND", "LIST", "FILTERBY", "PATTERN");
  }

  @Test
  void config_setOfSecret_isNotShown() {
    check("OK", "CONFIG", "SET", "slowlog-log-slower-than", "0");
    check("OK", "CONFIG", "SET", "hz", "20", "masterauth", "secret");
    assertThat(String.valueOf(run("SLOWLOG", "GET", "1")))
        .contains("masterauth, (redacted)")
        .doesNotContain("secret");
  }

  @Test
  void slowlog_maxLen_trimsAtOnce() {
    check("OK", "CONFIG", "SET", "slowlog-log-slower-than", "0");
    for (int i = 0; i < 5; i++) {
      run("GET", "k");
    }
    check("OK", "CONFIG", "SET", "slowlog-log-slower-than", "-1");
    check("OK", "CONFIG", "SET", "slowlog-max-len", "2");
    check(2L, "SLOWLOG", "LEN");
    check("OK", "SLOWLOG", "RESET");
    check(0L, "SLOWLOG", "LEN");
  }

  @Test
  void info_stats_startAfreshOnReset() {
    run("SET", "k", "v");
    run("GET", "k");
    run("GET", "nosuch");
    run("GET");
    assertThat(info("keyspace_hits", "stats")).isEqualTo("1");
    assertThat(info("keyspace_misses", "stats")).isEqualTo("1");
    assertThat(info("cmdstat_get", "commandstats"))
        .startsWith("calls=2,")
        .endsWith("rejected_calls=1,failed_calls=0");
    assertThat(info("errorstat_ERR", "errorstats")).isEqualTo("count=1");
    assertThat(info("db0", "keyspace")).isEqualTo("keys=1,expires=0,avg_ttl=0");
    String changes = info("rdb_changes_since_last_save", "persistence");
    check("OK", "CONFIG", "RESETSTAT");
    assertThat(info("keyspace_hits", "stats")).isEqualTo("0");
    assertThat(info("cmdstat_get", "commandstats")).isEqualTo("(none)");
    assertThat(info("cmdstat_config|resetstat", "commandstats")).startsWith("calls=1,");
    assertThat(info("errorstat_ERR", "errorstats")).isEqualTo("(none)");
    assertThat(info("total_error_replies", "stats")).isEqualTo("0");
    assertThat(info("rdb_changes_since_last_save", "persistence")).isEqualTo(changes);
  }

  @Test
  void info_sections_areThoseAskedFor() {
    String text = String.valueOf(run("INFO", "Server", "keyspace", "nosuch"));
    assertThat(text).startsWith("# Server\r\nredis_version:7.4.0\r\n");
    assertThat(text).contains("\r\n\r\n# Keyspace\r\n").doesNotContain("# Memory");
    check("", "INFO", "nosuch");
    assertThat(String.valueOf(run("INFO"))).doesNotContain("# Commandstats");
    assertThat(String.valueOf(run("INFO", "everything"))).contains("# Commandstats");
  }

  @Test
  void latencyTracking_off_countsNothing() {
    check("OK", "CONFIG", "SET", "latency-tracking", "no");
    check("OK", "CONFIG", "RESETSTAT");
    run("GET", "k");
    assertThat(info("latency_percentiles_usec_get", "latencystats")).isEqualTo("(none)");
    check("OK", "CONFIG", "SET", "latency-tracking", "yes");
    check("OK", "CONFIG", "SET", "latency-tracking-info-percentiles", "0.0 50.0 100.0");
    run("GET", "k");
    assertThat(info("latency_percentiles_usec_get", "latencystats"))
        .matches("p0=.*,p50=.*,p100=.*");
    Object histogram = run("LATENCY", "HISTOGRAM", "get");
    assertThat(String.valueOf(histogram)).contains("calls").contains("histogram_usec");
  }

  @Test
  void memoryUsage_countsRecordAndTable() {
    run("SET", "k", "v");
    long small = (Long) run("MEMORY", "USAGE", "k");
    run("SET", "k", "v".repeat(10_000));
    long big = (Long) run("MEMORY", "USAGE", "k");
    assertThat(big - small).isBetween(10_000L, 12_000L);
    check(null, "MEMORY", "USAGE", "nosuch");
    check("-ERR syntax error", "MEMORY", "USAGE", "k", "SAMPLES");
  }

  @Test
  void debugDigest_isRediss() {
    check("0".repeat(40), "DEBUG", "DIGEST");
    run("SET", "a", "1");
    check("943d800368fb9c0e951138f1bc0e313ac769d91f", "DEBUG", "DIGEST");
    check(
        List.of("b4fc66738120fba0b5aa500ab5c2bf89cea1c5da", "0".repeat(40)),
        "DEBUG",
        "DIGEST-VALUE",
        "a",
        "nosuch");
  }

  @Test
  void debugObject_placeStaysWhenWrittenInPlace() {
    run("SET", "n", "20001");
    String before = String.valueOf(run("DEBUG", "OBJECT", "n")).split(" ")[1];
    run("INCR", "n");
    assertThat(String.valueOf(run("DEBUG", "OBJECT", "n")).split(" ")[1]).isEqualTo(before);
    check("-ERR no such key", "DEBUG", "OBJECT", "nosuch");
    check(
        "-ERR DEBUG SEGFAULT is refused: this server does not crash on request",
        "DEBUG",
        "SEGFAULT");
  }

  @Test
  void maxmemory_lowered_evictsAtOnce() {
    check("OK", "DEBUG", "POPULATE", "1000", "key", "100");
    check("OK", "CONFIG", "SET", "maxmemory-policy", "allkeys-random");
    check("OK", "CONFIG", "SET", "maxmemory", "1");
    await() // another thread evicts
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(info("evicted_keys", "stats")).isEqualTo("1000"));
  }

  @Test
  void configPort_moves() {
    int old = server.port();
    assertThat(run("CONFIG", "SET", "bind", "999.999.999.999"))
        .isEqualTo(
            "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to"
                + " specified addresses.");
    assertThat(server.port()).isEqualTo(old);
    check("OK", "CONFIG", "SET", "port", "0");
    assertThat(server.port()).isZero();
    assertThat(run("CONFIG", "GET", "port")).isIn(List.of("port", "0"), Map.of("port", "0"));
  }
}
