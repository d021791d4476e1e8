package io.hydrion.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ArenaTest {
  private static final int SHARED_MAX = SizeClasses.UNITS_MAX << SizeClasses.UNIT_SHIFT;

  private final Arena arena = new Arena(bytes -> {});

  /** The blocks in use by their first byte, each with the byte after its last. */
  private final TreeMap<Long, Long> inUse = new TreeMap<>();

  private record Block(int address, int bytes, byte fill) {
    long start() {
      return (long) (address >>> 17) << 32 | Arena.offset(address);
    }
  }

  @Test
  void sizeClasses_everySize_holdIt() {
    int last = 0;
    for (int units = 1; units <= SizeClasses.UNITS_MAX; units++) {
      int sizeClass = SizeClasses.of(units);
      assertThat(sizeClass).isBetween(last, last + 1).isLessThan(SizeClasses.COUNT);
      assertThat(SizeClasses.units(sizeClass)).isBetween(units, units + units / 8);
      assertThat(SizeClasses.of(SizeClasses.units(sizeClass))).isEqualTo(sizeClass);
      last = sizeClass;
    }
    assertThat(last).isEqualTo(SizeClasses.COUNT - 1);
  }

  @Test
  void blockBytes_everySize_holdsItAndIsItsOwn() {
    for (int bytes = 1; bytes < SHARED_MAX * 2; bytes++) {
      int block = Arena.blockBytes(bytes);
      assertThat(block).isGreaterThanOrEqualTo(bytes).isLessThan(bytes + bytes / 8 + 9);
      assertThat(Arena.blockBytes(block)).isEqualTo(block);
    }
  }

  @Test
  void allocate_aBlockOfEverySizeClass_noneOverlap() {
    List<Block> blocks = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (int sizeClass = 1; sizeClass < SizeClasses.COUNT; sizeClass++) {
        blocks.add(allocate(SizeClasses.units(sizeClass) << SizeClasses.UNIT_SHIFT, (byte) round));
      }
      blocks.add(allocate(SHARED_MAX + 1, (byte) round));
    }
    blocks.forEach(this::free);
    assertThat(arena.usedBytes()).isZero();
  }

  @Test
  void freedBlocks_areUsedAgain() {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      blocks.add(allocate(100, (byte) i));
    }
    long reserved = arena.reservedBytes();
    for (int round = 0; round < 10; round++) {
      blocks.forEach(this::free);
      blocks.replaceAll(b -> allocate(b.bytes, b.fill));
    }
    assertThat(arena.reservedBytes()).isEqualTo(reserved);
  }

  @Test
  void dedicatedBlocks_giveTheirChunkBack() {
    Block small = allocate(8, (byte) 1);
    long reserved = arena.reservedBytes();
    for (int i = 0; i < 100; i++) {
      Block large = allocate(1 << 20, (byte) 2);
      assertThat(arena.reservedBytes()).isEqualTo(reserved + (1 << 20));
      free(large);
    }
    assertThat(arena.reservedBytes()).isEqualTo(reserved);
    free(small);
  }

  @Test
  void dedicatedBlockFirst_leavesAddressZeroUnused() {
    Block large = allocate(1 << 20, (byte) 2);
    free(allocate(8, (byte) 1));
    free(large);
    assertThat(arena.usedBytes()).isZero();
  }

  @Test
  void randomAllocateAndFree_agreesWithModel() {
    long seed = System.nanoTime();
    System.out.println("ArenaTest seed " + seed);
    Random random = new Random(seed);
    List<Block> blocks = new ArrayList<>();
    long used = 0;
    for (int step = 0; step < 200_000; step++) {
      // The population swells and shrinks, so that both lists of free blocks and fresh room are
      // used.
      boolean swells = step / 20_000 % 2 == 0;
      if (blocks.isEmpty() || random.nextInt(100) < (swells ? 60 : 40)) {
        Block block = allocate(size(random), (byte) (random.nextInt(255) + 1));
        used += Arena.blockBytes(block.bytes);
        blocks.add(block);
      } else if (random.nextInt(10) == 0) {
        int at = random.nextInt(blocks.size());
        Block block = blocks.get(at);
        Block shrunk = shrink(block, 1 + random.nextInt(block.bytes));
        used -= Arena.blockBytes(block.bytes) - Arena.blockBytes(shrunk.bytes);
        blocks.set(at, shrunk);
      } else {
        int at = random.nextInt(blocks.size());
        Block block = blocks.set(at, blocks.get(blocks.size() - 1));
        blocks.remove(blocks.size() - 1);
        used -= Arena.blockBytes(block.bytes);
        free(block);
      }
      assertThat(arena.usedBytes()).isEqualTo(used);
    }
    blocks.forEach(this::free);
    assertThat(arena.usedBytes()).isZero();
  }

  private static int size(Random random) {
    return switch (random.nextInt(1000)) {
      case 0 -> SHARED_MAX + 1 + random.nextInt(100_000);
      case 1, 2, 3, 4, 5 -> 1 + random.nextInt(SHARED_MAX);
      default -> 1 + random.nextInt(1 << 3 + random.nextInt(8));
    };
  }

  private Block allocate(int bytes, byte fill) {
    Block block = new Block(arena.allocate(bytes), bytes, fill);
    assertThat(block.address).isNotZero();
    long start = block.start();
    long end = start + Arena.blockBytes(bytes);
    Map.Entry<Long, Long> before = inUse.lowerEntry(end);
    assertThat(before == null || before.getValue() <= start).as("no overlap").isTrue();
    assertThat((int) end).isLessThanOrEqualTo(arena.chunk(block.address).length);
    inUse.put(start, end);
    int offset = Arena.offset(block.address);
    Arrays.fill(arena.chunk(block.address), offset, offset + bytes, fill);
    return block;
  }

  private Block shrink(Block block, int bytes) {
    arena.shrink(block.address, block.bytes, bytes);
    inUse.put(block.start(), block.start() + Arena.blockBytes(bytes));
    return new Block(block.address, bytes, block.fill);
  }

  private void free(Block block) {
    byte[] chunk = arena.chunk(block.address);
    int offset = Arena.offset(block.address);
    for (int i = 0; i < block.bytes; i++) {
      if (chunk[offset + i] != block.fill) {
        throw new AssertionError("byte " + i + " of " + block + " is " + chunk[offset + i]);
      }
    }
    inUse.remove(block.start());
    arena.free(block.address, block.bytes);
  }
}
