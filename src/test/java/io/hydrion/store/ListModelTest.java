package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.config.Config;
import io.hydrion.config.ConfigView;
import io.hydrion.util.Bytes;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lists beside plain ones of Java, at random. */
class ListModelTest extends ModelTest {

  private ListValue list() {
    return list(key);
  }

  private ListValue list(byte[] ofKey) {
    partition.find(entry.key(ofKey, 0, ofKey.length, keyspace.seed()));
    ListValue list = new ListValue(this, partition, entry);
    list.open(partition, entry);
    return list;
  }

  private void delete(byte[] ofKey) {
    if (partition.find(entry.key(ofKey, 0, ofKey.length, keyspace.seed()))) {
      partition.delete(entry);
    }
  }

  private void deleteAll() {
    delete(key);
    assertThat(partition.memory()).isZero();
    assertThat(shard.memory()).isZero();
  }

  @Test
  void list_isLikeOneOfJava() {
    int[] fills = {-2, -2, -1, -5, 1, 2, 7, 128, 0, -3};
    for (int round = 0; round < 120; round++) {
      limits = withFill(fills[round % fills.length]);
      int kind = random.nextInt(5);
      List<String> model = new ArrayList<>();
      for (int phase = 0; phase < 5; phase++) {
        int removals = random.nextInt(100);
        for (int i = random.nextInt(4_000); i > 0; i--) {
          if (random.nextInt(100) < removals) {
            remove(model);
          } else {
            add(model, element(kind));
          }
          if (model.isEmpty() && partition.find(entry.key(key, 0, 1, keyspace.seed()))) {
            partition.delete(entry);
          }
        }
        check(model, key);
        checkCopy(model);
      }
      deleteAll();
    }
  }

  private static ConfigView withFill(int fill) {
    List<String> arguments = List.of("--list-max-listpack-size", Integer.toString(fill));
    return Config.load(arguments, Map.of(), InputStream.nullInputStream());
  }

  private String element(int kind) {
    return switch (kind) {
      case 0 -> Integer.toString(random.nextInt(10));
      case 1 -> "element:" + random.nextInt(1000);
      case 2 -> "x".repeat(random.nextInt(300)) + random.nextInt(10);
      case 3 -> "y".repeat(random.nextInt(40) == 0 ? random.nextInt(20_000) : random.nextInt(4));
      default -> "z".repeat(random.nextInt(2000) == 0 ? 100_000 : random.nextInt(140));
    };
  }

  private void add(List<String> model, String element) {
    byte[] a = Bytes.of(element);
    ListValue list = list();
    int choice = random.nextInt(10);
    if (choice < 6 || model.isEmpty()) {
      boolean front = choice % 2 == 0;
      list.push(a, 0, a.length, front);
      model.add(front ? 0 : model.size(), element);
      return;
    }
    int index = index(model);
    list.seek(index);
    assertThat(Bytes.string(list.bytes(), list.offset(), list.length()))
        .isEqualTo(model.get(index));
    if (choice < 8) {
      list.set(a, 0, a.length);
      model.set(index, element);
    } else {
      boolean before = choice == 8;
      list.insert(a, 0, a.length, before);
      model.add(before ? index : index + 1, element);
    }
  }

  /** An index, often one near an end. */
  private int index(List<String> model) {
    int range = random.nextBoolean() ? model.size() : Math.min(model.size(), 5);
    int index = random.nextInt(range);
    return random.nextBoolean() ? index : model.size() - 1 - index;
  }

  private void remove(List<String> model) {
    if (model.isEmpty()) {
      return;
    }
    ListValue list = list();
    boolean front = random.nextBoolean();
    switch (random.nextInt(12)) {
      case 0 -> {
        int n = random.nextInt(10) == 0 ? random.nextInt(model.size() + 3) : random.nextInt(20);
        list.trim(n, front);
        int gone = Math.min(n, model.size());
        model.subList(front ? 0 : model.size() - gone, front ? gone : model.size()).clear();
      }
      case 1 -> removeMatching(list, model, front);
      case 2, 3 -> {
        int index = index(model);
        list.seek(index);
        boolean more = list.remove(front);
        model.remove(index);
        int next = front ? index : index - 1;
        assertThat(more).isEqualTo(next >= 0 && next < model.size());
        if (more) {
          assertThat(list.is(Bytes.of(model.get(next)), 0, model.get(next).length())).isTrue();
        }
        list.compact();
      }
      default -> {
        list.pop(front);
        model.remove(front ? 0 : model.size() - 1);
      }
    }
  }

  private void removeMatching(ListValue list, List<String> model, boolean forward) {
    String element = model.get(random.nextInt(model.size()));
    byte[] a = Bytes.of(element);
    int most = 1 + random.nextInt(8);
    int at = forward ? 0 : model.size() - 1;
    list.end(forward);
    for (boolean more = true; more && most > 0; ) {
      if (list.is(a, 0, a.length)) {
        more = list.remove(forward);
        assertThat(model.remove(at)).isEqualTo(element);
        at -= forward ? 0 : 1;
        most--;
      } else {
        more = list.step(forward);
        at += forward ? 1 : -1;
      }
    }
    list.compact();
  }

  private void check(List<String> model, byte[] ofKey) {
    ListValue list = list(ofKey);
    assertThat(list.size()).isEqualTo(model.size());
    List<String> all = new ArrayList<>();
    list.forEach((a, at, n) -> all.add(Bytes.string(a, at, n)));
    assertThat(all).isEqualTo(model);
    if (model.isEmpty()) {
      return;
    }
    List<String> backward = new ArrayList<>();
    list.end(false);
    do {
      backward.add(Bytes.string(list.bytes(), list.offset(), list.length()));
    } while (list.previous());
    assertThat(backward.reversed()).isEqualTo(model);
    for (int i = 0; i < 20; i++) {
      int index = index(model);
      list.seek(index);
      assertThat(list.is(Bytes.of(model.get(index)), 0, model.get(index).length())).isTrue();
    }
  }

  private void checkCopy(List<String> model) {
    if (model.isEmpty()) {
      return;
    }
    byte[] copy = Bytes.of("copy");
    Entry to = new Entry().key(copy, 0, copy.length, keyspace.seed());
    partition.find(to);
    list();
    partition.storeCopy(to, partition, entry, 0);
    check(model, copy);
    byte[] moved = Bytes.of("moved");
    Entry third = new Entry().key(moved, 0, moved.length, keyspace.seed());
    partition.find(third);
    list(copy);
    partition.storeMoved(third, partition, entry);
    delete(copy);
    check(model, moved);
    delete(moved);
    check(model, key);
  }

  /** A list that is filled and emptied over and over stays as small as what is in it asks for. */
  @Test
  void memory_isBoundedByTheElements() {
    byte[] a = Bytes.of("0123456789");
    long before = 0;
    for (int n = 10; n <= 1_000_000; n *= 10) {
      for (int i = 0; i < n; i++) {
        list().push(a, 0, a.length, i % 3 == 0);
      }
      long full = partition.memory();
      assertThat(full).isLessThan(n * 12L * 5 / 4 + 1000);
      for (int i = 0; i < n - 10; i++) {
        list().pop(i % 5 < 2);
      }
      assertThat(partition.memory()).isLessThan(1000);
      assertThat(partition.memory()).isGreaterThan(before);
      for (int i = 0; i < 3 * n; i++) {
        list().push(a, 0, a.length, true);
        list().pop(false);
      }
      assertThat(partition.memory()).isLessThan(1000);
      list().trim(Long.MAX_VALUE, true);
      deleteAll();
    }
  }

  @Test
  void smallList_costsLittle() {
    int lists = 10_000;
    byte[] a = Bytes.of("value:123");
    for (int i = 0; i < lists; i++) {
      byte[] name = Bytes.of("key:" + (100_000 + i));
      for (int j = 0; j < 10; j++) {
        list(name).push(a, 0, a.length, false);
      }
    }
    long payload = 10L + 10 * a.length;
    assertThat(partition.memory() / lists - payload).isLessThanOrEqualTo(60);
  }
}
