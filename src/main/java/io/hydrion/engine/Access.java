package io.hydrion.engine;

import io.hydrion.store.Entry;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The 24 bits in each record that tell how it is used: for LFU policies a logarithmic counter (8
 * bits) below the minute of its last decay (16), for all others the second of the last use (24), as
 * in Redis's "Using Redis as an LRU cache".
 */
public final class Access {
  private static final int INITIAL_COUNTER = 5;
  private static final int CLOCK_MASK = 0xffffff;

  private volatile boolean lfu;
  private volatile int logFactor = 10;
  private volatile int decayMinutes = 1;

  void configure(boolean countsFrequency, int lfuLogFactor, int lfuDecayTime) {
    lfu = countsFrequency;
    logFactor = lfuLogFactor;
    decayMinutes = lfuDecayTime;
  }

  public boolean isLfu() {
    return lfu;
  }

  private static int clock(long nowMillis) {
    return (int) (nowMillis / 1000) & CLOCK_MASK;
  }

  private static int minute(long nowMillis) {
    return (int) (nowMillis / 60_000) & 0xffff;
  }

  /** The bits of a new key. */
  int initial(Worker worker) {
    return lfu ? minute(worker.nowMillis()) << 8 | INITIAL_COUNTER : clock(worker.nowMillis());
  }

  /** Marks a key as used now. */
  void used(Entry e, Request by) {
    if (by.session().noTouch && !by.command().name().equals("touch")) {
      return;
    }
    int old = e.access();
    int bits;
    if (lfu) {
      int counter = increment(decayed(old, by.now()));
      bits = minute(by.now()) << 8 | counter;
    } else {
      bits = clock(by.now());
    }
    if (bits != old) {
      e.setAccess(bits);
    }
  }

  private int increment(int counter) {
    if (counter == 255) {
      return 255;
    }
    double base = Math.max(0, counter - INITIAL_COUNTER);
    double chance = 1.0 / (base * logFactor + 1);
    return ThreadLocalRandom.current().nextDouble() < chance ? counter + 1 : counter;
  }

  private int decayed(int bits, long nowMillis) {
    int last = bits >>> 8;
    int elapsed = minute(nowMillis) - last & 0xffff;
    int periods = decayMinutes == 0 ? 0 : elapsed / decayMinutes;
    return Math.max(0, (bits & 0xff) - periods);
  }

  /** The LFU counter of a key, decayed to now. */
  public int frequency(Entry e, long nowMillis) {
    return decayed(e.access(), nowMillis);
  }

  /** For how long a key has not been used, in seconds. */
  public long idleSeconds(Entry e, long nowMillis) {
    return clock(nowMillis) - e.access() & CLOCK_MASK;
  }

  /** The bits of a key of which it is known how it was used, or is not: -1. */
  int bits(long idleSeconds, int frequency, long nowMillis) {
    if (lfu) {
      return minute(nowMillis) << 8 | (frequency < 0 ? INITIAL_COUNTER : frequency);
    }
    long idle = Math.clamp(idleSeconds, 0, CLOCK_MASK);
    return (int) (nowMillis / 1000 - idle) & CLOCK_MASK;
  }

  /** Says how often a key has been used; means nothing unless {@link #isLfu}. */
  public void setFrequency(Entry e, int counter, long nowMillis) {
    if (lfu) {
      e.setAccess(minute(nowMillis) << 8 | counter);
    }
  }

  /** Says for how long a key has not been used; means nothing if {@link #isLfu}. */
  public void setIdleSeconds(Entry e, long seconds, long nowMillis) {
    if (!lfu) {
      e.setAccess((int) (nowMillis / 1000 - Math.min(seconds, CLOCK_MASK)) & CLOCK_MASK);
    }
  }
}
