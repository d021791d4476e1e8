package io.hydrion;

import io.hydrion.engine.DirectAccess;
import io.hydrion.engine.Engine;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a server's database 0, reached by calls instead of commands: what one reads here is
 * what clients read over the wire, and a change made here is seen by those who watch or listen. A
 * change has been appended to the log, when there is one, as the settings ask for when the call
 * returns; it throws an {@link java.io.UncheckedIOException} when the log fails. Thread-safe.
 */
public final class Store {
  private final DirectAccess access;

  Store(Engine engine) {
    access = new DirectAccess(engine);
  }

  /**
   * The value of a key, as a new array; null when there is none.
   *
   * @throws ClassCastException when the key holds something else than a string
   */
  public byte @Nullable [] get(byte[] key) {
    return access.get(key);
  }

  /**
   * Copies the value of a key into an array.
   *
   * @return the value's length, which may be more than fitted; -1 when there is none
   * @throws ClassCastException when the key holds something else than a string
   */
  public int get(byte[] key, byte[] into) {
    return access.get(key, into);
  }

  /** Gives a key a value; an expiry that it had is gone. */
  public void set(byte[] key, byte[] value) {
    access.set(key, value, 0);
  }

  /** Gives a key a value that expires after so many milliseconds, at least 1. */
  public void set(byte[] key, byte[] value, long ttlMillis) {
    if (ttlMillis < 1) {
      throw new IllegalArgumentException("ttlMillis: " + ttlMillis);
    }
    access.set(key, value, ttlMillis);
  }

  /** Removes a key; false when there was none. */
  public boolean delete(byte[] key) {
    return access.delete(key);
  }

  /** Whether there is such a key. */
  public boolean exists(byte[] key) {
    return access.exists(key);
  }

  /** How many keys there are. */
  public long size() {
    return access.size();
  }
}
