package io.hydrion.engine;

import io.hydrion.config.Settings;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import io.hydrion.util.Network;
import io.hydrion.util.SharedRandom;
import io.hydrion.util.SocketNetwork;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** One server's keys, clients and commands, and what binds them. Thread-safe. */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Engine.class);

  /** After how many milliseconds a client's largest reply is forgotten, unless a test says so. */
  public static final long REPLY_BUFFER_PEAK_RESET_MS = 5000;

  private final Settings settings;
  private final Clock clock;
  private final RandomGenerator random;
  private final Keyspace keyspace;
  private final CommandTable commands;
  private final Access access = new Access();
  private final Watches watches;
  private final Transactions transactions;
  private final PubSub pubSub = new PubSub();
  private final Blocking blocking;
  private final Errands errands;
  private final Pause pause = new Pause(this);
  private final Monitors monitors = new Monitors(this);
  private final SlowLog slowLog = new SlowLog();
  private final Latency latency = new Latency();
  private final Sessions sessions = new Sessions();
  private final ErrorStats errorStats = new ErrorStats();
  private final Eviction eviction;
  private final Dispatcher dispatcher;
  private final Session internalSession;
  private final Conditions conditions;
  private final Notifications notifications;
  private final Counters counters;
  private final Cron cron;
  private final Loading loading;
  private final Snapshots snapshots;
  private final Saving saving;
  private final Durability durability;
  private final Rewriting rewriting;
  private final InstantaneousMetrics metrics;
  private final ClientMemory clientMemory = new ClientMemory(this);
  private final long startMillis;
  private final long startNanos;
  private final String runId;
  private volatile Network network = new SocketNetwork();
  private volatile Runnable shutdown = () -> {};
  private volatile String replicationId;
  private volatile long replyBufferPeakResetMs = REPLY_BUFFER_PEAK_RESET_MS;
  private volatile boolean skipsChecksums;
  private volatile boolean replyBufferResizing = true;

  /**
   * @param families the rows of all commands
   * @param renamed new names of commands by old name, in lower case; an empty one removes it
   */
  public Engine(
      Settings settings,
      Collection<Command> families,
      Map<String, String> renamed,
      Clock clock,
      RandomGenerator random) {
    this(settings, families, renamed, clock, random, new FileDisk());
  }

  /** The same on disks of the caller's. */
  public Engine(
      Settings settings,
      Collection<Command> families,
      Map<String, String> renamed,
      Clock clock,
      RandomGenerator random,
      Disk disk) {
    this.settings = settings;
    this.clock = clock;
    this.random = new SharedRandom(random);
    keyspace = new Keyspace(shardCount(settings), settings.databases(), random.nextLong());
    commands = new CommandTable(families, renamed);
    counters = new Counters(commands.all().size());
    conditions = new Conditions(this);
    notifications = new Notifications(conditions, pubSub);
    watches = new Watches(keyspace, conditions::updateObserved);
    transactions = new Transactions(this);
    startMillis = clock.millis();
    startNanos = clock.nanos();
    runId = randomHex(40);
    internalSession = new Session(0, new NoOutlet(), "?:0", "?:0", true, false, startMillis);
    eviction = new Eviction(this, this.random);
    blocking = new Blocking(this);
    errands = new Errands(this);
    dispatcher = new Dispatcher(this);
    cron = new Cron(this, newWorker());
    metrics = new InstantaneousMetrics(startNanos);
    replicationId = randomHex(40);
    loading = new Loading(this);
    snapshots = new Snapshots(this, disk);
    saving = new Saving(this, snapshots, disk);
    durability = new Durability(this, snapshots, disk);
    rewriting = new Rewriting(this, durability, snapshots);
    followSettings();
    cron.start();
    saving.start();
    rewriting.start();
    durability.follow();
  }

  /** Shards enough that threads seldom meet: at least 16, and 8 a thread. */
  private static int shardCount(Settings settings) {
    int wanted = settings.shards() > 0 ? settings.shards() : Math.max(16, ioThreads(settings) * 8);
    return Math.min(Keyspace.SHARDS_MAX, Integer.highestOneBit(wanted * 2 - 1));
  }

  /** How many threads run commands. */
  public static int ioThreads(Settings settings) {
    int threads = settings.ioThreads();
    return threads > 0 ? threads : Math.max(1, Runtime.getRuntime().availableProcessors());
  }

  /** Follows the settings that are not simply read where they matter. */
  private void followSettings() {
    conditions.followSettings();
    settings.follow(this::updateAccess, "maxmemory-policy", "lfu-log-factor", "lfu-decay-time");
    settings.follow(() -> slowLog.trim(settings.slowlogMaxLen()), "slowlog-max-len");
    settings.follow(clientMemory::updateAll, "maxmemory-clients");
    settings.follow(this::shrinkSoon, "maxmemory", "maxmemory-policy");
    settings.follow(
        () -> sessions.all().forEach(s -> s.decoder().setBulkLengthMax(settings.protoMaxBulkLen())),
        "proto-max-bulk-len");
  }

  private void updateAccess() {
    access.configure(
        settings.maxmemoryPolicy().lfu(), settings.lfuLogFactor(), settings.lfuDecayTime());
  }

  /**
   * Lets the cron thread evict until the memory in use fits maxmemory, as far as the policy lets
   * it; each step takes a bounded time, and asks for another when that was too short.
   */
  void shrinkSoon() {
    cron.shrinkSoon();
  }

  /** Shows the latency monitor how long something took. */
  void spike(String event, long elapsedNs) {
    long threshold = settings.latencyMonitorThreshold();
    long millis = elapsedNs / 1_000_000;
    if (threshold > 0 && millis >= threshold) {
      latency.add(event, clock.millis() / 1000, millis);
    }
  }

  /** A random text of so many hexadecimal digits. */
  public String randomHex(int digits) {
    StringBuilder hex = new StringBuilder(digits);
    for (int i = 0; i < digits; i++) {
      hex.append(Character.forDigit(random.nextInt(16), 16));
    }
    return hex.toString();
  }

  /** A worker for a thread that will run commands. */
  public Worker newWorker() {
    Worker worker = new Worker(this);
    worker.out().setErrorListener(errorStats::count);
    counters.add(worker);
    return worker;
  }

  /** Forgets a worker whose thread has ended; what it counted stays counted. */
  public void retire(Worker worker) {
    counters.retire(worker);
  }

  public List<Worker> workers() {
    return counters.workers();
  }

  Counters counters() {
    return counters;
  }

  public Settings settings() {
    return settings;
  }

  public Clock clock() {
    return clock;
  }

  public RandomGenerator random() {
    return random;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public CommandTable commands() {
    return commands;
  }

  public Dispatcher dispatcher() {
    return dispatcher;
  }

  public Access access() {
    return access;
  }

  public Watches watches() {
    return watches;
  }

  public Transactions transactions() {
    return transactions;
  }

  public PubSub pubSub() {
    return pubSub;
  }

  public Blocking blocking() {
    return blocking;
  }

  public Errands errands() {
    return errands;
  }

  public Pause pause() {
    return pause;
  }

  public Monitors monitors() {
    return monitors;
  }

  public SlowLog slowLog() {
    return slowLog;
  }

  public Latency latency() {
    return latency;
  }

  public Sessions sessions() {
    return sessions;
  }

  public ErrorStats errorStats() {
    return errorStats;
  }

  public Eviction eviction() {
    return eviction;
  }

  /** Runs small tasks of the server's own, one after the other. */
  public ScheduledExecutorService cron() {
    return cron.executor();
  }

  /** How far the loading of the keys is. */
  public Loading loading() {
    return loading;
  }

  /** The snapshot under way. */
  public Snapshots snapshots() {
    return snapshots;
  }

  /** The database file. */
  public Saving saving() {
    return saving;
  }

  /** The append log. */
  public Durability durability() {
    return durability;
  }

  /** The rewriting of the append log. */
  public Rewriting rewriting() {
    return rewriting;
  }

  /** The way to other servers. */
  public Network network() {
    return network;
  }

  /** Takes another way to other servers: that of a test. */
  public void setNetwork(Network value) {
    network = value;
  }

  /** The client that stands for the server itself. */
  Session internalSession() {
    return internalSession;
  }

  /** A number of 40 hexadecimal digits, new with every start. */
  public String runId() {
    return runId;
  }

  public long startMillis() {
    return startMillis;
  }

  public long uptimeMillis() {
    return (clock.nanos() - startNanos) / 1_000_000;
  }

  /** What is asked of every command now. */
  Conditions conditions() {
    return conditions;
  }

  /**
   * Whether keys that have expired are removed, and others evicted. While clients are paused they
   * only look gone; while keys are loaded, commands may follow that were run when they were there.
   */
  boolean expiresKeys() {
    return pause.mode() == Pause.Mode.OFF && !loading.isRunning();
  }

  /** Switches active expiry off and on; keys still expire when they are asked for. */
  public void setActiveExpiry(boolean value) {
    cron.expiry().setActive(value);
  }

  /** Whether RESTORE takes payloads whose checksum is wrong, for tests. */
  public boolean skipsChecksums() {
    return skipsChecksums;
  }

  public void setSkipsChecksums(boolean value) {
    skipsChecksums = value;
  }

  /** Stops what is done hz times a second, or lets it go on (DEBUG PAUSE-CRON). */
  public void setCronPaused(boolean value) {
    cron.setPaused(value);
  }

  /** After how many milliseconds a client's largest reply is forgotten; negative: never. */
  public long replyBufferPeakResetMs() {
    return replyBufferPeakResetMs;
  }

  public void setReplyBufferPeakResetMs(long value) {
    replyBufferPeakResetMs = value;
  }

  /** Whether reply buffers follow what clients need. */
  public boolean isReplyBufferResizing() {
    return replyBufferResizing;
  }

  public void setReplyBufferResizing(boolean value) {
    replyBufferResizing = value;
  }

  /** Bytes in use: keys and what the clients' buffers hold. */
  public long usedMemory() {
    return keyspace.memory() + clientMemory.total();
  }

  public ClientMemory clientMemory() {
    return clientMemory;
  }

  /** What the clients' buffers hold, in bytes. */
  public long clientBytes() {
    return clientMemory.total();
  }

  /** Is told of each command that has run. */
  void ran(Worker w, Request q, Command row, long elapsedNs) {
    long slowerThan = settings.slowlogLogSlowerThan();
    long micros = elapsedNs / 1000;
    if (slowerThan >= 0 && micros >= slowerThan && !row.has(Flags.SKIP_SLOWLOG)) {
      slowLog.add(q, micros, settings.slowlogMaxLen());
    }
    spike(row.has(Flags.FAST) ? "fast-command" : "command", elapsedNs);
    if (!q.isRetry()) {
      monitors.feed(w, q, row);
    }
  }

  /** Publishes what has changed, once the locks are released. */
  void aftermath(Worker w) {
    publish(w, w.changes().drain());
    for (DatabaseKey key; (key = w.ready().poll()) != null; ) {
      blocking.serve(w, key);
      publish(w, w.changes().drain());
    }
  }

  void publish(Worker w, List<Changes.Event> events) {
    notifications.publish(w, events);
  }

  /** A handler has thrown: that is a mistake of ours. */
  void failed(Request q, Throwable e) {
    LOG.error("command {} failed", q.command().fullName(), e);
  }

  void crossProtocolAttack(Session s) {
    LOG.warn(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host:"
            + " commands to Hydrion. Connection from {} aborted.",
        s.address());
  }

  /** What SHUTDOWN calls. */
  public void onShutdown(Runnable task) {
    shutdown = task;
  }

  public void shutdown() {
    shutdown.run();
  }

  /** Forgets a client whose connection has ended. */
  public void disconnected(Session s) {
    sessions.remove(s);
    clientMemory.forget(s);
    pubSub.forget(s);
    monitors.remove(s);
    pause.forget(s);
    blocking.forget(s);
    transactions.discard(s);
  }

  /**
   * Lets a client that has been halted wait no longer: it gives up.
   *
   * @return false when its outlet has been told to resume, or is about to be
   */
  public boolean giveUp(Session s) {
    errands.interrupt(s); // and tells the outlet to resume
    return blocking.forget(s) || pause.forget(s);
  }

  /** Ends a client's connection at once, whatever it is doing (CLIENT KILL). */
  public void kill(Session s) {
    sessions.remove(s);
    pubSub.forget(s);
    monitors.remove(s);
    pause.forget(s);
    blocking.forget(s);
    errands.interrupt(s);
    s.closeAfterReply();
    s.outlet().close(false);
  }

  /** Sets the statistics back to zero (CONFIG RESETSTAT). */
  public void resetStatistics() {
    counters.reset();
    errorStats.reset();
    sessions.resetCounts();
    eviction.resetCount();
    clientMemory.resetCount();
    cron.expiry().resetCounts();
    metrics.reset();
  }

  /** What all threads have counted since the last reset. */
  public Totals totals() {
    return counters.totals();
  }

  /** The rates of this moment. */
  public InstantaneousMetrics metrics() {
    return metrics;
  }

  /** The removal of expired keys. */
  public Expiry expiry() {
    return cron.expiry();
  }

  /** The number of 40 hexadecimal digits that names this data set to replicas. */
  public String replicationId() {
    return replicationId;
  }

  /** Takes a new {@link #replicationId}. */
  public void changeReplicationId() {
    replicationId = randomHex(40);
  }

  /** Ends what the server does by itself, and waits until it has ended. */
  @Override
  public void close() {
    errands.close();
    saving.close();
    durability.close();
    cron.close();
  }

  /** The bytes of one error reply, for connections that are refused before they have a session. */
  public static byte[] errorReply(String text) {
    RespWriter writer = new RespWriter();
    writer.error(text);
    return writer.toBytes();
  }
}
