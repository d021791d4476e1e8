package io.hydrion.persistence;

import io.hydrion.util.Disk;
import java.io.ByteArrayOutputStream;

/** A file in memory, which counts its syncs. */
final class MemoryFile implements Disk.Output {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  int syncs;

  byte[] bytes() {
    return bytes.toByteArray();
  }

  @Override
  public void write(byte[] a, int off, int len, int kept) {
    assert kept == len;
    bytes.write(a, off, len);
  }

  @Override
  public void sync() {
    syncs++;
  }

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public void close() {}

  /** Bytes as a file that hands out so many at a time. */
  static Disk.Input input(byte[] a, int atOnce) {
    return input(a, atOnce, a.length);
  }

  /**
   * @param size what the file says it has
   */
  static Disk.Input input(byte[] a, int atOnce, long size) {
    return new Disk.Input() {
      private int at;

      @Override
      public int read(byte[] into, int off, int len) {
        if (at == a.length) {
          return -1;
        }
        int n = Math.min(Math.min(len, atOnce), a.length - at);
        System.arraycopy(a, at, into, off, n);
        at += n;
        return n;
      }

      @Override
      public long size() {
        return size;
      }

      @Override
      public void close() {}
    };
  }
}
