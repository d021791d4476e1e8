package io.hydrion.command;

import io.hydrion.engine.Effects;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.StreamValue;

/** The options of XADD and XTRIM: which entries to cut off a stream; of XADD the new id too. */
final class TrimOptions {
  private static final String TWO_STRATEGIES =
      "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";

  /** Of how many full blocks about entries are cut off at once, unless LIMIT says otherwise. */
  private static final long BLOCKS = 100;

  private static final long LIMIT_DEFAULT = 10_000;
  private static final long LIMIT_MAX = 1_000_000;

  /** What a parser returns that has replied an error. */
  static final int REFUSED = -1;

  private enum Strategy {
    NONE,
    LENGTH,
    ID
  }

  /** The id of the new entry, unless it is {@code *}. */
  final StreamId id = new StreamId();

  boolean hasId;
  boolean onlyIfThere;
  private Strategy strategy = Strategy.NONE;
  private boolean isRough;
  private boolean hasLimit;
  private long limit;
  private long length;
  private final StreamId lowest = new StreamId();

  /** Parses what follows the key of XADD; returns where the id stands, or REFUSED. */
  int parseAdd(Request q, RespWriter out) {
    int i = 2;
    for (; i < q.argc() && !q.is(i, "*"); i++) {
      if (q.is(i, "nomkstream")) {
        onlyIfThere = true;
        continue;
      }
      int end = option(q, out, i);
      if (end == REFUSED) {
        return REFUSED;
      }
      if (end == i) {
        if (!id.parseOpen(q, out, i)) {
          return REFUSED;
        }
        hasId = true;
        break;
      }
      i = end;
    }
    return isSensible(q, out, true) ? i : REFUSED;
  }

  /** Parses what follows the key of XTRIM; false: the error has been replied. */
  boolean parseTrim(Request q, RespWriter out) {
    for (int i = 2; i < q.argc(); i++) {
      int end = option(q, out, i);
      if (end == REFUSED) {
        return false;
      }
      if (end == i) {
        out.error(Errors.SYNTAX);
        return false;
      }
      i = end;
    }
    return isSensible(q, out, false);
  }

  /** Parses an option; returns its last argument, {@code i} when it is none, or REFUSED. */
  private int option(Request q, RespWriter out, int i) {
    if (i + 1 >= q.argc()) {
      return i;
    }
    if (q.is(i, "limit")) {
      return limit(q, out, i + 1) ? i + 1 : REFUSED;
    }
    boolean byLength = q.is(i, "maxlen");
    if (!byLength && !q.is(i, "minid")) {
      return i;
    }
    if (strategy != Strategy.NONE) {
      out.error(TWO_STRATEGIES);
      return REFUSED;
    }
    int at = i + 1;
    if (at + 1 < q.argc() && (q.is(at, "~") || q.is(at, "="))) {
      isRough = q.is(at, "~");
      at++;
    }
    strategy = byLength ? Strategy.LENGTH : Strategy.ID;
    boolean parsed = byLength ? length(q, out, at) : lowest.parse(q, out, at);
    return parsed ? at : REFUSED;
  }

  private boolean length(Request q, RespWriter out, int i) {
    if (!q.isLong(i)) {
      out.error(Errors.NOT_INTEGER);
      return false;
    }
    length = q.longAt(i);
    if (length < 0) {
      out.error("ERR The MAXLEN argument must be >= 0.");
      return false;
    }
    return true;
  }

  private boolean limit(Request q, RespWriter out, int i) {
    if (!q.isLong(i)) {
      out.error(Errors.NOT_INTEGER);
      return false;
    }
    limit = q.longAt(i);
    if (limit < 0) {
      out.error("ERR The LIMIT argument must be >= 0.");
      return false;
    }
    hasLimit = true;
    return true;
  }

  private boolean isSensible(Request q, RespWriter out, boolean isAdd) {
    String error = null;
    if (limit != 0 && strategy == Strategy.NONE) {
      error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
    } else if (!isAdd && strategy == Strategy.NONE) {
      error = "ERR syntax error, XTRIM must be called with a trimming strategy";
    } else if (hasLimit && !isRough && !q.isReplaying()) {
      error = "ERR syntax error, LIMIT cannot be used without the special ~ option";
    }
    if (error != null) {
      out.error(error);
      return false;
    }
    if (q.isReplaying()) {
      limit = 0; // Redis leaves LIMIT in its log, though it has said exactly what is left
    } else if (!hasLimit && isRough) {
      long entries = q.engine().settings().streamNodeMaxEntries();
      limit = entries <= 0 ? LIMIT_DEFAULT : Math.min(entries, LIMIT_MAX / BLOCKS) * BLOCKS;
    }
    return true;
  }

  /** Whether what is cut off hangs on how the stream lies in memory. */
  boolean isRough() {
    return isRough;
  }

  /**
   * Names what the command has done: with the length or the first id that the stream has been
   * trimmed to, and the id that its new entry has got.
   *
   * @param idAt the position of the id; the number of all arguments when there is none
   */
  void name(Request q, StreamValue stream, int idAt) {
    int limits = 0;
    for (int i = 2; i < idAt; i = end(q, i)) {
      limits += q.is(i, "limit") ? 1 : 0;
    }
    Effects effect = q.effect(q.argc() - 2 * limits).name(q).argument(q, 1);
    for (int i = 2; i < idAt; i = end(q, i)) {
      int end = end(q, i);
      if (isRough && end == i + 3) {
        effect.argument(q, i).word("=");
        nameThreshold(effect, stream);
      } else if (!q.is(i, "limit")) {
        effect.arguments(q, i, end);
      }
    }
    if (idAt < q.argc()) {
      effect.id(id.ms, id.seq).arguments(q, idAt + 1, q.argc());
    }
  }

  private void nameThreshold(Effects effect, StreamValue stream) {
    if (strategy == Strategy.LENGTH) {
      effect.number(stream.size());
    } else if (stream.size() > 0) {
      effect.id(stream.firstMs(), stream.firstSeq());
    } else {
      effect.id(StreamId.HIGHEST, StreamId.HIGHEST);
    }
  }

  /** Where an option that begins at a position ends. */
  private static int end(Request q, int i) {
    if (q.is(i, "nomkstream")) {
      return i + 1;
    }
    return q.is(i + 1, "~") || q.is(i + 1, "=") ? i + 3 : i + 2;
  }

  /** Trims a stream; returns how many entries were cut off. */
  long trim(StreamValue stream) {
    return switch (strategy) {
      case NONE -> 0;
      case LENGTH -> stream.trimTo(length, isRough, limit);
      case ID -> stream.trimBelow(lowest.ms, lowest.seq, isRough, limit);
    };
  }
}
