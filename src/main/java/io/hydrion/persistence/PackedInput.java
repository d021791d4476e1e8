package io.hydrion.persistence;

/** Reads the elements of one of Redis's packed forms, checking the form as it goes. */
interface PackedInput {
  /**
   * Reads the next element.
   *
   * @return false when there is none; the form has been checked to its last byte then
   */
  boolean next(RdbString s);

  /** Reads an element that must be there. */
  default void require(RdbString s) {
    if (!next(s)) {
      throw new RdbFormatException("integrity check failed: an element is missing");
    }
  }
}
