package io.hydrion.persistence;

import io.hydrion.config.ConfigView;
import io.hydrion.store.AggregateValue;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts keys that are read from a database file where they belong. Belongs to one thread; it holds a
 * shard's lock from the begin of a key to its end.
 */
public final class KeyspaceLoader implements RdbFileSink, AggregateValue.Owner, AutoCloseable {
  private final Keyspace keyspace;
  private final ConfigView limits;
  private final long nowMillis;
  private final KeyBits bits;
  private final LongConsumer progress;
  private final Entry e = new Entry();
  private final List<byte[]> functions = new ArrayList<>();
  private @Nullable ValueBuilder builder;
  private @Nullable Shard shard;
  private @Nullable Partition partition;
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
   */
  public KeyspaceLoader(
      Keyspace keyspace, ConfigView limits, long nowMillis, KeyBits bits, LongConsumer progress) {
    this.keyspace = keyspace;
    this.limits = limits;
    this.nowMillis = nowMillis;
    this.bits = bits;
    this.progress = progress;
  }

  /** How many keys have been loaded. */
  public long loaded() {
    return loaded;
  }

  /** How many keys were left out since they had expired. */
  public long expired() {
    return expired;
  }

  @Override
  public ValueSink beginKey(
      int database, RdbString key, long expiry, long idleSeconds, int frequency) {
    if (database >= keyspace.databases()) {
      throw new RdbFormatException(
          "Data file was created with a server configured to handle more than "
              + keyspace.databases()
              + " databases");
    }
    if (expiry <= nowMillis) {
      expired++;
      return IgnoredValue.INSTANCE;
    }
    byte[] copy = Bytes.copy(key.bytes(), key.offset(), key.length());
    e.key(copy, 0, copy.length, keyspace.seed());
    Shard of = keyspace.shardOfSlot(e.slot());
    of.lock();
    shard = of;
    Partition in = of.partitionForWrite(database);
    partition = in;
    if (in.find(e)) {
      throw new RdbFormatException("the key '" + Bytes.string(copy) + "' is there twice");
    }
    expireAt = expiry;
    access = bits.of(idleSeconds, frequency);
    ValueBuilder to = builder;
    if (to == null) {
      to = new ValueBuilder(this, in, e);
      builder = to;
    } else {
      to.open(in);
    }
    return to;
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
    if (shard != null) {
      loaded++;
      close();
    }
  }

  @Override
  public void dropKey() {
    close();
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

  /** Gives back the lock that is held, if any. */
  @Override
  public void close() {
    Shard held = shard;
    if (held != null) {
      shard = null;
      partition = null;
      held.unlock();
    }
  }
}
