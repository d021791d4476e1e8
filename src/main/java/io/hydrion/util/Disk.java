package io.hydrion.util;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files that data is kept in. Behind an interface, so that a test can let a disk fail or lose
 * power. Thread-safe; the files it opens are for one thread at a time, unless they say otherwise.
 */
public interface Disk {
  /** Opens a file that must not exist yet, to be written from its begin. */
  Output create(Path file) throws IOException;

  /** Opens a file to be written on at its end; it is created when there is none. */
  Output append(Path file) throws IOException;

  /**
   * Opens a file to be read.
   *
   * @throws java.nio.file.NoSuchFileException when there is none
   */
  Input open(Path file) throws IOException;

  boolean exists(Path file) throws IOException;

  /**
   * How many bytes a file has.
   *
   * @throws java.nio.file.NoSuchFileException when there is none
   */
  default long size(Path file) throws IOException {
    try (Input in = open(file)) {
      return in.size();
    }
  }

  /** The names of all that is in a directory, in no order; none when there is no such directory. */
  List<String> list(Path directory) throws IOException;

  /** Creates a directory, unless it is there; not its parents. */
  void createDirectory(Path directory) throws IOException;

  /** Gives a file another name, in place of any file that has it, in one step. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file, if there is one. */
  void delete(Path file) throws IOException;

  /** Cuts a file's end off. */
  void truncate(Path file, long size) throws IOException;

  /** Waits until what was created, renamed and deleted in a directory will survive a power cut. */
  void syncDirectory(Path directory) throws IOException;

  /**
   * Makes sure that no other process uses a directory as long as the result is open: all who do so
   * name the same file in it.
   *
   * @throws java.nio.file.FileSystemException when another one does
   */
  Closeable lock(Path file) throws IOException;

  /** A file that is written from front to back. */
  interface Output extends Closeable {
    /** Writes all of the bytes; after a failure nobody knows how many have been written. */
    default void write(byte[] a, int off, int len) throws IOException {
      write(a, off, len, len);
    }

    /**
     * Writes bytes of which only some first ones stay: what is written next goes over the others.
     * To sync what was written over others costs less, since only data changes and no size.
     *
     * @param kept how many stay, which {@link #size} counts
     */
    void write(byte[] a, int off, int len, int kept) throws IOException;

    /**
     * Waits until what was written will survive a power cut. Another thread may write meanwhile.
     * After a failure what was written before may be lost, whatever a later call says.
     */
    void sync() throws IOException;

    /** Cuts off what is behind so many bytes, and goes on there. */
    void truncate(long size) throws IOException;

    /** How many bytes have been written, with those that an existing file had. */
    long size();

    @Override
    void close() throws IOException;
  }

  /** A file that is read from front to back. */
  interface Input extends Closeable {
    /** Reads at least one byte and at most so many; returns how many, or -1 at the end. */
    int read(byte[] into, int off, int len) throws IOException;

    /** How many bytes the file had when it was opened. */
    long size();

    @Override
    void close();
  }
}
