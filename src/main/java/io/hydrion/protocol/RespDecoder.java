package io.hydrion.protocol;

import io.hydrion.util.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one connection into commands: RESP arrays of bulk strings and inline lines, as
 * redis.io/docs/reference/protocol-spec has them, with the limits and error texts of Redis.
 */
public final class RespDecoder {
  /*
   * A whole read is parsed in one pass over its bytes, and the arguments stay where they are: the
   * batch gets offsets. When the bytes end in the middle of a command, what was parsed of it is kept
   * here, relative to its first byte; the caller keeps these bytes and gives them again, at the head
   * of the next call, with more behind them. So no byte is looked at twice, however small the reads
   * and however long the command, and nothing is ever allocated by a length that a client declared:
   * the argument arrays grow with arguments that have come.
   */
  private static final int LINE_MAX = 64 * 1024;
  private static final int UNAUTHENTICATED_ARGUMENTS_MAX = 10;
  private static final int UNAUTHENTICATED_BULK_MAX = 16 * 1024;

  /** No array holds more. */
  private static final int BULK_MAX = Integer.MAX_VALUE - 1024;

  private static final int KEPT_OPEN_MAX = 1024;

  private long bulkLengthMax = 512L << 20;
  private boolean authenticated = true;

  /** Arguments that the open command still lacks; 0 when none is open. */
  private int remaining;

  /** Length of the bulk whose header has been read, or -1. */
  private int bulkLength = -1;

  /** Where parsing goes on, relative to the first byte of the open command. */
  private int resume;

  /** Up to where the end of the open line has been looked for, relative to the same byte. */
  private int looked;

  private int[] openOffsets = {};
  private int[] openLengths = {};
  private int open;
  private @Nullable String error;

  /** An inline line as it came, when its arguments have been unescaped where they lie. */
  private byte @Nullable [] line;

  private int lineStart;

  /** Sets the limit on one argument (proto-max-bulk-len), in bytes. */
  public void setBulkLengthMax(long bytes) {
    bulkLengthMax = bytes;
  }

  /** Until a client has authenticated, it may only send short commands of few arguments. */
  public void setAuthenticated(boolean value) {
    authenticated = value;
  }

  /** The protocol error at which decoding stopped for good, without its ERR, or null. */
  public @Nullable String error() {
    return error;
  }

  /** How many whole arguments of the open command have come. */
  public int openArguments() {
    return open;
  }

  /**
   * Whether the last call ended before its bytes did, though the batch has room: behind a line
   * whose bytes may have to be restored.
   */
  public boolean endedEarly() {
    return line != null;
  }

  /** Undoes what the last call has changed in the bytes, so that they can be given again. */
  public void restore(byte[] a) {
    byte[] changed = line;
    if (changed != null) {
      System.arraycopy(changed, 0, a, lineStart, changed.length);
      line = null;
    }
  }

  /** Forgets the open command, and an error behind it, so that its bytes can be given again. */
  public void reset() {
    error = null;
    remaining = 0;
    bulkLength = -1;
    resume = 0;
    looked = 0;
    forgetOpen();
  }

  private void forgetOpen() {
    open = 0;
    if (openOffsets.length > KEPT_OPEN_MAX) {
      openOffsets = new int[0];
      openLengths = new int[0];
    }
  }

  /**
   * Adds the commands in the range to the batch until the bytes end, the batch is full, {@code
   * commandsMax} are in it or an error is met.
   *
   * @return the offset after the last whole command: the bytes from there on are to be given again
   */
  public int decode(byte[] a, int from, int end, CommandBatch batch, int commandsMax) {
    int start = from;
    int limit = Math.min(commandsMax, CommandBatch.COMMANDS_MAX);
    if (line != null) {
      line = null;
    }
    while (start < end && error == null && batch.count() < limit && line == null) {
      int next;
      if (remaining == 0 && a[start] != '*') {
        next = inline(a, start, end, batch);
      } else {
        next = multibulk(a, start, end, batch);
      }
      if (next < 0) {
        break;
      }
      start = next;
    }
    return start;
  }

  /** Parses one array of bulk strings; -1 when bytes are missing or wrong. */
  private int multibulk(byte[] a, int start, int end, CommandBatch batch) {
    int at = start + resume;
    boolean resumed = remaining != 0;
    int missing = remaining;
    if (!resumed) {
      long count = shortCount(a, at, end, '*');
      int cr = at + (count < 10 ? 2 : 3);
      if (count < 0) {
        cr = lineEnd(a, start, at, end, '\r', "too big mbulk count string");
        if (cr < 0) {
          return -1;
        }
        count = number(a, at + 1, cr);
      }
      if (count == NOT_A_NUMBER || count > Integer.MAX_VALUE) {
        return fail("invalid multibulk length");
      }
      if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !authenticated) {
        return fail("unauthenticated multibulk length");
      }
      at = cr + 2;
      if (count <= 0) {
        return at;
      }
      missing = (int) count;
    }
    int length = bulkLength;
    while (missing > 0) {
      if (length < 0) {
        long declared = shortCount(a, at, end, '$');
        int cr = at + (declared < 10 ? 2 : 3);
        if (declared < 0) {
          cr = lineEnd(a, start, at, end, '\r', "too big bulk count string");
          if (cr < 0) {
            return suspend(start, at, missing, -1, batch, resumed);
          }
          if (a[at] != '$') {
            return fail("expected '$', got '" + (char) (a[at] & 0xff) + "'");
          }
          declared = number(a, at + 1, cr);
        }
        if (declared == NOT_A_NUMBER
            || declared < 0
            || declared > bulkLengthMax
            || declared > BULK_MAX) {
          return fail("invalid bulk length");
        }
        if (declared > UNAUTHENTICATED_BULK_MAX && !authenticated) {
          return fail("unauthenticated bulk length");
        }
        at = cr + 2;
        length = (int) declared;
      }
      if (end - at - 2 < length) {
        return suspend(start, at, missing, length, batch, resumed);
      }
      if (resumed) {
        addOpen(at - start, length);
      } else {
        batch.addArgument(at, length);
      }
      at += length + 2;
      length = -1;
      missing--;
    }
    if (resumed) {
      for (int i = 0; i < open; i++) {
        batch.addArgument(start + openOffsets[i], openLengths[i]);
      }
      reset();
    }
    batch.endCommand(at);
    return at;
  }

  private void addOpen(int offset, int length) {
    if (open == openOffsets.length) {
      int grown = Math.max(16, open * 2);
      openOffsets = Arrays.copyOf(openOffsets, grown);
      openLengths = Arrays.copyOf(openLengths, grown);
    }
    openOffsets[open] = offset;
    openLengths[open++] = length;
  }

  private int suspend(
      int start, int at, int missing, int length, CommandBatch batch, boolean resumed) {
    if (!resumed) {
      for (int i = 0, first = batch.first(batch.count()); i < batch.openArguments(); i++) {
        addOpen(batch.offsets()[first + i] - start, batch.lengths()[first + i]);
      }
      batch.dropOpenArguments();
    }
    remaining = missing;
    bulkLength = length;
    resume = at - start;
    return -1;
  }

  private int inline(byte[] a, int start, int end, CommandBatch batch) {
    int newline = lineEnd(a, start, start, end, '\n', "too big inline request");
    if (newline < 0) {
      return -1;
    }
    int lineEnd = newline > start && a[newline - 1] == '\r' ? newline - 1 : newline;
    if (InlineSplitter.hasQuote(a, start, lineEnd)) {
      line = Bytes.copy(a, start, lineEnd - start);
      lineStart = start;
    }
    if (!InlineSplitter.split(a, start, lineEnd, batch)) {
      batch.dropOpenArguments();
      return fail("unbalanced quotes in request");
    }
    if (batch.openArguments() > 0) {
      batch.endCommand(newline + 1);
    }
    return newline + 1;
  }

  /**
   * The offset of the byte that ends the line which begins at an offset; -1 when it has not come.
   * As in Redis a zero byte hides what comes behind it, and a carriage return counts with the byte
   * after it.
   */
  private int lineEnd(byte[] a, int start, int at, int end, char mark, String tooLong) {
    int i = Math.max(at, start + looked);
    while (i < end && a[i] != mark && a[i] != 0) {
      i++;
    }
    boolean found = i < end && a[i] == mark;
    if (found && (mark == '\n' || i + 1 < end)) {
      looked = 0;
      return i;
    }
    looked = i - start;
    if (!found && end - at > LINE_MAX) {
      fail(tooLong);
    }
    return -1;
  }

  /**
   * The number of a whole line of a mark, one digit or two, and a carriage return; -1 when there is
   * no such line, which {@link #lineEnd} then looks at.
   */
  private int shortCount(byte[] a, int at, int end, char mark) {
    if (end - at <= 4 || a[at] != mark || looked != 0) {
      return -1;
    }
    int first = a[at + 1] - '0';
    if (first < 0 || first > 9) {
      return -1;
    }
    if (a[at + 2] == '\r') {
      return first;
    }
    int second = a[at + 2] - '0';
    return first == 0 || second < 0 || second > 9 || a[at + 3] != '\r' ? -1 : first * 10 + second;
  }

  private static final long NOT_A_NUMBER = Long.MIN_VALUE;

  private static long number(byte[] a, int from, int to) {
    int n = to - from;
    // Below zero one number is as good as another.
    return Bytes.isLong(a, from, n) ? Math.max(-1, Bytes.parseLong(a, from, n)) : NOT_A_NUMBER;
  }

  private int fail(String message) {
    error = "Protocol error: " + message;
    return -1;
  }
}
