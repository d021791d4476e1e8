package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.config.Config;
import io.hydrion.protocol.RespReader;
import io.hydrion.util.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What tests of commands stand on: a server of their own for each test, in process, with a clock
 * that only they move. {@code run("GET", "k")} gives the reply with all strings as texts, a byte a
 * char. Each class runs in process and over sockets.
 */
@ParameterizedClass
@EnumSource(Topology.class)
public abstract class CommandTest {
  @Parameter Topology topology;
  protected final ManualClock clock = new ManualClock();
  protected Hydrion server;
  protected HydrionClient client;
  private @Nullable RawSocket socket;

  /** Directives for the server, as in a configuration file. */
  protected String[] directives() {
    return new String[0];
  }

  @BeforeEach
  void startServer() throws IOException {
    Config.Builder config =
        Config.builder().port(0).bind("127.0.0.1").set("shards", "" + topology.shards);
    config.set("io-threads", "1").set("enable-debug-command", "yes");
    for (String line : directives()) {
      String[] words = line.split(" ");
      config.set(words[0], java.util.Arrays.copyOfRange(words, 1, words.length));
    }
    server = Hydrion.start(config.build(), clock, new java.util.SplittableRandom(1));
    client = server.newClient();
    socket = topology.wire ? new RawSocket(server.port()) : null;
  }

  @AfterEach
  void stopServer() throws IOException {
    if (socket != null) {
      socket.close();
    }
    server.close();
  }

  /** The reply to a command; an error comes as a text that begins with a minus. */
  protected @Nullable Object run(String... arguments) {
    return socket == null ? run(client, arguments) : run(socket, arguments);
  }

  private static @Nullable Object run(RawSocket by, String... arguments) {
    try {
      byte[] reply = Bytes.of(by.call(arguments));
      return plain(new RespReader(reply, reply.length).next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  protected static @Nullable Object run(HydrionClient by, String... arguments) {
    try {
      return plain(by.call(Arrays.stream(arguments).map(Bytes::of).toArray(byte[][]::new)));
    } catch (HydrionClient.CommandException e) {
      return "-" + e.getMessage();
    }
  }

  /** An array reply, which may have nulls for elements. */
  protected static List<@Nullable Object> list(@Nullable Object... elements) {
    return Arrays.asList(elements);
  }

  /** A reply with its byte strings as texts. */
  protected static @Nullable Object plain(@Nullable Object reply) {
    if (reply instanceof byte[] bytes) {
      return Bytes.string(bytes);
    }
    if (reply instanceof RespReader.ReplyError error) {
      return "-" + error.message();
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
