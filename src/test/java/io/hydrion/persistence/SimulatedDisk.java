package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows what would survive a power cut, and fails when told to. Deterministic
 * by its seed.
 *
 * <p>What was written and not synced may survive a cut in part: nothing of it, the front of it, or
 * any sectors of 512 bytes of it, zeros in between and, where room had been reserved, behind it. Of
 * changes to directories that were not synced some first ones survive. What a failed sync was to
 * save is lost at a cut even when a later sync of the file succeeds.
 */
public final class SimulatedDisk implements Disk {
  private static final int SECTOR = 512;

  /** The kinds of calls. */
  enum Call {
    OPEN,
    READ,
    CREATE,
    APPEND,
    CREATE_DIRECTORY,
    RENAME,
    DELETE,
    TRUNCATE,
    SYNC_DIRECTORY,
    WRITE,
    SYNC,
    RESERVE
  }

  /** The power is gone: nothing can be called any more. */
  public static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Inode {
    byte[] data = new byte[64];

    /** Up to where it has been written; zeros follow up to its size. */
    int written;

    int size;

    /** Up to where what was written would survive a power cut. */
    int synced;

    /** What the size would at least be after one. */
    int keptSize;

    final List<int[]> poisoned = new ArrayList<>();

    void write(byte[] a, int off, int len) {
      grow(written + len);
      System.arraycopy(a, off, data, written, len);
      written += len;
    }

    void grow(int to) {
      if (to > data.length) {
        data = Arrays.copyOf(data, Math.max(to, 2 * data.length));
      }
      size = Math.max(size, to);
    }

    void cut(int to) {
      Arrays.fill(data, Math.min(to, size), size, (byte) 0);
      size = Math.min(to, size);
      written = Math.min(written, size);
      synced = Math.min(synced, size);
      keptSize = Math.min(keptSize, size);
    }

    void sync() {
      synced = written;
      keptSize = size;
    }
  }

  /** A change of a directory that is not synced yet; to null: deleted. */
  private record Change(Path from, Path to, Inode inode) {
    boolean isIn(Path directory) {
      return (from != null && from.getParent().equals(directory))
          || (to != null && to.getParent().equals(directory));
    }

    void apply(Map<Path, Inode> names) {
      if (from != null) {
        names.remove(from);
      }
      if (to != null) {
        names.put(to, inode);
      }
    }
  }

  private final Random random;
  private final Map<Path, Inode> names = new LinkedHashMap<>();
  private final Map<Path, Inode> syncedNames = new LinkedHashMap<>();
  private final List<Change> changes = new ArrayList<>();
  private long calls;
  private long failIn;
  private @Nullable Call failing;
  private String failure = "";
  private boolean fails;
  private long cutAt = -1;
  private boolean isCut;
  private boolean tearsSectors = true;
  private String lastFailed = "";
  private volatile Runnable beforeSync = () -> {};

  public SimulatedDisk(Random random) {
    this.random = random;
  }

  // ---- faults

  /** How many calls there were. */
  public synchronized long calls() {
    return calls;
  }

  /** Lets the n-th call from now fail, with such a text as the system's. */
  public synchronized void failAfter(long n, String text) {
    failAfter(null, n, text);
  }

  /** Lets the n-th call of a kind from now fail, or of any kind. */
  synchronized void failAfter(@Nullable Call kind, long n, String text) {
    failing = kind;
    failIn = n;
    failure = text;
  }

  /** From now on all calls fail, until {@code null} is set. */
  public synchronized void failAll(String text) {
    fails = text != null;
    failure = text == null ? "" : text;
  }

  /** Is run by whoever syncs a file, before it is synced. */
  public void beforeSync(Runnable task) {
    beforeSync = task;
  }

  /** What failed last. */
  public synchronized String lastFailed() {
    return lastFailed;
  }

  /** Cuts the power at the n-th call from now. */
  public synchronized void cutAfter(long n) {
    cutAt = calls + n;
  }

  /** Whether a cut may leave later sectors and lose earlier ones. */
  public synchronized void tearsSectors(boolean does) {
    tearsSectors = does;
  }

  /** The disk after the power came back. */
  public synchronized SimulatedDisk afterPowerCut() {
    SimulatedDisk next = new SimulatedDisk(random);
    next.tearsSectors = tearsSectors;
    int survive = random.nextInt(changes.size() + 1);
    Map<Path, Inode> left = new LinkedHashMap<>(syncedNames);
    for (Change change : changes.subList(0, survive)) {
      change.apply(left);
    }
    left.forEach((path, inode) -> next.put(path, tear(inode)));
    return next;
  }

  /**
   * The disk as it is for the next process, after this one was killed. What failed syncs were to
   * save is taken to be written by now: a new process could not know otherwise.
   */
  public synchronized SimulatedDisk afterKill() {
    SimulatedDisk next = new SimulatedDisk(random);
    next.tearsSectors = tearsSectors;
    next.names.putAll(names);
    next.syncedNames.putAll(syncedNames);
    next.changes.addAll(changes);
    names.values().forEach(inode -> inode.poisoned.clear());
    return next;
  }

  private void put(Path path, Inode inode) {
    names.put(path, inode);
    syncedNames.put(path, inode);
  }

  private Inode tear(Inode before) {
    Inode after = new Inode();
    int unsynced = before.written - before.synced;
    int kind = random.nextInt(tearsSectors ? 4 : 3);
    int kept = kind == 0 ? 0 : kind == 1 ? unsynced : random.nextInt(unsynced + 1);
    after.write(before.data, 0, before.synced + kept);
    if (kind == 3) {
      for (int at = before.synced; at < after.size; at = (at / SECTOR + 1) * SECTOR) {
        if (random.nextBoolean()) {
          Arrays.fill(after.data, at, Math.min(after.size, (at / SECTOR + 1) * SECTOR), (byte) 0);
        }
      }
    }
    after.grow(before.keptSize + random.nextInt(before.size - before.keptSize + 1));
    for (int[] range : before.poisoned) {
      if (range[0] < after.size) {
        Arrays.fill(after.data, range[0], Math.min(range[1], after.size), (byte) 0);
      }
    }
    after.sync();
    return after;
  }

  /** Counts a call; returns whether it is to fail. */
  private boolean step(Call kind, Object file) {
    if (isCut) {
      throw new PowerCut();
    }
    calls++;
    if (calls == cutAt) {
      isCut = true;
    }
    boolean isHit = (failing == null || failing == kind) && --failIn == 0;
    boolean isFailing = fails || isHit;
    if (isFailing) {
      lastFailed = kind + " " + file;
    }
    return isFailing;
  }

  private void check(Call kind, Object file) throws IOException {
    boolean isFailing = step(kind, file);
    if (isCut) {
      throw new PowerCut();
    }
    if (isFailing) {
      throw new IOException(failure);
    }
  }

  // ---- the disk

  @Override
  public synchronized Output create(Path file) throws IOException {
    check(Call.CREATE, file);
    if (names.containsKey(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    return new SimulatedOutput(newInode(file));
  }

  @Override
  public synchronized Output append(Path file) throws IOException {
    check(Call.APPEND, file);
    Inode inode = names.get(file);
    return new SimulatedOutput(inode == null ? newInode(file) : inode);
  }

  private Inode newInode(Path file) {
    Inode inode = new Inode();
    change(new Change(null, file, inode));
    return inode;
  }

  private void change(Change change) {
    change.apply(names);
    changes.add(change);
  }

  @Override
  public synchronized Input open(Path file) throws IOException {
    check(Call.OPEN, file);
    Inode inode = names.get(file);
    if (inode == null) {
      throw new NoSuchFileException(file.toString());
    }
    return new SimulatedInput(Arrays.copyOf(inode.data, inode.size));
  }

  /** A file's bytes. */
  public synchronized byte[] bytes(Path file) {
    Inode inode = names.get(file);
    return Arrays.copyOf(inode.data, inode.size);
  }

  /** Replaces a file's bytes, as synced ones. */
  public synchronized void put(Path file, byte[] bytes) {
    Inode inode = new Inode();
    inode.write(bytes, 0, bytes.length);
    inode.sync();
    put(file, inode);
  }

  @Override
  public synchronized boolean exists(Path file) {
    return names.containsKey(file);
  }

  @Override
  public synchronized List<String> list(Path directory) {
    return names.keySet().stream()
        .filter(path -> directory.equals(path.getParent()))
        .map(path -> path.getFileName().toString())
        .toList();
  }

  /** Directories are there as soon as a file is in them. */
  @Override
  public synchronized void createDirectory(Path directory) throws IOException {
    check(Call.CREATE_DIRECTORY, directory);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    boolean isFailing = step(Call.RENAME, from);
    Inode inode = names.get(from);
    if (inode == null) {
      throw new NoSuchFileException(from.toString());
    }
    if (!(isFailing || isCut) || random.nextBoolean()) {
      change(new Change(from, to, inode));
    }
    if (isCut) {
      throw new PowerCut();
    }
    if (isFailing) {
      throw new IOException(failure);
    }
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    check(Call.DELETE, file);
    if (names.containsKey(file)) {
      change(new Change(file, null, null));
    }
  }

  @Override
  public synchronized void truncate(Path file, long size) throws IOException {
    check(Call.TRUNCATE, file);
    Inode inode = names.get(file);
    inode.cut((int) size);
    inode.sync();
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    check(Call.SYNC_DIRECTORY, directory);
    changes.removeIf(
        change -> {
          if (change.isIn(directory)) {
            change.apply(syncedNames);
            return true;
          }
          return false;
        });
  }

  @Override
  public Closeable lock(Path file) {
    return () -> {};
  }

  private final class SimulatedOutput implements Output {
    private final Inode inode;
    private boolean isClosed;

    SimulatedOutput(Inode inode) {
      this.inode = inode;
      inode.written = inode.size;
    }

    @Override
    public void write(byte[] a, int off, int len) throws IOException {
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        boolean isFailing = step(Call.WRITE, len);
        inode.write(a, off, isFailing || isCut ? random.nextInt(len + 1) : len);
        if (isCut) {
          throw new PowerCut();
        }
        if (isFailing) {
          throw new IOException(failure);
        }
      }
    }

    @Override
    public void sync() throws IOException {
      beforeSync.run();
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        boolean isFailing = step(Call.SYNC, inode.written);
        if (isFailing && inode.written > inode.synced) {
          inode.poisoned.add(new int[] {inode.synced, inode.written});
        }
        if (isCut) {
          throw new PowerCut();
        }
        if (isFailing) {
          throw new IOException(failure);
        }
        inode.sync();
      }
    }

    @Override
    public void reserve(int bytes) throws IOException {
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        boolean isFailing = step(Call.RESERVE, bytes);
        inode.grow(inode.written + (isFailing || isCut ? random.nextInt(bytes + 1) : bytes));
        if (isCut) {
          throw new PowerCut();
        }
        if (isFailing) {
          throw new IOException(failure);
        }
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        check(Call.TRUNCATE, size);
        inode.cut((int) size);
        inode.written = inode.size;
      }
    }

    @Override
    public long size() {
      return inode.written;
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  private final class SimulatedInput implements Input {
    private final byte[] bytes;
    private int at;

    SimulatedInput(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read(byte[] into, int off, int len) throws IOException {
      synchronized (SimulatedDisk.this) {
        check(Call.READ, len);
        if (at == bytes.length) {
          return -1;
        }
        int n = Math.min(Math.min(len, bytes.length - at), 1 + random.nextInt(8192));
        System.arraycopy(bytes, at, into, off, n);
        at += n;
        return n;
      }
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void close() {}
  }
}
