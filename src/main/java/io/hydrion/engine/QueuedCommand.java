package io.hydrion.engine;

/** A command with arguments of its own, to be run later. */
record QueuedCommand(Command command, byte[] bytes, int[] offsets, int[] lengths) {
  void point(Request request, Session session) {
    request.point(session, command, bytes, offsets, lengths, 0, offsets.length);
  }

  /** Bytes that it holds. */
  long memory() {
    return 64 + bytes.length + offsets.length * 8L;
  }
}
