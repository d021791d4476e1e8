package io.hydrion.engine;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How many errors of each code have been replied (INFO errorstats). Thread-safe. */
public final class ErrorStats {
  /** The most codes that are told apart; scripts can make up their own. */
  private static final int CODES_MAX = 128;

  private final Map<String, AtomicLong> byCode = new ConcurrentHashMap<>();
  private final LongAdder total = new LongAdder();

  void count(String error) {
    total.increment();
    int blank = error.indexOf(' ');
    String code = blank < 0 ? error : error.substring(0, blank);
    AtomicLong counter = byCode.get(code);
    if (counter == null && byCode.size() < CODES_MAX) {
      counter = byCode.computeIfAbsent(code, c -> new AtomicLong());
    }
    if (counter != null) {
      counter.incrementAndGet();
    }
  }

  public long total() {
    return total.sum();
  }

  /** Counts by code, sorted by code. */
  public Map<String, AtomicLong> byCode() {
    return new TreeMap<>(byCode);
  }

  void reset() {
    byCode.clear();
    total.reset();
  }
}
