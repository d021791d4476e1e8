package io.hydrion.store;

import io.hydrion.util.Heap;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of one size, made ahead of demand by a thread of their own: the first touch of fresh
 * memory costs milliseconds a chunk where the kernel has to fetch it from a hypervisor, and shards
 * that grow alike ask for their chunks at the same moment. Thread-safe; one for all servers of the
 * process, as the heap is.
 */
public final class SpareChunks {
  /** Those of the arenas: about a MiB each. */
  public static final SpareChunks SHARED = new SpareChunks(Arena.CHUNK_BYTES);

  /** At most so many, and at most this part of the heap. */
  private static final int COUNT_MAX = 4;

  private static final int HEAP_PARTS = 64;

  private final Queue<byte[]> spares = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicBoolean filling = new AtomicBoolean();
  private final int chunkBytes;
  private final int wanted;

  /**
   * @param chunkBytes the length of each
   */
  SpareChunks(int chunkBytes) {
    this.chunkBytes = chunkBytes;
    wanted = (int) Math.min(COUNT_MAX, Runtime.getRuntime().maxMemory() / HEAP_PARTS / chunkBytes);
  }

  /** A chunk of zeros, or null when the heap has no room for one. */
  byte @Nullable [] take() {
    byte[] chunk = poll();
    return chunk != null ? chunk : Heap.tryBytes(chunkBytes);
  }

  /** A chunk of zeros that was made ahead; null when there is none, perhaps later. */
  public byte @Nullable [] poll() {
    byte[] chunk = spares.poll();
    if (chunk != null) {
      count.getAndDecrement();
    }
    prepare();
    return chunk;
  }

  /** Has chunks made in the background if there are fewer than should be. */
  void prepare() {
    if (count.get() < wanted && filling.compareAndSet(false, true)) {
      Thread.ofVirtual().name("hydrion-spare-chunks").start(this::fill);
    }
  }

  private void fill() {
    try {
      while (count.get() < wanted && Heap.hasRoomNowFor((long) wanted * chunkBytes)) {
        spares.add(new byte[chunkBytes]);
        count.getAndIncrement();
      }
    } finally {
      filling.set(false);
    }
  }
}
