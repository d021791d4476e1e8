package io.hydrion.engine;

import io.hydrion.config.ApplyHook;
import io.hydrion.config.KeyspaceEvents;
import io.hydrion.config.Settings;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Keyspace;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import io.hydrion.util.SharedRandom;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** One server's keys, clients and commands, and what binds them. Thread-safe. */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Engine.class);

  /** Bits of {@link #restrictions}: why no command may take the short way. */
  static final int PAUSED = 1 << 16;

  static final int MONITORED = 1 << 17;

  /** There are fewer replicas than writes are to reach. */
  static final int LACKS_REPLICAS = 1 << 18;

  /** How long {@link #close} waits for the cron thread. */
  private static final long CLOSE_MILLIS_MAX = 5000;

  private static final long TIMED_IN_RUNS_MICROS = 1000;

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
  private final Pause pause = new Pause(this);
  private final Monitors monitors = new Monitors(this);
  private final SlowLog slowLog = new SlowLog();
  private final Latency latency = new Latency();
  private final Sessions sessions = new Sessions();
  private final ErrorStats errorStats = new ErrorStats();
  private final Eviction eviction;
  private final Dispatcher dispatcher;
  private final Session internalSession;
  private final List<Worker> workers = new CopyOnWriteArrayList<>();
  private final Totals retired;
  private final ScheduledThreadPoolExecutor cron;
  private final Worker cronWorker;
  private volatile @Nullable Thread cronThread;
  private final Expiry expiry;
  private final InstantaneousMetrics metrics;
  private final ClientMemory clientMemory = new ClientMemory(this);
  private final long startMillis;
  private final long startNanos;
  private final String runId;
  private volatile int restrictions;
  private volatile int notifiedClasses;
  private volatile boolean observed;
  private volatile boolean tracksLatency;
  private volatile boolean timesEachCommand;
  private volatile Runnable shutdown = () -> {};
  private volatile String replicationId;
  private volatile Totals totalsAtReset;
  private volatile boolean cronPaused;
  private final AtomicBoolean shrinking = new AtomicBoolean();
  private volatile long replyBufferPeakResetMs = REPLY_BUFFER_PEAK_RESET_MS;
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
    this.settings = settings;
    this.clock = clock;
    this.random = new SharedRandom(random);
    keyspace = new Keyspace(shardCount(settings), settings.databases(), random.nextLong());
    commands = new CommandTable(families, renamed);
    retired = new Totals(commands.all().size());
    watches = new Watches(keyspace, this::updateObserved);
    transactions = new Transactions(this);
    startMillis = clock.millis();
    startNanos = clock.nanos();
    runId = randomHex(40);
    internalSession = new Session(0, new NoOutlet(), "?:0", "?:0", true, false, startMillis);
    eviction = new Eviction(this, this.random);
    blocking = new Blocking(this);
    dispatcher = new Dispatcher(this);
    cron =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "hydrion-cron");
              thread.setDaemon(true);
              cronThread = thread;
              return thread;
            });
    cron.setRemoveOnCancelPolicy(true);
    cronWorker = newWorker();
    expiry = new Expiry(this, cronWorker);
    metrics = new InstantaneousMetrics(startNanos);
    replicationId = randomHex(40);
    totalsAtReset = new Totals(commands.all().size());
    configure();
    cron.schedule(this::tick, 1000 / settings.hz(), TimeUnit.MILLISECONDS);
    int period = InstantaneousMetrics.PERIOD_MS;
    cron.scheduleWithFixedDelay(this::sample, period, period, TimeUnit.MILLISECONDS);
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
  private void configure() {
    follow(this::updateObserved, "notify-keyspace-events");
    follow(this::updateAccess, "maxmemory-policy", "lfu-log-factor", "lfu-decay-time");
    follow(() -> tracksLatency = settings.latencyTracking(), "latency-tracking");
    follow(this::updateReplicasWanted, "min-replicas-to-write", "min-replicas-max-lag");
    follow(this::updateTiming, "slowlog-log-slower-than", "latency-monitor-threshold");
    follow(() -> slowLog.trim(settings.slowlogMaxLen()), "slowlog-max-len");
    follow(clientMemory::updateAll, "maxmemory-clients");
    follow(this::shrinkSoon, "maxmemory", "maxmemory-policy");
    follow(
        () -> sessions.all().forEach(s -> s.decoder().setBulkLengthMax(settings.protoMaxBulkLen())),
        "proto-max-bulk-len");
  }

  /** Runs a task now and whenever one of these settings changes. */
  private void follow(Runnable task, String... names) {
    ApplyHook hook =
        s -> {
          task.run();
          return null;
        };
    for (String name : names) {
      settings.onChange(name, hook);
    }
    task.run();
  }

  /**
   * Lets the cron thread evict until the memory in use fits maxmemory, as far as the policy lets
   * it; each step takes a bounded time, and asks for another when that was too short.
   */
  void shrinkSoon() {
    if (!cron.isShutdown() && shrinking.compareAndSet(false, true)) {
      cron.execute(this::shrink);
    }
  }

  private void shrink() {
    shrinking.set(false);
    eviction.makeRoom(cronWorker);
  }

  /** There are no replicas yet, so any that are wanted are missing. */
  private void updateReplicasWanted() {
    restrict(
        LACKS_REPLICAS,
        settings.number("min-replicas-to-write") > 0
            && settings.number("min-replicas-max-lag") > 0);
  }

  private void updateAccess() {
    access.configure(
        settings.maxmemoryPolicy().lfu(), settings.lfuLogFactor(), settings.lfuDecayTime());
  }

  private synchronized void updateObserved() {
    int events = settings.notifyKeyspaceEvents();
    boolean anywhere = (events & (KeyspaceEvents.KEYSPACE | KeyspaceEvents.KEYEVENT)) != 0;
    notifiedClasses = anywhere ? events : 0;
    observed = notifiedClasses != 0 || watches.size() > 0;
  }

  /** What is done hz times a second. */
  private void tick() {
    try {
      if (cronPaused) {
        return;
      }
      long began = clock.nanos();
      expiry.run(TimeUnit.MILLISECONDS.toNanos(25));
      spike("expire-cycle", clock.nanos() - began);
    } catch (RuntimeException | AssertionError e) {
      LOG.error("active expiry failed", e);
    } finally {
      if (!cron.isShutdown()) {
        cron.schedule(this::tick, 1000 / settings.hz(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private void sample() {
    try {
      metrics.noteMemory(usedMemory());
      long ran;
      long input;
      long output;
      synchronized (retired) {
        ran = retired.commands();
        input = retired.netInputBytes();
        output = retired.netOutputBytes();
        for (Worker worker : workers) {
          Stats stats = worker.stats();
          ran += stats.commands;
          input += stats.netInputBytes;
          output += stats.netOutputBytes;
        }
      }
      metrics.sample(clock.nanos(), ran, input, output, !eviction.isWithinLimit());
    } catch (RuntimeException | AssertionError e) {
      LOG.error("sampling failed", e);
    }
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
    workers.add(worker);
    return worker;
  }

  /** Forgets a worker whose thread has ended; what it counted stays counted. */
  public void retire(Worker worker) {
    synchronized (retired) {
      if (workers.remove(worker)) {
        retired.add(worker.stats());
      }
    }
  }

  /** What all threads have counted, those that have ended included. */
  private Totals counted() {
    Totals sum = new Totals(commands.all().size());
    synchronized (retired) {
      sum.add(retired);
      workers.forEach(worker -> sum.add(worker.stats()));
    }
    return sum;
  }

  public List<Worker> workers() {
    return workers;
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
    return cron;
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

  int restrictions() {
    return restrictions;
  }

  synchronized void restrict(int bit, boolean on) {
    restrictions = on ? restrictions | bit : restrictions & ~bit;
    updateTiming();
  }

  /** Whether anybody wants to know of changes to keys. */
  boolean isObserved() {
    return observed;
  }

  /** The classes of keyspace events that are published. */
  int notifiedClasses() {
    return notifiedClasses;
  }

  /**
   * Whether each command is timed by itself: somebody monitors, or looks for commands that take
   * less than a run of brief ones may.
   */
  boolean timesEachCommand() {
    return timesEachCommand;
  }

  private synchronized void updateTiming() {
    long slow = settings.slowlogLogSlowerThan();
    timesEachCommand =
        (slow >= 0 && slow < TIMED_IN_RUNS_MICROS)
            || settings.latencyMonitorThreshold() > 0
            || !monitors.isEmpty();
  }

  boolean tracksLatency() {
    return tracksLatency;
  }

  /** Whether keys that have expired are removed; while clients are paused they only look gone. */
  boolean expiresKeys() {
    return pause.mode() == Pause.Mode.OFF;
  }

  /** Switches active expiry off and on; keys still expire when they are asked for. */
  public void setActiveExpiry(boolean value) {
    expiry.setActive(value);
  }

  /** Stops what is done hz times a second, or lets it go on (DEBUG PAUSE-CRON). */
  public void setCronPaused(boolean value) {
    cronPaused = value;
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
    if (events.isEmpty()) {
      return;
    }
    int classes = notifiedClasses;
    for (Changes.Event event : events) {
      String database = "@" + event.database() + "__:";
      if ((classes & KeyspaceEvents.KEYSPACE) != 0) {
        byte[] prefix = Bytes.of("__keyspace" + database);
        byte[] channel = Arrays.copyOf(prefix, prefix.length + event.key().length);
        System.arraycopy(event.key(), 0, channel, prefix.length, event.key().length);
        pubSub.publish(w, PubSub.Kind.CHANNEL, channel, Bytes.of(event.name()));
      }
      if ((classes & KeyspaceEvents.KEYEVENT) != 0) {
        byte[] channel = Bytes.of("__keyevent" + database + event.name());
        pubSub.publish(w, PubSub.Kind.CHANNEL, channel, event.key());
      }
    }
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
    return blocking.forget(s) || pause.forget(s);
  }

  /** Ends a client's connection at once, whatever it is doing (CLIENT KILL). */
  public void kill(Session s) {
    sessions.remove(s);
    pubSub.forget(s);
    monitors.remove(s);
    pause.forget(s);
    blocking.forget(s);
    s.closeAfterReply();
    s.outlet().close(false);
  }

  /** Sets the statistics back to zero (CONFIG RESETSTAT). */
  public void resetStatistics() {
    totalsAtReset = counted();
    errorStats.reset();
    sessions.resetCounts();
    eviction.resetCount();
    clientMemory.resetCount();
    expiry.resetCounts();
    metrics.reset();
  }

  /** What all threads have counted since the last reset. */
  public Totals totals() {
    Totals base = totalsAtReset;
    Totals sum = counted();
    sum.subtract(base);
    return sum;
  }

  /** The rates of this moment. */
  public InstantaneousMetrics metrics() {
    return metrics;
  }

  /** The removal of expired keys. */
  public Expiry expiry() {
    return expiry;
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
    cron.shutdownNow();
    Thread thread = cronThread;
    if (thread != null && thread != Thread.currentThread()) {
      try {
        thread.join(CLOSE_MILLIS_MAX);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class NoOutlet implements Outlet {
    @Override
    public void send(byte[] bytes) {}

    @Override
    public void close(boolean gently) {}

    @Override
    public void resume() {}

    @Override
    public long pendingBytes() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {}
  }

  /** The bytes of one error reply, for connections that are refused before they have a session. */
  public static byte[] errorReply(String text) {
    RespWriter writer = new RespWriter();
    writer.error(text);
    return writer.toBytes();
  }
}
