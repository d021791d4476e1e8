package io.hydrion.engine;

import java.util.ArrayList;
import java.util.List;

/** What a client has queued since MULTI. */
final class Transaction {
  private final List<QueuedCommand> commands = new ArrayList<>();
  private boolean failed;
  private volatile long memory;
  private volatile int size;

  void add(QueuedCommand command) {
    commands.add(command);
    memory = memory + command.memory();
    size = commands.size();
  }

  List<QueuedCommand> commands() {
    return commands;
  }

  int size() {
    return size;
  }

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

  boolean has(int flag) {
    return commands.stream().anyMatch(queued -> queued.command().has(flag));
  }
}
