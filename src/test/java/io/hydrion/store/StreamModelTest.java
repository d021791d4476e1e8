package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Streams and their groups beside plain maps of Java, at random. */
class StreamModelTest extends ModelTest {
  private record Id(long ms, long seq) {}

  private record Pending(String consumer, long at, long times) {}

  private static final Comparator<Id> UNSIGNED =
      (a, b) -> StreamBlocks.compare(a.ms, a.seq, b.ms, b.seq);

  /** Fields and values as ranges of bytes. */
  private record Words(byte[] bytes, int[] offsets) implements ByteRanges {
    static Words of(List<String> words) {
      int[] offsets = new int[words.size() + 1];
      for (int i = 0; i < words.size(); i++) {
        offsets[i + 1] = offsets[i] + words.get(i).length();
      }
      return new Words(Bytes.of(String.join("", words)), offsets);
    }

    @Override
    public int offset(int i) {
      return offsets[i];
    }

    @Override
    public int length(int i) {
      return offsets[i + 1] - offsets[i];
    }
  }

  private final TreeMap<Id, List<String>> model = new TreeMap<>(UNSIGNED);
  private final Map<String, Map<String, Id>> groups = new TreeMap<>();
  private final Map<String, TreeMap<Id, Pending>> pending = new HashMap<>();

  private StreamValue stream() {
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    StreamValue stream = new StreamValue(this, partition, entry);
    stream.open(partition, entry);
    return stream;
  }

  @Test
  void stream_isLikeMapsOfJava() {
    for (int round = 0; round < 30; round++) {
      int shape = random.nextInt(4);
      for (int phase = 0; phase < 4; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(6_000); i > 0; i--) {
          if (random.nextInt(100) >= removals) {
            append(shape);
          } else if (random.nextInt(100) == 0) {
            trim();
          } else {
            delete();
          }
          if (random.nextInt(4) == 0) {
            changeGroups();
          }
        }
        check();
        if (random.nextInt(3) == 0) {
          move();
          check();
        }
      }
      partition.find(entry.key(key, 0, key.length, keyspace.seed()));
      partition.delete(entry);
      assertThat(partition.memory()).isZero();
      assertThat(shard.memory()).isZero();
      model.clear();
      groups.clear();
      pending.clear();
    }
  }

  private void append(int shape) {
    StreamValue stream = stream();
    long ms = stream.lastMs() + random.nextInt(3) * random.nextInt(1 << 4 * shape);
    long seq = ms == stream.lastMs() ? stream.lastSeq() + 1 : random.nextLong();
    if (ms == stream.lastMs() && seq == 0) {
      ms++;
    }
    List<String> words = new ArrayList<>();
    for (int i = shape == 0 ? 1 : 1 + random.nextInt(3); i > 0; i--) {
      words.add(shape == 1 ? "field" + random.nextInt(3) : "field" + i);
      words.add(word(shape));
    }
    stream.append(ms, seq, Words.of(words), 0, words.size());
    model.put(new Id(ms, seq), words);
  }

  private String word(int shape) {
    return switch (random.nextInt(10)) {
      case 0 -> "";
      case 1 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 2 -> "x".repeat(random.nextInt(shape == 3 ? 6000 : 100));
      default -> "value" + random.nextInt(1000);
    };
  }

  private Id anyId() {
    if (model.isEmpty() || random.nextInt(10) == 0) {
      return new Id(random.nextInt(1000), random.nextInt(10));
    }
    Id first = model.firstKey();
    long span = model.lastKey().ms - first.ms;
    Id near =
        model.ceilingKey(
            new Id(first.ms + (span == 0 ? 0 : random.nextLong(span)), random.nextLong()));
    return near == null ? first : near;
  }

  private void delete() {
    Id id = anyId();
    StreamValue stream = stream();
    if (entry.exists()) {
      assertThat(stream.delete(id.ms, id.seq)).isEqualTo(model.remove(id) != null);
      stream.tidy();
    }
  }

  private void trim() {
    StreamValue stream = stream();
    if (!entry.exists()) {
      return;
    }
    int before = model.size();
    long trimmed;
    if (random.nextBoolean()) {
      int length = random.nextInt(model.size() + 1);
      boolean whole = random.nextBoolean();
      trimmed = stream.trimTo(length, whole, 0);
      if (!whole) {
        assertThat(trimmed).isEqualTo(before - length);
      }
    } else {
      Id id = anyId();
      trimmed = stream.trimBelow(id.ms, id.seq, false, 0);
      assertThat(trimmed).isEqualTo(model.headMap(id).size());
    }
    for (long i = 0; i < trimmed; i++) {
      model.pollFirstEntry();
    }
    stream.tidy();
  }

  private void changeGroups() {
    StreamValue stream = stream();
    if (!entry.exists()) {
      return;
    }
    String name = "group" + random.nextInt(5);
    byte[] bytes = Bytes.of(name);
    ConsumerGroup group = stream.group(bytes, 0, bytes.length);
    assertThat(group != null).isEqualTo(groups.containsKey(name));
    if (group == null) {
      stream.createGroup(bytes, 0, bytes.length, 0, 0, 0);
      groups.put(name, new TreeMap<>());
      pending.put(name, new TreeMap<>(UNSIGNED));
    } else if (random.nextInt(500) == 0) {
      assertThat(stream.destroyGroup(bytes, 0, bytes.length)).isTrue();
      groups.remove(name);
      pending.remove(name);
    } else {
      changeGroup(group, groups.get(name), pending.get(name));
    }
    stream.tidy();
  }

  private void changeGroup(
      ConsumerGroup group, Map<String, Id> consumers, TreeMap<Id, Pending> ofGroup) {
    String name = "consumer" + random.nextInt(random.nextInt(10) == 0 ? 300 : 5);
    byte[] bytes = Bytes.of(name);
    int consumer = group.consumer(bytes, 0, bytes.length);
    assertThat(consumer != 0).isEqualTo(consumers.containsKey(name));
    if (consumer == 0) {
      group.createConsumer(bytes, 0, bytes.length, 5);
      consumers.put(name, new Id(0, 0));
      return;
    }
    if (random.nextInt(300) == 0) {
      group.deleteConsumer(consumer);
      consumers.remove(name);
      ofGroup.values().removeIf(p -> p.consumer.equals(name));
      return;
    }
    for (int i = random.nextInt(10); i > 0; i--) {
      Id id = anyId();
      if (random.nextInt(3) > 0) {
        Pending one = new Pending(name, random.nextLong(), random.nextLong());
        group.addPending(id.ms, id.seq, consumer, one.at, one.times);
        ofGroup.put(id, one);
      } else {
        boolean found = group.findPending(id.ms, id.seq);
        assertThat(found).isEqualTo(ofGroup.remove(id) != null);
        if (found) {
          group.removePending();
        }
      }
    }
  }

  /** Copies the stream to another key, and goes on with the copy. */
  private void move() {
    if (!partition.find(entry.key(key, 0, key.length, keyspace.seed()))) {
      return;
    }
    byte[] other = Bytes.of("k" + random.nextInt());
    Entry to = new Entry().key(other, 0, other.length, keyspace.seed());
    partition.find(to);
    if (random.nextBoolean()) {
      partition.storeCopy(to, partition, entry, 0);
    } else {
      partition.storeMoved(to, partition, entry);
    }
    partition.find(entry.key(key, 0, key.length, keyspace.seed()));
    partition.delete(entry);
    key = other;
  }

  private void check() {
    StreamValue stream = stream();
    assertThat(stream.size()).isEqualTo(model.size());
    if (!entry.exists()) {
      return;
    }
    Id first = model.isEmpty() ? new Id(0, 0) : model.firstKey();
    assertThat(new Id(stream.firstMs(), stream.firstSeq())).isEqualTo(first);
    checkRange(stream, new Id(0, 0), new Id(-1, -1));
    for (int i = 0; i < 20; i++) {
      checkRange(stream, anyId(), anyId());
    }
    assertThat(stream.groupCount()).isEqualTo(groups.size());
    int rank = 0;
    for (String name : groups.keySet()) {
      ConsumerGroup group = stream.groupAt(rank++);
      assertThat(Bytes.string(group.nameBytes(), group.nameOffset(), group.nameLength()))
          .isEqualTo(name);
      checkGroup(group, groups.get(name), pending.get(name));
    }
  }

  private void checkRange(StreamValue stream, Id from, Id to) {
    StreamCursor cursor = stream.cursor();
    TreeMap<Id, List<String>> expected = new TreeMap<>(UNSIGNED);
    if (UNSIGNED.compare(from, to) <= 0) {
      expected.putAll(model.subMap(from, true, to, true));
    }
    cursor.seek(from.ms, from.seq, to.ms, to.seq, false);
    assertThat(cursor.count(Long.MAX_VALUE)).isEqualTo(expected.size());
    cursor.seek(from.ms, from.seq, to.ms, to.seq, false);
    expected.forEach((id, words) -> checkEntry(cursor, id, words));
    assertThat(cursor.next()).isFalse();
    cursor.seek(from.ms, from.seq, to.ms, to.seq, true);
    expected.descendingMap().forEach((id, words) -> checkEntry(cursor, id, words));
    assertThat(cursor.next()).isFalse();
  }

  private static void checkEntry(StreamCursor cursor, Id id, List<String> words) {
    assertThat(cursor.next()).isTrue();
    assertThat(new Id(cursor.ms(), cursor.seq())).isEqualTo(id);
    List<String> found = new ArrayList<>();
    assertThat(cursor.openFields()).isEqualTo(words.size() / 2);
    while (cursor.nextField()) {
      found.add(Bytes.string(cursor.bytes(), cursor.fieldOffset(), cursor.fieldLength()));
      found.add(Bytes.string(cursor.bytes(), cursor.valueOffset(), cursor.valueLength()));
    }
    assertThat(found).isEqualTo(words);
  }

  private static String nameOf(ConsumerGroup group, int consumer) {
    return Bytes.string(
        group.consumerNameBytes(consumer),
        group.consumerNameOffset(consumer),
        group.consumerNameLength(consumer));
  }

  private static void checkGroup(
      ConsumerGroup group, Map<String, Id> consumers, TreeMap<Id, Pending> expected) {
    assertThat(group.pendingCount()).isEqualTo(expected.size());
    boolean more = group.firstPending(0, 0);
    for (Map.Entry<Id, Pending> e : expected.entrySet()) {
      assertThat(more).isTrue();
      assertThat(new Id(group.pendingMs(), group.pendingSeq())).isEqualTo(e.getKey());
      assertThat(
              new Pending(
                  nameOf(group, group.pendingConsumer()), group.delivered(), group.deliveries()))
          .isEqualTo(e.getValue());
      more = group.nextPending();
    }
    assertThat(more).isFalse();
    int rank = 0;
    for (String name : consumers.keySet()) {
      int consumer = group.consumerAt(rank++);
      assertThat(nameOf(group, consumer)).isEqualTo(name);
      List<Id> own = new ArrayList<>();
      for (boolean has = group.firstPendingOf(consumer, 0, 0);
          has;
          has = group.nextPendingOfConsumer()) {
        own.add(new Id(group.pendingMs(), group.pendingSeq()));
      }
      assertThat(group.pendingOf(consumer)).isEqualTo(own.size());
      assertThat(own)
          .isEqualTo(
              expected.entrySet().stream()
                  .filter(e -> e.getValue().consumer.equals(name))
                  .map(Map.Entry::getKey)
                  .toList());
    }
    assertThat(group.consumerCount()).isEqualTo(consumers.size());
  }
}
