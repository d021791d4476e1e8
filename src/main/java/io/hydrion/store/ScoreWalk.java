package io.hydrion.store;

/** Is shown the members of a range of scores, and can say beforehand which it does not want. */
public interface ScoreWalk {
  /**
   * Whether there can be a wanted member among those with scores from one to another. The scores
   * are a block of the order of doubles whose lower 32 bits are free. Asked more often than there
   * are members to be shown, so that those that are not wanted need not be looked at.
   */
  boolean wants(double low, double high);

  /**
   * Takes a member, the {@code n} bytes from {@code at} on, which hold until the visit ends.
   *
   * @return false when the walk is to end
   */
  boolean visit(byte[] a, int at, int n, double score);
}
