package io.hydrion.persistence;

import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import io.hydrion.util.Uninterrupted;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes snapshots of a few keys of its own, which go nowhere, so that the JVM compiles what one
 * needs before clients have to wait for it. Without this the first snapshot finds the way of a
 * change compiled as if there never were one: that is thrown away, and all who change keys are
 * interpreted for tens of milliseconds.
 */
public final class SnapshotWarmUp {
  /** Enough for the compilers to find all of it important. */
  private static final int KEYS = 4_000;

  private static final int SNAPSHOTS = 6;

  /**
   * How long is rested before the second one, and then twice as long each time. The compilers are
   * to be done with what they have: when they are busy, as after a start under load, they do it
   * badly.
   */
  private static final long REST_NANOS = 100_000_000;

  private static final int VALUES = 64;
  private static final int LOCKS = 500;
  private static final int VALUE_BYTES = 64;
  private static final int LONG_VALUE_BYTES = 500;

  private final Snapshot.Usage usage;
  private final Keyspace keyspace = new Keyspace(1, 1, 0);
  private final Shard shard = keyspace.shard(0);
  private final Entry e = new Entry();
  private final byte[] key = new byte[Long.BYTES];
  private final byte[][] values = new byte[VALUES][];
  private final RdbOutput out = new RdbOutput(true);

  private SnapshotWarmUp(Snapshot.Usage usage) {
    this.usage = usage;
    SplittableRandom random = new SplittableRandom(VALUES);
    for (int i = 0; i < VALUES; i++) {
      values[i] = value(random, i);
    }
  }

  /**
   * Takes some hundred milliseconds of a processor.
   *
   * @param usage as in the snapshots that will be made
   */
  public static void run(Snapshot.Usage usage) throws IOException {
    new SnapshotWarmUp(usage).makeSnapshots();
  }

  private void makeSnapshots() throws IOException {
    change(KEYS);
    for (int i = 0; i < SNAPSHOTS; i++) {
      if (i > 0) {
        LockSupport.parkNanos(REST_NANOS << i - 1);
      }
      Snapshot snapshot = Snapshot.begin(keyspace, true, usage, () -> {});
      change(KEYS / 2);
      RdbFileWriter file = new RdbFileWriter(new Nowhere(), true);
      snapshot.write(file);
      file.finish();
      encodeAlone();
      contend();
    }
  }

  /** Stores so many keys, those that are there already anew. */
  private void change(int keys) {
    for (int i = 0; i < keys; i++) {
      byte[] value = values[i % VALUES];
      int n = value.length;
      Bytes.putInt(key, 0, i);
      shard.lock();
      try {
        Partition partition = shard.partitionForWrite(0);
        partition.find(e.key(key, 0, key.length, keyspace.seed()));
        partition.beforeChange(e);
        partition.store(e, ValueType.STRING, Encoding.RAW, n, Partition.NEVER, 0, false);
        System.arraycopy(value, 0, e.bytes(), e.valueOffset(), n);
      } finally {
        shard.unlock();
      }
    }
  }

  /** Of what many servers hold: numbers, text that can be compressed, and bytes that cannot. */
  private static byte[] value(SplittableRandom random, int i) {
    int most = i % 3 == 0 ? LONG_VALUE_BYTES : VALUE_BYTES;
    byte[] value = new byte[i % 2 == 0 ? VALUE_BYTES : random.nextInt(most)];
    switch (i % 4) {
      case 0 -> random.nextBytes(value);
      case 1 -> {
        return Bytes.of(Long.toString(random.nextLong() >> random.nextInt(Long.SIZE)));
      }
      case 2 -> Arrays.fill(value, (byte) 'x');
      default -> {
        for (int at = 0; at < value.length; at++) {
          value[at] = (byte) ('a' + random.nextInt(at % 16 + 1));
        }
      }
    }
    return value;
  }

  /** Values that nothing follows in their array, as at the end of a chunk. */
  private void encodeAlone() {
    for (byte[] value : values) {
      out.clear();
      out.string(value, 0, value.length);
    }
  }

  /** Lets two threads wait for each other, as clients and the thread that walks do. */
  private void contend() {
    Thread other = Thread.ofPlatform().daemon().start(this::lockOften);
    lockOften();
    Uninterrupted.run(other::join);
  }

  private void lockOften() {
    for (int i = 0; i < LOCKS; i++) {
      shard.lock();
      try {
        Thread.yield(); // on one core too the other finds it locked
      } finally {
        shard.unlock();
      }
    }
  }

  /** Counts, and forgets. */
  private static final class Nowhere implements Disk.Output {
    private long size;

    @Override
    public void write(byte[] a, int off, int len, int kept) {
      size += kept;
    }

    @Override
    public void sync() {}

    @Override
    public void truncate(long to) {
      size = to;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() {}
  }
}
