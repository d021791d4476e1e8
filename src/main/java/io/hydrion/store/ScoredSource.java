package io.hydrion.store;

/** Gives members and their scores one by one, in the order of a sorted set. */
public interface ScoredSource {
  /** Goes to the first, then to the next; false when there is none. */
  boolean next();

  /** The array of the member at hand. */
  byte[] bytes();

  /** Where the member at hand begins. */
  int offset();

  int length();

  double score();
}
