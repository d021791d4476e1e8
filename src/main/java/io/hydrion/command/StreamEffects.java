package io.hydrion.command;

import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.store.ConsumerGroup;

/** What commands on consumer groups do, said in commands that do the same at any time. */
final class StreamEffects {
  private StreamEffects() {}

  /**
   * Names what has become of the group's pending entry at hand: that it is with its consumer.
   * Whoever finds no such entry in the stream removes the pending one instead.
   *
   * @param key the position of the key
   * @param groupName the position of the group's name
   * @param id the position of the entry's id; 0: it is not among the arguments
   */
  static void claim(Request q, int key, int groupName, ConsumerGroup group, int id) {
    if (!q.keepsEffects()) {
      return;
    }
    int consumer = group.pendingConsumer();
    Effects effect = q.effect(14).word("XCLAIM").argument(q, key).argument(q, groupName);
    effect
        .bytes(
            group.consumerNameBytes(consumer),
            group.consumerNameOffset(consumer),
            group.consumerNameLength(consumer))
        .number(0);
    if (id > 0) {
      effect.argument(q, id);
    } else {
      effect.id(group.pendingMs(), group.pendingSeq());
    }
    effect.word("TIME").number(group.delivered());
    effect.word("RETRYCOUNT").number(group.deliveries());
    effect.word("FORCE").word("JUSTID");
    effect.word("LASTID").id(group.lastMs(), group.lastSeq());
  }

  /** Names up to where a group has read. */
  static void lastId(Request q, int key, int groupName, ConsumerGroup group) {
    Effects effect = q.effect(7).word("XGROUP").word("SETID");
    effect.argument(q, key).argument(q, groupName).id(group.lastMs(), group.lastSeq());
    effect.word("ENTRIESREAD").number(group.entriesRead());
  }

  /** Names the making of a consumer. */
  static void consumer(Request q, int key, int groupName, int consumerName) {
    Effects effect = q.effect(5).word("XGROUP").word("CREATECONSUMER");
    effect.argument(q, key).argument(q, groupName).argument(q, consumerName);
  }
}
