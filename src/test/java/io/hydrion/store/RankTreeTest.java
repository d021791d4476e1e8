package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tree beside a sorted list of Java, at random, and its nodes looked at one by one. */
class RankTreeTest {
  private record Item(String member, double score) {}

  private static final Comparator<Item> ORDER =
      Comparator.<Item>comparingDouble(i -> i.score + 0.0)
          .thenComparing(Item::member, (a, b) -> Arrays.compareUnsigned(Bytes.of(a), Bytes.of(b)));

  private final Keyspace keyspace = new Keyspace(1, 2, 42);
  private final Shard shard = keyspace.shard(0);
  private Parts parts = newParts();
  private RankTree tree = new RankTree(parts, Parts.ROOT);
  private final Map<Item, Integer> blocks = new HashMap<>();
  private TreeSet<Item> model = new TreeSet<>(ORDER);
  private Random random = new Random();

  private Parts newParts() {
    shard.lock();
    Partition partition = shard.partitionForWrite(0);
    Parts fresh = new Parts(partition, new Entry());
    fresh.build(partition, partition.newArena(), Parts.ROOT + RankTree.ROOT_BYTES);
    shard.unlock();
    return fresh;
  }

  @BeforeEach
  void start() {
    long seed = System.nanoTime();
    System.out.println("RankTreeTest seed " + seed);
    random = new Random(seed);
    shard.lock();
  }

  @AfterEach
  void stop() {
    tree.freeAll();
    assertThat(parts.bytes()).isZero();
    shard.unlock();
  }

  private int block(Item item) {
    byte[] member = Bytes.of(item.member);
    int n = (int) ScoredMember.bytes(item.score, member.length);
    int address = parts.allocate(n);
    ScoredMember.put(
        parts.chunk(address), Arena.offset(address), item.score, member, 0, member.length);
    return address;
  }

  private void insert(Item item) {
    if (model.add(item)) {
      int address = block(item);
      tree.insert(address);
      blocks.put(item, address);
    }
  }

  private void remove(Item item) {
    if (model.remove(item)) {
      int address = blocks.remove(item);
      tree.remove(address);
      tree.freeMember(address);
    }
  }

  private Item item(int kind, int range) {
    int n = random.nextInt(range);
    return switch (kind) {
      case 0 -> new Item("m" + n, 0);
      case 1 -> new Item("m" + n, n % 100);
      case 2 -> new Item("m" + n, (n - range / 2) / 7.0);
      default -> new Item("m" + n, 1_700_000_000_000L + n);
    };
  }

  @Test
  void tree_isLikeASortedList() {
    for (int round = 0; round < 24; round++) {
      int kind = round % 4;
      int range = 1 << 1 + random.nextInt(17);
      for (int phase = 0; phase < 4; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(30_000); i > 0; i--) {
          Item item = item(kind, range);
          if (random.nextInt(100) < removals) {
            remove(item);
          } else {
            insert(item);
          }
        }
        check();
      }
      while (!model.isEmpty()) {
        if (random.nextInt(1000) == 0) {
          check();
        }
        remove(random.nextBoolean() ? model.first() : model.last());
      }
      assertThat(parts.bytes()).isZero();
    }
  }

  @Test
  void insert_inOrder() {
    for (int i = 0; i < 100_000; i++) {
      insert(new Item("m", i));
    }
    check();
    long bytes = parts.bytes();
    assertThat(bytes).isLessThan(100_000 * (8 + 16 * 11 / 10));
    for (int i = 100_000; i > 10; i -= 3) {
      remove(new Item("m", i));
      insert(new Item("m", -i));
    }
    check();
  }

  @Test
  void changeInPlace_keepsTheOrder() {
    for (int i = 0; i < 5000; i++) {
      insert(new Item("m" + i, random.nextInt(2000)));
    }
    List<Item> items = new ArrayList<>(model);
    int changed = 0;
    for (int i = 0; i < 100_000; i++) {
      int at = random.nextInt(items.size());
      Item item = items.get(at);
      Item other = new Item(item.member, item.score + random.nextInt(5) - 2);
      if (Score.size(item.score) != Score.size(other.score)) {
        continue;
      }
      int address = blocks.get(item);
      if (tree.changeInPlace(address, other.score)) {
        Score.put(parts.chunk(address), Arena.offset(address), other.score);
        blocks.remove(item);
        model.remove(item);
        blocks.put(other, address);
        model.add(other);
        items.set(at, other);
        changed++;
      }
    }
    assertThat(changed).isGreaterThan(10_000);
    check();
  }

  @Test
  void build_fillsTheLeaves() {
    for (int n = 0; n < 30_000; n = n < 300 ? n + 1 : n * 5 / 4) {
      RankTreeBuilder builder = new RankTreeBuilder(tree, parts, n);
      for (int i = 0; i < n; i++) {
        Item item = new Item("m" + i, i / 3.0);
        int address = block(item);
        builder.append(address);
        blocks.put(item, address);
        model.add(item);
      }
      check();
      for (int i = 0; i < 100; i++) {
        insert(item(2, 100_000));
        if (!model.isEmpty() && i % 3 == 0) {
          remove(model.first());
        }
      }
      check();
      tree.freeAll();
      assertThat(parts.bytes()).isZero();
      blocks.clear();
      model = new TreeSet<>(ORDER);
    }
  }

  private void check() {
    List<Item> items = new ArrayList<>(model);
    if (items.isEmpty()) {
      assertThat(tree.top()).isZero();
      return;
    }
    assertThat(checkNode(tree.top(), parts.getInt(Parts.ROOT + 4), true)).isEqualTo(items.size());
    tree.seek(0);
    for (int i = 0; i < items.size(); i++) {
      assertThat(tree.address()).isEqualTo(blocks.get(items.get(i)));
      assertThat(tree.next()).isEqualTo(i < items.size() - 1);
    }
    tree.seek(items.size() - 1);
    for (int i = items.size() - 1; i >= 0; i--) {
      assertThat(tree.address()).isEqualTo(blocks.get(items.get(i)));
      assertThat(tree.previous()).isEqualTo(i > 0);
    }
    for (int i = 0; i < 200; i++) {
      int rank = random.nextInt(items.size());
      Item item = items.get(rank);
      assertThat(tree.rankOf(blocks.get(item))).isEqualTo(rank);
      tree.seek(rank);
      assertThat(tree.address()).isEqualTo(blocks.get(item));
      double bound = item.score + (random.nextInt(3) - 1) * random.nextDouble();
      assertThat(tree.countBelow(bound, false))
          .isEqualTo(model.headSet(new Item("", bound), false).size());
      assertThat(tree.countBelow(bound, true))
          .isEqualTo(model.headSet(new Item("\u00ff", bound), true).size());
    }
    if (items.getFirst().score == items.getLast().score) {
      byte[] text = Bytes.of(items.get(random.nextInt(items.size())).member);
      int rank = model.headSet(new Item(Bytes.string(text), items.getFirst().score), false).size();
      assertThat(tree.countBelow(text, 0, text.length, false)).isEqualTo(rank);
      assertThat(tree.countBelow(text, 0, text.length, true)).isEqualTo(rank + 1);
    }
  }

  /** The number of entries below a node. */
  private int checkNode(int address, int height, boolean isTop) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    int count = RankNode.count(a, at);
    assertThat(RankNode.isInner(a, at)).isEqualTo(height > 0);
    assertThat(count).isBetween(height > 0 ? 2 : 1, RankNode.capacity(a, at));
    if (height == 0) {
      return count;
    }
    if (!isTop) {
      assertThat(RankNode.capacity(a, at)).isEqualTo(RankNode.INNER_MAX);
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      int child = RankNode.child(a, at, i);
      int below = checkNode(child, height - 1, false);
      assertThat(RankNode.size(a, at, i)).isEqualTo(below);
      sum += below;
      if (i > 0) {
        assertThat(RankNode.entry(a, at, i)).isEqualTo(smallest(child, height - 1));
      }
    }
    return sum;
  }

  private long smallest(int address, int height) {
    int node = address;
    for (int level = height; level > 0; level--) {
      node = RankNode.child(parts.chunk(node), Arena.offset(node), 0);
    }
    return RankNode.entry(parts.chunk(node), Arena.offset(node), 0);
  }
}
