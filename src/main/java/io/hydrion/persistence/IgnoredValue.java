package io.hydrion.persistence;

import io.hydrion.util.ByteRanges;

/** Takes a value that nobody wants. */
public final class IgnoredValue implements ValueSink {
  public static final IgnoredValue INSTANCE = new IgnoredValue();

  private IgnoredValue() {}

  @Override
  public void string(RdbString value) {}

  @Override
  public void listElement(RdbString element) {}

  @Override
  public void setMember(RdbString member) {}

  @Override
  public void sortedSetMember(RdbString member, double score) {}

  @Override
  public void hashField(RdbString field, RdbString value, long expireAt) {}

  @Override
  public void streamEntry(long ms, long seq, ByteRanges words, int count) {}

  @Override
  public void stream(StreamState state) {}

  @Override
  public void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead) {}

  @Override
  public void streamConsumer(RdbString name, long seenAt, long activeAt) {}

  @Override
  public void streamPending(long ms, long seq, long deliveredAt, long deliveries) {}
}
