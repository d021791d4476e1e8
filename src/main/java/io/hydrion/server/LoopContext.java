package io.hydrion.server;

import io.hydrion.engine.Worker;

/** What the connections of one event loop share. */
final class LoopContext {
  /** The most bytes that one read takes from a socket. */
  static final int READ_BYTES = 32 * 1024;

  final Worker worker;
  final byte[] scratch = new byte[READ_BYTES];

  LoopContext(Worker worker) {
    this.worker = worker;
  }
}
