package io.hydrion.store;

/** The heap has no room for what a command wants to store; nothing has changed. */
public final class StoreFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreFullException(String message) {
    super(message, null, false, false);
  }
}
