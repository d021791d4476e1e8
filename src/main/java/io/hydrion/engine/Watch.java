package io.hydrion.engine;

/** One client's interest in one key. */
final class Watch {
  final Session session;
  final DatabaseKey key;

  /**
   * Whether the key had outlived its expiry when the watch began and its record is still there: its
   * removal is no change then. Guarded by the lock of the key's shard.
   */
  boolean expired;

  Watch(Session session, DatabaseKey key, boolean expired) {
    this.session = session;
    this.key = key;
    this.expired = expired;
  }
}
