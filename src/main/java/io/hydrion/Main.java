package io.hydrion;

import io.hydrion.config.Config;
import io.hydrion.config.ConfigException;
import io.hydrion.config.Settings;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.server.ServerLog;
import io.hydrion.tools.CheckLog;
import io.hydrion.tools.CheckRdb;
import io.hydrion.util.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The program behind the launcher. */
public final class Main {
  private static final String USAGE =
      """
      Usage: hydrion server [/path/to/hydrion.conf] [options] [-]
             hydrion check-rdb FILE
             hydrion check-log PATH [--fix] [--yes]
             hydrion -v or --version
             hydrion -h or --help

      Every directive of the configuration file is an option, --directive value, and an
      environment variable, HYDRION_DIRECTIVE. A file that ends in .yaml, .yml or .json holds
      the same keys in that form. With - more of the configuration is read from standard input.

      Examples:
             hydrion server
             hydrion server conf/hydrion.conf
             hydrion server --port 7777 --maxmemory 1gb --maxmemory-policy allkeys-lru
             echo 'maxmemory 128mb' | hydrion server -
             hydrion server --dev     (a small server for a developer's machine)
      """;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(Arrays.asList(args)));
  }

  private static int run(List<String> args) {
    String command = args.isEmpty() ? "--help" : args.getFirst();
    switch (command) {
      case "server":
        List<String> rest = args.subList(1, args.size());
        return rest.stream().anyMatch(arg -> arg.equals("-h") || arg.equals("--help"))
            ? print(USAGE, 0)
            : rest.stream().anyMatch(arg -> arg.equals("-v") || arg.equals("--version"))
                ? print(versionLine(), 0)
                : serve(rest);
      case "check-rdb":
        return new CheckRdb(System.out).run(args.subList(1, args.size()));
      case "check-log":
        return new CheckLog(System.out, System.in).run(args.subList(1, args.size()));
      case "-v", "--version":
        return print(versionLine(), 0);
      case "-h", "--help":
        return print(USAGE, 0);
      default:
        System.err.println("hydrion: unknown command '" + command + "'; try hydrion --help");
        return 1;
    }
  }

  private static int print(String text, int status) {
    System.out.print(text);
    System.out.flush();
    return status;
  }

  private static int serve(List<String> args) {
    Config config;
    try {
      config = Config.load(args, System.getenv(), System.in);
    } catch (ConfigException e) {
      System.err.println(e.report("Hydrion " + Version.text()));
      return 1;
    }
    ServerLog.start(config);
    Logger log = LogManager.getLogger(Main.class);
    long pid = ProcessHandle.current().pid();
    log.info("Hydrion {} is starting, Java {}, pid {}", Version.text(), Runtime.version(), pid);
    config.warnings().forEach(log::warn);
    try (Hydrion server = Hydrion.startProcess(config)) {
      Path pidFile = writePid(config, pid);
      onTerminate(server, log);
      server.settings().onChange("loglevel", Main::changeLogLevel);
      log.info("Server initialized");
      log.info("Ready to accept connections");
      server.awaitStopRequest();
      log.warn("User requested shutdown...");
      server.close();
      if (pidFile != null) {
        Files.deleteIfExists(pidFile);
      }
      log.warn("Hydrion is now ready to exit, bye bye...");
      return 0;
    } catch (ConfigException e) {
      System.err.println(e.report("Hydrion " + Version.text()));
      return 1;
    } catch (RdbFormatException e) {
      log.error("Fatal error loading the database file, exiting: {}", e.getMessage());
      log.error("Terminating server after rdb file reading failure.");
      return 1;
    } catch (UncheckedIOException e) {
      Throwable cause = e.getCause();
      log.warn("{}", cause == null ? e.getMessage() : cause.getMessage());
      return 1;
    } catch (IOException e) {
      log.warn("{}", e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } finally {
      LogManager.shutdown();
    }
  }

  /**
   * SIGTERM and SIGINT stop the server as SHUTDOWN does, with status 0; SIGINT while it is being
   * stopped, at once, with status 1.
   */
  @SuppressWarnings("sunapi") // no other way to end with status 0 on a signal
  private static void onTerminate(Hydrion server, Logger log) {
    AtomicBoolean stopping = new AtomicBoolean();
    for (String name : List.of("TERM", "INT")) {
      sun.misc.Signal.handle(
          new sun.misc.Signal(name),
          signal -> {
            if (stopping.getAndSet(true) && name.equals("INT")) {
              log.warn("You insist... exiting now.");
              LogManager.shutdown();
              Runtime.getRuntime().halt(1);
            }
            log.warn("Received SIG{} scheduling shutdown...", name);
            if (!server.requestStop()) {
              stopping.set(false);
              log.error("Error trying to save the DB, can't exit.");
              log.warn("SIG{} received but errors trying to shut down the server", name);
            }
          });
    }
  }

  private static @Nullable String changeLogLevel(Settings settings) {
    ServerLog.setLevel(settings.loglevel());
    return null;
  }

  private static @Nullable Path writePid(Config config, long pid) throws IOException {
    String file = config.pidfile();
    if (file == null || file.isEmpty()) {
      return null;
    }
    Path path = config.resolve(file);
    Files.writeString(path, pid + "\n");
    return path;
  }

  private static String versionLine() {
    return "Hydrion server v=" + Version.text() + " java=" + Runtime.version() + " bits=64\n";
  }
}
