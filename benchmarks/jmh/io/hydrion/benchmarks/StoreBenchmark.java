package io.hydrion.benchmarks;

import io.hydrion.Hydrion;
import io.hydrion.Store;
import io.hydrion.util.Bytes;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** In-process GET and SET of random keys of 16 bytes with values of 64. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx2g", "-XX:+UseCompactObjectHeaders"})
public class StoreBenchmark {
  @Param({"10000", "1000000"})
  int keys;

  private Hydrion server;
  private Store store;
  private byte[][] names;
  private byte[] value;
  private byte[] into;
  private int[] order;
  private int next;

  @Setup(Level.Trial)
  public void fill() {
    server = Hydrion.start();
    store = server.store();
    SplittableRandom random = new SplittableRandom(42);
    names = new byte[keys][];
    value = new byte[64];
    random.nextBytes(value);
    into = new byte[64];
    for (int i = 0; i < keys; i++) {
      names[i] = Bytes.of(String.format("key:%012d", i));
      store.set(names[i], value);
    }
    order = random.ints(1 << 16, 0, keys).toArray();
  }

  @TearDown(Level.Trial)
  public void stop() {
    server.close();
  }

  private byte[] key() {
    return names[order[next++ & order.length - 1]];
  }

  @Benchmark
  public int getInto() {
    return store.get(key(), into);
  }

  @Benchmark
  public byte[] get() {
    return store.get(key());
  }

  @Benchmark
  public void set() {
    store.set(key(), value);
  }
}
