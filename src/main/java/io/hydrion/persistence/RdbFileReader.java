package io.hydrion.persistence;

import io.hydrion.store.Partition;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads a database file of Redis 2.6 to 8.4 (versions 1 to 12 of the format) from front to back,
 * through a window of bounded size. Belongs to one thread, besides {@link #fetched}.
 */
public final class RdbFileReader {
  /** The newest version of the format that is read. */
  public static final int VERSION_MAX = 12;

  private static final int MAGIC_BYTES = 9;
  private static final int VERSION_OF_CHECKSUMS = 5;

  private static final int NONE = -1;

  private final Disk.Input file;
  private final RdbInput in;
  private final RdbReader values;
  private final boolean checks;
  private final RdbString name = new RdbString();
  private final RdbString text = new RdbString();

  private String doing = "start";
  private int version;
  private boolean isChecked;

  private int database;
  private long expireAt = Partition.NEVER;
  private long idleSeconds = NONE;
  private int frequency = NONE;
  private int type = NONE;
  private volatile long fetched;

  /**
   * @param file stays open
   * @param checks whether the checksum at the end is compared (rdbchecksum)
   */
  public RdbFileReader(Disk.Input file, boolean checks) {
    this(file, checks, RdbInput.WINDOW);
  }

  RdbFileReader(Disk.Input file, boolean checks, int window) {
    this.file = file;
    this.checks = checks;
    in = new RdbInput(file, checks, window);
    values = new RdbReader(in);
  }

  /**
   * Reads up to the end of the database, which need not be that of the file.
   *
   * @throws RdbFormatException with the offset, when the file is damaged, or ends too early, or is
   *     of a version or holds what is not known here
   */
  public void read(RdbFileSink sink) throws IOException {
    in.onProgress(
        bytes -> {
          fetched = bytes;
          sink.progress(bytes);
        });
    try {
      readHead();
      while (readPart(sink)) {}
      readSum();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (RdbFormatException e) {
      throw new RdbFormatException(e.reason(), in.offset(), place());
    }
  }

  private String place() {
    return type == NONE ? doing : doing + " of type " + type + " " + RdbType.name(type);
  }

  /** How many bytes of the file have been fetched; any thread may ask. */
  public long fetched() {
    return fetched;
  }

  /** How many bytes of the file have been read and understood. */
  public long offset() {
    return in.offset();
  }

  /** The version of the format that the file has, 0 before it is known. */
  public int version() {
    return version;
  }

  /** Whether the version of the format has a place for a checksum. */
  public boolean hasChecksum() {
    return version >= VERSION_OF_CHECKSUMS;
  }

  /** Whether there was a checksum, which was right. */
  public boolean isChecked() {
    return isChecked;
  }

  /** What is being read, in the words of redis-check-rdb. */
  public String doing() {
    return doing;
  }

  /** The type of the value that is being read, -1 when none is. */
  public int type() {
    return type;
  }

  public boolean isString() {
    return type == RdbType.STRING;
  }

  /** The name that redis-check-rdb has for that type. */
  public String typeName() {
    return RdbType.name(type);
  }

  /** What follows the database in the file: the commands behind the preamble of a log. */
  public Disk.Input rest() {
    return new Disk.Input() {
      @Override
      public int read(byte[] into, int off, int len) throws IOException {
        return in.read(into, off, len);
      }

      @Override
      public long size() {
        return Math.max(0, file.size() - in.offset());
      }

      @Override
      public void close() {
        file.close();
      }
    };
  }

  private void readHead() {
    int from = in.skip(MAGIC_BYTES);
    String head = Bytes.string(in.array(), from, MAGIC_BYTES);
    if (!head.startsWith("REDIS")) {
      throw new RdbFormatException("Wrong signature trying to load DB from file");
    }
    int number = 0;
    for (char c : head.substring("REDIS".length()).toCharArray()) {
      if (c < '0' || c > '9') {
        break;
      }
      number = number * 10 + (c - '0');
    }
    if (number < 1 || number > VERSION_MAX) {
      throw new RdbFormatException("Can't handle RDB format version " + number);
    }
    version = number;
  }

  /** Reads a key, or what stands between keys; false at the end. */
  private boolean readPart(RdbFileSink sink) {
    doing = "read-type";
    int opcode = in.u8();
    switch (opcode) {
      case RdbOpcode.EXPIRY -> {
        doing = "read-expire";
        setExpiry(in.int32() * 1000L);
      }
      case RdbOpcode.EXPIRY_MS -> {
        doing = "read-expire";
        setExpiry(in.int64());
      }
      case RdbOpcode.IDLE -> {
        long n = in.length();
        idleSeconds = n < 0 ? Long.MAX_VALUE : n;
      }
      case RdbOpcode.FREQUENCY -> frequency = in.u8();
      case RdbOpcode.DATABASE -> {
        doing = "read-len";
        long n = in.length();
        if (n < 0 || n > Integer.MAX_VALUE) {
          throw new RdbFormatException("invalid number of a database");
        }
        database = (int) n;
        sink.database(database);
      }
      case RdbOpcode.SIZES -> {
        doing = "read-len";
        long keys = in.length();
        sink.sizes(database, keys, in.length());
      }
      case RdbOpcode.SLOT_INFO -> {
        doing = "read-len";
        for (int i = 0; i < 3; i++) { // slot, keys, keys with expiry: a hint
          in.length();
        }
      }
      case RdbOpcode.AUX -> {
        doing = "read-aux";
        in.string(name);
        in.hold(name);
        in.string(text);
        in.release();
        sink.note(name, text);
      }
      case RdbOpcode.MODULE_AUX -> readModuleNote(sink);
      case RdbOpcode.FUNCTION_2 -> {
        doing = "read-functions";
        in.string(text);
        sink.function(text);
      }
      case RdbOpcode.FUNCTION ->
          throw new RdbFormatException("Pre-release function format not supported.");
      case RdbOpcode.END -> {
        return false;
      }
      default -> readKey(opcode, sink);
    }
    return true;
  }

  /** -1 stands for no expiry; other times before 1970 are long past, too. */
  private void setExpiry(long ms) {
    expireAt = ms == -1 ? Partition.NEVER : Math.max(0, ms);
  }

  private void readKey(int kind, RdbFileSink sink) {
    if (!RdbType.isKnown(kind)) {
      throw new RdbFormatException("Invalid object type: " + kind);
    }
    doing = "read-key";
    in.string(name);
    type = kind;
    doing = "read-object-value";
    ValueSink value = sink.beginKey(database, name, expireAt, idleSeconds, frequency);
    expireAt = Partition.NEVER;
    idleSeconds = NONE;
    frequency = NONE;
    if (kind == RdbType.MODULE || kind == RdbType.MODULE_2) {
      readModuleValue(kind, sink);
      sink.dropKey();
    } else if (values.readValue(kind, value)) {
      sink.endKey();
    } else {
      sink.dropKey();
    }
    type = NONE;
  }

  private void readModuleNote(RdbFileSink sink) {
    doing = "read-module-aux";
    String module = RdbModules.name(in.length());
    long opcode = in.length();
    in.length(); // when in the file it was written
    if (opcode != RdbModules.UNSIGNED) {
      throw new RdbFormatException("bad when_opcode");
    }
    RdbModules.skip(in, text);
    sink.moduleNote(module);
  }

  private void readModuleValue(int kind, RdbFileSink sink) {
    String module = RdbModules.name(in.length());
    sink.moduleValue(module);
    if (kind == RdbType.MODULE) {
      throw new RdbFormatException(
          "a value of module '" + module + "' in a form that only the module can read");
    }
    RdbModules.skip(in, text);
  }

  private void readSum() {
    if (!hasChecksum()) {
      return;
    }
    doing = "check-sum";
    long actual = in.sum();
    long expected = in.int64();
    if (!checks || expected == 0) {
      return;
    }
    if (actual != expected) {
      throw new RdbFormatException(
          "Wrong RDB checksum expected: ("
              + Long.toHexString(expected)
              + ") but got ("
              + Long.toHexString(actual)
              + "): RDB CRC error");
    }
    isChecked = true;
  }
}
