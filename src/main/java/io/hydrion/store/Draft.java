package io.hydrion.store;

import io.hydrion.config.ConfigView;
import io.hydrion.util.Bytes;
import io.hydrion.util.Slots;

/**
 * A value that is put together apart from all keys, so that it can become the value of one in a
 * single step once it is whole. It counts for no memory limit until then, but the heap has room for
 * it. Belongs to the thread that made it.
 */
public final class Draft implements AggregateValue.Owner {
  private final Partition partition;
  private final Entry entry = new Entry();
  private final ConfigView limits;

  /**
   * @param seed that of the keyspace which the value is meant for
   */
  public Draft(ConfigView limits, long seed) {
    this.limits = limits;
    Shard alone = new Shard(0, Slots.COUNT, 1, seed); // of one slot
    alone.lock();
    partition = alone.partitionForWrite(0);
    partition.find(entry.key(Bytes.EMPTY, 0, 0, seed));
  }

  @Override
  public void store(Entry e, ValueType type, Encoding encoding, int n) {
    partition.store(e, type, encoding, n, Partition.NEVER, 0, true);
  }

  @Override
  public ConfigView limits() {
    return limits;
  }

  /** The set that is being put together, empty at first. */
  public SetValue set() {
    SetValue set = new SetValue(this, partition, entry);
    set.open(partition, entry);
    return set;
  }

  /** The same for a sorted set. */
  public SortedSetValue sortedSet() {
    SortedSetValue sortedSet = new SortedSetValue(this, partition, entry);
    sortedSet.open(partition, entry);
    return sortedSet;
  }

  /** As {@link #set}, for a list. */
  public ListValue list() {
    ListValue list = new ListValue(this, partition, entry);
    list.open(partition, entry);
    return list;
  }

  /** The partition that holds nothing but the value. */
  public Partition partition() {
    return partition;
  }

  /** Where the value is; its key says nothing. */
  public Entry entry() {
    return entry;
  }
}
