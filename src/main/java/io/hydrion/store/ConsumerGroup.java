package io.hydrion.store;

import io.hydrion.util.Bytes;
import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;

/**
 * A consumer group of a stream: how far it has read, its consumers, and what has been delivered to
 * them and not been acknowledged yet, the pending entries. A flyweight, pointed at a group by
 * {@link StreamValue}. A consumer is named by a number, the address of its block, which holds until
 * the stream changes in another way or its lock is released.
 */
public final class ConsumerGroup {
  /*
   * The block of a group: the name's length (4), the address of the table of its consumers (4), the
   * last id that was delivered (16), how many entries have been read, -1 when that is not known (8),
   * the head of the tree of all pending entries (16), the name.
   *
   * The block of a consumer: the name's length (4), nothing (4), when it was seen last (8), when it
   * was last given something (8), the head of the tree of its pending entries, without values (16),
   * the name.
   *
   * The value of a pending entry: its consumer (4), when it was delivered last (8), how often it was
   * delivered (8).
   */
  private static final int CONSUMERS = 4;
  private static final int LAST_ID = 8;
  private static final int READ = 24;
  private static final int PENDING = 32;
  static final int NAME = PENDING + IdTree.HEAD_BYTES;

  private static final int SEEN = 8;
  private static final int ACTIVE = 16;
  private static final int OWN = 24;
  private static final int CONSUMER_NAME = OWN + IdTree.HEAD_BYTES;

  private static final int DELIVERED = 4;
  private static final int DELIVERIES = 12;
  private static final int PENDING_BYTES = 20;

  /** What {@link #entriesRead} says when it is not known how many entries have been read. */
  public static final long UNKNOWN = -1;

  private final Parts parts;
  private final NameTable consumers;
  private final IdTree pending;
  private final IdTree own;
  private int block;

  ConsumerGroup(Parts parts) {
    this.parts = parts;
    consumers = new NameTable(parts, CONSUMER_NAME);
    pending = new IdTree(parts, PENDING_BYTES);
    own = new IdTree(parts, 0);
  }

  /** Turns to the group of a block. */
  ConsumerGroup at(int address) {
    block = address;
    consumers.at(address, CONSUMERS);
    pending.at(address, PENDING);
    return this;
  }

  private long getLong(int ofBlock, int field) {
    return Bytes.getLong(parts.chunk(ofBlock), Arena.offset(ofBlock) + field);
  }

  private void putLong(int ofBlock, int field, long value) {
    Bytes.putLong(parts.chunk(ofBlock), Arena.offset(ofBlock) + field, value);
  }

  /** The array of the group's name. */
  public byte[] nameBytes() {
    return parts.chunk(block);
  }

  public int nameOffset() {
    return Arena.offset(block) + NAME;
  }

  public int nameLength() {
    return consumers.nameLength(block);
  }

  /** The last id that was delivered. */
  public long lastMs() {
    return getLong(block, LAST_ID);
  }

  public long lastSeq() {
    return getLong(block, LAST_ID + 8);
  }

  public void setLastId(long ms, long seq) {
    putLong(block, LAST_ID, ms);
    putLong(block, LAST_ID + 8, seq);
  }

  /** How many of the entries ever added have been read, or {@link #UNKNOWN}. */
  public long entriesRead() {
    return getLong(block, READ);
  }

  public void setEntriesRead(long n) {
    putLong(block, READ, n);
  }

  // ---- consumers

  public int consumerCount() {
    return consumers.size();
  }

  /** The consumer whose name has so many names before it. */
  public int consumerAt(int rank) {
    return consumers.get(rank);
  }

  /** The consumer of a name; 0 when there is none. */
  public int consumer(byte[] name, int off, int len) {
    return consumers.find(name, off, len);
  }

  /** Makes a consumer, whose name must be new. */
  public int createConsumer(byte[] name, int off, int len, long now) {
    int consumer = consumers.add(-1 - consumers.rank(name, off, len), name, off, len);
    setSeen(consumer, now);
    setActive(consumer, -1);
    return consumer;
  }

  /** Deletes a consumer and all that is pending with it. */
  public void deleteConsumer(int consumer) {
    int rank =
        consumers.rank(
            consumerNameBytes(consumer),
            consumerNameOffset(consumer),
            consumerNameLength(consumer));
    own.at(consumer, OWN);
    for (boolean more = own.first(); more; more = own.next()) {
      if (pending.find(own.ms(), own.seq())) {
        pending.remove();
      }
    }
    own.clear();
    consumers.remove(rank);
  }

  public byte[] consumerNameBytes(int consumer) {
    return parts.chunk(consumer);
  }

  public int consumerNameOffset(int consumer) {
    return Arena.offset(consumer) + CONSUMER_NAME;
  }

  public int consumerNameLength(int consumer) {
    return consumers.nameLength(consumer);
  }

  /** When the consumer last asked for something, in ms since the epoch. */
  public long seen(int consumer) {
    return getLong(consumer, SEEN);
  }

  public void setSeen(int consumer, long at) {
    putLong(consumer, SEEN, at);
  }

  /** When the consumer was last given something, in ms since the epoch; -1: never. */
  public long active(int consumer) {
    return getLong(consumer, ACTIVE);
  }

  public void setActive(int consumer, long at) {
    putLong(consumer, ACTIVE, at);
  }

  /** How many entries are pending with a consumer. */
  public long pendingOf(int consumer) {
    return own.at(consumer, OWN).size();
  }

  // ---- pending entries

  /** How many entries are pending. */
  public long pendingCount() {
    return pending.size();
  }

  /** Finds a pending entry; it is the one at hand then. */
  public boolean findPending(long ms, long seq) {
    return pending.find(ms, seq);
  }

  /** Finds the first pending entry that is not below an id. */
  public boolean firstPending(long ms, long seq) {
    return pending.ceiling(ms, seq);
  }

  public boolean lastPending() {
    return pending.last();
  }

  /** Goes on to the next pending entry; it stays where it is when there is none. */
  public boolean nextPending() {
    return pending.next();
  }

  /** As {@link #firstPending}, but only among those of a consumer; leads to the group's entry. */
  public boolean firstPendingOf(int consumer, long ms, long seq) {
    return own.at(consumer, OWN).ceiling(ms, seq) && pending.find(own.ms(), own.seq());
  }

  /** Goes on from {@link #firstPendingOf}. */
  public boolean nextPendingOfConsumer() {
    return own.next() && pending.find(own.ms(), own.seq());
  }

  public long pendingMs() {
    return pending.ms();
  }

  public long pendingSeq() {
    return pending.seq();
  }

  /** The consumer of the pending entry at hand. */
  public int pendingConsumer() {
    return Bytes.getInt(pending.bytes(), pending.value());
  }

  /** When the pending entry at hand was delivered last, in ms since the epoch. */
  public long delivered() {
    return Bytes.getLong(pending.bytes(), pending.value() + DELIVERED);
  }

  /** How often the pending entry at hand was delivered. */
  public long deliveries() {
    return Bytes.getLong(pending.bytes(), pending.value() + DELIVERIES);
  }

  /** Says when the pending entry at hand was delivered last and how often. */
  public void setDelivery(long at, long times) {
    Bytes.putLong(pending.bytes(), pending.value() + DELIVERED, at);
    Bytes.putLong(pending.bytes(), pending.value() + DELIVERIES, times);
  }

  /**
   * Makes an entry pending with a consumer, wherever it was pending before. Nothing has changed
   * when there is no room.
   */
  public void addPending(long ms, long seq, int consumer, long at, long times) {
    if (!pending.insert(ms, seq)) {
      assign(consumer);
      setDelivery(at, times);
      return;
    }
    Bytes.putInt(pending.bytes(), pending.value(), consumer);
    setDelivery(at, times);
    try {
      own.at(consumer, OWN).insert(ms, seq);
    } catch (StoreFullException full) {
      pending.find(ms, seq);
      pending.remove();
      throw full;
    }
  }

  /** Hands the pending entry at hand, which stays that, to a consumer. */
  public void assign(int consumer) {
    int old = pendingConsumer();
    if (old == consumer) {
      return;
    }
    long ms = pending.ms();
    long seq = pending.seq();
    own.at(consumer, OWN).insert(ms, seq);
    removeFrom(old, ms, seq);
    pending.find(ms, seq);
    Bytes.putInt(pending.bytes(), pending.value(), consumer);
  }

  private void removeFrom(int consumer, long ms, long seq) {
    boolean found = own.at(consumer, OWN).find(ms, seq);
    assert found;
    own.remove();
  }

  /** Removes the pending entry at hand. */
  public void removePending() {
    removeFrom(pendingConsumer(), pending.ms(), pending.seq());
    pending.remove();
  }

  // ---- all of a group

  /** Copies all but the name to another group, which is empty. */
  void copyTo(ConsumerGroup to) {
    to.setLastId(lastMs(), lastSeq());
    to.setEntriesRead(entriesRead());
    Int2IntOpenHashMap copies = new Int2IntOpenHashMap();
    for (int i = 0; i < consumerCount(); i++) {
      int consumer = consumerAt(i);
      int copy =
          to.consumers.add(
              i,
              consumerNameBytes(consumer),
              consumerNameOffset(consumer),
              consumerNameLength(consumer));
      to.setSeen(copy, seen(consumer));
      to.setActive(copy, active(consumer));
      copies.put(consumer, copy);
    }
    for (boolean more = pending.first(); more; more = pending.next()) {
      to.addPending(
          pending.ms(), pending.seq(), copies.get(pendingConsumer()), delivered(), deliveries());
    }
  }

  /** Gives back all blocks but the group's own. */
  void free() {
    pending.clear();
    while (consumerCount() > 0) {
      int last = consumerCount() - 1;
      own.at(consumers.get(last), OWN).clear();
      consumers.remove(last);
    }
  }
}
