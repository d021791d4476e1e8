package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.HashValue;
import io.hydrion.store.Partition;
import org.jspecify.annotations.Nullable;

/** Arguments of the commands that let fields of hashes expire. */
final class FieldOptions {
  /** Stands for an argument that is wrong; the error has been replied. */
  static final int WRONG = -1;

  /** The last time at which a field can expire. */
  private static final long LAST = (1L << 46) - 1;

  /** Under which condition a field gets an expiry. */
  enum Condition {
    NONE,
    NX,
    XX,
    GT,
    LT;

    /** A field without an expiry can become one that expires earlier, but not later. */
    boolean allows(long old, long at) {
      return switch (this) {
        case NONE -> true;
        case NX -> old == Partition.NEVER;
        case XX -> old != Partition.NEVER;
        case GT -> old < at;
        case LT -> old > at;
      };
    }
  }

  /** How a time is given. */
  enum Unit {
    EX("ex"),
    PX("px"),
    EXAT("exat"),
    PXAT("pxat");

    private final String word;

    Unit(String word) {
      this.word = word;
    }

    boolean isSeconds() {
      return this == EX || this == EXAT;
    }

    boolean isFromNow() {
      return this == EX || this == PX;
    }
  }

  private static final Unit[] UNITS = Unit.values();

  private FieldOptions() {}

  /** The time at an argument, in ms since the epoch; WRONG if it is none. */
  static long time(Request q, RespWriter out, int i, Unit unit) {
    if (!q.isLong(i)) {
      out.error(Errors.NOT_INTEGER);
      return WRONG;
    }
    long time = q.longAt(i);
    if (time < 0) {
      out.error("ERR invalid expire time, must be >= 0");
      return WRONG;
    }
    int millis = unit.isSeconds() ? 1000 : 1;
    long base = unit.isFromNow() ? q.now() : 0;
    if (time > LAST / millis || time * millis > LAST - base) {
      out.error(Errors.invalidExpire(q.command().fullName()));
      return WRONG;
    }
    return time * millis + base;
  }

  static Condition condition(Request q, int i) {
    if (q.is(i, "nx")) {
      return Condition.NX;
    }
    if (q.is(i, "xx")) {
      return Condition.XX;
    }
    if (q.is(i, "gt")) {
      return Condition.GT;
    }
    return q.is(i, "lt") ? Condition.LT : Condition.NONE;
  }

  /**
   * The position of the first of the fields that end the command, after the word and their number;
   * WRONG if they are not there.
   */
  static int fields(Request q, RespWriter out, int i, String notPositive) {
    if (!q.is(i, "fields")) {
      out.error("ERR Mandatory argument FIELDS is missing or not at the right position");
    } else if (i + 1 == q.argc()) {
      out.error(Errors.wrongArity(q.command().name()));
    } else if (!q.isLong(i + 1) || q.longAt(i + 1) < 1) {
      out.error(notPositive);
    } else if (q.longAt(i + 1) != q.argc() - i - 2) {
      out.error("ERR The `numfields` parameter must match the number of arguments");
    } else {
      return i + 2;
    }
    return WRONG;
  }

  static @Nullable Unit unit(Request q, int i) {
    for (Unit unit : UNITS) {
      if (q.is(i, unit.word)) {
        return unit;
      }
    }
    return null;
  }

  /** What stands between the key and the fields of HSETEX. */
  static final class OfSet {
    boolean onlyNew;
    boolean onlyOld;
    boolean keeps;
    long at = Partition.NEVER;

    /** The argument that says the time; 0: none does. */
    int timeAt;

    int first;

    /** Reads the options and the number of fields; false when an error has been replied. */
    boolean read(Request q, RespWriter out) {
      boolean hasTime = false;
      for (int i = 2; i < q.argc(); i++) {
        Unit unit = unit(q, i);
        if (q.is(i, "fields")) {
          return readFields(q, out, i);
        }
        if (unit != null || q.is(i, "keepttl")) {
          if (hasTime) {
            out.error("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
            return false;
          }
          hasTime = true;
          keeps = unit == null;
          if (unit != null && !readTime(q, out, ++i, unit)) {
            return false;
          }
        } else if (q.is(i, "fxx") || q.is(i, "fnx")) {
          if (onlyNew || onlyOld) {
            out.error("ERR Only one of FXX or FNX arguments can be specified");
            return false;
          }
          onlyNew = q.is(i, "fnx");
          onlyOld = !onlyNew;
        } else {
          out.error("ERR unknown argument: " + q.textOfC(i));
          return false;
        }
      }
      out.error(Errors.wrongArity(q.command().name()));
      return false;
    }

    private boolean readTime(Request q, RespWriter out, int i, Unit unit) {
      if (i == q.argc()) {
        out.error("ERR missing expire time");
        return false;
      }
      timeAt = i;
      at = time(q, out, i, unit);
      return at != WRONG;
    }

    private boolean readFields(Request q, RespWriter out, int i) {
      int rest = q.argc() - i - 2;
      if (rest >= 2 && !(q.isLong(i + 1) && isCount(q.longAt(i + 1)))) {
        out.error("ERR invalid number of fields");
        return false;
      }
      if (rest < 2 || rest % 2 != 0 || q.longAt(i + 1) != rest / 2) {
        out.error(Errors.wrongArity(q.command().name()));
        return false;
      }
      first = i + 2;
      return true;
    }

    private static boolean isCount(long n) {
      return n >= 1 && n <= Integer.MAX_VALUE;
    }

    /** Whether all fields are there, or none, if one of these was asked for. */
    boolean allow(Request q, HashValue hash) {
      for (int i = first; (onlyNew || onlyOld) && i < q.argc(); i += 2) {
        if (HashCommands.findLive(q, hash, i) == onlyNew) {
          return false;
        }
      }
      return true;
    }
  }
}
