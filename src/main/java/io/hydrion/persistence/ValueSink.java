package io.hydrion.persistence;

import io.hydrion.util.ByteRanges;

/**
 * Is given a value that is being read, piece by piece. Strings hold until the method returns. A
 * method may throw {@link RdbFormatException}, of an element that is there twice for instance.
 */
public interface ValueSink {
  /** How many entries a group has read, in formats that do not tell. */
  long NOT_SAID = -2;

  void string(RdbString value);

  void listElement(RdbString element);

  void setMember(RdbString member);

  void sortedSetMember(RdbString member, double score);

  /**
   * @param expireAt ms since the epoch, or {@link io.hydrion.store.Partition#NEVER}
   */
  void hashField(RdbString field, RdbString value, long expireAt);

  /**
   * An entry of a stream, in the order of the ids.
   *
   * @param words fields and values by turns
   * @param count how many words there are
   */
  void streamEntry(long ms, long seq, ByteRanges words, int count);

  /** What else a stream knows of itself; comes after all entries, also when there are none. */
  void stream(StreamState state);

  /**
   * A consumer group.
   *
   * @param entriesRead -1: not known; {@link #NOT_SAID}: to be concluded from the rest
   */
  void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead);

  /** A consumer of the last group; the times in ms since the epoch, -1: never. */
  void streamConsumer(RdbString name, long seenAt, long activeAt);

  /** An entry that the last consumer has been given and has not acknowledged. */
  void streamPending(long ms, long seq, long deliveredAt, long deliveries);

  /**
   * The counters of a stream.
   *
   * @param length how many entries it has
   */
  record StreamState(
      long length,
      long lastMs,
      long lastSeq,
      long firstMs,
      long firstSeq,
      long maxDeletedMs,
      long maxDeletedSeq,
      long entriesAdded) {}
}
