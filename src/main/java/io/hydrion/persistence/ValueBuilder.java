package io.hydrion.persistence;

import static java.util.Objects.requireNonNull;

import io.hydrion.store.AggregateValue;
import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.StreamValue;
import io.hydrion.store.ValueType;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import org.jspecify.annotations.Nullable;

/** Gives an entry without a record the value that is read. */
public final class ValueBuilder implements ValueSink {
  private final AggregateValue.Owner owner;
  private final Entry entry;
  private final ListValue list;
  private final SetValue set;
  private final SortedSetValue sortedSet;
  private final HashValue hash;
  private final StreamValue stream;
  private @Nullable ConsumerGroup group;
  private int consumer;

  /**
   * @param owner gives the entry its records
   */
  public ValueBuilder(AggregateValue.Owner owner, Partition partition, Entry entry) {
    this.owner = owner;
    this.entry = entry;
    list = new ListValue(owner, partition, entry);
    set = new SetValue(owner, partition, entry);
    sortedSet = new SortedSetValue(owner, partition, entry);
    hash = new HashValue(owner, partition, entry);
    stream = new StreamValue(owner, partition, entry);
    open(partition);
  }

  /** Turns to another value: the entry has just been looked for in a partition. */
  public void open(Partition partition) {
    list.open(partition, entry);
    set.open(partition, entry);
    sortedSet.open(partition, entry);
    hash.open(partition, entry);
    stream.open(partition, entry);
    group = null;
  }

  private static void mustBe(boolean holds) {
    if (!holds) {
      throw new RdbFormatException(
          "integrity check failed: an element is there twice, or not at all");
    }
  }

  @Override
  public void string(RdbString value) {
    byte[] a = value.bytes();
    int n = value.length();
    boolean isNumber = n <= Bytes.LONG_TEXT_MAX && Bytes.isLong(a, value.offset(), n);
    owner.store(entry, ValueType.STRING, isNumber ? Encoding.INT : Encoding.RAW, n);
    System.arraycopy(a, value.offset(), entry.bytes(), entry.valueOffset(), n);
  }

  @Override
  public void listElement(RdbString element) {
    list.push(element.bytes(), element.offset(), element.length(), false);
  }

  @Override
  public void setMember(RdbString member) {
    mustBe(set.add(member.bytes(), member.offset(), member.length()));
  }

  @Override
  public void sortedSetMember(RdbString member, double score) {
    mustBe(sortedSet.put(member.bytes(), member.offset(), member.length(), score));
  }

  @Override
  public void hashField(RdbString field, RdbString value, long expireAt) {
    mustBe(
        hash.put(
            field.bytes(),
            field.offset(),
            field.length(),
            value.bytes(),
            value.offset(),
            value.length(),
            expireAt));
  }

  @Override
  public void streamEntry(long ms, long seq, ByteRanges words, int count) {
    mustBe(!StreamValue.isTooLarge(words, 0, count));
    stream.append(ms, seq, words, 0, count);
  }

  @Override
  public void stream(StreamState state) {
    if (state.length() == 0) {
      stream.create();
    }
    stream.setLastId(state.lastMs(), state.lastSeq());
    stream.setFirstId(state.firstMs(), state.firstSeq());
    stream.setDeletedId(state.maxDeletedMs(), state.maxDeletedSeq());
    stream.setEntriesAdded(state.entriesAdded());
  }

  @Override
  public void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead) {
    group = stream.group(name.bytes(), name.offset(), name.length());
    mustBe(group == null);
    long read = entriesRead == NOT_SAID ? stream.entriesReadAt(lastMs, lastSeq) : entriesRead;
    group = stream.createGroup(name.bytes(), name.offset(), name.length(), lastMs, lastSeq, read);
  }

  @Override
  public void streamConsumer(RdbString name, long seenAt, long activeAt) {
    ConsumerGroup of = requireNonNull(group);
    if (of.consumer(name.bytes(), name.offset(), name.length()) != 0) {
      throw new RdbFormatException("Duplicate stream consumer detected");
    }
    consumer = of.createConsumer(name.bytes(), name.offset(), name.length(), seenAt);
    of.setActive(consumer, activeAt);
  }

  @Override
  public void streamPending(long ms, long seq, long deliveredAt, long deliveries) {
    requireNonNull(group).addPending(ms, seq, consumer, deliveredAt, deliveries);
  }
}
