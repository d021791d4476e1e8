package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Latency;
import io.hydrion.engine.LatencyCounts;
import io.hydrion.engine.Request;
import io.hydrion.engine.SlowLog;
import io.hydrion.engine.Totals;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the server does, and what with: delays, memory, slow commands, all commands as they come.
 */
final class ObserveCommands {
  static final List<Command> TABLE =
      List.of(
          latency(),
          memory(),
          row("MONITOR", 1, "server", "1.0.0", ADMIN | NOSCRIPT | LOADING | STALE, "")
              .summary("Shows every command that the server runs, as it runs.")
              .run(ObserveCommands::monitor),
          slowlog());

  private static final int SLOWLOG_DEFAULT = 10;

  private ObserveCommands() {}

  private static Command latency() {
    int flags = ADMIN | NOSCRIPT | LOADING | STALE;
    String[] tips = {
      "nondeterministic_output", "request_policy:all_nodes", "response_policy:special"
    };
    Command c =
        row("LATENCY", -2, "server", "2.8.13", 0, "")
            .complexity("by subcommand")
            .summary("Looks into what made the server slow.")
            .container();
    c.sub("DOCTOR", 2, "2.8.13", flags, "")
        .tips(tips)
        .complexity("O(1)")
        .summary("Explains the recorded delays in plain words.")
        .run((q, out) -> out.verbatim("txt", Bytes.utf8(LatencyReport.doctor(q.engine()))));
    c.sub("GRAPH", 3, "2.8.13", flags, "event")
        .tips(tips)
        .complexity("O(1)")
        .summary("Draws the recorded delays of an event.")
        .run(ObserveCommands::latencyGraph);
    c.sub("HELP", 2, "2.8.13", LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ObserveCommands::latencyHelp);
    c.sub("HISTOGRAM", -2, "7.0.0", flags, "[command [command ...]]")
        .tips(tips)
        .complexity("O(N), N = commands with figures")
        .summary("Shows how long commands took, as counts up to growing limits.")
        .run(ObserveCommands::latencyHistogram);
    c.sub("HISTORY", 3, "2.8.13", flags, "event")
        .tips(tips)
        .complexity("O(1)")
        .summary("Lists the recorded delays of an event with their times.")
        .run(ObserveCommands::latencyHistory);
    c.sub("LATEST", 2, "2.8.13", flags, "")
        .tips(tips)
        .complexity("O(1)")
        .summary("Shows the newest delay of every event.")
        .run(ObserveCommands::latencyLatest);
    c.sub("RESET", -2, "2.8.13", flags, "[event [event ...]]")
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .complexity("O(1)")
        .summary("Forgets the recorded delays of events.")
        .run(ObserveCommands::latencyReset);
    return c;
  }

  private static Command memory() {
    String[] tips = {
      "nondeterministic_output", "request_policy:all_shards", "response_policy:special"
    };
    Command c =
        row("MEMORY", -2, "server", "4.0.0", 0, "")
            .complexity("by subcommand")
            .summary("Looks at where memory goes.")
            .container();
    c.sub("DOCTOR", 2, "4.0.0", 0, "")
        .tips(tips)
        .complexity("O(1)")
        .summary("Explains memory problems in plain words.")
        .run((q, out) -> out.verbatim("txt", Bytes.utf8(MemoryReport.doctor(q.engine()))));
    c.sub("HELP", 2, "4.0.0", LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ObserveCommands::memoryHelp);
    c.sub("MALLOC-STATS", 2, "4.0.0", 0, "")
        .tips(tips)
        .complexity("by how much is allocated")
        .summary("Shows the figures of the allocator.")
        .run((q, out) -> out.verbatim("txt", Bytes.utf8(MemoryReport.allocator(q.engine()))));
    c.sub("PURGE", 2, "4.0.0", 0, "")
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .complexity("by how much is allocated")
        .summary("Gives unused memory back to the system.")
        .run(ObserveCommands::memoryPurge);
    c.sub("STATS", 2, "4.0.0", 0, "")
        .tips(tips)
        .complexity("O(1)")
        .summary("Shows the memory use by purpose.")
        .run((q, out) -> MemoryReport.stats(q.engine(), out));
    c.sub("USAGE", -3, "4.0.0", READONLY, "key [SAMPLES count]")
        .keys(2, 2, 1, "RO")
        .complexity("O(N), N = samples")
        .summary("Estimates the bytes that a key and its value take.")
        .run(ObserveCommands::memoryUsage);
    return c;
  }

  private static Command slowlog() {
    Command c =
        row("SLOWLOG", -2, "server", "2.2.12", 0, "")
            .complexity("by subcommand")
            .summary("Looks at commands that took long.")
            .container();
    c.sub("GET", -2, "2.2.12", ADMIN | LOADING | STALE, "[count]")
        .tips("request_policy:all_nodes", "nondeterministic_output")
        .complexity("O(N), N = entries returned")
        .summary("Lists the newest slow commands.")
        .history("4.0.0", "address and name of the client in each entry")
        .run(ObserveCommands::slowlogGet);
    c.sub("HELP", 2, "6.2.0", LOADING | STALE, "")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ObserveCommands::slowlogHelp);
    c.sub("LEN", 2, "2.2.12", ADMIN | LOADING | STALE, "")
        .tips("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output")
        .complexity("O(1)")
        .summary("Counts the entries of the slow log.")
        .run((q, out) -> out.integer(q.engine().slowLog().size()));
    c.sub("RESET", 2, "2.2.12", ADMIN | LOADING | STALE, "")
        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
        .complexity("O(N), N = entries")
        .summary("Empties the slow log.")
        .run(ObserveCommands::slowlogReset);
    return c;
  }

  private static void latencyGraph(Request q, RespWriter out) {
    Latency.Series series = q.engine().latency().all().get(q.text(2));
    if (series == null) {
      out.error("ERR No samples available for event '" + q.text(2) + "'");
      return;
    }
    long now = q.engine().clock().millis() / 1000;
    out.verbatim("txt", Bytes.utf8(LatencyReport.graph(q.text(2), series, now)));
  }

  private static void latencyHelp(Request q, RespWriter out) {
    Help.reply(
        out,
        "LATENCY",
        """
        DOCTOR
            Explains the recorded delays.
        GRAPH <event>
            Draws the delays of an event in text.
        HISTORY <event>
            Lists the delays of an event with their times.
        LATEST
            Shows each event's newest delay.
        RESET [<event> ...]
            Forgets the delays of the named events; of all without a name.
        HISTOGRAM [COMMAND ...]
            Shows how long the named commands took, as cumulative counts; all without a name.
        """);
  }

  private static void latencyHistogram(Request q, RespWriter out) {
    Totals totals = q.engine().totals();
    Map<String, LatencyCounts> found = new LinkedHashMap<>();
    if (q.argc() == 2) {
      q.engine().commands().all().forEach(command -> addCounts(totals, command, found));
    }
    for (int i = 2; i < q.argc(); i++) {
      Command command = q.engine().commands().find(q.text(i));
      if (command != null) {
        addCounts(totals, command, found);
        command.subcommands().values().forEach(sub -> addCounts(totals, sub, found));
      }
    }
    out.map(found.size());
    found.forEach(
        (name, counts) -> {
          out.bulk(name);
          out.map(2);
          out.bulk("calls");
          out.integer(counts.total());
          out.bulk("histogram_usec");
          List<Long> steps = new ArrayList<>();
          counts.cumulative(
              (micros, calls) -> {
                steps.add(micros);
                steps.add(calls);
              });
          out.map(steps.size() / 2);
          steps.forEach(out::integer);
        });
  }

  private static void addCounts(Totals totals, Command command, Map<String, LatencyCounts> to) {
    LatencyCounts counts = totals.latencies(command);
    if (counts != null) {
      to.put(command.fullName(), counts);
    }
  }

  private static void latencyHistory(Request q, RespWriter out) {
    Latency.Series series = q.engine().latency().all().get(q.text(2));
    if (series == null) {
      out.array(0);
      return;
    }
    out.array(series.samples().size());
    for (Latency.Sample sample : series.samples()) {
      out.array(2);
      out.integer(sample.seconds());
      out.integer(sample.millis());
    }
  }

  private static void latencyLatest(Request q, RespWriter out) {
    Map<String, Latency.Series> all = q.engine().latency().all();
    out.array(all.size());
    all.forEach(
        (event, series) -> {
          Latency.Sample last = series.samples().getLast();
          out.array(4);
          out.bulk(event);
          out.integer(last.seconds());
          out.integer(last.millis());
          out.integer(series.maxMillis());
        });
  }

  private static void latencyReset(Request q, RespWriter out) {
    Latency latency = q.engine().latency();
    long forgotten = q.argc() == 2 ? latency.resetAll() : 0;
    for (int i = 2; i < q.argc(); i++) {
      forgotten += latency.reset(q.text(i)) ? 1 : 0;
    }
    out.integer(forgotten);
  }

  private static void memoryHelp(Request q, RespWriter out) {
    Help.reply(
        out,
        "MEMORY",
        """
        DOCTOR
            Explains memory problems.
        MALLOC-STATS
            Shows the allocator's figures.
        PURGE
            Gives unused memory back to the system.
        STATS
            Shows memory use by purpose.
        USAGE <key> [SAMPLES <count>]
            Estimates the bytes of a key and its value from <count> samples (5; 0: all elements).
        """);
  }

  /** Asks the collector to run, which is what gives memory back here; nobody waits for it. */
  private static void memoryPurge(Request q, RespWriter out) {
    q.engine().cron().execute(System::gc);
    out.ok();
  }

  private static void memoryUsage(Request q, RespWriter out) {
    for (int i = 3; i < q.argc(); i++) {
      if (!q.is(i, "samples") || i + 1 >= q.argc()) {
        out.error(Errors.SYNTAX);
        return;
      }
      i++;
      if (!q.isLong(i)) {
        out.error(Errors.NOT_INTEGER);
        return;
      } else if (q.longAt(i) < 0) {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    Entry e = q.key(2);
    if (!q.db().peek(e)) {
      out.nil();
      return;
    }
    out.integer(q.db().partition(e).bytesOf(e));
  }

  private static void monitor(Request q, RespWriter out) {
    if (q.session().isInTransaction()) {
      out.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    } else if (!q.session().isMonitor()) {
      q.engine().monitors().add(q.session());
      out.ok();
    }
  }

  private static void slowlogGet(Request q, RespWriter out) {
    if (q.argc() > 3) {
      out.error(
          "ERR unknown subcommand or wrong number of arguments for '"
              + q.text(1)
              + "'. Try SLOWLOG HELP.");
      return;
    }
    long count = SLOWLOG_DEFAULT;
    if (q.argc() == 3) {
      count = q.isLong(2) ? q.longAt(2) : Long.MIN_VALUE;
      if (count < -1) {
        out.error("ERR count should be greater than or equal to -1");
        return;
      }
    }
    List<SlowLog.Item> items = q.engine().slowLog().newest(count);
    out.array(items.size());
    for (SlowLog.Item item : items) {
      out.array(6);
      out.integer(item.id());
      out.integer(item.seconds());
      out.integer(item.micros());
      out.array(item.arguments().size());
      item.arguments().forEach(out::bulk);
      out.bulk(item.address());
      out.bulk(item.name());
    }
  }

  private static void slowlogHelp(Request q, RespWriter out) {
    Help.reply(
        out,
        "SLOWLOG",
        """
        GET [<count>]
            Lists the newest <count> slow commands (10; -1 lists all). An entry holds:
            id, time, duration in microseconds, arguments, client address, client name
        LEN
            Counts the entries.
        RESET
            Empties the log.
        """);
  }

  private static void slowlogReset(Request q, RespWriter out) {
    q.engine().slowLog().clear();
    out.ok();
  }
}
