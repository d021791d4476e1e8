package io.hydrion.util;

/** Ranges of one array, by number. */
public interface ByteRanges {
  /** The array in which all ranges lie. */
  byte[] bytes();

  int offset(int i);

  int length(int i);
}
