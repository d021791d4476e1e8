package io.hydrion.persistence;

/** What was read is not what the format allows. */
public final class RdbFormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public RdbFormatException(String message) {
    super(message, null, false, false);
  }
}
