package io.hydrion.store;

import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one partition, or of one large value of it: blocks in large byte arrays, addressed
 * by 32 bits. Not thread-safe: the shard's lock guards it.
 */
final class Arena {
  /*
   * An address counts units of 8 bytes: its upper 15 bits name a chunk, its lower 17 bits a place
   * in it, so an arena spans 32 GiB. Address 0 is never given out. A shared chunk has 1 MiB less the
   * array's header, so that it fills one G1 region and is never copied by the collector; the first
   * one starts small and grows, so that an empty database costs nothing. Blocks are cut off the
   * end of the newest chunk. A freed block goes to the list of its size class, threaded through the
   * blocks themselves; a request takes from its own class first, then splits the smallest larger
   * block, then cuts anew. A block above 64 KiB has a chunk to itself; it too comes in eight sizes a
   * doubling, so that a value that grows byte by byte is copied a few times only.
   *
   * A free block holds the next free address of its list in its first four bytes.
   */
  private static final int CHUNK_SHIFT = 17;
  private static final int CHUNK_UNITS_MASK = (1 << CHUNK_SHIFT) - 1;
  static final int CHUNK_BYTES = (1 << (CHUNK_SHIFT + SizeClasses.UNIT_SHIFT)) - 16;
  private static final int FIRST_CHUNK_BYTES = 1024;

  /** The first chunk doubles up to this size, and then becomes whole at once. */
  private static final int GROWN_MAX = 128 * 1024 - 16;

  /** A first chunk of this size says that whole ones will soon be wanted. */
  private static final int SPARES_FROM = 16 * 1024 - 16;

  private static final int CHUNKS_MAX = 1 << (32 - CHUNK_SHIFT);

  private static final int DEDICATED_STEP_SHIFT = 3;

  /** The largest block, in bytes: an array's largest length, nearly. */
  static final int BLOCK_MAX = Integer.MAX_VALUE - 64;

  private byte[][] chunks = new byte[1][];
  private int chunkCount;
  private int bumpChunk = -1;
  private int bumpOffset;
  private int bumpEnd;
  private final int[] freeHeads = new int[SizeClasses.COUNT];
  private final long[] freeClasses = new long[(SizeClasses.COUNT + 63) >> 6];
  private int[] freeChunks = new int[4];
  private int freeChunkCount;
  private long usedBytes;
  private long reservedBytes;
  private LongConsumer account;

  /**
   * @param account is told of every change of {@link #usedBytes}
   */
  Arena(LongConsumer account) {
    this.account = account;
  }

  /**
   * Lets another account be told from now on; both are told that the arena's bytes change hands.
   */
  void moveTo(LongConsumer toAccount) {
    account.accept(-usedBytes);
    account = toAccount;
    account.accept(usedBytes);
  }

  private void use(long bytes) {
    usedBytes += bytes;
    account.accept(bytes);
  }

  /** Bytes in blocks that are in use. */
  long usedBytes() {
    return usedBytes;
  }

  /** Bytes of all chunks. */
  long reservedBytes() {
    return reservedBytes;
  }

  /** The array that a block lies in; it stays the block's until the next allocation. */
  byte[] chunk(int address) {
    return chunks[address >>> CHUNK_SHIFT];
  }

  /** The same for a reader without the lock, which may see an address that is no more; or null. */
  byte @Nullable [] chunkOrNull(int address) {
    byte[][] all = chunks;
    int chunk = address >>> CHUNK_SHIFT;
    return chunk < all.length ? all[chunk] : null;
  }

  static int offset(int address) {
    return (address & CHUNK_UNITS_MASK) << SizeClasses.UNIT_SHIFT;
  }

  /** Whether a block of this many bytes has a chunk to itself. */
  static boolean isDedicated(int bytes) {
    return bytes > SizeClasses.UNITS_MAX << SizeClasses.UNIT_SHIFT;
  }

  /** How many bytes a block for this many takes. */
  static int blockBytes(int bytes) {
    if (isDedicated(bytes)) {
      int step = Integer.highestOneBit(bytes) >> DEDICATED_STEP_SHIFT;
      return (int) Math.min(BLOCK_MAX, ((long) bytes + step - 1) & -step);
    }
    return SizeClasses.units(SizeClasses.of(units(bytes))) << SizeClasses.UNIT_SHIFT;
  }

  private static int units(int bytes) {
    return (bytes + SizeClasses.UNIT - 1) >> SizeClasses.UNIT_SHIFT;
  }

  /**
   * Returns the address of a block of at least this many bytes; its content is undefined.
   *
   * @throws StoreFullException when the heap has no room for it; nothing has changed then
   */
  int allocate(int bytes) {
    if (isDedicated(bytes)) {
      return allocateDedicated(blockBytes(bytes));
    }
    int sizeClass = SizeClasses.of(units(bytes));
    int units = SizeClasses.units(sizeClass);
    int address = freeHeads[sizeClass] != 0 ? pop(sizeClass) : cut(sizeClass, units);
    use((long) units << SizeClasses.UNIT_SHIFT);
    return address;
  }

  /** Makes a block out of a larger one that is free, or out of new room. */
  private int cut(int sizeClass, int units) {
    if (bumpEnd - bumpOffset < units << SizeClasses.UNIT_SHIFT) {
      int address = split(sizeClass, units);
      if (address != 0) {
        return address;
      }
      newRoom(units << SizeClasses.UNIT_SHIFT);
    }
    int address = bumpChunk << CHUNK_SHIFT | bumpOffset >> SizeClasses.UNIT_SHIFT;
    bumpOffset += units << SizeClasses.UNIT_SHIFT;
    return address;
  }

  /** Gives back a block that was allocated for this many bytes. */
  void free(int address, int bytes) {
    if (isDedicated(bytes)) {
      int chunk = address >>> CHUNK_SHIFT;
      use(-blockBytes(bytes));
      reservedBytes -= chunks[chunk].length;
      Heap.givenUp(chunks[chunk].length);
      chunks[chunk] = Bytes.EMPTY;
      if (freeChunkCount == freeChunks.length) {
        freeChunks = Arrays.copyOf(freeChunks, freeChunkCount * 2);
      }
      freeChunks[freeChunkCount++] = chunk;
      return;
    }
    int sizeClass = SizeClasses.of(units(bytes));
    int units = SizeClasses.units(sizeClass);
    use(-((long) units << SizeClasses.UNIT_SHIFT));
    push(address, sizeClass);
  }

  /** Gives back the end of a block; what is left counts as one that was allocated for so many. */
  void shrink(int address, int oldBytes, int bytes) {
    use((long) blockBytes(bytes) - blockBytes(oldBytes));
    if (isDedicated(bytes)) {
      return; // the array stays as it is
    }
    // Of a block that had a chunk to itself the chunk becomes a shared one.
    int end = Math.min(CHUNK_UNITS_MASK, blockBytes(oldBytes) >> SizeClasses.UNIT_SHIFT);
    int units = blockBytes(bytes) >> SizeClasses.UNIT_SHIFT;
    release(address + units, end - units);
  }

  private void push(int address, int sizeClass) {
    byte[] chunk = chunk(address);
    int at = offset(address);
    Bytes.putInt(chunk, at, freeHeads[sizeClass]);
    freeHeads[sizeClass] = address;
    freeClasses[sizeClass >> 6] |= 1L << sizeClass;
  }

  private int pop(int sizeClass) {
    int address = freeHeads[sizeClass];
    int next = Bytes.getInt(chunk(address), offset(address));
    freeHeads[sizeClass] = next;
    if (next == 0) {
      freeClasses[sizeClass >> 6] &= ~(1L << sizeClass);
    }
    return address;
  }

  /** Takes the head of the smallest larger block that is free; 0 when there is none. */
  private int split(int sizeClass, int units) {
    int larger = freeClass(sizeClass);
    if (larger < 0) {
      return 0;
    }
    int address = pop(larger);
    release(address + units, SizeClasses.units(larger) - units);
    return address;
  }

  /** The smallest class, from one on, of which there is a free block; -1 when there is none. */
  private int freeClass(int from) {
    int word = from >> 6;
    long rest = freeClasses[word] & (-1L << from);
    while (rest == 0) {
      if (++word == freeClasses.length) {
        return -1;
      }
      rest = freeClasses[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(rest);
  }

  /** Whether a block of so many bytes can be had out of what was given back. */
  boolean hasFree(int bytes) {
    return !isDedicated(bytes) && freeClass(SizeClasses.of(units(bytes))) >= 0;
  }

  /** Puts a stretch of free units, of any length, on the lists. */
  private void release(int address, int units) {
    int at = address;
    int left = units;
    while (left > 0) {
      int sizeClass = SizeClasses.of(Math.min(left, SizeClasses.UNITS_MAX));
      int size = SizeClasses.units(sizeClass);
      if (size > left) {
        size = SizeClasses.units(--sizeClass);
      }
      push(at, sizeClass);
      at += size;
      left -= size;
    }
  }

  /** Grows the small first chunk, or opens a new one. */
  private void newRoom(int bytes) {
    if (bumpChunk >= 0) {
      byte[] chunk = chunks[bumpChunk];
      if (chunk.length < CHUNK_BYTES) {
        int grown = chunk.length;
        while (grown < bumpOffset + bytes && grown < CHUNK_BYTES) {
          grown = grown < GROWN_MAX ? grown * 2 + 16 : CHUNK_BYTES;
        }
        if (grown >= SPARES_FROM) {
          SpareChunks.SHARED.prepare();
        }
        if (grown >= bumpOffset + bytes) {
          byte[] copy = room(grown);
          System.arraycopy(chunk, 0, copy, 0, bumpOffset);
          chunks[bumpChunk] = copy;
          reservedBytes += grown - chunk.length;
          bumpEnd = grown & -SizeClasses.UNIT;
          return;
        }
      }
    }
    boolean isFirst = chunkCount == 0;
    int size = isFirst ? FIRST_CHUNK_BYTES - 16 : CHUNK_BYTES;
    while (size < bytes + SizeClasses.UNIT) {
      size = size < GROWN_MAX ? size * 2 + 16 : CHUNK_BYTES;
    }
    int fresh = addChunk(room(size));
    if (bumpChunk >= 0) {
      release(
          bumpChunk << CHUNK_SHIFT | bumpOffset >> SizeClasses.UNIT_SHIFT,
          (bumpEnd - bumpOffset) >> SizeClasses.UNIT_SHIFT);
    }
    bumpChunk = fresh;
    bumpOffset = bumpChunk == 0 ? SizeClasses.UNIT : 0;
    bumpEnd = size & -SizeClasses.UNIT;
  }

  private int allocateDedicated(int bytes) {
    int chunk = addChunk(room(bytes));
    use(bytes);
    if (chunk == 0) { // address 0 means none: leave chunk 0 to small blocks
      byte[] dedicated = chunks[0];
      chunks[0] = new byte[FIRST_CHUNK_BYTES - 16];
      reservedBytes += chunks[0].length - bytes;
      bumpChunk = 0;
      bumpOffset = SizeClasses.UNIT;
      bumpEnd = chunks[0].length & -SizeClasses.UNIT;
      chunk = addChunk(dedicated);
    }
    return chunk << CHUNK_SHIFT;
  }

  private static byte[] room(int bytes) {
    byte[] room = bytes == CHUNK_BYTES ? SpareChunks.SHARED.take() : Heap.tryBytes(bytes);
    if (room == null) {
      throw new StoreFullException("no room on the heap for " + bytes + " bytes");
    }
    return room;
  }

  private int addChunk(byte[] chunk) {
    int index;
    if (freeChunkCount > 0) {
      index = freeChunks[--freeChunkCount];
    } else {
      index = chunkCount;
      if (index == CHUNKS_MAX) {
        throw new StoreFullException("a shard's arena holds at most 32 GiB");
      }
      if (index == chunks.length) {
        chunks = Arrays.copyOf(chunks, Math.min(CHUNKS_MAX, index * 2));
      }
      chunkCount++;
    }
    chunks[index] = chunk;
    reservedBytes += chunk.length;
    return index;
  }
}
