package io.hydrion.util;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Says whether the heap has room for something large, so that a client's wish is refused instead of
 * ending the process. Thread-safe.
 */
public final class Heap {
  /*
   * What the JVM calls used includes garbage. When the figures say no, one full collection tells the
   * truth. When even that was in vain, the answer to more than half as much stays no without another
   * until as much as is asked for has been given up, or for a second, lest clients who keep asking
   * make the server do nothing but collect. Checks and large allocations are serialised, so that two
   * threads do not both count on the same room.
   */
  private static final long COLLECT_EVERY_NS = 1_000_000_000;

  /** The share of the heap that is left for everything small: one part in so many. */
  private static final int MARGIN_PARTS = 10;

  private static final long MARGIN_MAX = 256L << 20;

  /** Smaller arrays are covered by the margin. */
  private static final int SMALL = 256 * 1024;

  private static final Object LOCK = new Object();

  private static final AtomicLong GIVEN_UP = new AtomicLong();

  /** What the last full collection was in vain for. */
  private static long refusedBytes = Long.MAX_VALUE;

  private static long lastCollectionNs;

  private Heap() {}

  /** Whether so many bytes more fit, with a margin for everything else. */
  public static boolean hasRoomFor(long bytes) {
    synchronized (LOCK) {
      if (fits(bytes)) {
        return true;
      }
      if (bytes > refusedBytes / 2
          && GIVEN_UP.get() < bytes
          && System.nanoTime() - lastCollectionNs < COLLECT_EVERY_NS) {
        return false;
      }
      GIVEN_UP.set(0);
      System.gc();
      lastCollectionNs = System.nanoTime();
      boolean fits = fits(bytes);
      refusedBytes = fits ? Long.MAX_VALUE : bytes;
      return fits;
    }
  }

  /** Whether so many bytes more fit, with the same margin, garbage counted as in use. */
  public static boolean hasRoomNowFor(long bytes) {
    synchronized (LOCK) {
      return fits(bytes);
    }
  }

  /** Tells that large arrays of so many bytes have become garbage. */
  public static void givenUp(long bytes) {
    GIVEN_UP.addAndGet(bytes);
  }

  /** Returns an array of zeros, or null when there is no room for one of that length. */
  public static byte @Nullable [] tryBytes(int length) {
    if (length < SMALL) {
      return new byte[length];
    }
    synchronized (LOCK) {
      return hasRoomFor(length) ? new byte[length] : null;
    }
  }

  /** How many collections there have been so far, of whatever part. */
  public static long collections() {
    long all = 0;
    for (GarbageCollectorMXBean collector : Collectors.ALL) {
      all += collector.getCollectionCount();
    }
    return all;
  }

  private static boolean fits(long bytes) {
    Runtime runtime = Runtime.getRuntime();
    long most = runtime.maxMemory();
    long needed = bytes + Math.min(most / MARGIN_PARTS, MARGIN_MAX);
    if (most - runtime.totalMemory() + runtime.freeMemory() < needed) {
      return false;
    }
    for (MemoryPoolMXBean pool : OldGenerations.POOLS) {
      MemoryUsage usage = pool.getUsage();
      if (usage.getMax() > 0 && usage.getMax() - usage.getUsed() < needed) {
        return false;
      }
    }
    return true;
  }

  /** Where large arrays end up: with some collectors that is only a part of the heap. */
  private static final class OldGenerations {
    static final List<MemoryPoolMXBean> POOLS =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
            .toList();
  }

  private static final class Collectors {
    static final List<GarbageCollectorMXBean> ALL = ManagementFactory.getGarbageCollectorMXBeans();
  }
}
