package io.hydrion.engine;

import io.hydrion.persistence.KeyspaceLoader;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** How far the loading of the keys is; meanwhile most commands are refused. Thread-safe. */
public final class Loading {
  private static final Logger LOG = LogManager.getLogger(Loading.class);
  private static final long TOLD_BYTES_MIN = 1L << 30;

  private final Engine engine;
  private volatile int running;
  private volatile long beganSeconds;
  private volatile long total;
  private volatile long done;
  private long told;
  private volatile long keysLoaded;
  private volatile long keysExpired;
  private volatile List<byte[]> functions = List.of();
  private volatile Runnable onBegin = () -> {};

  Loading(Engine engine) {
    this.engine = engine;
  }

  private long seconds() {
    return engine.clock().millis() / 1000;
  }

  /** Begins to refuse commands, until {@link #end} has been called as often as this. */
  public synchronized void begin() {
    running++;
    engine.conditions().restrict(Conditions.LOADING, true);
  }

  /** The same, for so much to be loaded. */
  void begin(long totalBytes) {
    beganSeconds = seconds();
    total = totalBytes;
    done = 0;
    told = 0;
    keysLoaded = 0;
    keysExpired = 0;
    begin();
    onBegin.run();
  }

  /** Has something done whenever loading begins of what there is. */
  public void onBegin(Runnable task) {
    onBegin = task;
  }

  /** Is told how many bytes of how many have been read. */
  void progress(long read, long of) {
    total = of;
    progress(read);
  }

  private void progress(long read) {
    done = read;
    if (read - told >= Math.max(TOLD_BYTES_MIN, total / 10)) {
      told = read;
      LOG.info("Loaded {} of {} bytes", read, total);
    }
  }

  /** Lets commands run again, unless {@link #begin} has been called more often. */
  public synchronized void end() {
    running--;
    engine.conditions().restrict(Conditions.LOADING, running > 0);
  }

  /**
   * A loader of a database file.
   *
   * @param keepsExpired whether what has expired meanwhile is loaded too, for commands may follow
   */
  KeyspaceLoader newLoader(boolean keepsExpired) {
    long now = engine.clock().millis();
    return new KeyspaceLoader(
        engine.keyspace(),
        engine.settings(),
        keepsExpired ? Long.MIN_VALUE : now,
        (idle, frequency) -> engine.access().bits(idle, frequency, now),
        this::progress,
        engine.keyspace().shard(0).isHeld());
  }

  /** Takes over what a file had besides its keys, and counts these. */
  void loaded(KeyspaceLoader loader) {
    loader.finish();
    keysLoaded = loader.loaded();
    keysExpired = loader.expired();
    functions = List.of();
    loader.functions().forEach(this::loadedFunction);
    LOG.info(
        "Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
        keysLoaded,
        keysExpired,
        loader.skipped());
  }

  /** Takes over the code of a library of functions, to be kept in the place of an older one. */
  void loadedFunction(byte[] code) {
    if (functions.isEmpty()) {
      LOG.warn("The file has functions, which are kept in it but cannot be called here");
    }
    List<byte[]> all = new ArrayList<>(functions);
    all.removeIf(other -> libraryName(other).equals(libraryName(code)));
    all.add(code);
    functions = all;
  }

  /** The name that the first line says: {@code #!lua name=mylib}. */
  private static String libraryName(byte[] code) {
    String line = Bytes.string(code).lines().findFirst().orElse("");
    int at = line.indexOf(" name=");
    return at < 0 ? line : line.substring(at + " name=".length()).trim();
  }

  /** Whether keys are being loaded, and most commands are refused therefore. */
  public boolean isRunning() {
    return running > 0;
  }

  /** How many bytes have been loaded. */
  public long loadedBytes() {
    return done;
  }

  /** How many bytes there are to be loaded. */
  public long totalBytes() {
    return total;
  }

  /** When loading began, in s since the epoch. */
  public long beganSeconds() {
    return beganSeconds;
  }

  /** In how many seconds loading ends at the pace so far; 1 before that is known. */
  public long secondsLeft() {
    long took = seconds() - beganSeconds;
    return took <= 0 || done == 0 ? 1 : took * (total - done) / done;
  }

  /** How many keys the database file had that was loaded last. */
  public long keysLoaded() {
    return keysLoaded;
  }

  /** How many keys of the database file that was loaded last had expired. */
  public long keysExpired() {
    return keysExpired;
  }

  /** The code of libraries of functions that the file had, which goes into the next one. */
  List<byte[]> functions() {
    return functions;
  }
}
