package io.hydrion.protocol;

import io.hydrion.util.Bytes;
import io.hydrion.util.DoubleText;
import io.hydrion.util.Heap;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies as RESP2 or RESP3 into one growing buffer. Types that RESP2 lacks become what
 * Redis sends in their place: a map a flat array, a double and a big number a bulk string, a null
 * {@code $-1}.
 */
public final class RespWriter {
  private static final int INITIAL = 16 * 1024;

  /** A buffer beyond this size is given to the sink, if there is one, before it grows. */
  private static final int DRAIN_AT = 256 * 1024;

  /** A buffer beyond this size is given back after use. */
  private static final int KEPT_MAX = 1024 * 1024;

  private static final byte[] NEWLINE = Bytes.of("\r\n");
  private static final byte[] OK = Bytes.of("+OK\r\n");
  private static final byte[] NIL2 = Bytes.of("$-1\r\n");
  private static final byte[] NIL3 = Bytes.of("_\r\n");
  private static final byte[] NIL_ARRAY = Bytes.of("*-1\r\n");

  private byte[] buffer = new byte[INITIAL];
  private int length;
  private boolean resp3;
  private boolean muted;
  private long errors;
  private long errorsTaken;
  private long drains;
  private @Nullable ReplySink sink;
  private @Nullable Consumer<String> errorListener;

  public void setResp3(boolean value) {
    resp3 = value;
  }

  public boolean isResp3() {
    return resp3;
  }

  /** Where bytes go when the buffer has grown large; without one it grows on. */
  public void setSink(@Nullable ReplySink value) {
    sink = value;
  }

  /** Is told the text of every error reply. */
  public void setErrorListener(@Nullable Consumer<String> value) {
    errorListener = value;
  }

  /** While muted, replies are dropped (CLIENT REPLY OFF and SKIP). */
  public void setMuted(boolean value) {
    muted = value;
  }

  public boolean isMuted() {
    return muted;
  }

  public int length() {
    return length;
  }

  /** The buffer; its first {@link #length} bytes are what was written. */
  public byte[] bytes() {
    return buffer;
  }

  /** Whether error replies have been written since they were last taken or forgotten. */
  public boolean takeErrors() {
    boolean any = errors != errorsTaken;
    errorsTaken = errors;
    return any;
  }

  /** Lets {@link #takeErrors} look only at what is written from now on. */
  public void forgetErrors() {
    errorsTaken = errors;
  }

  /** How often the sink has taken what was written, ever. */
  public long drains() {
    return drains;
  }

  public void clear() {
    length = 0;
    if (buffer.length > KEPT_MAX) {
      buffer = new byte[INITIAL];
    }
  }

  /** Drops what was written after the buffer had this length. */
  public void truncate(int to) {
    length = to;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  private boolean ensure(long more) {
    if (muted) {
      return false;
    }
    if (length + more > buffer.length) {
      grow(more);
    }
    return true;
  }

  private void grow(long more) {
    if (sink != null && length > 0 && length + more > DRAIN_AT) {
      sink.take(buffer, length);
      length = 0;
      drains++;
    }
    long needed = length + more;
    if (needed > Integer.MAX_VALUE - 16) {
      throw new ReplyTooLargeException();
    }
    if (needed > buffer.length) {
      long doubled = Math.min(buffer.length * 2L, Integer.MAX_VALUE - 16);
      byte[] grown = Heap.tryBytes((int) Math.max(doubled, needed));
      if (grown == null) {
        throw new ReplyTooLargeException();
      }
      System.arraycopy(buffer, 0, grown, 0, length);
      buffer = grown;
    }
  }

  public void ok() {
    raw(OK);
  }

  /** Bytes that are RESP already. */
  public void raw(byte[] bytes) {
    raw(bytes, 0, bytes.length);
  }

  /** Bytes that are RESP already. */
  public void raw(byte[] bytes, int off, int len) {
    if (sink != null && len > DRAIN_AT) {
      inPieces(bytes, off, len);
    } else if (ensure(len)) {
      System.arraycopy(bytes, off, buffer, length, len);
      length += len;
    }
  }

  /** So that a value of hundreds of megabytes passes through a buffer of ordinary size. */
  private void inPieces(byte[] bytes, int off, int len) {
    int end = off + len;
    for (int at = off; at < end; at += DRAIN_AT) {
      raw(bytes, at, Math.min(DRAIN_AT, end - at));
    }
  }

  /** A simple string; line breaks become blanks. */
  public void simple(String text) {
    line('+', text);
  }

  /** An error: its code in capitals, a blank, its text; line breaks become blanks. */
  public void error(String text) {
    errors++;
    if (errorListener != null) {
      errorListener.accept(text);
    }
    line('-', text);
  }

  @SuppressWarnings("deprecation") // the one that copies the low bytes, which is what is wanted
  private void line(char type, String text) {
    int n = text.length();
    if (ensure(n + 3L)) {
      buffer[length] = (byte) type;
      text.getBytes(0, n, buffer, length + 1);
      for (int i = length + 1; i <= length + n; i++) {
        if (buffer[i] == '\r' || buffer[i] == '\n') {
          buffer[i] = ' ';
        }
      }
      length += n + 1;
      newline();
    }
  }

  private void newline() {
    buffer[length] = '\r';
    buffer[length + 1] = '\n';
    length += 2;
  }

  private void header(char type, long value) {
    if (ensure(24)) {
      buffer[length] = (byte) type;
      length = Bytes.putDecimal(buffer, length + 1, value);
      newline();
    }
  }

  public void integer(long value) {
    header(':', value);
  }

  public void bulk(byte[] bytes) {
    bulk(bytes, 0, bytes.length);
  }

  public void bulk(byte[] bytes, int off, int len) {
    if (sink != null && len > DRAIN_AT) {
      header('$', len);
      raw(bytes, off, len);
      raw(NEWLINE);
    } else if (ensure(len + 16L)) {
      int at = length;
      byte[] b = buffer;
      b[at++] = '$';
      if (len < 10) {
        b[at++] = (byte) ('0' + len);
      } else if (len < 100) {
        b[at++] = (byte) ('0' + len / 10);
        b[at++] = (byte) ('0' + len % 10);
      } else {
        at = Bytes.putDecimal(b, at, len);
      }
      b[at++] = '\r';
      b[at++] = '\n';
      System.arraycopy(bytes, off, b, at, len);
      at += len;
      b[at++] = '\r';
      b[at++] = '\n';
      length = at;
    }
  }

  /** A bulk string with one byte a character. */
  public void bulk(String text) {
    bulk(Bytes.of(text));
  }

  /** A number as a bulk string. */
  public void bulkLong(long value) {
    header('$', Bytes.decimalLength(value));
    if (ensure(24)) {
      length = Bytes.putDecimal(buffer, length, value);
      newline();
    }
  }

  /** Two unsigned numbers joined by a dash as a bulk string. */
  public void bulkPair(long first, long second) {
    if (ensure(64)) {
      int n = Bytes.unsignedLength(first) + 1 + Bytes.unsignedLength(second);
      buffer[length] = '$';
      length = Bytes.putDecimal(buffer, length + 1, n);
      newline();
      length = Bytes.putUnsigned(buffer, length, first);
      buffer[length++] = '-';
      length = Bytes.putUnsigned(buffer, length, second);
      newline();
    }
  }

  public void nil() {
    raw(resp3 ? NIL3 : NIL2);
  }

  /** A missing array: {@code *-1} in RESP2. */
  public void nilArray() {
    raw(resp3 ? NIL3 : NIL_ARRAY);
  }

  public void array(long count) {
    header('*', count);
  }

  public void map(long pairs) {
    header(resp3 ? '%' : '*', resp3 ? pairs : pairs * 2);
  }

  public void set(long count) {
    header(resp3 ? '~' : '*', count);
  }

  /** The head of an out-of-band message; a plain array in RESP2. */
  public void push(long count) {
    header(resp3 ? '>' : '*', count);
  }

  /** A truth value; 1 or 0 in RESP2. */
  public void bool(boolean value) {
    if (resp3) {
      line('#', value ? "t" : "f");
    } else {
      integer(value ? 1 : 0);
    }
  }

  /** A floating-point number in its shortest decimal form; a bulk string in RESP2. */
  public void real(String text) {
    if (resp3) {
      line(',', text);
    } else {
      bulk(text);
    }
  }

  /** A floating-point number with 17 significant digits; a bulk string in RESP2. */
  public void real(double value) {
    if (!ensure(DoubleText.LENGTH_MAX + 8L)) {
      return;
    }
    byte[] b = buffer;
    if (resp3) {
      b[length] = ',';
      length = DoubleText.put(b, length + 1, value);
    } else {
      int body = length + 5; // behind "$", two digits and a line break; one digit too many, often
      int end = DoubleText.put(b, body, value);
      int n = end - body;
      int at = length;
      b[at++] = '$';
      if (n >= 10) {
        b[at++] = (byte) ('0' + n / 10);
      }
      b[at++] = (byte) ('0' + n % 10);
      b[at++] = '\r';
      b[at++] = '\n';
      if (at < body) {
        System.arraycopy(b, body, b, at, n);
      }
      length = at + n;
    }
    newline();
  }

  /** A floating-point number whose text is given; a bulk string in RESP2. */
  public void real(byte[] text, int off, int len) {
    if (!resp3) {
      bulk(text, off, len);
    } else if (ensure(len + 3L)) {
      buffer[length] = ',';
      System.arraycopy(text, off, buffer, length + 1, len);
      length += len + 1;
      newline();
    }
  }

  /** A text with a three-letter format name ("txt", "mkd"); a bulk string in RESP2. */
  public void verbatim(String format, byte[] text) {
    if (!resp3) {
      bulk(text);
      return;
    }
    header('=', text.length + 4L);
    raw(Bytes.of(format + ":"));
    raw(text);
    raw(NEWLINE);
  }
}
