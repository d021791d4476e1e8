package io.hydrion.engine;

import io.hydrion.protocol.CommandBatch;
import io.hydrion.protocol.RespWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one thread runs commands with: the batch being parsed, the request at hand, the replies, and
 * the counters. Belongs to that thread; other threads only read the counters.
 */
public final class Worker {
  private static final int INITIAL_ARGUMENTS = 2048;

  /*
   * Reading the clock costs a tenth of a short command, so brief commands are timed in runs: the
   * time of a run is shared equally among its commands. A command that can take long, or whose
   * arguments or reply are long, is timed alone, and so is every command when slowlog or latency
   * monitor look for less than the longest run can take.
   */
  private static final int RUN_MAX = 64;
  private static final int BRIEF_BYTES_MAX = 4096;
  private static final long BRIEF_NS_MAX = 1000;

  private final int[] run = new int[RUN_MAX];
  private int runLength;
  private final Engine engine;
  private final Conditions conditions;
  private final CommandBatch batch = new CommandBatch();
  private final RespWriter out = new RespWriter();
  private final Stats stats;
  private final Changes changes = new Changes();
  private final Effects effects;
  private final boolean replaying;
  private final Request request;
  final @Nullable Command[] rows = new Command[CommandBatch.COMMANDS_MAX];
  int[] slots = new int[INITIAL_ARGUMENTS];
  int[] hashes = new int[INITIAL_ARGUMENTS];
  final int[] touchSlots = new int[Prefetch.KEYS_MAX];
  final int[] touchHashes = new int[Prefetch.KEYS_MAX];
  final long[] touchElements = new long[Prefetch.KEYS_MAX];
  final int[] elementKeys = new int[Prefetch.KEYS_MAX];
  final long[] elementHashes = new long[Prefetch.KEYS_MAX];
  final long[] elementPlaces = new long[Prefetch.KEYS_MAX];
  private long nowMillis;
  private long lastNanos;
  private long beganNanos;
  private long turnNsMax = Long.MAX_VALUE;
  private boolean turnOver;
  int heldShard = -1;
  private @Nullable Session current;
  private final Deque<DatabaseKey> ready = new ArrayDeque<>();
  private @Nullable Request servingRequest;
  private @Nullable RespWriter servingOut;
  private @Nullable Request transactionRequest;
  private final List<byte[]> ownMessages = new ArrayList<>();
  private boolean inTransaction;
  private int inputBytes;
  private int inputFree;

  Worker(Engine engine) {
    this(engine, false);
  }

  private Worker(Engine engine, boolean replaying) {
    this.engine = engine;
    this.replaying = replaying;
    effects = new Effects(engine, replaying);
    conditions = engine.conditions();
    stats = new Stats(engine.commands().all().size());
    request = new Request(this);
    nowMillis = engine.clock().millis();
  }

  /** A worker that brings back what once was: its time is not that of the keys. */
  static Worker replaying(Engine engine) {
    return new Worker(engine, true);
  }

  /** Whether commands run again that ran before the server began. */
  boolean isReplaying() {
    return replaying;
  }

  public Engine engine() {
    return engine;
  }

  public CommandBatch batch() {
    return batch;
  }

  /** The replies to what is being run. */
  public RespWriter out() {
    return out;
  }

  public Stats stats() {
    return stats;
  }

  Changes changes() {
    return changes;
  }

  /** What its commands do to keys. */
  public Effects effects() {
    return effects;
  }

  Request request() {
    return request;
  }

  /** The time as of the last {@link #readClock}, in ms since the epoch. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Looks at the clock; while a transaction runs, the time stands still. */
  public void readClock() {
    if (!inTransaction) {
      nowMillis = engine.clock().millis();
    }
  }

  /**
   * Begins to run commands of a client.
   *
   * @param bytes how many bytes of commands there are
   * @param free how many more there is room for where they are
   */
  void begin(Session session, int bytes, int free) {
    reset();
    current = session;
    inputBytes = bytes;
    inputFree = free;
    readClock();
    lastNanos = engine.clock().nanos();
    beganNanos = lastNanos;
    turnOver = false;
    session.setActive(nowMillis);
  }

  /**
   * Begins to finish the command of a client that waits for it; {@link #end} follows.
   *
   * @param sinceNanos since when the command has been running
   */
  void begin(long sinceNanos) {
    reset();
    readClock();
    lastNanos = sinceNanos;
  }

  /** Lets a client's turn end when its commands have run for so long; without this none ends. */
  public void setTurnNsMax(long ns) {
    turnNsMax = ns;
  }

  /** Ends the turn of the client whose commands run: those behind the running one are left. */
  public void endTurn() {
    turnOver = true;
  }

  /** Whether the commands behind the last one are for another turn. */
  public boolean isTurnOver() {
    return turnOver;
  }

  private void lookAtTurn(long now) {
    if (now - beganNanos > turnNsMax) {
      turnOver = true;
    }
  }

  /** Forgets what a client has left whose commands ended in a failure of ours. */
  private void reset() {
    out.clear();
    out.setMuted(false);
    forgetAftermath();
    effects.forget();
    if (!ownMessages.isEmpty()) {
      ownMessages.clear();
    }
    inTransaction = false;
    runLength = 0;
  }

  /** Takes a shard's lock, gives back the one that is held, and keeps it until {@link #release}. */
  void hold(int shard) {
    release();
    engine.keyspace().shard(shard).lock();
    heldShard = shard;
  }

  /** Gives back the lock that is held, if any. */
  void release() {
    int shard = heldShard;
    if (shard >= 0) {
      heldShard = -1;
      engine.keyspace().shard(shard).unlock();
    }
  }

  /** When the command began that is about to run and to be timed alone. */
  long began() {
    return lastNanos;
  }

  /** Is told that a command is about to run. */
  void calling(Command row) {
    if (runLength > 0 && (!row.isBrief() || runLength == RUN_MAX)) {
      endRun(engine.clock().nanos(), Long.MAX_VALUE);
    }
  }

  /**
   * Counts a command that has just run.
   *
   * @param bytes the length of its arguments and its reply
   * @param began when it began, if it is one that is timed alone
   */
  void called(Command row, boolean failed, Request q, int bytes, long began) {
    if (!q.isRetry()) {
      stats.commands++;
    }
    if (failed) {
      stats.failed[row.id()]++;
    }
    if (row.isBrief()
        && bytes < BRIEF_BYTES_MAX
        && !conditions.timesEachCommand()
        && !q.isRetry()) {
      if (runLength == RUN_MAX) { // in a transaction
        endRun(engine.clock().nanos(), Long.MAX_VALUE);
      }
      run[runLength++] = row.id();
      return;
    }
    long now = engine.clock().nanos();
    if (runLength > 0) { // a brief one with a long reply, at the end of a run
      endRun(now, BRIEF_NS_MAX);
    }
    // A transaction began before the commands in it.
    long elapsed = now - (row.isBrief() ? lastNanos : began);
    lastNanos = now;
    lookAtTurn(now);
    if (q.isRetry()) {
      stats.served(row.id(), elapsed, conditions.tracksLatency());
    } else {
      stats.called(row.id(), elapsed, 1, conditions.tracksLatency());
    }
    if (!row.isBrief()) {
      readClock();
    }
    engine.ran(this, q, row, elapsed);
  }

  /**
   * Counts a command that makes its client wait; its latency is known, and SLOWLOG told of it, when
   * the client is served. One that has been run again and waits on counts no more.
   */
  void waits(Command row, Request q) {
    long now = engine.clock().nanos();
    if (runLength > 0) {
      endRun(now, BRIEF_NS_MAX);
    }
    long elapsed = now - lastNanos;
    lastNanos = now;
    if (!q.isRetry()) {
      stats.commands++;
      stats.called(row.id(), elapsed, 1, false);
      engine.monitors().feed(this, q, row);
    }
  }

  /** Shares the time of a run of brief commands among them, at most so much each. */
  private void endRun(long now, long eachMaxNs) {
    long each = Math.min((now - lastNanos) / runLength, eachMaxNs);
    lastNanos = eachMaxNs == Long.MAX_VALUE ? now : lastNanos + each * runLength;
    lookAtTurn(now);
    boolean track = conditions.tracksLatency();
    for (int i = 0; i < runLength; ) {
      int row = run[i];
      int from = i;
      while (i < runLength && run[i] == row) {
        i++;
      }
      stats.called(row, each * (i - from), i - from, track);
    }
    runLength = 0;
  }

  /** The client whose commands run. */
  public @Nullable Session current() {
    return current;
  }

  /** The command that the client has sent last, which may be running; null: none of ours. */
  public @Nullable Command running() {
    Command command = request.command();
    return command == Commandless.COMMAND ? null : command;
  }

  /** How many bytes of commands there are of the client whose commands run. */
  public int inputBytes() {
    return inputBytes;
  }

  /** How many more bytes there is room for behind {@link #inputBytes}. */
  public int inputFree() {
    return inputFree;
  }

  /** Begins to run queued commands: the time stands still, messages to their client wait. */
  Request beginTransaction() {
    inTransaction = true;
    return transactionRequest();
  }

  /** The request with which queued commands are run. */
  Request transactionRequest() {
    Request request = transactionRequest;
    if (request == null) {
      request = new Request(this);
      transactionRequest = request;
    }
    return request;
  }

  boolean isInTransaction() {
    return inTransaction;
  }

  /** Ends what {@link #beginTransaction} began. */
  void endTransaction() {
    inTransaction = false;
    ownMessages.forEach(this::writeMessage);
    ownMessages.clear();
  }

  void forgetAftermath() {
    if (!changes.isEmpty()) {
      List<Changes.Event> unused = changes.drain();
    }
    ready.clear();
  }

  boolean hasAftermath() {
    return !changes.isEmpty() || !ready.isEmpty();
  }

  /** Keys that somebody waits for and that a command has made ready, in order. */
  Deque<DatabaseKey> ready() {
    return ready;
  }

  /** The request with which waiting commands are run again. */
  Request servingRequest() {
    Request request = servingRequest;
    if (request == null) {
      request = new Request(this);
      servingRequest = request;
    }
    return request;
  }

  /** Where commands that are run again reply. */
  RespWriter servingOut() {
    RespWriter writer = servingOut;
    if (writer == null) {
      writer = new RespWriter();
      writer.setErrorListener(engine.errorStats()::count);
      servingOut = writer;
    }
    return writer;
  }

  /**
   * Sends a message to a client: among the replies when it is the one whose command runs, but never
   * amid those of a transaction.
   *
   * @param wanted whether the client still wants the message
   */
  void deliver(Session to, byte[] bytes, BooleanSupplier wanted) {
    if (to != current) {
      to.outlet().send(bytes, wanted);
    } else if (inTransaction) {
      ownMessages.add(bytes);
    } else {
      writeMessage(bytes);
    }
  }

  /** Messages come even to a client that has turned its replies off. */
  private void writeMessage(byte[] bytes) {
    boolean muted = out.isMuted();
    out.setMuted(false);
    out.raw(bytes);
    out.setMuted(muted);
  }

  /** Ends what {@link #begin} began. */
  void end() {
    try {
      if (runLength > 0) {
        endRun(engine.clock().nanos(), Long.MAX_VALUE);
      }
    } finally {
      release();
      request.letGo();
      current = null;
    }
  }
}
