package io.hydrion.command;

import io.hydrion.engine.Request;
import java.util.random.RandomGenerator;

/**
 * Chooses some of the elements of a walk: every choice of so many of them is equally likely, and
 * which one it is follows from the source of randomness. Also says how many elements a client may
 * ask for where they may repeat.
 */
final class RandomSelection {
  /*
   * Knuth's algorithm S: the next element is taken with the probability of its share, the elements
   * still wanted of those still to come.
   */
  private static final int BULK_BYTES_MIN = 6;

  private final RandomGenerator random;
  private long wanted;
  private long left;

  /**
   * @param wanted how many elements are to be chosen
   * @param size how many elements will be asked about, at least {@code wanted}
   */
  RandomSelection(long wanted, long size, RandomGenerator random) {
    this.wanted = wanted;
    left = size;
    this.random = random;
  }

  /** Whether the next element of the walk is chosen. */
  boolean takesNext() {
    boolean takes = random.nextLong(left) < wanted;
    left--;
    wanted -= takes ? 1 : 0;
    return takes;
  }

  /**
   * Whether a reply of so many bulk strings must be larger than what all clients together may be
   * made to hold: then it is refused, since nothing else would end it.
   */
  static boolean isTooMany(Request q, long count) {
    return count > q.engine().clientMemory().bound() / BULK_BYTES_MIN;
  }
}
