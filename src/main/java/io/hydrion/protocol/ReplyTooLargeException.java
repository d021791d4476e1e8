package io.hydrion.protocol;

/**
 * A reply outgrew what one buffer can hold (2 GiB) or what the heap has room for; the connection it
 * was for is closed.
 */
public final class ReplyTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ReplyTooLargeException() {
    super("no room for the reply");
  }
}
