package io.hydrion.engine;

import java.util.ArrayList;
import java.util.List;

/** What a client has queued since MULTI. */
final class Transaction {
  private final List<QueuedCommand> commands = new ArrayList<>();
  private boolean failed;
  private int flags;
  private volatile long memory;
  private volatile int size;

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the session's own thread writes it
  void add(QueuedCommand command) {
    commands.add(command);
    flags |= command.command().flags();
    memory += command.memory();
    size = commands.size();
  }

  List<QueuedCommand> commands() {
    return commands;
  }

  int size() {
    return size;
  }

  /** Bytes that the queued commands hold. */
  long memory() {
    return memory;
  }

  /** A command was refused while queueing: EXEC will refuse them all. */
  void fail() {
    failed = true;
  }

  boolean hasFailed() {
    return failed;
  }

  /** Whether one of the queued commands has one of these flags. */
  boolean has(int anyOf) {
    return (flags & anyOf) != 0;
  }
}
