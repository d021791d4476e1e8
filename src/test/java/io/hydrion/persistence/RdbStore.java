package io.hydrion.persistence;

import io.hydrion.config.Config;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A keyspace that takes what a file has, and saves it again. */
final class RdbStore implements RdbFileSink {
  static final int DATABASES = 16;

  final Keyspace keyspace = new Keyspace(1, DATABASES, 42);
  final List<byte[]> functions = new ArrayList<>();
  private final Shard shard = keyspace.shard(0);
  private Draft draft = new Draft(Config.defaults(), 42);
  private byte[] key = {};
  private int database;
  private long expireAt;
  private long idleSeconds;
  private int frequency;
  boolean writesIdle;
  boolean writesFrequency;

  /** How much is encoded at once. */
  int capacity = 64 * 1024;

  static RdbStore of(byte[] file) throws IOException {
    RdbStore store = new RdbStore();
    new RdbFileReader(MemoryFile.input(file, Integer.MAX_VALUE), true).read(store);
    return store;
  }

  @Override
  public ValueSink beginKey(int db, RdbString name, long until, long idle, int freq) {
    key = name.copy();
    database = db;
    expireAt = until;
    idleSeconds = idle;
    frequency = freq;
    draft = new Draft(Config.defaults(), keyspace.seed());
    return new ValueBuilder(draft, draft.partition(), draft.entry());
  }

  @Override
  public void endKey() {
    shard.lock();
    try {
      Partition partition = shard.partitionForWrite(database);
      Entry e = new Entry().key(key, 0, key.length, keyspace.seed());
      if (partition.find(e)) {
        throw new RdbFormatException("a key is there twice");
      }
      if (expireAt != Partition.NEVER) {
        draft.partition().setExpiry(draft.entry(), expireAt);
      }
      draft.entry().setAccess((int) (frequency >= 0 ? frequency : Math.max(0, idleSeconds) + 1000));
      partition.storeMoved(e, draft.partition(), draft.entry());
    } finally {
      shard.unlock();
    }
  }

  @Override
  public void dropKey() {}

  @Override
  public void database(int number) {
    if (number >= DATABASES) {
      throw new RdbFormatException("a database too many");
    }
  }

  @Override
  public void function(RdbString code) {
    functions.add(code.copy());
  }

  byte[] save(boolean compresses, boolean sums) throws IOException {
    MemoryFile file = new MemoryFile();
    RdbFileWriter writer = new RdbFileWriter(file, sums);
    shard.lock();
    try {
      int version = RdbWriter.VERSION;
      for (int db = 0; db < DATABASES; db++) {
        Partition partition = shard.partition(db);
        if (partition != null && partition.fieldExpiring() > 0) {
          version = RdbWriter.VERSION_OF_FIELD_EXPIRIES;
        }
      }
      writer.head(version);
      writer.notes("7.0.15", 1_700_000_000, 1_000_000, RdbFileWriter.Replication.NONE, false);
      for (byte[] code : functions) {
        writer.function(code);
      }
      RdbOutput out = new RdbOutput(compresses, capacity, (a, n) -> append(writer, a, n));
      RdbKeyWriter keys = new RdbKeyWriter(out);
      for (int db = 0; db < DATABASES; db++) {
        Partition partition = shard.partition(db);
        if (partition == null || partition.size() == 0) {
          continue;
        }
        writer.append(out.array(), 0, out.size());
        out.clear();
        keys.begin();
        writer.sizes(db, partition.size(), partition.expiring());
        save(writer, out, keys, db, partition);
      }
      writer.append(out.array(), 0, out.size());
      writer.finish();
      writer.sync();
      if (writer.size() != file.size() || keys.version() != version) {
        throw new AssertionError(writer.size() + " " + file.size() + " " + keys.version());
      }
      return file.bytes();
    } finally {
      shard.unlock();
    }
  }

  private void save(
      RdbFileWriter writer, RdbOutput out, RdbKeyWriter keys, int db, Partition partition)
      throws IOException {
    for (int slot = 0; slot < shard.slots(); slot++) {
      partition.forEach(
          slot,
          new Entry(),
          e ->
              keys.write(
                  db,
                  partition,
                  e,
                  writesIdle ? e.access() - 1000 : -1,
                  writesFrequency ? e.access() : -1));
      if (out.size() > capacity / 2) {
        writer.append(out.array(), 0, out.size());
        out.clear();
        keys.begin();
      }
    }
  }

  private static void append(RdbFileWriter writer, byte[] a, int n) {
    try {
      writer.append(a, 0, n);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
