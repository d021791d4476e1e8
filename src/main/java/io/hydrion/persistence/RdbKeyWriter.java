package io.hydrion.persistence;

import io.hydrion.store.Entry;
import io.hydrion.store.Partition;

/**
 * Writes whole keys as they stand in a database file: what it writes between two calls of {@link
 * #begin} may go anywhere into the file. So many threads can encode keys, each with a writer of its
 * own, while one appends them to the file ({@link RdbFileWriter#append}).
 */
public final class RdbKeyWriter {
  private static final int NONE = -1;

  private final RdbOutput out;
  private final RdbWriter values;
  private int database = NONE;
  private long keys;

  public RdbKeyWriter(RdbOutput out) {
    this.out = out;
    values = new RdbWriter(out);
  }

  /** Lets the next key say which database it is of: it need not follow the one before. */
  public void begin() {
    database = NONE;
  }

  /**
   * Writes a key with its value and expiry; the shard's lock is held.
   *
   * @param idleSeconds for how long nobody has touched it; -1: not to be written (Redis writes it
   *     where maxmemory-policy is an LRU one)
   * @param frequency how often it is used, 0 to 255; -1: not to be written (an LFU policy)
   */
  public void write(int ofDatabase, Partition partition, Entry e, long idleSeconds, int frequency) {
    if (database != ofDatabase) {
      database = ofDatabase;
      out.u8(RdbOpcode.DATABASE);
      out.length(ofDatabase);
    }
    if (e.hasExpiry()) {
      out.u8(RdbOpcode.EXPIRY_MS);
      out.int64(e.expireAt());
    }
    if (idleSeconds >= 0) {
      out.u8(RdbOpcode.IDLE);
      out.length(idleSeconds);
    }
    if (frequency >= 0) {
      out.u8(RdbOpcode.FREQUENCY);
      out.u8(frequency);
    }
    values.writeKeyAndValue(partition, e);
    keys++;
  }

  /** How many keys have been written. */
  public long keys() {
    return keys;
  }

  /** The version of the format that has all that was written: that of the file or a lower one. */
  public int version() {
    return values.version();
  }
}
