package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for positions of a log; thread-safe. Bounded by the connections, which wait once.
 *
 * <p>They are told in the order in which they came, which is that of their positions but for
 * threads that overtook each other: then one waits for a position of another a little behind its
 * own. So a turn touches those that it tells and no others.
 */
final class LogWaiters {
  private record Waiting(long position, LogWaiter waiter) {}

  @GuardedBy("this")
  private final ArrayDeque<Waiting> forWriting = new ArrayDeque<>();

  @GuardedBy("this")
  private final ArrayDeque<Waiting> forSync = new ArrayDeque<>();

  synchronized void add(long position, boolean isForSync, LogWaiter waiter) {
    (isForSync ? forSync : forWriting).add(new Waiting(position, waiter));
  }

  /** Tells those whose position is reached, and all after a failure. */
  void complete(long written, long synced, @Nullable LogFailure why) {
    for (Waiting w :
        take(why == null ? written : Long.MAX_VALUE, why == null ? synced : Long.MAX_VALUE)) {
      if (why == null) {
        w.waiter.reached(w.position);
      } else {
        w.waiter.failed(w.position, why);
      }
    }
  }

  private synchronized List<Waiting> take(long written, long synced) {
    if (forWriting.isEmpty() && forSync.isEmpty()) {
      return List.of();
    }
    List<Waiting> ready = new ArrayList<>();
    move(forWriting, written, ready);
    move(forSync, synced, ready);
    return ready;
  }

  private static void move(ArrayDeque<Waiting> from, long upTo, List<Waiting> to) {
    for (Waiting w = from.peek(); w != null && w.position <= upTo; w = from.peek()) {
      to.add(from.remove());
    }
  }
}
