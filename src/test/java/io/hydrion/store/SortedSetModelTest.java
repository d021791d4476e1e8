package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sorted sets beside maps of Java, at random. */
class SortedSetModelTest extends ModelTest {
  /** A packed set keeps no -0. */
  private record Item(String member, double score) {
    Item {
      score += 0.0;
    }
  }

  private static final Comparator<Item> ORDER =
      Comparator.<Item>comparingDouble(Item::score)
          .thenComparing(Item::member, (a, b) -> Arrays.compareUnsigned(Bytes.of(a), Bytes.of(b)));

  private final Map<String, Double> model = new HashMap<>();

  private SortedSetValue set() {
    return set(entry, key);
  }

  private SortedSetValue set(Entry e, byte[] ofKey) {
    partition.find(e.key(ofKey, 0, ofKey.length, keyspace.seed()));
    SortedSetValue set = new SortedSetValue(this, partition, e);
    set.open(partition, e);
    return set;
  }

  private double score(int kind) {
    int n = random.nextInt(1 << 1 + random.nextInt(20));
    return switch (kind) {
      case 0 -> 0;
      case 1 -> n;
      case 2 -> n / 8.0 * (random.nextBoolean() ? 1 : -1);
      default ->
          switch (random.nextInt(6)) {
            case 0 -> random.nextGaussian();
            case 1 -> Double.POSITIVE_INFINITY;
            case 2 -> Double.NEGATIVE_INFINITY;
            case 3 -> -0.0;
            case 4 -> random.nextLong() >> random.nextInt(64);
            default -> random.nextInt(3);
          };
    };
  }

  @Test
  void set_isLikeAMapOfJava() {
    for (int round = 0; round < 60; round++) {
      int range = 1 << random.nextInt(17);
      int kind = random.nextInt(4);
      int longest = random.nextInt(3) == 0 ? 3000 : 60;
      for (int phase = 0; phase < 4; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(random.nextBoolean() ? 300 : 15_000); i > 0; i--) {
          int n = random.nextInt(range);
          String member = "m" + (n % 50 == 0 ? "x".repeat(n % longest) : "") + n;
          byte[] bytes = Bytes.of(member);
          SortedSetValue set = set();
          if (random.nextInt(100) < removals) {
            assertThat(set.remove(bytes, 0, bytes.length)).isEqualTo(model.remove(member) != null);
            deleteIfEmpty(set);
          } else {
            double score = score(kind);
            assertThat(set.put(bytes, 0, bytes.length, score))
                .isEqualTo(model.put(member, score) == null);
            assertThat(set.score() + 0.0).isEqualTo(score + 0.0);
            assertThat(Bytes.string(set.bytes(), set.offset(), set.length())).isEqualTo(member);
          }
        }
        removeSomeRange();
        check();
      }
      copyAndMove();
      partition.delete(entry);
      model.clear();
      assertThat(partition.memory()).isZero();
      assertThat(shard.memory()).isZero();
    }
  }

  private void deleteIfEmpty(SortedSetValue set) {
    if (set.isEmpty() && entry.exists()) {
      partition.delete(entry);
    }
  }

  private void removeSomeRange() {
    if (model.isEmpty()) {
      return;
    }
    int from = random.nextInt(model.size());
    int count = random.nextInt(model.size() - from + 1) / 2;
    List<Item> items = sorted();
    SortedSetValue set = set();
    set.removeRange(from, count);
    deleteIfEmpty(set);
    items.subList(from, from + count).forEach(item -> model.remove(item.member));
  }

  private List<Item> sorted() {
    List<Item> items = new ArrayList<>();
    model.forEach((member, score) -> items.add(new Item(member, score)));
    items.sort(ORDER);
    return items;
  }

  private void copyAndMove() {
    byte[] other = Bytes.of("other");
    set().put(Bytes.of("one"), 0, 3, 1);
    model.put("one", 1.0);
    Entry to = new Entry();
    partition.find(to.key(other, 0, other.length, keyspace.seed()));
    partition.find(entry);
    partition.storeCopy(to, partition, entry, 0);
    check(set(to, other));
    partition.find(entry);
    partition.delete(entry);
    check(set(to, other));
    // And back, in order, at once.
    List<Item> items = sorted();
    int longest = items.stream().mapToInt(i -> i.member.length()).max().orElse(0);
    long bytes = items.stream().mapToLong(i -> i.member.length()).sum();
    set().build(items.size(), longest, bytes, new ListSource(items));
    check();
    partition.find(to);
    partition.delete(to);
    check();
    set();
  }

  private static final class ListSource implements ScoredSource {
    private final List<Item> items;
    private int at = -1;

    ListSource(List<Item> items) {
      this.items = items;
    }

    @Override
    public boolean next() {
      return ++at < items.size();
    }

    @Override
    public byte[] bytes() {
      return Bytes.of(items.get(at).member);
    }

    @Override
    public int offset() {
      return 0;
    }

    @Override
    public int length() {
      return items.get(at).member.length();
    }

    @Override
    public double score() {
      return items.get(at).score;
    }
  }

  private void check() {
    check(set());
  }

  private void check(SortedSetValue set) {
    List<Item> items = sorted();
    assertThat(set.size()).isEqualTo(items.size());
    List<Item> all = new ArrayList<>();
    set.forEach((a, at, n, score) -> all.add(new Item(Bytes.string(a, at, n), score)));
    assertThat(all).isEqualTo(items);
    Set<Item> scanned = new HashSet<>();
    long cursor = 0;
    do {
      cursor =
          set.scan(
              cursor,
              10,
              (a, at, n, score) ->
                  assertThat(scanned.add(new Item(Bytes.string(a, at, n), score))).isTrue());
    } while (cursor != 0);
    assertThat(scanned).isEqualTo(new HashSet<>(items));
    if (items.isEmpty()) {
      return;
    }
    set.seek(items.size() - 1);
    for (int i = items.size() - 1; i >= 0; i--) {
      assertThat(Bytes.string(set.bytes(), set.offset(), set.length()))
          .isEqualTo(items.get(i).member);
      assertThat(set.previous()).isEqualTo(i > 0);
    }
    for (int i = 0; i < 50; i++) {
      set.random(random);
      assertThat(model).containsKey(Bytes.string(set.bytes(), set.offset(), set.length()));
      int rank = random.nextInt(items.size());
      Item item = items.get(rank);
      byte[] member = Bytes.of(item.member);
      assertThat(set.find(member, 0, member.length)).isTrue();
      assertThat(set.score() + 0.0).isEqualTo(item.score);
      assertThat(set.rank()).isEqualTo(rank);
      set.seek(rank);
      assertThat(set.score() + 0.0).isEqualTo(item.score);
      double bound = item.score + random.nextInt(2);
      assertThat(set.countBelow(bound, false))
          .isEqualTo(items.stream().filter(x -> x.score < bound).count());
      assertThat(set.countBelow(bound, true))
          .isEqualTo(items.stream().filter(x -> x.score <= bound).count());
    }
  }

  /** Blocks that cannot be had, at any point of a change, leave the set as it was. */
  @Test
  void change_refusedChangesNothing() {
    boolean[] armed = {false};
    Arena arena =
        new Arena(
            bytes -> {
              if (bytes > 0 && armed[0] && random.nextInt(3) == 0) {
                throw new StoreFullException("test");
              }
            });
    Parts parts = new Parts(partition, entry);
    parts.build(partition, arena, LinkedMembers.ROOT_BYTES);
    LinkedMembers members = new LinkedMembers(parts, 42);
    int refused = 0;
    for (int i = 0; i < 200_000; i++) {
      String member = "m" + random.nextInt(6000);
      byte[] bytes = Bytes.of(member);
      double score = score(3);
      boolean found = members.find(bytes, 0, bytes.length);
      assertThat(found).isEqualTo(model.containsKey(member));
      armed[0] = true;
      try {
        if (random.nextInt(5) == 0) {
          if (found) {
            members.removeFound();
            model.remove(member);
          }
        } else {
          if (found) {
            members.change(bytes, 0, bytes.length, score);
          } else {
            members.insert(bytes, 0, bytes.length, score);
          }
          model.put(member, score);
        }
      } catch (StoreFullException full) {
        refused++;
      }
      armed[0] = false;
      if (i % 10_000 == 0) {
        List<Item> all = new ArrayList<>();
        for (ScoredSource source = members.source(); source.next(); ) {
          all.add(
              new Item(
                  Bytes.string(source.bytes(), source.offset(), source.length()), source.score()));
        }
        assertThat(all).isEqualTo(sorted());
        assertThat(members.size()).isEqualTo(all.size());
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }
}
