package io.hydrion.persistence;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A new beginning for an append log: a snapshot of the data at {@link #position}, and the records
 * after it in files of their own. For one thread at a time.
 *
 * <p>Order of things: {@link AppendLog#cut} at the moment the snapshot is of; the snapshot is
 * written to {@link #snapshot} and synced; {@link #install}. Up to then a start finds the old log,
 * after it the new one.
 */
public final class LogRewrite {
  private final AppendLog log;
  private final LogCut cut;
  private final Path snapshot;

  LogRewrite(AppendLog log, LogCut cut, Path snapshot) {
    this.log = log;
    this.cut = cut;
    this.snapshot = snapshot;
  }

  /** The snapshot holds what was appended up to here, and nothing later. */
  public long position() {
    return cut.position;
  }

  /** The file to write the snapshot to; a file left there by an earlier try is to be replaced. */
  public Path snapshot() {
    return snapshot;
  }

  /** The log that is rewritten. */
  public AppendLog log() {
    return log;
  }

  /**
   * Makes the synced snapshot and what follows it the log, and deletes what it replaces; a log that
   * had failed works again. Blocks.
   *
   * @param isRdb whether the snapshot is one, or a file of commands
   * @throws IOException when the old log stays; the rewrite may be tried again from the start
   */
  public void install(boolean isRdb) throws IOException {
    log.install(cut, snapshot, isRdb);
  }

  /** Forgets the rewrite: the old log goes on, in two files instead of one. */
  public void abandon() {
    log.abandon(cut, snapshot);
  }
}
