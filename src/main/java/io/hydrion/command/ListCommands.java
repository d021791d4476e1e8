package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.ListValue;
import io.hydrion.store.StoreFullException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists: their ends, their middle, and what is found in them. */
final class ListCommands {
  static final List<Command> TABLE =
      List.of(
          row("LINDEX", 3, "list", "1.0.0", READONLY, "key index")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("list")
              .complexity("O(N), N = elements passed on the way; O(1) at both ends")
              .summary("Reads the element at a position of a list.")
              .run(ListCommands::lindex),
          row("LINSERT", 5, "list", "2.2.0", WRITE | DENYOOM, "key <BEFORE | AFTER> pivot element")
              .keys(1, 1, 1, "RW INSERT")
              .acl("list")
              .complexity("O(N), N = elements passed on the way")
              .summary("Inserts an element before or after another one.")
              .event("linsert")
              .run(ListCommands::linsert),
          row("LLEN", 2, "list", "1.0.0", READONLY | FAST, "key")
              .keys(1, 1, 1, "RO")
              .acl("list")
              .complexity("O(1)")
              .summary("Counts the elements of a list.")
              .run(ListCommands::llen),
          row("LPOP", -2, "list", "1.0.0", WRITE | FAST, "key [count]^6.2.0")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("list")
              .complexity("O(N), N = elements returned")
              .summary("Takes elements from the front of a list.")
              .history("6.2.0", "a count")
              .event("lpop")
              .run(ListCommands::lpop),
          row(
                  "LPOS",
                  -3,
                  "list",
                  "6.0.6",
                  READONLY,
                  "key element [RANK rank] [COUNT num-matches] [MAXLEN len]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("list")
              .complexity("O(N), N = elements of the list; less with MAXLEN or near an end")
              .summary("Finds the positions of an element in a list.")
              .run(ListCommands::lpos),
          row("LPUSH", -3, "list", "1.0.0", WRITE | DENYOOM | FAST, "key element [element ...]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("list")
              .complexity("O(N), N = elements given")
              .summary("Adds elements to the front of a list.")
              .history("2.4.0", "takes several elements")
              .event("lpush")
              .run(ListCommands::lpush),
          row("LPUSHX", -3, "list", "2.2.0", WRITE | DENYOOM | FAST, "key element [element ...]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("list")
              .complexity("O(N), N = elements given")
              .summary("Adds elements to the front of a list that exists.")
              .history("4.0.0", "takes several elements")
              .event("lpush")
              .run(ListCommands::lpushx),
          row("LRANGE", 4, "list", "1.0.0", READONLY, "key start stop")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("list")
              .complexity(
                  "O(S+N), S = elements from the nearer end to the start, N = elements returned")
              .summary("Reads a part of a list.")
              .run(ListCommands::lrange),
          row("LREM", 4, "list", "1.0.0", WRITE, "key count element")
              .keys(1, 1, 1, "RW DELETE")
              .acl("list")
              .complexity("O(N+M), N = elements of the list, M = elements removed")
              .summary("Removes elements that equal a given one.")
              .event("lrem")
              .run(ListCommands::lrem),
          row("LSET", 4, "list", "1.0.0", WRITE | DENYOOM, "key index element")
              .keys(1, 1, 1, "RW UPDATE")
              .acl("list")
              .complexity("O(N), N = elements passed on the way; O(1) at both ends")
              .summary("Overwrites the element at a position of a list.")
              .event("lset")
              .run(ListCommands::lset),
          row("LTRIM", 4, "list", "1.0.0", WRITE, "key start stop")
              .keys(1, 1, 1, "RW DELETE")
              .acl("list")
              .complexity("O(N), N = elements removed")
              .summary("Keeps a part of a list and removes the rest.")
              .event("ltrim")
              .run(ListCommands::ltrim),
          row("RPOP", -2, "list", "1.0.0", WRITE | FAST, "key [count]^6.2.0")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .acl("list")
              .complexity("O(N), N = elements returned")
              .summary("Takes elements from the end of a list.")
              .history("6.2.0", "a count")
              .event("rpop")
              .run(ListCommands::rpop),
          row("RPUSH", -3, "list", "1.0.0", WRITE | DENYOOM | FAST, "key element [element ...]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("list")
              .complexity("O(N), N = elements given")
              .summary("Adds elements to the end of a list.")
              .history("2.4.0", "takes several elements")
              .event("rpush")
              .run(ListCommands::rpush),
          row("RPUSHX", -3, "list", "2.2.0", WRITE | DENYOOM | FAST, "key element [element ...]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("list")
              .complexity("O(N), N = elements given")
              .summary("Adds elements to the end of a list that exists.")
              .history("4.0.0", "takes several elements")
              .event("rpush")
              .run(ListCommands::rpushx));

  private static final String RANK_ZERO =
      "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use"
          + " negative to start from the end of the list";

  private ListCommands() {}

  private static void lindex(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
    } else if (!seek(list, q.longAt(2))) {
      out.nil();
    } else {
      out.bulk(list.bytes(), list.offset(), list.length());
    }
  }

  /** Points at the element of an index, which counts from the end when it is negative. */
  private static boolean seek(ListValue list, long index) {
    long size = list.size();
    long at = index < 0 ? index + size : index;
    if (at < 0 || at >= size) {
      return false;
    }
    list.seek(at);
    return true;
  }

  private static void linsert(Request q, RespWriter out) {
    boolean before = q.is(2, "before");
    if (!before && !q.is(2, "after")) {
      out.error(Errors.SYNTAX);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.integer(0);
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    list.end(true);
    do {
      if (list.is(q.bytes(), q.offset(3), q.length(3))) {
        list.insert(q.bytes(), q.offset(4), q.length(4), before);
        q.db().changedElements(e, list, "linsert");
        out.integer(list.size());
        return;
      }
    } while (list.next());
    out.integer(-1);
  }

  private static void llen(Request q, RespWriter out) {
    Entry e = q.key(1);
    q.db().read(e);
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(list.size());
    }
  }

  private static void lpop(Request q, RespWriter out) {
    pop(q, out, true);
  }

  private static void pop(Request q, RespWriter out, boolean front) {
    boolean several = q.argc() == 3;
    if (q.argc() > 3) {
      out.error(Errors.wrongArity(q.command().name()));
      return;
    }
    if (several && !isNotNegative(q, out, 2, Errors.NOT_POSITIVE)) {
      return;
    }
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      if (several) {
        out.nilArray();
      } else {
        out.nil();
      }
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (!several) {
      popOne(q, out, e, list, front);
    } else {
      popSeveral(q, out, e, list, q.longAt(2), front);
    }
  }

  /** Whether an argument is an integer of at least 0; else the error has been replied. */
  private static boolean isNotNegative(Request q, RespWriter out, int i, String error) {
    boolean holds = q.isLong(i) && q.longAt(i) >= 0;
    if (!holds) {
      out.error(error);
    }
    return holds;
  }

  /** Takes an element from a list that is not empty, and replies it. */
  static void popOne(Request q, RespWriter out, Entry e, ListValue list, boolean front) {
    list.end(front);
    out.bulk(list.bytes(), list.offset(), list.length());
    list.pop(front);
    q.db().changedElements(e, list, front ? "lpop" : "rpop");
  }

  /** Takes up to so many elements from a list that is not empty, and replies an array of them. */
  static void popSeveral(
      Request q, RespWriter out, Entry e, ListValue list, long count, boolean front) {
    long n = Math.min(count, list.size());
    out.array(n);
    if (n == 0) {
      return;
    }
    list.end(front);
    reply(out, list, n, front);
    list.trim(n, front);
    q.db().changedElements(e, list, front ? "lpop" : "rpop", n);
  }

  /** Replies so many elements from the one at hand on. */
  private static void reply(RespWriter out, ListValue list, long n, boolean forward) {
    if (forward) {
      list.show(n, out::bulk);
      return;
    }
    for (long i = n; ; list.previous()) {
      out.bulk(list.bytes(), list.offset(), list.length());
      if (--i == 0) {
        return;
      }
    }
  }

  /** The options of LPOS; 0 stands for no limit, and a count of -1 for a reply of one match. */
  private record Search(long rank, long count, long lengthMax) {}

  private static void lpos(Request q, RespWriter out) {
    long rank = 1;
    long count = -1;
    long lengthMax = 0;
    for (int i = 3; i < q.argc(); i += 2) {
      int value = i + 1;
      if (value < q.argc() && q.is(i, "rank")) {
        if (!q.isLong(value)) {
          out.error(Errors.NOT_INTEGER);
          return;
        }
        rank = q.longAt(value);
        if (rank == 0) {
          out.error(RANK_ZERO);
          return;
        }
      } else if (value < q.argc() && q.is(i, "count")) {
        if (!isNotNegative(q, out, value, "ERR COUNT can't be negative")) {
          return;
        }
        count = q.longAt(value);
      } else if (value < q.argc() && q.is(i, "maxlen")) {
        if (!isNotNegative(q, out, value, "ERR MAXLEN can't be negative")) {
          return;
        }
        lengthMax = q.longAt(value);
      } else {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    positions(q, out, new Search(rank, count, lengthMax));
  }

  private static void positions(Request q, RespWriter out, Search search) {
    Entry e = q.key(1);
    boolean found = q.db().read(e);
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (search.count >= 0) {
      out.array(found ? positions(q, list, search, null) : 0);
      if (found) {
        positions(q, list, search, out);
      }
    } else if (!found || positions(q, list, search, out) == 0) {
      out.nil();
    }
  }

  /** Counts the matches that are wanted, and replies their positions when there is a writer. */
  private static long positions(
      Request q, ListValue list, Search search, @Nullable RespWriter out) {
    boolean forward = search.rank > 0;
    long size = list.size();
    long steps = search.lengthMax == 0 ? size : Math.min(size, search.lengthMax);
    long wanted = search.count < 0 ? 1 : search.count == 0 ? Long.MAX_VALUE : search.count;
    long before = search.rank == Long.MIN_VALUE ? 0 : Math.abs(search.rank) - 1; // as Redis does
    long matches = 0;
    list.end(forward);
    for (long i = 0; i < steps && matches < wanted; i++, list.step(forward)) {
      if (list.is(q.bytes(), q.offset(2), q.length(2)) && --before < 0) {
        matches++;
        if (out != null) {
          out.integer(forward ? i : size - 1 - i);
        }
      }
    }
    return matches;
  }

  private static void lpush(Request q, RespWriter out) {
    push(q, out, true, false);
  }

  private static void lpushx(Request q, RespWriter out) {
    push(q, out, true, true);
  }

  private static void push(Request q, RespWriter out, boolean front, boolean ifThere) {
    Entry e = q.key(1);
    if (!q.db().write(e) && ifThere) {
      out.integer(0);
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int last = q.argc() - 1;
    int i = 2;
    try {
      for (; i <= last; i++) {
        list.push(q.bytes(), q.offset(i), q.length(i), front);
      }
    } catch (StoreFullException full) {
      takeBack(q, e, list, i - 2, front);
      throw full;
    }
    q.db().changedElements(e, list, q.command().event(), last - 1);
    q.db().ready(e);
    out.integer(list.size());
  }

  /** Leaves nothing of a push for the whole of which there is no room. */
  private static void takeBack(Request q, Entry e, ListValue list, int pushed, boolean front) {
    for (int i = 0; i < pushed; i++) {
      list.pop(front);
    }
    if (e.exists() && list.isEmpty()) {
      q.db().delete(e, "del");
    }
  }

  private static void lrange(Request q, RespWriter out) {
    if (!q.isLong(2) || !q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    Entry e = q.key(1);
    q.db().read(e);
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long size = list.size();
    long start = start(q.longAt(2), size);
    long n = Math.max(0, end(q.longAt(3), size) - start);
    out.array(n);
    if (n > 0) {
      list.seek(start);
      reply(out, list, n, true);
    }
  }

  /** The first index of a range as one that counts from the front, at least 0. */
  private static long start(long index, long size) {
    return Math.max(0, index < 0 ? index + size : index);
  }

  /** The index behind a range whose last index is given, at least 0 and at most the size. */
  private static long end(long last, long size) {
    return last < 0 ? Math.max(0, last + size + 1) : Math.min(last, size - 1) + 1;
  }

  private static void lrem(Request q, RespWriter out) {
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long count = q.longAt(2);
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.integer(0);
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    boolean forward = count >= 0;
    long most = count == 0 || count == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(count);
    long removed = 0;
    list.end(forward);
    for (boolean more = true; more && removed < most; ) {
      if (list.is(q.bytes(), q.offset(3), q.length(3))) {
        more = list.remove(forward);
        removed++;
      } else {
        more = list.step(forward);
      }
    }
    if (removed > 0) {
      list.compact();
      q.db().changedElements(e, list, "lrem", removed);
    }
    out.integer(removed);
  }

  private static void lset(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.error(Errors.NO_SUCH_KEY);
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
    } else if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
    } else if (!seek(list, q.longAt(2))) {
      out.error("ERR index out of range");
    } else {
      list.set(q.bytes(), q.offset(3), q.length(3));
      q.db().changedElements(e, list, "lset");
      out.ok();
    }
  }

  private static void ltrim(Request q, RespWriter out) {
    if (!q.isLong(2) || !q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().write(e)) {
      out.ok();
      return;
    }
    ListValue list = q.db().list(e);
    if (list == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    long size = list.size();
    long start = start(q.longAt(2), size);
    long end = end(q.longAt(3), size);
    if (start >= end) {
      list.trim(size, true);
    } else {
      list.trim(size - end, false);
      list.trim(start, true);
    }
    q.db().changedElements(e, list, "ltrim", size - list.size());
    out.ok();
  }

  private static void rpop(Request q, RespWriter out) {
    pop(q, out, false);
  }

  private static void rpush(Request q, RespWriter out) {
    push(q, out, false, false);
  }

  private static void rpushx(Request q, RespWriter out) {
    push(q, out, false, true);
  }
}
