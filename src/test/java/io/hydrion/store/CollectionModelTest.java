package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sets and hashes beside plain ones of Java, at random. */
class CollectionModelTest extends ModelTest {

  private SetValue set() {
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    SetValue set = new SetValue(this, partition, entry);
    set.open(partition, entry);
    return set;
  }

  private HashValue hash() {
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    HashValue hash = new HashValue(this, partition, entry);
    hash.open(partition, entry);
    return hash;
  }

  private void delete() {
    if (partition.find(entry.key(key, 0, key.length, keyspace.seed()))) {
      partition.delete(entry);
    }
    assertThat(partition.memory()).isZero();
    assertThat(shard.memory()).isZero();
  }

  /** Phases of growing and shrinking, through all encodings. */
  @Test
  void set_isLikeOneOfJava() {
    for (int round = 0; round < 30; round++) {
      int range = 1 << random.nextInt(17);
      int kind = random.nextInt(4);
      Set<String> model = new HashSet<>();
      for (int phase = 0; phase < 4; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(20_000); i > 0; i--) {
          String member = member(range, kind);
          byte[] bytes = Bytes.of(member);
          SetValue set = set();
          if (random.nextInt(100) < removals) {
            assertThat(set.remove(bytes, 0, bytes.length)).isEqualTo(model.remove(member));
            if (set.isEmpty() && entry.exists()) {
              partition.delete(entry);
            }
          } else {
            assertThat(set.add(bytes, 0, bytes.length)).isEqualTo(model.add(member));
          }
        }
        check(model);
      }
      delete();
    }
  }

  private String member(int range, int kind) {
    int n = random.nextInt(range);
    return switch (kind) {
      case 0 -> Integer.toString(n - range / 2);
      case 1 -> "member:" + n;
      case 2 -> n % 50 == 0 ? "x" + "y".repeat(n % 5000) + n : Long.toString((long) n << n % 45);
      default -> "m".repeat(n % 200) + n;
    };
  }

  private void check(Set<String> model) {
    SetValue set = set();
    assertThat(set.size()).isEqualTo(model.size());
    Set<String> all = new HashSet<>();
    set.forEach((a, at, n) -> assertThat(all.add(Bytes.string(a, at, n))).isTrue());
    assertThat(all).isEqualTo(model);
    Set<String> scanned = new HashSet<>();
    long cursor = 0;
    do {
      cursor =
          set.scan(
              cursor, 10, (a, at, n) -> assertThat(scanned.add(Bytes.string(a, at, n))).isTrue());
    } while (cursor != 0);
    assertThat(scanned).isEqualTo(model);
    for (int i = 0; i < 50 && !model.isEmpty(); i++) {
      set.random(random);
      byte[] bytes = set.bytes();
      assertThat(model).contains(Bytes.string(bytes, set.offset(), set.length()));
    }
  }

  @Test
  void scan_showsWhatStays() {
    for (int round = 0; round < 10; round++) {
      Set<String> stay = new HashSet<>();
      for (int i = 0; i < 3000; i++) {
        stay.add("stay:" + random.nextInt(1 << 20));
      }
      stay.forEach(m -> set().add(Bytes.of(m), 0, m.length()));
      boolean grows = random.nextBoolean();
      List<String> others = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        others.add("other:" + i);
        if (!grows) {
          set().add(Bytes.of("other:" + i), 0, others.getLast().length());
        }
      }
      Set<String> seen = new HashSet<>();
      long cursor = 0;
      int next = 0;
      do {
        cursor = set().scan(cursor, 5, (a, at, n) -> seen.add(Bytes.string(a, at, n)));
        for (int i = 0; i < 40 && next < others.size(); i++, next++) {
          byte[] other = Bytes.of(others.get(next));
          if (grows) {
            set().add(other, 0, other.length);
          } else {
            set().remove(other, 0, other.length);
          }
        }
      } while (cursor != 0);
      assertThat(seen).containsAll(stay);
      delete();
    }
  }

  @Test
  void random_isUniform() {
    for (int size : new int[] {3, 100, 1000, 5000}) {
      Map<String, Integer> drawn = new HashMap<>();
      for (int i = 0; i < size; i++) {
        set().add(Bytes.of("m" + i), 0, ("m" + i).length());
      }
      int each = 200;
      for (int i = 0; i < size * each; i++) {
        SetValue set = set();
        set.random(random);
        byte[] bytes = set.bytes();
        drawn.merge(Bytes.string(bytes, set.offset(), set.length()), 1, Integer::sum);
      }
      double chi = 0;
      for (int i = 0; i < size; i++) {
        double d = drawn.getOrDefault("m" + i, 0) - each;
        chi += d * d / each;
      }
      // Chi-squared has mean n and variance 2 n: six deviations are never reached by chance.
      assertThat(chi).isLessThan(size + 6 * Math.sqrt(2.0 * size) + 20);
      delete();
    }
  }

  @Test
  void hash_isLikeOneOfJava() {
    for (int round = 0; round < 30; round++) {
      int range = 1 << random.nextInt(15);
      Map<String, String> model = new HashMap<>();
      for (int phase = 0; phase < 4; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(20_000); i > 0; i--) {
          String field = member(range, 1 + random.nextInt(3));
          byte[] bytes = Bytes.of(field);
          HashValue hash = hash();
          if (random.nextInt(100) < removals) {
            assertThat(hash.remove(bytes, 0, bytes.length)).isEqualTo(model.remove(field) != null);
            if (hash.isEmpty() && entry.exists()) {
              partition.delete(entry);
            }
          } else {
            String text =
                "v".repeat(random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(60));
            byte[] value = Bytes.of(text);
            long at = random.nextInt(5) == 0 ? random.nextInt() : Partition.NEVER;
            boolean isNew = hash.put(bytes, 0, bytes.length, value, 0, value.length, at);
            assertThat(isNew).isEqualTo(model.put(field, text + "@" + at) == null);
          }
        }
        Map<String, String> all = new HashMap<>();
        HashValue hash = hash();
        assertThat(hash.size()).isEqualTo(model.size());
        hash.forEach(
            (a, f, fl, v, vl, at) ->
                assertThat(all.put(Bytes.string(a, f, fl), Bytes.string(a, v, vl) + "@" + at))
                    .isNull());
        assertThat(all).isEqualTo(model);
      }
      delete();
    }
  }
}
