package io.hydrion.store;

import io.hydrion.config.ConfigView;

/**
 * A value of several elements. A flyweight: {@link #open} points it at an entry, whose value it
 * reads and changes; an entry without a record is an empty value, and gets a record with its first
 * element. What it says holds until the partition changes in another way or its lock is released.
 */
public abstract class AggregateValue {
  /** Who gives records to values. */
  public interface Owner {
    /**
     * Gives the entry's key a record whose value has {@code n} bytes, the first of which stay what
     * they were; its expiry stays too.
     */
    void store(Entry e, ValueType type, Encoding encoding, int n);

    /** When a packed value becomes another. */
    ConfigView limits();
  }

  protected final ValueType type;
  protected final Owner owner;
  protected Partition partition;
  protected Entry e;
  protected Parts parts;

  AggregateValue(ValueType type, Owner owner, Partition partition, Entry e) {
    this.type = type;
    this.owner = owner;
    this.partition = partition;
    this.e = e;
    parts = new Parts(partition, e);
  }

  /** For values that are only walked over or given back. */
  private static final Owner NO_OWNER =
      new Owner() {
        @Override
        public void store(Entry e, ValueType type, Encoding encoding, int n) {
          throw new IllegalStateException();
        }

        @Override
        public ConfigView limits() {
          throw new IllegalStateException();
        }
      };

  /** The value of an entry, to be walked over, copied or given back, not to be changed. */
  public static AggregateValue of(Partition partition, Entry e) {
    AggregateValue value =
        switch (e.type()) {
          case SET -> new SetValue(NO_OWNER, partition, e);
          case HASH -> new HashValue(NO_OWNER, partition, e);
          case LIST -> new ListValue(NO_OWNER, partition, e);
          case SORTED_SET -> new SortedSetValue(NO_OWNER, partition, e);
          case STREAM -> new StreamValue(NO_OWNER, partition, e);
          case STRING -> throw new IllegalStateException("no such value");
        };
    value.open(partition, e);
    return value;
  }

  /** Points at the value of an entry that has just been looked for. */
  public void open(Partition ofPartition, Entry ofEntry) {
    // A reference stored into an old object costs the collector's fence: most stay what they were.
    if (partition != ofPartition) {
      partition = ofPartition;
    }
    if (e != ofEntry) {
      e = ofEntry;
    }
    if (isLinked()) {
      parts.open(partition, e);
    }
  }

  /** The entry that it was opened with last. */
  public final Entry entry() {
    return e;
  }

  /** How many elements there are. */
  public abstract long size();

  public boolean isEmpty() {
    return size() == 0;
  }

  /** Gives back all blocks outside the record. */
  abstract void freeParts();

  /** The bytes of the record's value when it is a root. */
  abstract int rootBytes();

  /**
   * Builds all elements of this value, which is linked, a second time.
   *
   * @param to a value that is being built
   * @throws StoreFullException when there is no room; what has been built is given back then
   */
  abstract void copyTo(Parts to);

  /** Gives back what {@link #copyTo} has built. */
  abstract void freeBuilt(Parts built);

  protected boolean isLinked() {
    return e.exists() && e.isLinked();
  }

  /** The array that the record lies in. */
  protected byte[] record() {
    return partition.record(e);
  }

  /** Gives the value a record, or its record another length. */
  protected void resize(Encoding encoding, int n) {
    owner.store(e, type, encoding, n);
  }

  /**
   * Makes the record, which is packed or not there, the root of blocks that have been built.
   *
   * @throws StoreFullException when there is no room; what has been built is for the caller to give
   *     back then
   */
  protected void link(Parts built) {
    resize(Encoding.LINKED, rootBytes());
    putRoot(built);
  }

  private void putRoot(Parts built) {
    byte[] root = built.root();
    System.arraycopy(root, 0, record(), e.valueOffset, root.length);
    parts.open(partition, e);
  }

  /** Gives a value that has grown an arena to itself, or takes it from one that has shrunk. */
  protected void settle() {
    if (parts.isOwn() ? parts.bytes() < Parts.OWN_UNTIL : parts.bytes() > Parts.OWN_FROM) {
      try {
        moveParts();
      } catch (StoreFullException full) { // then it stays where it is
      }
    }
  }

  private void moveParts() {
    Parts built = new Parts(partition, e);
    if (parts.isOwn()) {
      int own = Parts.ownArena(record(), e.valueOffset);
      built.build(partition, partition.arena(), rootBytes());
      copyTo(built);
      putRoot(built);
      partition.dropOwnArena(own);
    } else {
      built.build(partition, partition.newArena(), rootBytes());
      copyTo(built);
      freeParts();
      Parts.setOwnArena(built.root(), 0, partition.addOwnArena(built.arena()));
      putRoot(built);
    }
  }

  /** Gives back all that lies outside the record, which is to be overwritten or deleted. */
  void release() {
    if (parts.isOwn()) {
      partition.dropOwnArena(Parts.ownArena(record(), e.valueOffset));
    } else {
      freeParts();
    }
  }
}
