package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.random.RandomGenerator;

/** HRANDFIELD. */
final class HashRandom {
  /** A part of a hash that is smaller than one in so many is drawn; a larger one is sieved. */
  private static final int DRAWN_PART = 3;

  /** Of smaller hashes than this none are drawn: to walk over all fields takes no longer. */
  private static final int DRAWN_FROM = 64;

  /** What it takes to remember a field that has been drawn, in bytes. */
  private static final int DRAWN_BYTES = 32;

  private HashRandom() {}

  static void run(Request q, RespWriter out) {
    if (q.argc() > 2) {
      several(q, out);
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.nil();
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (hash.randomLive(q.engine().random())) {
      out.bulk(hash.bytes(), hash.fieldOffset(), hash.fieldLength());
    } else {
      out.nil();
    }
    q.db().expiredFields(e, hash);
  }

  private static void several(Request q, RespWriter out) {
    if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    long count = q.longAt(2);
    if (count == Long.MIN_VALUE) {
      out.error(SetCommands.NOT_ABSOLUTE);
      return;
    }
    boolean values = q.argc() == 4 && q.is(3, "withvalues");
    if (q.argc() > 3 && !values) {
      out.error(Errors.SYNTAX);
      return;
    }
    if (values && Math.abs(count) > Long.MAX_VALUE / 2) {
      out.error("ERR value is out of range");
      return;
    }
    Entry e = q.key(1);
    if (!q.db().read(e)) {
      out.array(0);
      return;
    }
    HashValue hash = q.db().hash(e);
    if (hash == null) {
      out.error(Errors.WRONG_TYPE);
      return;
    }
    if (count < 0) {
      repeated(q, out, hash, -count, values);
    } else {
      distinct(q, out, hash, count, values);
    }
    q.db().expiredFields(e, hash);
  }

  /** Fields that may repeat. A client that has been cut off for their mass gets no more. */
  private static void repeated(
      Request q, RespWriter out, HashValue hash, long count, boolean values) {
    if (RandomSelection.isTooMany(q, count)) {
      out.error(BulkList.TOO_LARGE);
      return;
    }
    RandomGenerator random = q.engine().random();
    if (!hash.randomLive(random)) {
      out.array(0);
      return;
    }
    head(out, count, values);
    replyFound(out, hash, values);
    for (long i = 1; i < count && !q.session().isCutOff(); i++) {
      boolean found = hash.randomLive(random);
      assert found;
      replyFound(out, hash, values);
    }
  }

  private static void distinct(
      Request q, RespWriter out, HashValue hash, long most, boolean values) {
    RandomGenerator random = q.engine().random();
    hash.sweepAll();
    long live = hash.liveSize();
    long count = Math.min(most, live);
    if (live >= DRAWN_FROM && live == hash.size() && count <= live / DRAWN_PART) {
      Room.forBytes(count * DRAWN_BYTES);
      head(out, count, values);
      LongOpenHashSet drawn = new LongOpenHashSet();
      while (drawn.size() < count) {
        hash.random(random);
        if (drawn.add(hash.place())) {
          replyFound(out, hash, values);
        }
      }
      return;
    }
    head(out, count, values);
    long now = q.now();
    RandomSelection selection = new RandomSelection(count, live, random);
    hash.forEach(
        (a, field, fieldLength, value, length, expireAt) -> {
          if (expireAt > now && selection.takesNext()) {
            reply(out, a, field, fieldLength, value, length, values);
          }
        });
  }

  private static void head(RespWriter out, long count, boolean values) {
    out.array(values && !out.isResp3() ? 2 * count : count);
  }

  private static void replyFound(RespWriter out, HashValue hash, boolean values) {
    byte[] a = hash.bytes();
    int field = hash.fieldOffset();
    reply(out, a, field, hash.fieldLength(), hash.valueOffset(), hash.valueLength(), values);
  }

  private static void reply(
      RespWriter out, byte[] a, int field, int fieldLength, int value, int length, boolean values) {
    if (values && out.isResp3()) {
      out.array(2);
    }
    out.bulk(a, field, fieldLength);
    if (values) {
      out.bulk(a, value, length);
    }
  }
}
