package io.hydrion.config;

/** What is evicted when memory is full. */
public enum MaxmemoryPolicy {
  VOLATILE_LRU("volatile-lru", false, true, false),
  VOLATILE_LFU("volatile-lfu", false, false, true),
  VOLATILE_RANDOM("volatile-random", false, false, false),
  VOLATILE_TTL("volatile-ttl", false, false, false),
  ALLKEYS_LRU("allkeys-lru", true, true, false),
  ALLKEYS_LFU("allkeys-lfu", true, false, true),
  ALLKEYS_RANDOM("allkeys-random", true, false, false),
  NOEVICTION("noeviction", false, false, false);

  private final String text;
  private final boolean allKeys;
  private final boolean lru;
  private final boolean lfu;

  MaxmemoryPolicy(String text, boolean allKeys, boolean lru, boolean lfu) {
    this.text = text;
    this.allKeys = allKeys;
    this.lru = lru;
    this.lfu = lfu;
  }

  /** The name in redis.conf and INFO. */
  public String text() {
    return text;
  }

  /** Whether keys without a TTL may be evicted too. */
  public boolean allKeys() {
    return allKeys;
  }

  /** Whether the key longest not used goes first. */
  public boolean lru() {
    return lru;
  }

  /** Whether the key least often used goes first. */
  public boolean lfu() {
    return lfu;
  }
}
