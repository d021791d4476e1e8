package io.hydrion.persistence;

import io.hydrion.config.ConfigView;
import io.hydrion.store.AggregateValue;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts keys that are read from a database file where they belong. Belongs to one thread; it holds a
 * shard's lock while it puts a value together. Short strings are stored together, by another
 * thread.
 */
public final class KeyspaceLoader
    implements RdbFileSink, ValueSink, AggregateValue.Owner, AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(KeyspaceLoader.class);

  /** How many keys without a value are told of one by one. */
  private static final int SKIPPED_TOLD = 10;

  private static final int KEY_KEPT_MAX = 64 * 1024;

  private final Keyspace keyspace;
  private final ConfigView limits;
  private final long nowMillis;
  private final KeyBits bits;
  private final LongConsumer progress;
  private final long delayNanos;
  private long skipped;
  private final Entry e = new Entry();
  private final List<byte[]> functions = new ArrayList<>();
  private @Nullable ValueBuilder builder;
  private @Nullable Shard shard;
  private @Nullable Partition partition;
  private final StringStorer strings;
  private byte[] keyBytes = new byte[256];
  private int keyLength;
  private int database;
  private boolean isWanted;
  private long expireAt;
  private int access;
  private long loaded;
  private long expired;

  /** Works out what a record keeps of how its key was used. */
  @FunctionalInterface
  public interface KeyBits {
    /**
     * @param idleSeconds -1: not known
     * @param frequency -1: not known
     */
    int of(long idleSeconds, int frequency);
  }

  /**
   * @param nowMillis keys that expire until then are left out
   * @param progress is told how many bytes have been read
   * @param isAlone whether the caller holds all locks, so that no other thread can help
   */
  public KeyspaceLoader(
      Keyspace keyspace,
      ConfigView limits,
      long nowMillis,
      KeyBits bits,
      LongConsumer progress,
      boolean isAlone) {
    this.keyspace = keyspace;
    this.limits = limits;
    this.nowMillis = nowMillis;
    this.bits = bits;
    this.progress = progress;
    delayNanos = limits.number("key-load-delay") * 1000;
    strings = new StringStorer(keyspace, !isAlone);
  }

  /** How many keys have been loaded. */
  public long loaded() {
    return loaded;
  }

  /** How many keys were left out since their values were empty. */
  public long skipped() {
    return skipped;
  }

  /** How many keys were left out since they had expired. */
  public long expired() {
    return expired;
  }

  @Override
  public ValueSink beginKey(
      int inDatabase, RdbString key, long expiry, long idleSeconds, int frequency) {
    if (inDatabase >= keyspace.databases()) {
      throw new RdbFormatException(
          "Data file was created with a server configured to handle more than "
              + keyspace.databases()
              + " databases");
    }
    if (expiry <= nowMillis) {
      expired++;
      isWanted = false;
      return IgnoredValue.INSTANCE;
    }
    database = inDatabase;
    keyLength = key.length();
    if (keyBytes.length < keyLength || keyBytes.length > KEY_KEPT_MAX) {
      keyBytes = new byte[Math.max(keyLength, 256)];
    }
    System.arraycopy(key.bytes(), key.offset(), keyBytes, 0, keyLength);
    expireAt = expiry;
    access = bits.of(idleSeconds, frequency);
    isWanted = true;
    return this;
  }

  @Override
  public void string(RdbString value) {
    if (keyLength + value.length() <= StringBatch.LENGTH_MAX) {
      strings.add(database, keyBytes, keyLength, value, expireAt, access);
    } else {
      value().string(value);
    }
  }

  /** Where the value of the key goes, whose shard is locked from the first call on. */
  private ValueBuilder value() {
    ValueBuilder to = builder;
    if (to != null && shard != null) {
      return to;
    }
    e.key(keyBytes, 0, keyLength, keyspace.seed());
    Shard of = keyspace.shardOfSlot(e.slot());
    of.lock();
    shard = of;
    Partition in = of.partitionForWrite(database);
    partition = in;
    if (in.find(e)) {
      String key = Bytes.string(keyBytes, 0, keyLength);
      throw new RdbFormatException("the key '" + key + "' is there twice");
    }
    if (to == null) {
      to = new ValueBuilder(this, in, e);
      builder = to;
    } else {
      to.open(in);
    }
    return to;
  }

  @Override
  public void listElement(RdbString element) {
    value().listElement(element);
  }

  @Override
  public void setMember(RdbString member) {
    value().setMember(member);
  }

  @Override
  public void sortedSetMember(RdbString member, double score) {
    value().sortedSetMember(member, score);
  }

  @Override
  public void hashField(RdbString field, RdbString value, long expiry) {
    value().hashField(field, value, expiry);
  }

  @Override
  public void streamEntry(long ms, long seq, ByteRanges words, int count) {
    value().streamEntry(ms, seq, words, count);
  }

  @Override
  public void stream(StreamState state) {
    value().stream(state);
  }

  @Override
  public void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead) {
    value().streamGroup(name, lastMs, lastSeq, entriesRead);
  }

  @Override
  public void streamConsumer(RdbString name, long seenAt, long activeAt) {
    value().streamConsumer(name, seenAt, activeAt);
  }

  @Override
  public void streamPending(long ms, long seq, long deliveredAt, long deliveries) {
    value().streamPending(ms, seq, deliveredAt, deliveries);
  }

  @Override
  public void store(Entry entry, ValueType type, Encoding encoding, int n) {
    Partition in = partition;
    assert in != null;
    in.store(entry, type, encoding, n, expireAt, access, true);
  }

  @Override
  public ConfigView limits() {
    return limits;
  }

  @Override
  public void endKey() {
    if (isWanted) {
      loaded++;
      unlock();
      delay();
    }
  }

  /** Takes as long for a key as key-load-delay says, for tests. */
  private void delay() {
    if (delayNanos > 0) {
      long end = System.nanoTime() + delayNanos;
      for (long left; (left = end - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
    }
  }

  @Override
  public void dropKey() {
    unlock();
    if (isWanted && ++skipped <= SKIPPED_TOLD) {
      LOG.info("skipping empty key: {}", Bytes.string(keyBytes, 0, keyLength));
    }
  }

  /**
   * Returns when all keys are there.
   *
   * @throws RdbFormatException when one was there twice
   */
  public void finish() {
    strings.finish();
  }

  @Override
  public void function(RdbString code) {
    functions.add(Bytes.copy(code.bytes(), code.offset(), code.length()));
  }

  /** The code of all libraries of functions, which is for the caller to keep. */
  public List<byte[]> functions() {
    return functions;
  }

  @Override
  public void progress(long read) {
    progress.accept(read);
  }

  /** Gives back what is held, whether or not the keys are there. */
  @Override
  public void close() {
    unlock();
    strings.close();
  }

  private void unlock() {
    Shard held = shard;
    if (held != null) {
      shard = null;
      partition = null;
      held.unlock();
    }
  }
}
