package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.hydrion.util.Bytes;
import io.hydrion.util.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Database files: what is in them, to the byte, and what is not a file. */
class RdbFileTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What a damaged file of a few kilobytes may take: its values in a store, and little more. */
  private static final long BYTES_MAX = 32 << 20;

  private final long seed = Long.getLong("hydrion.test.seed", System.nanoTime());
  private final Random random = new Random(seed);

  RdbFileTest() {
    System.out.println("RdbFileTest seed " + seed);
  }

  /** A file from its parts: texts as they are, numbers as bytes. */
  private static byte[] file(int version, Object... parts) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(Bytes.of("REDIS%04d".formatted(version)));
    for (Object part : parts) {
      if (part instanceof String text) {
        file.writeBytes(Bytes.of(text));
      } else if (part instanceof byte[] bytes) {
        file.writeBytes(bytes);
      } else {
        file.write((Integer) part);
      }
    }
    return file.toByteArray();
  }

  private static byte[] int64(long n) {
    byte[] a = new byte[8];
    Bytes.putLong(a, 0, n);
    return a;
  }

  private static byte[] summed(byte[] file) {
    byte[] all = Arrays.copyOf(file, file.length + 8);
    Bytes.putLong(all, file.length, Crc64.update(0, file, 0, file.length));
    return all;
  }

  private static Map<String, String> keys(byte[] file) throws IOException {
    Map<String, String> keys = RdbContent.of(file).keys;
    assertThat(RdbContent.of(file, 1, 9).keys).isEqualTo(keys);
    return keys;
  }

  @Test
  void opcodes_areUnderstood() throws IOException {
    byte[] file =
        file(
            12,
            250,
            9,
            "redis-ver",
            6,
            "7.0.15",
            250,
            5,
            "ctime",
            0xc2,
            1,
            0,
            0,
            0, // notes
            245,
            3,
            "abc", // a function
            254,
            3,
            251,
            2,
            1, // database, sizes
            244,
            1,
            2,
            3, // a slot
            252,
            int64(1234567890123L),
            248,
            7,
            0,
            1,
            "a",
            1,
            "x", // expiry, idle
            253,
            1,
            1,
            0,
            0,
            249,
            200,
            0,
            1,
            "b",
            0xc0,
            0xff, // expiry in seconds, frequency
            252,
            int64(-1),
            0,
            1,
            "c",
            1,
            "x", // no expiry
            252,
            int64(-2),
            0,
            1,
            "d",
            1,
            "x", // long past
            254,
            0,
            0,
            1,
            "e",
            1,
            "x", // nothing is left over
            255,
            int64(0));
    assertThat(keys(file))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "3:a", "expires 1234567890123 idle 7 string[x]",
                "3:b", "expires 257000 frequency 200 string[-1]",
                "3:c", "string[x]",
                "3:d", "expires 0 string[x]",
                "0:e", "string[x]"));
    RdbContent content = RdbContent.of(file);
    assertThat(content.notes).containsEntry("redis-ver", "7.0.15").containsEntry("ctime", "1");
    assertThat(content.functions).containsExactly("abc");
    assertThat(content.sizes).containsExactly("3:2/1");
  }

  /** Marked data of a module: numbers, a float, a double, a string, the end. */
  private static final byte[] MODULE_DATA =
      HexFormat.of()
          .parseHex("0105" + "0207" + "0300000000" + "040000000000000000" + "05026869" + "00");

  /** The id of a type of RedisBloom, and its name. */
  private static final byte[] MODULE_ID =
      HexFormat.of().parseHex("81" + "%016x".formatted(moduleId("MBbloom--", 4)));

  private static long moduleId(String name, int version) {
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    long id = 0;
    for (char c : name.toCharArray()) {
      id = id << 6 | letters.indexOf(c);
    }
    return id << 10 | version;
  }

  @Test
  void moduleData_isSkippedOrRefusedByName() throws IOException {
    byte[] aux = file(9, 247, MODULE_ID, 2, 1, MODULE_DATA, 0, 1, "k", 1, "v", 255, int64(0));
    RdbContent content = RdbContent.of(aux);
    assertThat(content.modules).containsExactly("MBbloom--");
    assertThat(content.keys).containsOnlyKeys("0:k");
    byte[] value = file(9, 7, 1, "k", MODULE_ID, MODULE_DATA, 255, int64(0));
    assertThatThrownBy(() -> RdbContent.of(value)).hasMessageContaining("'MBbloom--'");
    CountingSink indifferent = new CountingSink();
    new RdbFileReader(MemoryFile.input(value, 3), true).read(indifferent);
    assertThat(indifferent.keys).isEqualTo(1);
    assertThat(indifferent.dropped).isEqualTo(1);
    byte[] old = file(8, 6, 1, "k", MODULE_ID, 1, 1, 255, int64(0));
    assertThatThrownBy(
            () -> new RdbFileReader(MemoryFile.input(old, 3), true).read(new CountingSink()))
        .isInstanceOf(RdbFormatException.class)
        .hasMessageContaining("MBbloom--");
  }

  /** Wants nothing, and minds no modules. */
  private static final class CountingSink implements RdbFileSink {
    int keys;
    int dropped;

    @Override
    public ValueSink beginKey(int database, RdbString name, long until, long idle, int frequency) {
      keys++;
      return IgnoredValue.INSTANCE;
    }

    @Override
    public void endKey() {}

    @Override
    public void dropKey() {
      dropped++;
    }

    @Override
    public void function(RdbString code) {}

    @Override
    public void moduleValue(String module) {}
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS0013,Can't handle RDB format version 13",
    "REDIS0000,Can't handle RDB format version 0",
    "REDISabcd,Can't handle RDB format version 0",
    "VALKEY080,Wrong signature trying to load DB from file",
    "REDIS00,the data ends too early"
  })
  void head_isChecked(String head, String message) {
    assertThatThrownBy(() -> RdbContent.of(Bytes.of(head)))
        .isInstanceOf(RdbFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsNotKnown_isRefusedWithItsOffset() {
    assertThatThrownBy(() -> RdbContent.of(file(10, 246, 1, "x")))
        .hasMessageContaining("Pre-release function format not supported.");
    for (int type : new int[] {8, 26, 100, 243}) {
      assertThatThrownBy(() -> RdbContent.of(file(12, 0, 1, "k", 1, "v", type, 1, "k")))
          .isInstanceOf(RdbFormatException.class)
          .hasMessageContaining("Invalid object type: " + type)
          .satisfies(e -> assertThat(((RdbFormatException) e).offset()).isEqualTo(15));
    }
  }

  @Test
  void checksum_isComparedWhereThereIsOne() throws IOException {
    byte[] content = file(10, 0, 1, "k", 1, "v", 255);
    byte[] right = summed(content);
    RdbFileReader reader = new RdbFileReader(MemoryFile.input(right, 5), true);
    reader.read(new RdbContent());
    assertThat(reader.isChecked()).isTrue();
    assertThat(reader.version()).isEqualTo(10);
    assertThat(reader.offset()).isEqualTo(right.length);
    assertThat(reader.fetched()).isEqualTo(right.length);
    right[13]++;
    assertThatThrownBy(() -> RdbContent.of(right)).hasMessageContaining("Wrong RDB checksum");
    new RdbFileReader(MemoryFile.input(right, 5), false).read(new RdbContent());
    assertThat(RdbContent.of(file(10, 0, 1, "k", 1, "v", 255, int64(0))).keys).hasSize(1);
    assertThat(RdbContent.of(file(4, 0, 1, "k", 1, "v", 255)).keys).hasSize(1);
    assertThatThrownBy(() -> RdbContent.of(content)).isInstanceOf(RdbFormatException.class);
  }

  @Test
  void rest_isWhatFollows() throws IOException {
    byte[] commands = new byte[RdbInput.WINDOW * 2];
    random.nextBytes(commands);
    byte[] file = summed(file(10, 0, 1, "k", 1, "v", 255));
    byte[] both = Arrays.copyOf(file, file.length + commands.length);
    System.arraycopy(commands, 0, both, file.length, commands.length);
    RdbFileReader reader = new RdbFileReader(MemoryFile.input(both, 100_000), true);
    reader.read(new RdbContent());
    Disk.Input rest = reader.rest();
    assertThat(rest.size()).isEqualTo(commands.length);
    byte[] seen = new byte[commands.length];
    int n = 0;
    for (int r; (r = rest.read(seen, n, Math.min(7777, seen.length - n))) > 0; ) {
      n += r;
    }
    assertThat(seen).isEqualTo(commands);
  }

  @Test
  void emptyValues_areLeftOut() throws IOException {
    byte[] emptyListpack = HexFormat.of().parseHex("07000000" + "0000" + "ff");
    RdbContent content =
        RdbContent.of(
            file(
                12,
                1,
                1,
                "a",
                0,
                2,
                1,
                "b",
                0,
                4,
                1,
                "c",
                0,
                5,
                1,
                "d",
                0,
                14,
                1,
                "e",
                0,
                18,
                1,
                "f",
                1,
                2,
                7,
                emptyListpack,
                16,
                1,
                "g",
                7,
                emptyListpack,
                0,
                1,
                "z",
                1,
                "v",
                255,
                int64(0)));
    assertThat(content.keys).containsOnlyKeys("0:z");
    assertThat(content.dropped).isEqualTo(7);
  }

  /** As Redis 7.0.15 writes it, besides the time and the memory. */
  @Test
  void writtenFile_isThatToTheByte() throws IOException {
    MemoryFile file = new MemoryFile();
    RdbFileWriter writer = new RdbFileWriter(file, true);
    writer.head(RdbWriter.VERSION);
    writer.notes(
        "7.0.15", 1_700_000_000, 1_000_000, new RdbFileWriter.Replication(0, "ab", 70_000), true);
    writer.function(Bytes.of("#!lua name=x"));
    writer.sizes(0, 1, 0);
    byte[] key = file(0, 0, 1, "k", 1, "v");
    writer.append(key, 9, key.length - 9);
    writer.finish();
    writer.sync();
    byte[] expected =
        summed(
            file(
                10,
                250,
                9,
                "redis-ver",
                6,
                "7.0.15",
                250,
                10,
                "redis-bits",
                0xc0,
                64,
                250,
                5,
                "ctime",
                0xc2,
                0x00,
                0xf1,
                0x53,
                0x65,
                250,
                8,
                "used-mem",
                0xc2,
                0x40,
                0x42,
                0x0f,
                0x00,
                250,
                14,
                "repl-stream-db",
                0xc0,
                0,
                250,
                7,
                "repl-id",
                2,
                "ab",
                250,
                11,
                "repl-offset",
                0xc2,
                0x70,
                0x11,
                0x01,
                0x00,
                250,
                8,
                "aof-base",
                0xc0,
                1,
                245,
                12,
                "#!lua name=x",
                254,
                0,
                251,
                1,
                0,
                0,
                1,
                "k",
                1,
                "v",
                255));
    assertThat(file.bytes()).isEqualTo(expected);
    assertThat(file.syncs).isEqualTo(1);
    assertThat(writer.size()).isEqualTo(expected.length);
  }

  @Test
  void withoutChecksum_zerosStandInItsPlace() throws IOException {
    MemoryFile file = new MemoryFile();
    RdbFileWriter writer = new RdbFileWriter(file, false);
    writer.head(RdbWriter.VERSION);
    writer.finish();
    assertThat(file.bytes()).isEqualTo(file(10, 255, int64(0)));
  }

  @Test
  void failureOfTheDisk_isToldAsItIs() {
    IOException fault = new IOException("fault");
    Disk.Input input =
        new Disk.Input() {
          @Override
          public int read(byte[] into, int off, int len) throws IOException {
            throw fault;
          }

          @Override
          public long size() {
            return 1000;
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> new RdbFileReader(input, true).read(new RdbContent())).isSameAs(fault);
  }

  @Test
  void samples_areReadAndWrittenAgain() throws IOException {
    for (int round = 0; round < 60; round++) {
      RdbSamples samples = new RdbSamples(random);
      byte[] file = samples.file(1 + random.nextInt(100));
      int atOnce = random.nextInt(3) == 0 ? 1 + random.nextInt(5000) : Integer.MAX_VALUE;
      assertThat(RdbContent.of(file, atOnce).keys).isEqualTo(samples.expected);
      int window = 16 << random.nextInt(14);
      assertThat(RdbContent.of(file, atOnce, window).keys).isEqualTo(samples.expected);
      RdbStore store = RdbStore.of(file);
      store.capacity = 256 << random.nextInt(9);
      byte[] again = store.save(random.nextBoolean(), random.nextBoolean());
      assertThat(RdbContent.of(again, atOnce).keys).isEqualTo(samples.expected);
    }
  }

  /** Strings and collections that are larger than the window, and than what an encoder keeps. */
  @Test
  void largeValues_goThroughSmallBuffers() throws IOException {
    RdbOutput out = new RdbOutput(false);
    byte[] head = file(10);
    out.bytes(head, 0, head.length);
    byte[] large = new byte[3_000_000];
    random.nextBytes(large);
    for (int i = 0; i < 3; i++) {
      out.u8(RdbType.STRING);
      out.string(Bytes.of("string" + i), 0, 7);
      out.string(large, i, large.length - 10 * i);
    }
    out.u8(RdbType.HASH);
    out.string(Bytes.of("hash"), 0, 4);
    out.length(20_000);
    for (int i = 0; i < 20_000; i++) {
      byte[] field = Bytes.of("field" + i);
      out.string(field, 0, field.length);
      out.string(large, i, i % 100 == 0 ? RdbInput.WINDOW + i : i % 300);
    }
    out.u8(RdbOpcode.END);
    byte[] file = summed(Bytes.copy(out.array(), 0, out.size()));
    Map<String, String> expected = RdbContent.of(file).keys;
    assertThat(RdbContent.of(file, 65_537, 100).keys).isEqualTo(expected);
    RdbStore store = RdbStore.of(file);
    store.capacity = 1000;
    assertThat(RdbContent.of(store.save(false, true)).keys).isEqualTo(expected);
    assertThat(RdbContent.of(store.save(true, true)).keys).isEqualTo(expected);
  }

  /** A stream of more than is kept while its nodes are counted. */
  @Test
  void largeStream_isWrittenInTwoPasses() throws IOException {
    RdbOutput out = new RdbOutput(false);
    byte[] head = file(10, 15, 1, "s");
    out.bytes(head, 0, head.length);
    int nodes = 3000;
    out.length(nodes);
    byte[] value = new byte[200];
    for (int i = 0; i < nodes; i++) {
      random.nextBytes(value);
      ListpackWriter pack = new ListpackWriter();
      pack.begin();
      for (int n : new int[] {1, 0, 1}) {
        pack.number(n);
      }
      pack.text(Bytes.of("f"), 0, 1);
      for (int n : new int[] {0, 2, 0, 0}) {
        pack.number(n);
      }
      pack.text(value, 0, value.length);
      pack.number(4);
      out.length(16);
      out.int64(Long.reverseBytes(1000 + i));
      out.int64(0);
      pack.writeTo(out);
    }
    for (int n : new int[] {nodes, 1000 + nodes, 0, 0}) {
      out.length(n);
    }
    out.u8(RdbOpcode.END);
    byte[] file = summed(Bytes.copy(out.array(), 0, out.size()));
    Map<String, String> expected = RdbContent.of(file).keys;
    RdbStore store = RdbStore.of(file);
    byte[] again = store.save(false, true);
    assertThat(RdbContent.of(again).keys).isEqualTo(expected);
    assertThat(RdbContent.of(store.save(true, true)).keys).isEqualTo(expected);
  }

  /** An element whose length is one that Redis writes in a byte more than it needs. */
  @Test
  void lengthsInListpacks_areThoseOfRedis() throws IOException {
    for (int length : new int[] {126, 127, 128, 16_382, 16_383, 16_384, 2_097_151, 2_097_152}) {
      int head = length < 1 << 12 ? 2 : 5; // in front of the text: together they are the element
      byte[] text = new byte[length - head];
      ListpackWriter pack = new ListpackWriter();
      pack.begin();
      pack.text(text, 0, text.length);
      int behind =
          length <= 127 ? 1 : length < 16_383 ? 2 : length < 2_097_151 ? 3 : 4; // lpEncodeBacklen
      assertThat(pack.size()).isEqualTo(6 + length + behind);
      RdbOutput out = new RdbOutput(false);
      byte[] begin = file(10, 20, 1, "s");
      out.bytes(begin, 0, begin.length);
      pack.writeTo(out);
      out.u8(RdbOpcode.END);
      byte[] file = summed(Bytes.copy(out.array(), 0, out.size()));
      assertThat(RdbContent.of(file).keys.get("0:s")).hasSize(5 + text.length);
    }
  }

  @Test
  void everyTruncation_isRefused() {
    RdbSamples samples = new RdbSamples(random);
    samples.elementsMax = 3;
    byte[] file = samples.file(15);
    for (int n = 0; n < Math.min(file.length, 20_000); n++) {
      byte[] cut = Arrays.copyOf(file, n);
      assertThatThrownBy(() -> RdbContent.of(cut)).isInstanceOf(RdbFormatException.class);
      // as a file that says to be longer than it is
      Disk.Input input = MemoryFile.input(cut, 100, file.length);
      assertThatThrownBy(() -> new RdbFileReader(input, false).read(new RdbContent()))
          .isInstanceOf(RdbFormatException.class);
    }
  }

  @Test
  void mutations_areRefusedOrRead() throws IOException {
    int rounds = Integer.getInteger("hydrion.test.mutations", 100_000);
    long start = System.nanoTime();
    int refused = 0;
    byte[] file = {};
    for (int round = 0; round < rounds; round++) {
      if (round % 500 == 0) {
        RdbSamples samples = new RdbSamples(random);
        samples.elementsMax = 1 + random.nextInt(10);
        file = samples.file(1 + random.nextInt(8));
      }
      byte[] changed = file.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int at = 9 + random.nextInt(changed.length - 9);
        changed[at] =
            (byte) (random.nextBoolean() ? random.nextInt() : changed[at] ^ 1 << random.nextInt(8));
      }
      int window = 16 << random.nextInt(15);
      RdbFileSink sink = round % 4 == 0 ? new RdbStore() : new RdbContent();
      Disk.Input input =
          MemoryFile.input(changed, 64, random.nextBoolean() ? changed.length : Long.MAX_VALUE);
      long allocated = THREADS.getCurrentThreadAllocatedBytes();
      long begin = System.nanoTime();
      try {
        new RdbFileReader(input, false, window).read(sink);
      } catch (RdbFormatException e) {
        refused++;
        assertThat(e.offset()).isBetween(0L, (long) changed.length);
      }
      assertThat(System.nanoTime() - begin).as("round %d", round).isLessThan(2_000_000_000L);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - allocated)
          .as("round %d", round)
          .isLessThan(BYTES_MAX);
    }
    System.out.println(refused + " refused, " + (System.nanoTime() - start) / 1_000_000 + " ms");
    assertThat(refused).isBetween(rounds / 10, rounds);
  }

  /** Counts and lengths that nothing stands behind cost no memory. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4, 5, 14, 15, 18, 19, 24})
  void declaredSizes_costNoMemory(int type) {
    for (String length :
        List.of(
            "807ffffff0",
            "817fffffffffffff00",
            "81ffffffffffffffff",
            "c3807f000000" + "807fffffff")) {
      byte[] file =
          file(
              12,
              type,
              1,
              "k",
              type == 24 ? int64(1) : "",
              HexFormat.of().parseHex(length),
              "abcdef");
      Disk.Input input = MemoryFile.input(file, 3, Long.MAX_VALUE);
      RdbFileReader reader = new RdbFileReader(input, false);
      RdbContent content = new RdbContent();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      assertThatThrownBy(() -> reader.read(content)).isInstanceOf(RdbFormatException.class);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000_000);
    }
  }
}
