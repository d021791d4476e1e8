package io.hydrion.util;

import org.jspecify.annotations.Nullable;

/**
 * An estimator of how many different elements have been counted, as Redis lays it out in a string:
 * a header, and behind it 16,384 registers of 6 bits, either all of them ("dense") or as runs of
 * equal ones ("sparse", {@link SparseRegisters}). Each element falls to one register by its hash
 * and raises it to the length of the run of zeros in the rest of the hash, counting the 1 that ends
 * it.
 */
public final class HyperLogLog {
  /*
   * The header: "HYLL", the encoding (0 dense, 1 sparse), three bytes unused, the estimate that was
   * made last (64 bits, little-endian; its highest bit says that it is out of date).
   *
   * Four dense registers lie in three bytes, the lowest bits first. A group of four is read as the
   * upper three bytes of a word that begins one byte before it, eight registers as the upper six of
   * one that begins two bytes before them: there is always a header in front, and no read reaches
   * behind the last register.
   *
   * For unions the registers of all sources are brought together as one byte each, eight to a word,
   * and the larger of each pair is chosen in all eight lanes at a time: lanes hold at most 63, so
   * the difference of two with the highest bit set in the first cannot borrow from its neighbour.
   */
  public static final int HEADER = 16;

  public static final int REGISTERS = 1 << 14;

  /** The length of a sparse one in which nothing has been counted. */
  public static final int EMPTY_LENGTH = HEADER + SparseRegisters.EMPTY_LENGTH;

  public static final int DENSE_LENGTH = HEADER + REGISTERS * 6 / 8;

  /** The highest value of a register that a hash leads to. */
  static final int RANK_MAX = 51;

  /** The estimate of registers that make no sense. */
  public static final long INVALID = -1;

  private static final int INDEX_BITS = 14;
  private static final int ENCODING_AT = 4;
  private static final int CACHE_AT = 8;
  private static final int DENSE = 0;
  private static final int SPARSE = 1;
  private static final int MAGIC = 'H' | 'Y' << 8 | 'L' << 16 | 'L' << 24;
  private static final int REGISTER_MAX = 63;

  private static final int HASH_SEED = 0xadc83b19;
  private static final long HASH_FACTOR = 0xc6a4a7935bd1e995L;
  private static final int HASH_SHIFT = 47;

  /** 1 / (2 ln 2): the bias of the estimate for endlessly many registers. */
  private static final double ALPHA = 0.721347520444481703680;

  private static final long LANES_HIGH = 0x8080808080808080L;

  private HyperLogLog() {}

  // ---- the header

  /** Whether a string begins as one does, and has the length of one if it is dense. */
  public static boolean isOne(byte[] a, int off, int len) {
    return len >= HEADER
        && Bytes.getInt(a, off) == MAGIC
        && (a[off + ENCODING_AT] == SPARSE || a[off + ENCODING_AT] == DENSE && len == DENSE_LENGTH);
  }

  public static boolean isDense(byte[] a, int off) {
    return a[off + ENCODING_AT] == DENSE;
  }

  public static void setDense(byte[] a, int off) {
    a[off + ENCODING_AT] = DENSE;
  }

  /** Writes one, sparse, in which nothing has been counted. */
  public static void putEmpty(byte[] a, int off) {
    Bytes.putLong(a, off, (long) SPARSE << 32 | MAGIC);
    Bytes.putLong(a, off + CACHE_AT, 0);
    SparseRegisters.putEmpty(a, off + HEADER);
  }

  /** The estimate that was made last; negative when registers have changed since. */
  public static long cached(byte[] a, int off) {
    return Bytes.getLong(a, off + CACHE_AT);
  }

  public static void setCached(byte[] a, int off, long estimate) {
    Bytes.putLong(a, off + CACHE_AT, estimate);
  }

  /** Says that registers have changed. */
  public static void invalidate(byte[] a, int off) {
    a[off + CACHE_AT + 7] |= (byte) 0x80;
  }

  // ---- hashing

  /** The hash of an element: MurmurHash64A. */
  public static long hash(byte[] a, int off, int len) {
    long h = HASH_SEED & 0xffff_ffffL ^ len * HASH_FACTOR;
    int at = off;
    int end = off + (len & ~7);
    for (; at < end; at += 8) {
      long k = Bytes.getLong(a, at) * HASH_FACTOR;
      k ^= k >>> HASH_SHIFT;
      h = (h ^ k * HASH_FACTOR) * HASH_FACTOR;
    }
    int rest = len & 7;
    if (rest > 0) {
      long k = 0;
      for (int i = rest - 1; i >= 0; i--) {
        k = k << 8 | a[at + i] & 0xff;
      }
      h = (h ^ k) * HASH_FACTOR;
    }
    h = (h ^ h >>> HASH_SHIFT) * HASH_FACTOR;
    return h ^ h >>> HASH_SHIFT;
  }

  /** The register that a hash falls to. */
  public static int index(long hash) {
    return (int) hash & REGISTERS - 1;
  }

  /** What the hash raises its register to, 1 to 51. */
  public static int rank(long hash) {
    long rest = hash >>> INDEX_BITS | 1L << Long.SIZE - INDEX_BITS;
    return Long.numberOfTrailingZeros(rest) + 1;
  }

  // ---- dense registers

  /** The value of a register of a dense one that begins at {@code off}. */
  public static int denseGet(byte[] a, int off, int index) {
    int group = Bytes.getInt(a, groupAt(off, index));
    return group >>> shift(index) & REGISTER_MAX;
  }

  /** Raises a register of a dense one; returns false when it is as high already. */
  public static boolean denseRaise(byte[] a, int off, int index, int rank) {
    int at = groupAt(off, index);
    int group = Bytes.getInt(a, at);
    int shift = shift(index);
    if ((group >>> shift & REGISTER_MAX) >= rank) {
      return false;
    }
    Bytes.putInt(a, at, group & ~(REGISTER_MAX << shift) | rank << shift);
    return true;
  }

  private static int groupAt(int off, int index) {
    return off + HEADER + 3 * (index >>> 2) - 1;
  }

  private static int shift(int index) {
    return 8 + 6 * (index & 3);
  }

  /** Writes all registers, of which a byte array holds one a byte, into a dense one. */
  public static void densePut(byte[] a, int off, byte[] registers) {
    int at = off + HEADER - 2;
    long before = Bytes.getShort(a, at);
    for (int i = 0; i < REGISTERS; i += 8) {
      long packed = pack(Bytes.getLong(registers, i)) << 16;
      Bytes.putLong(a, at, packed | before);
      before = packed >>> 48;
      at += 6;
    }
  }

  /** Eight fields of 6 bits as eight bytes. */
  private static long unpack(long fields) {
    long x = fields & 0xffffffL | (fields & 0xffffff000000L) << 8;
    x = x & 0x00000fff_00000fffL | (x & 0x00fff000_00fff000L) << 4;
    return x & 0x003f003f_003f003fL | (x & 0x0fc00fc0_0fc00fc0L) << 2;
  }

  private static long pack(long lanes) {
    long x = lanes & 0x003f003f_003f003fL | (lanes & 0x3f003f00_3f003f00L) >>> 2;
    x = x & 0x00000fff_00000fffL | (x & 0x0fff0000_0fff0000L) >>> 4;
    return x & 0xffffffL | (x & 0xffffff_00000000L) >>> 8;
  }

  private static long larger(long lanes, long others) {
    long atLeast = (lanes | LANES_HIGH) - others & LANES_HIGH;
    long chosen = atLeast - (atLeast >>> 7);
    return others ^ (lanes ^ others) & chosen;
  }

  // ---- unions

  /**
   * Raises registers, of which a byte array holds one a byte, to those of a HyperLogLog.
   *
   * @return false when its registers make no sense
   */
  public static boolean merge(byte[] registers, byte[] a, int off, int len) {
    if (!isDense(a, off)) {
      return SparseRegisters.merge(registers, a, off + HEADER, off + len);
    }
    int at = off + HEADER - 2;
    for (int i = 0; i < REGISTERS; i += 8) {
      long lanes = unpack(Bytes.getLong(a, at) >>> 16);
      Bytes.putLong(registers, i, larger(Bytes.getLong(registers, i), lanes));
      at += 6;
    }
    return true;
  }

  // ---- estimates

  /** Estimates how many elements were counted; {@link #INVALID} when they make no sense. */
  public static long estimate(byte[] a, int off, int len) {
    int[] counts = new int[TABLES];
    if (isDense(a, off)) {
      int at = off + HEADER - 2;
      for (int i = 0; i < REGISTERS; i += 8) {
        countLanes(counts, unpack(Bytes.getLong(a, at) >>> 16));
        at += 6;
      }
    } else if (!SparseRegisters.count(counts, a, off + HEADER, off + len)) {
      return INVALID;
    }
    return estimate(sum(counts));
  }

  /** The same for registers of which a byte array holds one a byte. */
  public static long estimate(byte[] registers) {
    int[] counts = new int[TABLES];
    for (int i = 0; i < REGISTERS; i += 8) {
      countLanes(counts, Bytes.getLong(registers, i));
    }
    return estimate(sum(counts));
  }

  /** Four tables of counts, so that neighbours that are equal do not wait for each other. */
  private static final int TABLES = 4 * (REGISTER_MAX + 1);

  private static void countLanes(int[] counts, long lanes) {
    int low = (int) lanes;
    int high = (int) (lanes >>> 32);
    counts[low & 63]++;
    counts[64 + (low >>> 8 & 63)]++;
    counts[128 + (low >>> 16 & 63)]++;
    counts[192 + (low >>> 24 & 63)]++;
    counts[high & 63]++;
    counts[64 + (high >>> 8 & 63)]++;
    counts[128 + (high >>> 16 & 63)]++;
    counts[192 + (high >>> 24 & 63)]++;
  }

  private static int[] sum(int[] counts) {
    for (int i = 0; i <= REGISTER_MAX; i++) {
      counts[i] += counts[64 + i] + counts[128 + i] + counts[192 + i];
    }
    return counts;
  }

  /**
   * The estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
   * (arXiv:1702.01284), in the order of operations that gives Redis's digits.
   *
   * @param counts how many registers have each value
   */
  private static long estimate(int[] counts) {
    double m = REGISTERS;
    double z = m * tau((m - counts[RANK_MAX]) / m);
    for (int i = RANK_MAX - 1; i >= 1; i--) {
      z += counts[i];
      z *= 0.5;
    }
    z += m * sigma(counts[0] / m);
    return round(ALPHA * m * m / z);
  }

  /** As C's llround: halves away from zero, and the least number where none is near. */
  private static long round(double x) {
    if (!(x < 0x1p63)) {
      return Long.MIN_VALUE;
    }
    long whole = (long) x;
    return x - whole >= 0.5 ? whole + 1 : whole;
  }

  private static double sigma(double x) {
    if (x == 1.0) {
      return Double.POSITIVE_INFINITY;
    }
    double square = x;
    double y = 1;
    double z = x;
    double before;
    do {
      square *= square;
      before = z;
      z += square * y;
      y += y;
    } while (before != z);
    return z;
  }

  private static double tau(double x) {
    if (x == 0.0 || x == 1.0) {
      return 0.0;
    }
    double root = x;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      root = Math.sqrt(root);
      before = z;
      y *= 0.5;
      double rest = 1 - root;
      z -= rest * rest * y;
    } while (before != z);
    return z / 3;
  }

  /** The registers of a HyperLogLog, one a byte; null when they make no sense. */
  public static byte @Nullable [] registers(byte[] a, int off, int len) {
    byte[] registers = new byte[REGISTERS];
    return merge(registers, a, off, len) ? registers : null;
  }
}
