package io.hydrion.persistence;

import io.hydrion.util.Bytes;

/** Reads streams: entries in listpacks of a common first id and common fields, then the groups. */
final class RdbStreamReader {
  private static final int DELETED = 1;
  private static final int SAME_FIELDS = 2;
  private static final int ID_BYTES = 16;

  private final RdbInput in;
  private final ValueSink sink;
  private final RdbString s = new RdbString();
  private final RdbString name = new RdbString();
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
      node(new Listpack(s), ms, seq);
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

  private byte[] text(Listpack pack) {
    pack.require(s);
    return s.copy();
  }

  private void node(Listpack pack, long ms, long seq) {
    long valid = number(pack);
    long deleted = number(pack);
    byte[][] common = fields(pack, number(pack));
    if (number(pack) != 0 || valid < 0 || deleted < 0) {
      throw corrupt();
    }
    long seenValid = 0;
    long seenDeleted = 0;
    while (!pack.isEmpty()) {
      long flags = number(pack);
      long entryMs = ms + number(pack);
      long entrySeq = seq + number(pack);
      byte[][] fieldsAndValues;
      if ((flags & SAME_FIELDS) != 0) {
        fieldsAndValues = new byte[common.length * 2][];
        for (int i = 0; i < common.length; i++) {
          fieldsAndValues[2 * i] = common[i];
          fieldsAndValues[2 * i + 1] = text(pack);
        }
      } else {
        fieldsAndValues = fields(pack, 2 * number(pack));
      }
      number(pack); // how many elements the entry has, for those who walk backwards
      if ((flags & DELETED) != 0) {
        seenDeleted++;
        continue;
      }
      seenValid++;
      entry(entryMs, entrySeq, fieldsAndValues);
    }
    pack.next(s);
    if (seenValid != valid || seenDeleted != deleted) {
      throw corrupt();
    }
  }

  private byte[][] fields(Listpack pack, long n) {
    if (n < 0 || n > pack.rest()) {
      throw corrupt();
    }
    byte[][] fields = new byte[(int) n][];
    for (int i = 0; i < n; i++) {
      fields[i] = text(pack);
    }
    return fields;
  }

  private void entry(long ms, long seq, byte[][] fieldsAndValues) {
    if (length > 0 && compare(ms, seq, lastMs, lastSeq) <= 0) {
      throw corrupt();
    }
    if (length++ == 0) {
      firstMs = ms;
      firstSeq = seq;
    }
    lastMs = ms;
    lastSeq = seq;
    sink.streamEntry(ms, seq, fieldsAndValues);
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
    long ms = in.length();
    long seq = in.length();
    sink.streamGroup(name, ms, seq, type == RdbType.STREAM_LISTPACKS ? -1 : in.length());
    long pending = in.count(ID_BYTES + 9);
    for (long i = 0; i < pending; i++) {
      long pendingMs = in.int64HighFirst();
      long pendingSeq = in.int64HighFirst();
      sink.streamPending(pendingMs, pendingSeq, in.int64(), in.length());
    }
    long consumers = in.count(10);
    for (long i = 0; i < consumers; i++) {
      in.string(name);
      long seen = in.int64();
      sink.streamConsumer(name, seen, type == RdbType.STREAM_LISTPACKS_3 ? in.int64() : seen);
      long owned = in.count(ID_BYTES);
      for (long k = 0; k < owned; k++) {
        long ownedMs = in.int64HighFirst();
        sink.streamConsumerPending(ownedMs, in.int64HighFirst());
      }
    }
  }
}
