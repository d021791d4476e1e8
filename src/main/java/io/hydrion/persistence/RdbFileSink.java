package io.hydrion.persistence;

/**
 * Is given what a database file holds, in the order of the file. Strings hold until the method
 * returns. A method may throw {@link RdbFormatException} to refuse the file.
 */
public interface RdbFileSink {
  /**
   * A key; its value goes to the sink that is returned, piece by piece, until {@link #endKey} or
   * {@link #dropKey}. Keys that have expired are told like all others: {@link IgnoredValue} takes
   * the value of a key that is not wanted.
   *
   * @param expireAt ms since the epoch, or {@link io.hydrion.store.Partition#NEVER}
   * @param idleSeconds for how long nobody had touched it when it was written; -1: not said
   * @param frequency how often it is used, 0 to 255 (LFU); -1: not said
   */
  ValueSink beginKey(int database, RdbString key, long expireAt, long idleSeconds, int frequency);

  /** The value of the last key is whole. */
  void endKey();

  /** The last key has a value of no element: it is to be left out, as Redis does. */
  void dropKey();

  /** A library of functions: its code. */
  void function(RdbString code);

  /**
   * A note about the file. Redis 7.0 writes redis-ver, redis-bits, ctime, used-mem, aof-base, and
   * repl-stream-db, repl-id and repl-offset in files for replicas; a reader passes over what it
   * does not know.
   */
  default void note(RdbString name, RdbString value) {}

  /** The keys of a database follow, until another one is named; at first it is 0. */
  default void database(int number) {}

  /** How many keys of a database follow, and how many of them have an expiry: a hint. */
  default void sizes(int database, long keys, long expiring) {}

  /** What a module had stored beside all keys; there is no such module here: it is left out. */
  default void moduleNote(String module) {}

  /**
   * The last key has a value of a module's own type; when this returns, the key is left out by
   * {@link #dropKey}.
   */
  default void moduleValue(String module) {
    throw new RdbFormatException(
        "The RDB file contains module data I can't load: no matching module type '" + module + "'");
  }

  /** More of the file is there: so many bytes of it have been fetched so far. */
  default void progress(long bytes) {}
}
