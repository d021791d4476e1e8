package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionTest {
  private static final int SHARDS = 16;

  /** What a key should hold. */
  private record Value(byte[] bytes, long expireAt) {}

  /** A hash tag of a slot in the shard. */
  private static final String TAG = "{key:60}";

  private final Keyspace keyspace = new Keyspace(SHARDS, 2, 42);
  private final Shard shard = keyspace.shard(3);
  private final Map<String, Value> model = new HashMap<>();
  private final Entry entry = new Entry();
  private Random random = new Random();
  private long now = 1_000_000;

  @BeforeEach
  void lock() {
    long seed = System.nanoTime();
    System.out.println("PartitionTest seed " + seed);
    random = new Random(seed);
    shard.lock();
  }

  @AfterEach
  void unlock() {
    shard.unlock();
  }

  private Partition partition() {
    return shard.partitionForWrite(0);
  }

  /** A key of the shard; long and short ones, and some that share a slot. */
  private String randomKey() {
    while (true) {
      String key = "key:" + random.nextInt(16_000);
      if (random.nextInt(3) == 0) {
        key = "{" + key.length() + "}" + key;
      } else if (random.nextInt(20) == 0) {
        key = key + "x".repeat(300);
      }
      if (keyspace.shardOfSlot(find(key).slot()) == shard) {
        return key;
      }
    }
  }

  private Entry find(String key) {
    byte[] bytes = key.getBytes();
    entry.key(bytes, 0, bytes.length, keyspace.seed());
    if (keyspace.shardOfSlot(entry.slot()) == shard) {
      partition().find(entry);
    }
    return entry;
  }

  private int randomLength() {
    return switch (random.nextInt(400)) {
      case 0 -> 66_000 + random.nextInt(200_000);
      case 1, 2 -> 65_500 + random.nextInt(80);
      case 3, 4, 5 -> random.nextInt(70_000);
      default -> random.nextInt(200);
    };
  }

  private long randomExpiry() {
    return random.nextInt(3) == 0 ? now + 1 + random.nextInt(5_000) : Partition.NEVER;
  }

  private void store(String key, int length, long expireAt, boolean keep) {
    Entry e = find(key);
    byte[] value = new byte[length];
    random.nextBytes(value);
    int kept = keep && e.exists() ? Math.min(length, e.valueLength()) : 0;
    if (kept > 0) {
      System.arraycopy(model.get(key).bytes, 0, value, 0, kept);
    }
    partition().store(e, ValueType.STRING, Encoding.RAW, length, expireAt, 7, keep);
    System.arraycopy(value, kept, e.bytes(), e.valueOffset() + kept, length - kept);
    model.put(key, new Value(value, expireAt));
  }

  private void delete(String key) {
    Entry e = find(key);
    assertThat(e.exists()).isEqualTo(model.containsKey(key));
    if (e.exists()) {
      partition().delete(e);
      model.remove(key);
    }
  }

  private void check(String key) {
    Entry e = find(key);
    Value value = model.get(key);
    assertThat(e.exists()).isEqualTo(value != null);
    if (value != null) {
      assertThat(e.copyKey()).isEqualTo(key.getBytes());
      assertThat(e.copyValue()).isEqualTo(value.bytes);
      assertThat(e.expireAt()).isEqualTo(value.expireAt);
      assertThat(e.type()).isEqualTo(ValueType.STRING);
    }
  }

  private void checkAll() {
    model.keySet().forEach(this::check);
    assertThat(partition().size()).isEqualTo(model.size());
    long expiring = model.values().stream().filter(v -> v.expireAt != Partition.NEVER).count();
    assertThat(partition().expiring()).isEqualTo((int) expiring);
    assertThat(shard.memory()).isEqualTo(partition().memory());
    long blocks = model.keySet().stream().mapToLong(key -> find(key).blockBytes()).sum();
    assertThat(partition().memory()).isEqualTo(blocks + partition().indexBytes());
    Set<String> walked = new HashSet<>();
    for (int slot = shard.firstSlot(); slot < shard.firstSlot() + shard.slots(); slot++) {
      partition().forEach(slot, new Entry(), e -> walked.add(new String(e.copyKey())));
    }
    assertThat(walked).isEqualTo(model.keySet());
  }

  @Test
  void randomChanges_agreeWithModel_andMemoryReturnsToTheStart() {
    long empty = partition().memory();
    for (int step = 0; step < 60_000; step++) {
      String key = randomKey();
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> store(key, randomLength(), randomExpiry(), false);
        case 3 -> store(key, randomLength(), randomExpiry(), true);
        case 4 -> overwriteAlike(key);
        case 5 -> changeExpiry(key);
        case 6, 7 -> delete(key);
        case 8 -> check(key);
        default -> expireSome();
      }
      if (step % 5_000 == 0) {
        checkAll();
      }
    }
    checkAll();
    List.copyOf(model.keySet()).forEach(this::delete);
    assertThat(partition().memory()).isEqualTo(empty);
    assertThat(shard.memory()).isEqualTo(empty);
    assertThat(shard.drop(0)).isNotNull();
    assertThat(shard.memory()).isZero();
  }

  /** A value of the same length stays where it is. */
  private void overwriteAlike(String key) {
    Value old = model.get(key);
    if (old != null) {
      int address = find(key).address;
      store(key, old.bytes.length, old.expireAt, random.nextBoolean());
      assertThat(find(key).address).isEqualTo(address);
    }
  }

  private void changeExpiry(String key) {
    Entry e = find(key);
    if (e.exists()) {
      long expireAt = randomExpiry();
      partition().setExpiry(e, expireAt);
      model.put(key, new Value(model.get(key).bytes, expireAt));
      check(key);
    }
  }

  private void expireSome() {
    now += random.nextInt(100);
    int most = 1 + random.nextInt(64);
    if (expire(most) < most) {
      // The slot in which the last call stopped may hold keys that were not due then.
      assertThat(expire(1 << 20)).isLessThan(1 << 20);
      assertThat(model.values()).allMatch(value -> value.expireAt > now);
    }
  }

  private int expire(int most) {
    Set<String> gone = new HashSet<>();
    int looked =
        partition().expireDue(now, most, new Entry(), e -> gone.add(new String(e.copyKey())));
    for (String key : gone) {
      assertThat(model.remove(key).expireAt).isLessThanOrEqualTo(now);
      check(key);
    }
    return looked;
  }

  @Test
  void expireDue_findsAllInTheEnd_andTellsTheNextTime() {
    for (int i = 0; i < 2_000; i++) {
      store(randomKey(), 10, randomExpiry(), false);
    }
    now += 2_500;
    for (int calls = 0; partition().expireDue(now, 16, new Entry(), e -> {}) >= 16; calls++) {
      assertThat(calls).isLessThan(10_000);
    }
    model.values().removeIf(value -> value.expireAt <= now);
    checkAll();
    long next = model.values().stream().mapToLong(Value::expireAt).min().orElse(Partition.NEVER);
    assertThat(partition().soonestExpiry()).isLessThanOrEqualTo(next);
  }

  @Test
  void scan_whileKeysComeAndGo_missesNothingThatStays() {
    for (int round = 0; round < 20; round++) {
      List<String> staying = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String key = randomKey();
        store(key, 5, Partition.NEVER, false);
        staying.add(key);
      }
      Set<String> seen = new HashSet<>();
      for (int slot = shard.firstSlot(); slot < shard.firstSlot() + shard.slots(); slot++) {
        long cursor = 0;
        do {
          cursor =
              partition().scan(slot, cursor, new Entry(), e -> seen.add(new String(e.copyKey())));
          for (int i = 0; i < 3; i++) {
            String key = randomKey();
            if (!staying.contains(key)) {
              if (random.nextBoolean()) {
                store(key, randomLength(), Partition.NEVER, false);
              } else {
                delete(key);
              }
            }
          }
        } while (cursor != 0);
      }
      assertThat(seen).containsAll(staying);
    }
  }

  @Test
  void random_isNearlyUniform() {
    for (int keys : new int[] {5, 50, 700}) {
      List.copyOf(model.keySet()).forEach(this::delete);
      while (model.size() < keys) {
        store(randomKey(), 1, Partition.NEVER, false);
      }
      int draws = keys * 200;
      Map<String, Integer> counts = new HashMap<>();
      Entry e = new Entry();
      for (int i = 0; i < draws; i++) {
        assertThat(partition().random(e, random, false)).isTrue();
        counts.merge(new String(e.copyKey()), 1, Integer::sum);
      }
      assertThat(counts.keySet()).isEqualTo(model.keySet());
      assertThat(counts.values()).allMatch(n -> n > 40 && n < 600);
    }
    assertThat(partition().random(new Entry(), random, true)).isFalse();
  }

  @Test
  void storeCopy_toAnotherDatabase_copiesAllButTheKey() {
    for (int length : new int[] {0, 10, 70_000, 200_000}) {
      store(TAG + "from", length, now + 5, false);
      find(TAG + "from").setAccess(99);
      byte[] key = (TAG + "to").getBytes();
      Entry to = new Entry().key(key, 0, key.length, keyspace.seed());
      Partition other = shard.partitionForWrite(1);
      other.find(to);
      other.storeCopy(to, partition(), find(TAG + "from"), 33);
      check(TAG + "from");
      assertThat(other.find(to)).isTrue();
      assertThat(to.copyValue()).isEqualTo(model.get(TAG + "from").bytes);
      assertThat(to.expireAt()).isEqualTo(now + 5);
      assertThat(to.access()).isEqualTo(33);
      assertThat(shard.memory()).isEqualTo(partition().memory() + other.memory());
    }
  }

  @Test
  void swapAndDrop_moveWholeDatabases() {
    store(TAG + "a", 10, Partition.NEVER, false);
    long memory = shard.memory();
    shard.swap(0, 1);
    assertThat(shard.partition(0)).isNull();
    assertThat(shard.memory()).isEqualTo(memory);
    assertThat(shard.drop(0)).isNull();
    assertThat(shard.drop(1)).isNotNull();
    assertThat(shard.memory()).isZero();
  }

  @Test
  void wideRecords_keepTheirShape() {
    String longKey = TAG + "" + "k".repeat(1_000);
    store(longKey, 5, Partition.NEVER, false);
    check(longKey);
    Arrays.stream(new int[] {65_535, 65_536, 65_535, 0, 255, 256, 65_536})
        .forEach(
            n -> {
              store(TAG + "s", n, Partition.NEVER, true);
              check(TAG + "s");
              store(TAG + "s", n, now + 1, true);
              check(TAG + "s");
            });
    checkAll();
  }
}
