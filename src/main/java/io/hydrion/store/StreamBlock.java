package io.hydrion.store;

import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;

/**
 * The layout of a block of a stream's entries, which is an arena block. Static methods on the array
 * that the block lies in and the place where it begins there.
 */
final class StreamBlock {
  /*
   * A block:
   *   4 bytes   bytes of the arena block
   *   4 bytes   bytes in use, all of this included
   *   16 bytes  the id of the first entry that was put here
   *   4 bytes   entries
   *   4 bytes   entries that have been deleted, but are still here
   *   4 bytes   what Redis's listpack of the same entries would take without the two counts: by this
   *             it is decided when a block is full, as there, so that trimming in whole blocks
   *             leaves the same entries
   *   4 bytes   where the first entry begins
   *   the field names of the first entry: Varint of their number; each with a Varint of its length
   *   the entries
   *
   * An entry: flags (1), Varint of the length of what follows up to the trailer; the id less the
   * block's, its two halves as wide varints, the second one zigzag; unless the field names are the
   * block's: Varint of the number of fields, and before each value the field, with a Varint of its
   * length; the values, each with a Varint of its length. The trailer says how many bytes lie before
   * it, in a varint that is read backwards.
   */
  static final int BYTES = 0;
  static final int USED = 4;
  static final int MS = 8;
  static final int SEQ = 16;
  static final int LIVE = 24;
  static final int DELETED = 28;
  static final int LISTPACK = 32;
  static final int START = 36;
  static final int FIELDS = 40;

  /** A flag of an entry: it has been deleted. */
  static final int GONE = 1;

  /** A flag of an entry: its field names are those of the block. */
  static final int SAME_FIELDS = 2;

  /** The most bytes that a listpack may have. */
  private static final int LISTPACK_MAX = 1 << 30;

  private static final int LISTPACK_FRAME = 7;

  private StreamBlock() {}

  // ---- numbers of 64 bits

  static int wideSize(long n) {
    return n == 0 ? 1 : (Long.SIZE - Long.numberOfLeadingZeros(n) + 6) / 7;
  }

  static int putWide(byte[] a, int at, long n) {
    int i = at;
    long rest = n;
    while ((rest & ~0x7fL) != 0) {
      a[i++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    a[i++] = (byte) rest;
    return i;
  }

  static long getWide(byte[] a, int at) {
    long n = 0;
    int i = at;
    for (int shift = 0; ; shift += 7) {
      int b = a[i++];
      n |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return n;
      }
    }
  }

  static long zigzag(long n) {
    return n << 1 ^ n >> 63;
  }

  static long unzigzag(long n) {
    return n >>> 1 ^ -(n & 1);
  }

  // ---- what entries take

  static int liveCount(byte[] a, int at) {
    return Bytes.getInt(a, at + LIVE);
  }

  static int deletedCount(byte[] a, int at) {
    return Bytes.getInt(a, at + DELETED);
  }

  /** The sum of the lengths of all fields and values. */
  static long payload(ByteRanges from, int first, int words) {
    long sum = 0;
    for (int i = first; i < first + words; i++) {
      sum += from.length(i);
    }
    return sum;
  }

  /** Whether an entry of that payload needs another block, by the limits of the configuration. */
  static boolean isFull(byte[] a, int at, long payload, long bytesMax, long entriesMax) {
    int live = liveCount(a, at);
    int deleted = deletedCount(a, at);
    long listpack = Bytes.getInt(a, at + LISTPACK) + 0L + integerSize(live) + integerSize(deleted);
    long max = bytesMax == 0 || bytesMax > LISTPACK_MAX ? LISTPACK_MAX : bytesMax;
    return listpack + payload >= max || (entriesMax > 0 && (long) live + deleted >= entriesMax);
  }

  /** Whether a payload is more than any block holds. */
  static boolean isTooLarge(long payload) {
    return payload > LISTPACK_MAX;
  }

  /** Whether the fields are those of the block, in the same order. */
  static boolean hasFields(byte[] a, int at, ByteRanges from, int first, int words) {
    int place = at + FIELDS;
    long n = Varint.get(a, place);
    if (n != words / 2) {
      return false;
    }
    place += Varint.size(n);
    byte[] bytes = from.bytes();
    for (int i = first; i < first + words; i += 2) {
      int length = (int) Varint.get(a, place);
      place += Varint.size(length);
      if (length != from.length(i) || !Bytes.equal(a, place, bytes, from.offset(i), length)) {
        return false;
      }
      place += length;
    }
    return true;
  }

  /** How many bytes the field names at the head of a block take. */
  static long fieldsBytes(ByteRanges from, int first, int words) {
    long n = Varint.size(words / 2);
    for (int i = first; i < first + words; i += 2) {
      n += Varint.size(from.length(i)) + (long) from.length(i);
    }
    return n;
  }

  /** How many bytes there are between an entry's length and its trailer. */
  static long bodyBytes(
      ByteRanges from, int first, int words, boolean same, long msDelta, long seqDelta) {
    long n = wideSize(msDelta) + wideSize(zigzag(seqDelta));
    if (!same) {
      n += Varint.size(words / 2);
    }
    for (int i = same ? first + 1 : first; i < first + words; i += same ? 2 : 1) {
      n += Varint.size(from.length(i)) + (long) from.length(i);
    }
    return n;
  }

  /** How many bytes an entry takes whose body has that length. */
  static long entryBytes(long body) {
    long head = 1 + Varint.size(body) + body;
    return head + Varint.size(head);
  }

  // ---- writing

  /** Begins a block whose first entry has these fields. */
  static void begin(
      byte[] a, int at, int bytes, long ms, long seq, ByteRanges from, int first, int words) {
    Bytes.putInt(a, at + BYTES, bytes);
    Bytes.putLong(a, at + MS, ms);
    Bytes.putLong(a, at + SEQ, seq);
    Bytes.putInt(a, at + LIVE, 0);
    Bytes.putInt(a, at + DELETED, 0);
    int listpack = LISTPACK_FRAME + integerSize(words / 2) + integerSize(0);
    int place = Varint.put(a, at + FIELDS, words / 2);
    for (int i = first; i < first + words; i += 2) {
      place = putBytes(a, place, from, i);
      listpack += elementSize(from, i);
    }
    Bytes.putInt(a, at + LISTPACK, listpack);
    Bytes.putInt(a, at + START, place - at);
    Bytes.putInt(a, at + USED, place - at);
  }

  private static int putBytes(byte[] a, int at, ByteRanges from, int i) {
    int length = from.length(i);
    int place = Varint.put(a, at, length);
    System.arraycopy(from.bytes(), from.offset(i), a, place, length);
    return place + length;
  }

  /** Appends an entry for which there is room. */
  static void append(
      byte[] a,
      int at,
      ByteRanges from,
      int first,
      int words,
      boolean same,
      long msDelta,
      long seqDelta,
      int body) {
    int start = at + Bytes.getInt(a, at + USED);
    a[start] = (byte) (same ? SAME_FIELDS : 0);
    int place = Varint.put(a, start + 1, body);
    place = putWide(a, place, msDelta);
    place = putWide(a, place, zigzag(seqDelta));
    int listpack = integerSize(same ? SAME_FIELDS : 0) + integerSize(msDelta);
    listpack += integerSize(seqDelta);
    int elements = words / 2 + 3;
    if (!same) {
      place = Varint.put(a, place, words / 2);
      listpack += integerSize(words / 2);
      elements += words / 2 + 1;
    }
    for (int i = same ? first + 1 : first; i < first + words; i += same ? 2 : 1) {
      place = putBytes(a, place, from, i);
      listpack += elementSize(from, i);
    }
    place = putTrailer(a, place, place - start);
    Bytes.putInt(a, at + USED, place - at);
    Bytes.putInt(a, at + LIVE, liveCount(a, at) + 1);
    listpack += Bytes.getInt(a, at + LISTPACK) + integerSize(elements);
    Bytes.putInt(a, at + LISTPACK, listpack);
  }

  private static int putTrailer(byte[] a, int at, int n) {
    int size = Varint.size(n);
    int rest = n;
    for (int i = size - 1; i >= 0; i--) {
      a[at + i] = (byte) (rest & 0x7f | (i > 0 ? 0x80 : 0));
      rest >>>= 7;
    }
    return at + size;
  }

  /** Where the entry begins that ends at a place. */
  static int before(byte[] a, int end) {
    int i = end - 1;
    int n = a[i] & 0x7f;
    for (int shift = 7; a[i] < 0; shift += 7) {
      i--;
      n |= (a[i] & 0x7f) << shift;
    }
    return i - n;
  }

  /** Where the entry ends that begins at a place. */
  static int behind(byte[] a, int start) {
    int body = (int) Varint.get(a, start + 1);
    int head = 1 + Varint.size(body) + body;
    return start + head + Varint.size(head);
  }

  // ---- the sizes of elements in a listpack

  private static int elementSize(ByteRanges from, int i) {
    byte[] a = from.bytes();
    int off = from.offset(i);
    int length = from.length(i);
    if (length <= Bytes.LONG_TEXT_MAX && Bytes.isLong(a, off, length)) {
      return integerSize(Bytes.parseLong(a, off, length));
    }
    int n = length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
    return n + (n <= 127 ? 1 : n < 16383 ? 2 : n < 2097151 ? 3 : n < 268435455 ? 4 : 5);
  }

  private static int integerSize(long n) {
    if (n >= 0 && n <= 127) {
      return 2;
    }
    if (n >= -4096 && n <= 4095) {
      return 3;
    }
    if (n == (short) n) {
      return 4;
    }
    if (n << 40 >> 40 == n) {
      return 5;
    }
    return n == (int) n ? 6 : 10;
  }
}
