package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeyFinders;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Draft;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.util.Bytes;
import io.hydrion.util.DoubleText;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntComparator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SORT: the elements of a list or set in order, or what keys named after them hold. */
final class SortCommand {
  static final List<Command> TABLE =
      List.of(
          row(
                  "SORT",
                  -2,
                  "generic",
                  "1.0.0",
                  WRITE | DENYOOM | ALL_SHARDS,
                  "key [BY pattern#1] [LIMIT offset count] [GET pattern#1 [GET pattern ...]] [ASC |"
                      + " DESC] [sorting=ALPHA] [STORE destination]")
              .keys(1, 1, 1, "RO ACCESS")
              .keys(KeySpec.unknown("RO ACCESS"))
              .note("BY and GET: what the keys are depends on the elements")
              .keys(KeySpec.unknown("OW UPDATE"))
              .note("STORE: it may stand anywhere among the options")
              .keysBy(KeyFinders::sort)
              .acl("set", "sortedset", "list", "dangerous")
              .complexity("O(N+M*log(M)), N = elements, M = elements returned; O(N) unsorted")
              .summary("Sorts a list, set or sorted set, and can store the result.")
              .event("sortstore")
              .run(SortCommand::sort),
          row(
                  "SORT_RO",
                  -2,
                  "generic",
                  "7.0.0",
                  READONLY | ALL_SHARDS,
                  "key [BY pattern#1] [LIMIT offset count] [GET pattern#1 [GET pattern ...]] [ASC |"
                      + " DESC] [sorting=ALPHA]")
              .keys(1, 1, 1, "RO ACCESS")
              .keys(KeySpec.unknown("RO ACCESS"))
              .note("BY and GET: what the keys are depends on the elements")
              .acl("set", "sortedset", "list", "dangerous")
              .complexity("O(N+M*log(M)), N = elements, M = elements returned; O(N) unsorted")
              .summary("Sorts a list, set or sorted set.")
              .run(SortCommand::sortRo));

  /*
   * The elements are copied before anything is looked up: a look-up may remove a key that has
   * expired, and then no element of another key is where it was. Since the names of the keys are
   * known only then, the locks of all shards are held.
   */

  /** How a value is named after an element. */
  private record Pattern(byte[] text, int star, int fieldAt) {
    /** A pattern that names no key: there is no star in it. */
    boolean isConstant() {
      return star < 0;
    }

    boolean isElement() {
      return text.length == 1 && text[0] == '#';
    }

    boolean hasField() {
      return fieldAt >= 0;
    }

    static Pattern of(byte[] text) {
      int star = Bytes.indexOf(text, 0, text.length, '*');
      int field = -1;
      for (int i = star + 1; star >= 0 && field < 0 && i + 2 < text.length; i++) {
        if (text[i] == '-' && text[i + 1] == '>') {
          field = i + 2;
        }
      }
      return new Pattern(text, star, field);
    }

    /** The name of the key for an element. */
    byte[] key(byte[] a, int off, int len) {
      int end = hasField() ? fieldAt - 2 : text.length;
      byte[] key = new byte[end - 1 + len];
      System.arraycopy(text, 0, key, 0, star);
      System.arraycopy(a, off, key, star, len);
      System.arraycopy(text, star + 1, key, star + len, end - star - 1);
      return key;
    }
  }

  private final Request q;
  private final RespWriter out;
  private final List<Pattern> wanted = new ArrayList<>();
  private @Nullable Pattern by;
  private boolean sorts = true;

  /** Whether elements that are sorted by the same may come in any order, unless it is decided. */
  private boolean needsOrder;

  private boolean descending;
  private boolean byText;
  private long first;
  private long most = -1;
  private int storeAt;

  private final StringList elements = new StringList();
  private int[] order = {};

  // The value that a pattern has last led to.
  private final Entry entry = new Entry();
  private byte[] value = Bytes.EMPTY;
  private int valueOffset;
  private int valueLength;

  private SortCommand(Request q, RespWriter out) {
    this.q = q;
    this.out = out;
  }

  private static void sort(Request q, RespWriter out) {
    new SortCommand(q, out).run(true);
  }

  private static void sortRo(Request q, RespWriter out) {
    new SortCommand(q, out).run(false);
  }

  private void run(boolean mayStore) {
    for (int i = 2; i < q.argc(); i++) {
      int taken = parseOption(i, q.argc() - i - 1, mayStore);
      if (taken < 0) {
        return;
      }
      i += taken;
    }
    Entry e = q.key(1);
    if (q.db().read(e) && !copy(e)) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (sorts && !sortElements()) {
      out.error("ERR One or more scores can't be converted into double");
      return;
    }
    if (storeAt > 0) {
      store();
    } else {
      reply();
    }
  }

  /** Parses an option; returns how many arguments it has, or -1 when it makes no sense. */
  private int parseOption(int i, int rest, boolean mayStore) {
    if (q.is(i, "asc")) {
      descending = false;
      return 0;
    }
    if (q.is(i, "desc")) {
      descending = true;
      return 0;
    }
    if (q.is(i, "alpha")) {
      byText = true;
      return 0;
    }
    if (q.is(i, "limit") && rest >= 2) {
      if (!q.isLong(i + 1) || !q.isLong(i + 2)) {
        out.error(Errors.NOT_INTEGER);
        return -1;
      }
      first = q.longAt(i + 1);
      most = q.longAt(i + 2);
      return 2;
    }
    if (mayStore && q.is(i, "store") && rest >= 1) {
      storeAt = i + 1;
      return 1;
    }
    if (q.is(i, "by") && rest >= 1) {
      by = Pattern.of(q.copy(i + 1));
      sorts &= !by.isConstant(); // once told not to, it does not sort
      return 1;
    }
    if (q.is(i, "get") && rest >= 1) {
      wanted.add(Pattern.of(q.copy(i + 1)));
      return 1;
    }
    out.error(Errors.SYNTAX);
    return -1;
  }

  // ---- the elements

  /** Copies the elements that matter; returns false when the key holds none. */
  private boolean copy(Entry e) {
    return switch (e.type()) {
      case LIST -> {
        ListValue list = q.db().list(e);
        yield list != null && copyList(list);
      }
      case SET -> {
        SetValue set = q.db().set(e);
        yield set != null && copySet(set);
      }
      case SORTED_SET -> {
        SortedSetValue set = q.db().sortedSet(e);
        yield set != null && copySortedSet(set);
      }
      case STRING, HASH, STREAM -> false;
    };
  }

  private boolean copyList(ListValue list) {
    if (sorts) {
      list.forEach(elements::add);
      return true;
    }
    long n = range(list.size());
    if (n > 0) {
      list.seek(descending ? list.size() - 1 - first : first);
      for (long i = 0; i < n; i++) {
        elements.add(list.bytes(), list.offset(), list.length());
        list.step(!descending);
      }
    }
    inTurn();
    return true;
  }

  /** Without an order of its own a set that is stored is sorted after all. */
  private boolean copySet(SetValue set) {
    if (!sorts && storeAt > 0) {
      sorts = true;
      byText = true;
      by = null;
    }
    needsOrder = storeAt > 0;
    set.forEach(elements::add);
    if (!sorts) {
      keepRange();
    }
    return true;
  }

  private boolean copySortedSet(SortedSetValue set) {
    if (sorts) {
      set.forEach((a, at, n, score) -> elements.add(a, at, n));
      return true;
    }
    long n = range(set.size());
    if (n > 0) {
      set.seek(descending ? set.size() - 1 - first : first);
      for (long i = 0; i < n; i++) {
        elements.add(set.bytes(), set.offset(), set.length());
        boolean more = descending ? set.previous() : set.next();
        assert more || i == n - 1;
      }
    }
    inTurn();
    return true;
  }

  /** Makes the limits those of so many elements; returns how many of them are wanted. */
  private long range(long size) {
    first = Math.clamp(first, 0, size);
    return most < 0 ? size - first : Math.min(most, size - first);
  }

  private void inTurn() {
    order = elements.indexes();
  }

  /** Leaves only what the limits say. */
  private void keepRange() {
    inTurn();
    int n = (int) range(order.length);
    order = Arrays.copyOfRange(order, (int) first, (int) first + n);
  }

  // ---- sorting

  /** Returns false when an element, or what it is sorted by, is no number where it must be. */
  private boolean sortElements() {
    inTurn();
    IntComparator comparator;
    if (byText) {
      StringList texts = by == null ? elements : texts(by);
      comparator =
          needsOrder
              ? (i, j) -> texts.compare(i, j) != 0 ? texts.compare(i, j) : elements.compare(i, j)
              : texts::compare;
    } else {
      double[] weights = new double[order.length];
      if (!weigh(weights)) {
        return false;
      }
      comparator =
          (i, j) ->
              weights[i] != weights[j] ? weights[i] < weights[j] ? -1 : 1 : elements.compare(i, j);
    }
    IntComparator ascending = comparator;
    IntArrays.mergeSort(order, descending ? (i, j) -> -ascending.compare(i, j) : ascending);
    int n = (int) range(order.length);
    order = Arrays.copyOfRange(order, (int) first, (int) first + n);
    return true;
  }

  private StringList texts(Pattern pattern) {
    StringList texts = new StringList();
    for (int i = 0; i < order.length; i++) {
      if (find(pattern, i)) {
        texts.add(value, valueOffset, valueLength);
      } else {
        texts.addNone();
      }
    }
    return texts;
  }

  private boolean weigh(double[] weights) {
    boolean numbers = true;
    for (int i = 0; i < weights.length; i++) {
      if (by == null) {
        weights[i] = number(elements.bytes(), elements.offset(i), elements.length(i));
      } else if (find(by, i)) {
        weights[i] = number(value, valueOffset, valueLength);
      }
      numbers &= !Double.isNaN(weights[i]);
    }
    return numbers;
  }

  /** What strtod makes of a text; NaN where it complains. */
  private static double number(byte[] a, int off, int len) {
    double x = DoubleText.parseBound(a, off, len);
    if (Double.isInfinite(x)) {
      return hasDigit(a, off, len, '0') ? Double.NaN : x;
    }
    boolean tiny = Math.abs(x) < Double.MIN_NORMAL;
    return tiny && (x != 0 || isRoundedToZero(a, off, len)) ? Double.NaN : x;
  }

  private static boolean hasDigit(byte[] a, int off, int len, char from) {
    for (int i = off; i < off + len && a[i] != 0; i++) {
      if (a[i] >= from && a[i] <= '9') {
        return true;
      }
    }
    return false;
  }

  /** Whether a text that spells 0 has another digit before its exponent. */
  private static boolean isRoundedToZero(byte[] a, int off, int len) {
    int end = off;
    while (end < off + len && a[end] != 0 && "eEpP".indexOf(a[end]) < 0) {
      end++;
    }
    return hasDigit(a, off, end - off, '1');
  }

  /** Looks for what a pattern names for an element; it is the value at hand then. */
  private boolean find(Pattern pattern, int i) {
    if (pattern.isElement()) {
      value = elements.bytes();
      valueOffset = elements.offset(i);
      valueLength = elements.length(i);
      return true;
    }
    if (pattern.isConstant()) {
      return false;
    }
    byte[] key = pattern.key(elements.bytes(), elements.offset(i), elements.length(i));
    entry.key(key, 0, key.length, q.engine().keyspace().seed());
    if (!q.db().read(entry)) {
      return false;
    }
    if (pattern.hasField()) {
      return findField(pattern.text, pattern.fieldAt);
    }
    value = entry.bytes();
    valueOffset = entry.valueOffset();
    valueLength = entry.valueLength();
    return entry.isString();
  }

  private boolean findField(byte[] pattern, int at) {
    HashValue hash = q.db().hash(entry);
    if (hash == null || !hash.find(pattern, at, pattern.length - at) || !hash.isLive()) {
      return false;
    }
    value = hash.bytes();
    valueOffset = hash.valueOffset();
    valueLength = hash.valueLength();
    return true;
  }

  // ---- the result

  private long resultSize() {
    return (long) order.length * Math.max(1, wanted.size());
  }

  private void reply() {
    out.array(resultSize());
    for (int i : order) {
      if (wanted.isEmpty()) {
        out.bulk(elements.bytes(), elements.offset(i), elements.length(i));
      }
      for (Pattern pattern : wanted) {
        if (find(pattern, i)) {
          out.bulk(value, valueOffset, valueLength);
        } else {
          out.nil();
        }
      }
    }
  }

  private void store() {
    Entry target = q.key(storeAt);
    if (order.length == 0) {
      if (q.db().peek(target)) {
        q.db().delete(target, "del");
      }
      out.integer(0);
      return;
    }
    Draft draft = q.db().draft();
    ListValue list = draft.list();
    for (int i : order) {
      if (wanted.isEmpty()) {
        list.push(elements.bytes(), elements.offset(i), elements.length(i), false);
      }
      for (Pattern pattern : wanted) {
        boolean found = find(pattern, i);
        list.push(
            found ? value : Bytes.EMPTY, found ? valueOffset : 0, found ? valueLength : 0, false);
      }
    }
    q.db().write(target);
    q.db().storeDraft(target, draft, Partition.NEVER, q.command().event(), resultSize());
    out.integer(resultSize());
  }
}
