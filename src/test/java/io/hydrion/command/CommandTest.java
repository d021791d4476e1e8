package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import io.hydrion.util.Bytes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What tests of commands stand on: a server of their own for each test, in process, with a clock
 * that only they move. {@code run("GET", "k")} gives the reply with all strings as texts.
 */
public abstract class CommandTest {
  protected final ManualClock clock = new ManualClock();
  protected Hydrion server;
  protected HydrionClient client;

  /** Directives for the server, as in a configuration file. */
  protected String[] directives() {
    return new String[0];
  }

  @BeforeEach
  void startServer() {
    Config.Builder config = Config.builder().port(0).bind("127.0.0.1").set("shards", "4");
    config.set("io-threads", "1").set("enable-debug-command", "yes");
    for (String line : directives()) {
      String[] words = line.split(" ");
      config.set(words[0], java.util.Arrays.copyOfRange(words, 1, words.length));
    }
    server = Hydrion.start(config.build(), clock, new java.util.SplittableRandom(1));
    client = server.newClient();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  /** The reply to a command; an error comes as a text that begins with a minus. */
  protected @Nullable Object run(String... arguments) {
    return run(client, arguments);
  }

  protected static @Nullable Object run(HydrionClient by, String... arguments) {
    try {
      return plain(by.call(arguments));
    } catch (HydrionClient.CommandException e) {
      return "-" + e.getMessage();
    }
  }

  /** A reply with its byte strings as texts. */
  protected static @Nullable Object plain(@Nullable Object reply) {
    if (reply instanceof byte[] bytes) {
      return Bytes.string(bytes);
    }
    if (reply instanceof List<?> list) {
      return new java.util.ArrayList<@Nullable Object>(
          list.stream().map(CommandTest::plain).collect(java.util.stream.Collectors.toList()));
    }
    if (reply instanceof Map<?, ?> map) {
      Map<String, Object> texts = new TreeMap<>();
      map.forEach((key, value) -> texts.put(String.valueOf(plain(key)), plain(value)));
      return texts;
    }
    return reply;
  }

  protected void check(Object expected, String... command) {
    assertThat(run(command)).as(String.join(" ", command)).isEqualTo(expected);
  }
}
