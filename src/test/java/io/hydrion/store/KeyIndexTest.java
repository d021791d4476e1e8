package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
  private final Arena arena = new Arena(bytes -> {});
  private KeyIndex index = new KeyIndex(arena, 2);
  private final Set<Long> model = new HashSet<>();
  private final List<Long> elements = new ArrayList<>();
  private Random random = new Random();
  private int nextAddress = 1;

  @BeforeEach
  void seed() {
    long seed = System.nanoTime();
    System.out.println("KeyIndexTest seed " + seed);
    random = new Random(seed);
  }

  @Test
  void randomChanges_agreeWithModel() {
    for (int step = 0; step < 200_000; step++) {
      boolean swells = step / 10_000 % 2 == 0;
      if (elements.isEmpty() || random.nextInt(100) < (swells ? 70 : 30)) {
        add();
      } else {
        remove(random.nextInt(elements.size()));
      }
      assertThat(index.size(1)).isEqualTo(model.size());
      if (step % 5_000 == 0) {
        checkAll();
      }
    }
    while (!elements.isEmpty()) {
      remove(elements.size() - 1);
    }
    assertThat(index.tableBytes()).isZero();
    assertThat(arena.usedBytes()).isZero();
  }

  @Test
  void replaceAt_keepsThePlace() {
    for (int i = 0; i < 1_000; i++) {
      add();
    }
    for (long element : List.copyOf(elements)) {
      long replacement = KeyIndex.element((int) (element >>> 32), nextAddress++);
      index.replace(1, index.positionOf(1, element), replacement);
      assertThat(index.positionOf(1, element)).isNegative();
      assertThat(index.positionOf(1, replacement)).isNotNegative();
    }
  }

  @Test
  void equalHashes_areToldApartByAddress() {
    for (int i = 0; i < 100; i++) {
      add(7);
    }
    checkAll();
    assertThat(scanAll(() -> {})).containsExactlyInAnyOrderElementsOf(elements);
  }

  @Test
  void scan_ofATableThatStays_givesEachElementOnce() {
    for (int i = 0; i < 1_000; i++) {
      add();
      if (Integer.bitCount(i) < 3) {
        assertThat(scanAll(() -> {})).containsExactlyInAnyOrderElementsOf(elements);
      }
    }
  }

  @Test
  void scan_whileTheTableGrowsAndShrinks_missesNothingThatStays() {
    for (int round = 0; round < 300; round++) {
      elements.clear();
      model.clear();
      index = new KeyIndex(arena, 2);
      int staying = 1 + random.nextInt(100);
      for (int i = 0; i < staying; i++) {
        add();
      }
      Set<Long> stays = Set.copyOf(elements);
      Set<Long> seen =
          new HashSet<>(
              scanAll(
                  () -> {
                    int target = staying + random.nextInt(1 << random.nextInt(11));
                    while (elements.size() < target) {
                      add();
                    }
                    while (elements.size() > target) {
                      remove(staying + random.nextInt(elements.size() - staying));
                    }
                  }));
      assertThat(seen).containsAll(stays);
    }
  }

  @Test
  void scan_fromACursorThatNobodyGave_stillEnds() {
    for (int i = 0; i < 1_000; i++) {
      add();
    }
    for (int i = 0; i < 1_000; i++) {
      long cursor = random.nextLong() >>> random.nextInt(64);
      int steps = 0;
      do {
        cursor = index.scan(1, cursor, e -> {});
        steps++;
      } while (cursor != 0);
      assertThat(steps).isLessThanOrEqualTo((int) index.tableBytes() / 8);
    }
  }

  private List<Long> scanAll(Runnable between) {
    List<Long> seen = new ArrayList<>();
    long cursor = 0;
    do {
      cursor = index.scan(1, cursor, seen::add);
      between.run();
    } while (cursor != 0);
    return seen;
  }

  private void checkAll() {
    for (long element : elements) {
      assertThat(index.positionOf(1, element)).isNotNegative();
      assertThat(index.at(1, index.positionOf(1, element))).isEqualTo(element);
    }
  }

  private void add() {
    add(random.nextInt(4) == 0 ? random.nextInt(16) : random.nextInt());
  }

  private void add(int hash) {
    long element = KeyIndex.element(hash, nextAddress++);
    assertThat(index.insert(1, element)).isEqualTo(index.positionOf(1, element));
    model.add(element);
    elements.add(element);
  }

  private void remove(int at) {
    long element = elements.get(at);
    elements.set(at, elements.get(elements.size() - 1));
    elements.remove(elements.size() - 1);
    model.remove(element);
    index.remove(1, index.positionOf(1, element));
    assertThat(index.positionOf(1, element)).isNegative();
  }
}
