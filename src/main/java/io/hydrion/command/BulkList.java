package io.hydrion.command;

import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Heap;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Bulk strings that a reply will list, copied as they are met: how many there are is known at the
 * end.
 */
final class BulkList {
  /*
   * They are kept as they will be sent, in pages of growing size; a page is given up once it has been
   * written.
   */
  private static final int FIRST_PAGE_BYTES = 512;
  private static final int PAGE_BYTES_MAX = 128 * 1024;

  /** The most bytes around a string: its length, at most ten digits, and five more. */
  private static final int FRAME_BYTES = 15;

  /** What to reply when the list is full. */
  static final String TOO_LARGE = "ERR the reply is too large for the memory that is left";

  private final Deque<byte[]> pages = new ArrayDeque<>();
  private byte[] page = Bytes.EMPTY;
  private int length;
  private long fullPageBytes;
  private long count;
  private boolean full;

  /** Whether the heap has no room for more. */
  boolean isFull() {
    return full;
  }

  long bytes() {
    return fullPageBytes + length;
  }

  long count() {
    return count;
  }

  /** Adds a string, unless the list is full. */
  void add(byte[] a, int off, int len) {
    if (full) {
      return;
    }
    if (page.length - length < len + FRAME_BYTES) {
      nextPage(len + FRAME_BYTES);
    }
    if (full) {
      return;
    }
    page[length] = '$';
    length = newline(Bytes.putDecimal(page, length + 1, len));
    System.arraycopy(a, off, page, length, len);
    length = newline(length + len);
    count++;
  }

  private int newline(int at) {
    page[at] = '\r';
    page[at + 1] = '\n';
    return at + 2;
  }

  private void nextPage(int least) {
    int doubled = Math.min(PAGE_BYTES_MAX, Math.max(FIRST_PAGE_BYTES, page.length * 2));
    int size = Math.max(doubled, least);
    closePage();
    if (size >= PAGE_BYTES_MAX && !Heap.hasRoomFor(size)) {
      full = true;
      return;
    }
    page = new byte[size];
  }

  private void closePage() {
    if (length > 0) {
      pages.add(length == page.length ? page : Arrays.copyOf(page, length));
      fullPageBytes += length;
      length = 0;
    }
  }

  /** Writes an array of all strings; the list is empty then. */
  void writeTo(RespWriter out) {
    out.array(count);
    writeAll(out);
  }

  /** As {@link #writeTo}, a set. */
  void writeSetTo(RespWriter out) {
    out.set(count);
    writeAll(out);
  }

  private void writeAll(RespWriter out) {
    for (byte[] full = pages.poll(); full != null; full = pages.poll()) {
      out.raw(full);
    }
    out.raw(page, 0, length);
    clear();
  }

  private void clear() {
    pages.clear();
    page = Bytes.EMPTY;
    length = 0;
    fullPageBytes = 0;
    count = 0;
  }

  /** Writes the only string, or a null; the list is empty then. */
  void writeOneTo(RespWriter out) {
    assert count <= 1;
    if (count == 0) {
      out.nil();
    } else {
      out.raw(page, 0, length);
    }
    clear();
  }
}
