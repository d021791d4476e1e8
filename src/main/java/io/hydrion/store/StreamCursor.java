package io.hydrion.store;

import io.hydrion.util.Bytes;

/**
 * A walk over the entries of a stream between two ids, in either direction. What it says of an
 * entry holds until the next change of the stream; to go on after one, seek anew.
 */
public final class StreamCursor {
  private final Parts parts;
  private final StreamBlocks blocks;
  private final IdTree tree;

  private long startMs;
  private long startSeq;
  private long endMs;
  private long endSeq;
  private boolean reverse;

  /** The block at hand; 0 when the walk is over. */
  private int block;

  private byte[] chunk = Bytes.EMPTY;
  private int base;

  /** Forward: where the next entry begins. Backward: where the entry before ends. */
  private int place;

  private int start;
  private int end;

  /** The block at hand, or the last one that was. */
  private int entered;

  // The mark: a block, an entry's place in it, and its id.
  private int markBlock;
  private int markPlace;
  private long markMs;
  private long markSeq;

  // The entry at hand.
  private int entry;
  private long ms;
  private long seq;
  private int body;

  // Its fields.
  private boolean sameFields;
  private int fields;
  private int fieldsLeft;
  private int nextName;
  private int nextValue;
  private int fieldOffset;
  private int fieldLength;
  private int valueOffset;
  private int valueLength;

  StreamCursor(Parts parts, StreamBlocks blocks) {
    this.parts = parts;
    this.blocks = blocks;
    tree = blocks.newTree();
  }

  /** Prepares to walk over the entries from one id to another, both included. */
  public void seek(long fromMs, long fromSeq, long toMs, long toSeq, boolean backwards) {
    startMs = fromMs;
    startSeq = fromSeq;
    endMs = toMs;
    endSeq = toSeq;
    reverse = backwards;
    int last = blocks.lastBlock();
    if (last == 0) {
      block = 0;
    } else if (backwards) {
      enter(tree.floor(toMs, toSeq) ? StreamBlocks.address(tree) : 0);
    } else if (compareFirst(last, fromMs, fromSeq) <= 0) {
      enter(last);
    } else {
      boolean found = tree.floor(fromMs, fromSeq) || tree.first();
      enter(found ? StreamBlocks.address(tree) : 0);
    }
  }

  private int compareFirst(int ofBlock, long toMs, long toSeq) {
    byte[] a = parts.chunk(ofBlock);
    int at = Arena.offset(ofBlock);
    return StreamBlocks.compare(
        Bytes.getLong(a, at + StreamBlock.MS), Bytes.getLong(a, at + StreamBlock.SEQ), toMs, toSeq);
  }

  private void enter(int address) {
    block = address;
    if (address != 0) {
      entered = address;
      chunk = parts.chunk(address);
      base = Arena.offset(address);
      start = base + Bytes.getInt(chunk, base + StreamBlock.START);
      end = base + Bytes.getInt(chunk, base + StreamBlock.USED);
      place = reverse ? end : start;
    }
  }

  /** Goes to the block after, or before, the one at hand; false: there is none. */
  private boolean turnBlock() {
    if (reverse) {
      enter(tree.previous() ? StreamBlocks.address(tree) : 0);
    } else {
      enter(block != blocks.lastBlock() && tree.next() ? StreamBlocks.address(tree) : 0);
    }
    return block != 0;
  }

  /** Goes on to the next entry; false when there is none. */
  public boolean next() {
    while (block != 0) {
      if (place == (reverse ? start : end)) {
        if (!turnBlock()) {
          return false;
        }
        continue;
      }
      entry = reverse ? StreamBlock.before(chunk, place) : place;
      readId();
      place = reverse ? entry : StreamBlock.behind(chunk, entry);
      if (reverse) {
        if (StreamBlocks.compare(ms, seq, startMs, startSeq) < 0) {
          block = 0;
        } else if (isLive() && StreamBlocks.compare(ms, seq, endMs, endSeq) <= 0) {
          return true;
        }
      } else if (StreamBlocks.compare(ms, seq, endMs, endSeq) > 0) {
        block = 0;
      } else if (isLive() && StreamBlocks.compare(ms, seq, startMs, startSeq) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Marks the entry at hand of a walk forward. */
  public void mark() {
    markBlock = block;
    markPlace = entry - base;
    markMs = ms;
    markSeq = seq;
  }

  /** Goes back, so that the next entry is the marked one, which is still there. */
  public void rewind() {
    if (entered == markBlock) {
      enter(markBlock);
      place = base + markPlace;
    } else {
      seek(markMs, markSeq, endMs, endSeq, false);
    }
  }

  private boolean isLive() {
    return (chunk[entry] & StreamBlock.GONE) == 0;
  }

  private void readId() {
    int at = entry + 1 + Varint.size(Varint.get(chunk, entry + 1));
    long msDelta = StreamBlock.getWide(chunk, at);
    at += StreamBlock.wideSize(msDelta);
    long seqDelta = StreamBlock.getWide(chunk, at);
    body = at + StreamBlock.wideSize(seqDelta);
    ms = Bytes.getLong(chunk, base + StreamBlock.MS) + msDelta;
    seq = Bytes.getLong(chunk, base + StreamBlock.SEQ) + StreamBlock.unzigzag(seqDelta);
  }

  /** Finds the entry of an id. */
  public boolean find(long ofMs, long ofSeq) {
    seek(ofMs, ofSeq, ofMs, ofSeq, false);
    return next();
  }

  /** How many entries the walk has still before it, but no more than so many are counted. */
  public long count(long most) {
    assert !reverse;
    long n = 0;
    while (n < most && block != 0) {
      if (place == end) {
        turnBlock();
      } else if (place == start && isWhole()) {
        n += StreamBlock.liveCount(chunk, base);
        turnBlock();
      } else {
        n += next() ? 1 : 0;
      }
    }
    return Math.min(n, most);
  }

  /** Whether all entries of the block at hand belong to the walk. */
  private boolean isWhole() {
    if (compareFirst(block, startMs, startSeq) < 0) {
      return false;
    }
    if (block == blocks.lastBlock()) {
      return blocks.compareTo(StreamBlocks.LAST_ID, endMs, endSeq) <= 0;
    }
    if (endMs == -1 && endSeq == -1) {
      return true;
    }
    boolean whole = tree.next() && compareFirst(StreamBlocks.address(tree), endMs, endSeq) <= 0;
    tree.previous();
    return whole;
  }

  /** Whether the last entry of a block, deleted or not, has an id below the given one. */
  boolean isBlockBelow(int ofBlock, long toMs, long toSeq) {
    byte[] a = parts.chunk(ofBlock);
    int at = Arena.offset(ofBlock);
    int last = StreamBlock.before(a, at + Bytes.getInt(a, at + StreamBlock.USED));
    return StreamBlocks.compareEntry(a, at, last, toMs, toSeq) < 0;
  }

  // ---- the entry at hand

  int block() {
    return block;
  }

  int entry() {
    return entry;
  }

  public long ms() {
    return ms;
  }

  public long seq() {
    return seq;
  }

  /** Begins to read the fields of the entry at hand, and says how many there are. */
  public int openFields() {
    int at = body;
    sameFields = (chunk[entry] & StreamBlock.SAME_FIELDS) != 0;
    if (sameFields) {
      nextName = base + StreamBlock.FIELDS;
      fields = (int) Varint.get(chunk, nextName);
      nextName += Varint.size(fields);
    } else {
      fields = (int) Varint.get(chunk, at);
      at += Varint.size(fields);
    }
    nextValue = at;
    fieldsLeft = fields;
    return fields;
  }

  /** Goes on to the next field; false when there is none. */
  public boolean nextField() {
    if (fieldsLeft == 0) {
      return false;
    }
    fieldsLeft--;
    int name = sameFields ? nextName : nextValue;
    fieldLength = (int) Varint.get(chunk, name);
    fieldOffset = name + Varint.size(fieldLength);
    nextName = fieldOffset + fieldLength;
    int value = sameFields ? nextValue : nextName;
    valueLength = (int) Varint.get(chunk, value);
    valueOffset = value + Varint.size(valueLength);
    nextValue = valueOffset + valueLength;
    return true;
  }

  /** The array in which field and value lie. */
  public byte[] bytes() {
    return chunk;
  }

  public int fieldOffset() {
    return fieldOffset;
  }

  public int fieldLength() {
    return fieldLength;
  }

  public int valueOffset() {
    return valueOffset;
  }

  public int valueLength() {
    return valueLength;
  }
}
