package io.hydrion.engine;

/** A key of one database, which clients watch or wait for. */
record DatabaseKey(int database, ByteKey key) {}
