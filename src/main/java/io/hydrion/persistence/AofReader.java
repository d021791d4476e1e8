package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads a file of commands from front to back, a record at a time: one command, or all between
 * MULTI and EXEC. Lines that begin with a hash sign are annotations, which Redis skips.
 *
 * <p>One of them is ours: {@code #CRC:sum length synced at} in front of what was written at once,
 * with the CRC32C of the following bytes in hexadecimal digits, how many they are, how much of the
 * file was synced before, and the line's own offset. Bytes that such a line covers are looked at
 * only when their sum is right. Where it is not, a later line tells the two causes apart: if it
 * says that these bytes had been synced they are damaged, else a crash has torn them.
 */
final class AofReader {
  /** Longest line between commands that is understood; Redis reads as much. */
  private static final int LINE_MAX = 127;

  private static final int READ = 64 * 1024;
  private static final int RECORD_MAX = Integer.MAX_VALUE - 64;
  private static final byte[] MARK = Bytes.of("#CRC:");
  private static final int SUM_DIGITS = 8;

  /** The longest of our annotations. */
  static final int MARK_MAX = 5 + SUM_DIGITS + 1 + 10 + 1 + 19 + 1 + 19 + 2;

  /** How a file ends. */
  enum End {
    /** After a whole record. */
    CLEAN,
    /** Within something that a crash explains. */
    TORN,
    /** At something that is no record. */
    BAD
  }

  private final Disk.Input in;
  private byte[] buffer = new byte[READ];

  /** The file's offset of the buffer's begin. */
  private long base;

  private int at;
  private int limit;
  private boolean isAtEnd;

  /** Up to this offset sums have been checked; -1 before the first. */
  private long sumsUpTo = -1;

  private int recordAt;
  private int recordEnd;
  private long valid;
  private End end = End.CLEAN;
  private boolean isOver;
  private long lastTimestamp;
  private boolean sawOnlyZeros = true;

  /**
   * Reads on from an offset.
   *
   * @param in stands at its begin; the bytes up to the offset are skipped
   */
  AofReader(Disk.Input in, long offset) throws IOException {
    this.in = in;
    skip(offset);
    valid = offset;
  }

  private void skip(long bytes) throws IOException {
    while (base < bytes) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, bytes - base));
      if (n < 0) {
        return;
      }
      base += n;
    }
  }

  /** Writes the annotation for some bytes in front of them; returns where it begins. */
  static int putMark(byte[] a, int from, int to, long synced, long offset) {
    int n = to - from;
    int length =
        MARK.length
            + SUM_DIGITS
            + 5
            + Bytes.unsignedLength(n)
            + Bytes.unsignedLength(synced)
            + Bytes.unsignedLength(offset);
    int start = from - length;
    System.arraycopy(MARK, 0, a, start, MARK.length);
    int i = start + MARK.length;
    int sum = sum(a, from, n);
    for (int shift = 28; shift >= 0; shift -= 4) {
      a[i++] = (byte) Character.forDigit(sum >>> shift & 0xf, 16);
    }
    a[i++] = ' ';
    i = Bytes.putUnsigned(a, i, n);
    a[i++] = ' ';
    i = Bytes.putUnsigned(a, i, synced);
    a[i++] = ' ';
    i = Bytes.putUnsigned(a, i, offset);
    a[i++] = '\r';
    a[i++] = '\n';
    assert i == from;
    return start;
  }

  private static int sum(byte[] a, int off, int len) {
    CRC32C crc = new CRC32C();
    crc.update(a, off, len);
    return (int) crc.getValue();
  }

  // ---- what was read

  byte[] bytes() {
    return buffer;
  }

  int offset() {
    return recordAt;
  }

  int length() {
    return recordEnd - recordAt;
  }

  /** The offset behind the last whole record. */
  long valid() {
    return valid;
  }

  /** How the file ends; known when {@link #next} has returned false. */
  End end() {
    return end;
  }

  /** The time of the last annotation that told one, in seconds; 0 for none. */
  long lastTimestamp() {
    return lastTimestamp;
  }

  // ---- reading

  /** Reads the next record; false at the end, of whatever kind it is. */
  boolean next() throws IOException {
    if (isOver) {
      return false;
    }
    compact();
    while (true) {
      if (!has(at, 1)) {
        return over(End.CLEAN);
      }
      if (buffer[at] != '#') {
        break;
      }
      int lineEnd = line(at);
      if (lineEnd < 0) {
        return broken(lineEnd);
      }
      if (isMark(at) && !isMarkGood(at, lineEnd)) {
        return broken(0);
      }
      readTimestamp(at, lineEnd);
      at = lineEnd;
      valid = base + at;
      compact();
    }
    return record();
  }

  /** Makes room by forgetting what is behind. */
  private void compact() {
    if (at > 0 && (at == limit || at >= READ)) {
      System.arraycopy(buffer, at, buffer, 0, limit - at);
      base += at;
      limit -= at;
      at = 0;
    }
  }

  private boolean over(End how) {
    end = how;
    isOver = true;
    return false;
  }

  /**
   * The file does not go on as it should.
   *
   * @param code -1 where it ends too early; else what is there is wrong
   */
  private boolean broken(int code) throws IOException {
    long from = valid;
    if (wasSynced(from)) {
      return over(End.BAD);
    }
    return over(code == -1 || from == sumsUpTo || isAllZero(from) ? End.TORN : End.BAD);
  }

  private boolean record() throws IOException {
    int start = at;
    int from = start;
    int to = command(start);
    if (to < 0) {
      return broken(to);
    }
    recordEnd = to;
    if (isWord(start, to, "multi")) {
      from = to;
      while (true) {
        if (!has(to, 1)) {
          return broken(-1);
        }
        if (buffer[to] == '#') {
          int lineEnd = line(to);
          if (lineEnd < 0) {
            return broken(lineEnd);
          }
          remove(to, lineEnd);
          continue;
        }
        int next = command(to);
        if (next < 0) {
          return broken(next);
        }
        if (isWord(to, next, "exec")) {
          recordEnd = to;
          to = next;
          break;
        }
        to = next;
      }
    }
    recordAt = from;
    at = to;
    valid = base + at;
    return true;
  }

  /** Takes an annotation out of the middle of a group. */
  private void remove(int from, int to) {
    System.arraycopy(buffer, to, buffer, from, limit - to);
    limit -= to - from;
    base += to - from;
  }

  /** Returns the end of the command at an index; -1: the file ends before, -2: it is none. */
  private int command(int from) throws IOException {
    int lineEnd = line(from);
    if (lineEnd < 0) {
      return lineEnd;
    }
    long words = number(from, lineEnd, '*');
    if (words < 1) {
      return -2;
    }
    int i = lineEnd;
    for (long word = 0; word < words; word++) {
      lineEnd = line(i);
      if (lineEnd < 0) {
        return lineEnd;
      }
      long length = number(i, lineEnd, '$');
      if (length < 0 || length > RECORD_MAX) {
        return -2;
      }
      if (lineEnd + length + 2 - from > RECORD_MAX) {
        return -2;
      }
      i = lineEnd + (int) length;
      if (!has(i, 2)) {
        return -1;
      }
      if (buffer[i] != '\r' || buffer[i + 1] != '\n') {
        return -2;
      }
      i += 2;
    }
    return i;
  }

  /** Returns the index behind a line's end; -1: the file ends before, -2: it is too long. */
  private int line(int from) throws IOException {
    int i = from;
    while (true) {
      if (!has(i, 1)) {
        return -1;
      }
      int newline = Bytes.indexOf(buffer, i, Math.min(limit, from + LINE_MAX + 1), '\n');
      if (newline >= 0) {
        return newline + 1;
      }
      i = limit;
      if (i - from > LINE_MAX) {
        return -2;
      }
    }
  }

  /** The number of a line with a character in front; -1 where it is none. */
  private long number(int from, int lineEnd, char prefix) {
    int digits = lineEnd - 2 - (from + 1);
    if (buffer[from] != prefix
        || digits < 1
        || buffer[lineEnd - 2] != '\r'
        || !Bytes.isLong(buffer, from + 1, digits)) {
      return -1;
    }
    return Bytes.parseLong(buffer, from + 1, digits);
  }

  /** Whether a command is that word and nothing else. */
  private boolean isWord(int from, int to, String word) {
    int head = 8;
    return to - from == head + word.length() + 2
        && buffer[from + 1] == '1'
        && buffer[from + 2] == '\r'
        && Bytes.equalIgnoreCase(buffer, from + head, word.length(), word);
  }

  /** Whether the file has so many bytes from an index on; they are in the buffer then. */
  private boolean has(int from, int n) throws IOException {
    while (limit - from < n) {
      if (isAtEnd) {
        return false;
      }
      if (limit == buffer.length) {
        buffer = Arrays.copyOf(buffer, (int) Math.min(RECORD_MAX, 2L * buffer.length));
      }
      if (limit == buffer.length) {
        throw new IOException("a record has more than 2 GB");
      }
      int read = in.read(buffer, limit, buffer.length - limit);
      if (read < 0) {
        isAtEnd = true;
      } else {
        limit += read;
      }
    }
    return true;
  }

  // ---- annotations

  private void readTimestamp(int from, int lineEnd) {
    int digits = lineEnd - 2 - (from + 4);
    if (digits > 0
        && buffer[from + 1] == 'T'
        && buffer[from + 2] == 'S'
        && buffer[from + 3] == ':'
        && Bytes.isLong(buffer, from + 4, digits)) {
      lastTimestamp = Bytes.parseLong(buffer, from + 4, digits);
    }
  }

  private boolean isMark(int from) {
    return limit - from >= MARK.length && Bytes.equal(buffer, from, MARK, 0, MARK.length);
  }

  /** Whether the bytes behind an annotation are those that it was written for. */
  private boolean isMarkGood(int from, int lineEnd) throws IOException {
    long synced = checkedSynced(from, lineEnd);
    if (synced >= 0) {
      sumsUpTo = base + lineEnd + markNumber(from, lineEnd, 0);
    }
    return synced >= 0;
  }

  /** What a good annotation says was synced; -1 where it is not good. */
  private long checkedSynced(int from, int lineEnd) throws IOException {
    long length = markNumber(from, lineEnd, 0);
    if (length < 0
        || length > RECORD_MAX
        || markNumber(from, lineEnd, 2) != base + from
        || !has(lineEnd, (int) length)) {
      return -1;
    }
    int sum = 0;
    for (int i = 0; i < SUM_DIGITS; i++) {
      sum = sum << 4 | Character.digit(buffer[from + MARK.length + i], 16);
    }
    return sum == sum(buffer, lineEnd, (int) length) ? markNumber(from, lineEnd, 1) : -1;
  }

  /** One of the three numbers behind the sum; -1 where there is none. */
  private long markNumber(int from, int lineEnd, int which) {
    int i = from + MARK.length + SUM_DIGITS;
    for (int number = 0; i < lineEnd - 1; number++) {
      if (buffer[i] != ' ') {
        return -1;
      }
      int to = i + 1;
      while (to < lineEnd && buffer[to] >= '0' && buffer[to] <= '9') {
        to++;
      }
      if (number == which) {
        return Bytes.isLong(buffer, i + 1, to - i - 1)
            ? Bytes.parseLong(buffer, i + 1, to - i - 1)
            : -1;
      }
      i = to;
    }
    return -1;
  }

  /** Whether a later annotation says that the byte at an offset was synced. */
  private boolean wasSynced(long offset) throws IOException {
    int i = Math.toIntExact(Math.max(0, offset - base));
    while (has(i, MARK.length)) {
      int hash = Bytes.indexOf(buffer, i, limit - MARK.length + 1, '#');
      if (hash < 0) {
        i = forget(limit - MARK.length + 1);
        continue;
      }
      i = hash;
      if (isMark(i)) {
        int lineEnd = line(i);
        if (lineEnd > 0 && checkedSynced(i, lineEnd) > offset) {
          return true;
        }
      }
      i = forget(i + 1);
    }
    return false;
  }

  /** Drops what is in front of an index, once it is much; returns the index's new place. */
  private int forget(int i) {
    if (i < READ) {
      return i;
    }
    int from = (int) Math.max(0, Math.min(i, valid - base));
    for (int k = from; k < i && sawOnlyZeros; k++) {
      sawOnlyZeros = buffer[k] == 0;
    }
    System.arraycopy(buffer, i, buffer, 0, limit - i);
    base += i;
    limit -= i;
    return 0;
  }

  /** Whether there are only zeros from an offset on; after {@link #wasSynced} has read it all. */
  private boolean isAllZero(long offset) {
    for (int i = (int) Math.max(0, offset - base); i < limit && sawOnlyZeros; i++) {
      sawOnlyZeros = buffer[i] == 0;
    }
    return sawOnlyZeros;
  }
}
