package io.hydrion.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What a command is allowed to do and where it may run: the flags of COMMAND INFO, one bit each.
 */
public final class Flags {
  public static final int WRITE = 1;
  public static final int READONLY = 1 << 1;
  public static final int DENYOOM = 1 << 2;
  public static final int MODULE = 1 << 3;
  public static final int ADMIN = 1 << 4;
  public static final int PUBSUB = 1 << 5;
  public static final int NOSCRIPT = 1 << 6;
  public static final int BLOCKING = 1 << 7;
  public static final int LOADING = 1 << 8;
  public static final int STALE = 1 << 9;
  public static final int SKIP_MONITOR = 1 << 10;
  public static final int SKIP_SLOWLOG = 1 << 11;
  public static final int ASKING = 1 << 12;
  public static final int FAST = 1 << 13;
  public static final int NO_AUTH = 1 << 14;
  public static final int MAY_REPLICATE = 1 << 15;

  /** Of commands that may change a value; PFCOUNT notes its result in it. */
  static final int CHANGES = WRITE | MAY_REPLICATE;

  public static final int NO_ASYNC_LOADING = 1 << 16;
  public static final int NO_MULTI = 1 << 17;
  public static final int MOVABLEKEYS = 1 << 18;
  public static final int ALLOW_BUSY = 1 << 19;

  /** Takes the locks of all shards: it may touch any key. Not shown by COMMAND. */
  public static final int ALL_SHARDS = 1 << 20;

  /** May only run when enable-debug-command allows it. Not shown by COMMAND. */
  public static final int PROTECTED = 1 << 21;

  /** Runs at once even inside a transaction, instead of being queued. Not shown by COMMAND. */
  public static final int NOT_QUEUED = 1 << 22;

  /** Allowed while a RESP2 client is subscribed. Not shown by COMMAND. */
  public static final int WHILE_SUBSCRIBED = 1 << 23;

  /**
   * Takes constant time but for copying its arguments, though it is not {@link #FAST}: it need not
   * be timed alone. Not shown by COMMAND.
   */
  public static final int BRIEF = 1 << 24;

  /**
   * Takes the locks of the shards that the commands queued by MULTI need, and those of the watched
   * keys. Not shown by COMMAND.
   */
  public static final int LOCKS_QUEUED = 1 << 25;

  /** An empty one is not shown: Redis keeps may_replicate to itself. */
  private static final String[] NAMES = {
    "write",
    "readonly",
    "denyoom",
    "module",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
    "skip_monitor",
    "skip_slowlog",
    "asking",
    "fast",
    "no_auth",
    "",
    "no_async_loading",
    "no_multi",
    "movablekeys",
    "allow_busy"
  };

  private Flags() {}

  /** The names of the flags that COMMAND shows, in its order. */
  public static List<String> names(int flags) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < NAMES.length; i++) {
      if ((flags & 1 << i) != 0 && !NAMES[i].isEmpty()) {
        names.add(NAMES[i]);
      }
    }
    return names;
  }
}
