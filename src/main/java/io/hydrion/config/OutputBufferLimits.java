package io.hydrion.config;

/** How much output may wait for a client that does not read, by class of client. */
public record OutputBufferLimits(Limit normal, Limit replica, Limit pubsub) {

  /** Redis's defaults: none for normal clients, 256 MiB for replicas, 32 MiB for subscribers. */
  public static final OutputBufferLimits DEFAULT =
      new OutputBufferLimits(
          new Limit(0, 0, 0),
          new Limit(256L << 20, 64L << 20, 60),
          new Limit(32L << 20, 8L << 20, 60));

  /**
   * The limits of a class; zero is no limit.
   *
   * @param hardBytes closes the client at once; unsigned
   * @param softBytes closes the client when exceeded for {@code softSeconds} on end; unsigned
   */
  public record Limit(long hardBytes, long softBytes, long softSeconds) {}
}
