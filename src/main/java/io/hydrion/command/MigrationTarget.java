package io.hydrion.command;

import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Network;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/** The server that MIGRATE sends keys to: takes commands and gives the lines that it answers. */
final class MigrationTarget implements Closeable {
  /** How much is collected before it is sent. */
  private static final int CHUNK = 64 * 1024;

  /** What is kept of a line. */
  private static final int LINE_MAX = 1023;

  /** A line that is longer is none. */
  private static final int LINE_BYTES_MAX = 1024 * 1024;

  private static final byte[] NEWLINE = {'\r', '\n'};

  private final Network.Link link;
  private final RespWriter commands = new RespWriter();
  private final byte[] input = new byte[4096];
  private int inputAt;
  private int inputEnd;

  MigrationTarget(Network.Link link) {
    this.link = link;
  }

  /** Begins a command of so many words, which follow. */
  void command(int words) {
    commands.array(words);
  }

  void word(String word) throws IOException {
    word(Bytes.of(word));
  }

  void word(byte[] word) throws IOException {
    word(word, word.length);
  }

  /** Sends the first bytes of an array as a word, soon. */
  void word(byte[] a, int length) throws IOException {
    if (commands.length() + length <= CHUNK) {
      commands.bulk(a, 0, length);
      return;
    }
    commands.raw(Bytes.of("$" + length));
    commands.raw(NEWLINE);
    flush();
    link.write(a, 0, length);
    commands.raw(NEWLINE);
  }

  /** Sends what has been collected. */
  void flush() throws IOException {
    link.write(commands.bytes(), 0, commands.length());
    commands.clear();
  }

  /** Waits for the next line, and gives its beginning. */
  String line() throws IOException {
    byte[] line = new byte[64];
    int length = 0;
    for (int i = 0; i < LINE_BYTES_MAX; i++) {
      byte b = next();
      if (b == '\n') {
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return Bytes.string(line, 0, end);
      }
      if (length < LINE_MAX) {
        line = length == line.length ? Arrays.copyOf(line, 2 * length) : line;
        line[length++] = b;
      }
    }
    throw new IOException("an endless line");
  }

  private byte next() throws IOException {
    if (inputAt == inputEnd) {
      inputAt = 0;
      inputEnd = 0;
      int n = link.read(input);
      if (n <= 0) {
        throw new EOFException();
      }
      inputEnd = n;
    }
    return input[inputAt++];
  }

  @Override
  public void close() {
    link.close();
  }
}
