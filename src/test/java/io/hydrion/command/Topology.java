package io.hydrion.command;

/** How a test's commands reach the server, and into how many shards its keys are cut. */
public enum Topology {
  IN_PROCESS(4, false),
  WIRE_1_SHARD(1, true),
  WIRE_4_SHARDS(4, true),
  WIRE_64_SHARDS(64, true);

  final int shards;
  final boolean wire;

  Topology(int shards, boolean wire) {
    this.shards = shards;
    this.wire = wire;
  }
}
