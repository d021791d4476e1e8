package io.hydrion.command;

import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.SortedSetValue.MemberVisitor;
import org.jspecify.annotations.Nullable;

/** A sorted set, or a set whose members all have score 1, as one of those that are combined. */
final class ScoredOperand {
  private final @Nullable SetValue plain;
  private final @Nullable SortedSetValue sorted;

  /** By what the scores are multiplied. */
  double weight = 1;

  /** One of the two is given. */
  ScoredOperand(@Nullable SetValue plain, @Nullable SortedSetValue sorted) {
    this.plain = plain;
    this.sorted = sorted;
  }

  long size() {
    return plain != null ? plain.size() : sorted != null ? sorted.size() : 0;
  }

  /** Whether another is the value of the same key. */
  boolean isSameAs(ScoredOperand other) {
    return plain != null && other.plain != null
        ? plain.isSameAs(other.plain)
        : sorted != null && other.sorted != null && sorted.isSameAs(other.sorted);
  }

  boolean find(byte[] a, int off, int len) {
    return plain != null ? plain.contains(a, off, len) : sorted != null && sorted.find(a, off, len);
  }

  /** The score of the member that has been found. */
  double score() {
    return sorted != null ? sorted.score() : 1;
  }

  void forEach(MemberVisitor visitor) {
    if (sorted != null) {
      sorted.forEach(visitor);
    } else if (plain != null) {
      plain.forEach((a, at, n) -> visitor.visit(a, at, n, 1));
    }
  }

  /** Shows a few members from a cursor on, and returns the next; 0 begins and ends a walk. */
  long scan(long cursor, MemberVisitor visitor) {
    if (sorted != null) {
      return sorted.scan(cursor, 1, visitor);
    }
    return plain == null ? 0 : plain.scan(cursor, 1, (a, at, n) -> visitor.visit(a, at, n, 1));
  }
}
