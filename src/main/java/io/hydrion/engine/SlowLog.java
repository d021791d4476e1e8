package io.hydrion.engine;

import io.hydrion.util.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The commands that took longer than slowlog-log-slower-than, newest first. Thread-safe. */
public final class SlowLog {
  private static final int ARGUMENTS_MAX = 32;
  private static final int ARGUMENT_BYTES_MAX = 128;

  /** One slow command; {@code seconds} is when it ran, since the epoch. */
  public record Item(
      long id, long seconds, long micros, List<byte[]> arguments, String address, String name) {}

  private final Deque<Item> items = new ArrayDeque<>();
  private long nextId;

  /** Notes a slow command and drops the oldest ones beyond so many. */
  synchronized void add(Request q, long micros, long most) {
    items.addFirst(
        new Item(
            nextId++,
            q.now() / 1000,
            micros,
            arguments(q),
            q.session().address(),
            q.session().name()));
    trim(most);
  }

  /** Drops the oldest items beyond so many. */
  synchronized void trim(long most) {
    while (items.size() > most) {
      items.removeLast();
    }
  }

  private static List<byte[]> arguments(Request q) {
    List<byte[]> arguments = new ArrayList<>();
    int argc = q.argc();
    int shown = Math.min(argc, ARGUMENTS_MAX);
    for (int i = 0; i < shown; i++) {
      if (argc > shown && i == shown - 1) {
        arguments.add(Bytes.of("... (" + (argc - shown + 1) + " more arguments)"));
      } else {
        arguments.add(argument(q, i));
      }
    }
    return arguments;
  }

  private static byte[] argument(Request q, int i) {
    if (q.isRedacted(i)) {
      return Bytes.of("(redacted)");
    }
    int length = q.length(i);
    if (length <= ARGUMENT_BYTES_MAX) {
      return q.copy(i);
    }
    byte[] more = Bytes.of("... (" + (length - ARGUMENT_BYTES_MAX) + " more bytes)");
    byte[] cut = new byte[ARGUMENT_BYTES_MAX + more.length];
    System.arraycopy(q.bytes(), q.offset(i), cut, 0, ARGUMENT_BYTES_MAX);
    System.arraycopy(more, 0, cut, ARGUMENT_BYTES_MAX, more.length);
    return cut;
  }

  /** The newest items; all of them when {@code most} is negative. */
  public synchronized List<Item> newest(long most) {
    return items.stream().limit(most < 0 ? Long.MAX_VALUE : most).toList();
  }

  public synchronized int size() {
    return items.size();
  }

  public synchronized void clear() {
    items.clear();
  }
}
