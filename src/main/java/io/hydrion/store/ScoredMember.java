package io.hydrion.store;

import io.hydrion.util.Bytes;

/** A member and its score as they lie in an array: the score, the member's length, the member. */
final class ScoredMember {
  private ScoredMember() {}

  /** How many bytes {@link #put} writes. */
  static long bytes(double score, int length) {
    return Score.size(score) + Varint.size(length) + (long) length;
  }

  static int put(byte[] a, int at, double score, byte[] member, int off, int length) {
    int to = Varint.put(a, Score.put(a, at, score), length);
    System.arraycopy(member, off, a, to, length);
    return to + length;
  }

  static double score(byte[] a, int at) {
    return Score.get(a, at);
  }

  /** Where the member's length is. */
  private static int lengthAt(byte[] a, int at) {
    return at + Score.sizeAt(a, at);
  }

  static int length(byte[] a, int at) {
    return (int) Varint.get(a, lengthAt(a, at));
  }

  /** Where the member begins. */
  static int member(byte[] a, int at) {
    int length = lengthAt(a, at);
    return length + Varint.size(Varint.get(a, length));
  }

  /** The place behind the member. */
  static int end(byte[] a, int at) {
    int lengthAt = lengthAt(a, at);
    int length = (int) Varint.get(a, lengthAt);
    return lengthAt + Varint.size(length) + length;
  }

  static boolean hasMember(byte[] a, int at, byte[] member, int off, int length) {
    int lengthAt = lengthAt(a, at);
    int n = (int) Varint.get(a, lengthAt);
    return n == length && Bytes.equal(a, lengthAt + Varint.size(n), member, off, length);
  }

  static int compareMember(byte[] a, int at, byte[] member, int off, int length) {
    int lengthAt = lengthAt(a, at);
    int n = (int) Varint.get(a, lengthAt);
    return Bytes.compare(a, lengthAt + Varint.size(n), n, member, off, length);
  }
}
