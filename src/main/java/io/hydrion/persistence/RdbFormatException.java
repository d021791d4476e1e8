package io.hydrion.persistence;

/** What was read is not what the format allows. */
public final class RdbFormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long offset;

  public RdbFormatException(String message) {
    this(message, -1);
  }

  /**
   * @param offset how many bytes of the file had been read
   */
  public RdbFormatException(String message, long offset) {
    super(message, null, false, false);
    this.offset = offset;
  }

  /** Where in the file it was found, -1 where that is not known. */
  public long offset() {
    return offset;
  }
}
