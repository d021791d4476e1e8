package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hashes whose fields expire beside plain maps, at random, through both encodings. */
class HashExpiryModelTest extends ModelTest {
  private record Field(String value, long expireAt) {}

  private static final int OPERATIONS = 1_000_000;

  private final Map<String, Field> model = new HashMap<>();
  private long now = 1_000_000;
  private HashValue hash;

  @BeforeEach
  void start() {
    hash = new HashValue(this, partition, entry);
    open();
  }

  private void open() {
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    hash.open(partition, entry);
    hash.setNow(now, true, null);
  }

  private void deleteIfEmpty() {
    if (entry.exists() && hash.isEmpty()) {
      partition.delete(entry);
    }
  }

  @Test
  void hash_isLikeOneOfJava() {
    int range = 1;
    for (int i = 0; i < OPERATIONS; i++) {
      if (i % 2_000 == 0) {
        range = 1 << random.nextInt(12);
      }
      if (i % 10 == 0) {
        now += random.nextInt(20);
      }
      open();
      step("f" + random.nextInt(range));
      deleteIfEmpty();
      if (i % 500 == 0) {
        check();
      }
    }
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    if (entry.exists()) {
      partition.delete(entry);
    }
    assertThat(partition.memory()).isZero();
    assertThat(partition.fieldExpiring()).isZero();
    assertThat(shard.memory()).isZero();
  }

  private void step(String field) {
    byte[] bytes = Bytes.of(field);
    Field old = model.get(field);
    boolean isLive = old != null && old.expireAt > now;
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> put(field, Partition.NEVER, isLive);
      case 3, 4 -> put(field, soon(), isLive);
      case 5, 6 -> {
        assertThat(hash.findLive(bytes, 0, bytes.length)).isEqualTo(isLive);
        if (isLive) {
          long at = random.nextInt(3) == 0 ? Partition.NEVER : soon();
          hash.setExpiry(bytes, 0, bytes.length, at);
          model.put(field, new Field(old.value, at));
        } else {
          model.remove(field);
        }
      }
      case 7 ->
          assertThat(hash.remove(bytes, 0, bytes.length)).isEqualTo(model.remove(field) != null);
      case 8 -> {
        boolean found = hash.randomLive(random);
        if (found) {
          assertThat(hash.expireAt()).isGreaterThan(now);
        }
        assertThat(found).isEqualTo(model.values().stream().anyMatch(f -> f.expireAt > now));
        dropExpired(hash.expired());
      }
      case 9 -> {
        int most = 1 + random.nextInt(200);
        int looked = entry.exists() ? hash.sweep(most) : 0;
        assertThat(looked).isLessThan(most + 64);
        dropExpired(hash.expired());
      }
      case 10 -> move();
      default -> {
        boolean found = hash.findLive(bytes, 0, bytes.length);
        assertThat(found).isEqualTo(isLive);
        if (found) {
          assertThat(valueAtHand()).isEqualTo(old.value);
          assertThat(hash.expireAt()).isEqualTo(old.expireAt);
        } else {
          model.remove(field);
        }
      }
    }
  }

  private long soon() {
    return now + 1 + random.nextInt(random.nextBoolean() ? 100 : 5_000);
  }

  private void put(String field, long at, boolean isLive) {
    byte[] bytes = Bytes.of(field);
    int length = random.nextInt(random.nextInt(200) == 0 ? 2_000 : 50);
    String value = "v".repeat(length);
    assertThat(hash.put(bytes, 0, bytes.length, Bytes.of(value), 0, length, at)).isEqualTo(!isLive);
    model.put(field, new Field(value, at));
  }

  private String valueAtHand() {
    return Bytes.string(hash.bytes(), hash.valueOffset(), hash.valueLength());
  }

  /** Which fields have gone is for the next check to see, but only expired ones may have. */
  private void dropExpired(int count) {
    int before = model.size();
    Iterator<Map.Entry<String, Field>> fields = model.entrySet().iterator();
    while (fields.hasNext()) {
      Map.Entry<String, Field> field = fields.next();
      byte[] bytes = Bytes.of(field.getKey());
      if (field.getValue().expireAt <= now && !hash.find(bytes, 0, bytes.length)) {
        fields.remove();
      }
    }
    assertThat(before - model.size()).isEqualTo(count);
  }

  /** Gives the hash another key, as RENAME does, or a copy, as COPY does. */
  private void move() {
    if (!entry.exists()) {
      return;
    }
    byte[] other = Bytes.of(key.length == 1 ? "other" : "k");
    Entry to = new Entry();
    partition.find(to.key(other, 0, other.length, keyspace.seed()));
    if (random.nextBoolean()) {
      partition.storeCopy(to, partition, entry, 0);
    } else {
      partition.storeMoved(to, partition, entry);
    }
    partition.find(entry);
    partition.delete(entry);
    key = other;
    open();
    assertThat(hash.size()).isEqualTo(model.size());
  }

  private void check() {
    open();
    Map<String, Field> all = new HashMap<>();
    hash.forEach(
        (a, f, fl, v, vl, at) ->
            all.put(Bytes.string(a, f, fl), new Field(Bytes.string(a, v, vl), at)));
    assertThat(all).isEqualTo(model);
    assertThat(hash.size()).isEqualTo(model.size());
    long live = model.values().stream().filter(f -> f.expireAt > now).count();
    assertThat(hash.liveSize()).isEqualTo(live);
    boolean mayExpire = model.values().stream().anyMatch(f -> f.expireAt != Partition.NEVER);
    assertThat(partition.fieldExpiring()).isEqualTo(mayExpire ? 1 : 0);
    if (mayExpire && !entry.isLinked()) {
      long soonest = model.values().stream().mapToLong(f -> f.expireAt).min().getAsLong();
      assertThat(entry.fieldsExpireAt()).isEqualTo(soonest);
    }
    if (random.nextInt(4) == 0) {
      partition.expireFieldsDue(
          now + 1_000_000,
          Integer.MAX_VALUE,
          new Entry(),
          e -> {
            assertThat(e.copyKey()).isEqualTo(key);
            hash.open(partition, e);
            hash.setNow(now, true, null);
            hash.sweepAll();
            if (hash.isEmpty()) {
              partition.delete(e);
            }
            return 1;
          });
      model.values().removeIf(f -> f.expireAt <= now);
      open();
      assertThat(hash.size()).isEqualTo(model.size());
    }
  }
}
