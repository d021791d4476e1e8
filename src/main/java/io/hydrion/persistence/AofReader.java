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
 * <p>In front of what was written at once stands a command without effect, {@code PING CRC...}: the
 * CRC32C of all that follows, how many bytes the mark covers, how much of the file was synced
 * before, and the mark's own offset, in hexadecimal digits. A command, because Redis of all
 * versions and tools that read its files pass over it, while redis-replicator 3.11 fails at
 * annotations it does not know. Bytes that a mark covers are looked at only when their sum is
 * right. Where it is not, a later mark tells the two causes apart: if it says that these bytes had
 * been synced they are damaged, else a crash has torn them.
 *
 * <p>A file may end with padding, {@code PING PAD...}: the next batch is written over its begin. It
 * is padding wherever it stands, for Redis may have gone on behind it.
 */
final class AofReader {
  /** Longest line that is understood; Redis reads as much. */
  private static final int LINE_MAX = 127;

  private static final int READ = 64 * 1024;
  private static final int RECORD_MAX = Integer.MAX_VALUE - 64;
  private static final byte[] MARK = Bytes.of("*2\r\n$4\r\nPING\r\n$43\r\nCRC");
  private static final int SUM_AT = MARK.length;
  private static final int LENGTH_AT = SUM_AT + 8;
  private static final int SYNCED_AT = LENGTH_AT + 8;
  private static final int OFFSET_AT = SYNCED_AT + 12;

  /** How long a mark is. */
  static final int MARK_LENGTH = OFFSET_AT + 12 + 2;

  private static final byte[] PADDING = Bytes.of("*2\r\n$4\r\nPING\r\n$");
  private static final byte[] PADDING_TEXT = Bytes.of("\r\nPAD");
  private static final int PADDING_DIGITS = 6;
  private static final int PADDING_LENGTH_MAX = 999_999;

  /** How many bytes at the begin of a padding say how long it is. */
  static final int PADDING_HEAD = PADDING.length + PADDING_DIGITS + PADDING_TEXT.length;

  /** How a file ends. */
  enum End {
    /** After a whole record. */
    CLEAN,
    /** Within something that a crash explains. */
    TORN,
    /** At something that is no record. */
    BAD,
    /** In front of a time that is too late. */
    LATER
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
  private long until = Long.MAX_VALUE;
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

  /** Writes the mark for some bytes in front of them; returns where it begins. */
  static int putMark(byte[] a, int from, int to, long synced, long offset) {
    int start = from - MARK_LENGTH;
    System.arraycopy(MARK, 0, a, start, MARK.length);
    putHex(a, start + LENGTH_AT, start + SYNCED_AT, to - from);
    putHex(a, start + SYNCED_AT, start + OFFSET_AT, synced);
    putHex(a, start + OFFSET_AT, from - 2, offset);
    a[from - 2] = '\r';
    a[from - 1] = '\n';
    int summed = start + LENGTH_AT;
    putHex(a, start + SUM_AT, summed, sum(a, summed, to - summed));
    return start;
  }

  /** So many bytes of padding. */
  static byte[] padding(int bytes) {
    byte[] a = new byte[bytes];
    putPaddingHead(a, 0, bytes);
    a[bytes - 2] = '\r';
    a[bytes - 1] = '\n';
    return a;
  }

  /**
   * Lets a padding begin, the rest of which is there.
   *
   * @return how many bytes were put; -1 when it is too short
   */
  static int putPaddingHead(byte[] a, int at, long bytes) {
    if (bytes < PADDING_HEAD + 2) {
      return -1;
    }
    long length = bytes - PADDING.length - PADDING_DIGITS - 4; // without the ends of two lines
    assert length <= PADDING_LENGTH_MAX;
    System.arraycopy(PADDING, 0, a, at, PADDING.length);
    int text = at + PADDING.length + PADDING_DIGITS;
    for (int i = text - 1; i >= at + PADDING.length; i--) {
      a[i] = (byte) ('0' + length % 10);
      length /= 10;
    }
    System.arraycopy(PADDING_TEXT, 0, a, text, PADDING_TEXT.length);
    return PADDING_HEAD;
  }

  private static void putHex(byte[] a, int from, int to, long number) {
    long rest = number;
    for (int i = to - 1; i >= from; i--) {
      a[i] = (byte) Character.forDigit((int) rest & 0xf, 16);
      rest >>>= 4;
    }
  }

  /** The number of the digits in a range of the buffer; -1 where there are others. */
  private long hex(int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      int c = buffer[i];
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return -1;
      }
      number = number << 4 | Character.digit(c, 16);
    }
    return number;
  }

  private static int sum(byte[] a, int off, int len) {
    CRC32C crc = new CRC32C();
    crc.update(a, off, len);
    return (int) crc.getValue();
  }

  /** Ends the reading in front of the first annotation that tells a later time, in seconds. */
  void readUntil(long second) {
    until = second;
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

  /** The offset behind the last whole record; what follows in a clean file is padding. */
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
    while (has(at, 1)) {
      int lineEnd;
      if (isMark(at)) {
        if (checkedSynced(at) < 0) {
          return broken(-2);
        }
        lineEnd = at + MARK_LENGTH;
        sumsUpTo = base + lineEnd + hex(at + LENGTH_AT, at + SYNCED_AT);
      } else if (buffer[at] == '#') {
        lineEnd = line(at);
        if (lineEnd < 0) {
          return broken(lineEnd);
        }
        readTimestamp(at, lineEnd);
        if (lastTimestamp > until) {
          return over(End.LATER);
        }
        if (base + at == sumsUpTo) {
          sumsUpTo = base + lineEnd; // it belongs to the mark that follows
        }
      } else if (base + at < sumsUpTo) {
        return record();
      } else if (isPadding(at)) {
        lineEnd = command(at);
        if (lineEnd < 0) {
          return broken(lineEnd);
        }
        if (!has(lineEnd, 1)) {
          return over(wasSynced(valid) ? End.BAD : End.CLEAN);
        }
      } else {
        return resemblesMark(at) || resemblesPadding(at) ? broken(-2) : record();
      }
      at = lineEnd;
      valid = base + at;
      compact();
    }
    return over(End.CLEAN);
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
    int first = from + 1;
    int to = lineEnd - 2;
    while (to - first > 1 && buffer[first] == '0') {
      first++;
    }
    if (buffer[from] != prefix
        || first >= to
        || buffer[to] != '\r'
        || !Bytes.isLong(buffer, first, to - first)) {
      return -1;
    }
    return Bytes.parseLong(buffer, first, to - first);
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

  private boolean isPadding(int from) throws IOException {
    return has(from, PADDING_HEAD) && sameAsPadding(from) == PADDING_HEAD - PADDING_DIGITS;
  }

  private boolean isMark(int from) throws IOException {
    return has(from, MARK_LENGTH) && Bytes.equal(buffer, from, MARK, 0, MARK.length);
  }

  /** Whether something was a mark before a few bits of it changed, and is no command of anybody. */
  private boolean resemblesMark(int from) throws IOException {
    return has(from, MARK_LENGTH) && same(from, MARK) >= MARK.length - 3;
  }

  private boolean resemblesPadding(int from) throws IOException {
    return has(from, PADDING_HEAD) && sameAsPadding(from) >= PADDING_HEAD - PADDING_DIGITS - 3;
  }

  private int sameAsPadding(int from) {
    return same(from, PADDING) + same(from + PADDING.length + PADDING_DIGITS, PADDING_TEXT);
  }

  /** How many bytes from an index on are as expected. */
  private int same(int from, byte[] expected) {
    int same = 0;
    for (int i = 0; i < expected.length; i++) {
      same += buffer[from + i] == expected[i] ? 1 : 0;
    }
    return same;
  }

  /**
   * What a mark says was synced; -1 where it is not good, or what follows is not what it marked.
   */
  private long checkedSynced(int from) throws IOException {
    long length = hex(from + LENGTH_AT, from + SYNCED_AT);
    int start = from + MARK_LENGTH;
    if (length < 0
        || length > RECORD_MAX
        || hex(from + OFFSET_AT, start - 2) != base + from
        || buffer[start - 2] != '\r'
        || buffer[start - 1] != '\n'
        || !has(start, (int) length)) {
      return -1;
    }
    int summed = from + LENGTH_AT;
    long sum = sum(buffer, summed, start + (int) length - summed) & 0xffffffffL;
    return hex(from + SUM_AT, from + LENGTH_AT) == sum
        ? hex(from + SYNCED_AT, from + OFFSET_AT)
        : -1;
  }

  /** Whether a later mark says that the byte at an offset was synced. */
  private boolean wasSynced(long offset) throws IOException {
    int i = Math.toIntExact(Math.max(0, offset - base));
    while (has(i, MARK_LENGTH)) {
      int start = Bytes.indexOf(buffer, i, limit - MARK_LENGTH + 1, '*');
      if (start < 0) {
        i = forget(limit - MARK_LENGTH + 1);
        continue;
      }
      if (isMark(start) && checkedSynced(start) > offset) {
        return true;
      }
      i = forget(start + 1);
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
