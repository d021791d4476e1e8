package io.hydrion.engine;

/** A key that a client watches, in one database. */
record WatchedKey(int database, ByteKey key) {}
