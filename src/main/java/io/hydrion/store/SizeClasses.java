package io.hydrion.store;

/**
 * The block sizes that an arena hands out, in units of {@value #UNIT} bytes: every size up to 128
 * units, then eight steps a doubling, so that at most an eighth of a block is unused.
 */
final class SizeClasses {
  static final int UNIT = 8;
  static final int UNIT_SHIFT = 3;

  private static final int EXACT = 128;
  private static final int EXACT_SHIFT = 7;
  private static final int STEP_SHIFT = 3;

  /** The largest block of a shared chunk, in units: 64 KiB. */
  static final int UNITS_MAX = 8192;

  static final int COUNT = EXACT + ((13 - EXACT_SHIFT) << STEP_SHIFT) + 1;

  private SizeClasses() {}

  /** The class of the smallest block that holds so many units, 1 to {@value #UNITS_MAX}. */
  static int of(int units) {
    if (units <= EXACT) {
      return units;
    }
    int doubling = 31 - Integer.numberOfLeadingZeros(units - 1);
    int step = (units - 1) >> (doubling - STEP_SHIFT);
    return EXACT + ((doubling - EXACT_SHIFT) << STEP_SHIFT) + (step - (1 << STEP_SHIFT)) + 1;
  }

  /** The size of a class's blocks, in units. */
  static int units(int sizeClass) {
    if (sizeClass <= EXACT) {
      return sizeClass;
    }
    int above = sizeClass - EXACT - 1;
    int doubling = EXACT_SHIFT + (above >> STEP_SHIFT);
    int step = (above & ((1 << STEP_SHIFT) - 1)) + (1 << STEP_SHIFT);
    return (step + 1) << (doubling - STEP_SHIFT);
  }
}
