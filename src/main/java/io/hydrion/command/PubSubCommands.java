package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.PubSub;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Heap;
import java.util.List;

/** Messages to whoever listens: channels, patterns of channels, shard channels. */
final class PubSubCommands {
  /** Messages of less than so many bytes are sent without asking for room. */
  private static final int LARGE = 256 * 1024;

  /** How often a message may be in memory: as it was copied, and as it is sent. */
  private static final long COPIES = 4;

  static final List<Command> TABLE =
      List.of(
          row(
                  "PSUBSCRIBE",
                  -2,
                  "pubsub",
                  "2.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "pattern=<pattern> [...]")
              .complexity("O(N), N = patterns this client has")
              .summary("Starts receiving the messages of channels that match patterns.")
              .run(PubSubCommands::psubscribe),
          row(
                  "PUBLISH",
                  3,
                  "pubsub",
                  "2.0.0",
                  PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE,
                  "channel message")
              .complexity("O(N+M), N = subscribers of the channel, M = patterns of all clients")
              .summary("Sends a message to a channel.")
              .run(PubSubCommands::publish),
          row(
                  "PUNSUBSCRIBE",
                  -1,
                  "pubsub",
                  "2.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "[pattern [pattern ...]]")
              .complexity("O(N+M), N = patterns this client has, M = patterns of all clients")
              .summary("Stops receiving the messages of patterns.")
              .run(PubSubCommands::punsubscribe),
          row(
                  "SPUBLISH",
                  3,
                  "pubsub",
                  "7.0.0",
                  PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE,
                  "shardchannel message")
              .keys(1, 1, 1, "NOT_KEY")
              .complexity("O(N), N = subscribers of the shard channel")
              .summary("Sends a message to a shard channel.")
              .run(PubSubCommands::spublish),
          row(
                  "SSUBSCRIBE",
                  -2,
                  "pubsub",
                  "7.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "shardchannel [shardchannel ...]")
              .keys(1, -1, 1, "NOT_KEY")
              .complexity("O(N), N = shard channels named")
              .summary("Starts receiving the messages of shard channels.")
              .run(PubSubCommands::ssubscribe),
          row(
                  "SUBSCRIBE",
                  -2,
                  "pubsub",
                  "2.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "channel [channel ...]")
              .complexity("O(N), N = channels named")
              .summary("Starts receiving the messages of channels.")
              .run(PubSubCommands::subscribe),
          row(
                  "SUNSUBSCRIBE",
                  -1,
                  "pubsub",
                  "7.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "[shardchannel [shardchannel ...]]")
              .keys(1, -1, 1, "NOT_KEY")
              .complexity("O(N), N = shard channels left")
              .summary("Stops receiving the messages of shard channels.")
              .run(PubSubCommands::sunsubscribe),
          row(
                  "UNSUBSCRIBE",
                  -1,
                  "pubsub",
                  "2.0.0",
                  PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED,
                  "[channel [channel ...]]")
              .complexity("O(N), N = channels left")
              .summary("Stops receiving the messages of channels.")
              .run(PubSubCommands::unsubscribe),
          pubsub());

  private PubSubCommands() {}

  private static Command pubsub() {
    Command c =
        row("PUBSUB", -2, "pubsub", "2.8.0", 0, "")
            .complexity("by subcommand")
            .summary("Looks at subscriptions.")
            .container();
    c.sub("CHANNELS", -2, "2.8.0", PUBSUB | LOADING | STALE, "[pattern]")
        .complexity("O(N), N = channels in use")
        .summary("Lists the channels that have subscribers.")
        .run(PubSubCommands::channels);
    c.sub("HELP", 2, "6.2.0", LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(PubSubCommands::help);
    c.sub("NUMPAT", 2, "2.8.0", PUBSUB | LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Counts the patterns that clients are subscribed to.")
        .run(PubSubCommands::numPat);
    c.sub("NUMSUB", -2, "2.8.0", PUBSUB | LOADING | STALE, "[channel [channel ...]]")
        .complexity("O(N), N = channels asked for")
        .summary("Counts the subscribers of channels.")
        .run(PubSubCommands::numSub);
    c.sub("SHARDCHANNELS", -2, "7.0.0", PUBSUB | LOADING | STALE, "[pattern]")
        .complexity("O(N), N = shard channels in use")
        .summary("Lists the shard channels that have subscribers.")
        .run(PubSubCommands::shardChannels);
    c.sub("SHARDNUMSUB", -2, "7.0.0", PUBSUB | LOADING | STALE, "[shardchannel [shardchannel ...]]")
        .complexity("O(N), N = shard channels asked for")
        .summary("Counts the subscribers of shard channels.")
        .run(PubSubCommands::shardNumSub);
    return c;
  }

  private static void psubscribe(Request q, RespWriter out) {
    subscribe(q, PubSub.Kind.PATTERN, out);
  }

  private static void publish(Request q, RespWriter out) {
    publish(q, PubSub.Kind.CHANNEL, out);
  }

  private static void publish(Request q, PubSub.Kind kind, RespWriter out) {
    if (q.byteCount() > LARGE && !Heap.hasRoomFor(COPIES * q.byteCount())) {
      out.error(Errors.OUT_OF_MEMORY);
      return;
    }
    out.integer(q.engine().pubSub().publish(q.worker(), kind, q.copy(1), q.copy(2)));
  }

  private static void punsubscribe(Request q, RespWriter out) {
    unsubscribe(q, PubSub.Kind.PATTERN, out);
  }

  private static void spublish(Request q, RespWriter out) {
    publish(q, PubSub.Kind.SHARD_CHANNEL, out);
  }

  private static void ssubscribe(Request q, RespWriter out) {
    if (q.session().isInTransaction()) {
      out.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
      return;
    }
    subscribe(q, PubSub.Kind.SHARD_CHANNEL, out);
  }

  private static void subscribe(Request q, RespWriter out) {
    subscribe(q, PubSub.Kind.CHANNEL, out);
  }

  private static void subscribe(Request q, PubSub.Kind kind, RespWriter out) {
    for (int i = 1; i < q.argc(); i++) {
      q.engine().pubSub().subscribe(q.session(), kind, q.copy(i), out);
    }
  }

  private static void sunsubscribe(Request q, RespWriter out) {
    unsubscribe(q, PubSub.Kind.SHARD_CHANNEL, out);
  }

  private static void unsubscribe(Request q, RespWriter out) {
    unsubscribe(q, PubSub.Kind.CHANNEL, out);
  }

  private static void unsubscribe(Request q, PubSub.Kind kind, RespWriter out) {
    if (q.argc() == 1) {
      q.engine().pubSub().unsubscribeAll(q.session(), kind, out);
    }
    for (int i = 1; i < q.argc(); i++) {
      q.engine().pubSub().unsubscribe(q.session(), kind, q.copy(i), out);
    }
  }

  private static void channels(Request q, RespWriter out) {
    channels(q, PubSub.Kind.CHANNEL, out);
  }

  private static void channels(Request q, PubSub.Kind kind, RespWriter out) {
    if (q.argc() > 3) {
      out.error(
          "ERR unknown subcommand or wrong number of arguments for '"
              + q.text(1)
              + "'. Try PUBSUB HELP.");
      return;
    }
    List<byte[]> found = q.engine().pubSub().channels(kind, q.argc() == 3 ? q.copy(2) : null);
    out.array(found.size());
    found.forEach(out::bulk);
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(
        out,
        "PUBSUB",
        """
        CHANNELS [<pattern>]
            Lists the channels with subscribers, those that match a glob pattern ('*' unless told).
        NUMPAT
            Counts the subscribed patterns.
        NUMSUB [<channel> ...]
            Counts the subscribers of the named channels, without those of patterns.
        SHARDCHANNELS [<pattern>]
            Lists the shard channels with subscribers, those that match a glob pattern ('*' unless told).
        SHARDNUMSUB [<shardchannel> ...]
            Counts the subscribers of the named shard channels.
        """);
  }

  private static void numPat(Request q, RespWriter out) {
    out.integer(q.engine().pubSub().size(PubSub.Kind.PATTERN));
  }

  private static void numSub(Request q, RespWriter out) {
    numSub(q, PubSub.Kind.CHANNEL, out);
  }

  private static void numSub(Request q, PubSub.Kind kind, RespWriter out) {
    out.array((q.argc() - 2) * 2L);
    for (int i = 2; i < q.argc(); i++) {
      byte[] channel = q.copy(i);
      out.bulk(channel);
      out.integer(q.engine().pubSub().subscribers(kind, channel));
    }
  }

  private static void shardChannels(Request q, RespWriter out) {
    channels(q, PubSub.Kind.SHARD_CHANNEL, out);
  }

  private static void shardNumSub(Request q, RespWriter out) {
    numSub(q, PubSub.Kind.SHARD_CHANNEL, out);
  }
}
