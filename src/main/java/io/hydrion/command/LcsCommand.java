package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.Lcs;
import it.unimi.dsi.fastutil.ints.IntArrayList;

/** LCS, which has more options and a longer reply than the other commands on strings. */
final class LcsCommand {
  /** Redis's table takes 4 bytes a cell; strings with a larger table than this take us too long. */
  private static final long TABLE_MAX = 1L << 36;

  private LcsCommand() {}

  static void run(Request q, RespWriter out) {
    Entry a = q.key(1);
    Entry b = q.otherKey(2);
    q.db().read(a);
    q.db().read(b);
    q.db().peek(a); // the second look-up may have removed a key that had expired
    if ((a.exists() && !a.isString()) || (b.exists() && !b.isString())) {
      out.error("ERR The specified keys must contain string values");
      return;
    }
    boolean lengthOnly = false;
    boolean indices = false;
    boolean withLengths = false;
    long shortest = 0;
    for (int i = 3; i < q.argc(); i++) {
      if (q.is(i, "idx")) {
        indices = true;
      } else if (q.is(i, "len")) {
        lengthOnly = true;
      } else if (q.is(i, "withmatchlen")) {
        withLengths = true;
      } else if (!q.is(i, "minmatchlen") || ++i == q.argc()) {
        out.error(Errors.SYNTAX);
        return;
      } else if (!q.isLong(i)) {
        out.error(Errors.NOT_INTEGER);
        return;
      } else {
        shortest = q.longAt(i);
      }
    }
    if (lengthOnly && indices) {
      out.error("ERR If you want both the length and indexes, please just use IDX.");
      return;
    }
    int aLength = a.exists() ? a.valueLength() : 0;
    int bLength = b.exists() ? b.valueLength() : 0;
    long table = (aLength + 1L) * (bLength + 1L) * 4;
    if (table > q.engine().settings().protoMaxBulkLen() || table < 0) {
      out.error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
      return;
    }
    if (table > TABLE_MAX) {
      out.error("ERR Insufficient memory, failed allocating transient memory for LCS");
      return;
    }
    Lcs lcs = new Lcs(a.bytes(), a.valueOffset(), aLength, b.bytes(), b.valueOffset(), bLength);
    if (lengthOnly) {
      out.integer(lcs.length());
    } else if (indices) {
      replyRuns(out, lcs.find(), shortest, withLengths);
    } else {
      replySubsequence(out, a, lcs.find());
    }
  }

  private static int total(IntArrayList runs) {
    int total = 0;
    for (int i = 2; i < runs.size(); i += 3) {
      total += runs.getInt(i);
    }
    return total;
  }

  private static void replySubsequence(RespWriter out, Entry a, IntArrayList runs) {
    byte[] text = new byte[total(runs)];
    int at = text.length;
    for (int i = 0; i < runs.size(); i += 3) {
      int n = runs.getInt(i + 2);
      at -= n;
      System.arraycopy(a.bytes(), a.valueOffset() + runs.getInt(i), text, at, n);
    }
    out.bulk(text);
  }

  private static void replyRuns(
      RespWriter out, IntArrayList runs, long shortest, boolean withLengths) {
    int count = 0;
    for (int i = 2; i < runs.size(); i += 3) {
      count += runs.getInt(i) >= shortest ? 1 : 0;
    }
    out.map(2);
    out.bulk("matches");
    out.array(count);
    for (int i = 0; i < runs.size(); i += 3) {
      int n = runs.getInt(i + 2);
      if (n >= shortest) {
        out.array(withLengths ? 3 : 2);
        replyRange(out, runs.getInt(i), n);
        replyRange(out, runs.getInt(i + 1), n);
        if (withLengths) {
          out.integer(n);
        }
      }
    }
    out.bulk("len");
    out.integer(total(runs));
  }

  private static void replyRange(RespWriter out, int start, int length) {
    out.array(2);
    out.integer(start);
    out.integer(start + length - 1);
  }
}
