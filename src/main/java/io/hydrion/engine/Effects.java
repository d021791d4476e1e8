package io.hydrion.engine;

import io.hydrion.persistence.AppendLog;
import io.hydrion.store.Entry;
import io.hydrion.util.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of a thread do to keys, said in commands that do the same again at any time and
 * on any server: these go into the append log. Belongs to a worker.
 *
 * <p>A command that changes something is its own effect, unless its handler names another one: what
 * it does may hang on chance, on the clock, or on having waited. Keys that expire or are evicted
 * are deleted. The effects of a command, and of a transaction, are one record of the log, in their
 * order; it is appended while the locks of the keys are still held, so that the log has the effects
 * on each key in order.
 *
 * <p>While there is no log, nothing is kept, and naming an effect costs next to nothing.
 */
public final class Effects {
  private static final int KEPT_MAX = 64 * 1024;

  /** The longest a number, its length and the line ends take. */
  private static final int NUMBER_MAX = 32;

  private static final byte[] MULTI = Bytes.of("*1\r\n$5\r\nMULTI\r\n");
  private static final byte[] EXEC = Bytes.of("*1\r\n$4\r\nEXEC\r\n");

  /** Where commands begin: a MULTI may come in front of them, and what the log puts there. */
  private static final int HEAD = AppendLog.ROOM + MULTI.length;

  private final Engine engine;
  private final boolean never;
  private @Nullable AppendLog log;
  private byte[] bytes = new byte[1024];
  private int length = HEAD;
  private int commands;
  private int firstDatabase;
  private int database;
  private boolean named;

  /** Whether a reply tells of the effects; of what expires or is evicted none does. */
  private boolean told;

  private long position;

  /**
   * @param never whether effects are not kept even when there is a log
   */
  Effects(Engine engine, boolean never) {
    this.engine = engine;
    this.never = never;
  }

  /** Begins a command, whose locks are held. */
  void begin() {
    named = false;
    log = never ? null : engine.durability().log();
  }

  /** Whether anybody wants to know of the effects of the command at hand. */
  public boolean isKept() {
    return log != null;
  }

  /** Says that the command at hand has no other effects than those that are named. */
  Effects named() {
    named = true;
    told = true;
    return this;
  }

  /** Is told that a command has changed something. */
  void changed(Request q) {
    told = true;
    if (named) {
      return;
    }
    begin(q.db().index(), q.argc()).name(q).arguments(q, 1, q.argc());
  }

  /** Says that the command at hand is its own effect, even when it has changed nothing. */
  void asItIs(Request q) {
    if (log != null && !named) {
      changed(q);
      named = true;
    }
  }

  /** Notes that a field of a hash has expired and is being removed. */
  void deletedField(int inDatabase, Entry hash, byte[] a, int off, int len) {
    if (log != null) {
      begin(inDatabase, 3)
          .word("HDEL")
          .bytes(hash.keyBytes(), hash.keyOffset(), hash.keyLength())
          .bytes(a, off, len);
    }
  }

  /**
   * Notes the deletion of a key that expires or is evicted.
   *
   * @param lazily the setting that says whether its value is freed in the background
   */
  void deleted(int inDatabase, Entry e, String lazily) {
    if (log != null) {
      begin(inDatabase, 2)
          .word(engine.settings().flag(lazily) ? "UNLINK" : "DEL")
          .bytes(e.keyBytes(), e.keyOffset(), e.keyLength());
    }
  }

  // ---- naming effects

  /** Begins a command of so many arguments, its name included; they must follow. */
  Effects begin(int inDatabase, int argc) {
    if (log != null) {
      if (commands == 0) {
        firstDatabase = inDatabase;
      } else if (database != inDatabase) {
        database = inDatabase;
        begin(inDatabase, 2).word("SELECT").number(inDatabase);
      }
      database = inDatabase;
      commands++;
      reserve(NUMBER_MAX);
      putCount('*', argc);
    }
    return this;
  }

  /** Adds the name of the command at hand, as the client has written it, unless it has another. */
  public Effects name(Request q) {
    if (!engine.commands().isRenaming()) {
      return argument(q, 0);
    }
    Command parent = q.command().parent();
    return word((parent == null ? q.command() : parent).name());
  }

  /** Adds a word of ASCII as an argument. */
  @SuppressWarnings("deprecation") // the bytes of ASCII, without a coder
  public Effects word(String text) {
    if (log != null) {
      int n = text.length();
      reserve(NUMBER_MAX + n);
      putCount('$', n);
      text.getBytes(0, n, bytes, length);
      length += n;
      putLineEnd();
    }
    return this;
  }

  /** Adds a number as an argument. */
  public Effects number(long value) {
    if (log != null) {
      reserve(2 * NUMBER_MAX);
      putCount('$', Bytes.decimalLength(value));
      length = Bytes.putDecimal(bytes, length, value);
      putLineEnd();
    }
    return this;
  }

  /** Adds the id of an entry of a stream as an argument: two unsigned numbers. */
  public Effects id(long ms, long seq) {
    if (log != null) {
      word(Long.toUnsignedString(ms) + '-' + Long.toUnsignedString(seq));
    }
    return this;
  }

  /** Adds an argument of the command at hand. */
  public Effects argument(Request q, int i) {
    return bytes(q.bytes(), q.offset(i), q.length(i));
  }

  /** Adds arguments of the command at hand. */
  public Effects arguments(Request q, int from, int to) {
    for (int i = from; i < to; i++) {
      argument(q, i);
    }
    return this;
  }

  public Effects bytes(byte[] a) {
    return bytes(a, 0, a.length);
  }

  public Effects bytes(byte[] a, int off, int len) {
    if (log != null) {
      reserve(NUMBER_MAX + len);
      putCount('$', len);
      System.arraycopy(a, off, bytes, length, len);
      length += len;
      putLineEnd();
    }
    return this;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      long wanted = Math.max((long) length + more, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 16));
    }
  }

  private void putCount(char prefix, int n) {
    bytes[length++] = (byte) prefix;
    if (n < 10) {
      bytes[length++] = (byte) ('0' + n);
    } else {
      length = Bytes.putDecimal(bytes, length, n);
    }
    putLineEnd();
  }

  private void putLineEnd() {
    bytes[length++] = '\r';
    bytes[length++] = '\n';
  }

  // ---- handing over

  /** Hands over what is to take effect at once, under the locks of its keys. */
  void flush() {
    if (commands == 0) {
      told = false;
      return;
    }
    AppendLog to = log;
    assert to != null;
    if (commands > 1 && !to.keepsRecordsWhole()) {
      System.arraycopy(MULTI, 0, bytes, AppendLog.ROOM, MULTI.length);
      reserve(EXEC.length);
      System.arraycopy(EXEC, 0, bytes, length, EXEC.length);
      length += EXEC.length;
      append(to, AppendLog.ROOM);
    } else {
      append(to, HEAD);
    }
  }

  /** Hands over commands of which each may take effect by itself. */
  void flushEach() {
    AppendLog to = log;
    if (commands > 0 && to != null) {
      append(to, HEAD);
    }
  }

  private void append(AppendLog to, int from) {
    long end = to.append(bytes, from, length - from, firstDatabase, database);
    if (told) {
      position = end;
    }
    forget();
  }

  /** Forgets what has not been handed over. */
  void forget() {
    commands = 0;
    length = HEAD;
    told = false;
    if (bytes.length > KEPT_MAX) {
      bytes = new byte[1024];
    }
  }

  /**
   * The position of the log that tells whether what has been handed over survives; 0: nothing has
   * been since {@link #takePosition}.
   */
  long position() {
    return position;
  }

  /** The {@link #position}, which starts anew. */
  public long takePosition() {
    long taken = position;
    if (taken != 0) {
      position = 0;
    }
    return taken;
  }
}
