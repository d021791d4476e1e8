package io.hydrion.engine;

import io.hydrion.protocol.RespWriter;

/**
 * What a command does: look up, check, change, reply. It runs with the locks of its keys' shards
 * held, and neither logs, notifies, replicates nor flushes: the engine does, from what changed.
 */
@FunctionalInterface
public interface Handler {
  void handle(Request q, RespWriter out);
}
