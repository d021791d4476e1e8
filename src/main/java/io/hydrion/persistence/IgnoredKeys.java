package io.hydrion.persistence;

/** Takes a database file that nobody wants. */
public class IgnoredKeys implements RdbFileSink {
  @Override
  public ValueSink beginKey(
      int database, RdbString key, long expireAt, long idleSeconds, int frequency) {
    return IgnoredValue.INSTANCE;
  }

  @Override
  public void endKey() {}

  @Override
  public void dropKey() {}

  @Override
  public void function(RdbString code) {}
}
