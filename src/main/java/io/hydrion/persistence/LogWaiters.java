package io.hydrion.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who waits for positions of a log; thread-safe. Bounded by the connections, which wait once. */
final class LogWaiters {
  private record Waiting(long position, boolean forSync, LogWaiter waiter) {}

  @GuardedBy("this")
  private final List<Waiting> waiting = new ArrayList<>();

  synchronized void add(long position, boolean forSync, LogWaiter waiter) {
    waiting.add(new Waiting(position, forSync, waiter));
  }

  /** Tells those whose position is reached, and all after a failure. */
  void complete(long written, long synced, @Nullable LogFailure why) {
    for (Waiting w : take(written, synced, why != null)) {
      if (why == null) {
        w.waiter.reached(w.position);
      } else {
        w.waiter.failed(w.position, why);
      }
    }
  }

  private synchronized List<Waiting> take(long written, long synced, boolean isAll) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Waiting> ready = new ArrayList<>();
    List<Waiting> rest = new ArrayList<>();
    for (Waiting w : waiting) {
      boolean isReady = isAll || w.position <= (w.forSync ? synced : written);
      (isReady ? ready : rest).add(w);
    }
    waiting.clear();
    waiting.addAll(rest);
    return ready;
  }
}
