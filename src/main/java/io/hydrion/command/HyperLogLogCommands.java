package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Encoding;
import io.hydrion.store.Entry;
import io.hydrion.util.Bytes;
import io.hydrion.util.HyperLogLog;
import io.hydrion.util.SparseRegisters;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** HyperLogLogs: strings that estimate how many different elements they have counted. */
final class HyperLogLogCommands {
  static final List<Command> TABLE =
      List.of(
          row(
                  "PFADD",
                  -2,
                  "hyperloglog",
                  "2.8.9",
                  WRITE | DENYOOM | FAST,
                  "key [element [element ...]]")
              .keys(1, 1, 1, "RW INSERT")
              .acl("hyperloglog")
              .complexity("O(N), N = elements given")
              .summary("Counts elements into a HyperLogLog.")
              .event("pfadd")
              .run(HyperLogLogCommands::pfadd),
          row("PFCOUNT", -2, "hyperloglog", "2.8.9", READONLY | MAY_REPLICATE, "key [key ...]")
              .keys(1, -1, 1, "RW ACCESS")
              .note("it may store the value in another form")
              .acl("hyperloglog")
              .complexity("O(N), N = keys")
              .summary("Estimates how many different elements HyperLogLogs have counted.")
              .run(HyperLogLogCommands::pfcount),
          row("PFDEBUG", 3, "hyperloglog", "2.8.9", WRITE | DENYOOM | ADMIN, "subcommand key")
              .keys(2, 2, 1, "RW ACCESS")
              .acl("hyperloglog")
              .complexity("by subcommand")
              .summary("Holds tools for testing HyperLogLogs.")
              .syscmd()
              .run(HyperLogLogCommands::pfdebug),
          row(
                  "PFMERGE",
                  -2,
                  "hyperloglog",
                  "2.8.9",
                  WRITE | DENYOOM,
                  "destkey sourcekey [sourcekey ...]")
              .keys(1, 1, 1, "RW ACCESS INSERT")
              .keys(2, -1, 1, "RO ACCESS")
              .acl("hyperloglog")
              .complexity("O(N), N = keys")
              .summary("Joins HyperLogLogs and stores the result.")
              .event("pfadd")
              .run(HyperLogLogCommands::pfmerge),
          row("PFSELFTEST", 1, "hyperloglog", "2.8.9", ADMIN, "")
              .acl("hyperloglog")
              .complexity("by the size of the test")
              .summary("Tests the HyperLogLog code.")
              .syscmd()
              .run(HyperLogLogCommands::pfselftest));

  private static final String NOT_ONE = "WRONGTYPE Key is not a valid HyperLogLog string value.";
  private static final String CORRUPTED = "INVALIDOBJ Corrupted HLL object detected";

  /** What {@link #add} returns for a value that makes no sense. */
  private static final int INVALID = -1;

  private HyperLogLogCommands() {}

  /** Whether a key that is there holds a HyperLogLog; if not, the error is replied. */
  private static boolean isOne(RespWriter out, Entry e) {
    if (!e.isString()) {
      out.error(Errors.WRONG_TYPE);
      return false;
    }
    if (!HyperLogLog.isOne(e.bytes(), e.valueOffset(), e.valueLength())) {
      out.error(NOT_ONE);
      return false;
    }
    return true;
  }

  /** Marks the value as one that is written in part, as Redis does even where it only reads. */
  private static void markEdited(Request q, Entry e) {
    if (e.encoding() != Encoding.EDITED) {
      q.db().resizeQuietly(e, e.valueLength(), Encoding.EDITED);
    }
  }

  private static void pfadd(Request q, RespWriter out) {
    Entry e = q.key(1);
    int changes = 0;
    if (!q.db().write(e)) {
      q.db().resizeQuietly(e, HyperLogLog.EMPTY_LENGTH, Encoding.EDITED);
      HyperLogLog.putEmpty(e.bytes(), e.valueOffset());
      changes = 1;
    } else if (isOne(out, e)) {
      markEdited(q, e);
    } else {
      return;
    }
    for (int i = 2; i < q.argc(); i++) {
      int added = add(q, e, HyperLogLog.hash(q.bytes(), q.offset(i), q.length(i)));
      if (added == INVALID) {
        out.error(CORRUPTED);
        return;
      }
      changes += added;
    }
    if (changes > 0) {
      HyperLogLog.invalidate(e.bytes(), e.valueOffset());
      q.db().changedValue(e);
      q.worker().stats().dirty += changes - 1;
    }
    out.integer(changes > 0 ? 1 : 0);
  }

  /** Counts an element; returns 1 when a register has changed, else 0 or INVALID. */
  private static int add(Request q, Entry e, long hash) {
    int index = HyperLogLog.index(hash);
    int rank = HyperLogLog.rank(hash);
    byte[] a = e.bytes();
    int off = e.valueOffset();
    if (HyperLogLog.isDense(a, off)) {
      return HyperLogLog.denseRaise(a, off, index, rank) ? 1 : 0;
    }
    if (rank > SparseRegisters.VALUE_MAX) {
      return addDense(q, e, index, rank);
    }
    int from = off + HyperLogLog.HEADER;
    int length = e.valueLength();
    long place = SparseRegisters.find(a, from, off + length, index, SparseRegisters.START);
    if (place == SparseRegisters.NONE) {
      return INVALID;
    }
    if (SparseRegisters.valueAt(a, from, place) >= rank) {
      return 0;
    }
    int growth = SparseRegisters.growth(a, from, off + length, place, index);
    if (growth > 0) {
      if (length + growth > q.engine().settings().hllSparseMaxBytes()) {
        return addDense(q, e, index, rank);
      }
      q.db().resizeQuietly(e, length + growth, Encoding.EDITED);
      a = e.bytes();
      off = e.valueOffset();
      from = off + HyperLogLog.HEADER;
    }
    int end = SparseRegisters.set(a, from, off + length, place, index, rank);
    HyperLogLog.invalidate(a, off);
    if (end - off != e.valueLength()) {
      q.db().resizeQuietly(e, end - off, Encoding.EDITED);
    }
    return 1;
  }

  private static int addDense(Request q, Entry e, int index, int rank) {
    if (!toDense(q, e)) {
      return INVALID;
    }
    return HyperLogLog.denseRaise(e.bytes(), e.valueOffset(), index, rank) ? 1 : 0;
  }

  /** Makes a sparse one dense; returns false, and leaves it, when its registers make no sense. */
  private static boolean toDense(Request q, Entry e) {
    byte[] registers = HyperLogLog.registers(e.bytes(), e.valueOffset(), e.valueLength());
    if (registers == null) {
      return false;
    }
    putDense(q, e, registers);
    return true;
  }

  /** Gives a HyperLogLog, whose header stays, all registers anew. */
  private static void putDense(Request q, Entry e, byte[] registers) {
    q.db().resizeQuietly(e, HyperLogLog.DENSE_LENGTH, Encoding.EDITED);
    HyperLogLog.setDense(e.bytes(), e.valueOffset());
    HyperLogLog.densePut(e.bytes(), e.valueOffset(), registers);
  }

  private static void pfcount(Request q, RespWriter out) {
    if (q.argc() > 2) {
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      for (int i = 1; i < q.argc(); i++) {
        if (!merge(q, out, i, registers)) {
          return;
        }
      }
      out.integer(HyperLogLog.estimate(registers));
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.integer(0);
      return;
    }
    if (!isOne(out, e)) {
      return;
    }
    markEdited(q, e);
    byte[] a = e.bytes();
    int off = e.valueOffset();
    long estimate = HyperLogLog.cached(a, off);
    if (estimate < 0) {
      estimate = HyperLogLog.estimate(a, off, e.valueLength());
      if (estimate == HyperLogLog.INVALID) {
        out.error(CORRUPTED);
        return;
      }
      HyperLogLog.setCached(a, off, estimate);
      q.db().changed(e, 0, ""); // those who watch the key see a change, nobody hears of an event
    }
    out.integer(estimate);
  }

  /** Raises registers to those of a key, if it is there; false when an error was replied. */
  private static boolean merge(Request q, RespWriter out, int i, byte[] registers) {
    Entry e = q.key(i);
    if (!q.db().read(e)) {
      return true;
    }
    if (!isOne(out, e)) {
      return false;
    }
    if (!HyperLogLog.merge(registers, e.bytes(), e.valueOffset(), e.valueLength())) {
      out.error(CORRUPTED);
      return false;
    }
    return true;
  }

  private static void pfdebug(Request q, RespWriter out) {
    Entry e = q.key(2);
    if (!q.db().write(e)) {
      out.error("ERR The specified key does not exist");
      return;
    }
    if (!isOne(out, e)) {
      return;
    }
    markEdited(q, e);
    boolean dense = HyperLogLog.isDense(e.bytes(), e.valueOffset());
    if (q.is(1, "getreg")) {
      if (makeDense(q, out, e)) {
        out.array(HyperLogLog.REGISTERS);
        for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
          out.integer(HyperLogLog.denseGet(e.bytes(), e.valueOffset(), i));
        }
      }
    } else if (q.is(1, "decode")) {
      if (dense) {
        out.error("ERR HLL encoding is not sparse");
      } else {
        int off = e.valueOffset();
        int from = off + HyperLogLog.HEADER;
        out.bulk(SparseRegisters.describe(e.bytes(), from, off + e.valueLength()));
      }
    } else if (q.is(1, "encoding")) {
      out.simple(dense ? "dense" : "sparse");
    } else if (q.is(1, "todense")) {
      if (makeDense(q, out, e)) {
        out.integer(dense ? 0 : 1);
      }
    } else {
      out.error("ERR Unknown PFDEBUG subcommand '" + q.textOfC(1) + "'");
    }
  }

  /** Sees to it that one is dense; false when it made no sense, and then the error is replied. */
  private static boolean makeDense(Request q, RespWriter out, Entry e) {
    if (HyperLogLog.isDense(e.bytes(), e.valueOffset())) {
      return true;
    }
    if (!toDense(q, e)) {
      out.error(CORRUPTED);
      return false;
    }
    q.worker().stats().dirty++;
    return true;
  }

  private static void pfmerge(Request q, RespWriter out) {
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    boolean dense = false;
    for (int i = 1; i < q.argc(); i++) {
      if (!merge(q, out, i, registers)) {
        return;
      }
      Entry e = q.key(i);
      dense |= q.db().peek(e) && HyperLogLog.isDense(e.bytes(), e.valueOffset());
    }
    Entry target = q.key(1);
    byte[] sparse = emptySparse();
    if (q.db().write(target)) {
      sparse = dense ? sparse : target.copyValue();
      markEdited(q, target);
    } else {
      q.db().resizeQuietly(target, HyperLogLog.EMPTY_LENGTH, Encoding.EDITED);
      HyperLogLog.putEmpty(target.bytes(), target.valueOffset());
    }
    byte[] raised =
        dense ? null : raise(sparse, registers, q.engine().settings().hllSparseMaxBytes());
    if (raised == null) {
      putDense(q, target, registers);
    } else {
      q.db().resizeQuietly(target, raised.length, Encoding.EDITED);
      System.arraycopy(raised, 0, target.bytes(), target.valueOffset(), raised.length);
    }
    HyperLogLog.invalidate(target.bytes(), target.valueOffset());
    q.db().changedValue(target);
    out.ok();
  }

  private static byte[] emptySparse() {
    byte[] a = new byte[HyperLogLog.EMPTY_LENGTH];
    HyperLogLog.putEmpty(a, 0);
    return a;
  }

  /**
   * A sparse one with its registers raised one after the other; null when it had to become dense.
   * The order decides which runs there are, so it is Redis's.
   */
  private static byte @Nullable [] raise(byte[] sparse, byte[] registers, long bytesMax) {
    int from = HyperLogLog.HEADER;
    int end = sparse.length;
    byte[] a = sparse;
    long place = SparseRegisters.START;
    for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
      int rank = registers[i];
      if (rank == 0) {
        continue;
      }
      if (rank > SparseRegisters.VALUE_MAX) {
        return null;
      }
      long found = SparseRegisters.find(a, from, end, i, place);
      if (found == SparseRegisters.NONE) {
        continue; // it has been seen to have all registers
      }
      place = SparseRegisters.before(a, from, end, found, place);
      if (SparseRegisters.valueAt(a, from, found) >= rank) {
        continue;
      }
      int growth = SparseRegisters.growth(a, from, end, found, i);
      if (growth > 0 && end + growth > bytesMax) {
        return null;
      }
      if (end + growth > a.length) {
        a = Arrays.copyOf(a, 2 * (end + growth));
      }
      end = SparseRegisters.set(a, from, end, found, i, rank);
    }
    return Arrays.copyOf(a, end);
  }

  private static void pfselftest(Request q, RespWriter out) {
    String failure = testRegisters(q.engine().random());
    if (failure == null) {
      failure = testEstimates(q);
    }
    if (failure == null) {
      out.ok();
    } else {
      out.error("TESTFAILED " + failure);
    }
  }

  private static final int TEST_CYCLES = 100;

  /** Whether dense registers hold what was put into them, and leave each other alone. */
  private static @Nullable String testRegisters(RandomGenerator random) {
    byte[] a = new byte[HyperLogLog.DENSE_LENGTH];
    byte[] expected = new byte[HyperLogLog.REGISTERS];
    for (int cycle = 0; cycle < TEST_CYCLES; cycle++) {
      for (int i = 0; i < expected.length; i++) {
        expected[i] = (byte) random.nextInt(64);
      }
      HyperLogLog.densePut(a, 0, new byte[HyperLogLog.REGISTERS]);
      for (int i = 0; i < expected.length; i++) {
        HyperLogLog.denseRaise(a, 0, i, expected[i]);
      }
      for (int i = 0; i < expected.length; i++) {
        int value = HyperLogLog.denseGet(a, 0, i);
        if (value != expected[i]) {
          return "Register " + i + " should be " + expected[i] + " but is " + value;
        }
      }
    }
    return null;
  }

  private static final int TEST_ELEMENTS = 1_000_000;

  /** Six times the standard error is more than chance brings about. */
  private static final double TEST_ERROR_MAX = 6 * 1.04 / 128;

  /** Whether estimates are near the truth. */
  private static @Nullable String testEstimates(Request q) {
    byte[] a = new byte[HyperLogLog.DENSE_LENGTH];
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    byte[] element = new byte[8];
    long seed = q.engine().random().nextLong();
    int checkpoint = 1;
    for (int n = 1; n <= TEST_ELEMENTS; n++) {
      Bytes.putLong(element, 0, n ^ seed);
      long hash = HyperLogLog.hash(element, 0, 8);
      int index = HyperLogLog.index(hash);
      HyperLogLog.denseRaise(a, 0, index, HyperLogLog.rank(hash));
      registers[index] = (byte) Math.max(registers[index], HyperLogLog.rank(hash));
      if (n == checkpoint) {
        long estimate = HyperLogLog.estimate(a, 0, a.length);
        byte[] sparse = raise(emptySparse(), registers, Long.MAX_VALUE);
        if (sparse != null && HyperLogLog.estimate(sparse, 0, sparse.length) != estimate) {
          return "dense/sparse disagree";
        }
        long error = Math.abs(estimate - n);
        if (error > (n == 10 ? 1 : Math.ceil(TEST_ERROR_MAX * n))) {
          return "Too big error. card:" + n + " abserr:" + error;
        }
        checkpoint *= 10;
      }
    }
    return null;
  }
}
