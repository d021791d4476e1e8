package io.hydrion.persistence;

import io.hydrion.store.Partition;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import io.hydrion.util.DoubleText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Says a database file in commands that make the same keys, those that Redis 7.0 writes when it
 * rewrites its log without an RDB preamble; for fields of hashes that expire, those of Redis 7.4.
 * Belongs to one thread.
 *
 * <p>Memory is bounded: of a collection no more is gathered than one command takes, of at most 64
 * elements. Where these are very large a command takes fewer than Redis's would.
 */
public final class RdbToCommands {
  private static final int ITEMS_MAX = 64;

  /** When the elements gathered take so much, they are written without waiting for more. */
  private static final int GATHERED_MAX = 1 << 20;

  private final CommandFileWriter out;
  private final Keys keys = new Keys();
  private final Value value = new Value();
  private final BooleanSupplier isAborted;

  private int database = -1;
  private byte[] key = Bytes.EMPTY;
  private long expireAt;

  private RdbToCommands(Disk.Output output, BooleanSupplier isAborted) {
    out = new CommandFileWriter(output);
    this.isAborted = isAborted;
  }

  /**
   * Reads a database file to its end and writes the commands.
   *
   * @param timestamp in s since the epoch, for a line that says it in front of all; -1: none
   * @param isAborted asked now and then whether to fail
   * @throws IOException when the file cannot be read, or the commands not be written
   */
  public static void convert(
      Disk.Input rdb, Disk.Output output, long timestamp, BooleanSupplier isAborted)
      throws IOException {
    RdbToCommands converter = new RdbToCommands(output, isAborted);
    try {
      if (timestamp >= 0) {
        converter.out.timestamp(timestamp);
      }
      new RdbFileReader(rdb, true).read(converter.keys);
      converter.out.flush();
    } catch (RdbFormatException e) {
      throw new IOException("the snapshot cannot be read: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Writes what {@link #convert} does of a file that has functions only. */
  public static void writeEmpty(Disk.Output output, long timestamp, List<byte[]> functions)
      throws IOException {
    RdbToCommands converter = new RdbToCommands(output, () -> false);
    try {
      if (timestamp >= 0) {
        converter.out.timestamp(timestamp);
      }
      for (byte[] code : functions) {
        converter.function(code, 0, code.length);
      }
      converter.out.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void function(byte[] a, int off, int len) {
    begin("FUNCTION", 3);
    out.word("LOAD").bytes(a, off, len);
  }

  private void begin(String name, int argc) {
    out.begin(name, argc);
  }

  private final class Keys implements RdbFileSink {
    @Override
    public ValueSink beginKey(
        int inDatabase, RdbString name, long expiry, long idleSeconds, int frequency) {
      if (inDatabase != database) {
        database = inDatabase;
        begin("SELECT", 2);
        out.number(inDatabase);
      }
      key = name.copy();
      expireAt = expiry;
      return value;
    }

    @Override
    public void endKey() {
      value.end();
      if (expireAt != Partition.NEVER) {
        begin("PEXPIREAT", 3);
        out.bytes(key).number(expireAt);
      }
    }

    @Override
    public void dropKey() {
      // There is no element, and so no command.
    }

    @Override
    public void function(RdbString code) {
      RdbToCommands.this.function(code.bytes(), code.offset(), code.length());
    }

    @Override
    public void progress(long bytes) {
      if (isAborted.getAsBoolean()) {
        throw new UncheckedIOException(new IOException("the rewrite was aborted"));
      }
    }
  }

  /** The value of the key at hand. */
  private final class Value implements ValueSink {
    private String command = "";
    private final byte[] score = new byte[32];

    /** Elements of the next command: their strings, one behind the other, and where they end. */
    private byte[] gathered = new byte[1024];

    private int used;
    private final int[] ends = new int[2 * ITEMS_MAX];
    private int strings;

    private byte[] group = Bytes.EMPTY;
    private byte[] consumer = Bytes.EMPTY;
    private boolean isIdle;

    // ---- strings and collections

    @Override
    public void string(RdbString s) {
      begin("SET", 3);
      out.bytes(key).bytes(s);
    }

    @Override
    public void listElement(RdbString element) {
      room("RPUSH", 1, element.length());
      add(element);
    }

    @Override
    public void setMember(RdbString member) {
      room("SADD", 1, member.length());
      add(member);
    }

    @Override
    public void sortedSetMember(RdbString member, double number) {
      room("ZADD", 2, score.length + member.length());
      add(score, 0, DoubleText.put(score, 0, number));
      add(member);
    }

    @Override
    public void hashField(RdbString field, RdbString of, long fieldExpireAt) {
      boolean expires = fieldExpireAt != Partition.NEVER;
      if (expires) {
        write();
      }
      room("HMSET", 2, field.length() + of.length());
      add(field);
      add(of);
      if (expires) {
        write();
        begin("HPEXPIREAT", 6);
        out.bytes(key).number(fieldExpireAt).word("FIELDS").number(1).bytes(field);
      }
    }

    /** Makes room for an element of so many strings. */
    private void room(String name, int count, long bytes) {
      if (strings + count > count * ITEMS_MAX || (strings > 0 && used + bytes > GATHERED_MAX)) {
        write();
      }
      command = name;
      long needed = used + bytes;
      if (needed > gathered.length) {
        long wanted = Math.min(Math.max(needed, 2L * gathered.length), Integer.MAX_VALUE - 64);
        gathered = Arrays.copyOf(gathered, (int) wanted);
      }
    }

    private void add(RdbString s) {
      add(s.bytes(), s.offset(), s.length());
    }

    private void add(byte[] a, int off, int len) {
      System.arraycopy(a, off, gathered, used, len);
      used += len;
      ends[strings++] = used;
    }

    /** Writes the command of what is gathered. */
    private void write() {
      if (strings == 0) {
        return;
      }
      begin(command, 2 + strings);
      out.bytes(key);
      int from = 0;
      for (int i = 0; i < strings; i++) {
        out.bytes(gathered, from, ends[i] - from);
        from = ends[i];
      }
      strings = 0;
      used = 0;
      if (gathered.length > GATHERED_MAX) {
        gathered = new byte[1024];
      }
    }

    // ---- streams

    @Override
    public void streamEntry(long ms, long seq, ByteRanges words, int count) {
      begin("XADD", 3 + count);
      out.bytes(key).id(ms, seq);
      for (int i = 0; i < count; i++) {
        out.bytes(words.bytes(), words.offset(i), words.length(i));
      }
    }

    @Override
    public void stream(StreamState state) {
      if (state.length() == 0) {
        begin("XADD", 7);
        out.bytes(key).word("MAXLEN").number(0).id(0, 1).word("x").word("y");
      }
      begin("XSETID", 7);
      out.bytes(key).id(state.lastMs(), state.lastSeq());
      out.word("ENTRIESADDED").number(state.entriesAdded());
      out.word("MAXDELETEDID").id(state.maxDeletedMs(), state.maxDeletedSeq());
    }

    @Override
    public void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead) {
      endConsumer();
      group = name.copy();
      begin("XGROUP", 7);
      out.word("CREATE").bytes(key).bytes(group).id(lastMs, lastSeq);
      out.word("ENTRIESREAD").number(entriesRead == NOT_SAID ? -1 : entriesRead);
    }

    @Override
    public void streamConsumer(RdbString name, long seenAt, long activeAt) {
      endConsumer();
      consumer = name.copy();
      isIdle = true;
    }

    @Override
    public void streamPending(long ms, long seq, long deliveredAt, long deliveries) {
      isIdle = false;
      begin("XCLAIM", 12);
      out.bytes(key).bytes(group).bytes(consumer).number(0).id(ms, seq);
      out.word("TIME").number(deliveredAt);
      out.word("RETRYCOUNT").number(deliveries);
      out.word("JUSTID").word("FORCE");
    }

    /** A consumer of whom nothing is pending has not been named yet. */
    private void endConsumer() {
      if (isIdle) {
        isIdle = false;
        begin("XGROUP", 5);
        out.word("CREATECONSUMER").bytes(key).bytes(group).bytes(consumer);
      }
    }

    /** Writes what is left of the value. */
    void end() {
      write();
      endConsumer();
    }
  }
}
