package io.hydrion.store;

/** Is shown each record of a shard once, as it was when the snapshot began. */
@FunctionalInterface
public interface SnapshotListener {
  /** Takes a record; the shard's lock is held. It must not change the partition. */
  void take(Partition partition, Entry e);
}
