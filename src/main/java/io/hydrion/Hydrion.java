package io.hydrion;

import io.hydrion.command.Commands;
import io.hydrion.config.Config;
import io.hydrion.config.ConfigException;
import io.hydrion.config.RenameCommand;
import io.hydrion.config.Settings;
import io.hydrion.engine.Command;
import io.hydrion.engine.Engine;
import io.hydrion.server.RespServer;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import io.hydrion.util.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running server. Several can run in one process; each has its own keys, port and threads, and
 * leaves nothing behind when it is closed.
 *
 * <pre>{@code
 * try (Hydrion server = Hydrion.start()) {
 *   new Jedis("localhost", server.port()).set("a", "1");
 *   server.client().get("a");
 * }
 * }</pre>
 */
public final class Hydrion implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Hydrion.class);

  private final Engine engine;
  private final RespServer server;
  private final CountDownLatch stopRequested = new CountDownLatch(1);
  private @Nullable HydrionClient client;
  private @Nullable Store store;
  private boolean closed;

  private Hydrion(Engine engine, RespServer server) {
    this.engine = engine;
    this.server = server;
    engine.onShutdown(stopRequested::countDown);
  }

  /** Starts a server with default settings on a free port of the loopback interface. */
  public static Hydrion start() {
    return start(Config.builder().port(0).bind("127.0.0.1").build());
  }

  /** Starts a server. */
  public static Hydrion start(Config config) {
    return start(config, Clock.system());
  }

  /**
   * Starts a server that lives in a time of the caller's.
   *
   * @throws UncheckedIOException when a port or socket cannot be listened on
   * @throws ConfigException when the configuration asks for what there is not
   */
  public static Hydrion start(Config config, Clock clock) {
    return start(config, clock, randomGenerator());
  }

  /** Starts the server of a process: one that keeps its data in the directory it is started in. */
  static Hydrion startProcess(Config config) {
    return start(config, Clock.system(), randomGenerator(), new FileDisk(), true);
  }

  private static RandomGenerator randomGenerator() {
    byte[] seed = new SecureRandom().generateSeed(8);
    long entropy = 0;
    for (byte b : seed) {
      entropy = entropy << 8 | b & 0xff;
    }
    return new SplittableRandom(entropy);
  }

  /** Starts a server whose random choices are the caller's. */
  public static Hydrion start(Config config, Clock clock, RandomGenerator random) {
    return start(config, clock, random, new FileDisk());
  }

  /** The same on disks of the caller's. */
  public static Hydrion start(Config config, Clock clock, RandomGenerator random, Disk disk) {
    return start(config, clock, random, disk, false);
  }

  private static Hydrion start(
      Config config, Clock clock, RandomGenerator random, Disk disk, boolean isProcess) {
    boolean keepsData = isProcess || config.isExplicit("dir") || config.isExplicit("appendonly");
    Settings settings = new Settings(config);
    List<Command> commands = Commands.all();
    Engine engine = new Engine(settings, commands, renamed(config, commands), clock, random, disk);
    RespServer server = null;
    boolean started = false;
    try {
      server = new RespServer(engine);
      engine.loading().begin(); // no command may run before what was kept is there
      server.listen(config);
      Runnable announcement = isProcess ? announcement(settings, server) : () -> {};
      engine.loading().onBegin(announcement);
      if (keepsData) {
        boolean saves = isProcess || config.isExplicit("save");
        engine.durability().start(saves);
        if (saves) {
          engine.saving().keepToSavePoints();
        }
      }
      engine.loading().end();
      announcement.run();
      if (isProcess && !Boolean.getBoolean("hydrion.dev")) { // which the launcher sets
        engine.snapshots().warmUp();
      }
      started = true;
      return new Hydrion(engine, server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (!started) {
        if (server != null) {
          server.close();
        }
        engine.close();
      }
    }
  }

  /**
   * Tells once where clients can connect: when loading begins, or when there is nothing to load.
   */
  private static Runnable announcement(Settings settings, RespServer server) {
    AtomicBoolean told = new AtomicBoolean();
    return () -> {
      if (!told.getAndSet(true)) {
        announce(settings, server);
      }
    };
  }

  private static void announce(Settings settings, RespServer server) {
    if (settings.flag("always-show-logo")) {
      LOG.info(
          "Hydrion {}\n  Running in standalone mode\n  Port: {}\n  PID: {}",
          Version.text(),
          server.port(),
          ProcessHandle.current().pid());
    } else {
      LOG.info("Running mode=standalone, port={}.", server.port());
    }
  }

  private static Map<String, String> renamed(Config config, List<Command> commands) {
    Map<String, String> renamed = new HashMap<>();
    for (RenameCommand rename : config.renamedCommands()) {
      String from = rename.from().toLowerCase(Locale.ROOT);
      if (commands.stream().noneMatch(command -> command.name().equals(from))) {
        throw ConfigException.at(rename.origin(), "No such command in rename-command");
      }
      if (commands.stream().anyMatch(command -> command.name().equalsIgnoreCase(rename.to()))) {
        throw ConfigException.at(rename.origin(), "Target command name already exists");
      }
      renamed.put(from, rename.to());
    }
    return renamed;
  }

  /** The port that RESP clients connect to; 0 when there is none. */
  public int port() {
    return server.port();
  }

  /** The settings, as CONFIG GET and CONFIG SET see them. */
  public Settings settings() {
    return engine.settings();
  }

  /** The keys of database 0, without commands. */
  public synchronized Store store() {
    if (store == null) {
      store = new Store(engine);
    }
    return store;
  }

  /** A client that all callers share; {@link #newClient} gives one of one's own. */
  public synchronized HydrionClient client() {
    if (client == null) {
      client = newClient();
    }
    return client;
  }

  /** A client with a database, transaction and subscriptions of its own, to be closed after use. */
  public HydrionClient newClient() {
    return new HydrionClient(engine);
  }

  /** Waits until somebody calls SHUTDOWN or {@link #requestStop}. */
  void awaitStopRequest() throws InterruptedException {
    stopRequested.await();
  }

  /** Lets {@link #awaitStopRequest} return, unless what is to be saved before cannot be. */
  boolean requestStop() {
    boolean can = engine.saving().saveAtEnd();
    if (can) {
      stopRequested.countDown();
    }
    return can;
  }

  /** Ends all connections and threads. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    stopRequested.countDown();
    if (client != null) {
      client.close();
    }
    server.close();
    engine.close();
  }
}
