package io.hydrion.command;

import io.hydrion.engine.Engine;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Keyspace;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The replies of MEMORY STATS, DOCTOR and MALLOC-STATS. */
final class MemoryReport {
  /** Below this, proportions say nothing. */
  private static final long SMALL_BYTES = 5 << 20;

  private static final long BIG_BUFFER_BYTES = 200 * 1024;

  private MemoryReport() {}

  static void stats(Engine engine, RespWriter out) {
    MemoryFigures m = MemoryFigures.of(engine);
    Keyspace keyspace = engine.keyspace();
    List<Integer> databases = new ArrayList<>();
    for (int db = 0; db < keyspace.databases(); db++) {
      if (keyspace.size(db) > 0) {
        databases.add(db);
      }
    }
    out.map(26L + databases.size());
    number(out, "peak.allocated", m.peak());
    number(out, "total.allocated", m.used());
    number(out, "startup.allocated", 0);
    number(out, "replication.backlog", 0);
    number(out, "clients.slaves", 0);
    number(out, "clients.normal", m.clients());
    number(out, "cluster.links", 0);
    number(out, "aof.buffer", 0);
    number(out, "lua.caches", 0);
    number(out, "functions.caches", 0);
    for (int db : databases) {
      out.bulk("db." + db);
      out.map(2);
      number(out, "overhead.hashtable.main", keyspace.indexBytes(db));
      number(out, "overhead.hashtable.expires", 0); // counted with the other table
    }
    number(out, "overhead.total", m.overhead());
    number(out, "keys.count", m.keys());
    number(out, "keys.bytes-per-key", m.keys() == 0 ? 0 : m.used() / m.keys());
    number(out, "dataset.bytes", m.dataset());
    real(out, "dataset.percentage", m.datasetPercent());
    real(out, "peak.percentage", m.peakPercent());
    number(out, "allocator.allocated", m.allocated());
    number(out, "allocator.active", m.active());
    number(out, "allocator.resident", m.resident());
    real(out, "allocator-fragmentation.ratio", m.fragmentation());
    number(out, "allocator-fragmentation.bytes", m.active() - m.allocated());
    real(out, "allocator-rss.ratio", m.heapRatio());
    number(out, "allocator-rss.bytes", m.resident() - m.active());
    real(out, "rss-overhead.ratio", m.rssRatio());
    number(out, "rss-overhead.bytes", m.rss() - m.resident());
    real(out, "fragmentation", m.totalRatio());
    number(out, "fragmentation.bytes", m.rss() - m.used());
  }

  private static void number(RespWriter out, String name, long value) {
    out.bulk(name);
    out.integer(value);
  }

  private static void real(RespWriter out, String name, double value) {
    out.bulk(name);
    out.real(value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value));
  }

  static String doctor(Engine engine) {
    MemoryFigures m = MemoryFigures.of(engine);
    if (m.used() < SMALL_BYTES) {
      return "There is too little data to judge: less than "
          + MemoryFigures.human(SMALL_BYTES)
          + " is in use.\n";
    }
    List<String> findings = new ArrayList<>();
    if (m.peak() > m.used() * 3 / 2) {
      findings.add(
          "Memory use was at "
              + MemoryFigures.human(m.peak())
              + " once, far above the "
              + MemoryFigures.human(m.used())
              + " of now. The heap may still be as large as it was then; MEMORY PURGE shrinks it.");
    }
    if (m.fragmentation() > 1.4) {
      findings.add(
          String.format(
              Locale.ROOT,
              "The arenas hold %.2f times what is in use: values were deleted or changed their"
                  + " sizes, and new ones do not fit their places.",
              m.fragmentation()));
    }
    if (m.clients() / Math.max(1, engine.sessions().size()) > BIG_BUFFER_BYTES) {
      findings.add(
          "Clients' buffers take "
              + MemoryFigures.human(m.clients())
              + ", more than 200 KB each: some client does not read its replies, or sends very"
              + " large commands. CLIENT LIST shows which.");
    }
    long heapMax = Runtime.getRuntime().maxMemory();
    if (m.active() > heapMax * 4 / 5) {
      findings.add(
          "The data fills more than four fifths of the heap, which is at most "
              + MemoryFigures.human(heapMax)
              + ". Set maxmemory, or give the server a larger heap.");
    }
    if (findings.isEmpty()) {
      return "Nothing unusual about this server's memory.\n";
    }
    return "This may deserve attention:\n\n * " + String.join("\n * ", findings) + "\n";
  }

  static String allocator(Engine engine) {
    MemoryFigures m = MemoryFigures.of(engine);
    StringBuilder text = new StringBuilder();
    text.append("arenas: in use ").append(m.allocated() - m.tables());
    text.append(", tables ").append(m.tables());
    text.append(", reserved ").append(m.active()).append('\n');
    Keyspace keyspace = engine.keyspace();
    for (int i = 0; i < keyspace.shardCount(); i++) {
      text.append("shard ").append(i).append(": ");
      text.append(keyspace.shard(i).memory()).append('\n');
    }
    heap(text);
    return text.toString();
  }

  /** The virtual machine's own pools, a line each. */
  static void heap(StringBuilder text) {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage usage = pool.getUsage();
      text.append(pool.getName()).append(": used ").append(usage.getUsed());
      text.append(", committed ").append(usage.getCommitted());
      text.append(", max ").append(usage.getMax()).append('\n');
    }
    ManagementFactory.getGarbageCollectorMXBeans()
        .forEach(
            collector -> {
              text.append(collector.getName()).append(": ");
              text.append(collector.getCollectionCount()).append(" collections, ");
              text.append(collector.getCollectionTime()).append(" ms\n");
            });
  }
}
