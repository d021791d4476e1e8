package io.hydrion.store;

import io.hydrion.util.Heap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A range of hash slots of all databases, under one lock. */
public final class Shard extends ShardLock {
  private static final long serialVersionUID = 1;
  private static final VarHandle MEMORY;

  static {
    try {
      MEMORY = MethodHandles.lookup().findVarHandle(Shard.class, "memory", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int index;
  private final int slots;
  private final long seed;
  private final transient @Nullable Partition[] partitions;

  @SuppressWarnings("UnusedVariable") // read and written through MEMORY
  private long memory;

  /** 0 or {@link Entry#EPOCH}: what the records have that the snapshot has. */
  private int epoch;

  private transient @Nullable SnapshotListener snapshotListener;

  Shard(int index, int shards, int databases, long seed) {
    this.seed = seed;
    this.index = index;
    slots = Partition.slotsOf(shards);
    partitions = new Partition[databases];
  }

  public int index() {
    return index;
  }

  /** The first slot of the shard's range. */
  public int firstSlot() {
    return index * slots;
  }

  /** How many slots the shard has; a power of two. */
  public int slots() {
    return slots;
  }

  /** A database's keys in this shard; null until it has had one. */
  public @Nullable Partition partition(int database) {
    return partitions[database];
  }

  /** A database's keys in this shard, made when missing. */
  public Partition partitionForWrite(int database) {
    Partition partition = partitions[database];
    if (partition == null) {
      assert isHeld();
      partition = new Partition(this, slots, seed);
      partitions[database] = partition;
    }
    return partition;
  }

  /** Drops all keys of a database, in constant time: the collector takes what they held. */
  public @Nullable Partition drop(int database) {
    assert isHeld();
    Partition dropped = partitions[database];
    if (dropped != null) {
      partitions[database] = null;
      addMemory(-dropped.memory());
      Heap.givenUp(dropped.reservedBytes());
    }
    return dropped;
  }

  /** Exchanges two databases. */
  public void swap(int a, int b) {
    assert isHeld();
    Partition swapped = partitions[a];
    partitions[a] = partitions[b];
    partitions[b] = swapped;
  }

  /**
   * Begins a snapshot of all records that there are: the listener is shown each before it changes.
   */
  public void beginSnapshot(SnapshotListener listener) {
    assert isHeld();
    assert snapshotListener == null;
    epoch ^= Entry.EPOCH;
    snapshotListener = listener;
  }

  /** Ends a snapshot, which has had all records, dropped partitions aside. */
  public void endSnapshot() {
    assert isHeld();
    snapshotListener = null;
  }

  int epoch() {
    return epoch;
  }

  @Nullable SnapshotListener snapshotListener() {
    return snapshotListener;
  }

  /** Bytes in use by the keys of all databases; any thread may ask. */
  public long memory() {
    return (long) MEMORY.getOpaque(this);
  }

  void addMemory(long delta) {
    MEMORY.setOpaque(this, (long) MEMORY.getOpaque(this) + delta);
  }
}
