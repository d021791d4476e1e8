package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import io.hydrion.util.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The command at hand: its arguments, where they lie in the bytes that came, and who sent it. A
 * flyweight of its I/O thread; nothing of it holds beyond the handler's return.
 */
public final class Request implements ByteRanges {
  /** No name of a subcommand is longer. */
  private static final int NAME_MAX = 128;

  private final Worker worker;
  private final Entry[] entries = {new Entry(), new Entry(), new Entry()};
  private final Database database;
  private byte[] bytes = Bytes.EMPTY;
  private int[] offsets = {};
  private int[] lengths = {};
  private int[] slots = {};
  private int[] hashes = {};
  private int first;
  private int argc;
  private boolean hashed;
  private long redacted;
  private boolean retried;
  private @Nullable DatabaseKey ready;
  private boolean blocked;
  private Command command;
  private Session session;

  Request(Worker worker) {
    this.worker = worker;
    database = new Database(this, worker);
    command = Commandless.COMMAND;
    session = worker.engine().internalSession();
  }

  void point(
      Session toSession,
      Command toCommand,
      byte[] a,
      int[] argOffsets,
      int[] argLengths,
      int at,
      int n) {
    // A reference stored into an old object costs the collector's fence: most stay what they were.
    if (session != toSession) {
      session = toSession;
    }
    if (command != toCommand) {
      command = toCommand;
    }
    if (bytes != a) {
      bytes = a;
    }
    if (offsets != argOffsets) {
      offsets = argOffsets;
    }
    if (lengths != argLengths) {
      lengths = argLengths;
    }
    first = at;
    argc = n;
    hashed = false;
    redacted = 0;
    if (retried) {
      retried = false;
      ready = null;
    }
    blocked = false;
    database.select(toSession.database());
  }

  /**
   * Tells that the slots and hashes of the row's keys are known, by argument as the offsets are. A
   * row without keys at fixed places has had none hashed, and one that also has keys elsewhere has
   * not had those hashed.
   */
  void pointHashes(int[] keySlots, int[] keyHashes) {
    if (slots != keySlots) {
      slots = keySlots;
    }
    if (hashes != keyHashes) {
      hashes = keyHashes;
    }
    // Only the keys at fixed places have been hashed, and there is no telling them from the others.
    hashed = command.firstKey() > 0 && !command.has(Flags.MOVABLEKEYS);
  }

  /** Lets go of all arrays: they may be large, and the next command may be long in coming. */
  void letGo() {
    bytes = Bytes.EMPTY;
    for (Entry entry : entries) {
      entry.letGo();
    }
  }

  /**
   * Turns to the subcommand that the first argument names, where the command at hand has some.
   *
   * @return the command to run; null when there is no such subcommand
   */
  @Nullable Command resolve(Command row) {
    if (row.subcommands().isEmpty() || argc == 1) {
      return row;
    }
    Command subcommand =
        length(1) > NAME_MAX ? null : row.subcommands().get(text(1).toLowerCase(Locale.ROOT));
    if (subcommand != null) {
      command = subcommand;
      hashed = false; // only the keys of the container's own row have been hashed
    }
    return subcommand;
  }

  /** The index of the shard that the key at an argument belongs to. */
  int shardOfKey(int i) {
    return engine().keyspace().shardIndexOfSlot(slot(i));
  }

  /** The keys of the client's current database. */
  public Database db() {
    return database;
  }

  public Engine engine() {
    return worker.engine();
  }

  public Worker worker() {
    return worker;
  }

  public Session session() {
    return session;
  }

  public Command command() {
    return command;
  }

  /** The time at which the command began, in ms since the epoch. */
  public long now() {
    return worker.nowMillis();
  }

  /**
   * Whether a time at which something expires has come; not when the command runs again that
   * brought it there.
   */
  public boolean isPast(long millis) {
    return millis <= now() && !worker.isReplaying();
  }

  /** As {@link #isPast}, for a time that is still to come. */
  public boolean isFuture(long millis) {
    return millis > now() && !worker.isReplaying();
  }

  /** Whether the command runs again to bring back what once was, and time is that of the keys. */
  public boolean isReplaying() {
    return worker.isReplaying();
  }

  /**
   * Begins to name an effect of the command, in place of the command itself: one of so many
   * arguments, the name included, which must follow. May be called again for more.
   */
  public Effects effect(int arguments) {
    return worker.effects().named().begin(database.index(), arguments);
  }

  /**
   * Names the deletion of a key as an effect of the command.
   *
   * @param lazily whether its value is freed in the background
   */
  public void deletionEffect(int key, boolean lazily) {
    Effects unused = effect(2).word(lazily ? "UNLINK" : "DEL").argument(this, key);
  }

  /** Says that others are to run the command too, even when it has changed nothing here. */
  public void ownEffect() {
    worker.effects().asItIs(this);
  }

  /**
   * Hands over the effects so far. Whoever has taken locks himself has to, before he gives them
   * back; each effect counts by itself then, as it does in Redis.
   */
  public void flushEffects() {
    if (!worker.isInTransaction()) {
      worker.effects().flushEach();
    }
  }

  /** Says that what the command changes needs not be said to others. */
  public void noEffect() {
    Effects unused = worker.effects().named();
  }

  /** Whether anybody wants to know of the command's effects. */
  public boolean keepsEffects() {
    return worker.effects().isKept();
  }

  /** How many arguments there are, the command's name included. */
  public int argc() {
    return argc;
  }

  /** The bytes in which all arguments lie. */
  @Override
  public byte[] bytes() {
    return bytes;
  }

  /** From the first byte of the name to the last of the last argument. */
  public int byteCount() {
    int last = first + argc - 1;
    return argc == 0 ? 0 : offsets[last] + lengths[last] - offsets[first];
  }

  @Override
  public int offset(int i) {
    return offsets[first + i];
  }

  @Override
  public int length(int i) {
    return lengths[first + i];
  }

  /** Whether an argument is that word, letter case aside; the word is in lower case. */
  public boolean is(int i, String word) {
    return Bytes.equalIgnoreCase(bytes, offset(i), length(i), word);
  }

  /** An argument as a text of one character a byte. */
  public String text(int i) {
    return Bytes.string(bytes, offset(i), length(i));
  }

  /** An argument up to its first byte of 0: what Redis shows of it in most errors. */
  public String textOfC(int i) {
    int end = offset(i) + length(i);
    int zero = Bytes.indexOf(bytes, offset(i), end, '\0');
    return Bytes.string(bytes, offset(i), (zero < 0 ? end : zero) - offset(i));
  }

  /** The beginning of an argument, at most so many bytes, as such a text. */
  public String text(int i, int most) {
    return Bytes.string(bytes, offset(i), Math.min(length(i), most));
  }

  /**
   * Whether the client can be made to wait: not inside a transaction, whose commands answer as if
   * their time were over.
   */
  public boolean mayBlock() {
    return !session.isInTransaction()
        && session != engine().internalSession()
        && !worker.isReplaying();
  }

  /**
   * Lets the client wait until one of the keys is made ready and the command, run again, finds what
   * it needs; or until its time is over. The handler replies nothing.
   *
   * @param firstKey the position of the first key to wait for
   * @param lastKey the position of the last one; less than the first: there is none
   * @param timeoutMillis 0: for good
   */
  public void block(
      int firstKey, int lastKey, long timeoutMillis, Consumer<RespWriter> timeoutReply) {
    block(firstKey, lastKey, timeoutMillis, timeoutReply, i -> null);
  }

  /**
   * As above.
   *
   * @param rewritten what an argument is to be when the command is run again; null: as it is
   */
  public void block(
      int firstKey,
      int lastKey,
      long timeoutMillis,
      Consumer<RespWriter> timeoutReply,
      IntFunction<byte @Nullable []> rewritten) {
    blocked = true;
    if (isRetry()) {
      return;
    }
    List<DatabaseKey> keys = new ArrayList<>();
    for (int i = firstKey; i <= lastKey; i++) {
      DatabaseKey key = new DatabaseKey(database.index(), new ByteKey(copy(i)));
      if (!keys.contains(key)) {
        keys.add(key);
      }
    }
    engine().blocking().block(this, queue(rewritten), keys, timeoutMillis, timeoutReply);
  }

  /**
   * Lets the client wait while a thread of its own does work that needs no lock and may take long.
   * Then the command is finished under its keys' locks, whatever has become of them meanwhile. The
   * handler replies nothing.
   *
   * @param then what is run in place of the command's handler; it may let the client wait again
   */
  public void await(Runnable work, Handler then) {
    blocked = true;
    engine().errands().begin(this, work, then);
  }

  /**
   * Says that the client waits already and its command is only being tried again, because of a key,
   * or being finished.
   */
  void setRetry(@Nullable DatabaseKey key) {
    retried = true;
    ready = key;
  }

  /**
   * Whether the client waits already and its command is being tried again, because one of its keys
   * may be ready. A key of another type is then none that is ready: the handler blocks anew.
   */
  public boolean isRetry() {
    return retried;
  }

  /** Whether an argument is the key because of which the command is being tried again. */
  public boolean isReadyKey(int i) {
    return ready != null && ready.key().equals(new ByteKey(copy(i)));
  }

  boolean stillBlocked() {
    return blocked;
  }

  /** Keeps an argument (among the first 64) out of SLOWLOG and MONITOR: it is a secret. */
  public void redact(int i) {
    if (i < Long.SIZE) {
      redacted |= 1L << i;
    }
  }

  /** What {@link #redact} has been told of, a bit for each argument. */
  long redacted() {
    return redacted;
  }

  void setRedacted(long arguments) {
    redacted = arguments;
  }

  boolean isRedacted(int i) {
    return i < Long.SIZE && (redacted & 1L << i) != 0;
  }

  public byte[] copy(int i) {
    return Bytes.copy(bytes, offset(i), length(i));
  }

  /** Whether an argument is a signed 64-bit integer in its one decimal form. */
  public boolean isLong(int i) {
    return Bytes.isLong(bytes, offset(i), length(i));
  }

  /** The value of an argument for which {@link #isLong} holds. */
  public long longAt(int i) {
    return Bytes.parseLong(bytes, offset(i), length(i));
  }

  /** The key at an argument, not yet looked up. Valid until the next call. */
  public Entry key(int i) {
    return key(i, entries[0]);
  }

  /** A second key at the same time as {@link #key}. */
  public Entry otherKey(int i) {
    return key(i, entries[1]);
  }

  /** The key at an argument, in an entry of the caller's. */
  public Entry key(int i, Entry into) {
    int at = first + i;
    return hashed
        ? into.key(bytes, offsets[at], lengths[at], slots[at], hashes[at])
        : into.key(bytes, offsets[at], lengths[at], engine().keyspace().seed());
  }

  /** An entry to walk over keys with. */
  public Entry walker() {
    return entries[2];
  }

  /** The set of shards that the command's keys are in; all shards when it asks for them. */
  long shardSet() {
    if (command.has(Flags.ALL_SHARDS)) {
      return engine().keyspace().allShards();
    }
    if (command.has(Flags.LOCKS_QUEUED)) {
      return engine().transactions().shards(worker, session);
    }
    ShardSet set = new ShardSet();
    command.keys(
        this, (i, flags) -> set.bits |= 1L << engine().keyspace().shardIndexOfSlot(slot(i)));
    return set.bits;
  }

  private static final class ShardSet {
    long bits;
  }

  private int slot(int i) {
    int at = first + i;
    return hashed ? slots[at] : Slots.of(bytes, offsets[at], lengths[at]);
  }

  /** A command that stands among the arguments of this one, from one of them to the last. */
  public Request tail(Command toCommand, int from) {
    Request tail = new Request(worker);
    tail.point(session, toCommand, bytes, offsets, lengths, first + from, argc - from);
    return tail;
  }

  /**
   * Gives the positions of the command's keys, and what it does with each.
   *
   * @return false when the arguments are wrong and their keys are not known
   */
  public boolean keys(KeyFinder.Keys to) {
    return command.keys(this, to);
  }

  /** A copy that outlives the read: what MULTI queues. */
  QueuedCommand queue() {
    return queue(i -> null);
  }

  /**
   * The same with other arguments.
   *
   * @param rewritten what an argument is to be; null: as it is
   */
  private QueuedCommand queue(IntFunction<byte @Nullable []> rewritten) {
    byte[] @Nullable [] others = new byte[argc][];
    int[] copyOffsets = new int[argc];
    int[] copyLengths = new int[argc];
    int size = 0;
    for (int i = 0; i < argc; i++) {
      byte[] other = rewritten.apply(i);
      others[i] = other;
      copyOffsets[i] = size;
      copyLengths[i] = other == null ? length(i) : other.length;
      size += copyLengths[i];
    }
    byte[] copy = new byte[size];
    for (int i = 0; i < argc; i++) {
      byte[] other = others[i];
      System.arraycopy(
          other == null ? bytes : other,
          other == null ? offset(i) : 0,
          copy,
          copyOffsets[i],
          copyLengths[i]);
    }
    return new QueuedCommand(command, copy, copyOffsets, copyLengths);
  }
}
