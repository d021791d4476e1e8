package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SetsTest extends CommandTest {
  private static final int LARGE = 100_000;
  private static final int COUNT_MAX = 10_000;
  private static final Pattern IN_USE = Pattern.compile("arenas: in use (\\d+), tables (\\d+)");

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static String[] command(String name, String key, Collection<String> rest) {
    List<String> words = new ArrayList<>(List.of(name, key));
    words.addAll(rest);
    return words.toArray(String[]::new);
  }

  private void fill(String key, Collection<String> members) {
    List<String> all = new ArrayList<>(members);
    for (int i = 0; i < all.size(); i += 5_000) {
      List<String> some = all.subList(i, Math.min(all.size(), i + 5_000));
      check((long) some.size(), command("SADD", key, some));
    }
  }

  private static List<String> numbered(String prefix, int count) {
    List<String> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(prefix + i);
    }
    return members;
  }

  private List<String> members(String... command) {
    List<String> members = new ArrayList<>();
    Object reply = run(command);
    assertThat(reply).as(command[0]).isInstanceOf(List.class);
    ((List<?>) reply).forEach(member -> members.add((String) member));
    return members;
  }

  private long bytesInUse() {
    Matcher figures = IN_USE.matcher((String) run("MEMORY", "MALLOC-STATS"));
    assertThat(figures.find()).isTrue();
    return Long.parseLong(figures.group(1)) + Long.parseLong(figures.group(2));
  }

  /** Sets of all encodings and sizes, some alike, joined in every way. */
  @Test
  void algebra_agreesWithJava() {
    System.out.println("SetsTest seed " + seed);
    for (int round = 0; round < 60; round++) {
      List<Set<String>> models = new ArrayList<>();
      List<String> keys = new ArrayList<>();
      int range = 1 << 3 + random.nextInt(11);
      for (int i = random.nextInt(12); i >= 0; i--) {
        String key = random.nextBoolean() ? "k" + i : "{a}" + i;
        if (random.nextInt(6) == 0 && !keys.isEmpty()) {
          int same = random.nextInt(keys.size());
          keys.add(keys.get(same));
          models.add(models.get(same));
          continue;
        }
        Set<String> model = new HashSet<>();
        String prefix = random.nextInt(3) == 0 ? "" : "m";
        int size = random.nextInt(8) == 0 ? 0 : random.nextInt(2 * range);
        for (int n = size; n > 0; n--) {
          model.add(prefix + random.nextInt(range));
        }
        run("DEL", key);
        if (!model.isEmpty()) {
          fill(key, model);
        }
        keys.add(key);
        models.add(model);
      }
      checkAlgebra(keys, models);
    }
  }

  private void checkAlgebra(List<String> keys, List<Set<String>> models) {
    Set<String> shared = new HashSet<>(models.getFirst());
    Set<String> all = new HashSet<>();
    Set<String> left = new HashSet<>(models.getFirst());
    for (int i = 0; i < models.size(); i++) {
      shared.retainAll(models.get(i));
      all.addAll(models.get(i));
      if (i > 0) {
        left.removeAll(models.get(i));
      }
    }
    checkOne("SINTER", keys, shared);
    checkOne("SUNION", keys, all);
    checkOne("SDIFF", keys, left);
    List<String> counted = new ArrayList<>(keys);
    check((long) shared.size(), command("SINTERCARD", "" + keys.size(), keys));
    counted.addAll(List.of("LIMIT", "7"));
    check((long) Math.min(7, shared.size()), command("SINTERCARD", "" + keys.size(), counted));
    String destination = random.nextInt(3) == 0 ? keys.getFirst() : "result";
    switch (random.nextInt(3)) {
      case 0 -> checkStored("SINTERSTORE", destination, keys, shared);
      case 1 -> checkStored("SUNIONSTORE", destination, keys, all);
      default -> checkStored("SDIFFSTORE", destination, keys, left);
    }
  }

  private void checkOne(String name, List<String> keys, Set<String> expected) {
    List<String> found = members(command(name, keys.getFirst(), keys.subList(1, keys.size())));
    assertThat(found).doesNotHaveDuplicates().hasSize(expected.size());
    assertThat(new HashSet<>(found)).as(name + " " + keys).isEqualTo(expected);
  }

  private void checkStored(
      String name, String destination, List<String> keys, Set<String> expected) {
    check((long) expected.size(), command(name, destination, keys));
    check((long) expected.size(), "SCARD", destination);
    assertThat(new HashSet<>(members("SMEMBERS", destination))).isEqualTo(expected);
  }

  @Test
  void largeSets_goThroughAllCommands_andAllMemoryComesBack() {
    long before = bytesInUse();
    List<String> members = numbered("member:", LARGE);
    for (boolean linked : new boolean[] {true, false}) {
      List<String> some = linked ? members : members.subList(0, 5);
      Object digest = null;
      for (String key : List.of("a", "b", "{a}c")) {
        fill("s", some);
        long bytes = (long) run("MEMORY", "USAGE", "s", "SAMPLES", "0");
        assertThat(bytes).isLessThanOrEqualTo(bytesInUse() - before);
        check("OK", "RENAME", "s", key);
        check(1L, "COPY", key, "copy");
        check(1L, "COPY", "copy", "copy", "DB", "1");
        check(1L, "MOVE", key, "2");
        check("OK", "SWAPDB", "0", "2");
        Object now = run("DEBUG", "DIGEST-VALUE", key);
        assertThat(digest == null || digest.equals(now)).isTrue();
        digest = now;
        check((long) some.size(), "SUNIONSTORE", "other", key, "none");
        assertThat(run("DEBUG", "DIGEST-VALUE", "other")).isEqualTo(now);
        check("OK", "RENAME", "other", key);
        check(1L, "EXPIRE", key, "100");
        check("OK", "SWAPDB", "0", "2");
        assertThat(run("DEBUG", "DIGEST-VALUE", "copy")).isEqualTo(now);
        check(1L, "UNLINK", "copy");
        check("OK", "SWAPDB", "0", "1");
        check(1L, "DEL", "copy");
        check("OK", "SWAPDB", "0", "2");
        clock.advanceMillis(100_000);
        check(0L, "EXISTS", key);
        check(0L, "DBSIZE");
        assertThat(bytesInUse()).isEqualTo(before);
      }
      fill("x", some);
      check("OK", "SET", "x", "v");
      fill("y", some);
      check("OK", "FLUSHALL");
      fill("y", some);
      check("OK", "FLUSHDB");
      assertThat(bytesInUse()).isEqualTo(before);
    }
  }

  @Test
  void eviction_takesLargeSets() {
    fill("old", numbered("member:", LARGE));
    fill("older", numbered("member:", LARGE));
    check("OK", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    check("OK", "CONFIG", "SET", "maxmemory", "1mb");
    check("OK", "SET", "k", "v");
    check(0L, "EXISTS", "old", "older");
    check("v", "GET", "k");
  }

  @Test
  void pop_ofManyMembers_takesEachAtMostOnce() {
    for (int size : new int[] {10, 500, 5_000}) {
      for (int count : new int[] {1, size / 3, size / 2, size * 9 / 10, size - 1, size, size + 1}) {
        List<String> all = numbered(size == 500 ? "" : "m", size);
        fill("k", all);
        run("EXPIRE", "k", "1000");
        Set<String> popped = new HashSet<>(members("SPOP", "k", "" + count));
        assertThat(popped).hasSize(Math.min(count, size));
        check((long) Math.max(0, size - count), "SCARD", "k");
        check(count < size ? 1000L : -2L, "TTL", "k");
        popped.addAll(members("SMEMBERS", "k"));
        assertThat(popped).isEqualTo(new HashSet<>(all));
        run("DEL", "k");
      }
    }
  }

  @Test
  void random_ofAnyCount_isUniformAndWithoutRepetition() {
    System.out.println("SetsTest seed " + seed);
    for (int size : new int[] {10, 100, 1_000}) {
      fill("k", numbered("m", size));
      for (int count : new int[] {1, size / 10, size / 2, size - 1}) {
        Map<String, Integer> drawn = new HashMap<>();
        int rounds = 60 * size / count;
        for (int i = 0; i < rounds; i++) {
          List<String> some = members("SRANDMEMBER", "k", "" + count);
          assertThat(some).hasSize(count).doesNotHaveDuplicates();
          some.forEach(member -> drawn.merge(member, 1, Integer::sum));
        }
        checkUniform(drawn, size, (double) rounds * count / size);
      }
      Map<String, Integer> drawn = new HashMap<>();
      members("SRANDMEMBER", "k", "-" + size * 60)
          .forEach(member -> drawn.merge(member, 1, Integer::sum));
      checkUniform(drawn, size, 60);
      run("DEL", "k");
    }
  }

  private static void checkUniform(Map<String, Integer> drawn, int size, double each) {
    double chi = 0;
    for (int i = 0; i < size; i++) {
      double d = drawn.getOrDefault("m" + i, 0) - each;
      chi += d * d / each;
    }
    // Chi-squared has mean n and variance 2 n: six deviations are never reached by chance.
    assertThat(chi).isLessThan(size + 6 * Math.sqrt(2.0 * size) + 20);
  }

  @Test
  void random_ofMoreThanClientsMayHold_isRefused() {
    run("SADD", "k", "a");
    check("-" + BulkList.TOO_LARGE, "SRANDMEMBER", "k", "-9223372036854775807");
    check("-" + BulkList.TOO_LARGE, "SRANDMEMBER", "k", "-4611686018427387904");
  }

  @Test
  void scan_withAnyCount_looksAtNoMoreThanItsBound_andFindsAll() {
    List<String> all = numbered("m", 5 * COUNT_MAX);
    fill("k", all);
    Set<String> seen = new HashSet<>();
    String cursor = "0";
    do {
      List<?> reply = (List<?>) run("SSCAN", "k", cursor, "COUNT", "1000000000");
      cursor = (String) reply.get(0);
      List<?> some = (List<?>) reply.get(1);
      assertThat(some).hasSizeLessThan(COUNT_MAX + 100);
      some.forEach(member -> assertThat(seen.add((String) member)).isTrue());
    } while (!cursor.equals("0"));
    assertThat(seen).isEqualTo(new HashSet<>(all));
  }

  @Test
  void scan_ofLargeMembers_endsWithTheReply() {
    String[] members = new String[20];
    Arrays.setAll(members, i -> i + "x".repeat(1 << 20));
    for (String member : members) {
      run("SADD", "k", member);
    }
    fill("k", numbered("m", 2_000));
    List<?> reply = (List<?>) run("SSCAN", "k", "0", "COUNT", "10000");
    long bytes = ((List<?>) reply.get(1)).stream().mapToLong(m -> ((String) m).length()).sum();
    assertThat(bytes).isLessThan(10L << 20);
    assertThat(reply.get(0)).isNotEqualTo("0");
  }
}
