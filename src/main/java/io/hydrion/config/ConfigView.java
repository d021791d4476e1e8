package io.hydrion.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The values of all directives, to read: those a server starts with ({@link Config}), or the ones
 * it has now ({@link Settings}). What is asked for often has a method of its own.
 */
public interface ConfigView {

  /** The value of a directive, in the class that its kind keeps. */
  Object value(Directive directive);

  /** The value of a numeric directive; memory in bytes, a percentage as a negative number. */
  default long number(String name) {
    return (Long) value(Directive.of(name));
  }

  /** The value of a yes/no directive. */
  default boolean flag(String name) {
    return (Boolean) value(Directive.of(name));
  }

  /** The value of any directive as CONFIG GET shows it. */
  default String text(String name) {
    Directive directive = Directive.of(name);
    return directive.kind().format(value(directive));
  }

  /** The value of a directive as CONFIG GET shows it, or null where that is empty. */
  default @Nullable String textOrNull(String name) {
    String text = text(name);
    return text.isEmpty() ? null : text;
  }

  /** The directory that relative paths start at, absolute. */
  default Path dir() {
    return Path.of(text("dir"));
  }

  /** A path of the configuration, made absolute. */
  default Path resolve(String path) {
    return dir().resolve(path).normalize();
  }

  /** The TCP port; 0 for none. */
  default int port() {
    return (int) Math.min(number("port"), Integer.MAX_VALUE);
  }

  /** The addresses to listen on; one with a leading dash may be missing. */
  default List<String> bind() {
    return ListKinds.Addresses.addresses(value(Directive.of("bind")));
  }

  /** The path of the Unix socket, or null for none. */
  default @Nullable String unixsocket() {
    return textOrNull("unixsocket");
  }

  /** The Unix socket's permission bits; 0 leaves them as they are made. */
  default int unixsocketperm() {
    return (int) Math.min(number("unixsocketperm"), Integer.MAX_VALUE);
  }

  /** How many connections the kernel may queue. */
  default int tcpBacklog() {
    return (int) Math.min(number("tcp-backlog"), Integer.MAX_VALUE);
  }

  /** Seconds between probes of an idle peer; 0 for none. */
  default int tcpKeepalive() {
    return (int) Math.min(number("tcp-keepalive"), Integer.MAX_VALUE);
  }

  /** Seconds after which an idle client is closed; 0 for never. */
  default int timeout() {
    return (int) Math.min(number("timeout"), Integer.MAX_VALUE);
  }

  /** Whether only local clients are served while no password is set. */
  default boolean protectedMode() {
    return flag("protected-mode");
  }

  /** How many event loops; 0 leaves it to the server. */
  default int ioThreads() {
    return (int) Math.min(number("io-threads"), Integer.MAX_VALUE);
  }

  /** How sockets are waited on. */
  default Transport transport() {
    return Transport.valueOf(ConfigView.constant(text("transport")));
  }

  /** How many shards the keyspace is cut into; 0 leaves it to the server. */
  default int shards() {
    return (int) Math.min(number("shards"), Integer.MAX_VALUE);
  }

  /** How many databases there are. */
  default int databases() {
    return (int) Math.min(number("databases"), Integer.MAX_VALUE);
  }

  /** What is logged. */
  default LogLevel loglevel() {
    return LogLevel.valueOf(ConfigView.constant(text("loglevel")));
  }

  /** The path of the log; empty for standard output. */
  default String logfile() {
    return text("logfile");
  }

  /** The path of the file for the process id, or null for none. */
  default @Nullable String pidfile() {
    return textOrNull("pidfile");
  }

  /** Whether the logo is shown when the log is no terminal too. */
  default boolean alwaysShowLogo() {
    return flag("always-show-logo");
  }

  /** Seconds that a shutdown waits for replicas. */
  default int shutdownTimeout() {
    return (int) Math.min(number("shutdown-timeout"), Integer.MAX_VALUE);
  }

  /** The default user's password, or null for none. */
  default @Nullable String requirepass() {
    return textOrNull("requirepass");
  }

  /** Who may set guarded directives. */
  default ProtectedAction enableProtectedConfigs() {
    return ProtectedAction.valueOf(ConfigView.constant(text("enable-protected-configs")));
  }

  /** Who may use DEBUG. */
  default ProtectedAction enableDebugCommand() {
    return ProtectedAction.valueOf(ConfigView.constant(text("enable-debug-command")));
  }

  /** Who may use MODULE. */
  default ProtectedAction enableModuleCommand() {
    return ProtectedAction.valueOf(ConfigView.constant(text("enable-module-command")));
  }

  /** How many clients may be connected; what exceeds an int is an int's maximum. */
  default int maxclients() {
    return (int) Math.min(number("maxclients"), Integer.MAX_VALUE);
  }

  /**
   * Bytes that all clients together may hold; 0 for no limit, a negative number for a percentage of
   * maxmemory.
   */
  default long maxmemoryClients() {
    return number("maxmemory-clients");
  }

  /** Bytes of the longest argument. */
  default long protoMaxBulkLen() {
    return number("proto-max-bulk-len");
  }

  /** Bytes of unexecuted input that a client may have. */
  default long clientQueryBufferLimit() {
    return number("client-query-buffer-limit");
  }

  /** Bytes of unread output that a client may have. */
  default OutputBufferLimits clientOutputBufferLimits() {
    return (OutputBufferLimits) value(Directive.of("client-output-buffer-limit"));
  }

  /** How many keys client-side caching remembers; 0 for no limit. */
  default long trackingTableMaxKeys() {
    return number("tracking-table-max-keys");
  }

  /** How many entries ACL LOG keeps. */
  default long acllogMaxLen() {
    return number("acllog-max-len");
  }

  /** Milliseconds after which a script makes other clients see BUSY; 0 for never. */
  default long busyReplyThreshold() {
    return number("busy-reply-threshold");
  }

  /** Bytes that the data may take, unsigned; 0 for no limit. */
  default long maxmemory() {
    return number("maxmemory");
  }

  /** What is evicted when they are taken. */
  default MaxmemoryPolicy maxmemoryPolicy() {
    return MaxmemoryPolicy.valueOf(ConfigView.constant(text("maxmemory-policy")));
  }

  /** How many keys compete when one is to be evicted. */
  default int maxmemorySamples() {
    return (int) Math.min(number("maxmemory-samples"), Integer.MAX_VALUE);
  }

  /** How much time eviction may take, from 0 to 100. */
  default int maxmemoryEvictionTenacity() {
    return (int) Math.min(number("maxmemory-eviction-tenacity"), Integer.MAX_VALUE);
  }

  /** How slowly a counter of uses grows. */
  default int lfuLogFactor() {
    return (int) Math.min(number("lfu-log-factor"), Integer.MAX_VALUE);
  }

  /** Minutes after which a counter of uses is decremented. */
  default int lfuDecayTime() {
    return (int) Math.min(number("lfu-decay-time"), Integer.MAX_VALUE);
  }

  /** Whether evicted values are freed in the background. */
  default boolean lazyfreeLazyEviction() {
    return flag("lazyfree-lazy-eviction");
  }

  /** Whether expired values are freed in the background. */
  default boolean lazyfreeLazyExpire() {
    return flag("lazyfree-lazy-expire");
  }

  /** Whether values that a command overwrites are freed in the background. */
  default boolean lazyfreeLazyServerDel() {
    return flag("lazyfree-lazy-server-del");
  }

  /** Whether DEL behaves as UNLINK. */
  default boolean lazyfreeLazyUserDel() {
    return flag("lazyfree-lazy-user-del");
  }

  /** Whether FLUSHALL and FLUSHDB without a mode are ASYNC. */
  default boolean lazyfreeLazyUserFlush() {
    return flag("lazyfree-lazy-user-flush");
  }

  /** How hard expired keys are searched for, from 1 to 10. */
  default int activeExpireEffort() {
    return (int) Math.min(number("active-expire-effort"), Integer.MAX_VALUE);
  }

  /** How often a second background work runs, from 1 to 500. */
  default int hz() {
    return (int) Math.min(number("hz"), Integer.MAX_VALUE);
  }

  /** Whether it runs more often when there are many clients. */
  default boolean dynamicHz() {
    return flag("dynamic-hz");
  }

  /** Fields up to which a hash is packed. */
  default long hashMaxListpackEntries() {
    return number("hash-max-listpack-entries");
  }

  /** Bytes of a field or value up to which a hash is packed. */
  default long hashMaxListpackValue() {
    return number("hash-max-listpack-value");
  }

  /** Elements of a list node, or -1 to -5 for 4 to 64 KiB. */
  default int listMaxListpackSize() {
    return (int) Math.min(number("list-max-listpack-size"), Integer.MAX_VALUE);
  }

  /** Nodes at each end of a list that are not compressed; 0 for all. */
  default int listCompressDepth() {
    return (int) Math.min(number("list-compress-depth"), Integer.MAX_VALUE);
  }

  /** Members up to which a set of integers is packed. */
  default long setMaxIntsetEntries() {
    return number("set-max-intset-entries");
  }

  /** Members up to which a set is packed. */
  default long setMaxListpackEntries() {
    return number("set-max-listpack-entries");
  }

  /** Bytes of a member up to which a set is packed. */
  default long setMaxListpackValue() {
    return number("set-max-listpack-value");
  }

  /** Members up to which a sorted set is packed. */
  default long zsetMaxListpackEntries() {
    return number("zset-max-listpack-entries");
  }

  /** Bytes of a member up to which a sorted set is packed. */
  default long zsetMaxListpackValue() {
    return number("zset-max-listpack-value");
  }

  /** Whether strings in files and payloads are compressed. */
  default boolean rdbcompression() {
    return flag("rdbcompression");
  }

  /** Bytes up to which a HyperLogLog is sparse. */
  default long hllSparseMaxBytes() {
    return number("hll-sparse-max-bytes");
  }

  /** Bytes of a stream node; 0 for no limit. */
  default long streamNodeMaxBytes() {
    return number("stream-node-max-bytes");
  }

  /** Entries of a stream node; 0 for no limit. */
  default long streamNodeMaxEntries() {
    return number("stream-node-max-entries");
  }

  /** Microseconds from which a command is slow; negative for never. */
  default long slowlogLogSlowerThan() {
    return number("slowlog-log-slower-than");
  }

  /** How many slow commands are kept. */
  default long slowlogMaxLen() {
    return number("slowlog-max-len");
  }

  /** Milliseconds from which an event is recorded; 0 for never. */
  default long latencyMonitorThreshold() {
    return number("latency-monitor-threshold");
  }

  /** Whether latencies are counted by command. */
  default boolean latencyTracking() {
    return flag("latency-tracking");
  }

  /** The percentiles that INFO latencystats shows. */
  default List<Double> latencyTrackingInfoPercentiles() {
    return ListKinds.Percentiles.percentiles(
        value(Directive.of("latency-tracking-info-percentiles")));
  }

  /** The classes of keyspace notifications: bits of {@link KeyspaceEvents}. */
  default int notifyKeyspaceEvents() {
    return (Integer) value(Directive.of("notify-keyspace-events"));
  }

  /** When to write a snapshot in the background. */
  default List<SavePoint> save() {
    return ListKinds.Save.savePoints(value(Directive.of("save")));
  }

  /** Whether there is to be an append-only file. */
  default boolean appendonly() {
    return flag("appendonly");
  }

  private static String constant(String text) {
    return text.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
