package io.hydrion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.hydrion.Descriptors;
import io.hydrion.Hydrion;
import io.hydrion.config.Config;
import io.hydrion.util.Bytes;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Ten thousand clients at once, many of them badly behaved. */
class ConnectionsTest {
  private static final int IDLE_WANTED = 10_000;
  private static final int SLOW = 100;
  private static final int NOT_READING = 100;
  private static final int VALUE = 1 << 20;

  /**
   * How long an answer may take while all of them are there, on a busy machine. What a client sends
   * in one go makes 50 MB of replies here, but no client has more than a turn at a time.
   */
  private static final long ANSWER_MILLIS_MAX = 5_000;

  /** What may be used besides: the allocator's unused chunks, other tests' garbage. */
  private static final long SLACK = 256L << 20;

  /** Descriptors left for everything else: class files, other tests. */
  private static final int SPARE_DESCRIPTORS = 500;

  /** What the JVM may open once for all. */
  private static final int JVM_DESCRIPTORS = 10;

  private static UnixOperatingSystemMXBean system() {
    return (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  }

  /** Both ends of each connection are in this process. */
  private static int idleConnections() {
    long free = system().getMaxFileDescriptorCount() - system().getOpenFileDescriptorCount();
    int possible = (int) Math.min(IDLE_WANTED, (free - SPARE_DESCRIPTORS) / 2 - SLOW - NOT_READING);
    if (possible < IDLE_WANTED) {
      System.out.println(
          "Limit of descriptors: " + possible + " idle connections of " + IDLE_WANTED);
    }
    return possible;
  }

  /** Bytes of direct buffers, the pool's unused ones included. */
  private static long directBytes() {
    long nio =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return Math.max(
        Math.max(nio, PlatformDependent.usedDirectMemory()),
        PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory());
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long clientsBound() {
    return Math.min(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory()) / 4;
  }

  private static int ioThreads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("hydrion-io"))
            .count();
  }

  @Test
  void idleSlowAndDeafClients_leaveTheServerAnsweringWithinItsMemory() throws Exception {
    assumeTrue(Descriptors.areKnown(), "no /proc");
    int descriptors = Descriptors.open().size();
    long heapBefore = heapBytes();
    List<Wire> all = new ArrayList<>();
    Config config = Config.builder().port(0).bind("127.0.0.1").set("maxclients", "20000").build();
    try (Hydrion server = Hydrion.start(config)) {
      try (Wire other = new Wire(server.port())) {
        other.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + VALUE + "\r\n");
        other.send("x".repeat(VALUE) + "\r\n");
        assertThat(other.line()).isEqualTo("+OK");
        int idle = idleConnections();
        for (int i = 0; i < idle; i++) {
          all.add(new Wire(server.port()));
        }
        assertAnswers(other);
        List<Wire> slow = connect(server, SLOW, all);
        List<Wire> deaf = connect(server, NOT_READING, all);
        Prober prober = new Prober(server.port());
        prober.start();
        byte[] gets = Bytes.of("GET big\r\n".repeat(50));
        for (Wire wire : deaf) {
          wire.send(gets);
        }
        String ping = "*1\r\n$4\r\nPING\r\n";
        for (int i = 0; i < ping.length(); i++) {
          for (Wire wire : slow) {
            wire.send(ping.substring(i, i + 1));
          }
        }
        for (Wire wire : slow) {
          assertThat(wire.line()).isEqualTo("+PONG");
        }
        prober.finish();
        assertThat(prober.longestMillis).as("longest answer").isLessThan(ANSWER_MILLIS_MAX);
        assertThat(prober.directMax)
            .as("direct memory, of which replies may have %d", clientsBound())
            .isLessThan(clientsBound() + SLACK);
        assertThat(heapBytes() - heapBefore).as("heap").isLessThan(idle * 4096L + SLACK);
        assertAnswers(other);
      } finally {
        for (Wire wire : all) {
          wire.close();
        }
      }
      try (Wire other = new Wire(server.port())) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> Descriptors.open().size() < descriptors + JVM_DESCRIPTORS + 20);
        assertAnswers(other);
      }
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Descriptors.open().size() <= descriptors + JVM_DESCRIPTORS);
    assertThat(ioThreads()).isZero();
    assertThat(
            PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
                .mapToLong(arena -> arena.numActiveBytes())
                .sum())
        .as("pooled buffers in use")
        .isLessThan(64L << 20);
  }

  private static List<Wire> connect(Hydrion server, int count, List<Wire> all) throws IOException {
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Wire wire = new Wire(server.port());
      wires.add(wire);
      all.add(wire);
    }
    return wires;
  }

  private static void assertAnswers(Wire wire) throws IOException {
    long start = System.nanoTime();
    assertThat(wire.ask("PING")).isEqualTo("+PONG");
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
        .isLessThan(ANSWER_MILLIS_MAX);
  }

  /** A client that asks all the while, times the answers and looks at the memory. */
  private static final class Prober extends Thread {
    private final Wire wire;
    private volatile boolean ending;
    private volatile IOException failure;
    volatile long longestMillis;
    volatile long directMax;

    Prober(int port) throws IOException {
      super("prober");
      wire = new Wire(port);
    }

    @Override
    public void run() {
      try (wire) {
        int answers = 0;
        while (!ending || answers < 100) {
          long start = System.nanoTime();
          assertThat(wire.ask(answers % 2 == 0 ? "SET probe x" : "GET probe"))
              .isEqualTo(answers % 2 == 0 ? "+OK" : "$1");
          if (answers % 2 == 1) {
            assertThat(wire.line()).isEqualTo("x");
          }
          long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
          longestMillis = Math.max(longestMillis, millis);
          directMax = Math.max(directMax, directBytes());
          answers++;
        }
      } catch (IOException e) {
        failure = e;
      }
    }

    void finish() throws Exception {
      ending = true;
      join(30_000);
      assertThat(isAlive()).isFalse();
      if (failure != null) {
        throw failure;
      }
    }
  }
}
