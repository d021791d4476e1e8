package io.hydrion.command;

import io.hydrion.store.AggregateValue;
import io.hydrion.store.Entry;
import io.hydrion.store.HashValue;
import io.hydrion.store.ListValue;
import io.hydrion.store.Partition;
import io.hydrion.store.SetValue;
import io.hydrion.store.SortedSetValue;
import io.hydrion.store.StreamCursor;
import io.hydrion.store.StreamValue;
import io.hydrion.store.ValueType;
import io.hydrion.util.Bytes;
import io.hydrion.util.DoubleText;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A sum of keys and values that does not depend on their order: the one of Redis, so that the same
 * data has the same digest there and here. Each key is hashed by itself, and the hashes are joined
 * by exclusive or.
 */
final class DatasetDigest {
  private static final int SIZE = 20;
  private static final byte[] EXPIRES = Bytes.of("!!expire!!");
  private static final byte[] FIELD_EXPIRES = Bytes.of("!!hexpire!!");

  private final MessageDigest sha1;
  private final byte[] digest = new byte[SIZE];

  DatasetDigest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  /** Joins what may come in any order. */
  private void join(byte[] bytes, int off, int len) {
    sha1.update(bytes, off, len);
    byte[] hash = sha1.digest();
    for (int i = 0; i < SIZE; i++) {
      digest[i] ^= hash[i];
    }
  }

  /** Joins what must come in this order. */
  private void mix(byte[] bytes, int off, int len) {
    join(bytes, off, len);
    byte[] hash = sha1.digest(digest);
    System.arraycopy(hash, 0, digest, 0, SIZE);
  }

  private void mixInt(int value) {
    byte[] bytes = {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
    mix(bytes, 0, bytes.length);
  }

  /** Begins a database. */
  void database(int index) {
    mixInt(index);
  }

  /** Adds a key of the database; keys may come in any order. */
  void key(Partition partition, Entry e) {
    DatasetDigest one = new DatasetDigest();
    one.mix(e.keyBytes(), e.keyOffset(), e.keyLength());
    one.value(partition, e);
    join(one.digest, 0, SIZE);
  }

  /** Takes a value and whether it expires. */
  void value(Partition partition, Entry e) {
    mixInt(typeNumber(e.type()));
    switch (e.type()) {
      case SET -> ((SetValue) AggregateValue.of(partition, e)).forEach(this::join);
      case HASH -> ((HashValue) AggregateValue.of(partition, e)).forEach(fields());
      case SORTED_SET -> ((SortedSetValue) AggregateValue.of(partition, e)).forEach(this::scored);
      case LIST -> ((ListValue) AggregateValue.of(partition, e)).forEach(this::mix);
      case STREAM -> entries((StreamValue) AggregateValue.of(partition, e));
      case STRING -> mix(e.bytes(), e.valueOffset(), e.valueLength());
    }
    if (e.hasExpiry()) {
      join(EXPIRES, 0, EXPIRES.length);
    }
  }

  /** Takes ids, fields and values one after another. */
  private void entries(StreamValue stream) {
    StreamCursor at = stream.cursor();
    at.seek(0, 0, -1, -1, false);
    while (at.next()) {
      byte[] id = Bytes.of(Long.toUnsignedString(at.ms()) + "." + Long.toUnsignedString(at.seq()));
      mix(id, 0, id.length);
      at.openFields();
      while (at.nextField()) {
        mix(at.bytes(), at.fieldOffset(), at.fieldLength());
        mix(at.bytes(), at.valueOffset(), at.valueLength());
      }
    }
  }

  /** Takes members in any order, but of each member and score which is which. */
  private void scored(byte[] a, int at, int n, double score) {
    DatasetDigest one = new DatasetDigest();
    byte[] text = new byte[DoubleText.LENGTH_MAX];
    one.mix(a, at, n);
    one.mix(text, 0, DoubleText.put(text, 0, score));
    join(one.digest, 0, SIZE);
  }

  /** Takes fields in any order, but of each field and value which is which. */
  private HashValue.FieldVisitor fields() {
    DatasetDigest one = new DatasetDigest();
    return (a, field, fieldLength, value, valueLength, expireAt) -> {
      Arrays.fill(one.digest, (byte) 0);
      one.mix(a, field, fieldLength);
      one.mix(a, value, valueLength);
      if (expireAt != Partition.NEVER) {
        one.join(FIELD_EXPIRES, 0, FIELD_EXPIRES.length);
      }
      join(one.digest, 0, SIZE);
    };
  }

  private static int typeNumber(ValueType type) {
    return switch (type) {
      case STRING -> 0;
      case LIST -> 1;
      case SET -> 2;
      case SORTED_SET -> 3;
      case HASH -> 4;
      case STREAM -> 6;
    };
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(digest);
  }
}
