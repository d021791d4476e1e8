package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import com.moilioncircle.redis.replicator.Configuration;
import com.moilioncircle.redis.replicator.FileType;
import com.moilioncircle.redis.replicator.RedisReplicator;
import com.moilioncircle.redis.replicator.rdb.datatype.AuxField;
import com.moilioncircle.redis.replicator.rdb.datatype.ExpiredType;
import com.moilioncircle.redis.replicator.rdb.datatype.Function;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyValuePair;
import com.moilioncircle.redis.replicator.rdb.datatype.TTLValue;
import com.moilioncircle.redis.replicator.rdb.datatype.ZSetEntry;
import io.hydrion.util.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library redis-replicator reads our files to the same content. */
class RdbReplicatorTest {
  private final Map<String, String> keys = new TreeMap<>();
  private final Map<String, String> notes = new TreeMap<>();
  private final List<String> functions = new ArrayList<>();

  private void read(byte[] file) throws IOException {
    RedisReplicator replicator =
        new RedisReplicator(
            new ByteArrayInputStream(file), FileType.RDB, Configuration.defaultSetting());
    List<Throwable> failures = new ArrayList<>();
    replicator.addExceptionListener((from, failure, event) -> failures.add(failure));
    replicator.addEventListener(
        (from, event) -> {
          if (event instanceof KeyValuePair<?, ?> pair) {
            long expiry = pair.getExpiredType() == ExpiredType.NONE ? -1 : pair.getExpiredMs();
            keys.put(
                pair.getDb().getDbNumber() + ":" + text(pair.getKey()),
                (expiry < 0 ? "" : "expires " + expiry + " ") + value(pair));
          } else if (event instanceof AuxField note) {
            notes.put(note.getAuxKey(), note.getAuxValue());
          } else if (event instanceof Function function) {
            functions.add(text(function.getCode()));
          }
        });
    replicator.open();
    replicator.close();
    assertThat(failures).isEmpty();
  }

  private static String text(Object bytes) {
    return Bytes.string((byte[]) bytes);
  }

  private static String value(KeyValuePair<?, ?> pair) {
    Object value = pair.getValue();
    return switch (pair.getValueRdbType()) {
      case RdbType.STRING -> "string[" + text(value) + "]";
      case RdbType.LIST ->
          "list" + ((Collection<?>) value).stream().map(RdbReplicatorTest::text).toList();
      case RdbType.SET -> "set" + sorted((Collection<?>) value, RdbReplicatorTest::text);
      case RdbType.ZSET_2 ->
          "zset"
              + sorted(
                  (Collection<?>) value,
                  e -> text(((ZSetEntry) e).getElement()) + " " + ((ZSetEntry) e).getScore());
      case RdbType.HASH, RdbType.HASH_METADATA ->
          "hash" + sorted(((Map<?, ?>) value).entrySet(), RdbReplicatorTest::field);
      case RdbType.STREAM_LISTPACKS_2 ->
          stream((com.moilioncircle.redis.replicator.rdb.datatype.Stream) value);
      default -> "unknown type " + pair.getValueRdbType();
    };
  }

  private static List<String> sorted(
      Collection<?> all, java.util.function.Function<Object, String> text) {
    return all.stream().map(text).sorted().toList();
  }

  private static String field(Object entry) {
    Map.Entry<?, ?> field = (Map.Entry<?, ?>) entry;
    if (field.getValue() instanceof TTLValue value) {
      String until = value.getExpires() == null ? "" : " until " + value.getExpires();
      return text(field.getKey()) + "=" + text(value.getValue()) + until;
    }
    return text(field.getKey()) + "=" + text(field.getValue());
  }

  private static String stream(com.moilioncircle.redis.replicator.rdb.datatype.Stream stream) {
    List<String> entries = new ArrayList<>();
    stream
        .getEntries()
        .forEach(
            (id, entry) -> {
              if (!entry.isDeleted()) {
                Stream<String> words =
                    entry.getFields().entrySet().stream()
                        .flatMap(field -> Stream.of(field.getKey(), field.getValue()))
                        .map(RdbReplicatorTest::text);
                entries.add(
                    id.getMs() + "-" + id.getSeq() + " " + String.join(" ", words.toList()));
              }
            });
    List<String> groups = new ArrayList<>();
    for (var group : stream.getGroups()) {
      String name = "group " + text(group.getName());
      var last = group.getLastId();
      groups.add(name + " " + last.getMs() + "-" + last.getSeq() + " " + group.getEntriesRead());
      for (var consumer : group.getConsumers()) {
        String owner = name + " consumer " + text(consumer.getName());
        groups.add(owner + " " + consumer.getSeenTime());
        consumer
            .getPendingEntries()
            .forEach(
                (id, nack) ->
                    groups.add(
                        owner
                            + " pending "
                            + id.getMs()
                            + "-"
                            + id.getSeq()
                            + " "
                            + nack.getDeliveryTime()
                            + " "
                            + nack.getDeliveryCount()));
      }
    }
    Collections.sort(groups);
    var state =
        new ValueSink.StreamState(
            stream.getLength(),
            stream.getLastId().getMs(),
            stream.getLastId().getSeq(),
            stream.getFirstId().getMs(),
            stream.getFirstId().getSeq(),
            stream.getMaxDeletedEntryId().getMs(),
            stream.getMaxDeletedEntryId().getSeq(),
            stream.getEntriesAdded());
    return "stream" + entries + state + groups;
  }

  @Test
  void files_haveTheSameContentThere() throws IOException {
    long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
    System.out.println("RdbReplicatorTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      RdbSamples samples = new RdbSamples(random);
      samples.hasOddFields = false; // the library forgets how many the first entry has
      RdbStore store = RdbStore.of(samples.file(60));
      store.functions.add(Bytes.of("#!lua name=f" + round));
      keys.clear();
      functions.clear();
      read(store.save(random.nextBoolean(), true));
      assertThat(keys).isEqualTo(samples.expected);
      assertThat(functions).containsExactly("#!lua name=f" + round);
      assertThat(notes)
          .containsEntry("redis-ver", "7.0.15")
          .containsEntry("redis-bits", "64")
          .containsEntry("ctime", "1700000000")
          .containsEntry("used-mem", "1000000")
          .containsEntry("aof-base", "0");
    }
  }
}
