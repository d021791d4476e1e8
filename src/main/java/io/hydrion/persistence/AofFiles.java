package io.hydrion.persistence;

import io.hydrion.persistence.AofManifest.Part;
import io.hydrion.util.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The files of a multi-part AOF: what they are called, and which of them the manifest says make up
 * the log. For one thread at a time, but for the names.
 */
final class AofFiles {
  private static final int MANIFEST_MAX = 16 << 20;

  private final Disk disk;
  private final Path dir;
  private final Path directory;
  private final String name;

  private AofManifest manifest = AofManifest.EMPTY;
  private long lastBase;
  private long lastIncrement;

  /**
   * @param dir where an old single file would be
   * @param directoryName {@code appenddirname}
   * @param name {@code appendfilename}
   */
  AofFiles(Disk disk, Path dir, String directoryName, String name) {
    this.disk = disk;
    this.dir = dir;
    this.directory = dir.resolve(directoryName);
    this.name = name;
  }

  /** Whether there is a log; an old single file counts. */
  boolean exist() throws IOException {
    return disk.exists(manifestPath()) || disk.exists(oldPath());
  }

  AofManifest manifest() {
    return manifest;
  }

  // ---- names

  Path path(Part part) {
    return directory.resolve(part.name());
  }

  Path manifestPath() {
    return directory.resolve(name + ".manifest");
  }

  Path temporarySnapshot() {
    return directory.resolve("temp-" + name + ".base");
  }

  /** Of an increment that is no part of the log before a snapshot is. */
  Path temporaryIncrement() {
    return directory.resolve("temp-" + name + ".incr");
  }

  private Path oldPath() {
    return dir.resolve(name);
  }

  /** The file of the log's name itself: an AOF of old, or one of the files of a new one. */
  Part named() {
    return new Part(name, 1);
  }

  Part nextIncrement() {
    lastIncrement++;
    return new Part(name + "." + lastIncrement + ".incr.aof", lastIncrement);
  }

  Part nextBase(boolean isRdb) {
    lastBase++;
    return new Part(name + "." + lastBase + ".base." + (isRdb ? "rdb" : "aof"), lastBase);
  }

  // ---- on the disk

  /** Finds out what files there are; an old single file becomes the base of a directory. */
  void find(Consumer<String> notes) throws IOException {
    boolean hasOld = disk.exists(oldPath());
    AofManifest read = AofManifest.EMPTY;
    if (disk.exists(manifestPath())) {
      read = AofManifest.parse(readManifest(), name + ".manifest");
      if (!hasOld || !isHalfUpgraded(read)) {
        hasOld = false;
      }
    }
    if (hasOld) {
      read = upgrade(notes);
    }
    manifest = read;
    Part base = read.base();
    lastBase = base == null ? 0 : base.seq();
    lastIncrement = read.increments().isEmpty() ? 0 : read.increments().getLast().seq();
    for (Part part : read.history()) {
      // Their names must not be taken again while they may still be there.
      if (part.name().contains(".base.")) {
        lastBase = Math.max(lastBase, part.seq());
      } else {
        lastIncrement = Math.max(lastIncrement, part.seq());
      }
    }
  }

  /** Whether the manifest already names an old single file that has not been moved yet. */
  private boolean isHalfUpgraded(AofManifest read) throws IOException {
    Part base = read.base();
    return base != null
        && read.increments().isEmpty()
        && read.history().isEmpty()
        && base.name().equals(name)
        && !disk.exists(directory.resolve(name));
  }

  /** Makes a single file of older versions the base of a new directory. */
  private AofManifest upgrade(Consumer<String> notes) throws IOException {
    createDirectory();
    AofManifest upgraded = AofManifest.EMPTY.withBase(named());
    persist(upgraded);
    disk.rename(oldPath(), path(named()));
    disk.syncDirectory(directory);
    disk.syncDirectory(dir);
    notes.accept(
        "Successfully migrated an old-style AOF configuration ("
            + name
            + ") into the AOF directory ("
            + directory.getFileName()
            + ").");
    return upgraded;
  }

  private byte[] readManifest() throws IOException {
    try (Disk.Input in = disk.open(manifestPath())) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] piece = new byte[8192];
      for (int n = in.read(piece, 0, piece.length); n >= 0; n = in.read(piece, 0, piece.length)) {
        all.write(piece, 0, n);
        if (all.size() > MANIFEST_MAX) {
          throw new LogDamageException(name + ".manifest", -1, "The AOF manifest is too long");
        }
      }
      return all.toByteArray();
    }
  }

  /**
   * Makes a manifest the one that counts, in one step.
   *
   * @throws LogDirectory.CannotBeginException where the old one does still
   */
  void replaceManifest(AofManifest next) throws IOException {
    persist(next);
    manifest = next;
  }

  private void persist(AofManifest next) throws IOException {
    Path temporary = directory.resolve("temp-" + name + ".manifest");
    try {
      disk.delete(temporary);
      try (Disk.Output out = disk.create(temporary)) {
        byte[] text = next.format();
        out.write(text, 0, text.length);
        out.sync();
      }
    } catch (IOException e) {
      throw new LogDirectory.CannotBeginException(e);
    }
    disk.rename(temporary, manifestPath());
    syncDirectory();
  }

  /** The size of a file that the log needs. */
  long size(Part part) throws IOException {
    try {
      return disk.size(path(part));
    } catch (NoSuchFileException e) {
      String text =
          "Unable to obtain the AOF file "
              + part.name()
              + " length. stat: No such file or directory";
      throw new LogDamageException(part.name(), -1, text);
    }
  }

  void createDirectory() throws IOException {
    disk.createDirectory(directory);
    disk.syncDirectory(dir);
  }

  void syncDirectory() throws IOException {
    disk.syncDirectory(directory);
  }
}
