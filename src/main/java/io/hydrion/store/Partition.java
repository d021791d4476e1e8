package io.hydrion.store;

import static java.util.Objects.requireNonNull;

import io.hydrion.util.Slots;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one database whose slots belong to one shard. Guarded by the shard's lock, which
 * every method but {@link #touch} asserts to be held.
 */
public final class Partition {
  /** The expiry of a key that does not expire. */
  public static final long NEVER = Long.MAX_VALUE;

  /** How far a look ahead follows a probe: a table in the middle of a change may have no end. */
  private static final int PROBES_MAX = 16;

  /** How many random places of a table are tried before the next one in use is taken. */
  private static final int RANDOM_TRIES = 32;

  /** From how many keys, at least, a random one is drawn where there are so many. */
  private static final int RANDOM_SAMPLE = 16;

  private final Shard shard;
  private final int slotMask;

  /** By slot within the shard; null until the slot has had a key. */
  private @Nullable KeyIndex[] keys;

  /** The keys with an expiry, by slot; the whole array is null until there is one. */
  private @Nullable KeyIndex @Nullable [] expiries;

  /** By slot: no key expires before this time. Used where {@link #expiries} is. */
  private long[] soonest = {};

  private Arena arena = new Arena();
  private int size;
  private int expiring;
  private long indexBytes;
  private int expirySlot;
  private long expiryCursor;
  private long expiryMin = NEVER;

  Partition(Shard shard, int slots) {
    this.shard = shard;
    slotMask = slots - 1;
    keys = new KeyIndex[slots];
    indexBytes = slots * 4L;
    shard.addMemory(indexBytes);
  }

  /** How many keys there are, expired ones that nobody has met yet included. */
  public int size() {
    return size;
  }

  /** How many keys have an expiry. */
  public int expiring() {
    return expiring;
  }

  /** Bytes in use: records and tables. */
  public long memory() {
    return arena.usedBytes() + indexBytes;
  }

  /** Bytes that the arena has taken from the heap, in use or not. */
  public long reservedBytes() {
    return arena.reservedBytes() + indexBytes;
  }

  /** Bytes of the tables that lead to the records. */
  public long indexBytes() {
    return indexBytes;
  }

  /**
   * What the entry's key costs: its record and its share of the tables that lead to it, in bytes.
   */
  public long bytesOf(Entry e) {
    assert shard.isHeld();
    long bytes = e.blockBytes() + share(keys[e.slot & slotMask]);
    return e.hasExpiry() && expiries != null ? bytes + share(expiries[e.slot & slotMask]) : bytes;
  }

  private static long share(@Nullable KeyIndex index) {
    return index == null || index.isEmpty() ? 0 : (index.bytes() + index.size() - 1) / index.size();
  }

  /**
   * Reads what a look-up of this key will read, so that it is in the processor's cache when the
   * look-up comes. Called without the lock: what it meets may be in the middle of a change, so it
   * only looks.
   *
   * @return something that depends on what was read
   */
  long touchIndex(int slot, int hash) {
    KeyIndex index = keys[slot & slotMask];
    if (index == null) {
      return 0;
    }
    long[] table = index.table();
    int mask = table.length - 2;
    int at = KeyIndex.home(hash, mask);
    long element = table[at];
    for (int i = 0; i < PROBES_MAX && element != 0 && (int) (element >>> 32) != hash; i++) {
      at = (at + 1) & mask;
      element = table[at];
    }
    return element;
  }

  int touchRecord(long element) {
    byte[] chunk = arena.chunkOrNull(KeyIndex.address(element));
    int at = Arena.offset(KeyIndex.address(element));
    if (chunk == null || at >= chunk.length) {
      return 0;
    }
    return chunk[at] + chunk[Math.min(at + 64, chunk.length - 1)];
  }

  /** Looks for the entry's key and points the entry at its record, or at none. */
  public boolean find(Entry e) {
    assert shard.isHeld();
    KeyIndex index = keys[e.slot & slotMask];
    if (index != null) {
      long[] table = index.table();
      int mask = index.mask();
      int hash = e.hash;
      int at = KeyIndex.home(hash, mask);
      for (long element; (element = table[at]) != 0; at = (at + 1) & mask) {
        if ((int) (element >>> 32) == hash) {
          int address = KeyIndex.address(element);
          if (e.matches(arena.chunk(address), Arena.offset(address), address)) {
            e.position = at;
            return true;
          }
        }
      }
      e.position = at;
    }
    e.address = 0;
    return false;
  }

  /**
   * Gives the entry's key a record whose value has {@code n} bytes, in place where the old one has
   * the same shape and block size. The entry must come from {@link #find}, nothing having changed
   * since.
   *
   * @param keep whether the value's first bytes stay what they were, up to the shorter length; what
   *     lies behind is undefined, and so is everything otherwise
   */
  public void store(
      Entry e, ValueType type, Encoding encoding, int n, long expireAt, int access, boolean keep) {
    assert shard.isHeld();
    int typeAndEncoding = type.id() | encoding.id() << 4;
    int flags = Entry.flagsFor(e.keyLength, n, expireAt != NEVER);
    int bytes = Entry.recordBytes(flags, e.keyLength, n);
    if (bytes < 0 || bytes > Arena.BLOCK_MAX) {
      throw new StoreFullException("a record holds at most 2 GiB");
    }
    if (e.address == 0) {
      insert(e, typeAndEncoding, n, expireAt, access, bytes);
      return;
    }
    int oldBytes = Entry.recordBytes(e.flags(), e.keyLength, e.valueLength);
    if (e.flags() == flags && Arena.blockBytes(bytes) == Arena.blockBytes(oldBytes)) {
      e.reshape(typeAndEncoding, n);
      if (expireAt != NEVER) {
        e.storeExpireAt(expireAt);
        noteExpiry(e.slot, expireAt);
      }
      return;
    }
    replace(e, typeAndEncoding, n, expireAt, bytes, oldBytes, keep);
  }

  private void insert(Entry e, int typeAndEncoding, int n, long expireAt, int access, int bytes) {
    long before = arena.usedBytes();
    int address = arena.allocate(bytes);
    shard.addMemory(arena.usedBytes() - before);
    e.create(arena.chunk(address), address, typeAndEncoding, access, n, expireAt);
    int local = e.slot & slotMask;
    KeyIndex index = keys[local];
    if (index == null) {
      index = new KeyIndex();
      keys[local] = index;
      addIndexBytes(index.bytes());
      e.position = KeyIndex.home(e.hash, index.mask());
    }
    int was = index.bytes();
    index.insertAt(e.position, e.element());
    if (index.bytes() != was) {
      addIndexBytes(index.bytes() - was);
      e.position = index.positionOf(e.element());
    }
    size++;
    if (expireAt != NEVER) {
      addExpiry(e, expireAt);
    }
  }

  private void replace(
      Entry e, int typeAndEncoding, int n, long expireAt, int bytes, int oldBytes, boolean keep) {
    long before = arena.usedBytes();
    boolean hadExpiry = e.hasExpiry();
    long oldElement = e.element();
    int oldAddress = e.address;
    int oldValueOffset = e.valueOffset;
    int kept = keep ? Math.min(n, e.valueLength) : 0;
    int address = arena.allocate(bytes);
    byte[] from = arena.chunk(oldAddress);
    e.create(arena.chunk(address), address, typeAndEncoding, e.access(), n, expireAt);
    System.arraycopy(from, oldValueOffset, e.chunk, e.valueOffset, kept);
    arena.free(oldAddress, oldBytes);
    shard.addMemory(arena.usedBytes() - before);
    index(keys, e.slot).replaceAt(e.position, e.element());
    if (hadExpiry) {
      removeExpiry(e.slot, oldElement);
    }
    if (expireAt != NEVER) {
      addExpiry(e, expireAt);
    }
  }

  /** Sets when the entry's key expires; {@link #NEVER} makes it stay. */
  public void setExpiry(Entry e, long expireAt) {
    store(e, e.type(), e.encoding(), e.valueLength, expireAt, e.access(), true);
  }

  /** Removes the entry's key and record; the entry must be found again before it is stored. */
  public void delete(Entry e) {
    assert shard.isHeld();
    KeyIndex index = index(keys, e.slot);
    assert index.table()[e.position] == e.element();
    if (e.hasExpiry()) {
      removeExpiry(e.slot, e.element());
    }
    int was = index.bytes();
    index.removeAt(e.position);
    addIndexBytes(index.bytes() - was);
    long before = arena.usedBytes();
    arena.free(e.address, Entry.recordBytes(e.flags(), e.keyLength, e.valueLength));
    shard.addMemory(arena.usedBytes() - before);
    e.absent();
    if (--size == 0) {
      reset();
    }
  }

  /** An empty partition gives all its memory back. */
  private void reset() {
    assert arena.usedBytes() == 0;
    keys = new KeyIndex[slotMask + 1];
    expiries = null;
    soonest = new long[0];
    arena = new Arena();
    addIndexBytes(keys.length * 4L - indexBytes);
  }

  /** The table of a slot that is known to have one. */
  private KeyIndex index(@Nullable KeyIndex @Nullable [] tables, int slot) {
    return requireNonNull(requireNonNull(tables)[slot & slotMask]);
  }

  private void addIndexBytes(long delta) {
    indexBytes += delta;
    shard.addMemory(delta);
  }

  private void addExpiry(Entry e, long expireAt) {
    @Nullable KeyIndex[] all = expiries;
    if (all == null) {
      all = new KeyIndex[slotMask + 1];
      expiries = all;
      soonest = new long[slotMask + 1];
      Arrays.fill(soonest, NEVER);
      addIndexBytes(all.length * 12L);
    }
    int local = e.slot & slotMask;
    KeyIndex index = all[local];
    if (index == null) {
      index = new KeyIndex();
      all[local] = index;
      addIndexBytes(index.bytes());
    }
    int was = index.bytes();
    index.add(e.element());
    addIndexBytes(index.bytes() - was);
    expiring++;
    noteExpiry(e.slot, expireAt);
  }

  private void noteExpiry(int slot, long expireAt) {
    int local = slot & slotMask;
    if (expireAt < soonest[local]) {
      soonest[local] = expireAt;
    }
  }

  private void removeExpiry(int slot, long element) {
    KeyIndex index = index(expiries, slot);
    int was = index.bytes();
    index.removeAt(index.positionOf(element));
    addIndexBytes(index.bytes() - was);
    expiring--;
  }

  /** Points the entry at the record of an index element of a slot. */
  private void load(Entry e, int slot, long element) {
    int address = KeyIndex.address(element);
    e.load(arena.chunk(address), Arena.offset(address), element);
    e.slot = slot;
  }

  private void loadWithPosition(Entry e, int slot, long element) {
    load(e, slot, element);
    e.position = index(keys, slot).positionOf(element);
  }

  /** Is shown each key of a scan; it must not change the partition. */
  @FunctionalInterface
  public interface Visitor {
    void visit(Entry entry);
  }

  /** Shows all keys of a slot whose home bucket the cursor names, and returns the next; 0 ends. */
  public long scan(int slot, long cursor, Entry e, Visitor visitor) {
    assert shard.isHeld();
    KeyIndex index = keys[slot & slotMask];
    if (index == null) {
      return 0;
    }
    return index.scan(
        cursor,
        element -> {
          load(e, slot, element);
          visitor.visit(e);
        });
  }

  /** Shows all keys of a slot. */
  public void forEach(int slot, Entry e, Visitor visitor) {
    assert shard.isHeld();
    KeyIndex index = keys[slot & slotMask];
    if (index == null) {
      return;
    }
    for (long element : index.table()) {
      if (element != 0) {
        load(e, slot, element);
        visitor.visit(e);
      }
    }
  }

  /** How many keys a slot has. */
  public int slotSize(int slot) {
    return size(keys[slot & slotMask]);
  }

  /**
   * Points the entry at a random key, every one about equally likely.
   *
   * @param volatileOnly whether only keys with an expiry are wanted
   * @return false when there is none
   */
  public boolean random(Entry e, RandomGenerator random, boolean volatileOnly) {
    assert shard.isHeld();
    if ((volatileOnly ? expiring : size) == 0) {
      return false;
    }
    @Nullable KeyIndex[] tables = requireNonNull(volatileOnly ? expiries : keys);
    // A run of slots from a random one on, long enough that a slot's own size matters little.
    int local = random.nextInt(tables.length);
    int seen = 0;
    for (int i = 0; i <= slotMask && seen < RANDOM_SAMPLE; i++) {
      seen += size(tables[local + i & slotMask]);
    }
    int rank = random.nextInt(seen);
    while (rank >= size(tables[local])) {
      rank -= size(tables[local]);
      local = local + 1 & slotMask;
    }
    KeyIndex index = requireNonNull(tables[local]);
    long[] table = index.table();
    int at = random.nextInt(index.mask() + 1);
    for (int tries = 0; table[at] == 0 && tries < RANDOM_TRIES; tries++) {
      at = random.nextInt(index.mask() + 1);
    }
    while (table[at] == 0) {
      at = (at + 1) & index.mask();
    }
    loadWithPosition(e, shard.firstSlot() + local, table[at]);
    return true;
  }

  private static int size(@Nullable KeyIndex index) {
    return index == null ? 0 : index.size();
  }

  /** Is told of each key that has expired, before the partition removes it. */
  @FunctionalInterface
  public interface ExpiryVisitor {
    void expired(Entry entry);
  }

  /**
   * Removes keys that have expired, going on where the last call stopped, until all slots have been
   * looked at once or about {@code keysMax} keys have been looked at.
   *
   * @return how many keys were looked at; fewer than {@code keysMax} when all slots are done
   */
  public int expireDue(long now, int keysMax, Entry e, ExpiryVisitor visitor) {
    assert shard.isHeld();
    int looked = 0;
    LongArrayList due = new LongArrayList();
    for (int steps = 0; steps <= slotMask && looked < keysMax; ) {
      if (expiries == null) {
        return looked;
      }
      int local = expirySlot & slotMask;
      KeyIndex index = expiries[local];
      if (index == null || (expiryCursor == 0 && soonest[local] > now)) {
        nextExpirySlot();
        steps++;
        continue;
      }
      if (expiryCursor == 0) {
        soonest[local] = NEVER;
        expiryMin = NEVER;
      }
      int slot = shard.firstSlot() + local;
      due.clear();
      expiryCursor =
          index.scan(
              expiryCursor,
              element -> {
                load(e, slot, element);
                long at = e.expireAt();
                if (at <= now) {
                  due.add(element);
                } else if (at < expiryMin) {
                  expiryMin = at;
                }
              });
      looked += 1 + due.size();
      boolean done = expiryCursor == 0;
      if (done) {
        noteExpiry(slot, expiryMin);
        nextExpirySlot();
        steps++;
      }
      for (int i = 0; i < due.size(); i++) {
        loadWithPosition(e, slot, due.getLong(i));
        visitor.expired(e);
        delete(e);
      }
    }
    return looked;
  }

  private void nextExpirySlot() {
    expirySlot = (expirySlot + 1) & slotMask;
    expiryCursor = 0;
  }

  /** When the next key expires, at the earliest; {@link #NEVER} when none does. */
  public long soonestExpiry() {
    long min = NEVER;
    for (long at : soonest) {
      min = Math.min(min, at);
    }
    return min;
  }

  static int slotsOf(int shards) {
    return Slots.COUNT / shards;
  }

  /**
   * Copies the value and expiry of a record into the entry's key, which counts as used as {@code
   * access} says. The record may be in another partition, whose lock is held too.
   */
  public void storeCopy(Entry to, Entry from, int access) {
    byte[] value = from.chunk;
    int offset = from.valueOffset;
    int n = from.valueLength;
    store(to, from.type(), from.encoding(), n, from.expireAt(), access, false);
    System.arraycopy(value, offset, to.chunk, to.valueOffset, n);
    to.setAccess(access);
  }
}
