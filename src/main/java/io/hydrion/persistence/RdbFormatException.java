package io.hydrion.persistence;

/** What was read is not what the format allows. */
public final class RdbFormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String reason;
  private final long offset;

  public RdbFormatException(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
    offset = -1;
  }

  /**
   * @param offset how many bytes of the file had been read
   * @param doing what was being read
   */
  RdbFormatException(String reason, long offset, String doing) {
    super(reason + " (at offset " + offset + ", " + doing + ")", null, false, false);
    this.reason = reason;
    this.offset = offset;
  }

  /** The message without the place. */
  public String reason() {
    return reason;
  }

  /** Where in the file it was found, -1 where that is not known. */
  public long offset() {
    return offset;
  }
}
