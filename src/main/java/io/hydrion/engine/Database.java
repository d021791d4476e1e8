package io.hydrion.engine;

import io.hydrion.config.ConfigView;
import io.hydrion.config.KeyspaceEvents;
import io.hydrion.store.AggregateValue;
import io.hydrion.store.Draft;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.Keyspace;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.Shard;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.StoreFullException;
import io.hydrion.store.StreamValue;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one database as a command sees them: a key that has expired is not there, a look-up
 * counts and marks the key as used, and every change is noted for those who watch, listen or wait.
 * Belongs to a worker; the locks of the keys' shards are held.
 */
public final class Database implements AggregateValue.Owner {
  private final Request request;
  private final Worker worker;
  private final Engine engine;
  private final Conditions conditions;
  private final Keyspace keyspace;
  private int index;
  private @Nullable SetValue set;
  private @Nullable SetValue otherSet;
  private @Nullable HashValue hash;
  private @Nullable StreamValue stream;
  private @Nullable SortedSetValue sortedSet;
  private @Nullable ListValue list;
  private @Nullable ListValue otherList;
  private final HashValue.ExpiredVisitor onExpiredField = this::fieldExpires;

  Database(Request request, Worker worker) {
    this.request = request;
    this.worker = worker;
    engine = worker.engine();
    conditions = engine.conditions();
    keyspace = engine.keyspace();
  }

  /** Turns to another database. */
  public void select(int database) {
    index = database;
  }

  public int index() {
    return index;
  }

  /** Looks a key up to read it: counts a hit or a miss and marks the key as used. */
  public boolean read(Entry e) {
    boolean found = peek(e);
    if (found) {
      worker.stats().keyspaceHits++;
      engine.access().used(e, request);
    } else {
      miss(e);
    }
    return found;
  }

  /** As {@link #read}, but does not mark the key as used. */
  public boolean readQuietly(Entry e) {
    boolean found = peek(e);
    if (found) {
      worker.stats().keyspaceHits++;
    } else {
      miss(e);
    }
    return found;
  }

  /** As {@link #readQuietly}, but tells nobody of a miss (OBJECT and its like). */
  public boolean inspect(Entry e) {
    boolean found = peek(e);
    if (found) {
      worker.stats().keyspaceHits++;
    } else {
      worker.stats().keyspaceMisses++;
    }
    return found;
  }

  private void miss(Entry e) {
    worker.stats().keyspaceMisses++;
    noteEvent(e, KeyspaceEvents.KEY_MISS, "keymiss");
  }

  /** Looks a key up to change it: marks it as used, counts nothing. */
  public boolean write(Entry e) {
    boolean found = look(e, true);
    if (found) {
      engine.access().used(e, request);
    }
    return found;
  }

  /** Looks a key up and leaves no trace but for removing it when it has expired. */
  public boolean peek(Entry e) {
    return look(e, engine.expiresKeys());
  }

  /** A key that has expired is not there, whether or not it is to be removed. */
  private boolean look(Entry e, boolean removesExpired) {
    Shard shard = keyspace.shardOfSlot(e.slot());
    Partition partition = shard.partition(index);
    if (partition == null || !partition.find(e)) {
      if (partition == null) {
        e.absent();
      }
      return false;
    }
    if (isExpired(e)) {
      if (removesExpired) {
        noteExpired(e);
        partition.delete(e);
        partition.find(e); // says where the key may go
      } else {
        e.absent();
      }
      return false;
    }
    if ((request.command().flags() & Flags.CHANGES) != 0) {
      partition.beforeChange(e);
    }
    return true;
  }

  /** Whether a record that is still there has outlived its expiry. */
  public boolean isExpired(Entry e) {
    return e.hasExpiry() && e.expireAt() <= worker.nowMillis() && !worker.isReplaying();
  }

  /**
   * Tells those who wait for new entries of a stream that it is about to be replaced or removed.
   */
  private void streamGoes(Entry e) {
    if (e.exists() && e.type() == ValueType.STREAM) {
      ready(e);
    }
  }

  /** Counts and tells that a key has expired; the caller removes it. */
  void noteExpired(Entry e) {
    streamGoes(e);
    worker.stats().expiredKeys++;
    worker.effects().deleted(index, e, "lazyfree-lazy-expire");
    if (conditions.isObserved()) {
      engine.watches().expired(index, e);
      noteEvent(e, KeyspaceEvents.EXPIRED, "expired");
    }
  }

  /** Tells that a key is being evicted; the caller removes it. */
  void noteEvicted(Entry e) {
    streamGoes(e);
    worker.effects().deleted(index, e, "lazyfree-lazy-eviction");
    changedToo(e, KeyspaceEvents.EVICTED, "evicted");
  }

  /** Gives a key a string for its value. */
  public void setString(Entry e, byte[] value, int off, int len, long expireAt) {
    Encoding encoding =
        len <= Bytes.LONG_TEXT_MAX && Bytes.isLong(value, off, len) ? Encoding.INT : Encoding.RAW;
    store(e, encoding, len, expireAt, false);
    System.arraycopy(value, off, e.bytes(), e.valueOffset(), len);
    changedValue(e);
  }

  /**
   * Gives a key a string of a length that the caller is to write, and notes the change. What was
   * there is lost.
   */
  public void newString(Entry e, int length, Encoding encoding, long expireAt) {
    store(e, encoding, length, expireAt, false);
    changedValue(e);
  }

  /**
   * Gives a key a string of a length, whose first bytes stay what they were and whose rest is to be
   * written by the caller, and notes the change.
   */
  public void resizeString(Entry e, int length, Encoding encoding) {
    resizeQuietly(e, length, encoding);
    changedValue(e);
  }

  /** As {@link #resizeString}, but it is for the caller to note the change, if it is one. */
  public void resizeQuietly(Entry e, int length, Encoding encoding) {
    store(e, encoding, length, e.exists() ? e.expireAt() : Partition.NEVER, true);
  }

  /** Gives a key a number in decimal for its value; the expiry stays. */
  public void setInteger(Entry e, long value) {
    int length = Bytes.decimalLength(value);
    store(e, Encoding.INT, length, e.exists() ? e.expireAt() : Partition.NEVER, false);
    Bytes.putDecimal(e.bytes(), e.valueOffset(), value);
    changedValue(e);
  }

  private void store(Entry e, Encoding encoding, int length, long expireAt, boolean keep) {
    store(e, ValueType.STRING, encoding, length, expireAt, keep);
  }

  private void store(
      Entry e, ValueType type, Encoding encoding, int length, long expireAt, boolean keep) {
    boolean isNew = !e.exists();
    if (!isNew && type != ValueType.STREAM) {
      streamGoes(e);
    }
    int access = isNew ? engine.access().initial(worker) : e.access();
    partition(e).store(e, type, encoding, length, expireAt, access, keep);
    if (isNew) {
      noteEvent(e, KeyspaceEvents.NEW, "new");
    }
  }

  /** The partition that an entry's key belongs to. */
  public Partition partition(Entry e) {
    return partition(index, e);
  }

  // ---- collections

  @Override
  public void store(Entry e, ValueType type, Encoding encoding, int n) {
    store(e, type, encoding, n, e.exists() ? e.expireAt() : Partition.NEVER, true);
  }

  @Override
  public ConfigView limits() {
    return engine.settings();
  }

  /**
   * The set of a key that has just been looked up, empty when there is none; null when the key has
   * a value of another type. Valid until the next call.
   */
  public @Nullable SetValue set(Entry e) {
    if (isOther(e, ValueType.SET)) {
      return null;
    }
    set = set == null ? new SetValue(this, partition(e), e) : set;
    set.open(partition(e), e);
    return set;
  }

  /** A second set at the same time as {@link #set}. */
  public @Nullable SetValue otherSet(Entry e) {
    SetValue first = set;
    set = otherSet;
    otherSet = set(e);
    set = first;
    return otherSet;
  }

  /** As {@link #set}, but it stays valid whatever else is called. */
  public @Nullable SetValue newSet(Entry e) {
    if (isOther(e, ValueType.SET)) {
      return null;
    }
    SetValue own = new SetValue(this, partition(e), e);
    own.open(partition(e), e);
    return own;
  }

  /** As {@link #set}, for a hash. */
  public @Nullable HashValue hash(Entry e) {
    if (isOther(e, ValueType.HASH)) {
      return null;
    }
    hash = hash == null ? new HashValue(this, partition(e), e) : hash;
    hash.open(partition(e), e);
    boolean replaying = worker.isReplaying();
    hash.setNow(
        replaying ? Long.MIN_VALUE : worker.nowMillis(), engine.expiresKeys(), onExpiredField);
    return hash;
  }

  private void fieldExpires(byte[] a, int off, int len) {
    worker.effects().deletedField(index, Objects.requireNonNull(hash).entry(), a, off, len);
  }

  /** As {@link #set}, for a stream. */
  public @Nullable StreamValue stream(Entry e) {
    if (isOther(e, ValueType.STREAM)) {
      return null;
    }
    stream = stream == null ? new StreamValue(this, partition(e), e) : stream;
    stream.open(partition(e), e);
    return stream;
  }

  /** As {@link #set}, for a sorted set. */
  public @Nullable SortedSetValue sortedSet(Entry e) {
    if (isOther(e, ValueType.SORTED_SET)) {
      return null;
    }
    sortedSet = sortedSet == null ? new SortedSetValue(this, partition(e), e) : sortedSet;
    sortedSet.open(partition(e), e);
    return sortedSet;
  }

  /** As {@link #sortedSet}, but it stays valid whatever else is called. */
  public @Nullable SortedSetValue newSortedSet(Entry e) {
    if (isOther(e, ValueType.SORTED_SET)) {
      return null;
    }
    SortedSetValue own = new SortedSetValue(this, partition(e), e);
    own.open(partition(e), e);
    return own;
  }

  /** As {@link #set}, for a list. */
  public @Nullable ListValue list(Entry e) {
    if (isOther(e, ValueType.LIST)) {
      return null;
    }
    list = list == null ? new ListValue(this, partition(e), e) : list;
    list.open(partition(e), e);
    return list;
  }

  /** A second list at the same time as {@link #list}. */
  public @Nullable ListValue otherList(Entry e) {
    if (isOther(e, ValueType.LIST)) {
      return null;
    }
    otherList = otherList == null ? new ListValue(this, partition(e), e) : otherList;
    otherList.open(partition(e), e);
    return otherList;
  }

  private static boolean isOther(Entry e, ValueType type) {
    return e.exists() && e.type() != type;
  }

  /**
   * Notes a change of a collection's elements under an event of its type, and removes its key when
   * the collection has become empty.
   */
  public void changedElements(Entry e, AggregateValue value, String event) {
    changedElements(e, value, event, 1);
  }

  /** The same for so many changes at once. */
  public void changedElements(Entry e, AggregateValue value, String event, long changes) {
    changedElements(e, event, changes);
    if (value.isEmpty()) {
      deleteToo(e);
    }
  }

  private void changedElements(Entry e, String event, long changes) {
    worker.stats().dirty += changes;
    changedToo(e, eventClass(e.type()), event);
  }

  /** Notes the removal of all elements of a collection, and removes its key. */
  public void removedElements(Entry e, AggregateValue value, String event) {
    changedElements(e, event, value.size());
    deleteToo(e);
  }

  private void deleteToo(Entry e) {
    changedToo(e, KeyspaceEvents.GENERIC, "del");
    partition(e).delete(e);
  }

  /** A value that is to be put together before a key of this database gets it. */
  public Draft draft() {
    return new Draft(limits(), keyspace.seed());
  }

  /**
   * Gives a key the value of a draft, which is used up thereby, in place of any other value, and
   * notes the changes under an event of the value's type.
   *
   * @throws StoreFullException when there is no room; the key has what it had then
   */
  public void storeDraft(Entry to, Draft draft, long expireAt, String event, long changes) {
    storeDraft(to, draft, expireAt);
    changedElements(to, event, changes);
  }

  /** The same, but it is for the caller to note the change. */
  public void storeDraft(Entry to, Draft draft, long expireAt) {
    boolean isNew = !to.exists();
    Entry from = draft.entry();
    if (expireAt != Partition.NEVER) {
      draft.partition().setExpiry(from, expireAt);
    }
    from.setAccess(isNew ? engine.access().initial(worker) : to.access());
    partition(to).storeMoved(to, draft.partition(), from);
    if (isNew) {
      noteEvent(to, KeyspaceEvents.NEW, "new");
    }
    ready(to);
  }

  /** Notes that fields of a hash have expired and been removed, if so. */
  public void expiredFields(Entry e, HashValue fields) {
    if (fields.expired() > 0) {
      changedFields(e, fields, 0, "", null);
    }
  }

  /**
   * Notes that fields of a hash have expired and been removed, if so, then so many changes of
   * others; removes its key when it has become empty.
   *
   * @param also a second event of the same changes
   */
  public void changedFields(
      Entry e, HashValue fields, int changes, String event, @Nullable String also) {
    int expired = fields.expired();
    if (expired > 0) {
      worker.stats().expiredFields += expired;
      changedToo(e, KeyspaceEvents.HASH, "hexpired");
    }
    if (changes > 0) {
      worker.stats().dirty += changes - 1;
      changed(e, KeyspaceEvents.HASH, event);
      if (also != null) {
        changedToo(e, KeyspaceEvents.HASH, also);
      }
    }
    if (expired + changes > 0 && fields.isEmpty()) {
      changedToo(e, KeyspaceEvents.GENERIC, "del");
      if (e.exists()) {
        partition(e).delete(e);
      }
    }
  }

  /** Removes some fields that have expired of the hash of a key, and returns how many it met. */
  int sweepFields(Entry e, int most) {
    if (!peek(e)) {
      return 1;
    }
    HashValue fields = Objects.requireNonNull(hash(e));
    int met = fields.sweep(most);
    expiredFields(e, fields);
    return Math.max(1, met);
  }

  /**
   * Gives a key a copy of the value and the expiry of a record.
   *
   * @param fromDatabase the database that the record is in
   */
  public void storeCopy(Entry to, int fromDatabase, Entry from) {
    streamGoes(to);
    partition(to)
        .storeCopy(to, partition(fromDatabase, from), from, engine.access().initial(worker));
    stored(to);
  }

  /**
   * As {@link #storeCopy}, for a record that is to be deleted next: the key also counts as used as
   * it.
   */
  public void storeMoved(Entry to, int fromDatabase, Entry from) {
    streamGoes(to);
    partition(to).storeMoved(to, partition(fromDatabase, from), from);
    stored(to);
  }

  private Partition partition(int database, Entry e) {
    return keyspace.shardOfSlot(e.slot()).partitionForWrite(database);
  }

  private void stored(Entry to) {
    noteEvent(to, KeyspaceEvents.NEW, "new");
    if (!to.isString()) {
      ready(to);
    }
  }

  /** Removes a key that is there; the event is the caller's ("del", "rename_from", ...). */
  public void delete(Entry e, String event) {
    streamGoes(e);
    changed(e, KeyspaceEvents.GENERIC, event);
    partition(e).delete(e);
  }

  /** Sets when a key expires, and notes it as "expire". */
  public void setExpiry(Entry e, long expireAt) {
    partition(e).setExpiry(e, expireAt);
    changed(e, KeyspaceEvents.GENERIC, "expire");
  }

  /** Takes a key's expiry away, and notes it as "persist". */
  public void persist(Entry e) {
    partition(e).setExpiry(e, Partition.NEVER);
    changed(e, KeyspaceEvents.GENERIC, "persist");
  }

  /** Notes a change of a value under the event of the command's row. */
  public void changedValue(Entry e) {
    changed(e, eventClass(e.type()), request.command().event());
  }

  private static int eventClass(ValueType type) {
    return switch (type) {
      case STRING -> KeyspaceEvents.STRING;
      case LIST -> KeyspaceEvents.LIST;
      case SET -> KeyspaceEvents.SET;
      case SORTED_SET -> KeyspaceEvents.ZSET;
      case HASH -> KeyspaceEvents.HASH;
      case STREAM -> KeyspaceEvents.STREAM;
    };
  }

  /** Notes a change of a key. */
  public void changed(Entry e, int eventClass, String event) {
    worker.stats().dirty++;
    changedToo(e, eventClass, event);
  }

  /** Notes a change that is not one more: of another key too, or under another event too. */
  public void changedToo(Entry e, int eventClass, String event) {
    if (conditions.isObserved()) {
      engine.watches().changed(index, e);
      noteEvent(e, eventClass, event);
    }
  }

  /**
   * Notes a change of a stream's groups under an event, or none when it is empty: one that those
   * who watch the key are not told of.
   */
  public void changedGroups(Entry e, String event) {
    worker.stats().dirty++;
    if (!event.isEmpty()) {
      noteEvent(e, KeyspaceEvents.STREAM, event);
    }
  }

  private void noteEvent(Entry e, int eventClass, String event) {
    if ((conditions.notifiedClasses() & eventClass) != 0) {
      worker.changes().add(eventClass, event, index, e.copyKey());
    }
  }

  /**
   * Removes all keys, in a time that does not depend on how many there are; the locks of all shards
   * are held. Whoever watches a key that is there is told; there are no events.
   */
  public void flush() {
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Partition partition = keyspace.shard(i).partition(index);
      if (partition != null) {
        engine.watches().emptied(i, index, partition);
        worker.stats().dirty += partition.size();
        keyspace.shard(i).drop(index);
        allReady(i, index);
      }
    }
  }

  /** Tells those who wait for a key that it may have become what they need. */
  public void ready(Entry e) {
    if (engine.blocking().size() > 0) {
      DatabaseKey key = engine.blocking().awaited(index, e);
      if (key != null && !worker.ready().contains(key)) {
        worker.ready().add(key);
      }
    }
  }

  /** The same for all keys of a shard and a database, which has been exchanged as a whole. */
  private void allReady(int shard, int database) {
    if (engine.blocking().size() > 0) {
      worker.ready().addAll(engine.blocking().awaited(shard, database));
    }
  }

  /**
   * Exchanges the keys of two databases; the locks of all shards are held. Whoever watches a key
   * that is in either of them is told.
   */
  public void swap(int one, int other) {
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Shard shard = keyspace.shard(i);
      Partition first = shard.partition(one);
      Partition second = shard.partition(other);
      engine.watches().replaced(i, one, first, second, worker.nowMillis());
      engine.watches().replaced(i, other, second, first, worker.nowMillis());
      shard.swap(one, other);
      allReady(i, one);
      allReady(i, other);
    }
    worker.stats().dirty++;
  }
}
