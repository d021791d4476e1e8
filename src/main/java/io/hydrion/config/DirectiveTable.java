package io.hydrion.config;

import io.hydrion.config.Kind.Notation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Every directive that Redis 7.4 knows, and Hydrion's own, a row each: name, kind, bounds and
 * default are Redis's. {@code stored} rows are kept and shown but change nothing here, {@code
 * accepted} ones name a feature that is not there yet. Directives that Redis has only on some
 * builds or only hidden are rows too, so that no file that starts a Redis fails here.
 */
final class DirectiveTable {
  private static final long MIB = 1 << 20;
  private static final long INT_MAX = Integer.MAX_VALUE;
  private static final long UINT_MAX = (1L << 32) - 1;
  private static final long LONG_MAX = Long.MAX_VALUE;
  private static final long ULONG_MAX = -1;

  private static final String NO_DEFRAG =
      "Active defragmentation cannot be enabled: it requires a Redis server compiled with a"
          + " modified Jemalloc like the one shipped by default with the Redis source"
          + " distribution";

  /** Directives of old that Redis still reads, with one argument, and does nothing about. */
  static final Set<String> IGNORED =
      Set.of("list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands");

  static final List<Directive> ROWS = build();

  private DirectiveTable() {}

  private static List<Directive> build() {
    List<Directive> rows = new ArrayList<>();
    statements(rows);
    network(rows);
    tls(rows);
    process(rows);
    access(rows);
    clients(rows);
    memory(rows);
    encodings(rows);
    observation(rows);
    persistence(rows);
    replication(rows);
    cluster(rows);
    return List.copyOf(rows);
  }

  /** What a file may say that is not a value: CONFIG GET and CONFIG SET do not know these. */
  private static void statements(List<Directive> rows) {
    rows.add(statement("include"));
    rows.add(statement("rename-command"));
    rows.add(statement("user").accepted());
    rows.add(statement("loadmodule").accepted());
    rows.add(statement("sentinel").accepted());
  }

  private static void network(List<Directive> rows) {
    rows.add(number("port", 0, 65535, 6379));
    rows.add(row("bind", new ListKinds.Addresses(), "* -::*"));
    rows.add(textOrNone("unixsocket").immutable());
    rows.add(octal("unixsocketperm", 0777, 0).immutable());
    rows.add(number("tcp-backlog", 0, INT_MAX, 511).immutable());
    rows.add(number("tcp-keepalive", 0, INT_MAX, 300));
    rows.add(number("timeout", 0, INT_MAX, 0));
    rows.add(bool("protected-mode", "yes"));
    rows.add(textOrNone("bind-source-addr").accepted());
    rows.add(unsigned("socket-mark-id", 0, UINT_MAX, 0).immutable().accepted());
    rows.add(unsigned("max-new-connections-per-cycle", 1, 1000, 10).accepted());
    rows.add(unsigned("max-new-tls-connections-per-cycle", 1, 1000, 1).accepted());
    rows.add(number("io-threads", 0, 128, 0).immutable());
    rows.add(bool("io-threads-do-reads", "no").immutable().stored());
    rows.add(
        choice("transport", "auto", "auto", "epoll", "io_uring", "nio").immutable().hiddenName());
    rows.add(number("shards", 0, 65536, 0).immutable().hiddenName());
  }

  private static void tls(List<Directive> rows) {
    rows.add(number("tls-port", 0, 65535, 0).accepted());
    rows.add(number("tls-session-cache-size", 0, INT_MAX, 20480).stored());
    rows.add(number("tls-session-cache-timeout", 0, INT_MAX, 300).stored());
    rows.add(bool("tls-cluster", "no").accepted());
    rows.add(bool("tls-replication", "no").accepted());
    rows.add(choice("tls-auth-clients", "yes", "no", "yes", "optional").accepted());
    rows.add(bool("tls-prefer-server-ciphers", "no").accepted());
    rows.add(bool("tls-session-caching", "yes").stored());
    rows.add(textOrNone("tls-cert-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-key-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-key-file-pass").sensitiveValue().accepted());
    rows.add(textOrNone("tls-client-cert-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-client-key-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-client-key-file-pass").sensitiveValue().accepted());
    rows.add(textOrNone("tls-dh-params-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-ca-cert-file").reappliedAlways().accepted());
    rows.add(textOrNone("tls-ca-cert-dir").reappliedAlways().accepted());
    rows.add(textOrNone("tls-protocols").accepted());
    rows.add(textOrNone("tls-ciphers").accepted());
    rows.add(textOrNone("tls-ciphersuites").accepted());
  }

  private static void process(List<Directive> rows) {
    rows.add(bool("daemonize", "no").immutable().accepted());
    rows.add(choice("supervised", "no", "upstart", "systemd", "auto", "no").immutable().accepted());
    rows.add(textOrNone("pidfile").immutable());
    rows.add(choice("loglevel", "notice", "debug", "verbose", "notice", "warning", "nothing"));
    rows.add(text("logfile", "").immutable());
    rows.add(bool("syslog-enabled", "no").immutable().accepted());
    rows.add(text("syslog-ident", "redis").immutable().stored());
    rows.add(
        choice(
                "syslog-facility",
                "local0",
                "user",
                "local0",
                "local1",
                "local2",
                "local3",
                "local4",
                "local5",
                "local6",
                "local7")
            .immutable()
            .stored());
    rows.add(bool("crash-log-enabled", "yes").stored());
    rows.add(bool("crash-memcheck-enabled", "yes").stored());
    rows.add(bool("use-exit-on-panic", "no").hiddenName().stored());
    rows.add(number("watchdog-period", 0, INT_MAX, 0).hiddenName().accepted());
    rows.add(bool("hide-user-data-from-log", "no").accepted());
    rows.add(bool("always-show-logo", "no").immutable());
    rows.add(bool("set-proc-title", "yes").immutable().stored());
    rows.add(
        text("proc-title-template", "{title} {listen-addr} {server-mode}", Checks::titleTemplate)
            .stored());
    rows.add(text("locale-collate", "").accepted());
    rows.add(number("databases", 1, INT_MAX, 16).immutable());
    rows.add(row("dir", new ListKinds.WorkingDirectory(), "").guarded().notWhileLoading());
    rows.add(row("shutdown-on-sigint", new Kind.ShutdownFlags(), "default").accepted());
    rows.add(row("shutdown-on-sigterm", new Kind.ShutdownFlags(), "default").accepted());
    rows.add(number("shutdown-timeout", 0, INT_MAX, 10).stored());
    rows.add(choice("oom-score-adj", "no", "no", "yes", "relative=yes", "absolute").accepted());
    rows.add(row("oom-score-adj-values", new ListKinds.OomScores(), "0 200 800").stored());
    rows.add(bool("disable-thp", "yes").immutable().stored());
    rows.add(textOrNone("server_cpulist").quietAlias("server-cpulist").immutable().accepted());
    rows.add(textOrNone("bio_cpulist").quietAlias("bio-cpulist").immutable().accepted());
    rows.add(
        textOrNone("aof_rewrite_cpulist").quietAlias("aof-rewrite-cpulist").immutable().accepted());
    rows.add(textOrNone("bgsave_cpulist").quietAlias("bgsave-cpulist").immutable().accepted());
    rows.add(text("ignore-warnings", "").stored());
    rows.add(bool("jemalloc-bg-thread", "yes").stored());
    rows.add(textOrNone("req-res-logfile").immutable().hiddenName().stored());
  }

  private static void access(List<Directive> rows) {
    rows.add(textOrNone("requirepass").sensitiveValue());
    rows.add(text("aclfile", "").immutable().accepted());
    rows.add(
        choice("acl-pubsub-default", "resetchannels", "allchannels", "resetchannels").accepted());
    rows.add(number("acllog-max-len", 0, LONG_MAX, 128).stored());
    rows.add(choice("enable-protected-configs", "no", "no", "yes", "local").immutable());
    rows.add(choice("enable-debug-command", "no", "no", "yes", "local").immutable());
    rows.add(choice("enable-module-command", "no", "no", "yes", "local").immutable());
  }

  private static void clients(List<Directive> rows) {
    rows.add(unsigned("maxclients", 1, UINT_MAX, 10000));
    rows.add(memoryOrPercent("maxmemory-clients", -100, LONG_MAX, 0));
    rows.add(unsigned("client-default-resp", 2, 3, 2).immutable().hiddenName().accepted());
    rows.add(unsignedBytes("client-query-buffer-limit", MIB, LONG_MAX, 1024 * MIB));
    rows.add(row("client-output-buffer-limit", new ListKinds.OutputBuffers(), ""));
    rows.add(bytes("proto-max-bulk-len", MIB, LONG_MAX, 512 * MIB));
    rows.add(unsigned("tracking-table-max-keys", 0, LONG_MAX, 1000000).stored());
    rows.add(number("busy-reply-threshold", 0, LONG_MAX, 5000).alias("lua-time-limit").stored());
  }

  private static void memory(List<Directive> rows) {
    rows.add(unsignedBytes("maxmemory", 0, ULONG_MAX, 0));
    rows.add(
        choice(
            "maxmemory-policy",
            "noeviction",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "noeviction"));
    rows.add(number("maxmemory-samples", 1, 64, 5));
    rows.add(number("maxmemory-eviction-tenacity", 0, 100, 10));
    rows.add(number("lfu-log-factor", 0, INT_MAX, 10));
    rows.add(number("lfu-decay-time", 0, INT_MAX, 1));
    rows.add(bool("lazyfree-lazy-eviction", "no"));
    rows.add(bool("lazyfree-lazy-expire", "no"));
    rows.add(bool("lazyfree-lazy-server-del", "no"));
    rows.add(bool("lazyfree-lazy-user-del", "no"));
    rows.add(bool("lazyfree-lazy-user-flush", "no"));
    rows.add(row("hz", new Kind.Numeric(Notation.DECIMAL, false, 0, INT_MAX, 1, 500), "10"));
    rows.add(bool("dynamic-hz", "yes"));
    rows.add(number("active-expire-effort", 1, 10, 1));
    rows.add(bool("activerehashing", "yes").stored());
    rows.add(bool("activedefrag", "no").accepted().cannotBeSwitchedOn(NO_DEFRAG));
    rows.add(number("active-defrag-cycle-min", 1, 99, 1).stored());
    rows.add(number("active-defrag-cycle-max", 1, 99, 25).stored());
    rows.add(number("active-defrag-threshold-lower", 0, 1000, 10).stored());
    rows.add(number("active-defrag-threshold-upper", 0, 1000, 100).stored());
    rows.add(number("active-defrag-max-scan-fields", 1, LONG_MAX, 1000).stored());
    rows.add(unsignedBytes("active-defrag-ignore-bytes", 1, LONG_MAX, 100 * MIB).stored());
  }

  private static void encodings(List<Directive> rows) {
    rows.add(
        unsigned("hash-max-listpack-entries", 0, LONG_MAX, 512).alias("hash-max-ziplist-entries"));
    rows.add(
        unsignedBytes("hash-max-listpack-value", 0, LONG_MAX, 64).alias("hash-max-ziplist-value"));
    rows.add(
        number("list-max-listpack-size", Integer.MIN_VALUE, INT_MAX, -2)
            .alias("list-max-ziplist-size"));
    rows.add(number("list-compress-depth", 0, INT_MAX, 0));
    rows.add(unsigned("set-max-intset-entries", 0, LONG_MAX, 512));
    rows.add(unsigned("set-max-listpack-entries", 0, LONG_MAX, 128));
    rows.add(unsigned("set-max-listpack-value", 0, LONG_MAX, 64));
    rows.add(
        unsigned("zset-max-listpack-entries", 0, LONG_MAX, 128).alias("zset-max-ziplist-entries"));
    rows.add(
        unsignedBytes("zset-max-listpack-value", 0, LONG_MAX, 64).alias("zset-max-ziplist-value"));
    rows.add(unsignedBytes("hll-sparse-max-bytes", 0, LONG_MAX, 3000));
    rows.add(number("stream-node-max-entries", 0, LONG_MAX, 100));
    rows.add(unsignedBytes("stream-node-max-bytes", 0, LONG_MAX, 4096));
    rows.add(choice("sanitize-dump-payload", "no", "no", "yes", "clients").accepted());
  }

  private static void observation(List<Directive> rows) {
    rows.add(number("slowlog-max-len", 0, LONG_MAX, 128));
    rows.add(number("slowlog-log-slower-than", -1, LONG_MAX, 10000));
    rows.add(bool("latency-tracking", "yes"));
    rows.add(number("latency-monitor-threshold", 0, LONG_MAX, 0));
    rows.add(row("latency-tracking-info-percentiles", new ListKinds.Percentiles(), "50 99 99.9"));
    rows.add(row("notify-keyspace-events", new ListKinds.Events(), ""));
  }

  private static void persistence(List<Directive> rows) {
    rows.add(row("save", new ListKinds.Save(), "3600 1 300 100 60 10000"));
    rows.add(bool("appendonly", "no").notWhileLoading());
    rows.add(text("dbfilename", "dump.rdb", Checks::dbfilename).guarded());
    rows.add(text("appendfilename", "appendonly.aof", Checks::appendfilename).immutable());
    rows.add(text("appenddirname", "appendonlydir", Checks::appenddirname).immutable());
    rows.add(choice("appendfsync", "everysec", "everysec", "always", "no"));
    rows.add(choice("log-format", "aof", "aof", "wal").immutable().hiddenName());
    rows.add(bool("aof-checksums", "yes").immutable().hiddenName());
    rows.add(text("wal-dirname", "waldir", Checks::appenddirname).immutable().hiddenName());
    rows.add(number("wal-checkpoints", 1, INT_MAX, 1));
    rows.add(bool("wal-load-damaged", "no").immutable().hiddenName());
    rows.add(bool("rdbchecksum", "yes").immutable());
    rows.add(bool("rdbcompression", "yes"));
    rows.add(bool("rdb-del-sync-files", "no").stored());
    rows.add(bool("rdb-save-incremental-fsync", "yes").stored());
    rows.add(number("rdb-key-save-delay", Integer.MIN_VALUE, INT_MAX, 0).hiddenName());
    rows.add(bool("stop-writes-on-bgsave-error", "yes"));
    rows.add(bool("aof-rewrite-incremental-fsync", "yes").stored());
    rows.add(bool("aof-load-truncated", "yes"));
    rows.add(bool("aof-use-rdb-preamble", "yes"));
    rows.add(bool("aof-timestamp-enabled", "no"));
    rows.add(bool("aof-disable-auto-gc", "no").hiddenName());
    rows.add(number("auto-aof-rewrite-percentage", 0, INT_MAX, 100));
    rows.add(bytes("auto-aof-rewrite-min-size", 0, LONG_MAX, 64 * MIB));
    rows.add(
        row("replicaof", new ListKinds.Primary(), "no one")
            .alias("slaveof")
            .immutable()
            .accepted());
    rows.add(number("key-load-delay", Integer.MIN_VALUE, INT_MAX, 0).hiddenName());
    rows.add(
        number("loading-process-events-interval-bytes", 1024, INT_MAX, 2 * MIB)
            .hiddenName()
            .stored());
    rows.add(bool("no-appendfsync-on-rewrite", "no"));
  }

  private static void replication(List<Directive> rows) {
    rows.add(textOrNone("masteruser").sensitiveValue().accepted());
    rows.add(textOrNone("masterauth").sensitiveValue().accepted());
    rows.add(bool("repl-disable-tcp-nodelay", "no").stored());
    rows.add(bool("repl-diskless-sync", "yes").stored());
    rows.add(bool("replica-lazy-flush", "no").alias("slave-lazy-flush").stored());
    rows.add(bool("replica-serve-stale-data", "yes").alias("slave-serve-stale-data").stored());
    rows.add(bool("replica-read-only", "yes").alias("slave-read-only").stored());
    rows.add(bool("replica-ignore-maxmemory", "yes").alias("slave-ignore-maxmemory").stored());
    rows.add(bool("replica-announced", "yes").stored());
    rows.add(bool("replica-ignore-disk-write-errors", "no").stored());
    rows.add(textOrNone("replica-announce-ip").alias("slave-announce-ip").stored());
    rows.add(
        choice("repl-diskless-load", "disabled", "disabled", "on-empty-db", "swapdb")
            .notWhileLoading()
            .stored());
    rows.add(number("replica-priority", 0, INT_MAX, 100).alias("slave-priority").stored());
    rows.add(number("repl-diskless-sync-delay", 0, INT_MAX, 5).stored());
    rows.add(number("replica-announce-port", 0, 65535, 0).alias("slave-announce-port").stored());
    rows.add(number("repl-timeout", 1, INT_MAX, 60).stored());
    rows.add(
        number("repl-ping-replica-period", 1, INT_MAX, 10)
            .alias("repl-ping-slave-period")
            .stored());
    rows.add(number("repl-diskless-sync-max-replicas", 0, INT_MAX, 0).stored());
    rows.add(
        row(
                "repl-backlog-size",
                new Kind.Numeric(Notation.MEMORY, false, 1, LONG_MAX, 16 << 10, LONG_MAX),
                "1048576")
            .stored());
    rows.add(number("repl-backlog-ttl", 0, LONG_MAX, 3600).stored());
    rows.add(number("min-replicas-to-write", 0, INT_MAX, 0).alias("min-slaves-to-write"));
    rows.add(number("min-replicas-max-lag", 0, INT_MAX, 10).alias("min-slaves-max-lag"));
    rows.add(
        choice("propagation-error-behavior", "ignore", "ignore", "panic", "panic-on-replicas")
            .stored());
  }

  private static void cluster(List<Directive> rows) {
    rows.add(bool("cluster-require-full-coverage", "yes").stored());
    rows.add(bool("cluster-replica-no-failover", "no").alias("cluster-slave-no-failover").stored());
    rows.add(bool("cluster-enabled", "no").immutable().accepted());
    rows.add(bool("cluster-allow-reads-when-down", "no").stored());
    rows.add(bool("cluster-allow-pubsubshard-when-down", "yes").stored());
    rows.add(bool("cluster-allow-replica-migration", "yes").stored());
    rows.add(textOrNone("cluster-announce-ip").stored());
    rows.add(text("cluster-config-file", "nodes.conf").immutable().stored());
    rows.add(textOrNone("cluster-announce-hostname", Checks::hostname).stored());
    rows.add(textOrNone("cluster-announce-human-nodename", Checks::nodename).stored());
    rows.add(
        choice("cluster-preferred-endpoint-type", "ip", "ip", "hostname", "unknown-endpoint")
            .stored());
    rows.add(
        number("cluster-replica-validity-factor", 0, INT_MAX, 10)
            .alias("cluster-slave-validity-factor")
            .stored());
    rows.add(number("cluster-migration-barrier", 0, INT_MAX, 1).stored());
    rows.add(number("cluster-port", 0, 65535, 0).immutable().accepted());
    rows.add(number("cluster-announce-bus-port", 0, 65535, 0).stored());
    rows.add(number("cluster-announce-port", 0, 65535, 0).stored());
    rows.add(number("cluster-announce-tls-port", 0, 65535, 0).stored());
    rows.add(number("cluster-node-timeout", 0, LONG_MAX, 15000).stored());
    rows.add(number("cluster-ping-interval", 0, LONG_MAX, 0).hiddenName().stored());
    rows.add(unsignedBytes("cluster-link-sendbuf-limit", 0, ULONG_MAX, 0).stored());
  }

  private static Directive row(String name, Kind kind, String byDefault) {
    return new Directive(name, kind, byDefault);
  }

  private static Directive statement(String name) {
    return row(name, new Kind.Statement(), "");
  }

  private static Directive bool(String name, String byDefault) {
    return row(name, new Kind.Bool(), byDefault);
  }

  private static Directive choice(String name, String byDefault, String... choices) {
    return row(name, new Kind.Choice(choices), byDefault);
  }

  private static Directive text(String name, String byDefault) {
    return text(name, byDefault, Checks::none);
  }

  private static Directive text(String name, String byDefault, Kind.Text.Check check) {
    return row(name, new Kind.Text(false, check), byDefault);
  }

  private static Directive textOrNone(String name) {
    return textOrNone(name, Checks::none);
  }

  private static Directive textOrNone(String name, Kind.Text.Check check) {
    return row(name, new Kind.Text(true, check), "");
  }

  private static Directive number(String name, long min, long max, long byDefault) {
    return number(name, Notation.DECIMAL, false, min, max, byDefault);
  }

  private static Directive unsigned(String name, long min, long max, long byDefault) {
    return number(name, Notation.DECIMAL, true, min, max, byDefault);
  }

  private static Directive octal(String name, long max, long byDefault) {
    return number(name, Notation.OCTAL, true, 0, max, byDefault);
  }

  private static Directive bytes(String name, long min, long max, long byDefault) {
    return number(name, Notation.MEMORY, false, min, max, byDefault);
  }

  private static Directive unsignedBytes(String name, long min, long max, long byDefault) {
    return number(name, Notation.MEMORY, true, min, max, byDefault);
  }

  private static Directive memoryOrPercent(String name, long min, long max, long byDefault) {
    return number(name, Notation.MEMORY_OR_PERCENT, false, min, max, byDefault);
  }

  private static Directive number(
      String name, Notation notation, boolean unsigned, long min, long max, long byDefault) {
    String text =
        notation == Notation.OCTAL ? Long.toOctalString(byDefault) : Long.toString(byDefault);
    return row(name, new Kind.Numeric(notation, unsigned, min, max), text);
  }
}
