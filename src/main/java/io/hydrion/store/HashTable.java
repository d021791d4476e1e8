package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * An extendible hash table of cells in the blocks of a value: pages of up to 64 cells, found by the
 * first bits of the hash through a trie of small directories. It grows and shrinks a page at a
 * time, and all walks go in the order of the hash. What a cell holds is for a subclass to say. Not
 * thread-safe.
 */
abstract class HashTable {
  /*
   * Fields of the root, from the offset that the constructor is given:
   *   4 bytes   address of a page or a directory; 0 when the table is empty
   *   4 bytes   number of pages
   *   8 bytes   number of cells
   *
   * A directory: kind (1), bits b (1), bytes of its block (4, at 4), then 1 << b addresses. A page
   * that is told from its like by fewer than b bits has a run of neighbouring addresses for itself.
   * A directory doubles until it has DIRECTORY_BITS bits; from then on pages that split get a
   * directory of their own below it.
   *
   * A page: kind (1), bits by which its directory tells it (1), cells (1), slots (1), bytes of its
   * block (2, in units of 8), bytes of data (2), then by slot a tag (the hash's lowest 8 bits) each,
   * then by slot the cell's offset in the data (2 each), then the data. Cells are in no order.
   *
   * A cell: Varint of payload length * 2 + (1 when far), then the payload, or the address (4) of a
   * block with nothing but it. A far payload is one above NEAR_MAX.
   *
   * In a table of addresses of blocks (4 bytes) a cell is its payload, there are no offsets, and the
   * cells are in the order of the slots.
   */
  static final int ROOT_BYTES = 16;

  private static final int PAGE = 1;
  private static final int DIRECTORY = 2;

  /** The kind of a page whose cells are of one size, and that size. */
  private static final int EVEN_PAGE = 3;

  static final int EVEN_CELL = 4;

  private static final int HEAD = 8;
  private static final int DIRECTORY_BITS = 10;

  /** How many bits of the hash tell pages apart, at most; cursors have as many. */
  private static final int DEPTH_MAX = 48;

  private static final int LEVELS_MAX = (DEPTH_MAX + DIRECTORY_BITS - 1) / DIRECTORY_BITS;

  private static final int SLOTS_MAX = 64;
  private static final int SLOTS_STEP = 8;

  /** The bytes of pages go up by steps, so that pages are not copied for every cell. */
  private static final int PAGE_STEP = 64;

  private static final int DATA_MAX = 4096;
  private static final int NEAR_MAX = 1024;

  /** Two neighbouring pages of together at most so many cells, and data, become one. */
  private static final int MERGED_CELLS_MAX = SLOTS_MAX * 3 / 8;

  private static final int MERGED_DATA_MAX = DATA_MAX / 2;

  private static final int CACHE_LINE = 64;

  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  /** How much denser than the average a page may be for a random cell to be quite uniform. */
  private static final int DENSITY_MAX = 2;

  private static final int DENSITY_MAX_SPARSE = 4;
  private static final int SPARSE = 16;
  private static final int RANDOM_TRIES = 1000;

  protected final Parts parts;
  private final int rootField;

  /** The size of every cell; 0 when they differ. */
  private final int cellSize;

  // Where the last descent ended: the page, and the directories above it.
  private int page;
  private byte[] chunk = Bytes.EMPTY;
  private int base;
  private int levels;
  private int depth;
  private final int[] directories = new int[LEVELS_MAX];
  private final int[] indices = new int[LEVELS_MAX];

  // The cell that was found or added last.
  private long hash;
  private int slot;
  private byte[] payloadChunk = Bytes.EMPTY;
  private int payloadOffset;
  private int payloadLength;

  HashTable(Parts parts, int rootField) {
    this(parts, rootField, false);
  }

  /** A table whose payloads may all be addresses of blocks, and nothing else. */
  HashTable(Parts parts, int rootField, boolean ofAddresses) {
    this.parts = parts;
    this.rootField = rootField;
    cellSize = ofAddresses ? EVEN_CELL : 0;
  }

  /** Whether a payload has a key. */
  abstract boolean hasKey(byte[] a, int at, int n, byte[] key, int off, int len);

  /** The hash of a payload's key. */
  abstract long hashOf(byte[] a, int at, int n);

  private int root() {
    return parts.getInt(rootField);
  }

  private int pages() {
    return parts.getInt(rootField + 4);
  }

  private void addPages(int n) {
    parts.putInt(rootField + 4, pages() + n);
  }

  /** How many cells there are. */
  long size() {
    return parts.getLong(rootField + 8);
  }

  private void addSize(int n) {
    parts.putLong(rootField + 8, size() + n);
  }

  /** The array of the payload that was found or added last; until the next change. */
  byte[] bytes() {
    return payloadChunk;
  }

  int offset() {
    return payloadOffset;
  }

  int length() {
    return payloadLength;
  }

  /** Looks at the cell at hand again, after blocks have been allocated elsewhere. */
  void refetch() {
    chunk = parts.chunk(page);
    payloadOfSlot(slot);
  }

  /** Tells the cell that was found or drawn last from all others, until the next change. */
  long place() {
    return (long) page << 8 | slot;
  }

  // ---- pages

  private static int cells(byte[] a, int at) {
    return a[at + 2] & 0xff;
  }

  private static int slots(byte[] a, int at) {
    return a[at + 3] & 0xff;
  }

  private static int bits(byte[] a, int at) {
    return a[at + 1];
  }

  private static int blockBytes(byte[] a, int at) {
    return Bytes.getShort(a, at + 4) << SizeClasses.UNIT_SHIFT;
  }

  private static int dataBytes(byte[] a, int at) {
    return Bytes.getShort(a, at + 6);
  }

  /** Where a page's data begins, from the page's start. */
  private int dataStart(int slots) {
    return HEAD + (cellSize == 0 ? 3 : 1) * slots;
  }

  private int cellOffset(byte[] a, int at, int slots, int slot) {
    return cellSize == 0 ? Bytes.getShort(a, at + HEAD + slots + 2 * slot) : slot * cellSize;
  }

  private static void setCellOffset(byte[] a, int at, int slots, int slot, int offset) {
    Bytes.putShort(a, at + HEAD + slots + 2 * slot, offset);
  }

  /** How many bytes of a page's data a cell takes. */
  private int cellBytes(int payload) {
    if (cellSize != 0) {
      return cellSize;
    }
    return payload > NEAR_MAX
        ? Varint.size((long) payload << 1 | 1) + 4
        : Varint.size((long) payload << 1) + payload;
  }

  private int cellBytesAt(byte[] a, int at) {
    return cellSize == 0 ? cellBytes((int) (Varint.get(a, at) >>> 1)) : cellSize;
  }

  /** Points at the payload of a cell. */
  private void payload(byte[] a, int at) {
    if (cellSize != 0) {
      payloadLength = cellSize;
      payloadChunk = a;
      payloadOffset = at;
      return;
    }
    long head = Varint.get(a, at);
    int behind = at + Varint.size(head);
    payloadLength = (int) (head >>> 1);
    if ((head & 1) == 0) {
      payloadChunk = a;
      payloadOffset = behind;
    } else {
      int address = Bytes.getInt(a, behind);
      payloadChunk = parts.chunk(address);
      payloadOffset = Arena.offset(address);
    }
  }

  private void payloadOfSlot(int ofSlot) {
    int slots = slots(chunk, base);
    payload(chunk, base + dataStart(slots) + cellOffset(chunk, base, slots, ofSlot));
  }

  /** Makes an empty page; who asks links it. */
  private int newPage(int bits, int slots, int data) {
    int needed = dataStart(slots) + data;
    int bytes = Arena.blockBytes(cellSize == 0 ? needed + PAGE_STEP - 1 & -PAGE_STEP : needed);
    int address = parts.allocate(bytes);
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    a[at] = (byte) (cellSize == 0 ? PAGE : EVEN_PAGE);
    a[at + 1] = (byte) bits;
    a[at + 2] = 0;
    a[at + 3] = (byte) slots;
    Bytes.putShort(a, at + 4, bytes >> SizeClasses.UNIT_SHIFT);
    Bytes.putShort(a, at + 6, 0);
    return address;
  }

  private void freePage(int address) {
    parts.free(address, blockBytes(parts.chunk(address), Arena.offset(address)));
  }

  private static int roundSlots(int cells) {
    return Math.min(SLOTS_MAX, cells + SLOTS_STEP - 1 & -SLOTS_STEP);
  }

  /** Appends a cell, for which there is room, and returns where it begins in the array. */
  private int append(byte[] a, int at, int tag, int bytes) {
    int cells = cells(a, at);
    int slots = slots(a, at);
    int data = dataBytes(a, at);
    a[at + HEAD + cells] = (byte) tag;
    if (cellSize == 0) {
      setCellOffset(a, at, slots, cells, data);
    }
    a[at + 2] = (byte) (cells + 1);
    Bytes.putShort(a, at + 6, data + bytes);
    return at + dataStart(slots) + data;
  }

  // ---- the way down

  /** Goes to the page where a hash belongs; there must be one. */
  private void descend(long toHash) {
    int address = root();
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    int consumed = 0;
    int n = 0;
    while (a[at] == DIRECTORY) {
      int bits = a[at + 1];
      int index = (int) (toHash << consumed >>> -bits);
      directories[n] = address;
      indices[n++] = index;
      address = Bytes.getInt(a, at + HEAD + 4 * index);
      a = parts.chunk(address);
      at = Arena.offset(address);
      consumed += bits;
    }
    if (n > 0) {
      consumed += a[at + 1] - directoryBits(n - 1);
    }
    page = address;
    chunk = a;
    base = at;
    levels = n;
    depth = consumed;
  }

  private int directoryBits(int level) {
    int address = directories[level];
    return bits(parts.chunk(address), Arena.offset(address));
  }

  /** Puts an address wherever the last descent's page stood. */
  private void link(int address, int pageBits) {
    if (levels == 0) {
      parts.putInt(rootField, address);
      return;
    }
    int run = 1 << directoryBits(levels - 1) - pageBits;
    fill(directories[levels - 1], indices[levels - 1] & -run, run, address);
  }

  private void fill(int directory, int from, int count, int address) {
    byte[] a = parts.chunk(directory);
    int at = Arena.offset(directory) + HEAD;
    for (int i = from; i < from + count; i++) {
      Bytes.putInt(a, at + 4 * i, address);
    }
  }

  private int newDirectory(int bits) {
    int bytes = HEAD + (4 << bits);
    int address = parts.allocate(bytes);
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    a[at] = DIRECTORY;
    a[at + 1] = (byte) bits;
    return address;
  }

  private void freeDirectory(int address) {
    int bits = bits(parts.chunk(address), Arena.offset(address));
    parts.free(address, HEAD + (4 << bits));
  }

  /**
   * Reads, without any lock, what look-ups of keys will read, all of one level after all of the one
   * above, so that the waits for memory overlap. What it meets may be in the middle of a change: it
   * only looks.
   *
   * @param hashes of the keys, from {@code from} to {@code to}
   * @param places room for as many
   * @throws IndexOutOfBoundsException when a change was met
   */
  static int touch(Arena arena, int root, long[] hashes, int from, int to, long[] places) {
    Arrays.fill(places, from, to, root & 0xffffffffL);
    boolean isDone = false;
    for (int level = 0; level < LEVELS_MAX && !isDone; level++) {
      isDone = true;
      for (int i = from; i < to; i++) {
        isDone &= !goDown(arena, hashes[i], places, i);
      }
    }
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += touchCell(arena, (int) places[i], (int) hashes[i]);
    }
    return sum;
  }

  /** The same for the holder of the lock, in this table. */
  int touch(long[] hashes, int count, long[] places) {
    return touch(parts.arena(), root(), hashes, 0, count, places);
  }

  /**
   * One step of {@link #touch} from a directory.
   *
   * @param places the address that has been reached, and above it how many bits it took
   * @return false at a page
   */
  private static boolean goDown(Arena arena, long hash, long[] places, int i) {
    int address = (int) places[i];
    byte[] a = arena.chunkOrNull(address);
    int at = Arena.offset(address);
    if (a == null || address == 0 || a[at] != DIRECTORY) {
      return false;
    }
    int consumed = (int) (places[i] >>> 32);
    int bits = a[at + 1];
    int child = Bytes.getInt(a, at + HEAD + 4 * (int) (hash << consumed >>> -bits));
    places[i] = child & 0xffffffffL | (long) (consumed + bits) << 32;
    return true;
  }

  /** Reads two cache lines of the first cell of a page that has a tag. */
  private static int touchCell(Arena arena, int address, int tag) {
    byte[] a = arena.chunkOrNull(address);
    int at = Arena.offset(address);
    if (a == null || address == 0 || a[at] == DIRECTORY) {
      return 0;
    }
    int cells = cells(a, at);
    int slots = slots(a, at);
    long pattern = (tag & 0xff) * LOW_BITS;
    for (int i = 0; i < cells; i += 8) {
      long word = Bytes.getLong(a, at + HEAD + i) ^ pattern;
      long zeros = word - LOW_BITS & ~word & HIGH_BITS;
      if (zeros != 0) {
        int slot = Math.min(i + (Long.numberOfTrailingZeros(zeros) >> 3), cells - 1);
        if (a[at] == EVEN_PAGE) {
          int data = at + HEAD + slots;
          return touchBlock(arena, Bytes.getInt(a, data + EVEN_CELL * slot))
              + a[data + EVEN_CELL * (cells - 1)]; // takes the place of one that is removed
        }
        int cell = at + HEAD + 3 * slots + Bytes.getShort(a, at + HEAD + slots + 2 * slot);
        return a[cell] + a[Math.min(cell + CACHE_LINE, a.length - 1)];
      }
    }
    return 0;
  }

  /** Reads the beginning of a block that a cell of one size leads to. */
  private static int touchBlock(Arena arena, int address) {
    byte[] a = arena.chunkOrNull(address);
    return a == null ? 0 : a[Arena.offset(address)];
  }

  // ---- cells

  /** Looks for a key's cell. */
  boolean find(long ofHash, byte[] key, int off, int len) {
    hash = ofHash;
    if (root() == 0) {
      return false;
    }
    descend(ofHash);
    byte[] a = chunk;
    int tags = base + HEAD;
    int cells = cells(a, base);
    int slots = slots(a, base);
    int data = base + dataStart(slots);
    long pattern = (ofHash & 0xff) * LOW_BITS;
    for (int i = 0; i < cells; i += 8) {
      long word = Bytes.getLong(a, tags + i) ^ pattern;
      for (long zeros = word - LOW_BITS & ~word & HIGH_BITS; zeros != 0; zeros &= zeros - 1) {
        int at = i + (Long.numberOfTrailingZeros(zeros) >> 3);
        if (at >= cells) {
          return false;
        }
        payload(a, data + cellOffset(a, base, slots, at));
        if (hasKey(payloadChunk, payloadOffset, payloadLength, key, off, len)) {
          slot = at;
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Adds a cell for a key that is known to be absent; its payload is for the caller to write, at
   * once.
   *
   * @throws StoreFullException when there is no room; the table is as it was then
   */
  void insert(long ofHash, int payload) {
    int far = payload > NEAR_MAX ? parts.allocate(payload) : 0;
    try {
      makeRoom(ofHash, cellBytes(payload));
    } catch (StoreFullException full) {
      if (far != 0) {
        parts.free(far, payload);
      }
      throw full;
    }
    put(ofHash, payload, far);
    addSize(1);
  }

  private void put(long ofHash, int payload, int far) {
    hash = ofHash;
    slot = cells(chunk, base);
    int at = append(chunk, base, (int) ofHash, cellBytes(payload));
    if (cellSize != 0) {
      payload(chunk, at);
      return;
    }
    int behind = Varint.put(chunk, at, (long) payload << 1 | (far != 0 ? 1 : 0));
    payloadLength = payload;
    if (far == 0) {
      payloadChunk = chunk;
      payloadOffset = behind;
    } else {
      Bytes.putInt(chunk, behind, far);
      payloadChunk = parts.chunk(far);
      payloadOffset = Arena.offset(far);
    }
  }

  /**
   * Gives a key's cell, which is there, a payload of another length; what it holds is for the
   * caller to write, at once, key and all. The key must not lie in the table.
   *
   * @throws StoreFullException when there is no room; the table is as it was then
   */
  void resize(long ofHash, byte[] key, int off, int len, int payload) {
    int far = payload > NEAR_MAX ? parts.allocate(payload) : 0;
    try {
      makeRoom(ofHash, cellBytes(payload));
    } catch (StoreFullException full) {
      if (far != 0) {
        parts.free(far, payload);
      }
      throw full;
    }
    find(ofHash, key, off, len);
    cut();
    put(ofHash, payload, far);
  }

  /** Removes the cell that was found or added last. */
  void remove() {
    cut();
    addSize(-1);
    tidy();
  }

  /** Takes the cell at hand out of its page. */
  private void cut() {
    byte[] a = chunk;
    int slots = slots(a, base);
    int data = base + dataStart(slots);
    if (cellSize != 0) {
      int last = cells(a, base) - 1;
      a[base + HEAD + slot] = a[base + HEAD + last];
      Bytes.putInt(a, data + slot * EVEN_CELL, Bytes.getInt(a, data + last * EVEN_CELL));
      a[base + 2] = (byte) last;
      Bytes.putShort(a, base + 6, last * cellSize);
      return;
    }
    int from = cellOffset(a, base, slots, slot);
    int bytes = cellBytesAt(a, data + from);
    long head = Varint.get(a, data + from);
    if ((head & 1) != 0) {
      parts.free(Bytes.getInt(a, data + from + Varint.size(head)), (int) (head >>> 1));
    }
    int rest = dataBytes(a, base) - bytes;
    System.arraycopy(a, data + from + bytes, a, data + from, rest - from);
    int last = cells(a, base) - 1;
    a[base + HEAD + slot] = a[base + HEAD + last];
    setCellOffset(a, base, slots, slot, cellOffset(a, base, slots, last));
    for (int i = 0; i < last; i++) {
      int offset = cellOffset(a, base, slots, i);
      if (offset > from) {
        setCellOffset(a, base, slots, i, offset - bytes);
      }
    }
    a[base + 2] = (byte) last;
    Bytes.putShort(a, base + 6, rest);
  }

  // ---- growing

  /** Goes to the page where a hash belongs, and sees to it that a cell fits in there. */
  private void makeRoom(long toHash, int bytes) {
    if (root() == 0) {
      parts.putInt(rootField, newPage(0, SLOTS_STEP, dataFor(1, bytes)));
      addPages(1);
    }
    while (true) {
      descend(toHash);
      int cells = cells(chunk, base);
      int slots = slots(chunk, base);
      int data = dataBytes(chunk, base) + bytes;
      if (cells < slots && dataStart(slots) + data <= blockBytes(chunk, base)) {
        return;
      }
      if (cells == SLOTS_MAX || (data > DATA_MAX && cells > 1) || splitsEarly(cells)) {
        split();
      } else {
        rebuild(roundSlots(cells + 1), dataFor(cells + 1, data));
      }
    }
  }

  /**
   * Whether to cut a page in two that could still grow. All pages of a table fill at the same pace,
   * and ask at the same time for larger blocks, while those that they outgrow lie idle: what has
   * become idle is taken for the halves.
   */
  private boolean splitsEarly(int cells) {
    int bytes = blockBytes(chunk, base);
    Arena arena = parts.arena();
    return cellSize == 0
        && cells >= SLOTS_MAX / 2
        && !arena.hasFree(bytes + PAGE_STEP)
        && arena.hasFree(bytes / 2 + PAGE_STEP);
  }

  /** The room for data of a page that is made for so many cells and so many bytes. */
  private int dataFor(int cells, int data) {
    return cellSize == 0 ? data : roundSlots(cells) * cellSize;
  }

  /** Copies the page at hand, cells in order, into a block with other room. */
  private void rebuild(int slots, int data) {
    int fresh = newPage(bits(chunk, base), slots, data);
    chunk = parts.chunk(page);
    byte[] a = parts.chunk(fresh);
    int at = Arena.offset(fresh);
    int cells = cells(chunk, base);
    int oldSlots = slots(chunk, base);
    int used = dataBytes(chunk, base);
    a[at + 2] = (byte) cells;
    Bytes.putShort(a, at + 6, used);
    System.arraycopy(chunk, base + HEAD, a, at + HEAD, cells);
    if (cellSize == 0) {
      System.arraycopy(chunk, base + HEAD + oldSlots, a, at + HEAD + slots, 2 * cells);
    }
    System.arraycopy(chunk, base + dataStart(oldSlots), a, at + dataStart(slots), used);
    link(fresh, bits(a, at));
    freePage(page);
    page = fresh;
    chunk = a;
    base = at;
  }

  /** Cuts the page at hand in two by the next bit of the hash. */
  private void split() {
    if (depth == DEPTH_MAX) {
      throw new StoreFullException("too many members of one hash");
    }
    long upper = upperHalf();
    int cells = cells(chunk, base);
    int slots = slots(chunk, base);
    int upperData = 0;
    for (int i = 0; i < cells; i++) {
      if ((upper >>> i & 1) != 0) {
        upperData +=
            cellBytesAt(chunk, base + dataStart(slots) + cellOffset(chunk, base, slots, i));
      }
    }
    int lowerData = dataBytes(chunk, base) - upperData;
    int upperCells = Long.bitCount(upper);
    int oldBits = bits(chunk, base);
    boolean isBelow = levels == 0 || oldBits == DIRECTORY_BITS;
    int directory = directoryForSplit(isBelow, oldBits);
    int low = 0;
    int high;
    try {
      int newBits = isBelow ? 1 : oldBits + 1;
      int lowerCells = cells - upperCells;
      low = newPage(newBits, roundSlots(lowerCells + 1), dataFor(lowerCells + 1, lowerData));
      high = newPage(newBits, roundSlots(upperCells + 1), dataFor(upperCells + 1, upperData));
    } catch (StoreFullException full) {
      if (low != 0) {
        freePage(low);
      }
      if (isBelow) {
        freeDirectory(directory);
      }
      throw full;
    }
    chunk = parts.chunk(page);
    distribute(upper, low, high);
    if (isBelow) {
      fill(directory, 0, 1, low);
      fill(directory, 1, 1, high);
      link(directory, oldBits);
    } else {
      int level = levels - 1;
      int run = 1 << directoryBits(level) - oldBits;
      int from = indices[level] & -run;
      fill(directory, from, run / 2, low);
      fill(directory, from + run / 2, run / 2, high);
    }
    freePage(page);
    addPages(1);
  }

  /** The slots of the page at hand, a bit each, whose cells' next bit is 1. */
  private long upperHalf() {
    int cells = cells(chunk, base);
    long upper = 0;
    for (int i = 0; i < cells; i++) {
      payloadOfSlot(i);
      long h = hashOf(payloadChunk, payloadOffset, payloadLength);
      upper |= (h << depth >>> 63) << i;
    }
    return upper;
  }

  /** The directory in which the halves of the page at hand are to stand; with room for both. */
  private int directoryForSplit(boolean isBelow, int oldBits) {
    if (isBelow) {
      int address = newDirectory(1);
      chunk = parts.chunk(page);
      return address;
    }
    int level = levels - 1;
    if (oldBits == directoryBits(level)) {
      setDirectoryBits(level, oldBits + 1);
      chunk = parts.chunk(page);
    }
    return directories[level];
  }

  /** Doubles or halves a directory of the way down; halving wants every pair of addresses equal. */
  private void setDirectoryBits(int level, int bits) {
    int old = directories[level];
    int fresh = newDirectory(bits);
    byte[] from = parts.chunk(old);
    byte[] to = parts.chunk(fresh);
    int fromAt = Arena.offset(old) + HEAD;
    int toAt = Arena.offset(fresh) + HEAD;
    boolean doubles = bits > bits(from, fromAt - HEAD);
    for (int i = 0; i < 1 << bits; i++) {
      Bytes.putInt(to, toAt + 4 * i, Bytes.getInt(from, fromAt + 4 * (doubles ? i >> 1 : i << 1)));
    }
    linkDirectory(level, fresh);
    freeDirectory(old);
    directories[level] = fresh;
    indices[level] = doubles ? indices[level] << 1 : indices[level] >> 1;
  }

  /** Puts a directory in the place of one of the way down. */
  private void linkDirectory(int level, int address) {
    if (level == 0) {
      parts.putInt(rootField, address);
    } else {
      fill(directories[level - 1], indices[level - 1], 1, address);
    }
  }

  /** Copies the cells of the page at hand to two others. */
  private void distribute(long upper, int low, int high) {
    int cells = cells(chunk, base);
    int slots = slots(chunk, base);
    for (int i = 0; i < cells; i++) {
      int to = (upper >>> i & 1) != 0 ? high : low;
      byte[] a = parts.chunk(to);
      int from = base + dataStart(slots) + cellOffset(chunk, base, slots, i);
      int bytes = cellBytesAt(chunk, from);
      int at = append(a, Arena.offset(to), chunk[base + HEAD + i], bytes);
      System.arraycopy(chunk, from, a, at, bytes);
    }
  }

  // ---- shrinking

  /** Gives room back where the page at hand has become small; room is only ever saved thereby. */
  private void tidy() {
    if (size() == 0) {
      freeAll();
      return;
    }
    try {
      int cells = cells(chunk, base);
      int data = dataBytes(chunk, base);
      if (levels > 0 && cells <= MERGED_CELLS_MAX / 2 && merge()) {
        return;
      }
      int slots = roundSlots(cells + 1);
      if (2 * (dataStart(slots) + data) < blockBytes(chunk, base)) {
        rebuild(slots, dataFor(cells + 1, data));
      }
    } catch (StoreFullException full) { // then it stays as it is
    }
  }

  /** Makes one page of the page at hand and its neighbour, if that is one and both are small. */
  private boolean merge() {
    int level = levels - 1;
    int bits = bits(chunk, base);
    int run = 1 << directoryBits(level) - bits;
    int from = indices[level] & -run;
    int neighbour = addressAt(directories[level], from ^ run);
    byte[] a = parts.chunk(neighbour);
    int at = Arena.offset(neighbour);
    int cells = cells(chunk, base);
    int data = dataBytes(chunk, base);
    if (a[at] == DIRECTORY
        || bits(a, at) != bits
        || cells + cells(a, at) > MERGED_CELLS_MAX
        || data + dataBytes(a, at) > MERGED_DATA_MAX) {
      return false;
    }
    int both = data + dataBytes(a, at);
    int together = cells + cells(a, at) + 1;
    int merged = newPage(bits - 1, roundSlots(together), dataFor(together, both));
    for (int part : new int[] {page, neighbour}) {
      chunk = parts.chunk(part);
      base = Arena.offset(part);
      distribute(0, merged, merged);
    }
    fill(directories[level], from & ~run, 2 * run, merged);
    freePage(page);
    freePage(neighbour);
    addPages(-1);
    if (run == 1) {
      halve(level, merged);
    }
    return true;
  }

  /**
   * Halves a directory in which no page needs all its bits any more; drops one of a single page.
   */
  private void halve(int level, int merged) {
    int directory = directories[level];
    int bits = directoryBits(level);
    if (bits == 1) {
      int ofParent = level == 0 ? 0 : directoryBits(level - 1);
      parts.chunk(merged)[Arena.offset(merged) + 1] = (byte) ofParent;
      linkDirectory(level, merged);
      freeDirectory(directory);
      return;
    }
    for (int i = 0; i < 1 << bits; i += 2) {
      if (addressAt(directory, i) != addressAt(directory, i + 1)) {
        return;
      }
    }
    setDirectoryBits(level, bits - 1);
  }

  private int addressAt(int directory, int index) {
    return Bytes.getInt(parts.chunk(directory), Arena.offset(directory) + HEAD + 4 * index);
  }

  /** Gives back all blocks; the table is empty then. */
  void freeAll() {
    if (root() != 0) {
      freeBelow(root());
      parts.putInt(rootField, 0);
      addPages(-pages());
      parts.putLong(rootField + 8, 0);
    }
  }

  private void freeBelow(int address) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    if (a[at] == DIRECTORY) {
      int bits = bits(a, at);
      for (int i = 0; i < 1 << bits; ) {
        int child = addressAt(address, i);
        i += runOf(child, bits);
        freeBelow(child);
      }
      freeDirectory(address);
      return;
    }
    int slots = slots(a, at);
    for (int i = 0; cellSize == 0 && i < cells(a, at); i++) {
      int cell = at + dataStart(slots) + cellOffset(a, at, slots, i);
      long head = Varint.get(a, cell);
      if ((head & 1) != 0) {
        parts.free(Bytes.getInt(a, cell + Varint.size(head)), (int) (head >>> 1));
      }
    }
    freePage(address);
  }

  /** How many neighbouring addresses of a directory lead to a child. */
  private int runOf(int child, int bits) {
    byte[] a = parts.chunk(child);
    int at = Arena.offset(child);
    return a[at] == DIRECTORY ? 1 : 1 << bits - bits(a, at);
  }

  // ---- walks

  /** Shows all cells, in the order of the pages. */
  void forEach(ElementVisitor visitor) {
    if (root() != 0) {
      forEachBelow(root(), visitor);
    }
  }

  private void forEachBelow(int address, ElementVisitor visitor) {
    byte[] a = parts.chunk(address);
    int at = Arena.offset(address);
    if (a[at] == DIRECTORY) {
      int bits = bits(a, at);
      for (int i = 0; i < 1 << bits; ) {
        int child = addressAt(address, i);
        forEachBelow(child, visitor);
        i += runOf(child, bits);
      }
      return;
    }
    int slots = slots(a, at);
    int cells = cells(a, at);
    for (int i = 0; i < cells; i++) {
      payload(a, at + dataStart(slots) + cellOffset(a, at, slots, i));
      visitor.visit(payloadChunk, payloadOffset, payloadLength);
    }
  }

  /**
   * Shows the cells from a cursor on, page by page, until it has shown about so many, and returns
   * the next cursor; 0 begins and ends a walk. A cell that is there from the walk's begin to its
   * end is shown exactly once, since the order is that of the hash.
   */
  long scan(long cursor, long count, ElementVisitor visitor) {
    if (root() == 0) {
      return 0;
    }
    long from = cursor << Long.SIZE - DEPTH_MAX;
    long shown = 0;
    do {
      descend(from);
      long start = depth == 0 ? 0 : from >>> -depth << -depth;
      int cells = cells(chunk, base);
      for (int i = 0; i < cells; i++) {
        payloadOfSlot(i);
        if (start == from
            || Long.compareUnsigned(hashOf(payloadChunk, payloadOffset, payloadLength), from)
                >= 0) {
          visitor.visit(payloadChunk, payloadOffset, payloadLength);
          shown++;
        }
      }
      from = depth == 0 ? 0 : start + (1L << -depth);
    } while (from != 0 && shown < count);
    return from >>> Long.SIZE - DEPTH_MAX;
  }

  /** Points at a random cell, all equally likely; the table is not empty. */
  void random(RandomGenerator random) {
    // A random hash finds a page as often as its share of all hashes is large. Taken as often as it
    // has more cells than that share would let expect, all cells are equally likely, but for pages
    // above DENSITY_MAX times the average, which a good hash does not make.
    long size = size();
    double densest = (size / pages() >= SPARSE ? DENSITY_MAX : DENSITY_MAX_SPARSE) * (double) size;
    int tries = 0;
    double density;
    do {
      hash = random.nextLong();
      descend(hash);
      density = Math.scalb((double) cells(chunk, base), depth);
    } while (depth > 0 && ++tries < RANDOM_TRIES && random.nextDouble() * densest >= density);
    while (cells(chunk, base) == 0) {
      hash += 1L << -depth;
      descend(hash);
    }
    slot = random.nextInt(cells(chunk, base));
    payloadOfSlot(slot);
  }
}
