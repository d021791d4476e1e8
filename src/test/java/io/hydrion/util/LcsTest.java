package io.hydrion.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LcsTest {
  @Test
  void find_randomStrings_walksAsTheTableOfLengthsSays() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 3000; i++) {
      byte[] a = text(random);
      byte[] b = text(random);
      List<Integer> expected = runs(a, b);
      Lcs lcs = new Lcs(a, 0, a.length, b, 0, b.length);
      assertThat(List.copyOf(lcs.find())).as("seed %d, round %d", seed, i).isEqualTo(expected);
      assertThat(new Lcs(a, 0, a.length, b, 0, b.length).length()).isEqualTo(total(expected));
    }
  }

  @Test
  void find_partOfAnArray_knowsOnlyThatPart() {
    byte[] a = Bytes.of("xxohmytextxx");
    byte[] b = Bytes.of("yymynewtextyy");
    assertThat(new Lcs(a, 2, 8, b, 2, 9).find().toIntArray()).containsExactly(4, 5, 4, 2, 0, 2);
  }

  private static byte[] text(SplittableRandom random) {
    byte[] text = new byte[random.nextInt(random.nextBoolean() ? 12 : 300)];
    int letters = 1 + random.nextInt(6);
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ('a' + random.nextInt(letters) * 37);
    }
    return text;
  }

  private static int total(List<Integer> runs) {
    int total = 0;
    for (int i = 2; i < runs.size(); i += 3) {
      total += runs.get(i);
    }
    return total;
  }

  /** The same by the whole table, a cell at a time. */
  private static List<Integer> runs(byte[] a, byte[] b) {
    int[][] table = new int[a.length + 1][b.length + 1];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        table[i][j] =
            a[i - 1] == b[j - 1]
                ? table[i - 1][j - 1] + 1
                : Math.max(table[i - 1][j], table[i][j - 1]);
      }
    }
    List<Integer> runs = new ArrayList<>();
    boolean open = false;
    int i = a.length;
    int j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        i--;
        j--;
        int length = open ? runs.remove(runs.size() - 1) : 0;
        if (open) {
          runs.subList(runs.size() - 2, runs.size()).clear();
        }
        runs.addAll(List.of(i, j, length + 1));
        open = true;
      } else {
        open = false;
        if (table[i - 1][j] > table[i][j - 1]) {
          i--;
        } else {
          j--;
        }
      }
    }
    return runs;
  }
}
