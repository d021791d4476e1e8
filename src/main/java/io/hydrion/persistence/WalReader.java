package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads a segment from front to back, a record at a time.
 *
 * <p>Where a record's sum is wrong, either a crash has torn it or it was damaged later. Marks tell
 * the two apart: records {@code #SYNCED upTo at} that were appended after a sync, with the position
 * that was synced and their own. If such a mark is found further on that says the bytes had been
 * synced, they are damaged; else nobody was promised them.
 */
final class WalReader {
  private static final int READ = 64 * 1024;
  private static final int RECORD_MAX = Integer.MAX_VALUE - 64;
  private static final byte[] MARK = Bytes.of("#SYNCED ");
  private static final int MARK_DIGITS = 20;
  private static final int MARK_LENGTH = MARK.length + 2 * MARK_DIGITS + 3;

  /** How a segment ends. */
  enum End {
    /** After a whole record; nothing but zeros may follow. */
    CLEAN,
    /** Within something that a crash explains, if it is the last segment. */
    TORN,
    /** At something that was once synced and is damaged. */
    BAD
  }

  private final Disk.Input in;
  private final long first;
  private byte[] buffer = new byte[READ];
  private long base;
  private int at;
  private int limit;
  private boolean isAtEnd;
  private boolean hasHead;
  private boolean isOver;
  private boolean isMark;
  private int recordAt;
  private int recordEnd;
  private End end = End.CLEAN;

  /**
   * @param first the position of the segment's first record, by its name
   */
  WalReader(Disk.Input in, long first) {
    this.in = in;
    this.first = first;
  }

  static byte[] mark(long synced, long at) {
    byte[] mark = new byte[MARK_LENGTH];
    System.arraycopy(MARK, 0, mark, 0, MARK.length);
    putDigits(mark, MARK.length, synced);
    mark[MARK.length + MARK_DIGITS] = ' ';
    putDigits(mark, MARK.length + MARK_DIGITS + 1, at);
    mark[MARK_LENGTH - 2] = '\r';
    mark[MARK_LENGTH - 1] = '\n';
    return mark;
  }

  private static void putDigits(byte[] a, int at, long number) {
    long rest = number;
    for (int i = MARK_DIGITS - 1; i >= 0; i--) {
      a[at + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private static long digits(byte[] a, int at) {
    long number = 0;
    for (int i = 0; i < MARK_DIGITS; i++) {
      number = number * 10 + (a[at + i] - '0');
    }
    return number;
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

  /** Whether the record is one of the log's own. */
  boolean isMark() {
    return isMark;
  }

  /** The file's offset behind the last whole record. */
  long valid() {
    return base + at;
  }

  /** The log's position behind the last whole record. */
  long position() {
    return first + Math.max(0, valid() - WalDirectory.SEGMENT_HEAD);
  }

  /** How the segment ends; known when {@link #next} has returned false. */
  End end() {
    return end;
  }

  // ---- reading

  boolean next() throws IOException {
    if (isOver) {
      return false;
    }
    if (!hasHead && !head()) {
      return over(wasSynced(0) || isLongAndNotZero() ? End.BAD : End.TORN);
    }
    compact();
    int length = wholeRecord(at);
    if (length < 0) {
      return over(endBefore(valid()));
    }
    recordAt = at + WalDirectory.RECORD_HEAD;
    recordEnd = recordAt + length;
    at = recordEnd;
    isMark = isMark(recordAt, length);
    return true;
  }

  private boolean over(End how) {
    end = how;
    isOver = true;
    return false;
  }

  private boolean head() throws IOException {
    if (!has(0, WalDirectory.SEGMENT_HEAD)) {
      return false;
    }
    byte[] wanted = new byte[WalDirectory.SEGMENT_HEAD];
    WalDirectory.putHead(wanted, first);
    hasHead = Bytes.equal(buffer, 0, wanted, 0, wanted.length);
    if (hasHead) {
      at = wanted.length;
    }
    return hasHead;
  }

  /** Nothing is written behind a head before the head is synced. */
  private boolean isLongAndNotZero() throws IOException {
    return has(0, WalDirectory.SEGMENT_HEAD + 1);
  }

  /** The length of the record at an index, all of it in the buffer; -1 where there is none. */
  private int wholeRecord(int from) throws IOException {
    if (!has(from, WalDirectory.RECORD_HEAD)) {
      return -1;
    }
    int length = Bytes.getInt(buffer, from);
    if (length <= 0
        || length > RECORD_MAX - WalDirectory.RECORD_HEAD
        || length > in.size() - (base + from)
        || !has(from, WalDirectory.RECORD_HEAD + length)
        || Bytes.getInt(buffer, from + 4)
            != WalDirectory.sum(buffer, from + WalDirectory.RECORD_HEAD, length)) {
      return -1;
    }
    return length;
  }

  private boolean isMark(int from, int length) {
    return length == MARK_LENGTH && Bytes.equal(buffer, from, MARK, 0, MARK.length);
  }

  /** Whether a mark further on says that the byte at a file's offset was synced. */
  private boolean wasSynced(long offset) throws IOException {
    return endBefore(offset) == End.BAD;
  }

  /** How the segment ends at a file's offset, by what is found from the reader's place on. */
  private End endBefore(long offset) throws IOException {
    long lost = first + Math.max(0, offset - WalDirectory.SEGMENT_HEAD);
    int keptAt = at;
    long keptBase = base;
    End found = End.CLEAN;
    int i = at;
    while (found != End.BAD && has(i, 1)) {
      if (buffer[i] != 0) {
        found = markAt(i) > lost ? End.BAD : End.TORN;
      }
      i++;
      if (i >= READ) {
        System.arraycopy(buffer, i, buffer, 0, limit - i);
        base += i;
        limit -= i;
        i = 0;
      }
    }
    at = keptAt;
    base = keptBase;
    return found;
  }

  /** The position that a mark at an index says was synced; -1 where there is no mark. */
  private long markAt(int from) throws IOException {
    int text = from + WalDirectory.RECORD_HEAD;
    if (!has(from, WalDirectory.RECORD_HEAD + MARK_LENGTH)
        || buffer[text] != '#'
        || !isMark(text, Bytes.getInt(buffer, from))
        || wholeRecord(from) != MARK_LENGTH) {
      return -1;
    }
    long own = first + base + from - WalDirectory.SEGMENT_HEAD;
    boolean isHere = digits(buffer, text + MARK.length + MARK_DIGITS + 1) == own;
    return isHere ? digits(buffer, text + MARK.length) : -1;
  }

  private void compact() {
    if (at > 0 && (at == limit || at >= READ)) {
      System.arraycopy(buffer, at, buffer, 0, limit - at);
      base += at;
      limit -= at;
      at = 0;
    }
  }

  private boolean has(int from, int n) throws IOException {
    while (limit - from < n) {
      if (isAtEnd) {
        return false;
      }
      if (limit == buffer.length) {
        buffer = Arrays.copyOf(buffer, (int) Math.min(RECORD_MAX, 2L * buffer.length));
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
}
