package io.hydrion.engine;

/**
 * What is going on right now: rates over the last second and a half, and the highest memory use,
 * from samples that the cron takes every {@value #PERIOD_MS} ms. Thread-safe.
 */
public final class InstantaneousMetrics {
  static final int PERIOD_MS = 100;
  private static final int SAMPLES = 16;

  /** A count whose rate is wanted. */
  private static final class Rate {
    final double[] perSecond = new double[SAMPLES];
    long last;

    double mean() {
      double sum = 0;
      for (double sample : perSecond) {
        sum += sample;
      }
      return sum / SAMPLES;
    }
  }

  private final Rate commands = new Rate();
  private final Rate input = new Rate();
  private final Rate output = new Rate();
  private int next;
  private long lastNanos;
  private long peakMemory;
  private long exceededMs;
  private long exceededNowMs;

  InstantaneousMetrics(long nowNanos) {
    lastNanos = nowNanos;
  }

  /** Takes the counts of this moment. */
  synchronized void sample(
      long nowNanos, long ran, long inputBytes, long outputBytes, boolean aboveMaxmemory) {
    double seconds = Math.max(1, nowNanos - lastNanos) / 1e9;
    lastNanos = nowNanos;
    take(commands, ran, seconds);
    take(input, inputBytes, seconds);
    take(output, outputBytes, seconds);
    next = (next + 1) % SAMPLES;
    exceededNowMs = aboveMaxmemory ? exceededNowMs + (long) (seconds * 1000) : 0;
    exceededMs += aboveMaxmemory ? (long) (seconds * 1000) : 0;
  }

  private void take(Rate rate, long count, double seconds) {
    rate.perSecond[next] = (count - rate.last) / seconds;
    rate.last = count;
  }

  synchronized void reset() {
    for (Rate rate : new Rate[] {commands, input, output}) {
      java.util.Arrays.fill(rate.perSecond, 0);
    }
    exceededMs = 0;
  }

  synchronized void noteMemory(long bytes) {
    peakMemory = Math.max(peakMemory, bytes);
  }

  public synchronized double commandsPerSecond() {
    return commands.mean();
  }

  public synchronized double inputBytesPerSecond() {
    return input.mean();
  }

  public synchronized double outputBytesPerSecond() {
    return output.mean();
  }

  /** The most bytes that have been in use, as far as was seen. */
  public synchronized long peakMemory() {
    return peakMemory;
  }

  /** For how long memory use has been above maxmemory, in ms, all times together. */
  public synchronized long exceededMs() {
    return exceededMs;
  }

  /** For how long memory use has been above maxmemory now, in ms; 0 when it is not. */
  public synchronized long exceededNowMs() {
    return exceededNowMs;
  }
}
