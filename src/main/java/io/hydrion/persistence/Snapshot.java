package io.hydrion.persistence;

import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.store.SnapshotListener;
import io.hydrion.util.Uninterrupted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All keys as they are at one moment, on their way to a file while they go on changing. It is begun
 * once and written once.
 */
public final class Snapshot {
  /*
   * At its moment, under the locks of all shards, each shard learns of the snapshot, and which
   * partitions there are is noted. From then on two take records that have not been taken yet:
   * whoever is about to change one (Partition.beforeChange), and the thread that walks through all
   * slots, a few records at a time under the lock of their shard. Both encode what they take into
   * the shard's buffer, which the lock guards, and put what full buffers hold into a queue; the
   * thread that writes the file takes no shard's lock, so who finds the queue full waits for nothing
   * but the disk, even under a lock. That, and that the walker waits until the queue has room before
   * it locks, bounds what a snapshot takes: the queue and a buffer for each shard.
   *
   * Buffers hold whole keys and go into the file in any order. A key that is larger than a buffer is
   * the exception: whoever encodes it holds `order` until all of it is in the queue.
   *
   * Both threads work for a moment and rest for as long: on a machine without a core to spare the
   * system then lets them work when they want to, and does not stop them in the middle of a step,
   * with a lock that everybody needs.
   *
   * After a failure records are marked as taken all the same, since the next snapshot tells by the
   * mark; they are only not encoded any more.
   */
  private static final int BUFFER = SnapshotQueue.PIECE_MAX;
  private static final int HANDED_FROM = BUFFER - 4 * 1024;

  /** The walker keeps out of the way of others while the queue has so many bytes. */
  private static final int QUEUED_BUSY = 2 << 20;

  /** How much is taken, and how many buckets are looked at, under a lock that is held once. */
  private static final int STEP_BYTES = 16 * 1024;

  private static final int STEP_BUCKETS = 64;
  private static final long WAIT_NANOS = 200_000;

  /** How often it is looked whether {@link #delayKeys} still wants the delay. */
  private static final long DELAY_NANOS_MAX = 10_000_000;

  /** How long a thread works at least before it rests, and how long it rests at most. */
  private static final long WORK_NANOS = 200_000;

  private static final long REST_NANOS_MAX = 1_000_000;

  /** How a key has been used lately, where that is to be kept. */
  public interface Usage {
    /** For how long a key has not been used, in seconds; -1: that is not kept. */
    long idleSeconds(Entry e);

    /** How often a key is used, 0 to 255; -1: that is not kept. */
    int frequency(Entry e);
  }

  private final Keyspace keyspace;
  private final Usage usage;
  private final boolean compresses;
  private final Part[] parts;
  private final long[] keysOf;
  private final long[] expiringOf;
  private long size;
  private int version;
  private final SnapshotQueue queue = new SnapshotQueue();
  private final ReentrantLock order = new ReentrantLock();
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong bytesBeforeChanges = new AtomicLong();
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Thread walker;
  private LongSupplier keyDelayMicros = () -> 0;

  private Snapshot(Keyspace keyspace, boolean compresses, Usage usage) {
    this.keyspace = keyspace;
    this.compresses = compresses;
    this.usage = usage;
    parts = new Part[keyspace.shardCount()];
    keysOf = new long[keyspace.databases()];
    expiringOf = new long[keyspace.databases()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new Part(keyspace.shard(i));
    }
  }

  /** Makes this the moment: the locks of all shards are held. */
  private void begin() {
    boolean fieldsExpire = false;
    for (Part part : parts) {
      for (int db = 0; db < keysOf.length; db++) {
        Partition partition = part.shard.partition(db);
        part.partitions.add(partition);
        if (partition != null) {
          keysOf[db] += partition.size();
          size += partition.size();
          expiringOf[db] += partition.expiring();
          fieldsExpire |= partition.fieldExpiring() > 0;
        }
      }
      part.shard.beginSnapshot(part);
    }
    version = fieldsExpire ? RdbWriter.VERSION_OF_FIELD_EXPIRIES : RdbWriter.VERSION;
  }

  /**
   * Begins a snapshot of this moment. There must be no other one; {@link #write} must follow.
   *
   * @param compresses whether long strings are compressed
   * @param atMoment is run at the moment itself, while nothing can change
   */
  public static Snapshot begin(
      Keyspace keyspace, boolean compresses, Usage usage, Runnable atMoment) {
    Snapshot snapshot = new Snapshot(keyspace, compresses, usage);
    keyspace.lock(keyspace.allShards());
    try {
      snapshot.begin();
      atMoment.run();
      return snapshot;
    } finally {
      keyspace.unlock(keyspace.allShards());
    }
  }

  /** The version of the format that the file must have. */
  public int version() {
    return version;
  }

  /** How many keys there are. */
  public long size() {
    return size;
  }

  /** How many of them have been taken so far. */
  public long taken() {
    return taken.get();
  }

  /** Bytes that had to be encoded because of a change to come: what fork would have copied. */
  public long bytesBeforeChanges() {
    return bytesBeforeChanges.get();
  }

  /**
   * Lets {@link #write} take so many microseconds for each key, for tests: asked again and again.
   */
  public void delayKeys(LongSupplier micros) {
    keyDelayMicros = micros;
  }

  /** Lets {@link #write} fail soon. */
  public void abort() {
    fail(new IOException("the snapshot was aborted"));
  }

  /** Whether it has failed, or somebody wants it to. */
  public synchronized boolean isAborted() {
    return failure != null;
  }

  /** Ends the snapshot of which nothing has been written, in the place of {@link #write}. */
  public void drop() {
    abort();
    walk();
    queue.release();
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
      queue.close();
    }
  }

  /**
   * Writes all keys behind what the file has already; returns when all have been written. The
   * caller may hold locks of shards.
   *
   * @throws IOException when that failed; the file is worth nothing then
   */
  public void write(RdbFileWriter file) throws IOException {
    Thread writer = new Thread(() -> append(file), "hydrion-snapshot-file");
    writer.setDaemon(true);
    walker = Thread.currentThread();
    writer.start();
    walk();
    queue.end();
    Uninterrupted.run(writer::join);
    queue.release();
    Throwable failed = failure;
    if (failed != null) {
      throw new IOException("the snapshot failed: " + failed.getMessage(), failed);
    }
  }

  /** Takes all that nobody has changed before, and ends the snapshot in all shards. */
  private void walk() {
    try {
      for (Part part : parts) {
        part.walk();
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      for (Part part : parts) {
        part.end();
      }
    }
  }

  /** What the file's thread does. */
  private void append(RdbFileWriter file) {
    Pace pace = new Pace();
    try {
      for (int db = 0; db < keysOf.length; db++) {
        if (keysOf[db] > 0) {
          file.sizes(db, keysOf[db], expiringOf[db]);
        }
      }
      for (SnapshotQueue.Chunk chunk; (chunk = queue.take()) != null; ) {
        file.append(chunk.bytes, 0, chunk.length());
        queue.giveBack(chunk);
        if (queue.size() < QUEUED_BUSY) {
          pace.keep();
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    }
  }

  /** Lets a thread rest for about half of its time. */
  private static final class Pace {
    private long began = System.nanoTime();

    /** Does nothing for as long as was worked, if that was long enough. */
    void keep() {
      long worked = System.nanoTime() - began;
      if (worked >= WORK_NANOS) {
        LockSupport.parkNanos(Math.min(worked, REST_NANOS_MAX));
        began = System.nanoTime();
      }
    }
  }

  /** What is done in one shard, under its lock. */
  private final class Part implements SnapshotListener {
    private final Shard shard;

    /** The partition of each database, or null. */
    private final List<@Nullable Partition> partitions = new ArrayList<>();

    private final RdbOutput out = new RdbOutput(compresses, BUFFER, this::drain);
    private final RdbKeyWriter keys = new RdbKeyWriter(out);
    private final Entry e = new Entry();
    private long bytes;
    private long walked;
    private long stepUntil;
    private int stepBuckets;
    private boolean ended;

    Part(Shard shard) {
      this.shard = shard;
    }

    @Override
    public void take(Partition partition, Entry entry) {
      taken.incrementAndGet();
      if (failure != null) {
        return;
      }
      long before = bytes + out.size();
      try {
        int database = partitions.indexOf(partition);
        keys.write(database, partition, entry, usage.idleSeconds(entry), usage.frequency(entry));
        if (order.isHeldByCurrentThread() || out.size() >= HANDED_FROM) {
          hand();
        }
      } catch (RuntimeException | Error failed) {
        fail(failed); // of whoever changes the key it is no mistake
      } finally {
        if (order.isHeldByCurrentThread()) {
          order.unlock();
        }
      }
      if (Thread.currentThread() == walker) {
        walked++;
      } else {
        bytesBeforeChanges.addAndGet(bytes + out.size() - before);
      }
    }

    /** Takes the begin of a key whose end must follow in the file, or whole keys. */
    private void drain(byte[] a, int length) {
      if (!order.isHeldByCurrentThread()) {
        order.lock();
      }
      bytes += length;
      queue.put(a, length);
    }

    /** Puts what is in the buffer, which is whole, into the queue. */
    private void hand() {
      boolean isAlone = !order.isHeldByCurrentThread();
      try {
        out.drain();
        keys.begin();
      } finally {
        if (isAlone && order.isHeldByCurrentThread()) {
          order.unlock();
        }
      }
    }

    /** Takes all that nobody has changed before. */
    void walk() {
      for (Partition partition : partitions) {
        if (partition != null) {
          walk(partition);
        }
      }
      end();
    }

    private void walk(Partition partition) {
      int slot = shard.firstSlot();
      int end = slot + shard.slots();
      long cursor = 0;
      Pace pace = new Pace();
      while (slot < end) {
        while (queue.size() > QUEUED_BUSY) {
          LockSupport.parkNanos(WAIT_NANOS);
        }
        long before = walked;
        boolean othersWait = shard.isHeld();
        shard.lock();
        try {
          stepUntil = bytes + out.size() + STEP_BYTES;
          stepBuckets = STEP_BUCKETS;
          do {
            cursor = partition.takeSome(slot, cursor, e, this, this::wantsMore);
            if (cursor == 0) {
              slot++;
            }
          } while (slot < end && wantsMore());
        } finally {
          shard.unlock();
        }
        delay(walked - before);
        if (!othersWait) { // for all of the snapshot
          pace.keep();
        }
      }
    }

    /** Whether a step goes on after a bucket. */
    private boolean wantsMore() {
      return --stepBuckets > 0 && bytes + out.size() < stepUntil;
    }

    private void delay(long keys) {
      long began = System.nanoTime();
      while (failure == null) {
        long left = keys * keyDelayMicros.getAsLong() * 1000 - (System.nanoTime() - began);
        if (left <= 0) {
          return;
        }
        LockSupport.parkNanos(Math.min(left, DELAY_NANOS_MAX));
      }
    }

    /** Ends the snapshot in this shard. */
    void end() {
      shard.lock();
      try {
        if (!ended) {
          ended = true;
          if (out.size() > 0 && failure == null) {
            hand();
          }
          shard.endSnapshot();
          e.letGo();
        }
      } finally {
        shard.unlock();
      }
    }
  }
}
