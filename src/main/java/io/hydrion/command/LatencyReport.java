package io.hydrion.command;

import io.hydrion.engine.Engine;
import io.hydrion.engine.Latency;
import java.util.List;
import java.util.Map;

/** What the latency monitor has seen, for people to read. */
final class LatencyReport {
  private static final int COLUMNS_MAX = 80;
  private static final int ROWS = 4;

  private LatencyReport() {}

  static String doctor(Engine engine) {
    if (engine.settings().latencyMonitorThreshold() <= 0) {
      return "The latency monitor is off. Switch it on with CONFIG SET latency-monitor-threshold"
          + " <milliseconds>, let the server work for a while and ask again.\n";
    }
    Map<String, Latency.Series> all = engine.latency().all();
    if (all.isEmpty()) {
      return "No delay has been recorded: nothing took as long as the threshold of "
          + engine.settings().latencyMonitorThreshold()
          + " ms.\n";
    }
    StringBuilder text = new StringBuilder("Recorded delays:\n\n");
    int number = 1;
    for (Map.Entry<String, Latency.Series> entry : all.entrySet()) {
      List<Latency.Sample> samples = entry.getValue().samples();
      double mean = samples.stream().mapToLong(Latency.Sample::millis).average().orElse(0);
      long span = samples.getLast().seconds() - samples.getFirst().seconds();
      text.append(number++).append(". ").append(entry.getKey()).append(": ");
      text.append(samples.size()).append(samples.size() == 1 ? " delay" : " delays");
      text.append(" of ").append(Math.round(mean)).append(" ms on average");
      if (samples.size() > 1) {
        text.append(", one every ").append(span / (samples.size() - 1)).append(" s");
      }
      text.append("; the worst took ").append(entry.getValue().maxMillis()).append(" ms.\n");
    }
    text.append("\nWhat to look at:\n\n");
    if (all.containsKey("command") || all.containsKey("fast-command")) {
      text.append("- SLOWLOG GET names the commands that took long; set slowlog-log-slower-than");
      text.append(" low enough to catch them.\n");
      text.append("- Commands that walk whole keyspaces or big values take time in proportion;");
      text.append(" prefer SCAN and its kin to KEYS, SMEMBERS and HGETALL.\n");
    }
    if (all.containsKey("fast-command")) {
      text.append("- Fast commands that are slow point at the machine or the collector: compare");
      text.append(" the processors' load, swap, and the pauses in the collector's log.\n");
    }
    if (all.containsKey("expire-cycle")) {
      text.append("- Many keys expire at the same time; spread their times by a random share.\n");
    }
    if (all.containsKey("eviction-cycle")) {
      text.append("- Memory is at maxmemory and writes come faster than keys can be evicted.\n");
    }
    return text.toString();
  }

  /**
   * Draws spikes as columns, oldest left: the higher the column, the longer the delay. Below each
   * column stands, from top to bottom, how long ago it was.
   */
  static String graph(String event, Latency.Series series, long nowSeconds) {
    List<Latency.Sample> all = series.samples();
    List<Latency.Sample> shown = all.subList(Math.max(0, all.size() - COLUMNS_MAX), all.size());
    long high = shown.stream().mapToLong(Latency.Sample::millis).max().orElse(0);
    long low = shown.stream().mapToLong(Latency.Sample::millis).min().orElse(0);
    StringBuilder text = new StringBuilder(event);
    text.append(" - high ").append(high).append(" ms, low ").append(low);
    text.append(" ms (all time high ").append(series.maxMillis()).append(" ms)\n");
    text.append("-".repeat(COLUMNS_MAX)).append('\n');
    String marks = "_o#";
    int steps = ROWS * marks.length();
    for (int row = ROWS - 1; row >= 0; row--) {
      for (Latency.Sample sample : shown) {
        long range = Math.max(1, high - low);
        int step = (int) Math.min(steps - 1, (sample.millis() - low) * steps / range);
        int mark = step - row * marks.length();
        text.append(mark < 0 ? ' ' : mark < marks.length() ? marks.charAt(mark) : '|');
      }
      text.append('\n');
    }
    text.append('\n');
    List<String> ages = shown.stream().map(sample -> age(nowSeconds - sample.seconds())).toList();
    int longest = ages.stream().mapToInt(String::length).max().orElse(0);
    for (int i = 0; i < longest; i++) {
      for (String age : ages) {
        text.append(i < age.length() ? age.charAt(i) : ' ');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String age(long seconds) {
    if (seconds < 60) {
      return seconds + "s";
    } else if (seconds < 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 86400 ? seconds / 3600 + "h" : seconds / 86400 + "d";
  }
}
