package io.hydrion.store;

import io.hydrion.util.Heap;
import java.lang.ref.Reference;
import java.util.Arrays;
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
  /*
   * The JVM takes a chunk's memory from what is free, which is what the young generation would have
   * got: with the store growing, that ends up with a region or two, is collected as soon as they
   * are full, and grows by one region a collection, fresh memory each. So chunks that nobody gets
   * are made as well, when a collection has left less than a young generation free: the next one
   * frees them.
   */

  /** Those of the arenas: about a MiB each. */
  public static final SpareChunks SHARED = new SpareChunks(Arena.CHUNK_BYTES);

  /** At most so many, and at most this part of the heap. */
  private static final int COUNT_MAX = 4;

  private static final int HEAP_PARTS = 64;

  /** A young generation, as the launcher wants it; at most the same part of the heap. */
  private static final int ROOM_BYTES = 16 << 20;

  private final Queue<byte[]> spares = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicBoolean filling = new AtomicBoolean();
  private final int chunkBytes;
  private final int wanted;
  private final int room;

  /** How many collections there had been when room was made. */
  private long collections;

  /**
   * @param chunkBytes the length of each
   */
  SpareChunks(int chunkBytes) {
    this.chunkBytes = chunkBytes;
    long most = Runtime.getRuntime().maxMemory() / HEAP_PARTS / chunkBytes;
    wanted = (int) Math.min(COUNT_MAX, most);
    room = (int) Math.min(ROOM_BYTES / chunkBytes, most);
  }

  /** A chunk of zeros, or null when the heap has no room for one. */
  byte @Nullable [] take() {
    byte[] chunk = borrow();
    prepare();
    return chunk != null ? chunk : Heap.tryBytes(chunkBytes);
  }

  /** A chunk that was made ahead, for a while; null when there is none. */
  public byte @Nullable [] borrow() {
    byte[] chunk = spares.poll();
    if (chunk != null) {
      count.getAndDecrement();
    }
    return chunk;
  }

  /** Takes a chunk back that was borrowed, which nobody uses any more. */
  public void giveBack(byte[] chunk) {
    if (chunk.length == chunkBytes && count.get() < wanted) {
      Arrays.fill(chunk, (byte) 0);
      spares.add(chunk);
      count.getAndIncrement();
    }
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
      makeRoom();
    } finally {
      filling.set(false);
    }
  }

  /** Sees to it that a young generation is free, at most once between two collections. */
  private void makeRoom() {
    long bytes = (long) room * chunkBytes;
    long now = Heap.collections();
    if (now == collections
        || Runtime.getRuntime().freeMemory() >= bytes
        || !Heap.hasRoomNowFor(2 * bytes)) {
      return;
    }
    byte[][] chunks = new byte[room][];
    for (int i = 0; i < room; i++) {
      chunks[i] = new byte[chunkBytes];
    }
    Reference.reachabilityFence(chunks);
    collections = now;
  }
}
