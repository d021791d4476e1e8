package io.hydrion.store;

import static java.util.Objects.requireNonNull;

import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import io.hydrion.util.Slots;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one database whose slots belong to one shard. Guarded by the shard's lock, which
 * every method that finds or changes a key asserts to be held. Figures may be asked for without it.
 */
public final class Partition {
  /** The expiry of a key that does not expire. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int CACHE_LINE = 64;

  /** From how many keys, at least, a random one is drawn where there are so many. */
  private static final int RANDOM_SAMPLE = 16;

  private final Shard shard;
  private final int slotMask;
  private final long seed;

  private Arena arena;

  /** The arenas of large values, by their number - 1. */
  private @Nullable Arena[] ownArenas = {};

  private KeyIndex keys;

  /** The keys with an expiry. */
  private Deadlines expiries;

  /** The hashes that have fields with an expiry. */
  private Deadlines fieldExpiries;

  private int size;

  /**
   * @param seed the secret of the hashes within values
   */
  Partition(Shard shard, int slots, long seed) {
    this.shard = shard;
    this.seed = seed;
    slotMask = slots - 1;
    arena = new Arena(shard::addMemory);
    keys = new KeyIndex(arena, slots);
    expiries = new Deadlines(slots);
    fieldExpiries = new Deadlines(slots);
  }

  /** How many keys there are, expired ones that nobody has met yet included. */
  public int size() {
    return size;
  }

  /** How many keys have an expiry. */
  public int expiring() {
    return expiries.size();
  }

  /** How many hashes have fields with an expiry. */
  public int fieldExpiring() {
    return fieldExpiries.size();
  }

  /**
   * Bytes in use: records and tables. The arrays that are there for every partition, however few
   * its keys (24 bytes a slot at most), are not counted: nothing that is evicted would free them.
   */
  public long memory() {
    return arena.usedBytes() + sumOfOwnArenas(Arena::usedBytes);
  }

  /** Bytes that the arena has taken from the heap, in use or not. */
  public long reservedBytes() {
    return arena.reservedBytes() + sumOfOwnArenas(Arena::reservedBytes) + fixedBytes();
  }

  private long fixedBytes() {
    return KeyIndex.fixedBytes(slotMask + 1) + expiries.fixedBytes() + fieldExpiries.fixedBytes();
  }

  private long sumOfOwnArenas(ToLongFunction<Arena> of) {
    long sum = 0;
    for (Arena own : ownArenas) {
      sum += own == null ? 0 : of.applyAsLong(own);
    }
    return sum;
  }

  // ---- the blocks of values that have some

  long seed() {
    return seed;
  }

  Arena arena() {
    return arena;
  }

  /** An arena for a value to have to itself. */
  Arena newArena() {
    return new Arena(shard::addMemory);
  }

  /** Keeps a value's own arena, and returns its number, at least 1. */
  int addOwnArena(Arena own) {
    int at = 0;
    while (at < ownArenas.length && ownArenas[at] != null) {
      at++;
    }
    if (at == ownArenas.length) {
      ownArenas = Arrays.copyOf(ownArenas, Math.max(4, at * 2));
    }
    ownArenas[at] = own;
    return at + 1;
  }

  /** Drops a value's own arena with all that is in it: the collector takes it. */
  void dropOwnArena(int number) {
    Arena own = takeOwnArena(number);
    shard.addMemory(-own.usedBytes());
    Heap.givenUp(own.reservedBytes());
  }

  private Arena takeOwnArena(int number) {
    Arena own = requireNonNull(ownArenas[number - 1]);
    ownArenas[number - 1] = null;
    return own;
  }

  /** The arena in which the blocks of an entry's value lie. */
  Arena arenaOf(Entry e) {
    int own = Parts.ownArena(record(e), e.valueOffset);
    return own == 0 ? arena : requireNonNull(ownArenas[own - 1]);
  }

  /** The array in which an entry's record lies now. */
  byte[] record(Entry e) {
    byte[] chunk = arena.chunk(e.address);
    if (e.chunk != chunk) {
      e.chunk = chunk;
    }
    return chunk;
  }

  /** Gives back what an entry's value has outside its record. */
  private void releaseParts(Entry e) {
    AggregateValue.of(this, e).release();
  }

  /** Bytes of the tables that lead to the records. */
  public long indexBytes() {
    return keys.tableBytes() + expiries.tableBytes() + fieldExpiries.tableBytes();
  }

  /**
   * What the entry's key costs: its record, its value's blocks outside it, and its share of the
   * tables that lead to it, in bytes.
   */
  public long bytesOf(Entry e) {
    assert shard.isHeld();
    int local = e.slot & slotMask;
    return e.blockBytes()
        + keys.shareBytes(local)
        + (e.hasExpiry() ? expiries.shareBytes(local) : 0)
        + (e.hasFieldExpiry() ? fieldExpiries.shareBytes(local) : 0)
        + (e.isLinked() ? AggregateValue.of(this, e).parts.bytes() : 0);
  }

  /*
   * The steps of a look ahead, without the lock: what they meet may be in the middle of a change, so
   * they only look, and check each place before they do.
   */

  /** Where the look-up of a key begins in the index: an address in the arena, or 0. */
  int homeAddress(int slot, int hash) {
    return keys.homeAddress(slot & slotMask, hash);
  }

  /** The index element at such an address; 0 when there is none. */
  long touchHome(int address) {
    byte[] chunk = arena.chunkOrNull(address);
    int at = Arena.offset(address);
    return chunk == null || at + 8 > chunk.length ? 0 : Bytes.getLong(chunk, at);
  }

  /** The index element that the look-up of a key will find. */
  long touchIndex(int slot, int hash) {
    return keys.peek(slot & slotMask, hash);
  }

  /** Goes on from {@link #touchIndex}: reads the first two cache lines of a record. */
  int touchRecord(long element) {
    byte[] chunk = arena.chunkOrNull(KeyIndex.address(element));
    int at = Arena.offset(KeyIndex.address(element));
    return chunk == null || at >= chunk.length
        ? 0
        : chunk[at] + chunk[Math.min(at + CACHE_LINE, chunk.length - 1)];
  }

  /**
   * Goes on from {@link #touchIndex}: reads what look-ups of elements will read in the table of the
   * record's value, if it has one.
   *
   * @throws IndexOutOfBoundsException when a change was met
   */
  int touchElements(long element, long[] hashes, int from, int to, long[] places) {
    int address = KeyIndex.address(element);
    byte[] chunk = arena.chunkOrNull(address);
    int value = chunk == null ? -1 : Entry.linkedValue(chunk, Arena.offset(address));
    if (chunk == null || value < 0) {
      return 0;
    }
    int own = Parts.ownArena(chunk, value);
    Arena of = own == 0 ? arena : ownArenas[own - 1];
    int root = Bytes.getInt(chunk, value + Parts.ROOT);
    return of == null ? 0 : HashTable.touch(of, root, hashes, from, to, places);
  }

  /** Looks for the entry's key and points the entry at its record, or at none. */
  public boolean find(Entry e) {
    assert shard.isHeld();
    return keys.find(e.slot & slotMask, e);
  }

  /**
   * Gives the entry's key a record whose value has {@code n} bytes, in place where the old one has
   * the same shape and block size. The entry must come from {@link #find}, nothing having changed
   * since.
   *
   * @param keep whether the value's first bytes stay what they were, up to the shorter length; what
   *     lies behind is undefined, and so is everything otherwise. With them stays what is known of
   *     the expiries of a hash's fields
   */
  public void store(
      Entry e, ValueType type, Encoding encoding, int n, long expireAt, int access, boolean keep) {
    store(e, type, encoding, n, expireAt, keep ? e.fieldsExpireAt() : NEVER, access, keep);
  }

  private void store(
      Entry e,
      ValueType type,
      Encoding encoding,
      int n,
      long expireAt,
      long fieldsExpireAt,
      int access,
      boolean keep) {
    assert shard.isHeld();
    int typeAndEncoding = type.id() | encoding.id() << 4;
    beforeChange(e);
    int flags = Entry.flagsFor(e.keyLength, n, expireAt, fieldsExpireAt) | shard.epoch();
    int bytes = Entry.recordBytes(flags, e.keyLength, n);
    if (bytes < 0 || bytes > Arena.BLOCK_MAX) {
      throw new StoreFullException("a record holds at most 2 GiB");
    }
    if (e.address == 0) {
      insert(e, typeAndEncoding, n, expireAt, fieldsExpireAt, access, bytes);
      return;
    }
    int oldBytes = Entry.recordBytes(e.flags(), e.keyLength, e.valueLength);
    boolean releases = !keep && e.isLinked();
    if (e.flags() == flags && Arena.blockBytes(bytes) == Arena.blockBytes(oldBytes)) {
      if (releases) {
        releaseParts(e);
      }
      record(e); // blocks that were allocated since the look-up may have moved it
      e.reshape(typeAndEncoding, n);
      if (expireAt != NEVER) {
        e.storeExpireAt(expireAt);
        expiries.note(e.slot & slotMask, expireAt);
      }
      if (fieldsExpireAt != NEVER) {
        e.storeFieldsExpireAt(fieldsExpireAt);
        fieldExpiries.note(e.slot & slotMask, fieldsExpireAt);
      }
      return;
    }
    int address;
    try {
      address = allocateFor(e, expireAt, fieldsExpireAt, bytes);
    } catch (StoreFullException full) {
      if (!keep || !shrinkInPlace(e, typeAndEncoding, n, flags)) {
        throw full;
      }
      return;
    }
    if (releases) {
      releaseParts(e);
    }
    replace(e, typeAndEncoding, n, expireAt, fieldsExpireAt, address, oldBytes, keep);
  }

  /**
   * Makes a value shorter where it stands, so that elements can be removed however short memory is;
   * false when that is not what is wanted.
   */
  private boolean shrinkInPlace(Entry e, int typeAndEncoding, int n, int flags) {
    if (n >= e.valueLength || (e.flags() | Entry.WIDE) != (flags | Entry.WIDE)) {
      return false;
    }
    arena.shrink(
        e.address,
        Entry.recordBytes(e.flags(), e.keyLength, e.valueLength),
        Entry.recordBytes(e.flags(), e.keyLength, n));
    record(e);
    e.reshape(typeAndEncoding, n);
    return true;
  }

  private void insert(
      Entry e,
      int typeAndEncoding,
      int n,
      long expireAt,
      long fieldsExpireAt,
      int access,
      int bytes) {
    int address = allocateFor(e, expireAt, fieldsExpireAt, bytes);
    long element = KeyIndex.element(e.hash, address);
    try {
      e.position = keys.insert(e.slot & slotMask, element);
    } catch (StoreFullException full) {
      removeDeadlines(e.slot, element, expireAt != NEVER, fieldsExpireAt != NEVER);
      arena.free(address, bytes);
      throw full;
    }
    // Last of all, since growing a table may move a small arena's only chunk.
    byte[] chunk = arena.chunk(address);
    int epoch = shard.epoch();
    e.create(chunk, address, typeAndEncoding, access, n, expireAt, fieldsExpireAt, epoch);
    size++;
  }

  /** A block for a record of an entry's key, whose expiries are noted. */
  private int allocateFor(Entry e, long expireAt, long fieldsExpireAt, int bytes) {
    int address = arena.allocate(bytes);
    if (expireAt == NEVER && fieldsExpireAt == NEVER) {
      return address;
    }
    int local = e.slot & slotMask;
    long element = KeyIndex.element(e.hash, address);
    boolean noted = false;
    try {
      if (expireAt != NEVER) {
        expiries.add(arena, local, element, expireAt);
        noted = true;
      }
      if (fieldsExpireAt != NEVER) {
        fieldExpiries.add(arena, local, element, fieldsExpireAt);
      }
    } catch (StoreFullException full) {
      removeDeadlines(e.slot, element, noted, false);
      arena.free(address, bytes);
      throw full;
    }
    return address;
  }

  private void removeDeadlines(int slot, long element, boolean ofKey, boolean ofFields) {
    if (ofKey) {
      expiries.remove(slot & slotMask, element);
    }
    if (ofFields) {
      fieldExpiries.remove(slot & slotMask, element);
    }
  }

  private void replace(
      Entry e,
      int typeAndEncoding,
      int n,
      long expireAt,
      long fieldsExpireAt,
      int address,
      int oldBytes,
      boolean keep) {
    boolean hadExpiry = e.hasExpiry();
    boolean hadFieldExpiry = e.hasFieldExpiry();
    long oldElement = e.element();
    int oldAddress = e.address;
    int oldValueOffset = e.valueOffset;
    int kept = keep ? Math.min(n, e.valueLength) : 0;
    byte[] from = arena.chunk(oldAddress);
    byte[] into = arena.chunk(address);
    int epoch = shard.epoch();
    e.create(into, address, typeAndEncoding, e.access(), n, expireAt, fieldsExpireAt, epoch);
    System.arraycopy(from, oldValueOffset, e.chunk, e.valueOffset, kept);
    arena.free(oldAddress, oldBytes);
    keys.replace(e.slot & slotMask, e.position, KeyIndex.element(e.hash, address));
    if (hadExpiry || hadFieldExpiry) {
      removeDeadlines(e.slot, oldElement, hadExpiry, hadFieldExpiry);
      e.chunk = arena.chunk(address); // a table that shrinks allocates too
    }
  }

  /** Sets when the entry's key expires; {@link #NEVER} makes it stay. */
  public void setExpiry(Entry e, long expireAt) {
    store(e, e.type(), e.encoding(), e.valueLength, expireAt, e.access(), true);
  }

  /** Sets when to look for expired fields of an entry's hash; {@link #NEVER}: none ever expires. */
  void setFieldsExpiry(Entry e, long at) {
    store(e, e.type(), e.encoding(), e.valueLength, e.expireAt(), at, e.access(), true);
  }

  /**
   * Lets the snapshot that is being made, if there is one, have the record of an entry, which has
   * been looked up and is about to be changed. What changes the partition itself sees to that; who
   * changes bytes of a value in place must.
   */
  public void beforeChange(Entry e) {
    SnapshotListener listener = shard.snapshotListener();
    if (listener != null && e.exists()) {
      take(e, listener);
    }
  }

  private void take(Entry e, SnapshotListener listener) {
    record(e);
    if (!e.isOf(shard.epoch())) {
      listener.take(this, e);
      e.setEpoch(shard.epoch());
    }
  }

  /** Removes the entry's key and record; the entry must be found again before it is stored. */
  public void delete(Entry e) {
    assert shard.isHeld();
    beforeChange(e);
    int local = e.slot & slotMask;
    assert keys.at(local, e.position) == e.element();
    if (e.isLinked()) {
      releaseParts(e);
    }
    removeDeadlines(e.slot, e.element(), e.hasExpiry(), e.hasFieldExpiry());
    keys.remove(local, e.position);
    arena.free(e.address, Entry.recordBytes(e.flags(), e.keyLength, e.valueLength));
    e.absent();
    if (--size == 0) {
      reset();
    }
  }

  /** An empty partition gives all its memory back. */
  private void reset() {
    assert arena.usedBytes() == 0;
    Heap.givenUp(arena.reservedBytes());
    arena = new Arena(shard::addMemory);
    keys = new KeyIndex(arena, slotMask + 1);
    expiries = new Deadlines(slotMask + 1);
    fieldExpiries = new Deadlines(slotMask + 1);
  }

  /** Points the entry at the record of an index element of a slot. */
  private void load(Entry e, int slot, long element) {
    int address = KeyIndex.address(element);
    e.load(arena.chunk(address), Arena.offset(address), element);
    e.slot = slot;
  }

  private void loadWithPosition(Entry e, int slot, long element) {
    load(e, slot, element);
    e.position = keys.positionOf(slot & slotMask, element);
  }

  /** Is shown each key of a scan; it must not change the partition. */
  @FunctionalInterface
  public interface Visitor {
    void visit(Entry entry);
  }

  /** Shows all keys of a slot whose home bucket the cursor names, and returns the next; 0 ends. */
  public long scan(int slot, long cursor, Entry e, Visitor visitor) {
    assert shard.isHeld();
    return keys.scan(
        slot & slotMask,
        cursor,
        element -> {
          load(e, slot, element);
          visitor.visit(e);
        });
  }

  /**
   * Lets the snapshot that is being made have records of a slot that it has not had yet: those of
   * the bucket that a cursor names, and of the next ones for as long as more are wanted. Returns
   * the next cursor, 0 at the end.
   */
  public long takeSome(
      int slot, long cursor, Entry e, SnapshotListener listener, BooleanSupplier wantsMore) {
    assert shard.isHeld();
    LongConsumer taking =
        element -> {
          load(e, slot, element);
          take(e, listener);
        };
    long next = cursor;
    do {
      next = keys.scan(slot & slotMask, next, taking);
    } while (next != 0 && wantsMore.getAsBoolean());
    return next;
  }

  /** Shows all keys of a slot. */
  public void forEach(int slot, Entry e, Visitor visitor) {
    assert shard.isHeld();
    keys.forEach(
        slot & slotMask,
        element -> {
          load(e, slot, element);
          visitor.visit(e);
        });
  }

  /** How many keys a slot has. */
  public int slotSize(int slot) {
    return keys.size(slot & slotMask);
  }

  /**
   * Points the entry at a random key, every one about equally likely.
   *
   * @param volatileOnly whether only keys with an expiry are wanted
   * @return false when there is none
   */
  public boolean random(Entry e, RandomGenerator random, boolean volatileOnly) {
    assert shard.isHeld();
    if ((volatileOnly ? expiries.size() : size) == 0) {
      return false;
    }
    KeyIndex index = volatileOnly ? expiries.index() : keys;
    // A run of slots from a random one on, long enough that a slot's own size matters little.
    int local = random.nextInt(slotMask + 1);
    int seen = 0;
    for (int i = 0; i <= slotMask && seen < RANDOM_SAMPLE; i++) {
      seen += index.size(local + i & slotMask);
    }
    int rank = random.nextInt(seen);
    while (rank >= index.size(local)) {
      rank -= index.size(local);
      local = local + 1 & slotMask;
    }
    loadWithPosition(e, shard.firstSlot() + local, index.random(local, random));
    return true;
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
    return expiries.walk(
        now,
        keysMax,
        element -> {
          load(e, shard.firstSlot(), element);
          return e.expireAt();
        },
        (local, element) -> {
          loadWithPosition(e, shard.firstSlot() + local, element);
          visitor.expired(e);
          delete(e);
          return 1;
        });
  }

  /** Is shown hashes of which fields have expired, and removes some of these. */
  @FunctionalInterface
  public interface FieldExpiryVisitor {
    /** Returns about how many fields it has looked at. The key's bytes are not in the arena. */
    int fieldsExpired(Entry entry);
  }

  /**
   * Shows hashes of which fields have expired, going on where the last call stopped, until all
   * slots have been looked at once or about {@code most} hashes and fields have been looked at.
   *
   * @return how many were looked at; fewer than {@code most} when all slots are done
   */
  public int expireFieldsDue(long now, int most, Entry e, FieldExpiryVisitor visitor) {
    assert shard.isHeld();
    return fieldExpiries.walk(
        now,
        most,
        element -> {
          load(e, shard.firstSlot(), element);
          return e.fieldsExpireAt();
        },
        (local, element) -> {
          int slot = shard.firstSlot() + local;
          load(e, slot, element);
          byte[] key = e.copyKey();
          boolean found = find(e.key(key, 0, key.length, slot, e.hash()));
          assert found;
          int looked = visitor.fieldsExpired(e);
          if (find(e) && e.hasFieldExpiry()) { // it may not have got through
            fieldExpiries.note(local, e.fieldsExpireAt());
          }
          return looked;
        });
  }

  /** When the next key expires, at the earliest; {@link #NEVER} when none does. */
  public long soonestExpiry() {
    return expiries.soonest();
  }

  static int slotsOf(int shards) {
    return Slots.COUNT / shards;
  }

  /**
   * Copies the value and expiry of a record into the entry's key, which counts as used as {@code
   * access} says. The record may be in another partition, whose lock is held too.
   */
  public void storeCopy(Entry to, Partition fromPartition, Entry from, int access) {
    if (!from.isLinked()) {
      byte[] value = fromPartition.record(from);
      int offset = from.valueOffset;
      int n = from.valueLength;
      long fieldsAt = from.fieldsExpireAt();
      store(to, from.type(), from.encoding(), n, from.expireAt(), fieldsAt, access, false);
      System.arraycopy(value, offset, to.chunk, to.valueOffset, n);
      to.setAccess(access);
      return;
    }
    AggregateValue value = AggregateValue.of(fromPartition, from);
    Parts built = new Parts(this, to);
    built.build(this, value.parts.isOwn() ? newArena() : arena, value.rootBytes());
    value.copyTo(built);
    try {
      int n = value.rootBytes();
      long fieldsAt = from.fieldsExpireAt();
      store(to, from.type(), Encoding.LINKED, n, from.expireAt(), fieldsAt, access, false);
    } catch (StoreFullException full) {
      value.freeBuilt(built);
      throw full;
    }
    putRoot(to, built.root(), built.isOwn() ? built.arena() : null);
    to.setAccess(access);
  }

  /**
   * As {@link #storeCopy}, for a record that is to be deleted next: large values are handed over
   * instead of being copied.
   */
  public void storeMoved(Entry to, Partition fromPartition, Entry from) {
    fromPartition.beforeChange(from);
    if (!from.isLinked()
        || (fromPartition != this && fromPartition.arenaOf(from) == fromPartition.arena)) {
      storeCopy(to, fromPartition, from, from.access());
      return;
    }
    byte[] root = Bytes.copy(fromPartition.record(from), from.valueOffset, from.valueLength);
    int own = Parts.ownArena(root, 0);
    store(
        to,
        from.type(),
        Encoding.LINKED,
        root.length,
        from.expireAt(),
        from.fieldsExpireAt(),
        from.access(),
        false);
    fromPartition.record(from);
    from.reshape(from.type().id() | Encoding.PACKED.id() << 4, from.valueLength);
    Arena handedOver = own == 0 ? null : fromPartition.takeOwnArena(own);
    if (handedOver != null) {
      handedOver.moveTo(shard::addMemory);
    }
    putRoot(to, root, handedOver);
    to.setAccess(from.access());
  }

  private void putRoot(Entry e, byte[] root, @Nullable Arena own) {
    byte[] chunk = record(e);
    System.arraycopy(root, 0, chunk, e.valueOffset, root.length);
    Parts.setOwnArena(chunk, e.valueOffset, own == null ? 0 : addOwnArena(own));
  }
}
