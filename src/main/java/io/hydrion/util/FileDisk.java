package io.hydrion.util;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The disks of the machine. */
public class FileDisk implements Disk {
  /** What a thread writes at once goes through memory off the heap, of which it keeps so much. */
  private static final int PIECE = 256 * 1024;

  @Override
  public Output create(Path file) throws IOException {
    Files.createFile(file);
    return new FileOutput(file);
  }

  @Override
  public Output append(Path file) throws IOException {
    return new FileOutput(file);
  }

  @Override
  public Input open(Path file) throws IOException {
    return new FileInput(file);
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
      channel.force(true);
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another server of this process has it.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw new FileSystemException(file.toString(), null, "another server uses this directory");
    }
    return channel;
  }

  /** Written without a channel, which a thread that is interrupted would close. */
  private static final class FileOutput implements Output {
    private final RandomAccessFile file;
    private long size;

    FileOutput(Path path) throws IOException {
      file = new RandomAccessFile(path.toFile(), "rw");
      size = file.length();
      file.seek(size);
    }

    @Override
    public void write(byte[] a, int off, int len, int kept) throws IOException {
      for (int done = 0; done < len; ) {
        int n = Math.min(len - done, PIECE);
        file.write(a, off + done, n);
        done += n;
      }
      size += kept;
      if (kept < len) {
        file.seek(size);
      }
    }

    @Override
    public void sync() throws IOException {
      file.getChannel().force(false);
    }

    @Override
    public void truncate(long newSize) throws IOException {
      file.setLength(newSize);
      file.seek(newSize);
      size = newSize;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private static final class FileInput implements Input {
    private final FileChannel channel;
    private final long size;

    FileInput(Path file) throws IOException {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      size = channel.size();
    }

    @Override
    public int read(byte[] into, int off, int len) throws IOException {
      return channel.read(ByteBuffer.wrap(into, off, Math.min(len, PIECE)));
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written: nothing is lost.
      }
    }
  }
}
