package io.hydrion.protocol;

import java.util.Arrays;

/**
 * The commands of one read: where each begins and where its arguments lie in the bytes that were
 * parsed. One batch is reused for all reads of an I/O thread; it holds offsets, never copies.
 */
public final class CommandBatch {
  /** The most commands that one batch takes; what is left is parsed when these have run. */
  public static final int COMMANDS_MAX = 512;

  /** Arrays grown beyond this many arguments by a huge command are given back by {@link #clear}. */
  private static final int KEPT_ARGUMENTS_MAX = 64 * 1024;

  private static final int INITIAL_ARGUMENTS = 2048;

  private int[] offsets = new int[INITIAL_ARGUMENTS];
  private int[] lengths = new int[INITIAL_ARGUMENTS];
  private final int[] first = new int[COMMANDS_MAX + 1];
  private final int[] end = new int[COMMANDS_MAX];
  private int arguments;
  private int count;

  /** How many whole commands are in the batch. */
  public int count() {
    return count;
  }

  public boolean isFull() {
    return count == COMMANDS_MAX;
  }

  /** The number of arguments of a command, its name included. */
  public int argc(int command) {
    return first[command + 1] - first[command];
  }

  /** The position of a command's name in {@link #offsets} and {@link #lengths}. */
  public int first(int command) {
    return first[command];
  }

  /** The offset of the byte after a command. */
  public int end(int command) {
    return end[command];
  }

  /** Where each argument begins; valid until the batch is filled again. */
  public int[] offsets() {
    return offsets;
  }

  /** How many bytes each argument has; valid until the batch is filled again. */
  public int[] lengths() {
    return lengths;
  }

  public void clear() {
    count = 0;
    arguments = 0;
    if (offsets.length > KEPT_ARGUMENTS_MAX) {
      offsets = new int[INITIAL_ARGUMENTS];
      lengths = new int[INITIAL_ARGUMENTS];
    }
  }

  void addArgument(int offset, int length) {
    int at = arguments;
    if (at == offsets.length) {
      offsets = Arrays.copyOf(offsets, at * 2);
      lengths = Arrays.copyOf(lengths, at * 2);
    }
    offsets[at] = offset;
    lengths[at] = length;
    arguments = at + 1;
  }

  /** How many arguments the unfinished command has so far. */
  int openArguments() {
    return arguments - first[count];
  }

  void dropOpenArguments() {
    arguments = first[count];
  }

  void endCommand(int endOffset) {
    end[count] = endOffset;
    first[++count] = arguments;
  }
}
