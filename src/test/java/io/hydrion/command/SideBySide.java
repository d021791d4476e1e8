package io.hydrion.command;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import io.hydrion.config.RealRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Hydrion and a real Redis 7.0, both empty and with the same settings. */
final class SideBySide implements AutoCloseable {
  private static final String VERSION = "7.0.";

  final int redisPort;
  private final Hydrion hydrion;
  private final RealRedis redis;

  private SideBySide(Hydrion hydrion, RealRedis redis, int redisPort) {
    this.hydrion = hydrion;
    this.redis = redis;
    this.redisPort = redisPort;
  }

  int hydrionPort() {
    return hydrion.port();
  }

  /** Starts both; where redis-server 7.0 is not installed, the test is skipped. */
  static SideBySide start(Path directory) throws Exception {
    return start(directory, Config.builder(), List.of());
  }

  /** Starts both with append logs, each in a directory of its name; skipped as by start. */
  static SideBySide startLogging(Path directory) throws Exception {
    Path own = Files.createDirectories(directory.resolve("hydrion"));
    Config.Builder config = Config.builder().dir(own);
    config.set("appendonly", "yes").set("aof-checksums", "no").set("save", "");
    Path theirs = Files.createDirectories(directory.resolve("redis"));
    return start(theirs, config, List.of("--appendonly", "yes", "--appendfsync", "no"));
  }

  private static SideBySide start(Path directory, Config.Builder config, List<String> more)
      throws Exception {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed: nothing to compare with");
    int port = RealRedis.freePort();
    List<String> arguments = new ArrayList<>(more);
    arguments.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    arguments.addAll(List.of("--save", "", "--enable-debug-command", "yes"));
    arguments.addAll(List.of("--enable-protected-configs", "yes"));
    RealRedis redis = RealRedis.start(directory, port, arguments.toArray(String[]::new));
    try {
      String info = String.join("", redis.call("INFO", "server"));
      assumeTrue(
          info.contains("redis_version:" + VERSION), "the installed redis-server is no " + VERSION);
      config.port(0).bind("127.0.0.1").set("shards", "4");
      config.set("enable-debug-command", "yes").set("enable-protected-configs", "yes");
      return new SideBySide(Hydrion.start(config.build()), redis, port);
    } catch (Throwable e) {
      redis.close();
      throw e;
    }
  }

  static void close(@Nullable SideBySide servers) throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  @Override
  @SuppressWarnings("try") // nobody interrupts a test
  public void close() throws Exception {
    hydrion.close();
    redis.close();
  }
}
