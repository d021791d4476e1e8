package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;
import static java.util.Objects.requireNonNull;

import io.hydrion.config.KeyspaceEvents;
import io.hydrion.engine.Command;
import io.hydrion.engine.Database;
import io.hydrion.engine.Effects;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.ListValue;
import io.hydrion.util.Bytes;
import java.util.List;

/** Lists as queues: elements that go from one to another, and clients that wait for elements. */
final class ListQueues {
  static final List<Command> TABLE =
      List.of(
          row(
                  "BLMOVE",
                  6,
                  "list",
                  "6.2.0",
                  WRITE | DENYOOM | NOSCRIPT | BLOCKING,
                  "source destination wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>"
                      + " timeout:double")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .acl("list")
              .complexity("O(1)")
              .summary("Moves an element from one list to another, and waits if there is none.")
              .run(ListQueues::blmove),
          row(
                  "BLMPOP",
                  -5,
                  "list",
                  "7.0.0",
                  WRITE | BLOCKING,
                  "timeout:double numkeys key [key ...] <LEFT | RIGHT> [COUNT count]")
              .keys(KeySpec.keyNum(2, "RW ACCESS DELETE"))
              .acl("list")
              .complexity("O(N+M), N = keys, M = elements returned")
              .summary("Takes elements out of the first list that has any, and waits if none has.")
              .run(ListQueues::blmpop),
          row(
                  "BLPOP",
                  -3,
                  "list",
                  "2.0.0",
                  WRITE | NOSCRIPT | BLOCKING,
                  "key [key ...] timeout:double")
              .keys(1, -2, 1, "RW ACCESS DELETE")
              .acl("list")
              .complexity("O(N), N = keys")
              .summary(
                  "Takes the first element out of the first list that has any, and waits if none"
                      + " has.")
              .history("6.0.0", "the timeout may have a fraction")
              .run(ListQueues::blpop),
          row(
                  "BRPOP",
                  -3,
                  "list",
                  "2.0.0",
                  WRITE | NOSCRIPT | BLOCKING,
                  "key [key ...] timeout:double")
              .keys(1, -2, 1, "RW ACCESS DELETE")
              .acl("list")
              .complexity("O(N), N = keys")
              .summary(
                  "Takes the last element out of the first list that has any, and waits if none"
                      + " has.")
              .history("6.0.0", "the timeout may have a fraction")
              .run(ListQueues::brpop),
          row(
                  "BRPOPLPUSH",
                  4,
                  "list",
                  "2.2.0",
                  WRITE | DENYOOM | NOSCRIPT | BLOCKING,
                  "source destination timeout:double")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .acl("list")
              .complexity("O(1)")
              .summary(
                  "Moves the last element of a list to the front of another, and waits if there is"
                      + " none.")
              .history("6.0.0", "the timeout may have a fraction")
              .deprecated("6.2.0", "`BLMOVE` from `RIGHT` to `LEFT`")
              .run(ListQueues::brpoplpush),
          row(
                  "LMOVE",
                  5,
                  "list",
                  "6.2.0",
                  WRITE | DENYOOM,
                  "source destination wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .acl("list")
              .complexity("O(1)")
              .summary("Moves an element from one list to another.")
              .run(ListQueues::lmove),
          row(
                  "LMPOP",
                  -4,
                  "list",
                  "7.0.0",
                  WRITE,
                  "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]")
              .keys(KeySpec.keyNum(1, "RW ACCESS DELETE"))
              .acl("list")
              .complexity("O(N+M), N = keys, M = elements returned")
              .summary("Takes elements out of the first list that has any.")
              .run(ListQueues::lmpop),
          row("RPOPLPUSH", 3, "list", "1.2.0", WRITE | DENYOOM, "source destination")
              .keys(1, 1, 1, "RW ACCESS DELETE")
              .keys(2, 2, 1, "RW INSERT")
              .acl("list")
              .complexity("O(1)")
              .summary("Moves the last element of a list to the front of another.")
              .deprecated("6.2.0", "`LMOVE` from `RIGHT` to `LEFT`")
              .run(ListQueues::rpoplpush));

  private ListQueues() {}

  private static void blmove(Request q, RespWriter out) {
    if (!isEnd(q, 3) || !isEnd(q, 4)) {
      out.error(Errors.SYNTAX);
    } else {
      moveOrWait(q, out, q.is(3, "left"), q.is(4, "left"));
    }
  }

  private static boolean isEnd(Request q, int i) {
    return q.is(i, "left") || q.is(i, "right");
  }

  /** The timeout is the last argument. */
  private static void moveOrWait(Request q, RespWriter out, boolean fromFront, boolean toFront) {
    long timeoutMillis = BlockingOptions.seconds(q, out, q.argc() - 1);
    if (timeoutMillis == BlockingOptions.REFUSED) {
      return;
    }
    Entry source = q.key(1);
    if (find(q, source)) {
      if (move(q, out, source, fromFront, toFront)) {
        nameMove(q, fromFront, toFront);
      }
    } else if (q.mayBlock()) {
      q.block(1, 1, timeoutMillis, RespWriter::nilArray);
    } else {
      out.nil();
    }
  }

  /** What a move does that could have waited. */
  private static void nameMove(Request q, boolean fromFront, boolean toFront) {
    if (q.argc() == 4) {
      q.effect(3).word("RPOPLPUSH").arguments(q, 1, 3);
    } else if (q.isRetry()) {
      Effects effect = q.effect(5).word("LMOVE").arguments(q, 1, 3);
      effect.word(fromFront ? "left" : "right").word(toFront ? "left" : "right");
    } else {
      q.effect(5).word("LMOVE").arguments(q, 1, 5);
    }
  }

  /** Looks a key up; to a client that waits already, a value of another type is none. */
  private static boolean find(Request q, Entry e) {
    return q.db().write(e) && !(q.isRetry() && q.db().list(e) == null);
  }

  private static void blmpop(Request q, RespWriter out) {
    long options = MultiPopOptions.of(q, out, 2, "left", "right");
    if (options == MultiPopOptions.REFUSED) {
      return;
    }
    long timeoutMillis = BlockingOptions.seconds(q, out, 1);
    if (timeoutMillis != BlockingOptions.REFUSED && !popAny(q, out, options, 3)) {
      block(q, out, 3, 2 + MultiPopOptions.keys(options), timeoutMillis);
    }
  }

  private static void block(
      Request q, RespWriter out, int firstKey, int lastKey, long timeoutMillis) {
    if (q.mayBlock()) {
      q.block(firstKey, lastKey, timeoutMillis, RespWriter::nilArray);
    } else {
      out.nilArray();
    }
  }

  /**
   * Takes elements from the first list that is there, the keys beginning at a position.
   *
   * @return whether there was one; something has been replied then
   */
  private static boolean popAny(Request q, RespWriter out, long options, int firstKey) {
    int keys = MultiPopOptions.keys(options);
    for (int i = firstKey; i < firstKey + keys; i++) {
      Entry e = q.key(i);
      if (find(q, e)) {
        ListValue list = q.db().list(e);
        if (list == null) {
          out.error(Errors.WRONG_TYPE);
        } else {
          out.array(2);
          out.bulk(q.bytes(), q.offset(i), q.length(i));
          boolean front = MultiPopOptions.isFirst(options);
          long count = Math.min(MultiPopOptions.count(options), list.size());
          ListCommands.popSeveral(q, out, e, list, count, front);
          q.effect(3).word(front ? "LPOP" : "RPOP").argument(q, i).number(count);
        }
        return true;
      }
    }
    return false;
  }

  private static void blpop(Request q, RespWriter out) {
    popOrWait(q, out, true);
  }

  private static void brpop(Request q, RespWriter out) {
    popOrWait(q, out, false);
  }

  private static void popOrWait(Request q, RespWriter out, boolean front) {
    int last = q.argc() - 2;
    long timeoutMillis = BlockingOptions.seconds(q, out, q.argc() - 1);
    if (timeoutMillis == BlockingOptions.REFUSED) {
      return;
    }
    for (int i = 1; i <= last; i++) {
      Entry e = q.key(i);
      if (find(q, e)) {
        ListValue list = q.db().list(e);
        if (list == null) {
          out.error(Errors.WRONG_TYPE);
        } else {
          out.array(2);
          out.bulk(q.bytes(), q.offset(i), q.length(i));
          ListCommands.popOne(q, out, e, list, front);
          q.effect(2).word(front ? "LPOP" : "RPOP").argument(q, i);
        }
        return;
      }
    }
    block(q, out, 1, last, timeoutMillis);
  }

  private static void brpoplpush(Request q, RespWriter out) {
    moveOrWait(q, out, false, true);
  }

  private static void lmove(Request q, RespWriter out) {
    if (!isEnd(q, 3) || !isEnd(q, 4)) {
      out.error(Errors.SYNTAX);
    } else {
      moveNow(q, out, q.is(3, "left"), q.is(4, "left"));
    }
  }

  private static void moveNow(Request q, RespWriter out, boolean fromFront, boolean toFront) {
    Entry source = q.key(1);
    if (q.db().write(source)) {
      boolean unused = move(q, out, source, fromFront, toFront);
    } else {
      out.nil();
    }
  }

  /** Moves an element of a key that is there; false: an error has been replied instead. */
  private static boolean move(
      Request q, RespWriter out, Entry source, boolean fromFront, boolean toFront) {
    Database db = q.db();
    ListValue from = db.list(source);
    if (from == null) {
      out.error(Errors.WRONG_TYPE);
      return false;
    }
    if (q.length(1) == q.length(2)
        && Bytes.equal(q.bytes(), q.offset(1), q.bytes(), q.offset(2), q.length(1))) {
      turn(q, out, source, from, fromFront, toFront);
      return true;
    }
    Entry target = q.otherKey(2);
    db.write(target);
    ListValue to = db.otherList(target);
    if (to == null) {
      out.error(Errors.WRONG_TYPE);
      return false;
    }
    from = again(db, source); // the look-up may have removed a key that had expired
    from.end(fromFront);
    to.push(from.bytes(), from.offset(), from.length(), toFront);
    db.changedToo(target, KeyspaceEvents.LIST, toFront ? "lpush" : "rpush");
    db.ready(target);
    ListCommands.popOne(q, out, source, again(db, source), fromFront);
    return true;
  }

  /** Finds a list again that is known to be there, after its partition may have changed. */
  private static ListValue again(Database db, Entry e) {
    boolean found = db.peek(e);
    assert found;
    return requireNonNull(db.list(e));
  }

  /** Moves an element of a list to an end of the same list. */
  private static void turn(
      Request q, RespWriter out, Entry e, ListValue list, boolean fromFront, boolean toFront) {
    list.end(fromFront);
    int n = list.length();
    byte[] element = list.copied();
    out.bulk(element, 0, n);
    if (fromFront != toFront) {
      list.push(element, 0, n, toFront);
      list.pop(fromFront);
    }
    q.db().changedToo(e, KeyspaceEvents.LIST, toFront ? "lpush" : "rpush");
    q.db().changedElements(e, list, fromFront ? "lpop" : "rpop");
  }

  private static void lmpop(Request q, RespWriter out) {
    long options = MultiPopOptions.of(q, out, 1, "left", "right");
    if (options != MultiPopOptions.REFUSED && !popAny(q, out, options, 2)) {
      out.nilArray();
    }
  }

  private static void rpoplpush(Request q, RespWriter out) {
    moveNow(q, out, false, true);
  }
}
