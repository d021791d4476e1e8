package io.hydrion.persistence;

import io.hydrion.store.AggregateValue;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.StreamValue;

/** Writes values in the encodings of version 10 that every reader of it has to know. */
public final class RdbWriter {
  /** The version of the format that Redis 7.0 reads. */
  public static final int VERSION = 10;

  /** The version in which fields of hashes have expiries. */
  private static final int VERSION_OF_FIELD_EXPIRIES = 12;

  private final RdbOutput out;
  private int version = VERSION;

  public RdbWriter(RdbOutput out) {
    this.out = out;
  }

  /** The version of the format that a reader of all that was written must know. */
  public int version() {
    return version;
  }

  /** Writes the value of an entry, its type in front; the shard's lock is held. */
  public void writeValue(Partition partition, Entry e) {
    switch (e.type()) {
      case STRING -> {
        out.u8(RdbType.STRING);
        out.string(e.bytes(), e.valueOffset(), e.valueLength());
      }
      case SET -> set((SetValue) AggregateValue.of(partition, e));
      case HASH -> hash((HashValue) AggregateValue.of(partition, e));
      case LIST -> list((ListValue) AggregateValue.of(partition, e));
      case SORTED_SET -> sortedSet((SortedSetValue) AggregateValue.of(partition, e));
      case STREAM -> new RdbStreamWriter(out).write((StreamValue) AggregateValue.of(partition, e));
    }
  }

  private void list(ListValue list) {
    out.u8(RdbType.LIST);
    out.length(list.size());
    list.forEach(out::string);
  }

  private void sortedSet(SortedSetValue set) {
    out.u8(RdbType.ZSET_2);
    out.length(set.size());
    set.forEach(
        (a, at, n, score) -> {
          out.string(a, at, n);
          out.binaryDouble(score);
        });
  }

  private void set(SetValue set) {
    out.u8(RdbType.SET);
    out.length(set.size());
    set.forEach(out::string);
  }

  /** Fields with an expiry want a later version's type. */
  private void hash(HashValue hash) {
    long[] earliest = {Partition.NEVER};
    hash.forEach((a, f, fl, v, vl, at) -> earliest[0] = Math.min(earliest[0], at));
    boolean hasExpiries = earliest[0] != Partition.NEVER;
    out.u8(hasExpiries ? RdbType.HASH_METADATA : RdbType.HASH);
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
