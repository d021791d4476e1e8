package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.store.StoreFullException;
import io.hydrion.util.BitField;
import io.hydrion.util.BitField.Overflow;
import io.hydrion.util.Bits;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bitmaps: strings as arrays of bits, the highest bit of the first byte first. */
final class BitmapCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "BITCOUNT",
                  -2,
                  "bitmap",
                  "2.6.0",
                  READONLY,
                  "key index=[start end [BYTE | BIT]^7.0.0]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("bitmap")
              .complexity("O(N), N = bytes looked at")
              .summary("Counts the bits that are set.")
              .history("7.0.0", "ranges in bytes or bits")
              .run(BitmapCommands::bitcount),
          row(
                  "BITFIELD",
                  -2,
                  "bitmap",
                  "3.2.0",
                  WRITE | DENYOOM,
                  "key operation=[GET encoding offset | write=<[OVERFLOW <WRAP | SAT | FAIL>]"
                      + " write_operation=<SET encoding offset value:integer | INCRBY encoding"
                      + " offset increment>>] [...]")
              .keys(1, 1, 1, "RW ACCESS UPDATE VARIABLE_FLAGS")
              .note("its operations can read and write")
              .acl("bitmap")
              .complexity("O(1) an operation")
              .summary("Reads and changes integers of any width inside a string.")
              .event("setbit")
              .run(BitmapCommands::bitfield),
          row(
                  "BITFIELD_RO",
                  -2,
                  "bitmap",
                  "6.0.0",
                  READONLY | FAST,
                  "key [GET encoding offset [GET encoding offset ...]]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("bitmap")
              .complexity("O(1) an operation")
              .summary("Reads integers of any width inside a string.")
              .run(BitmapCommands::bitfieldRo),
          row("BITOP", -4, "bitmap", "2.6.0", WRITE | DENYOOM, "operation destkey key [key ...]")
              .keys(2, 2, 1, "OW UPDATE")
              .keys(3, -1, 1, "RO ACCESS")
              .acl("bitmap")
              .complexity("O(N), N = bytes of the longest string")
              .summary("Combines strings bit by bit and stores the result.")
              .event("set")
              .run(BitmapCommands::bitop),
          row(
                  "BITPOS",
                  -3,
                  "bitmap",
                  "2.8.7",
                  READONLY,
                  "key bit index=[start end_index=[end [BYTE | BIT]^7.0.0]]")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("bitmap")
              .complexity("O(N), N = bytes looked at")
              .summary("Finds the first bit that is 0 or 1.")
              .history("7.0.0", "ranges in bytes or bits")
              .run(BitmapCommands::bitpos),
          row("GETBIT", 3, "bitmap", "2.2.0", READONLY | FAST, "key offset")
              .keys(1, 1, 1, "RO ACCESS")
              .acl("bitmap")
              .complexity("O(1)")
              .summary("Reads one bit.")
              .run(BitmapCommands::getbit),
          row("SETBIT", 4, "bitmap", "2.2.0", WRITE | DENYOOM, "key offset value:integer")
              .keys(1, 1, 1, "RW ACCESS UPDATE")
              .acl("bitmap")
              .complexity("O(1)")
              .summary("Writes one bit and returns what it was.")
              .event("setbit")
              .run(BitmapCommands::setbit));

  private static final String BAD_OFFSET = "ERR bit offset is not an integer or out of range";
  private static final String BAD_BIT = "ERR bit is not an integer or out of range";
  private static final String BAD_TYPE =
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
          + " i64 is.";

  /** No offset: the argument is none. */
  private static final long NONE = -1;

  private BitmapCommands() {}

  private static void bitcount(Request q, RespWriter out) {
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
      return;
    }
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int at = e.valueOffset();
    int length = e.valueLength();
    int argc = q.argc();
    if (argc == 2) {
      out.integer(Bits.count(e.bytes(), at, at + length));
      return;
    }
    if (argc != 4 && argc != 5) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (!q.isLong(2) || !q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long start = q.longAt(2);
    long end = q.longAt(3);
    if (start < 0 && end < 0 && start > end) {
      out.integer(0);
      return;
    }
    boolean inBits = argc == 5 && q.is(4, "bit");
    if (argc == 5 && !inBits && !q.is(4, "byte")) {
      out.error(Errors.SYNTAX);
      return;
    }
    long total = inBits ? length * 8L : length;
    start = first(start, total);
    end = last(end, total);
    if (start > end) {
      out.integer(0);
    } else if (inBits) {
      out.integer(Bits.countBits(e.bytes(), at, start, end));
    } else {
      out.integer(Bits.count(e.bytes(), at + (int) start, at + (int) end + 1));
    }
  }

  /** The index that the start of a range means, negative ones counting from the end. */
  private static long first(long start, long total) {
    return start < 0 ? Math.max(0, start + total) : start;
  }

  /** The index that the end of a range means. */
  private static long last(long end, long total) {
    return Math.min(total - 1, end < 0 ? Math.max(0, end + total) : end);
  }

  private static void bitfield(Request q, RespWriter out) {
    List<FieldOperation> operations = parseOperations(q, out);
    if (operations == null) {
      return;
    }
    if (operations.stream().allMatch(operation -> operation.kind == Kind.GET)) {
      readFields(q, out, operations);
    } else {
      changeFields(q, out, operations);
    }
  }

  private static void bitfieldRo(Request q, RespWriter out) {
    List<FieldOperation> operations = parseOperations(q, out);
    if (operations == null) {
      return;
    }
    if (operations.stream().allMatch(operation -> operation.kind == Kind.GET)) {
      readFields(q, out, operations);
    } else {
      out.error("ERR BITFIELD_RO only supports the GET subcommand");
    }
  }

  private enum Kind {
    GET,
    SET,
    INCREMENT
  }

  /** One operation of BITFIELD. */
  private record FieldOperation(
      Kind kind, Overflow overflow, boolean signed, int bits, long offset, long operand) {
    long last() {
      return offset + bits - 1;
    }

    long read(byte[] a, int off, int len) {
      long value = BitField.get(a, off, len, offset, bits);
      return signed ? BitField.signed(value, bits) : value;
    }
  }

  /** Parses what follows the key; null when it makes no sense, and then the error is replied. */
  private static @Nullable List<FieldOperation> parseOperations(Request q, RespWriter out) {
    List<FieldOperation> operations = new ArrayList<>();
    Overflow overflow = Overflow.WRAP;
    int i = 2;
    while (i < q.argc()) {
      int rest = q.argc() - i - 1;
      if (q.is(i, "overflow") && rest >= 1) {
        Overflow given = overflow(q, i + 1);
        if (given == null) {
          out.error("ERR Invalid OVERFLOW type specified");
          return null;
        }
        overflow = given;
        i += 2;
        continue;
      }
      Kind kind = kind(q, i, rest);
      if (kind == null) {
        out.error(Errors.SYNTAX);
        return null;
      }
      FieldOperation operation = parseOperation(q, out, i, kind, overflow);
      if (operation == null) {
        return null;
      }
      operations.add(operation);
      i += kind == Kind.GET ? 3 : 4;
    }
    return operations;
  }

  private static @Nullable Overflow overflow(Request q, int i) {
    if (q.is(i, "wrap")) {
      return Overflow.WRAP;
    }
    if (q.is(i, "sat")) {
      return Overflow.SATURATE;
    }
    return q.is(i, "fail") ? Overflow.FAIL : null;
  }

  private static @Nullable Kind kind(Request q, int i, int rest) {
    if (q.is(i, "get") && rest >= 2) {
      return Kind.GET;
    }
    if (q.is(i, "set") && rest >= 3) {
      return Kind.SET;
    }
    return q.is(i, "incrby") && rest >= 3 ? Kind.INCREMENT : null;
  }

  private static @Nullable FieldOperation parseOperation(
      Request q, RespWriter out, int i, Kind kind, Overflow overflow) {
    int type = q.length(i + 1) == 0 ? 0 : q.bytes()[q.offset(i + 1)];
    boolean signed = type == 'i';
    int at = q.offset(i + 1) + 1;
    int length = q.length(i + 1) - 1;
    long bits =
        (signed || type == 'u') && Bytes.isLong(q.bytes(), at, length)
            ? Bytes.parseLong(q.bytes(), at, length)
            : 0;
    if (bits < 1 || bits > (signed ? 64 : 63)) {
      out.error(BAD_TYPE);
      return null;
    }
    long offset = bitOffset(q, i + 2, (int) bits);
    if (offset == NONE) {
      out.error(BAD_OFFSET);
      return null;
    }
    if (kind != Kind.GET && !q.isLong(i + 3)) {
      out.error(Errors.NOT_INTEGER);
      return null;
    }
    long operand = kind == Kind.GET ? 0 : q.longAt(i + 3);
    return new FieldOperation(kind, overflow, signed, (int) bits, offset, operand);
  }

  /**
   * The bit offset at an argument, or NONE.
   *
   * @param bits where not 0, an offset after a # counts integers of so many bits
   */
  private static long bitOffset(Request q, int i, int bits) {
    int at = q.offset(i);
    int length = q.length(i);
    boolean counts = bits > 0 && length > 0 && q.bytes()[at] == '#';
    if (counts) {
      at++;
      length--;
    }
    if (!Bytes.isLong(q.bytes(), at, length)) {
      return NONE;
    }
    long offset = Bytes.parseLong(q.bytes(), at, length);
    if (counts) {
      offset *= bits; // may wrap around, as in Redis
    }
    return offset >= 0 && offset >>> 3 < q.engine().settings().protoMaxBulkLen() ? offset : NONE;
  }

  private static void readFields(Request q, RespWriter out, List<FieldOperation> operations) {
    Entry e = q.key(1);
    boolean found = q.db().read(e);
    if (found && !e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    out.array(operations.size());
    for (FieldOperation operation : operations) {
      out.integer(found ? operation.read(e.bytes(), e.valueOffset(), e.valueLength()) : 0);
    }
  }

  private static void changeFields(Request q, RespWriter out, List<FieldOperation> operations) {
    long last = 0;
    for (FieldOperation operation : operations) {
      if (operation.kind != Kind.GET) {
        last = Math.max(last, operation.last());
      }
    }
    Entry e = q.key(1);
    if (q.db().write(e) && !e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (isBeyondRecord(last)) {
      out.error(Errors.STRING_TOO_LONG);
      return;
    }
    boolean grown = reach(q, e, last);
    out.array(operations.size());
    int changes = 0;
    for (FieldOperation operation : operations) {
      changes += perform(out, e, operation, grown) ? 1 : 0;
    }
    if (changes > 0) {
      q.db().changedValue(e);
      q.worker().stats().dirty += changes - 1;
    }
  }

  /** Runs an operation and replies its result; returns whether it counts as a change. */
  private static boolean perform(RespWriter out, Entry e, FieldOperation operation, boolean grown) {
    byte[] a = e.bytes();
    int at = e.valueOffset();
    int bits = operation.bits;
    long old = operation.read(a, at, e.valueLength());
    if (operation.kind == Kind.GET) {
      out.integer(old);
      return false;
    }
    boolean increments = operation.kind == Kind.INCREMENT;
    long base = increments ? old : operation.operand;
    long increment = increments ? operation.operand : 0;
    int overflow = BitField.overflow(operation.signed, base, increment, bits);
    if (overflow != 0 && operation.overflow == Overflow.FAIL) {
      out.nil();
      return false;
    }
    long value =
        BitField.result(operation.signed, base, increment, bits, operation.overflow, overflow);
    out.integer(increments ? value : old);
    BitField.set(a, at, operation.offset, bits, value);
    return grown || value != old;
  }

  private static boolean isBeyondRecord(long bit) {
    return bit >>> 3 > Integer.MAX_VALUE - (1 << 20);
  }

  /** Makes a string reach to a bit, filling up with zeros; returns whether it has become longer. */
  private static boolean reach(Request q, Entry e, long bit) {
    int length = e.exists() ? e.valueLength() : 0;
    int needed = (int) (bit >>> 3) + 1;
    boolean grows = needed > length;
    q.db().resizeQuietly(e, Math.max(needed, length), Encoding.EDITED);
    if (grows) {
      int start = e.valueOffset();
      Arrays.fill(e.bytes(), start + length, start + needed, (byte) 0);
    }
    return grows;
  }

  private static void bitop(Request q, RespWriter out) {
    boolean inverts = q.is(1, "not");
    Bits.Operator operator = inverts ? Bits.Operator.OR : operator(q);
    if (operator == null) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (inverts && q.argc() != 4) {
      out.error("ERR BITOP NOT must be called with a single source key.");
      return;
    }
    int longest = 0;
    for (int i = 3; i < q.argc(); i++) {
      Entry e = q.key(i);
      if (q.db().read(e)) {
        if (!e.isString()) {
          out.error(Errors.WRONG_TYPE);
          return;
        }
        longest = Math.max(longest, e.valueLength());
      }
    }
    byte[] result = combine(q, operator, longest);
    if (inverts) {
      Bits.invert(result, longest);
    }
    Entry target = q.key(2);
    if (longest > 0) {
      q.db().write(target);
      q.db().newString(target, longest, Encoding.EDITED, Partition.NEVER);
      System.arraycopy(result, 0, target.bytes(), target.valueOffset(), longest);
    } else if (q.db().peek(target)) {
      q.db().delete(target, "del");
    }
    out.integer(longest);
  }

  private static Bits.@Nullable Operator operator(Request q) {
    if (q.is(1, "and")) {
      return Bits.Operator.AND;
    }
    if (q.is(1, "or")) {
      return Bits.Operator.OR;
    }
    return q.is(1, "xor") ? Bits.Operator.XOR : null;
  }

  private static byte[] combine(Request q, Bits.Operator operator, int length) {
    byte[] result = Heap.tryBytes(length);
    if (result == null) {
      throw new StoreFullException("no room on the heap for the result of BITOP");
    }
    for (int i = 3; i < q.argc(); i++) {
      Entry e = q.key(i);
      boolean found = q.db().peek(e);
      byte[] value = found ? e.bytes() : Bytes.EMPTY;
      int offset = found ? e.valueOffset() : 0;
      int n = found ? e.valueLength() : 0;
      if (i == 3) {
        System.arraycopy(value, offset, result, 0, n);
      } else {
        Bits.combine(operator, result, value, offset, n);
      }
    }
    return result;
  }

  private static void bitpos(Request q, RespWriter out) {
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long bit = q.longAt(2);
    if (bit != 0 && bit != 1) {
      out.error("ERR The bit argument must be 1 or 0.");
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(bit == 0 ? 0 : -1);
      return;
    }
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    int argc = q.argc();
    if (argc > 6) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (argc > 3 && !q.isLong(3)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    boolean inBits = argc == 6 && q.is(5, "bit");
    if (argc == 6 && !inBits && !q.is(5, "byte")) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (argc > 4 && !q.isLong(4)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long total = inBits ? e.valueLength() * 8L : e.valueLength();
    long start = first(argc > 3 ? q.longAt(3) : 0, total);
    long end = last(argc > 4 ? q.longAt(4) : -1, total);
    out.integer(position(e, start, end, inBits, bit == 1, argc > 4));
  }

  /**
   * The position of the first bit of a value in a range, or -1. A string whose end is not given
   * goes on with zeros.
   */
  private static long position(
      Entry e, long start, long end, boolean inBits, boolean one, boolean endGiven) {
    if (start > end) {
      return -1;
    }
    long firstBit = inBits ? start : start * 8;
    long lastBit = inBits ? end : end * 8 + 7;
    long found = Bits.find(e.bytes(), e.valueOffset(), firstBit, lastBit, one);
    return found < 0 && !one && !endGiven ? lastBit + 1 : found;
  }

  private static void getbit(Request q, RespWriter out) {
    long offset = bitOffset(q, 2, 0);
    if (offset == NONE) {
      out.error(BAD_OFFSET);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
    } else if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
    } else {
      out.integer(BitField.get(e.bytes(), e.valueOffset(), e.valueLength(), offset, 1));
    }
  }

  private static void setbit(Request q, RespWriter out) {
    long offset = bitOffset(q, 2, 0);
    if (offset == NONE) {
      out.error(BAD_OFFSET);
      return;
    }
    if (!q.isLong(3) || (q.longAt(3) & ~1) != 0) {
      out.error(BAD_BIT);
      return;
    }
    Entry e = q.key(1);
    if (q.db().write(e) && !e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (isBeyondRecord(offset)) {
      out.error(Errors.STRING_TOO_LONG);
      return;
    }
    boolean grown = reach(q, e, offset);
    long bit = q.longAt(3);
    long old = BitField.get(e.bytes(), e.valueOffset(), e.valueLength(), offset, 1);
    if (grown || bit != old) {
      BitField.set(e.bytes(), e.valueOffset(), offset, 1, bit);
      q.db().changedValue(e);
    }
    out.integer(old);
  }
}
