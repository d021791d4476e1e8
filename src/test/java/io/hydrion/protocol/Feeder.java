package io.hydrion.protocol;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Feeds a decoder as a connection does: what is left of a read comes again, with more behind it.
 */
final class Feeder {
  final RespDecoder decoder = new RespDecoder();
  final CommandBatch batch = new CommandBatch();

  /** The commands so far, each as its arguments with one character a byte. */
  final List<List<String>> commands = new ArrayList<>();

  private byte[] kept = new byte[64];
  private int from;
  private int to;

  /** Feeds a whole stream at once. */
  static Feeder of(byte[] stream) {
    Feeder feeder = new Feeder();
    feeder.feed(stream, 0, stream.length);
    return feeder;
  }

  static Feeder of(String stream) {
    return of(Bytes.of(stream));
  }

  void feed(String bytes) {
    feed(Bytes.of(bytes), 0, bytes.length());
  }

  void feed(byte[] bytes, int off, int length) {
    if (kept.length - to < length) {
      byte[] room = new byte[Math.max((to - from + length) * 2, kept.length)];
      System.arraycopy(kept, from, room, 0, to - from);
      to -= from;
      from = 0;
      kept = room;
    }
    System.arraycopy(bytes, off, kept, to, length);
    to += length;
    decode();
  }

  private void decode() {
    int before;
    do {
      before = from;
      batch.clear();
      from = decoder.decode(kept, from, to, batch, CommandBatch.COMMANDS_MAX);
      for (int c = 0; c < batch.count(); c++) {
        List<String> arguments = new ArrayList<>();
        for (int i = batch.first(c), end = i + batch.argc(c); i < end; i++) {
          arguments.add(Bytes.string(kept, batch.offsets()[i], batch.lengths()[i]));
        }
        commands.add(arguments);
      }
    } while (from > before && batch.count() > 0);
    if (from == to) {
      from = 0;
      to = 0;
    }
  }

  /** Overwrites bytes of what is kept, given from its start. */
  void poison(int offset, int length) {
    Arrays.fill(kept, from + offset, from + offset + length, (byte) 'x');
  }

  /** How many bytes are kept for the next call. */
  int kept() {
    return to - from;
  }
}
