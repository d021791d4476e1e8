package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import io.hydrion.util.DoubleText;

/** A call of SSCAN, HSCAN or ZSCAN: it collects the elements that it will reply. */
final class ElementScan {
  /** Shows elements of a value. */
  @FunctionalInterface
  interface Walk {
    /**
     * Shows the scan the elements from a cursor on, at least one if there is one, and few more, and
     * returns the next cursor; 0 when the walk is done.
     */
    long step(long cursor, ElementScan scan);
  }

  /** Finds out how to walk over the value of a key that is there and has the right type. */
  @FunctionalInterface
  interface Value {
    Walk walk(Entry e);
  }

  /** Up to here Redis takes a double for an integer. */
  private static final double WHOLE_MAX = 0x1p62;

  private final ScanOptions options;
  private final BulkList found = new BulkList();
  private long visited;

  private ElementScan(ScanOptions options) {
    this.options = options;
  }

  /** Does all that the command has to do; its key is the first argument, its cursor the second. */
  static void run(Request q, RespWriter out, ValueType type, Value value) {
    ScanOptions.Of what = type == ValueType.HASH ? ScanOptions.Of.FIELDS : ScanOptions.Of.MEMBERS;
    ScanOptions options = new ScanOptions(q, what, 2);
    if (!options.checkCursor(out)) {
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      reply(out, 0, new BulkList());
    } else if (e.type() != type) {
      out.error(Errors.WRONG_TYPE);
    } else if (options.read(out)) {
      new ElementScan(options).run(out, value.walk(e));
    }
  }

  private void run(RespWriter out, Walk walk) {
    long cursor = options.cursor();
    do {
      cursor = walk.step(cursor, this);
    } while (cursor != 0
        && visited < options.count()
        && found.bytes() < ScanOptions.REPLY_BYTES
        && !found.isFull());
    if (found.isFull()) {
      out.error(BulkList.TOO_LARGE);
    } else {
      reply(out, cursor, found);
    }
  }

  private static void reply(RespWriter out, long cursor, BulkList found) {
    out.array(2);
    out.bulk(Long.toUnsignedString(cursor));
    found.writeTo(out);
  }

  /** Takes a member of a set. */
  void member(byte[] a, int at, int n) {
    visited++;
    if (options.pattern().matches(a, at, n)) {
      found.add(a, at, n);
    }
  }

  /** Takes a field of a hash and its value, which is left out if the client does not want it. */
  void field(byte[] a, int field, int fieldLength, int value, int valueLength) {
    visited++;
    if (options.pattern().matches(a, field, fieldLength)) {
      found.add(a, field, fieldLength);
      if (!options.noValues()) {
        found.add(a, value, valueLength);
      }
    }
  }

  /**
   * Takes a member of a sorted set and its score.
   *
   * @param isPacked whether the set is; whole scores are written without an exponent then, as Redis
   *     keeps them
   */
  void scored(byte[] a, int at, int n, double score, boolean isPacked) {
    visited++;
    if (options.pattern().matches(a, at, n)) {
      byte[] text = new byte[DoubleText.LENGTH_MAX];
      boolean isWhole = isPacked && score == (long) score && Math.abs(score) <= WHOLE_MAX;
      found.add(a, at, n);
      found.add(
          text,
          0,
          isWhole ? Bytes.putDecimal(text, 0, (long) score) : DoubleText.put(text, 0, score));
    }
  }

  /** Counts an element that is not to be shown: a call's work is limited by these too. */
  void skipped() {
    visited++;
  }
}
