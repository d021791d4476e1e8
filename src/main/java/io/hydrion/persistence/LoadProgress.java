package io.hydrion.persistence;

/** Tells from time to time how much of some files has been read. */
final class LoadProgress {
  private static final int STEP = 2 << 20;

  private final LogSink sink;
  private final long total;
  private long before;
  private long told;

  /**
   * @param total bytes of all files
   */
  LoadProgress(LogSink sink, long total) {
    this.sink = sink;
    this.total = total;
  }

  /** So many bytes of the file at hand have been read. */
  void read(long bytes) {
    long all = before + bytes;
    if (all - told >= STEP || (all == total && all > told)) {
      told = all;
      sink.progress(all, total);
    }
  }

  /** The file at hand has been read, which had so many bytes. */
  void fileRead(long bytes) {
    read(bytes);
    before += bytes;
  }
}
