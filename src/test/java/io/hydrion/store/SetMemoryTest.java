package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.config.Config;
import io.hydrion.config.ConfigView;
import io.hydrion.util.Bytes;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What sets cost, where they are copied and moved, and that all of it comes back. */
class SetMemoryTest {
  private static final int LARGE = 100_000;
  private static final int[] SIZES = {1, 5, 300, 3_000, LARGE};

  private final Keyspace keyspace = new Keyspace(4, 2, 42);
  private final ConfigView limits = Config.defaults();
  private final Random random = new Random(7);

  @BeforeEach
  void lock() {
    keyspace.lock(keyspace.allShards());
  }

  @AfterEach
  void unlock() {
    keyspace.unlock(keyspace.allShards());
  }

  private Partition partition(int database, Entry e) {
    return keyspace.shardOfSlot(e.slot()).partitionForWrite(database);
  }

  private Entry find(int database, String key) {
    Entry e = new Entry().key(Bytes.of(key), 0, key.length(), keyspace.seed());
    partition(database, e).find(e);
    return e;
  }

  private final class Owner implements AggregateValue.Owner {
    private final Partition partition;

    Owner(Partition partition) {
      this.partition = partition;
    }

    @Override
    public void store(Entry e, ValueType type, Encoding encoding, int n) {
      long expireAt = e.exists() ? e.expireAt() : Partition.NEVER;
      partition.store(e, type, encoding, n, expireAt, 0, true);
    }

    @Override
    public ConfigView limits() {
      return limits;
    }
  }

  private SetValue set(int database, Entry e) {
    Partition partition = partition(database, e);
    SetValue set = new SetValue(new Owner(partition), partition, e);
    set.open(partition, e);
    return set;
  }

  /** A set of words, the first of which says whose they are. */
  private void fill(String key, int size) {
    SetValue set = set(0, find(0, key));
    for (int i = 0; i < size; i++) {
      byte[] member = Bytes.of(key + ":member:" + i + (i % 1000 == 999 ? "x".repeat(3000) : ""));
      assertThat(set.add(member, 0, member.length)).isTrue();
    }
  }

  private void check(int database, String key, String owner, int size) {
    Entry e = find(database, key);
    assertThat(e.exists()).isTrue();
    SetValue set = set(database, e);
    assertThat(set.size()).isEqualTo(size);
    Set<String> members = new HashSet<>();
    set.forEach((a, at, n) -> members.add(Bytes.string(a, at, n)));
    assertThat(members).hasSize(size).allMatch(member -> member.startsWith(owner + ":member:"));
    byte[] first = Bytes.of(owner + ":member:0");
    assertThat(set.contains(first, 0, first.length)).isTrue();
  }

  private void delete(int database, String key) {
    Entry e = find(database, key);
    partition(database, e).delete(e);
  }

  private void assertNothingLeft() {
    for (int i = 0; i < keyspace.shardCount(); i++) {
      for (int db = 0; db < 2; db++) {
        Partition partition = keyspace.shard(i).partition(db);
        assertThat(partition == null ? 0 : partition.memory()).isZero();
      }
      assertThat(keyspace.shard(i).memory()).isZero();
    }
  }

  /** A key in the same shard as another one, or not. */
  private String keyBeside(String key, boolean sameShard) {
    int shard = keyspace.shardIndexOfSlot(find(0, key).slot());
    for (int i = 0; ; i++) {
      String other = "other" + i;
      if ((keyspace.shardIndexOfSlot(find(0, other).slot()) == shard) == sameShard) {
        return other;
      }
    }
  }

  @Test
  void bytesOf_countsAllBlocks() {
    for (int size : SIZES) {
      fill("k", size);
      Entry e = find(0, "k");
      long memory = keyspace.memory();
      assertThat(partition(0, e).bytesOf(e)).isLessThanOrEqualTo(memory);
      assertThat(partition(0, e).bytesOf(e)).isGreaterThan(memory * 9 / 10);
      delete(0, "k");
      assertNothingLeft();
    }
  }

  @Test
  void copies_ofAnySize_areEqualAndGoAlone() {
    for (int size : SIZES) {
      for (boolean sameShard : new boolean[] {true, false}) {
        for (int replaced : SIZES) {
          fill("k", size);
          String other = keyBeside("k", sameShard);
          fill(other, replaced);
          Entry from = find(0, "k");
          Entry to = find(0, other);
          partition(0, to).storeCopy(to, partition(0, from), from, 1);
          check(0, "k", "k", size);
          check(0, other, "k", size);
          boolean first = random.nextBoolean();
          delete(0, first ? "k" : other);
          check(0, first ? other : "k", "k", size);
          delete(0, first ? other : "k");
          assertNothingLeft();
        }
      }
    }
  }

  @Test
  void moves_toAnotherNameOrDatabase_takeAllAlong() {
    for (int size : SIZES) {
      for (int way = 0; way < 3; way++) {
        for (int replaced : SIZES) {
          fill("k", size);
          int database = way == 2 ? 1 : 0;
          String other = way == 2 ? "k" : keyBeside("k", way == 0);
          if (way != 2) {
            fill(other, replaced);
          }
          Entry from = find(0, "k");
          Entry to = find(database, other);
          partition(database, to).storeMoved(to, partition(0, from), from);
          delete(0, "k");
          check(database, other, "k", size);
          SetValue set = set(database, find(database, other));
          byte[] more = Bytes.of("k:member:more");
          assertThat(set.add(more, 0, more.length)).isTrue();
          check(database, other, "k", size + 1);
          delete(database, other);
          assertNothingLeft();
        }
      }
    }
  }

  @Test
  void drafts_becomeTheValueOfAKey_orAreForgotten() {
    for (int size : SIZES) {
      for (int replaced : SIZES) {
        fill("old", replaced);
        Draft draft = new Draft(limits, keyspace.seed());
        SetValue set = draft.set();
        for (int i = 0; i < size; i++) {
          byte[] member = Bytes.of("new:member:" + i);
          set.addAbsent(member, 0, member.length);
        }
        check(0, "old", "old", replaced);
        Entry e = find(0, "old");
        partition(0, e).storeMoved(e, draft.partition(), draft.entry());
        check(0, "old", "new", size);
        delete(0, "old");
        assertNothingLeft();
      }
    }
  }

  @Test
  void strings_inPlaceOfSets_releaseThem() {
    for (int size : SIZES) {
      fill("k", size);
      Entry e = find(0, "k");
      partition(0, e).store(e, ValueType.STRING, Encoding.RAW, 3, Partition.NEVER, 0, false);
      assertThat(keyspace.memory()).isLessThan(20_000);
      delete(0, "k");
      assertNothingLeft();
    }
  }

  @Test
  void databases_dropped_orExchanged_areCountedRight() {
    for (int size : SIZES) {
      fill("k", size);
      long memory = keyspace.memory();
      Shard shard = keyspace.shardOfSlot(find(0, "k").slot());
      shard.swap(0, 1);
      assertThat(keyspace.memory()).isEqualTo(memory);
      check(1, "k", "k", size);
      fill("k", size);
      shard.drop(1);
      check(0, "k", "k", size);
      shard.drop(0);
      assertNothingLeft();
    }
  }

  @Test
  void expiry_comesAndGoesWithoutTheMembers() {
    for (int size : SIZES) {
      fill("k", size);
      Entry e = find(0, "k");
      partition(0, e).setExpiry(e, 1_000);
      check(0, "k", "k", size);
      partition(0, e).setExpiry(e, Partition.NEVER);
      partition(0, e).setExpiry(e, 2_000);
      check(0, "k", "k", size);
      Entry walker = new Entry();
      partition(0, e).expireDue(2_000, Integer.MAX_VALUE, walker, expired -> {});
      assertThat(find(0, "k").exists()).isFalse();
      assertNothingLeft();
    }
  }
}
