package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A blocked client: the command that waits, for which keys, until when. */
final class Waiter {
  final Session session;
  final QueuedCommand command;

  /** The keys that it waits for, in the order in which they are looked at; none: only for time. */
  final List<DatabaseKey> keys;

  /** All shards that the command touches. */
  final long shardSet;

  /** When it gives up, in ms since the epoch; {@link Long#MAX_VALUE}: never. */
  final long deadlineMillis;

  /** Writes the reply to a client that has waited in vain. */
  final Consumer<RespWriter> timeoutReply;

  /** Whether it has been served, has given up or has gone: only the first of these counts. */
  final AtomicBoolean done = new AtomicBoolean();

  /** Tells those who wait for the same time apart: a number of its own. */
  final long order;

  Waiter(
      Session session,
      QueuedCommand command,
      List<DatabaseKey> keys,
      long shardSet,
      long deadlineMillis,
      Consumer<RespWriter> timeoutReply,
      long order) {
    this.session = session;
    this.command = command;
    this.keys = keys;
    this.shardSet = shardSet;
    this.deadlineMillis = deadlineMillis;
    this.timeoutReply = timeoutReply;
    this.order = order;
  }
}
