package io.hydrion.store;

import io.hydrion.util.Bytes;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A sorted set: members with scores, in the order of the scores, and of the members' bytes where
 * scores are equal. Ranks count from the lowest, 0.
 */
public final class SortedSetValue extends AggregateValue {
  /*
   * A packed value: the number of members (2), then the members in order, as ScoredMember has them;
   * no score is -0, which becomes 0, as in Redis's packed sorted sets.
   * The root of another one: see LinkedMembers.
   *
   * The member at hand of a packed value is kept as an offset in the value, since the record may
   * move. Ranges of scores and of members are ranges of ranks: whoever wants one asks how many
   * members are below its ends.
   */
  private static final int HEAD = 2;
  private static final int PACKED_MEMBERS_MAX = 0xffff;
  private static final int PACKED_BYTES_MAX = 1 << 20;

  /** Is shown members one by one; it must not change the set. */
  @FunctionalInterface
  public interface MemberVisitor {
    /** The member is the {@code n} bytes from {@code at} on; they hold until the visit ends. */
    void visit(byte[] a, int at, int n, double score);
  }

  private final LinkedMembers linked;

  // The member at hand of a packed value: where it is, its rank; and where those before it are,
  // when
  // it has been looked for by rank.
  private int cell;
  private int place;
  private int[] cells = new int[16];

  public SortedSetValue(Owner owner, Partition partition, Entry e) {
    super(ValueType.SORTED_SET, owner, partition, e);
    linked = new LinkedMembers(parts, partition.seed());
  }

  @Override
  int rootBytes() {
    return LinkedMembers.ROOT_BYTES;
  }

  @Override
  public long size() {
    return !e.exists() ? 0 : isLinked() ? linked.size() : count();
  }

  private int count() {
    return Bytes.getShort(record(), e.valueOffset);
  }

  private int end() {
    return e.valueOffset + e.valueLength;
  }

  // ---- the member at hand

  /** The array of the member at hand, until the next change. */
  public byte[] bytes() {
    return isLinked() ? linked.bytes() : record();
  }

  private int at() {
    return isLinked() ? linked.offset() : e.valueOffset + cell;
  }

  /** Where the member at hand begins in {@link #bytes}. */
  public int offset() {
    return ScoredMember.member(bytes(), at());
  }

  public int length() {
    return ScoredMember.length(bytes(), at());
  }

  public double score() {
    return ScoredMember.score(bytes(), at());
  }

  /** Looks for a member; it is the one at hand then. */
  public boolean find(byte[] a, int off, int len) {
    if (!e.exists()) {
      return false;
    }
    if (isLinked()) {
      return linked.find(a, off, len);
    }
    byte[] r = record();
    int rank = 0;
    for (int at = e.valueOffset + HEAD, end = end(); at < end; rank++) {
      if (ScoredMember.hasMember(r, at, a, off, len)) {
        cell = at - e.valueOffset;
        place = rank;
        return true;
      }
      at = ScoredMember.end(r, at);
    }
    return false;
  }

  /** Whether all members lie in the key's record. */
  public boolean isPacked() {
    return e.exists() && !isLinked();
  }

  /** The rank of the member at hand. */
  public long rank() {
    return isLinked() ? linked.rank() : place;
  }

  /** Tells the member at hand from all others, until the next change. */
  public long place() {
    return isLinked() ? linked.place() : place;
  }

  /** Whether another value is that of the same key. */
  public boolean isSameAs(SortedSetValue other) {
    return partition == other.partition && e.address == other.e.address;
  }

  /** Makes a random member the one at hand, all equally likely; the set is not empty. */
  public void random(RandomGenerator random) {
    if (isLinked()) {
      linked.random(random);
    } else {
      seek(random.nextInt(count()));
    }
  }

  // ---- adding and changing

  /**
   * Gives a member a score; it is the one at hand then. It must not lie in this partition.
   *
   * @return whether the member is new
   */
  public boolean put(byte[] a, int off, int len, double score) {
    boolean isNew = !find(a, off, len);
    if (isNew) {
      insert(a, off, len, score);
    } else {
      change(a, off, len, score);
    }
    return isNew;
  }

  /** Adds a member that is known to be absent; it is the one at hand then. */
  public void insert(byte[] a, int off, int len, double score) {
    if (!isLinked()) {
      double packed = score + 0.0; // no -0, as in Redis
      long n = ScoredMember.bytes(packed, len);
      int old = e.exists() ? e.valueLength : HEAD;
      int count = e.exists() ? count() : 0;
      if (isSmall(count + 1, len) && old + n <= PACKED_BYTES_MAX) {
        resize(Encoding.PACKED, old + (int) n);
        Bytes.putShort(record(), e.valueOffset, count + 1);
        putCell(old, (int) n, a, off, len, packed);
        return;
      }
      if (!e.exists()) {
        link(1, new OneMember(a, off, len, score));
        linked.find(a, off, len);
        return;
      }
      link(count, packedSource());
    }
    settle();
    linked.insert(a, off, len, score);
  }

  private boolean isSmall(long members, long longest) {
    return longest <= owner.limits().zsetMaxListpackValue()
        && members <= Math.min(owner.limits().zsetMaxListpackEntries(), PACKED_MEMBERS_MAX);
  }

  /** Writes a cell to its place among the others, which take so many bytes of the record. */
  private void putCell(int bytes, int n, byte[] a, int off, int len, double score) {
    byte[] r = record();
    int at = e.valueOffset + HEAD;
    int end = e.valueOffset + bytes;
    int rank = 0;
    while (at < end && isBefore(r, at, score, a, off, len)) {
      at = ScoredMember.end(r, at);
      rank++;
    }
    System.arraycopy(r, at, r, at + n, end - at);
    ScoredMember.put(r, at, score, a, off, len);
    cell = at - e.valueOffset;
    place = rank;
  }

  private static boolean isBefore(byte[] r, int at, double score, byte[] a, int off, int len) {
    double there = ScoredMember.score(r, at);
    return there < score || (there == score && ScoredMember.compareMember(r, at, a, off, len) < 0);
  }

  /** Gives the member at hand, which the caller names once more, another score. */
  public void change(byte[] a, int off, int len, double score) {
    if (isLinked()) {
      linked.change(a, off, len, score);
      return;
    }
    byte[] r = record();
    int at = e.valueOffset + cell;
    int old = ScoredMember.end(r, at) - at;
    double packed = score + 0.0;
    int n = (int) ScoredMember.bytes(packed, len);
    int length = e.valueLength;
    if (n > old) {
      resize(Encoding.PACKED, length - old + n);
      r = record();
      at = e.valueOffset + cell;
    }
    System.arraycopy(r, at + old, r, at, e.valueOffset + length - at - old);
    putCell(length - old, n, a, off, len, packed);
    if (n < old) {
      resize(Encoding.PACKED, length - old + n);
    }
  }

  /** Replaces the record's value, if there is one, by members in blocks. */
  private void link(long members, ScoredSource source) {
    Parts built = new Parts(partition, e);
    built.build(partition, partition.arena(), rootBytes());
    LinkedMembers into = new LinkedMembers(built, partition.seed());
    into.build(members, source);
    try {
      link(built);
    } catch (StoreFullException full) {
      into.freeAll();
      throw full;
    }
  }

  private ScoredSource packedSource() {
    int members = count();
    return new ScoredSource() {
      private int rank = -1;

      @Override
      public boolean next() {
        if (rank < 0) {
          seek(0);
        } else {
          SortedSetValue.this.next();
        }
        return ++rank < members;
      }

      @Override
      public byte[] bytes() {
        return record();
      }

      @Override
      public int offset() {
        return SortedSetValue.this.offset();
      }

      @Override
      public int length() {
        return SortedSetValue.this.length();
      }

      @Override
      public double score() {
        return SortedSetValue.this.score();
      }
    };
  }

  /**
   * Puts members into this set, which has none and no record: packed when they are few and short.
   *
   * @param longest the length of the longest member
   * @param bytes of all members together
   */
  public void build(long members, long longest, long bytes, ScoredSource source) {
    long most = bytes + members * (Score.BYTES_MAX + Varint.size(longest));
    if (isSmall(members, longest) && most <= PACKED_BYTES_MAX) {
      resize(Encoding.PACKED, HEAD + (int) most);
      byte[] r = record();
      Bytes.putShort(r, e.valueOffset, (int) members);
      int at = e.valueOffset + HEAD;
      while (source.next()) {
        at =
            ScoredMember.put(
                r, at, source.score() + 0.0, source.bytes(), source.offset(), source.length());
      }
      resize(Encoding.PACKED, at - e.valueOffset);
      return;
    }
    link(members, source);
    settle();
  }

  // ---- removing

  /** Removes a member; false when it is not there. The last one leaves an empty value. */
  public boolean remove(byte[] a, int off, int len) {
    if (!find(a, off, len)) {
      return false;
    }
    if (isLinked()) {
      linked.removeFound();
      settle();
    } else {
      cut(cell, ScoredMember.end(record(), at()) - e.valueOffset, 1);
    }
    return true;
  }

  /** Removes so many members from a rank on; there must be so many. */
  public void removeRange(long rank, long count) {
    if (count == 0) {
      return;
    }
    if (isLinked()) {
      linked.removeRange(rank, count);
      settle();
      return;
    }
    seek(rank);
    int to = e.valueOffset + cell;
    byte[] r = record();
    for (long i = 0; i < count; i++) {
      to = ScoredMember.end(r, to);
    }
    cut(cell, to - e.valueOffset, (int) count);
  }

  private void cut(int from, int to, int members) {
    byte[] r = record();
    int value = e.valueOffset;
    System.arraycopy(r, value + to, r, value + from, e.valueLength - to);
    Bytes.putShort(r, value, count() - members);
    resize(Encoding.PACKED, e.valueLength - (to - from));
  }

  // ---- ranks and ranges

  /** How many members have a score below a bound, or one that is not above it. */
  public long countBelow(double bound, boolean includesBound) {
    if (!e.exists()) {
      return 0;
    }
    if (bound == (includesBound ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY)) {
      return includesBound ? size() : 0;
    }
    if (isLinked()) {
      return linked.tree().countBelow(bound, includesBound);
    }
    byte[] r = record();
    int rank = 0;
    for (int at = e.valueOffset + HEAD, end = end(); at < end; rank++) {
      double score = ScoredMember.score(r, at);
      if (includesBound ? score > bound : score >= bound) {
        break;
      }
      at = ScoredMember.end(r, at);
    }
    return rank;
  }

  /**
   * How many members come before one, or not behind it, by their bytes. Where scores differ, that
   * is a place in no sensible order.
   */
  public long countBelow(byte[] a, int off, int len, boolean includesBound) {
    if (!e.exists()) {
      return 0;
    }
    if (isLinked()) {
      return linked.tree().countBelow(a, off, len, includesBound);
    }
    byte[] r = record();
    int rank = 0;
    for (int at = e.valueOffset + HEAD, end = end(); at < end; rank++) {
      int order = ScoredMember.compareMember(r, at, a, off, len);
      if (includesBound ? order > 0 : order >= 0) {
        break;
      }
      at = ScoredMember.end(r, at);
    }
    return rank;
  }

  /** Goes to the member of a rank; there must be so many. */
  public void seek(long rank) {
    if (isLinked()) {
      linked.seek(rank);
      return;
    }
    byte[] r = record();
    int at = e.valueOffset + HEAD;
    place = (int) rank;
    if (cells.length <= place) {
      cells = Arrays.copyOf(cells, Math.max(place + 1, cells.length * 2));
    }
    for (int i = 0; i < place; i++) {
      cells[i] = at - e.valueOffset;
      at = ScoredMember.end(r, at);
    }
    cell = at - e.valueOffset;
  }

  /** Goes to the next higher member; false when there is none. Begins with {@link #seek}. */
  public boolean next() {
    if (isLinked()) {
      return linked.next();
    }
    int next = ScoredMember.end(record(), e.valueOffset + cell);
    cell = next - e.valueOffset;
    place++;
    return next < end();
  }

  /** Goes to the next lower member; false when there is none. Only after {@link #seek}. */
  public boolean previous() {
    if (isLinked()) {
      return linked.previous();
    }
    if (place == 0) {
      return false;
    }
    cell = cells[--place];
    return true;
  }

  /** Shows all members, the lowest first. */
  public void forEach(MemberVisitor visitor) {
    if (isEmpty()) {
      return;
    }
    seek(0);
    do {
      byte[] a = bytes();
      visitor.visit(a, offset(), length(), score());
    } while (next());
  }

  /** Shows the members whose scores are not below one and below another, the lowest first. */
  public void walk(double from, double end, ScoreWalk to) {
    if (!e.exists()) {
      return;
    }
    if (isLinked()) {
      linked.tree().walk(from, end, to);
      return;
    }
    byte[] r = record();
    double score;
    for (int at = e.valueOffset + HEAD, last = end();
        at < last && (score = ScoredMember.score(r, at)) < end;
        at = ScoredMember.end(r, at)) {
      if (score >= from
          && !to.visit(r, ScoredMember.member(r, at), ScoredMember.length(r, at), score)) {
        return;
      }
    }
  }

  /** Shows the members from a cursor on, as {@link HashTable#scan} does; a packed set at once. */
  public long scan(long cursor, long count, MemberVisitor visitor) {
    if (!isLinked()) {
      forEach(visitor);
      return 0;
    }
    return linked.scan(
        cursor,
        count,
        (a, at) ->
            visitor.visit(
                a,
                ScoredMember.member(a, at),
                ScoredMember.length(a, at),
                ScoredMember.score(a, at)));
  }

  // ---- blocks

  @Override
  void copyTo(Parts to) {
    new LinkedMembers(to, partition.seed()).build(linked.size(), linked.source());
  }

  @Override
  void freeParts() {
    linked.freeAll();
  }

  @Override
  void freeBuilt(Parts built) {
    new LinkedMembers(built, partition.seed()).freeAll();
  }
}
