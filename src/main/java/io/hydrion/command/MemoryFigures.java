package io.hydrion.command;

import io.hydrion.engine.Engine;
import io.hydrion.store.Keyspace;
import io.hydrion.util.ProcessFigures;
import java.util.Locale;

/**
 * Where memory goes at a moment, in bytes.
 *
 * @param used keys, tables and clients' buffers: what maxmemory limits
 * @param peak the most that {@code used} has been
 * @param clients clients' buffers
 * @param tables the tables that lead to the records
 * @param allocated records and tables
 * @param active what the arenas have taken from the heap for them
 * @param resident what the heap has taken from the system
 * @param rss what the process has taken from the system
 */
record MemoryFigures(
    long used,
    long peak,
    long clients,
    long tables,
    long allocated,
    long active,
    long resident,
    long rss,
    long keys) {
  static MemoryFigures of(Engine engine) {
    Keyspace keyspace = engine.keyspace();
    long keys = 0;
    for (int db = 0; db < keyspace.databases(); db++) {
      keys += keyspace.size(db);
    }
    long used = engine.usedMemory();
    return new MemoryFigures(
        used,
        Math.max(used, engine.metrics().peakMemory()),
        engine.clientBytes(),
        keyspace.indexBytes(),
        keyspace.memory(),
        keyspace.reservedBytes(),
        Runtime.getRuntime().totalMemory(),
        ProcessFigures.residentBytes(),
        keys);
  }

  /** What is not data: tables and buffers. */
  long overhead() {
    return tables + clients;
  }

  long dataset() {
    return Math.max(0, used - overhead());
  }

  double datasetPercent() {
    return percent(dataset(), used);
  }

  double peakPercent() {
    return percent(used, peak);
  }

  double fragmentation() {
    return ratio(active, allocated);
  }

  double heapRatio() {
    return ratio(resident, active);
  }

  double rssRatio() {
    return ratio(rss, resident);
  }

  double totalRatio() {
    return ratio(rss, used);
  }

  private static double ratio(long a, long b) {
    return b <= 0 ? 0 : (double) a / b;
  }

  private static double percent(long a, long b) {
    return ratio(a, b) * 100;
  }

  /** A number of bytes for people: two decimals and a letter. */
  static String human(long bytes) {
    if (bytes < 1024) {
      return bytes + "B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f%c", value, "KMGTP".charAt(unit));
  }
}
