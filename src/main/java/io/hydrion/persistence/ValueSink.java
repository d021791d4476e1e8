package io.hydrion.persistence;

/**
 * Is given a value that is being read, piece by piece. Strings hold until the method returns. A
 * method may throw {@link RdbFormatException}, of an element that is there twice for instance.
 */
public interface ValueSink {
  void string(RdbString value);

  void listElement(RdbString element);

  void setMember(RdbString member);

  void sortedSetMember(RdbString member, double score);

  /**
   * @param expireAt ms since the epoch, or {@link io.hydrion.store.Partition#NEVER}
   */
  void hashField(RdbString field, RdbString value, long expireAt);

  /** An entry of a stream, in the order of the ids; it has as many values as fields. */
  void streamEntry(long ms, long seq, byte[][] fieldsAndValues);

  /** What else a stream knows of itself; comes after all entries, also when there are none. */
  void stream(StreamState state);

  void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead);

  /** An entry that the last group has delivered and that nobody has acknowledged. */
  void streamPending(long ms, long seq, long deliveredAt, long deliveries);

  /** A consumer of the last group; the times in ms since the epoch, -1: never. */
  void streamConsumer(RdbString name, long seenAt, long activeAt);

  /** A pending entry that is the last consumer's. */
  void streamConsumerPending(long ms, long seq);

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
