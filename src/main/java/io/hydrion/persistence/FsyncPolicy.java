package io.hydrion.persistence;

import java.util.Locale;

/** When an append log asks the disk to keep what was written, and what a reply waits for. */
public enum FsyncPolicy {
  /** A reply waits until its effect is synced. */
  ALWAYS,
  /** A reply waits until its effect is written; a sync follows within a second. */
  EVERYSEC,
  /** A reply waits until its effect is written; the system syncs when it likes. */
  NO;

  /** The policy of a value of {@code appendfsync}. */
  public static FsyncPolicy of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
