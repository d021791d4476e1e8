package io.hydrion.util;

/** The time, as the server sees it; a test moves its own. */
public interface Clock {
  /** Wall time in milliseconds since the epoch. */
  long millis();

  /** Wall time in microseconds since the epoch. */
  long micros();

  /** A time that never goes back, in nanoseconds from an arbitrary start. */
  long nanos();

  /** The machine's clock. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
