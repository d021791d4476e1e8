package io.hydrion.persistence;

import io.hydrion.store.AggregateValue;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.StreamValue;
import org.jspecify.annotations.Nullable;

/** Writes values in the encodings of version 10 that every reader of it has to know. */
public final class RdbWriter {
  /** The version of the format that Redis 7.0 reads. */
  public static final int VERSION = 10;

  /** The version in which fields of hashes have expiries: Redis 7.4's. */
  public static final int VERSION_OF_FIELD_EXPIRIES = 12;

  private final RdbOutput out;
  private int version = VERSION;

  /** Whose key goes between type and value; null: nobody's. */
  private @Nullable Entry named;

  public RdbWriter(RdbOutput out) {
    this.out = out;
  }

  /** The version of the format that a reader of all that was written must know. */
  public int version() {
    return version;
  }

  /** Writes type, key and value of an entry; the shard's lock is held. */
  void writeKeyAndValue(Partition partition, Entry e) {
    named = e;
    writeValue(partition, e);
    named = null;
  }

  private void begin(int type) {
    out.u8(type);
    Entry e = named;
    if (e != null) {
      out.string(e.keyBytes(), e.keyOffset(), e.keyLength());
    }
  }

  /** Writes the value of an entry, its type in front; the shard's lock is held. */
  public void writeValue(Partition partition, Entry e) {
    switch (e.type()) {
      case STRING -> {
        begin(RdbType.STRING);
        out.string(e.bytes(), e.valueOffset(), e.valueLength());
      }
      case SET -> set((SetValue) AggregateValue.of(partition, e));
      case HASH -> hash((HashValue) AggregateValue.of(partition, e));
      case LIST -> list((ListValue) AggregateValue.of(partition, e));
      case SORTED_SET -> sortedSet((SortedSetValue) AggregateValue.of(partition, e));
      case STREAM -> {
        begin(RdbType.STREAM_LISTPACKS_2);
        new RdbStreamWriter(out).write((StreamValue) AggregateValue.of(partition, e));
      }
    }
  }

  private void list(ListValue list) {
    begin(RdbType.LIST);
    out.length(list.size());
    list.forEach(out::string);
  }

  private void sortedSet(SortedSetValue set) {
    begin(RdbType.ZSET_2);
    out.length(set.size());
    set.forEach(
        (a, at, n, score) -> {
          out.string(a, at, n);
          out.binaryDouble(score);
        });
  }

  private void set(SetValue set) {
    begin(RdbType.SET);
    out.length(set.size());
    set.forEach(out::string);
  }

  /** Fields with an expiry want a later version's type. */
  private void hash(HashValue hash) {
    long[] earliest = {Partition.NEVER};
    hash.forEach((a, f, fl, v, vl, at) -> earliest[0] = Math.min(earliest[0], at));
    boolean hasExpiries = earliest[0] != Partition.NEVER;
    begin(hasExpiries ? RdbType.HASH_METADATA : RdbType.HASH);
    if (hasExpiries) {
      version = VERSION_OF_FIELD_EXPIRIES;
      out.int64(earliest[0]);
    }
    out.length(hash.size());
    hash.forEach(
        (a, f, fl, v, vl, at) -> {
          if (hasExpiries) {
            out.length(at == Partition.NEVER ? 0 : at - earliest[0] + 1);
          }
          out.string(a, f, fl);
          out.string(a, v, vl);
        });
  }
}
