package io.hydrion.benchmarks;

import io.hydrion.command.Commands;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.engine.Engine;
import io.hydrion.engine.Outlet;
import io.hydrion.engine.Session;
import io.hydrion.engine.Worker;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole path of a read of some commands on random keys, from its bytes to the bytes of its
 * replies, without a socket; figures are per command.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx3g", "-Xmn48m", "-XX:+UseCompactObjectHeaders"})
public class DispatchBenchmark {
  private static final int COMMANDS = 1 << 12;

  @Param({"1", "16", "64"})
  int depth;

  @Param({"1000000", "5000000"})
  int keys;

  private Engine engine;
  private Worker worker;
  private Session session;
  private byte[][] gets;
  private byte[][] sets;

  @Setup(Level.Trial)
  public void fill() {
    Settings settings = new Settings(Config.builder().port(0).set("io-threads", "1").build());
    SplittableRandom random = new SplittableRandom(42);
    engine = new Engine(settings, Commands.all(), Map.of(), Clock.system(), random);
    worker = engine.newWorker();
    session = new Session(1, new Nowhere(), "jmh:0", "jmh:0", true, false, 0);
    session.setAuthenticated(true);
    String value = "v".repeat(64);
    for (int i = 0; i < keys; i++) {
      run(Bytes.of(set(i, value)));
    }
    gets = new byte[COMMANDS / depth][];
    sets = new byte[COMMANDS / depth][];
    for (int i = 0; i < gets.length; i++) {
      StringBuilder get = new StringBuilder();
      StringBuilder set = new StringBuilder();
      for (int k = 0; k < depth; k++) {
        get.append("*2\r\n$3\r\nGET\r\n$16\r\n").append(key(random.nextInt(keys))).append("\r\n");
        set.append(set(random.nextInt(keys), value));
      }
      gets[i] = Bytes.of(get.toString());
      sets[i] = Bytes.of(set.toString());
    }
  }

  private static String key(int i) {
    return String.format("key:%012d", i);
  }

  private static String set(int i, String value) {
    return "*3\r\n$3\r\nSET\r\n$16\r\n" + key(i) + "\r\n$64\r\n" + value + "\r\n";
  }

  @TearDown(Level.Trial)
  public void stop() {
    engine.close();
  }

  private int run(byte[] bytes) {
    engine.dispatcher().process(session, worker, bytes, 0, bytes.length);
    int replied = worker.out().length();
    worker.out().clear();
    return replied;
  }

  private int runAll(byte[][] reads) {
    int sum = 0;
    for (byte[] read : reads) {
      sum += run(read);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(COMMANDS)
  public int get() {
    return runAll(gets);
  }

  @Benchmark
  @OperationsPerInvocation(COMMANDS)
  public int set() {
    return runAll(sets);
  }

  private static final class Nowhere implements Outlet {
    @Override
    public void send(byte[] bytes) {}

    @Override
    public void close(boolean gently) {}

    @Override
    public void resume() {}

    @Override
    public long pendingBytes() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }
  }
}
