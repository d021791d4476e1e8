package io.hydrion.engine;

import io.hydrion.config.MaxmemoryPolicy;
import io.hydrion.config.Settings;
import io.hydrion.persistence.RdbFileWriter;
import io.hydrion.persistence.RdbToCommands;
import io.hydrion.persistence.RdbWriter;
import io.hydrion.persistence.Snapshot;
import io.hydrion.persistence.SnapshotWarmUp;
import io.hydrion.persistence.SnapshotWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import io.hydrion.util.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of all keys: at most one is made at a time, by whoever has {@link #acquire}d the
 * right to. Thread-safe; there is no lock, since some who ask hold those of all shards.
 */
public final class Snapshots {
  private static final Logger LOG = LogManager.getLogger(Snapshots.class);

  private static final long CLOSE_MILLIS_MAX = 10_000;
  private static final long WAIT_NANOS = 1_000_000;

  /** How much of a file is sent at once, and how much of it may wait for the client to take it. */
  private static final int PIECE = 64 * 1024;

  private static final int SENT_MAX = 1024 * 1024;

  private final Engine engine;
  private final Settings settings;
  private final Disk disk;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicLong begunInBackground = new AtomicLong();
  private volatile @Nullable Snapshot running;
  private volatile @Nullable Thread background;
  private volatile boolean ending;

  Snapshots(Engine engine, Disk disk) {
    this.engine = engine;
    this.disk = disk;
    settings = engine.settings();
  }

  /** Whether somebody makes a snapshot. */
  public boolean isBusy() {
    return busy.get() && !ending;
  }

  /** How many keys the snapshot under way has taken; 0 without one. */
  public long keysTaken() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.taken();
  }

  /** How many keys the snapshot under way will have; 0 without one. */
  public long keysToTake() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.size();
  }

  /** See {@link Snapshot#bytesBeforeChanges}, of the snapshot under way. */
  public long bytesBeforeChanges() {
    Snapshot snapshot = running;
    return snapshot == null ? 0 : snapshot.bytesBeforeChanges();
  }

  /** Takes the right to make a snapshot; false when somebody else has it. */
  boolean acquire() {
    while (!busy.compareAndSet(false, true)) {
      if (!ending) {
        return false;
      }
      LockSupport.parkNanos(WAIT_NANOS / 100);
    }
    return true;
  }

  /**
   * Is told that the right is given back now, before anybody is told that the snapshot is over: who
   * then asks for it gets it.
   */
  void ending() {
    ending = true;
  }

  /** Gives the right back. */
  void release() {
    running = null;
    busy.set(false);
    ending = false;
  }

  /** How many snapshots have been made in the background: as often Redis would have forked. */
  public long begunInBackground() {
    return begunInBackground.get();
  }

  /** Does the rest in a thread of its own, which gives the right back. */
  void finishInBackground(String name, Runnable task) {
    begunInBackground.incrementAndGet();
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } finally {
                background = null;
                release();
              }
            },
            name);
    thread.setDaemon(true);
    background = thread;
    thread.start();
  }

  /** Has the JVM compile what snapshots need, in a thread of its own. */
  public void warmUp() {
    Thread thread = new Thread(this::makeForNobody, "hydrion-warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private void makeForNobody() {
    try {
      SnapshotWarmUp.run(usage());
    } catch (IOException | RuntimeException | AssertionError e) {
      LOG.error("Warming up failed", e);
    }
  }

  private KeyUsage usage() {
    return new KeyUsage(settings.maxmemoryPolicy(), engine.clock().millis());
  }

  /** Begins a snapshot; {@link #write} must follow. */
  Snapshot begin(Runnable atMoment) {
    Snapshot snapshot =
        Snapshot.begin(engine.keyspace(), settings.rdbcompression(), usage(), atMoment);
    snapshot.delayKeys(() -> settings.number("rdb-key-save-delay"));
    running = snapshot;
    return snapshot;
  }

  /** How keys have been used, as far as the eviction policy wants to know it. */
  private final class KeyUsage implements Snapshot.Usage {
    private final MaxmemoryPolicy policy;
    private final long now;

    KeyUsage(MaxmemoryPolicy policy, long now) {
      this.policy = policy;
      this.now = now;
    }

    @Override
    public long idleSeconds(Entry e) {
      return policy.lru() ? engine.access().idleSeconds(e, now) : -1;
    }

    @Override
    public int frequency(Entry e) {
      return policy.lfu() ? engine.access().frequency(e, now) : -1;
    }
  }

  /**
   * Writes a snapshot to a file, in place of what is there, and syncs it; a file of which that
   * fails is deleted.
   *
   * @param isLogBase whether a log of commands follows the file
   */
  void write(Snapshot snapshot, Path to, boolean isLogBase) throws IOException {
    boolean begun = false;
    boolean worked = false;
    try {
      disk.delete(to);
      try (Disk.Output output = disk.create(to)) {
        RdbFileWriter writer = begin(output, snapshot.version(), isLogBase);
        begun = true;
        snapshot.write(writer);
        writer.finish();
        writer.sync();
      }
      worked = true;
    } finally {
      if (!begun) { // but records must be marked as taken
        snapshot.drop();
      }
      if (!worked) {
        deleteQuietly(to);
      }
    }
  }

  /**
   * Sends a database file of this moment to a client, as a bulk string that no line end follows.
   * Waits while another snapshot is made, and while the client does not take what has been sent.
   *
   * @throws IOException when there is no such file, or the client has gone; the connection is to be
   *     closed then, for part of the file may have been sent
   */
  public void send(Session to) throws IOException {
    while (!acquire()) {
      pause(to);
    }
    Path file = settings.resolve("temp-sync-" + engine.runId() + ".rdb");
    try (Disk.Input input = openNew(file, to)) {
      send(input, to);
    } finally {
      deleteQuietly(file);
      release();
    }
  }

  /** Writes the database file for a client and opens it; when that fails the client is told. */
  private Disk.Input openNew(Path file, Session to) throws IOException {
    try {
      if (to.wantsFunctionsOnly()) {
        disk.delete(file);
        try (Disk.Output output = disk.create(file)) {
          begin(output, RdbWriter.VERSION, false).finish();
        }
      } else {
        write(begin(() -> {}), file, false);
      }
      return disk.open(file);
    } catch (IOException e) {
      to.outlet().send(Bytes.of("-ERR BGSAVE failed, replication can't continue\r\n"));
      throw e;
    }
  }

  /** What is sent from here on is the file: only the connection's end can tell of a failure. */
  private void send(Disk.Input input, Session to) throws IOException {
    to.outlet().send(Bytes.of("$" + input.size() + "\r\n"));
    byte[] piece = new byte[PIECE];
    for (int n; (n = input.read(piece, 0, piece.length)) >= 0; ) {
      while (to.outlet().pendingBytes() > SENT_MAX) {
        pause(to);
      }
      to.outlet().send(Bytes.copy(piece, 0, n));
    }
  }

  private static void pause(Session to) throws IOException {
    LockSupport.parkNanos(WAIT_NANOS);
    if (to.isClosing() || Thread.currentThread().isInterrupted()) {
      throw new IOException("the client has gone");
    }
  }

  /**
   * Writes a snapshot as what an append log starts from: as commands where Redis's log is to be
   * without an RDB preamble, else as {@link #write} does.
   *
   * @return whether it is a database file
   */
  boolean writeLogBase(Snapshot snapshot, Path to, boolean mayBeCommands) throws IOException {
    if (!mayBeCommands || settings.flag("aof-use-rdb-preamble")) {
      write(snapshot, to, true);
      return true;
    }
    Path rdb = to.resolveSibling(to.getFileName() + ".rdb");
    write(snapshot, rdb, true);
    boolean worked = false;
    try {
      disk.delete(to);
      try (Disk.Input input = disk.open(rdb);
          Disk.Output output = disk.create(to)) {
        RdbToCommands.convert(input, output, logTimestamp(), snapshot::isAborted);
        output.sync();
      }
      worked = true;
    } finally {
      deleteQuietly(rdb);
      if (!worked) {
        deleteQuietly(to);
      }
    }
    return false;
  }

  /** The time to say in front of commands; -1: none. */
  private long logTimestamp() {
    return settings.flag("aof-timestamp-enabled") ? engine.clock().millis() / 1000 : -1;
  }

  /** What the log of a server without keys starts from. */
  SnapshotWriter emptyLogBase() {
    boolean isRdb = settings.flag("aof-use-rdb-preamble");
    return new SnapshotWriter() {
      @Override
      public void write(Disk.Output output) throws IOException {
        if (isRdb) {
          begin(output, RdbWriter.VERSION, true).finish();
        } else {
          RdbToCommands.writeEmpty(output, logTimestamp(), engine.loading().functions());
        }
      }

      @Override
      public boolean isRdb() {
        return isRdb;
      }
    };
  }

  private RdbFileWriter begin(Disk.Output output, int version, boolean isLogBase)
      throws IOException {
    RdbFileWriter writer = new RdbFileWriter(output, settings.flag("rdbchecksum"));
    writer.head(version);
    writer.notes(
        Version.text(),
        engine.clock().millis() / 1000,
        engine.usedMemory(),
        RdbFileWriter.Replication.NONE,
        isLogBase);
    for (byte[] function : engine.loading().functions()) {
      writer.function(function);
    }
    return writer;
  }

  private void deleteQuietly(Path file) {
    try {
      disk.delete(file);
    } catch (IOException e) {
      LOG.warn("Cannot delete {}: {}", file, e.toString());
    }
  }

  /** Lets the snapshot under way fail, if there is one. */
  public void abort() {
    Snapshot snapshot = running;
    if (snapshot != null) {
      snapshot.abort();
    }
  }

  /** Lets the snapshot in the background fail, if there is one, and waits until it has. */
  void stopBackground() {
    Thread thread = background;
    if (thread != null) {
      abort();
      try {
        thread.join(CLOSE_MILLIS_MAX);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
