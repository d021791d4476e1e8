package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Keyspace;
import io.hydrion.store.Partition;
import io.hydrion.store.Shard;
import io.hydrion.util.Slots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the keys of a database. They lock one shard at a time, each time for some keys only.
 */
final class ScanCommands {
  static final List<Command> TABLE =
      List.of(
          row("KEYS", 2, "generic", "1.0.0", READONLY, "pattern")
              .acl("keyspace", "dangerous")
              .tips("request_policy:all_shards", "nondeterministic_output_order")
              .complexity("O(N), N = keys of the database")
              .summary("Lists the keys that match a glob pattern.")
              .run(ScanCommands::keys),
          row("RANDOMKEY", 1, "generic", "1.0.0", READONLY, "")
              .acl("keyspace")
              .tips("request_policy:all_shards", "nondeterministic_output")
              .complexity("O(1)")
              .summary("Picks some key at random.")
              .run(ScanCommands::randomKey),
          row(
                  "SCAN",
                  -2,
                  "generic",
                  "2.8.0",
                  READONLY,
                  "cursor [MATCH pattern] [COUNT count] [TYPE type]^6.0.0")
              .acl("keyspace")
              .tips("nondeterministic_output", "request_policy:special")
              .complexity("O(1) a call, O(N) for a whole walk, N = keys")
              .summary("Walks over the keys in steps.")
              .history("6.0.0", "option TYPE")
              .run(ScanCommands::scan));

  /*
   * A cursor of SCAN is the hash slot (14 bits) below the cursor within the slot's table, so 0 is the
   * start. A slot is walked to its end before the next one begins; a slot that is empty counts for
   * nothing, so a small database is walked in one call, as in Redis.
   */
  private static final int SLOT_BITS = 14;

  /** How many buckets, at most, a call looks at for each key that it was asked for. */
  private static final int BUCKETS_A_KEY = 10;

  /** How many keys or tables are looked at before a lock is given back for a moment. */
  private static final int KEYS_A_LOCK = 512;

  /** How often RANDOMKEY draws again when it has drawn a key that has expired. */
  private static final int RANDOM_TRIES = 100;

  private ScanCommands() {}

  private static void keys(Request q, RespWriter out) {
    MatchPattern pattern = new MatchPattern();
    pattern.set(q.bytes(), q.offset(1), q.length(1));
    KeyFilter filter = new KeyFilter(q, false);
    filter.match(pattern);
    if (!pattern.hasWildcard()) {
      keyNamed(q, filter);
    } else if (!walk(q, filter)) {
      out.error(BulkList.TOO_LARGE + ", use SCAN");
      return;
    }
    filter.found().writeTo(out);
  }

  /** Shows the key of exactly the pattern's name. */
  private static void keyNamed(Request q, KeyFilter filter) {
    Keyspace keyspace = q.engine().keyspace();
    Entry e = q.walker().key(q.bytes(), q.offset(1), q.length(1), keyspace.seed());
    Shard shard = keyspace.shardOfSlot(e.slot());
    shard.lock();
    try {
      Partition partition = shard.partition(q.db().index());
      if (partition != null && partition.find(e)) {
        filter.visit(e);
      }
    } finally {
      shard.unlock();
    }
  }

  /** Shows the filter all keys in the slots that it asks for; false when it had enough before. */
  private static boolean walk(Request q, KeyFilter filter) {
    Keyspace keyspace = q.engine().keyspace();
    int slot = filter.firstSlot();
    while (slot <= filter.lastSlot()) {
      Shard shard = keyspace.shardOfSlot(slot);
      int end = Math.min(filter.lastSlot() + 1, shard.firstSlot() + shard.slots());
      shard.lock();
      try {
        Partition partition = shard.partition(q.db().index());
        if (partition == null || partition.size() == 0) {
          slot = end;
          continue;
        }
        for (long until = filter.visited() + KEYS_A_LOCK;
            slot < end && filter.visited() < until;
            slot++) {
          partition.forEach(slot, q.walker(), filter);
          if (filter.isFull()) {
            return false;
          }
        }
      } finally {
        shard.unlock();
      }
    }
    return true;
  }

  private static void randomKey(Request q, RespWriter out) {
    Keyspace keyspace = q.engine().keyspace();
    Entry e = q.walker();
    for (int i = 0; i < RANDOM_TRIES; i++) {
      Shard shard = randomShard(q);
      if (shard == null) {
        out.nil();
        return;
      }
      shard.lock();
      try {
        Partition partition = shard.partition(q.db().index());
        if (partition != null && partition.random(e, q.engine().random(), false)) {
          byte[] key = e.copyKey();
          e.key(key, 0, key.length, keyspace.seed());
          if (q.db().peek(e)) {
            out.bulk(key);
            return;
          }
          q.flushEffects(); // under the lock
        }
      } finally {
        shard.unlock();
      }
    }
    anyKey(q, out);
  }

  /** A random shard, the likelier the more keys it has; null when there are no keys. */
  private static @Nullable Shard randomShard(Request q) {
    Keyspace keyspace = q.engine().keyspace();
    int[] sizes = new int[keyspace.shardCount()];
    long sum = 0;
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = keyspace.size(i, q.db().index());
      sum += sizes[i];
    }
    if (sum == 0) {
      return null;
    }
    long rank = q.engine().random().nextLong(sum);
    int shard = 0;
    while (rank >= sizes[shard]) {
      rank -= sizes[shard++];
    }
    return keyspace.shard(shard);
  }

  /** Where nearly all keys have expired: the first one, from a random slot on, that has not. */
  private static void anyKey(Request q, RespWriter out) {
    int start = q.engine().random().nextInt(Slots.COUNT);
    KeyFilter filter = new KeyFilter(q, false);
    filter.limitTo(1);
    filter.slots(start, Slots.COUNT - 1);
    if (walk(q, filter)) {
      filter.slots(0, start - 1);
      walk(q, filter);
    }
    filter.found().writeOneTo(out);
  }

  private static void scan(Request q, RespWriter out) {
    ScanOptions options = new ScanOptions(q, ScanOptions.Of.KEYS, 1);
    if (!options.checkCursor(out) || !options.read(out)) {
      return;
    }
    KeyFilter filter = new KeyFilter(q, true);
    filter.match(options.pattern());
    String type = options.type();
    if (type != null) {
      filter.type(type);
    }
    long next = scan(q, filter, options.cursor(), options.count());
    if (filter.isFull()) {
      out.error(BulkList.TOO_LARGE);
      return;
    }
    out.array(2);
    out.bulk(Long.toUnsignedString(next));
    filter.found().writeTo(out);
  }

  /** Goes on from a cursor, and returns the next; 0 when the round is done. */
  private static long scan(Request q, KeyFilter filter, long from, int count) {
    Keyspace keyspace = q.engine().keyspace();
    int slot = (int) from & Slots.COUNT - 1;
    long bucket = from >>> SLOT_BITS;
    if (slot < filter.firstSlot()) {
      slot = filter.firstSlot();
      bucket = 0;
    }
    long bucketsLeft = (long) count * BUCKETS_A_KEY;
    while (slot <= filter.lastSlot()) {
      Shard shard = keyspace.shardOfSlot(slot);
      int end = Math.min(filter.lastSlot() + 1, shard.firstSlot() + shard.slots());
      shard.lock();
      try {
        Partition partition = shard.partition(q.db().index());
        if (partition == null || partition.size() == 0) {
          slot = end;
          bucket = 0;
          continue;
        }
        for (int held = 0; held < KEYS_A_LOCK && slot < end; held++) {
          if (partition.slotSize(slot) > 0) {
            if (filter.visited() >= count
                || bucketsLeft-- == 0
                || filter.found().bytes() > ScanOptions.REPLY_BYTES) {
              return bucket << SLOT_BITS | slot;
            }
            bucket = partition.scan(slot, bucket, q.walker(), filter);
            filter.removeExpired();
            q.flushEffects(); // under the lock
          } else {
            bucket = 0;
          }
          slot += bucket == 0 ? 1 : 0;
        }
      } finally {
        shard.unlock();
      }
    }
    return 0;
  }
}
