package io.hydrion.config;

import org.jspecify.annotations.Nullable;

/**
 * The values that commands read, one volatile field each: a read is one load. They are written one
 * after another, so a reader may see the first of two that are set together before the second.
 */
abstract class HotValues implements ConfigView {
  private volatile int tcpKeepalive;
  private volatile int timeout;
  private volatile boolean protectedMode;
  private volatile @Nullable String requirepass;
  private volatile int maxclients;
  private volatile long maxmemoryClients;
  private volatile long protoMaxBulkLen;
  private volatile long clientQueryBufferLimit;
  private volatile OutputBufferLimits clientOutputBufferLimits = OutputBufferLimits.DEFAULT;
  private volatile long trackingTableMaxKeys;
  private volatile long busyReplyThreshold;
  private volatile long maxmemory;
  private volatile MaxmemoryPolicy maxmemoryPolicy = MaxmemoryPolicy.NOEVICTION;
  private volatile int maxmemorySamples;
  private volatile int maxmemoryEvictionTenacity;
  private volatile int lfuLogFactor;
  private volatile int lfuDecayTime;
  private volatile boolean lazyfreeLazyEviction;
  private volatile boolean lazyfreeLazyExpire;
  private volatile boolean lazyfreeLazyServerDel;
  private volatile boolean lazyfreeLazyUserDel;
  private volatile boolean lazyfreeLazyUserFlush;
  private volatile int activeExpireEffort;
  private volatile int hz;
  private volatile boolean dynamicHz;
  private volatile long hashMaxListpackEntries;
  private volatile long hashMaxListpackValue;
  private volatile int listMaxListpackSize;
  private volatile int listCompressDepth;
  private volatile long setMaxIntsetEntries;
  private volatile long setMaxListpackEntries;
  private volatile long setMaxListpackValue;
  private volatile long zsetMaxListpackEntries;
  private volatile long zsetMaxListpackValue;
  private volatile long hllSparseMaxBytes;
  private volatile long streamNodeMaxBytes;
  private volatile long streamNodeMaxEntries;
  private volatile long slowlogLogSlowerThan;
  private volatile long slowlogMaxLen;
  private volatile long latencyMonitorThreshold;
  private volatile boolean latencyTracking;
  private volatile int notifyKeyspaceEvents;

  /** Takes over what {@code values} says; the caller holds the lock of the settings. */
  final void load(ConfigView values) {
    tcpKeepalive = values.tcpKeepalive();
    timeout = values.timeout();
    protectedMode = values.protectedMode();
    requirepass = values.requirepass();
    maxclients = values.maxclients();
    maxmemoryClients = values.maxmemoryClients();
    protoMaxBulkLen = values.protoMaxBulkLen();
    clientQueryBufferLimit = values.clientQueryBufferLimit();
    clientOutputBufferLimits = values.clientOutputBufferLimits();
    trackingTableMaxKeys = values.trackingTableMaxKeys();
    busyReplyThreshold = values.busyReplyThreshold();
    maxmemory = values.maxmemory();
    maxmemoryPolicy = values.maxmemoryPolicy();
    maxmemorySamples = values.maxmemorySamples();
    maxmemoryEvictionTenacity = values.maxmemoryEvictionTenacity();
    lfuLogFactor = values.lfuLogFactor();
    lfuDecayTime = values.lfuDecayTime();
    lazyfreeLazyEviction = values.lazyfreeLazyEviction();
    lazyfreeLazyExpire = values.lazyfreeLazyExpire();
    lazyfreeLazyServerDel = values.lazyfreeLazyServerDel();
    lazyfreeLazyUserDel = values.lazyfreeLazyUserDel();
    lazyfreeLazyUserFlush = values.lazyfreeLazyUserFlush();
    activeExpireEffort = values.activeExpireEffort();
    hz = values.hz();
    dynamicHz = values.dynamicHz();
    hashMaxListpackEntries = values.hashMaxListpackEntries();
    hashMaxListpackValue = values.hashMaxListpackValue();
    listMaxListpackSize = values.listMaxListpackSize();
    listCompressDepth = values.listCompressDepth();
    setMaxIntsetEntries = values.setMaxIntsetEntries();
    setMaxListpackEntries = values.setMaxListpackEntries();
    setMaxListpackValue = values.setMaxListpackValue();
    zsetMaxListpackEntries = values.zsetMaxListpackEntries();
    zsetMaxListpackValue = values.zsetMaxListpackValue();
    hllSparseMaxBytes = values.hllSparseMaxBytes();
    streamNodeMaxBytes = values.streamNodeMaxBytes();
    streamNodeMaxEntries = values.streamNodeMaxEntries();
    slowlogLogSlowerThan = values.slowlogLogSlowerThan();
    slowlogMaxLen = values.slowlogMaxLen();
    latencyMonitorThreshold = values.latencyMonitorThreshold();
    latencyTracking = values.latencyTracking();
    notifyKeyspaceEvents = values.notifyKeyspaceEvents();
  }

  @Override
  public final int tcpKeepalive() {
    return tcpKeepalive;
  }

  @Override
  public final int timeout() {
    return timeout;
  }

  @Override
  public final boolean protectedMode() {
    return protectedMode;
  }

  @Override
  public final @Nullable String requirepass() {
    return requirepass;
  }

  @Override
  public final int maxclients() {
    return maxclients;
  }

  @Override
  public final long maxmemoryClients() {
    return maxmemoryClients;
  }

  @Override
  public final long protoMaxBulkLen() {
    return protoMaxBulkLen;
  }

  @Override
  public final long clientQueryBufferLimit() {
    return clientQueryBufferLimit;
  }

  @Override
  public final OutputBufferLimits clientOutputBufferLimits() {
    return clientOutputBufferLimits;
  }

  @Override
  public final long trackingTableMaxKeys() {
    return trackingTableMaxKeys;
  }

  @Override
  public final long busyReplyThreshold() {
    return busyReplyThreshold;
  }

  @Override
  public final long maxmemory() {
    return maxmemory;
  }

  @Override
  public final MaxmemoryPolicy maxmemoryPolicy() {
    return maxmemoryPolicy;
  }

  @Override
  public final int maxmemorySamples() {
    return maxmemorySamples;
  }

  @Override
  public final int maxmemoryEvictionTenacity() {
    return maxmemoryEvictionTenacity;
  }

  @Override
  public final int lfuLogFactor() {
    return lfuLogFactor;
  }

  @Override
  public final int lfuDecayTime() {
    return lfuDecayTime;
  }

  @Override
  public final boolean lazyfreeLazyEviction() {
    return lazyfreeLazyEviction;
  }

  @Override
  public final boolean lazyfreeLazyExpire() {
    return lazyfreeLazyExpire;
  }

  @Override
  public final boolean lazyfreeLazyServerDel() {
    return lazyfreeLazyServerDel;
  }

  @Override
  public final boolean lazyfreeLazyUserDel() {
    return lazyfreeLazyUserDel;
  }

  @Override
  public final boolean lazyfreeLazyUserFlush() {
    return lazyfreeLazyUserFlush;
  }

  @Override
  public final int activeExpireEffort() {
    return activeExpireEffort;
  }

  @Override
  public final int hz() {
    return hz;
  }

  @Override
  public final boolean dynamicHz() {
    return dynamicHz;
  }

  @Override
  public final long hashMaxListpackEntries() {
    return hashMaxListpackEntries;
  }

  @Override
  public final long hashMaxListpackValue() {
    return hashMaxListpackValue;
  }

  @Override
  public final int listMaxListpackSize() {
    return listMaxListpackSize;
  }

  @Override
  public final int listCompressDepth() {
    return listCompressDepth;
  }

  @Override
  public final long setMaxIntsetEntries() {
    return setMaxIntsetEntries;
  }

  @Override
  public final long setMaxListpackEntries() {
    return setMaxListpackEntries;
  }

  @Override
  public final long setMaxListpackValue() {
    return setMaxListpackValue;
  }

  @Override
  public final long zsetMaxListpackEntries() {
    return zsetMaxListpackEntries;
  }

  @Override
  public final long zsetMaxListpackValue() {
    return zsetMaxListpackValue;
  }

  @Override
  public final long hllSparseMaxBytes() {
    return hllSparseMaxBytes;
  }

  @Override
  public final long streamNodeMaxBytes() {
    return streamNodeMaxBytes;
  }

  @Override
  public final long streamNodeMaxEntries() {
    return streamNodeMaxEntries;
  }

  @Override
  public final long slowlogLogSlowerThan() {
    return slowlogLogSlowerThan;
  }

  @Override
  public final long slowlogMaxLen() {
    return slowlogMaxLen;
  }

  @Override
  public final long latencyMonitorThreshold() {
    return latencyMonitorThreshold;
  }

  @Override
  public final boolean latencyTracking() {
    return latencyTracking;
  }

  @Override
  public final int notifyKeyspaceEvents() {
    return notifyKeyspaceEvents;
  }
}
