package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.store.StoreFullException;
import io.hydrion.util.Heap;

/** Asks for room before a command that would otherwise run short of it half-way. */
final class Room {
  /** What takes less than so many bytes is done without asking. */
  private static final int LARGE = 256 * 1024;

  private Room() {}

  /**
   * For storing the arguments.
   *
   * @throws StoreFullException when there is none
   */
  static void forArguments(Request q) {
    forBytes(2L * q.byteCount());
  }

  /**
   * For so many bytes of what the command needs until it ends.
   *
   * @throws StoreFullException when there is none
   */
  static void forBytes(long bytes) {
    if (bytes > 2 * LARGE && !Heap.hasRoomFor(bytes)) {
      throw new StoreFullException("no room on the heap for " + bytes + " bytes");
    }
  }
}
