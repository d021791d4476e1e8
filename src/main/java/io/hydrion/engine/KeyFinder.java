package io.hydrion.engine;

/** Finds the keys of a command's call where the row's key specs do not tell them all. */
@FunctionalInterface
public interface KeyFinder {
  /** Takes the position of each key, and what the command does with it. */
  @FunctionalInterface
  interface Keys {
    void key(int position, String flags);
  }

  /**
   * Gives the keys.
   *
   * @return false when the arguments are wrong and their keys are not known
   */
  boolean find(Request q, Keys to);
}
