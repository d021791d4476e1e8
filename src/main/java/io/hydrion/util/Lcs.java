package io.hydrion.util;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The longest common subsequence of two strings, as Redis finds it: where there are several, the
 * one that its walk through the table of lengths meets.
 */
public final class Lcs {
  /*
   * Let L(r, c) be the length for the first r bytes of one string and the first c of the other. Along
   * a row L grows by 0 or 1 a step, so a row is a bit vector, and the next row comes from it by a few
   * operations on whole words: H. Hyyrö, "Bit-parallel LCS-length computation revisited" (2004). A
   * zero at bit c-1 of row r means L(r, c) = L(r, c-1) + 1.
   *
   * The walk back from the end needs all rows, last first. We keep one in about sqrt(rows) of them
   * and compute the others again, a block at a time. So 64 cells cost about three steps, and the
   * memory is 2·sqrt(rows) vectors where the table would take 4 bytes a cell.
   *
   * The shorter string makes the columns: few words a row, small tables of where each byte occurs.
   */
  private final byte[] rowBytes;
  private final int rowOffset;
  private final int rows;
  private final byte[] columnBytes;
  private final int columnOffset;
  private final int columns;

  /** Whether the rows are the bytes of the second string. */
  private final boolean swapped;

  private final int words;
  private final long[] @Nullable [] occurrences = new long[256][];

  /** The runs of matches that lie next to each other in both strings, the last one first. */
  private final IntArrayList runs = new IntArrayList();

  private boolean runIsOpen;

  public Lcs(byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
    swapped = aLength < bLength;
    rowBytes = swapped ? b : a;
    rowOffset = swapped ? bOffset : aOffset;
    rows = swapped ? bLength : aLength;
    columnBytes = swapped ? a : b;
    columnOffset = swapped ? aOffset : bOffset;
    columns = swapped ? aLength : bLength;
    words = (columns + 63) >>> 6;
    for (int c = 0; c < columns; c++) {
      int value = columnBytes[columnOffset + c] & 0xff;
      long[] bits = occurrences[value];
      if (bits == null) {
        bits = new long[words];
        occurrences[value] = bits;
      }
      bits[c >>> 6] |= 1L << c;
    }
  }

  /** The length of the subsequence. */
  public int length() {
    long[] row = firstRow();
    for (int r = 0; r < rows; r++) {
      advance(row, 0, row, 0, r);
    }
    return count(row, 0, columns);
  }

  /**
   * Finds the subsequence itself.
   *
   * @return its runs, the last one first: for each where it begins in the first string, where in
   *     the second, and its length
   */
  public IntArrayList find() {
    if (columns == 0) {
      return runs;
    }
    int block = (int) Math.ceil(Math.sqrt(rows));
    int blocks = (rows - 1) / block + 1;
    long[][] kept = new long[blocks][];
    long[] row = firstRow();
    for (int r = 0; r < rows; r++) {
      if (r % block == 0) {
        kept[r / block] = row.clone();
      }
      advance(row, 0, row, 0, r);
    }
    long[] table = new long[(block + 1) * words];
    int column = columns;
    int length = count(row, 0, columns);
    for (int i = blocks - 1; i >= 0 && column > 0 && length > 0; i--) {
      int base = i * block;
      int top = Math.min(rows, base + block);
      System.arraycopy(kept[i], 0, table, 0, words);
      for (int r = base; r < top; r++) {
        advance(table, (r - base) * words, table, (r - base + 1) * words, r);
      }
      column = walk(table, base, top, column);
      length = count(table, 0, column);
    }
    return runs;
  }

  /** Walks through a block of rows, from its last one to its first, and returns the column then. */
  private int walk(long[] table, int base, int top, int from) {
    int r = top;
    int c = from;
    int here = count(table, (r - base) * words, c);
    int above = count(table, (r - 1 - base) * words, c);
    while (r > base && c > 0) {
      if (rowBytes[rowOffset + r - 1] == columnBytes[columnOffset + c - 1]) {
        match(r - 1, c - 1);
        here--;
        c--;
        r--;
        above = r > base ? count(table, (r - 1 - base) * words, c) : 0;
        continue;
      }
      runIsOpen = false;
      int left = here - step(table, (r - base) * words, c - 1);
      boolean up = swapped ? left <= above : above > left;
      if (up) {
        r--;
        here = above;
        above = r > base ? count(table, (r - 1 - base) * words, c) : 0;
      } else {
        c--;
        here = left;
        above -= step(table, (r - 1 - base) * words, c);
      }
    }
    return c;
  }

  private void match(int row, int column) {
    int a = swapped ? column : row;
    int b = swapped ? row : column;
    int n = runs.size();
    if (runIsOpen) {
      runs.set(n - 3, a);
      runs.set(n - 2, b);
      runs.set(n - 1, runs.getInt(n - 1) + 1);
    } else {
      runs.add(a);
      runs.add(b);
      runs.add(1);
      runIsOpen = true;
    }
  }

  private long[] firstRow() {
    long[] row = new long[words];
    Arrays.fill(row, -1L);
    return row;
  }

  /** Computes the row after a row's byte from the row before it; they may be the same. */
  private void advance(long[] from, int fromAt, long[] to, int toAt, int r) {
    long[] bits = occurrences[rowBytes[rowOffset + r] & 0xff];
    if (bits == null) {
      System.arraycopy(from, fromAt, to, toAt, words);
      return;
    }
    long carry = 0;
    for (int w = 0; w < words; w++) {
      long v = from[fromAt + w];
      long u = v & bits[w];
      long sum = v + u + carry;
      carry = (u | (v & ~sum)) >>> 63;
      to[toAt + w] = sum | (v & ~bits[w]);
    }
  }

  /** How many of a row's first bits are zero: the length that far. */
  private static int count(long[] row, int at, int bits) {
    int ones = 0;
    int whole = bits >>> 6;
    for (int w = 0; w < whole; w++) {
      ones += Long.bitCount(row[at + w]);
    }
    if ((bits & 63) != 0) {
      ones += Long.bitCount(row[at + whole] & (1L << bits) - 1);
    }
    return bits - ones;
  }

  private static int step(long[] row, int at, int bit) {
    return (int) (~row[at + (bit >>> 6)] >>> bit) & 1;
  }
}
