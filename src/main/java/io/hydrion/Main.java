package io.hydrion;

import io.hydrion.command.Commands;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.engine.Engine;
import io.hydrion.server.RespServer;
import io.hydrion.util.Clock;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

public final class Main {
  public static void main(String[] args) throws Exception {
    List<String> rest = List.of(args).subList(1, args.length);
    Config config = Config.load(rest, System.getenv(), System.in);
    Settings settings = new Settings(config);
    Engine engine = new Engine(settings, Commands.all(), Map.of(), Clock.system(), RandomGenerator.getDefault());
    RespServer server = new RespServer(engine);
    server.listen("127.0.0.1", settings.port());
    System.out.println("Ready to accept connections");
    Thread.currentThread().join();
  }
}
