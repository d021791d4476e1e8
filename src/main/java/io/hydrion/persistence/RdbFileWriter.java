package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * Writes a database file: the head, functions, keys that others have encoded, the end. Belongs to
 * one thread.
 *
 * <p>The version stands at the begin, so it has to be known there. Every type says by itself how it
 * is to be read, and Redis takes the version only to refuse files of a later one: the caller takes
 * {@link RdbWriter#VERSION}, unless some hash has fields that expire ({@link
 * io.hydrion.store.Partition#fieldExpiring}) when the snapshot begins; then {@link
 * RdbWriter#VERSION_OF_FIELD_EXPIRIES}, so that a Redis 7.0, which cannot read such hashes, says so
 * at once.
 */
public final class RdbFileWriter {
  private static final int BUFFER = 64 * 1024;

  private final Disk.Output file;
  private final boolean sums;
  private final RdbOutput out = new RdbOutput(false, BUFFER, this::drain);
  private long sum;
  private long written;

  /**
   * @param file is written from where it stands, and stays open
   * @param sums whether a checksum is written (rdbchecksum)
   */
  public RdbFileWriter(Disk.Output file, boolean sums) {
    this.file = file;
    this.sums = sums;
  }

  /** Writes how the file begins. */
  public void head(int version) throws IOException {
    byte[] magic = Bytes.of(String.format(Locale.ROOT, "REDIS%04d", version));
    run(() -> out.bytes(magic, 0, magic.length));
  }

  /**
   * Writes the notes of Redis 7.0.
   *
   * @param isLogBase whether the file is the base of a log of commands (aof-base)
   */
  public void notes(
      String redisVersion, long nowSeconds, long usedMemory, Replication at, boolean isLogBase)
      throws IOException {
    note("redis-ver", redisVersion);
    note("redis-bits", "64");
    note("ctime", Long.toString(nowSeconds));
    note("used-mem", Long.toString(usedMemory));
    if (!at.id.isEmpty()) {
      note("repl-stream-db", Integer.toString(at.database));
      note("repl-id", at.id);
      note("repl-offset", Long.toString(at.offset));
    }
    note("aof-base", isLogBase ? "1" : "0");
  }

  /**
   * Where in the stream of commands to replicas the file belongs.
   *
   * @param database the one that the last command chose, -1 when a replica is to be told anew
   */
  public record Replication(int database, String id, long offset) {
    /** Nobody needs to know. */
    public static final Replication NONE = new Replication(-1, "", -1);
  }

  public void note(String name, String value) throws IOException {
    byte[] key = Bytes.utf8(name);
    byte[] text = Bytes.utf8(value);
    run(
        () -> {
          out.u8(RdbOpcode.AUX);
          out.string(key, 0, key.length);
          out.string(text, 0, text.length);
        });
  }

  /** Writes the code of a library of functions; goes before all keys. */
  public void function(byte[] code) throws IOException {
    run(
        () -> {
          out.u8(RdbOpcode.FUNCTION_2);
          out.string(code, 0, code.length);
        });
  }

  /** Writes how many keys a database has, and how many with an expiry: a hint; before its keys. */
  public void sizes(int database, long keys, long expiring) throws IOException {
    run(
        () -> {
          out.u8(RdbOpcode.DATABASE);
          out.length(database);
          out.u8(RdbOpcode.SIZES);
          out.length(keys);
          out.length(expiring);
        });
  }

  /**
   * Writes keys that a {@link RdbKeyWriter} has encoded. When an output was drained in the middle
   * of a key, nothing but the rest of that key may follow.
   */
  public void append(byte[] a, int off, int len) throws IOException {
    if (len <= BUFFER / 4) {
      run(() -> out.bytes(a, off, len));
    } else {
      flush();
      write(a, off, len);
    }
  }

  /** Writes how the file ends; all is with the system then. */
  public void finish() throws IOException {
    run(() -> out.u8(RdbOpcode.END));
    flush();
    byte[] end = new byte[Long.BYTES];
    Bytes.putLong(end, 0, sums ? sum : 0);
    file.write(end, 0, end.length);
    written += end.length;
  }

  /** Gives all that was written to the system. */
  public void flush() throws IOException {
    write(out.array(), 0, out.size());
    out.clear();
  }

  /** Waits until all that was flushed will survive a power cut. */
  public void sync() throws IOException {
    file.sync();
  }

  /** How many bytes the file has, what is not yet flushed included. */
  public long size() {
    return written + out.size();
  }

  private void write(byte[] a, int off, int len) throws IOException {
    if (sums) {
      sum = Crc64.update(sum, a, off, len);
    }
    file.write(a, off, len);
    written += len;
  }

  private void drain(byte[] a, int length) {
    try {
      write(a, 0, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(Runnable writing) throws IOException {
    try {
      writing.run();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
