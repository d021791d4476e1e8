package io.hydrion.command;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** A hydra that is never the same twice: necks that wander upwards, part, and end in heads. */
final class HydraPicture {
  private static final int COLUMNS = 61;
  private static final int ROWS = 14;
  private static final int NECKS_MAX = 12;

  private final RandomGenerator random;
  private final char[][] canvas = new char[ROWS][COLUMNS];

  HydraPicture(RandomGenerator random) {
    this.random = random;
    for (char[] line : canvas) {
      Arrays.fill(line, ' ');
    }
  }

  String draw() {
    int[] necks = {COLUMNS / 2 - 4, COLUMNS / 2, COLUMNS / 2 + 4};
    for (int row = ROWS - 1; row > 0; row--) {
      necks = grow(necks, row);
    }
    for (int neck : necks) {
      head(neck, 0);
    }
    StringBuilder text = new StringBuilder();
    for (char[] line : canvas) {
      text.append(new String(line).stripTrailing()).append('\n');
    }
    return text.append("~".repeat(COLUMNS)).append('\n').toString();
  }

  /** Draws a row of necks and says where they are on the row above. */
  private int[] grow(int[] necks, int row) {
    int[] above = new int[NECKS_MAX];
    int count = 0;
    for (int i = 0; i < necks.length; i++) {
      int at = necks[i];
      int rest = necks.length - i - 1;
      if (count > 0 && row < ROWS - 3 && random.nextInt(12) == 0) {
        head(at, row);
      } else if (count + rest + 2 <= NECKS_MAX && random.nextInt(3) == 0) {
        put(at, row, 'Y');
        above[count++] = at - 1;
        above[count++] = at + 1;
      } else {
        int lean = random.nextInt(3) - 1;
        put(at, row, lean < 0 ? '\\' : lean > 0 ? '/' : '|');
        above[count++] = at + lean;
      }
    }
    return Arrays.copyOf(above, count);
  }

  private void head(int at, int row) {
    put(at - 1, row, '<');
    put(at, row, random.nextBoolean() ? 'o' : 'O');
    put(at + 1, row, '>');
  }

  private void put(int column, int row, char c) {
    if (column >= 0 && column < COLUMNS) {
      canvas[row][column] = c;
    }
  }
}
