package io.hydrion.tools;

import io.hydrion.util.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A disk on which nothing is changed: repairs seem to work and are not done. */
final class ReadOnlyDisk implements Disk {
  private final Disk disk;

  ReadOnlyDisk(Disk disk) {
    this.disk = disk;
  }

  @Override
  public Output create(Path file) throws IOException {
    throw new IOException("nothing is to be changed");
  }

  @Override
  public Output append(Path file) throws IOException {
    throw new IOException("nothing is to be changed");
  }

  @Override
  public Input open(Path file) throws IOException {
    return disk.open(file);
  }

  @Override
  public boolean exists(Path file) throws IOException {
    return disk.exists(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void createDirectory(Path directory) {}

  @Override
  public void rename(Path from, Path to) {}

  @Override
  public void delete(Path file) {}

  @Override
  public void truncate(Path file, long size) {}

  @Override
  public void syncDirectory(Path directory) {}

  @Override
  public Closeable lock(Path file) throws IOException {
    return disk.lock(file);
  }
}
