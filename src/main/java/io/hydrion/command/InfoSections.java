package io.hydrion.command;

import io.hydrion.config.Settings;
import io.hydrion.engine.Command;
import io.hydrion.engine.Durability;
import io.hydrion.engine.Engine;
import io.hydrion.engine.InstantaneousMetrics;
import io.hydrion.engine.LatencyCounts;
import io.hydrion.engine.Loading;
import io.hydrion.engine.PubSub;
import io.hydrion.engine.Request;
import io.hydrion.engine.Rewriting;
import io.hydrion.engine.Saving;
import io.hydrion.engine.Session;
import io.hydrion.engine.Snapshots;
import io.hydrion.engine.Totals;
import io.hydrion.persistence.AppendLog;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.util.ProcessFigures;
import io.hydrion.util.Version;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Writes the sections of INFO. */
final class InfoSections {
  /** The sections in their order. */
  enum Section {
    SERVER,
    CLIENTS,
    MEMORY,
    PERSISTENCE,
    STATS,
    REPLICATION,
    CPU,
    MODULES,
    COMMANDSTATS,
    ERRORSTATS,
    LATENCYSTATS,
    CLUSTER,
    KEYSPACE
  }

  /** The sections that INFO shows when it is not told which. */
  static final Set<Section> DEFAULT =
      EnumSet.complementOf(EnumSet.of(Section.COMMANDSTATS, Section.LATENCYSTATS));

  /** The version of Redis whose commands and replies are ours. */
  static final String REDIS_VERSION = "7.4.0";

  /** How many keys of each shard are looked at to estimate how long keys live. */
  private static final int TTL_SAMPLES = 4;

  private final Request q;
  private final Engine engine;
  private final Settings settings;
  private final Totals totals;
  private final StringBuilder text = new StringBuilder(8192);

  InfoSections(Request q) {
    this.q = q;
    engine = q.engine();
    settings = engine.settings();
    totals = engine.totals();
  }

  /** The section of that name in lower case, if there is one. */
  static Optional<Section> named(String name) {
    return Arrays.stream(Section.values())
        .filter(section -> section.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }

  String text(Set<Section> wanted) {
    for (Section section : Section.values()) {
      if (wanted.contains(section)) {
        if (!text.isEmpty()) {
          text.append("\r\n");
        }
        text.append("# ").append(title(section)).append("\r\n");
        write(section);
      }
    }
    return text.toString();
  }

  private static String title(Section section) {
    String name = section.name();
    return section == Section.CPU
        ? name
        : name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
  }

  private void write(Section section) {
    switch (section) {
      case SERVER -> server();
      case CLIENTS -> clients();
      case MEMORY -> memory();
      case PERSISTENCE -> persistence();
      case STATS -> stats();
      case REPLICATION -> replication();
      case CPU -> cpu();
      case MODULES -> {}
      case COMMANDSTATS -> commandStats();
      case ERRORSTATS ->
          engine.errorStats().byCode().forEach((c, n) -> line("errorstat_" + c, "count=" + n));
      case LATENCYSTATS -> latencyStats();
      case CLUSTER -> line("cluster_enabled", 0);
      case KEYSPACE -> keyspace();
    }
  }

  private void line(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  private void zero(String... names) {
    for (String name : names) {
      line(name, 0);
    }
  }

  private void bytes(String name, long bytes) {
    line(name, bytes);
    line(name + "_human", MemoryFigures.human(bytes));
  }

  private static String decimals(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private void server() {
    long uptime = engine.uptimeMillis() / 1000;
    long micros = engine.clock().micros();
    line("redis_version", REDIS_VERSION);
    line("redis_git_sha1", "00000000");
    line("redis_git_dirty", 0);
    line("redis_build_id", Integer.toHexString(Version.text().hashCode()));
    line("redis_mode", "standalone");
    line("hydrion_version", Version.text());
    line("os", ProcessFigures.systemName());
    line("arch_bits", 64);
    line("monotonic_clock", "System.nanoTime");
    line("multiplexing_api", transport());
    line("atomicvar_api", "java-varhandle");
    line("java_version", System.getProperty("java.runtime.version"));
    line("java_vm", System.getProperty("java.vm.name"));
    line("process_id", ProcessHandle.current().pid());
    line("process_supervised", "no");
    line("run_id", engine.runId());
    line("tcp_port", settings.port());
    line("server_time_usec", micros);
    line("uptime_in_seconds", uptime);
    line("uptime_in_days", uptime / 86400);
    line("hz", settings.hz());
    line("configured_hz", settings.hz());
    line("lru_clock", micros / 1_000_000 & 0xffffff);
    line("executable", ProcessHandle.current().info().command().orElse("java"));
    Path file = settings.snapshot().file();
    line("config_file", file == null ? "" : file);
    line("io_threads", Engine.ioThreads(settings));
    line("io_threads_active", Engine.ioThreads(settings) > 1 ? 1 : 0);
    line("shards", engine.keyspace().shardCount());
  }

  private String transport() {
    String wanted = settings.text("transport");
    boolean linux = System.getProperty("os.name").equals("Linux");
    return !wanted.equals("auto") ? wanted : linux ? "epoll" : "nio";
  }

  private void clients() {
    long input = 0;
    long output = 0;
    int blocked = engine.pause().postponedCount();
    int watching = 0;
    for (Session s : engine.sessions().all()) {
      input = Math.max(input, s.queryCapacity);
      output = Math.max(output, s.outputBytesMax);
      blocked += s.isBlocked() ? 1 : 0;
      watching += s.watchedKeys() > 0 ? 1 : 0;
    }
    line("connected_clients", engine.sessions().size());
    zero("cluster_connections");
    line("maxclients", settings.maxclients());
    line("client_recent_max_input_buffer", input);
    line("client_recent_max_output_buffer", output);
    line("blocked_clients", blocked);
    zero("tracking_clients");
    line("pubsub_clients", engine.pubSub().clients());
    line("watching_clients", watching);
    line("clients_in_timeout_table", engine.blocking().timedSize());
    line("total_watched_keys", engine.watches().distinctKeys());
    zero("total_blocking_keys", "total_blocking_keys_on_nokey");
  }

  private void memory() {
    MemoryFigures m = MemoryFigures.of(engine);
    bytes("used_memory", m.used());
    bytes("used_memory_rss", m.rss());
    bytes("used_memory_peak", m.peak());
    line("used_memory_peak_perc", decimals("%.2f%%", m.peakPercent()));
    line("used_memory_overhead", m.overhead());
    zero("used_memory_startup");
    line("used_memory_dataset", m.dataset());
    line("used_memory_dataset_perc", decimals("%.2f%%", m.datasetPercent()));
    line("allocator_allocated", m.allocated());
    line("allocator_active", m.active());
    line("allocator_resident", m.resident());
    bytes("total_system_memory", ProcessFigures.machineBytes());
    zero("used_memory_lua", "used_memory_vm_eval");
    line("used_memory_lua_human", "0B");
    zero("used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions");
    zero("number_of_libraries", "used_memory_vm_functions", "used_memory_vm_total");
    line("used_memory_vm_total_human", "0B");
    zero("used_memory_functions", "used_memory_scripts");
    line("used_memory_scripts_human", "0B");
    bytes("maxmemory", settings.maxmemory());
    line("maxmemory_policy", settings.text("maxmemory-policy"));
    line("allocator_frag_ratio", decimals("%.2f", m.fragmentation()));
    line("allocator_frag_bytes", m.active() - m.allocated());
    line("allocator_rss_ratio", decimals("%.2f", m.heapRatio()));
    line("allocator_rss_bytes", m.resident() - m.active());
    line("rss_overhead_ratio", decimals("%.2f", m.rssRatio()));
    line("rss_overhead_bytes", m.rss() - m.resident());
    line("mem_fragmentation_ratio", decimals("%.2f", m.totalRatio()));
    line("mem_fragmentation_bytes", m.rss() - m.used());
    zero("mem_not_counted_for_evict", "mem_replication_backlog");
    zero("mem_total_replication_buffers", "mem_clients_slaves");
    line("mem_clients_normal", m.clients());
    zero("mem_cluster_links", "mem_aof_buffer");
    line("mem_allocator", "hydrion-arena");
    zero("active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects");
    Runtime heap = Runtime.getRuntime();
    line("heap_used", heap.totalMemory() - heap.freeMemory());
    line("heap_committed", heap.totalMemory());
    line("heap_max", heap.maxMemory());
    MemoryUsage other = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
    line("non_heap_used", other.getUsed());
    line("non_heap_committed", other.getCommitted());
  }

  private void persistence() {
    Saving saving = engine.saving();
    Saving.Figures saves = saving.figures();
    Loading loading = engine.loading();
    Snapshots snapshots = engine.snapshots();
    line("loading", loading.isRunning() ? 1 : 0);
    line("async_loading", 0);
    line("current_cow_peak", snapshots.bytesBeforeChanges());
    line("current_cow_size", snapshots.bytesBeforeChanges());
    line("current_cow_size_age", 0);
    long keys = snapshots.keysToTake();
    line(
        "current_fork_perc",
        decimals("%.2f", keys == 0 ? 0 : Math.min(100, 100.0 * snapshots.keysTaken() / keys)));
    line("current_save_keys_processed", snapshots.keysTaken());
    line("current_save_keys_total", keys);
    line("rdb_changes_since_last_save", saving.changes());
    line("rdb_bgsave_in_progress", saving.isRunning() ? 1 : 0);
    line("rdb_last_save_time", saves.lastSaveSeconds());
    line("rdb_last_bgsave_status", saves.lastWorked() ? "ok" : "err");
    line("rdb_last_bgsave_time_sec", saves.lastTookSeconds());
    line("rdb_current_bgsave_time_sec", secondsSince(saves.beganSeconds()));
    line("rdb_saves", saves.saves());
    line("rdb_last_cow_size", saves.bytesBeforeChanges());
    line("rdb_last_load_keys_expired", loading.keysExpired());
    line("rdb_last_load_keys_loaded", loading.keysLoaded());
    log();
    zero("module_fork_in_progress", "module_fork_last_cow_size");
    AppendLog log = engine.durability().log();
    if (log != null) {
      line("aof_current_size", log.directory().size());
      line("aof_base_size", log.directory().baseSize());
      line("aof_pending_rewrite", engine.rewriting().isScheduled() ? 1 : 0);
      line("aof_buffer_length", log.appendedPosition() - log.writtenPosition());
      line("aof_pending_bio_fsync", log.isSyncing() ? 1 : 0);
      line("aof_delayed_fsync", log.delayedSyncs());
    }
    if (loading.isRunning()) {
      line("loading_start_time", loading.beganSeconds());
      line("loading_total_bytes", loading.totalBytes());
      line("loading_rdb_used_mem", 0);
      line("loading_loaded_bytes", loading.loadedBytes());
      double share = 100.0 * loading.loadedBytes() / Math.max(1, loading.totalBytes());
      line("loading_loaded_perc", decimals("%.2f", share));
      line("loading_eta_seconds", loading.secondsLeft());
    }
  }

  private void log() {
    Durability durability = engine.durability();
    Rewriting rewriting = engine.rewriting();
    Rewriting.Figures rewrites = rewriting.figures();
    line("aof_enabled", durability.isWanted() ? 1 : 0);
    line("aof_rewrite_in_progress", rewriting.isRunning() ? 1 : 0);
    line("aof_rewrite_scheduled", rewriting.isScheduled() ? 1 : 0);
    line("aof_last_rewrite_time_sec", rewrites.lastTookSeconds());
    line("aof_current_rewrite_time_sec", secondsSince(rewrites.beganSeconds()));
    line("aof_last_bgrewrite_status", rewrites.lastWorked() ? "ok" : "err");
    line("aof_rewrites", rewrites.rewrites());
    line("aof_rewrites_consecutive_failures", rewrites.failures());
    line("aof_last_write_status", durability.failure() == null ? "ok" : "err");
    line("aof_last_cow_size", rewrites.bytesBeforeChanges());
  }

  private long secondsSince(long seconds) {
    return seconds < 0 ? -1 : engine.clock().millis() / 1000 - seconds;
  }

  private void stats() {
    InstantaneousMetrics now = engine.metrics();
    line("total_connections_received", engine.sessions().received());
    line("total_commands_processed", totals.commands());
    line("instantaneous_ops_per_sec", Math.round(now.commandsPerSecond()));
    line("total_net_input_bytes", totals.netInputBytes());
    line("total_net_output_bytes", totals.netOutputBytes());
    zero("total_net_repl_input_bytes", "total_net_repl_output_bytes");
    line("instantaneous_input_kbps", decimals("%.2f", now.inputBytesPerSecond() / 1024));
    line("instantaneous_output_kbps", decimals("%.2f", now.outputBytesPerSecond() / 1024));
    line("instantaneous_input_repl_kbps", "0.00");
    line("instantaneous_output_repl_kbps", "0.00");
    line("rejected_connections", engine.sessions().rejected());
    zero("sync_full", "sync_partial_ok", "sync_partial_err");
    line("expired_subkeys", totals.expiredFields());
    line("expired_keys", totals.expiredKeys());
    line("expired_stale_perc", "0.00");
    line("expired_time_cap_reached_count", engine.expiry().timeCapReached());
    line("expire_cycle_cpu_milliseconds", engine.expiry().nanos() / 1_000_000);
    line("evicted_keys", engine.eviction().evictedKeys());
    line("evicted_clients", engine.clientMemory().evictedClients());
    zero("evicted_scripts");
    line("total_eviction_exceeded_time", now.exceededMs());
    line("current_eviction_exceeded_time", now.exceededNowMs());
    line("keyspace_hits", totals.keyspaceHits());
    line("keyspace_misses", totals.keyspaceMisses());
    line("pubsub_channels", engine.pubSub().size(PubSub.Kind.CHANNEL));
    line("pubsub_patterns", engine.pubSub().size(PubSub.Kind.PATTERN));
    line("pubsubshard_channels", engine.pubSub().size(PubSub.Kind.SHARD_CHANNEL));
    zero("latest_fork_usec");
    line("total_forks", engine.snapshots().begunInBackground());
    zero("migrate_cached_sockets");
    zero("slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses");
    zero("active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time");
    zero("current_active_defrag_time", "tracking_total_keys", "tracking_total_items");
    zero("tracking_total_prefixes", "unexpected_error_replies");
    line("total_error_replies", engine.errorStats().total());
    zero("dump_payload_sanitizations");
    line("total_reads_processed", totals.reads());
    line("total_writes_processed", totals.writes());
    line("io_threaded_reads_processed", totals.reads());
    line("io_threaded_writes_processed", totals.writes());
    zero("reply_buffer_shrinks", "reply_buffer_expands");
  }

  private void replication() {
    line("role", "master");
    zero("connected_slaves");
    if (settings.number("min-replicas-to-write") > 0
        && settings.number("min-replicas-max-lag") > 0) {
      zero("min_slaves_good_slaves");
    }
    line("master_failover_state", "no-failover");
    line("master_replid", engine.replicationId());
    line("master_replid2", "0".repeat(40));
    zero("master_repl_offset");
    line("second_repl_offset", -1);
    zero("repl_backlog_active");
    line("repl_backlog_size", settings.number("repl-backlog-size"));
    zero("repl_backlog_first_byte_offset", "repl_backlog_histlen");
  }

  private void cpu() {
    ProcessFigures.CpuTime all = ProcessFigures.cpuTime();
    ProcessFigures.CpuTime io = ProcessFigures.cpuTimeOfThreads("hydrion-io");
    line("used_cpu_sys", decimals("%.6f", all.system()));
    line("used_cpu_user", decimals("%.6f", all.user()));
    line("used_cpu_sys_children", "0.000000");
    line("used_cpu_user_children", "0.000000");
    line("used_cpu_sys_main_thread", decimals("%.6f", io.system()));
    line("used_cpu_user_main_thread", decimals("%.6f", io.user()));
  }

  private void commandStats() {
    for (Command command : engine.commands().all()) {
      long calls = totals.calls(command);
      long rejected = totals.rejected(command);
      if (calls > 0 || rejected > 0) {
        long micros = totals.nanos(command) / 1000;
        line(
            "cmdstat_" + command.fullName(),
            "calls="
                + calls
                + ",usec="
                + micros
                + ",usec_per_call="
                + decimals("%.2f", calls == 0 ? 0 : (double) micros / calls)
                + ",rejected_calls="
                + rejected
                + ",failed_calls="
                + totals.failed(command));
      }
    }
  }

  private void latencyStats() {
    if (!settings.latencyTracking()) {
      return;
    }
    for (Command command : engine.commands().all()) {
      LatencyCounts counts = totals.latencies(command);
      if (counts != null) {
        line("latency_percentiles_usec_" + command.fullName(), percentiles(counts));
      }
    }
  }

  private String percentiles(LatencyCounts counts) {
    StringBuilder all = new StringBuilder();
    for (double percent : settings.latencyTrackingInfoPercentiles()) {
      String name = decimals("%.6f", percent).replaceAll("\\.?0+$", "");
      all.append(all.isEmpty() ? "p" : ",p").append(name).append('=');
      all.append(decimals("%.3f", counts.percentileNs(percent) / 1000.0));
    }
    return all.toString();
  }

  private void keyspace() {
    Keyspace keyspace = engine.keyspace();
    for (int db = 0; db < keyspace.databases(); db++) {
      long keys = keyspace.size(db);
      if (keys > 0) {
        long expires = keyspace.expiring(db);
        long ttl = expires == 0 ? 0 : averageTtl(keyspace, db);
        String ofKeys = "keys=" + keys + ",expires=" + expires + ",avg_ttl=" + ttl;
        long fields = keyspace.fieldExpiring(db);
        line("db" + db, fields == 0 ? ofKeys : ofKeys + ",subexpiry=" + fields);
      }
    }
  }

  /** Estimates how long the keys that expire still live, in ms, from a few of them. */
  private long averageTtl(Keyspace keyspace, int db) {
    Entry e = new Entry();
    long sum = 0;
    long samples = 0;
    for (int i = 0; i < keyspace.shardCount(); i++) {
      Shard shard = keyspace.shard(i);
      // Only tried for, so that INFO never waits while it holds other locks (in EXEC).
      if (!shard.tryLock()) {
        continue;
      }
      try {
        @Nullable Partition partition = shard.partition(db);
        for (int s = 0; partition != null && s < TTL_SAMPLES; s++) {
          if (!partition.random(e, ThreadLocalRandom.current(), true)) {
            break;
          }
          sum += Math.max(0, e.expireAt() - q.now());
          samples++;
        }
      } finally {
        shard.unlock();
      }
    }
    return samples == 0 ? 0 : sum / samples;
  }
}
