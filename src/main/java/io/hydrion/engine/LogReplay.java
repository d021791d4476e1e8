package io.hydrion.engine;

import io.hydrion.persistence.KeyspaceLoader;
import io.hydrion.persistence.LogDamageException;
import io.hydrion.persistence.LogSink;
import io.hydrion.persistence.RdbFileReader;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.protocol.CommandBatch;
import io.hydrion.protocol.RespDecoder;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Brings keys back from an append log: loads its snapshot and runs its commands again. They run as
 * they did once, whatever the time is now: keys whose time is over stay until all is loaded, and
 * nothing is refused, counted, published or logged again. Belongs to one thread.
 */
final class LogReplay implements LogSink {
  private static final Logger LOG = LogManager.getLogger(LogReplay.class);

  /** Records are gathered up to so many bytes, so that their look-ups can be prepared together. */
  private static final int GATHERED_MAX = 64 * 1024;

  private final Engine engine;
  private final Worker worker;
  private final Session session;
  private byte[] gathered = new byte[GATHERED_MAX];
  private int length;

  LogReplay(Engine engine) {
    this.engine = engine;
    worker = Worker.replaying(engine);
    session = new Session(0, new NoOutlet(), "?:0", "?:0", true, false, engine.clock().millis());
    session.decoder().setAuthenticated(true);
    session.decoder().setBulkLengthMax(Integer.MAX_VALUE);
    worker.out().setMuted(true);
  }

  @Override
  public long snapshot(Disk.Input in, String name) throws IOException {
    RdbFileReader reader = new RdbFileReader(in, engine.settings().flag("rdbchecksum"));
    try (KeyspaceLoader loader = engine.loading().newLoader(true)) {
      reader.read(loader);
      engine.loading().loaded(loader);
      return reader.offset();
    } catch (RdbFormatException e) {
      throw new LogDamageException(
          name, e.offset(), "Error reading the RDB preamble of " + name + ": " + e.getMessage());
    }
  }

  @Override
  public void record(byte[] a, int off, int len) throws IOException {
    if (len > GATHERED_MAX - length) {
      flush();
    }
    if (len > GATHERED_MAX) {
      run(a, off, off + len);
    } else {
      System.arraycopy(a, off, gathered, length, len);
      length += len;
    }
  }

  @Override
  public void progress(long read, long total) {
    engine.loading().progress(read, total);
  }

  @Override
  public void note(String text) {
    LOG.warn(text);
  }

  /** Runs what has been gathered; to be called at the end. */
  void flush() throws IOException {
    int n = length;
    length = 0;
    run(gathered, 0, n);
  }

  private void run(byte[] a, int from, int end) throws IOException {
    CommandBatch batch = worker.batch();
    RespDecoder decoder = session.decoder();
    worker.readClock();
    for (int at = from; at < end; ) {
      batch.clear();
      int next = decoder.decode(a, at, end, batch, CommandBatch.COMMANDS_MAX);
      if (next == at || decoder.error() != null) {
        throw new IOException("Bad file format reading the append only file");
      }
      Prefetch.prepare(worker, session.database(), a);
      for (int i = 0; i < batch.count(); i++) {
        run(a, i);
      }
      at = next;
    }
  }

  private void run(byte[] a, int i) throws IOException {
    CommandBatch batch = worker.batch();
    int first = batch.first(i);
    int name = batch.offsets()[first];
    int nameLength = batch.lengths()[first];
    Command row = engine.commands().findOriginal(a, name, nameLength);
    if (row == null && keepsFunction(a, batch, i)) {
      return;
    }
    if (row == null) {
      throw new IOException(
          "Unknown command '"
              + Bytes.string(a, name, Math.min(nameLength, 128))
              + "' reading the append only file");
    }
    Request q = worker.request();
    q.point(session, row, a, batch.offsets(), batch.lengths(), first, batch.argc(i));
    if (row == worker.rows[i]) {
      q.pointHashes(worker.slots, worker.hashes);
    }
    Command command = q.resolve(row);
    if (command == null || !command.accepts(q.argc())) {
      throw new IOException("Wrong arguments of '" + row.name() + "' reading the append only file");
    }
    engine.dispatcher().replay(worker, q);
  }

  /** Functions are not run here, but a log that Redis has written may load them. */
  private boolean keepsFunction(byte[] a, CommandBatch batch, int i) {
    int first = batch.first(i);
    int last = first + batch.argc(i) - 1;
    int[] at = batch.offsets();
    int[] lengths = batch.lengths();
    if (batch.argc(i) < 3
        || !Bytes.equalIgnoreCase(a, at[first], lengths[first], "function")
        || !Bytes.equalIgnoreCase(a, at[first + 1], lengths[first + 1], "load")) {
      return false;
    }
    engine.loading().loadedFunction(Bytes.copy(a, at[last], lengths[last]));
    return true;
  }
}
