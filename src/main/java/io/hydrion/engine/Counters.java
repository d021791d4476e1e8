package io.hydrion.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The workers of all threads and what they have counted, those that have ended included.
 * Thread-safe.
 */
final class Counters {
  private final int commandCount;
  private final List<Worker> workers = new CopyOnWriteArrayList<>();

  /** Guarded by itself, and so is the way of a worker from the list into it. */
  private final Totals retired;

  private volatile Totals atReset;

  /** Nothing counted yet, for so many commands. */
  Counters(int commandCount) {
    this.commandCount = commandCount;
    retired = new Totals(commandCount);
    atReset = new Totals(commandCount);
  }

  void add(Worker worker) {
    workers.add(worker);
  }

  /** Forgets a worker whose thread has ended; what it counted stays counted. */
  void retire(Worker worker) {
    synchronized (retired) {
      if (workers.remove(worker)) {
        retired.add(worker.stats());
      }
    }
  }

  List<Worker> workers() {
    return workers;
  }

  /** What has been counted since the last reset. */
  Totals totals() {
    Totals base = atReset;
    Totals sum = sum();
    sum.subtract(base);
    return sum;
  }

  void reset() {
    atReset = sum();
  }

  private Totals sum() {
    Totals sum = new Totals(commandCount);
    synchronized (retired) {
      sum.add(retired);
      workers.forEach(worker -> sum.add(worker.stats()));
    }
    return sum;
  }

  /** Gives what rates are made of, without the sums for each command. */
  void sample(InstantaneousMetrics metrics, long nowNanos, boolean aboveMaxmemory) {
    long ran;
    long input;
    long output;
    synchronized (retired) {
      ran = retired.commands();
      input = retired.netInputBytes();
      output = retired.netOutputBytes();
      for (Worker worker : workers) {
        Stats stats = worker.stats();
        ran += stats.commands;
        input += stats.netInputBytes;
        output += stats.netOutputBytes;
      }
    }
    metrics.sample(nowNanos, ran, input, output, aboveMaxmemory);
  }
}
