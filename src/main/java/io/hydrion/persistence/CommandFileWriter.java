package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes commands to a file, argument by argument, in the form of an append only file. Belongs to
 * one thread.
 */
final class CommandFileWriter {
  private static final int BUFFER = 64 * 1024;

  /** The longest a number, or a head, takes with its line ends. */
  private static final int SHORT_MAX = 64;

  private final Disk.Output out;
  private final byte[] buffer = new byte[BUFFER];
  private int used;

  /**
   * @param out stays open
   */
  CommandFileWriter(Disk.Output out) {
    this.out = out;
  }

  /** Says the time, between commands. */
  CommandFileWriter timestamp(long seconds) {
    byte[] line = Bytes.of("#TS:" + seconds + "\r\n");
    return raw(line, 0, line.length);
  }

  /** Begins a command of so many arguments, its name included; they must follow. */
  CommandFileWriter begin(String name, int argc) {
    return head('*', argc).word(name);
  }

  /** Adds a word of ASCII. */
  CommandFileWriter word(String text) {
    byte[] a = Bytes.of(text);
    return bytes(a, 0, a.length);
  }

  CommandFileWriter number(long value) {
    return head('$', Bytes.decimalLength(value)).digits(value);
  }

  /** Adds the id of an entry of a stream. */
  CommandFileWriter id(long ms, long seq) {
    return word(Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(seq));
  }

  CommandFileWriter bytes(byte[] a) {
    return bytes(a, 0, a.length);
  }

  CommandFileWriter bytes(RdbString s) {
    return bytes(s.bytes(), s.offset(), s.length());
  }

  CommandFileWriter bytes(byte[] a, int off, int len) {
    return head('$', len).raw(a, off, len).lineEnd();
  }

  /** Writes what has been gathered. */
  void flush() {
    try {
      out.write(buffer, 0, used);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    used = 0;
  }

  private CommandFileWriter head(char kind, int n) {
    reserve();
    buffer[used++] = (byte) kind;
    return digits(n);
  }

  private CommandFileWriter digits(long value) {
    reserve();
    used = Bytes.putDecimal(buffer, used, value);
    return lineEnd();
  }

  private CommandFileWriter lineEnd() {
    reserve();
    buffer[used++] = '\r';
    buffer[used++] = '\n';
    return this;
  }

  private void reserve() {
    if (BUFFER - used < SHORT_MAX) {
      flush();
    }
  }

  private CommandFileWriter raw(byte[] a, int off, int len) {
    if (len > BUFFER - used) {
      flush();
      if (len > BUFFER) {
        try {
          out.write(a, off, len);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return this;
      }
    }
    System.arraycopy(a, off, buffer, used, len);
    used += len;
    return this;
  }
}
