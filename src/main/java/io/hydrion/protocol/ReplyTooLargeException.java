package io.hydrion.protocol;

/** A reply outgrew what one buffer can hold (2 GiB); the connection it was for is closed. */
public final class ReplyTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ReplyTooLargeException() {
    super("reply larger than 2 GiB");
  }
}
