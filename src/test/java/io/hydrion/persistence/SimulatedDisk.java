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
 * any sectors of 512 bytes of it, with what was there before in between, or zeros. Of changes to
 * directories that were not synced some first ones survive. What a failed sync was to save is lost
 * at a cut even when a later sync of the file succeeds.
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
    SYNC
  }

  /** The power is gone: nothing can be called any more. */
  public static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Bytes that were overwritten, at their place in the file. */
  private record Overwritten(int at, byte[] bytes) {}

  private static final class Inode {
    byte[] data = new byte[64];
    int size;

    /** What the size was when it was synced. */
    int syncedSize;

    /** What was there before, since the last sync; the newest last. */
    final List<Overwritten> overwritten = new ArrayList<>();

    final List<int[]> poisoned = new ArrayList<>();

    void write(int at, byte[] a, int off, int len) {
      int to = at + len;
      if (to > data.length) {
        data = Arrays.copyOf(data, Math.max(to, 2 * data.length));
      }
      overwritten.add(new Overwritten(at, Arrays.copyOfRange(data, at, to)));
      System.arraycopy(a, off, data, at, len);
      size = Math.max(size, to);
    }

    void cut(int to) {
      if (to < size) {
        overwritten.add(new Overwritten(to, Arrays.copyOfRange(data, to, size)));
        Arrays.fill(data, to, size, (byte) 0);
        size = to;
      }
    }

    void sync() {
      syncedSize = size;
      overwritten.clear();
    }

    /** Where changes begin that were not synced, and where they end; empty without any. */
    int[] unsynced() {
      int from = overwritten.stream().mapToInt(old -> old.at).min().orElse(size);
      int to = overwritten.stream().mapToInt(old -> old.at + old.bytes.length).max().orElse(size);
      return new int[] {from, Math.max(from, to)};
    }

    /** The bytes as they were synced last, and zeros. */
    byte[] before() {
      byte[] before = data.clone();
      for (Overwritten old : overwritten.reversed()) {
        System.arraycopy(old.bytes, 0, before, old.at, old.bytes.length);
      }
      return before;
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

  private Inode tear(Inode lost) {
    Inode after = new Inode();
    int[] unsynced = lost.unsynced();
    int from = unsynced[0];
    int to = unsynced[1];
    byte[] left = lost.before();
    int kind = random.nextInt(tearsSectors ? 4 : 3);
    int kept = kind == 0 ? 0 : kind == 1 ? to - from : random.nextInt(to - from + 1);
    for (int at = from; at < from + kept; ) {
      int next = Math.min(from + kept, (at / SECTOR + 1) * SECTOR);
      if (kind != 3 || random.nextBoolean()) {
        System.arraycopy(lost.data, at, left, at, next - at);
      }
      at = next;
    }
    int least = Math.min(lost.size, lost.syncedSize);
    int size = least + random.nextInt(Math.max(lost.size, lost.syncedSize) - least + 1);
    after.write(0, left, 0, Math.max(size, Math.min(lost.size, from + kept)));
    for (int[] range : lost.poisoned) {
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
    end(step(kind, file));
  }

  /** Lets a call that has done what it does before it fails come to its end. */
  private void end(boolean isFailing) throws IOException {
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
    inode.write(0, bytes, 0, bytes.length);
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
    end(isFailing);
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
    private int at;
    private boolean isClosed;

    SimulatedOutput(Inode inode) {
      this.inode = inode;
      at = inode.size;
    }

    @Override
    public void write(byte[] a, int off, int len, int kept) throws IOException {
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        boolean isFailing = step(Call.WRITE, len);
        inode.write(at, a, off, isFailing || isCut ? random.nextInt(len + 1) : len);
        end(isFailing);
        at += kept;
      }
    }

    @Override
    public void sync() throws IOException {
      beforeSync.run();
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        boolean isFailing = step(Call.SYNC, at);
        int[] unsynced = inode.unsynced();
        if (isFailing && unsynced[0] < unsynced[1]) {
          inode.poisoned.add(unsynced);
        }
        end(isFailing);
        inode.sync();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (SimulatedDisk.this) {
        assert !isClosed;
        check(Call.TRUNCATE, size);
        inode.cut((int) size);
        at = (int) size;
      }
    }

    @Override
    public long size() {
      return at;
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
