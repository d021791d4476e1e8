package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tree of ids beside a plain one of Java, at random. */
class IdTreeTest {
  private record Id(long ms, long seq) {}

  private static final Comparator<Id> UNSIGNED =
      (a, b) -> StreamBlocks.compare(a.ms, a.seq, b.ms, b.seq);

  private final Keyspace keyspace = new Keyspace(1, 2, 42);
  private final Shard shard = keyspace.shard(0);
  private final TreeMap<Id, Integer> model = new TreeMap<>(UNSIGNED);
  private Random random = new Random();
  private IdTree tree;
  private Parts parts;

  @BeforeEach
  void start() {
    long seed = System.nanoTime();
    System.out.println("IdTreeTest seed " + seed);
    random = new Random(seed);
    shard.lock();
    Partition partition = shard.partitionForWrite(0);
    parts = new Parts(partition, new Entry());
    parts.build(partition, partition.arena(), 64);
    tree = new IdTree(parts, 12).at(0, 16);
  }

  @AfterEach
  void stop() {
    shard.unlock();
  }

  private Id id(int kind, int range) {
    int n = random.nextInt(range);
    return switch (kind) {
      case 0 -> new Id(n, 0);
      case 1 -> new Id(n % 3 - 1, random.nextInt(5) == 0 ? -n : n);
      case 2 -> new Id(Long.MIN_VALUE + n, random.nextInt(2));
      default -> model.isEmpty() || random.nextInt(20) == 0 ? new Id(n, n) : behindLast();
    };
  }

  private Id behindLast() {
    Id last = model.lastKey();
    return new Id(last.ms + random.nextInt(2), last.seq + 1);
  }

  @Test
  void tree_isLikeOneOfJava() {
    for (int round = 0; round < 40; round++) {
      int kind = random.nextInt(4);
      int range = 1 << random.nextInt(18);
      for (int phase = 0; phase < 5; phase++) {
        int removals = random.nextInt(101);
        boolean fromFront = random.nextBoolean();
        for (int i = random.nextInt(20_000); i > 0; i--) {
          if (random.nextInt(100) < removals) {
            remove(fromFront && !model.isEmpty() ? model.firstKey() : id(kind, range));
          } else {
            put(id(kind, range), random.nextInt());
          }
          if (random.nextInt(50) == 0) {
            lookAround(id(kind, range));
          }
        }
        check();
      }
      if (random.nextBoolean()) {
        tree.clear();
        model.clear();
      } else {
        while (!model.isEmpty()) {
          remove(random.nextBoolean() ? model.firstKey() : model.lastKey());
        }
      }
      check();
      assertThat(parts.bytes()).isZero();
    }
  }

  private void put(Id id, int value) {
    boolean isNew = tree.insert(id.ms, id.seq);
    assertThat(isNew).isEqualTo(model.put(id, value) == null);
    assertThat(at()).isEqualTo(id);
    Bytes.putInt(tree.bytes(), tree.value() + 8, value);
  }

  private Id at() {
    return new Id(tree.ms(), tree.seq());
  }

  private void remove(Id id) {
    boolean found = tree.find(id.ms, id.seq);
    assertThat(found).isEqualTo(model.remove(id) != null);
    if (found) {
      tree.remove();
    }
  }

  private void lookAround(Id id) {
    Id ceiling = model.ceilingKey(id);
    assertThat(tree.ceiling(id.ms, id.seq)).isEqualTo(ceiling != null);
    if (ceiling != null) {
      assertThat(at()).isEqualTo(ceiling);
    }
    Id floor = model.floorKey(id);
    assertThat(tree.floor(id.ms, id.seq)).isEqualTo(floor != null);
    if (floor != null) {
      assertThat(at()).isEqualTo(floor);
      boolean more = tree.next();
      assertThat(more).isEqualTo(model.higherKey(floor) != null);
      assertThat(at()).isEqualTo(more ? model.higherKey(floor) : floor);
    }
  }

  private void check() {
    assertThat(tree.isSound()).isTrue();
    assertThat(tree.size()).isEqualTo(model.size());
    boolean more = tree.first();
    for (Map.Entry<Id, Integer> e : model.entrySet()) {
      assertThat(more).isTrue();
      assertThat(at()).isEqualTo(e.getKey());
      assertThat(Bytes.getInt(tree.bytes(), tree.value() + 8)).isEqualTo(e.getValue());
      more = tree.next();
    }
    assertThat(more).isFalse();
    more = tree.last();
    for (Id id : model.descendingKeySet()) {
      assertThat(more).isTrue();
      assertThat(at()).isEqualTo(id);
      more = tree.previous();
    }
    assertThat(more).isFalse();
  }
}
