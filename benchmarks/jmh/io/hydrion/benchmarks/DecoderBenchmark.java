package io.hydrion.benchmarks;

import io.hydrion.protocol.CommandBatch;
import io.hydrion.protocol.RespDecoder;
import io.hydrion.util.Bytes;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decoding of a read of 64 commands; figures are per command. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecoderBenchmark {
  private static final int COMMANDS = 64;

  private final RespDecoder decoder = new RespDecoder();
  private final CommandBatch batch = new CommandBatch();
  private byte[] sets;
  private byte[] gets;
  private byte[] inline;

  @Setup
  public void write() {
    StringBuilder set = new StringBuilder();
    StringBuilder get = new StringBuilder();
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < COMMANDS; i++) {
      String key = String.format("key:%012d", i);
      set.append("*3\r\n$3\r\nSET\r\n$16\r\n").append(key).append("\r\n$64\r\n");
      set.append("v".repeat(64)).append("\r\n");
      get.append("*2\r\n$3\r\nGET\r\n$16\r\n").append(key).append("\r\n");
      line.append("GET ").append(key).append("\r\n");
    }
    sets = Bytes.of(set.toString());
    gets = Bytes.of(get.toString());
    inline = Bytes.of(line.toString());
  }

  private int decode(byte[] bytes) {
    batch.clear();
    return decoder.decode(bytes, 0, bytes.length, batch, CommandBatch.COMMANDS_MAX);
  }

  @Benchmark
  @OperationsPerInvocation(COMMANDS)
  public int set() {
    return decode(sets);
  }

  @Benchmark
  @OperationsPerInvocation(COMMANDS)
  public int get() {
    return decode(gets);
  }

  @Benchmark
  @OperationsPerInvocation(COMMANDS)
  public int inline() {
    return decode(inline.clone());
  }
}
