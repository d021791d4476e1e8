package io.hydrion.util;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Says whether the heap has room for something large, so that a client's wish is refused instead of
 * ending the process. Thread-safe.
 */
public final class Heap {
  /*
   * What the JVM calls used includes garbage. When the figures say no, the collector is asked once,
   * at most every few seconds, and the figures are read again.
   */
  private static final long COLLECT_EVERY_NS = 5_000_000_000L;

  /** The share of the heap that is left for everything small: one part in so many. */
  private static final int MARGIN_PARTS = 10;

  private static final AtomicLong lastCollection = new AtomicLong(System.nanoTime() - COLLECT_EVERY_NS);

  private Heap() {}

  /** Whether so many bytes more fit, with a margin for everything else. */
  public static boolean hasRoomFor(long bytes) {
    if (fits(bytes)) {
      return true;
    }
    long now = System.nanoTime();
    long last = lastCollection.get();
    if (now - last >= COLLECT_EVERY_NS && lastCollection.compareAndSet(last, now)) {
      System.gc();
    }
    return fits(bytes);
  }

  private static boolean fits(long bytes) {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    long most = runtime.maxMemory();
    return used + bytes <= most - most / MARGIN_PARTS;
  }
}
