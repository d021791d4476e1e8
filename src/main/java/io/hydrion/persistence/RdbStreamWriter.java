package io.hydrion.persistence;

import io.hydrion.store.ConsumerGroup;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;
import io.hydrion.util.Bytes;
import it.unimi.dsi.fastutil.ints.IntArrayList;

/** Writes streams as Redis 7.0 does: entries in listpacks, then the counters and the groups. */
final class RdbStreamWriter {
  private static final int SAME_FIELDS = 2;
  private static final int NODE_ENTRIES = 100;
  private static final int NODE_BYTES = 4096;
  private static final int ID_BYTES = 16;
  private static final int NODES_KEPT_BYTES = 256 * 1024;

  private final RdbOutput out;
  private final ListpackWriter pack = new ListpackWriter();

  /** The fields that all entries of a node are compared with. */
  private final RdbOutput common = new RdbOutput(false);

  private final IntArrayList commonEnds = new IntArrayList();
  private long nodeMs;
  private long nodeSeq;
  private int nodeEntries;
  private int countAt;
  private int keptMax;
  private boolean isWhole;

  RdbStreamWriter(RdbOutput out) {
    this.out = out;
  }

  void write(StreamValue stream) {
    entries(stream);
    out.length(stream.size());
    out.length(stream.lastMs());
    out.length(stream.lastSeq());
    out.length(stream.firstMs());
    out.length(stream.firstSeq());
    out.length(stream.deletedMs());
    out.length(stream.deletedSeq());
    out.length(stream.entriesAdded());
    out.length(stream.groupCount());
    for (int i = 0; i < stream.groupCount(); i++) {
      group(stream.groupAt(i));
    }
  }

  /**
   * The nodes are counted first: their number stands in front of them. Those of a small stream are
   * kept meanwhile, those of a large one are put together twice.
   */
  private void entries(StreamValue stream) {
    RdbOutput kept = new RdbOutput(out.compresses());
    keptMax = out.isDrained() ? NODES_KEPT_BYTES : Integer.MAX_VALUE;
    isWhole = true;
    out.length(nodes(stream, kept));
    if (isWhole) {
      out.bytes(kept.array(), 0, kept.size());
    } else {
      keptMax = Integer.MAX_VALUE;
      nodes(stream, out);
    }
  }

  private long nodes(StreamValue stream, RdbOutput nodes) {
    long count = 0;
    StreamCursor at = stream.cursor();
    at.seek(0, 0, -1, -1, false);
    nodeEntries = 0;
    while (at.next()) {
      if (nodeEntries > 0 && (nodeEntries == NODE_ENTRIES || pack.size() >= NODE_BYTES)) {
        endNode(nodes);
        count++;
      }
      if (nodeEntries == 0) {
        beginNode(at);
      }
      entry(at);
    }
    if (nodeEntries > 0) {
      endNode(nodes);
      count++;
    }
    return count;
  }

  private void beginNode(StreamCursor at) {
    nodeMs = at.ms();
    nodeSeq = at.seq();
    common.clear();
    commonEnds.clear();
    pack.begin();
    countAt = pack.patchable();
    pack.number(0);
    pack.number(at.openFields());
    while (at.nextField()) {
      pack.text(at.bytes(), at.fieldOffset(), at.fieldLength());
      common.bytes(at.bytes(), at.fieldOffset(), at.fieldLength());
      commonEnds.add(common.size());
    }
    pack.number(0);
  }

  private void entry(StreamCursor at) {
    boolean isSame = hasCommonFields(at);
    int fields = at.openFields();
    pack.number(isSame ? SAME_FIELDS : 0);
    pack.number(at.ms() - nodeMs);
    pack.number(at.seq() - nodeSeq);
    if (!isSame) {
      pack.number(fields);
    }
    while (at.nextField()) {
      if (!isSame) {
        pack.text(at.bytes(), at.fieldOffset(), at.fieldLength());
      }
      pack.text(at.bytes(), at.valueOffset(), at.valueLength());
    }
    pack.number(isSame ? fields + 3L : 2L * fields + 4);
    nodeEntries++;
  }

  private boolean hasCommonFields(StreamCursor at) {
    if (at.openFields() != commonEnds.size()) {
      return false;
    }
    int from = 0;
    for (int i = 0; at.nextField(); i++) {
      int end = commonEnds.getInt(i);
      if (at.fieldLength() != end - from
          || !Bytes.equal(at.bytes(), at.fieldOffset(), common.array(), from, end - from)) {
        return false;
      }
      from = end;
    }
    return true;
  }

  private void endNode(RdbOutput nodes) {
    int entries = nodeEntries;
    nodeEntries = 0;
    if (nodes.size() > keptMax) {
      isWhole = false;
      return;
    }
    pack.patch(countAt, entries);
    nodes.length(ID_BYTES);
    nodes.int64(Long.reverseBytes(nodeMs));
    nodes.int64(Long.reverseBytes(nodeSeq));
    pack.writeTo(nodes);
  }

  private void group(ConsumerGroup group) {
    out.string(group.nameBytes(), group.nameOffset(), group.nameLength());
    out.length(group.lastMs());
    out.length(group.lastSeq());
    out.length(group.entriesRead());
    out.length(group.pendingCount());
    for (boolean more = group.firstPending(0, 0); more; more = group.nextPending()) {
      id(group);
      out.int64(group.delivered());
      out.length(group.deliveries());
    }
    out.length(group.consumerCount());
    for (int i = 0; i < group.consumerCount(); i++) {
      consumer(group, group.consumerAt(i));
    }
  }

  private void consumer(ConsumerGroup group, int consumer) {
    out.string(
        group.consumerNameBytes(consumer),
        group.consumerNameOffset(consumer),
        group.consumerNameLength(consumer));
    out.int64(group.seen(consumer));
    out.length(group.pendingOf(consumer));
    for (boolean more = group.firstPendingOf(consumer, 0, 0);
        more;
        more = group.nextPendingOfConsumer()) {
      id(group);
    }
  }

  private void id(ConsumerGroup group) {
    out.int64(Long.reverseBytes(group.pendingMs()));
    out.int64(Long.reverseBytes(group.pendingSeq()));
  }
}
