package io.hydrion.command;

import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import java.nio.file.Path;

/** What tests share of servers that keep their keys in a directory. */
final class KeptServers {
  private KeptServers() {}

  /**
   * A server on a free port of the loopback interface, with DEBUG and without save points.
   *
   * @param settings names and values by turns
   */
  static Config config(Path directory, String... settings) {
    Config.Builder config = Config.builder().port(0).bind("127.0.0.1").dir(directory);
    config.set("enable-debug-command", "yes").set("save", "");
    for (int i = 0; i < settings.length; i += 2) {
      config.set(settings[i], settings[i + 1]);
    }
    return config.build();
  }

  /** The same with settings that go before others. */
  static Config config(Path directory, String[] settings, String... more) {
    String[] all = new String[settings.length + more.length];
    System.arraycopy(settings, 0, all, 0, settings.length);
    System.arraycopy(more, 0, all, settings.length, more.length);
    return config(directory, all);
  }

  /** The reply to a command as a text. */
  static String run(HydrionClient client, String... words) {
    return String.valueOf(CommandTest.run(client, words));
  }

  /** A field of INFO persistence. */
  static String info(HydrionClient client, String field) {
    String all = run(client, "INFO", "persistence");
    int at = all.indexOf("\r\n" + field + ":") + field.length() + 3;
    return all.substring(at, all.indexOf('\r', at));
  }
}
