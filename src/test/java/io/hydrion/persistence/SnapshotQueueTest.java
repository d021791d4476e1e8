package io.hydrion.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.util.Bytes;
import io.hydrion.util.Uninterrupted;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SnapshotQueueTest {
  private static final int PIECES = 2_000;
  private static final int PUTTERS = 3;

  private final SnapshotQueue queue = new SnapshotQueue();

  /** A piece tells who put it, its number and its length, and is filled with the number. */
  private static byte[] piece(int putter, int number, int length) {
    byte[] a = new byte[length];
    Arrays.fill(a, (byte) number);
    a[0] = (byte) putter;
    Bytes.putInt(a, 1, number);
    Bytes.putInt(a, 5, length);
    return a;
  }

  private Thread endingAfter(List<Thread> putters) {
    return Thread.ofPlatform()
        .start(
            () -> {
              for (Thread putter : putters) {
                Uninterrupted.run(putter::join);
              }
              queue.end();
            });
  }

  private Thread putting(int putter, long seed) {
    return Thread.ofPlatform()
        .start(
            () -> {
              Random random = new Random(seed + putter);
              for (int i = 0; i < PIECES; i++) {
                int length = 9 + random.nextInt(SnapshotQueue.PIECE_MAX - 8);
                queue.put(piece(putter, i, length), length);
              }
            });
  }

  @Test
  void piecesOfSeveral_comeWholeAndInTheOrderOfEach() throws Exception {
    long seed = System.nanoTime();
    List<Thread> putters = new ArrayList<>();
    for (int k = 0; k < PUTTERS; k++) {
      putters.add(putting(k, seed));
    }
    Thread ending = endingAfter(putters);
    int[] next = new int[PUTTERS];
    for (SnapshotQueue.Chunk chunk; (chunk = queue.take()) != null; ) {
      assertThat(queue.size()).isBetween((long) chunk.length(), 4L << 20);
      for (int at = 0; at < chunk.length(); ) {
        int putter = chunk.bytes[at];
        int number = Bytes.getInt(chunk.bytes, at + 1);
        int length = Bytes.getInt(chunk.bytes, at + 5);
        assertThat(number).as("seed %d", seed).isEqualTo(next[putter]++);
        for (int i = at + 9; i < at + length; i++) {
          if (chunk.bytes[i] != (byte) number) {
            throw new AssertionError("seed " + seed + ": piece " + number + " is not whole");
          }
        }
        at += length;
      }
      queue.giveBack(chunk);
    }
    ending.join();
    assertThat(next).containsOnly(PIECES);
    assertThat(queue.size()).isZero();
  }

  @Test
  void fullQueue_waitsUntilThereIsRoom() throws Exception {
    Thread putter = putting(0, 1);
    assertThat(putter.join(Duration.ofMillis(100))).isFalse();
    long full = queue.size();
    assertThat(full).isBetween(64L * 1024, 4L << 20);
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    Thread ending = endingAfter(List.of(putter));
    for (SnapshotQueue.Chunk chunk; (chunk = queue.take()) != null; ) {
      got.write(chunk.bytes, 0, chunk.length());
      queue.giveBack(chunk);
    }
    ending.join();
    assertThat(got.size()).isGreaterThan(Math.toIntExact(full));
  }

  @Test
  void closed_letsThoseGoWhoWait_andTakesNothing() throws Exception {
    Thread putter = putting(0, 1);
    assertThat(putter.join(Duration.ofMillis(100))).isFalse();
    SnapshotQueue.Chunk chunk = queue.take();
    queue.close();
    putter.join();
    queue.giveBack(chunk);
    assertThat(queue.size()).isZero();
    assertThat(queue.take()).isNull();
  }

  @Test
  void released_takesNothing_andLeavesItsMemoryAlone() {
    byte[] a = Bytes.of("key");
    queue.put(a, a.length);
    SnapshotQueue.Chunk chunk = queue.take();
    assertThat(chunk).isNotNull();
    queue.giveBack(chunk);
    queue.release();
    queue.put(a, a.length);
    assertThat(chunk.length()).isZero();
    assertThat(queue.size()).isZero();
    assertThat(queue.take()).isNull();
  }

  @Test
  void ended_givesWhatThereIs_thenNothing() {
    byte[] a = Bytes.of("key");
    queue.put(a, a.length);
    queue.end();
    SnapshotQueue.Chunk chunk = queue.take();
    assertThat(Bytes.string(Arrays.copyOf(chunk.bytes, chunk.length()))).isEqualTo("key");
    queue.giveBack(chunk);
    assertThat(queue.take()).isNull();
  }
}
