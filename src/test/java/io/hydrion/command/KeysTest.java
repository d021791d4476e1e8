package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeysTest extends CommandTest {
  private static final int COUNT_MAX = 10_000;

  private void populate(int keys) {
    for (int i = 0; i < keys; i++) {
      run("SET", "key:" + i, "v");
    }
  }

  /** One call of SCAN: the next cursor, and the keys are added to {@code seen}. */
  private String scan(String cursor, List<String> seen, String... options) {
    List<String> command = new ArrayList<>(List.of("SCAN", cursor));
    command.addAll(List.of(options));
    List<?> reply = (List<?>) run(command.toArray(String[]::new));
    ((List<?>) reply.get(1)).forEach(key -> seen.add((String) key));
    return (String) reply.get(0);
  }

  private List<String> scanAll(String... options) {
    List<String> seen = new ArrayList<>();
    String cursor = "0";
    do {
      cursor = scan(cursor, seen, options);
    } while (!cursor.equals("0"));
    return seen;
  }

  @Test
  void scan_ofKeysThatStay_givesEachOnce() {
    populate(5_000);
    List<String> seen = scanAll();
    assertThat(seen).hasSize(5_000).doesNotHaveDuplicates();
  }

  @Test
  void scan_whileKeysComeAndGo_missesNothingThatStays() {
    long seed = System.nanoTime();
    System.out.println("KeysTest seed " + seed);
    Random random = new Random(seed);
    Set<String> staying = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      staying.add("{tag}" + i);
      staying.add("key:" + i);
    }
    staying.forEach(key -> run("SET", key, "v"));
    for (int round = 0; round < 5; round++) {
      List<String> seen = new ArrayList<>();
      String cursor = "0";
      int others = 0;
      do {
        cursor = scan(cursor, seen, "COUNT", "20");
        int wanted = random.nextInt(1 << random.nextInt(13));
        for (; others < wanted; others++) {
          run("SET", "{tag}other" + others, "v");
        }
        for (; others > wanted; others--) {
          run("DEL", "{tag}other" + (others - 1));
        }
      } while (!cursor.equals("0"));
      assertThat(seen).containsAll(staying);
    }
  }

  @Test
  void scan_withAnyCount_looksAtNoMoreThanItsBound() {
    populate(COUNT_MAX + 2_000);
    List<String> seen = new ArrayList<>();
    String cursor = scan("0", seen, "COUNT", "1000000000");
    assertThat(cursor).isNotEqualTo("0");
    assertThat(seen).hasSizeBetween(COUNT_MAX, COUNT_MAX + 100);
    cursor = scan(cursor, seen, "COUNT", "1000000000");
    assertThat(cursor).isEqualTo("0");
    assertThat(seen).hasSize(COUNT_MAX + 2_000).doesNotHaveDuplicates();
  }

  @Test
  void scan_matchingAHashTag_looksIntoOneSlotOnly() {
    populate(5_000);
    run("MSET", "{a}1", "v", "{a}2", "v", "{b}1", "v");
    List<String> seen = new ArrayList<>();
    assertThat(scan("0", seen, "MATCH", "{a}*")).isEqualTo("0");
    assertThat(seen).containsExactlyInAnyOrder("{a}1", "{a}2");
  }

  @Test
  void scan_removesKeysThatHaveExpired() {
    run("CONFIG", "SET", "notify-keyspace-events", "KEA");
    run("SET", "gone", "v", "PX", "10");
    run("SET", "stays", "v", "PX", "1000");
    clock.advanceMillis(20);
    assertThat(scanAll("MATCH", "no*")).isEmpty();
    assertThat(scanAll()).containsExactly("stays");
    check(1L, "DBSIZE");
  }

  @Test
  void keys_passesOverKeysThatHaveExpired() {
    run("SET", "gone", "v", "PX", "10");
    run("SET", "stays", "v");
    clock.advanceMillis(20);
    check(List.of("stays"), "KEYS", "*");
    check(List.of(), "KEYS", "gone");
  }

  @Test
  void randomKey_drawsAllKeysAboutEquallyOften() {
    populate(40);
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 8_000; i++) {
      counts.merge((String) run("RANDOMKEY"), 1, Integer::sum);
    }
    assertThat(counts).hasSize(40);
    assertThat(counts.values()).allMatch(n -> n > 60 && n < 500);
  }

  @Test
  void randomKey_amongManyThatHaveExpired_findsTheOneThatHasNot() {
    for (int i = 0; i < 2_000; i++) {
      run("SET", "key:" + i, "v", "PX", "10");
    }
    run("SET", "stays", "v");
    clock.advanceMillis(20);
    check("stays", "RANDOMKEY");
    run("DEL", "stays");
    check(null, "RANDOMKEY");
  }

  @Test
  void expire_countsFromNow() {
    run("SET", "k", "v");
    check(1L, "EXPIRE", "k", "10");
    check(10L, "TTL", "k");
    clock.advanceMillis(400);
    check(10L, "TTL", "k");
    clock.advanceMillis(200);
    check(9L, "TTL", "k");
    check(9_400L, "PTTL", "k");
    clock.advanceMillis(9_399);
    check(0L, "TTL", "k");
    check("v", "GET", "k");
    clock.advanceMillis(1);
    check(-2L, "TTL", "k");
    check(0L, "EXISTS", "k");
  }

  @Test
  void idleTime_isSetBackByWhatTouches() {
    run("SET", "k", "v");
    clock.advanceMillis(100_000);
    check(100L, "OBJECT", "IDLETIME", "k");
    run("TYPE", "k");
    run("EXISTS", "k");
    run("TTL", "k");
    check(100L, "OBJECT", "IDLETIME", "k");
    run("TOUCH", "k");
    check(0L, "OBJECT", "IDLETIME", "k");
  }

  @Test
  void frequency_goesAlongWithTheKey() {
    run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0");
    run("SET", "k", "v");
    for (int i = 0; i < 20; i++) {
      run("GET", "k");
    }
    long frequency = (Long) run("OBJECT", "FREQ", "k");
    assertThat(frequency).isGreaterThan(20);
    run("RENAME", "k", "l");
    run("MOVE", "l", "1");
    run("SELECT", "1");
    assertThat((Long) run("OBJECT", "FREQ", "l")).isGreaterThanOrEqualTo(frequency);
    run("COPY", "l", "m");
    check(5L, "OBJECT", "FREQ", "m");
  }

  @Test
  void flushAll_givesAllMemoryBack() {
    run("SET", "from", "x".repeat(300_000));
    run("RENAME", "from", "to");
    assertThat((String) run("GET", "to")).hasSize(300_000);
    run("COPY", "to", "copy", "DB", "3");
    assertThat(keyBytes()).isGreaterThan(600_000);
    check("OK", "FLUSHALL");
    assertThat(keyBytes()).isLessThan(100_000);
  }

  private long keyBytes() {
    for (String line : String.valueOf(run("INFO", "memory")).split("\r\n")) {
      if (line.startsWith("used_memory_dataset:")) {
        return Long.parseLong(line.substring(line.indexOf(':') + 1));
      }
    }
    throw new AssertionError("no used_memory_dataset");
  }
}
