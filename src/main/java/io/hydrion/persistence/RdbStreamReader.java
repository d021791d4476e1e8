package io.hydrion.persistence;

import io.hydrion.store.StoreFullException;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;

/** Reads streams: entries in listpacks of a common first id and common fields, then the groups. */
final class RdbStreamReader {
  private static final int DELETED = 1;
  private static final int SAME_FIELDS = 2;
  private static final int ID_BYTES = 16;
  private static final int PENDING = 4;
  private static final long TAKEN = -1;

  private final RdbInput in;
  private final ValueSink sink;
  private final RdbString s = new RdbString();
  private final RdbString name = new RdbString();
  private final Words words = new Words();

  /**
   * What is pending in a group, in the order of the ids: ms, seq, time and number of deliveries.
   */
  private final LongArrayList pending = new LongArrayList();

  private long length;
  private long firstMs;
  private long firstSeq;
  private long lastMs;
  private long lastSeq;

  RdbStreamReader(RdbInput in, ValueSink sink) {
    this.in = in;
    this.sink = sink;
  }

  void read(int type) {
    long nodes = in.count(2);
    for (long i = 0; i < nodes; i++) {
      in.string(name);
      if (name.length() != ID_BYTES) {
        throw corrupt();
      }
      long ms = Long.reverseBytes(Bytes.getLong(name.bytes(), name.offset()));
      long seq = Long.reverseBytes(Bytes.getLong(name.bytes(), name.offset() + 8));
      in.string(s);
      try {
        node(new Listpack(s), ms, seq);
      } catch (RdbFormatException e) {
        throw new RdbFormatException("Stream listpack integrity check failed: " + e.reason());
      }
    }
    state(type);
    long groups = in.count(4);
    for (long i = 0; i < groups; i++) {
      group(type);
    }
  }

  private static RdbFormatException corrupt() {
    return new RdbFormatException("invalid stream");
  }

  private long number(Listpack pack) {
    pack.require(s);
    if (s.length() > Bytes.LONG_TEXT_MAX || !Bytes.isLong(s.bytes(), s.offset(), s.length())) {
      throw corrupt();
    }
    return Bytes.parseLong(s.bytes(), s.offset(), s.length());
  }

  private void node(Listpack pack, long ms, long seq) {
    long valid = number(pack);
    long deleted = number(pack);
    words.clear();
    long common = number(pack);
    addWords(pack, common);
    if (number(pack) != 0 || valid < 0 || deleted < 0) {
      throw corrupt();
    }
    int commonWords = words.size();
    long seenValid = 0;
    long seenDeleted = 0;
    while (!pack.isEmpty()) {
      long flags = number(pack);
      long entryMs = ms + number(pack);
      long entrySeq = seq + number(pack);
      words.cutTo(commonWords);
      if ((flags & SAME_FIELDS) != 0) {
        for (int i = 0; i < commonWords; i++) {
          words.repeat(i);
          addWords(pack, 1);
        }
      } else {
        addWords(pack, 2 * number(pack));
      }
      number(pack); // how many elements the entry has, for those who walk backwards
      if ((flags & DELETED) != 0) {
        seenDeleted++;
        continue;
      }
      seenValid++;
      entry(entryMs, entrySeq, commonWords);
    }
    pack.next(s);
    if (seenValid != valid || seenDeleted != deleted) {
      throw corrupt();
    }
  }

  private void addWords(Listpack pack, long n) {
    if (n < 0 || n > pack.rest()) {
      throw corrupt();
    }
    for (long i = 0; i < n; i++) {
      pack.require(s);
      words.add(s);
    }
  }

  private void entry(long ms, long seq, int commonWords) {
    int count = words.size() - commonWords;
    if (count == 0 || (length > 0 && compare(ms, seq, lastMs, lastSeq) <= 0)) {
      throw corrupt();
    }
    if (length++ == 0) {
      firstMs = ms;
      firstSeq = seq;
    }
    lastMs = ms;
    lastSeq = seq;
    words.setFirst(commonWords);
    sink.streamEntry(ms, seq, words, count);
  }

  private static int compare(long ms, long seq, long otherMs, long otherSeq) {
    int byMs = Long.compareUnsigned(ms, otherMs);
    return byMs != 0 ? byMs : Long.compareUnsigned(seq, otherSeq);
  }

  private void state(int type) {
    long n = in.length();
    long ms = in.length();
    long seq = in.length();
    if (n != length || (length > 0 && compare(ms, seq, lastMs, lastSeq) < 0)) {
      throw corrupt();
    }
    if (type == RdbType.STREAM_LISTPACKS) {
      sink.stream(new ValueSink.StreamState(n, ms, seq, firstMs, firstSeq, 0, 0, n));
      return;
    }
    sink.stream(
        new ValueSink.StreamState(
            n, ms, seq, in.length(), in.length(), in.length(), in.length(), in.length()));
  }

  private void group(int type) {
    in.string(name);
    in.hold(name);
    long ms = in.length();
    long seq = in.length();
    long entriesRead = type == RdbType.STREAM_LISTPACKS ? ValueSink.NOT_SAID : in.length();
    in.release();
    sink.streamGroup(name, ms, seq, entriesRead);
    readPending();
    long owned = 0;
    long consumers = in.count(10);
    for (long i = 0; i < consumers; i++) {
      in.string(name);
      in.hold(name);
      long seen = in.int64();
      long active = type == RdbType.STREAM_LISTPACKS_3 ? in.int64() : seen;
      in.release();
      sink.streamConsumer(name, seen, active);
      long mine = in.count(ID_BYTES);
      for (long k = 0; k < mine; k++) {
        long ownedMs = in.int64HighFirst();
        own(ownedMs, in.int64HighFirst());
      }
      owned += mine;
    }
    if (owned * PENDING != pending.size()) {
      throw corrupt();
    }
  }

  private void readPending() {
    pending.clear();
    long n = in.count(ID_BYTES + 9);
    for (long i = 0; i < n; i++) {
      long ms = in.int64HighFirst();
      long seq = in.int64HighFirst();
      int last = pending.size() - PENDING;
      if (last >= 0 && compare(ms, seq, pending.getLong(last), pending.getLong(last + 1)) <= 0) {
        throw corrupt();
      }
      pending.add(ms);
      pending.add(seq);
      pending.add(in.int64());
      pending.add(in.length());
    }
  }

  /** Finds what is pending of an entry that a consumer says is his; nobody else may say so. */
  private void own(long ms, long seq) {
    int low = 0;
    int high = pending.size() / PENDING - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int at = middle * PENDING;
      int order = compare(pending.getLong(at), pending.getLong(at + 1), ms, seq);
      if (order == 0) {
        long deliveries = pending.getLong(at + 3);
        if (deliveries == TAKEN) {
          throw new RdbFormatException("Stream consumer PEL entry already has a consumer assigned");
        }
        sink.streamPending(ms, seq, pending.getLong(at + 2), deliveries);
        pending.set(at + 3, TAKEN);
        return;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    throw corrupt();
  }

  /** Words of an entry, one behind the other in an array; the fields of a node come first. */
  private static final class Words implements ByteRanges {
    private byte[] bytes = new byte[256];
    private int used;
    private final IntArrayList offsets = new IntArrayList();
    private int first;

    void clear() {
      used = 0;
      offsets.clear();
    }

    int size() {
      return offsets.size();
    }

    void cutTo(int words) {
      if (words < offsets.size()) {
        used = offsets.getInt(words);
        offsets.size(words);
      }
    }

    void add(RdbString s) {
      add(s.bytes(), s.offset(), s.length());
    }

    void repeat(int word) {
      int end = word + 1 < offsets.size() ? offsets.getInt(word + 1) : used;
      int from = offsets.getInt(word);
      add(bytes, from, end - from);
    }

    private void add(byte[] a, int off, int len) {
      byte[] source = a;
      if (len > bytes.length - used) {
        long wanted = Math.max(2L * bytes.length, (long) used + len);
        byte[] larger = wanted > Integer.MAX_VALUE - 64 ? null : Heap.tryBytes((int) wanted);
        if (larger == null) {
          throw new StoreFullException("no room on the heap for an entry of a stream");
        }
        System.arraycopy(bytes, 0, larger, 0, used);
        bytes = larger;
      }
      System.arraycopy(source, off, bytes, used, len);
      offsets.add(used);
      used += len;
    }

    /** Lets the numbers of the ranges begin at a word. */
    void setFirst(int word) {
      first = word;
    }

    @Override
    public byte[] bytes() {
      return bytes;
    }

    @Override
    public int offset(int i) {
      return offsets.getInt(first + i);
    }

    @Override
    public int length(int i) {
      int next = first + i + 1;
      return (next < offsets.size() ? offsets.getInt(next) : used) - offset(i);
    }
  }
}
