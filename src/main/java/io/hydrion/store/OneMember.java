package io.hydrion.store;

/** A single member as a source. */
final class OneMember implements ScoredSource {
  private final byte[] bytes;
  private final int offset;
  private final int length;
  private final double score;
  private boolean isGiven;

  OneMember(byte[] bytes, int offset, int length, double score) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.score = score;
  }

  @Override
  public boolean next() {
    boolean isNew = !isGiven;
    isGiven = true;
    return isNew;
  }

  @Override
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public double score() {
    return score;
  }
}
