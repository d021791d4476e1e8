import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A load generator that mixes GET and SET, which redis-benchmark cannot: one thread, some
 * connections, one request at a time on each, and exact latencies.
 *
 * <p>Arguments: port, connections, keys, percent of GETs, requests per second (0: as fast as the
 * connections go), seconds of warm-up, seconds, seed. With a rate, a latency counts from the moment
 * its request was due, so that a pause of the server counts for every request it delays.
 *
 * <p>Prints a line for GET and one for SET: name, requests per second, p50, p99, p99.9, longest
 * (µs). Runs from source: {@code java MixedLoad.java …}, Java 17 or newer.
 */
final class MixedLoad {
  private static final int VALUE_BYTES = 64;
  private static final byte[] VALUE = "x".repeat(VALUE_BYTES).getBytes();
  private static final int HIT_BYTES = "$64\r\n".length() + VALUE_BYTES + 2;
  private static final int SHORT_BYTES = "+OK\r\n".length(); // and "$-1\r\n"
  private static final int LATENCY_US_MAX = 2_000_000;

  private static final class Connection {
    final SocketChannel channel;
    final ByteBuffer in = ByteBuffer.allocateDirect(4096);
    long dueNs;
    boolean read;

    Connection(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** Counts by latency in steps of 1 µs. */
  private static final class Histogram {
    final int[] counts = new int[LATENCY_US_MAX + 1];
    long total;

    void add(long latencyNs) {
      counts[(int) Math.min(LATENCY_US_MAX, latencyNs / 1000)]++;
      total++;
    }

    int percentileUs(double percent) {
      long rank = (long) Math.ceil(total * percent / 100);
      long seen = 0;
      for (int us = 0; us < counts.length; us++) {
        seen += counts[us];
        if (seen >= rank) {
          return us;
        }
      }
      return LATENCY_US_MAX;
    }

    void print(String name, double seconds) {
      System.out.printf(
          "%s %.0f %d %d %d %d%n",
          name,
          total / seconds,
          percentileUs(50),
          percentileUs(99),
          percentileUs(99.9),
          percentileUs(100));
    }
  }

  private final ByteBuffer out = ByteBuffer.allocateDirect(512);
  private final byte[] key = "key:000000000000".getBytes();
  private final SplittableRandom random;
  private final int keys;
  private final int readPercent;

  private MixedLoad(int keys, int readPercent, long seed) {
    this.keys = keys;
    this.readPercent = readPercent;
    this.random = new SplittableRandom(seed);
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    int connections = Integer.parseInt(args[1]);
    MixedLoad load =
        new MixedLoad(
            Integer.parseInt(args[2]), Integer.parseInt(args[3]), Long.parseLong(args[7]));
    load.run(
        port,
        connections,
        Double.parseDouble(args[4]),
        Double.parseDouble(args[5]),
        Double.parseDouble(args[6]));
  }

  private void run(int port, int connections, double rate, double warmS, double seconds)
      throws IOException {
    Histogram gets = new Histogram();
    Histogram sets = new Histogram();
    try (Selector selector = Selector.open()) {
      List<Connection> all = new ArrayList<>();
      ArrayDeque<Connection> idle = new ArrayDeque<>();
      for (int i = 0; i < connections; i++) {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        Connection c = new Connection(channel);
        channel.register(selector, SelectionKey.OP_READ, c);
        all.add(c);
        idle.add(c);
      }
      boolean paced = rate > 0;
      double intervalNs = paced ? 1e9 / rate : 0;
      long beginNs = System.nanoTime();
      long countFromNs = beginNs + (long) (warmS * 1e9);
      long endNs = countFromNs + (long) (seconds * 1e9);
      long sent = 0;
      while (true) {
        long nowNs = System.nanoTime();
        if (nowNs >= endNs) {
          break;
        }
        while (!idle.isEmpty()) {
          long dueNs = paced ? beginNs + (long) (sent * intervalNs) : System.nanoTime();
          if (dueNs > nowNs && paced) {
            break;
          }
          send(idle.poll(), dueNs);
          sent++;
        }
        // It has its core for itself: when requests are due at set times, it does not sleep.
        int ready = paced ? selector.selectNow() : selector.select(1000);
        if (ready == 0) {
          continue;
        }
        for (SelectionKey selected : selector.selectedKeys()) {
          Connection c = (Connection) selected.attachment();
          if (replied(c)) {
            if (c.dueNs >= countFromNs) {
              (c.read ? gets : sets).add(System.nanoTime() - c.dueNs);
            }
            idle.add(c);
          }
        }
        selector.selectedKeys().clear();
      }
      for (Connection c : all) {
        c.channel.close();
      }
    }
    gets.print("GET", seconds);
    sets.print("SET", seconds);
  }

  private void send(Connection c, long dueNs) throws IOException {
    c.dueNs = dueNs;
    c.read = random.nextInt(100) < readPercent;
    long number = random.nextInt(keys);
    for (int at = key.length - 1; at >= 4; at--) {
      key[at] = (byte) ('0' + number % 10);
      number /= 10;
    }
    out.clear();
    out.put(c.read ? GET : SET).put(key).put(CRLF);
    if (!c.read) {
      out.put(VALUE_SIZE).put(VALUE).put(CRLF);
    }
    out.flip();
    while (out.hasRemaining()) {
      c.channel.write(out);
    }
  }

  private static final byte[] GET = "*2\r\n$3\r\nGET\r\n$16\r\n".getBytes();
  private static final byte[] SET = "*3\r\n$3\r\nSET\r\n$16\r\n".getBytes();
  private static final byte[] VALUE_SIZE = ("$" + VALUE_BYTES + "\r\n").getBytes();
  private static final byte[] CRLF = "\r\n".getBytes();

  /** Whether the whole reply is there; then the buffer is empty again. */
  private static boolean replied(Connection c) throws IOException {
    if (c.channel.read(c.in) < 0) {
      throw new IOException("the server closed a connection");
    }
    int size = c.in.position();
    if (size < SHORT_BYTES) {
      return false;
    }
    if (c.in.get(0) == '-') {
      throw new IOException("the server answered an error");
    }
    if (size < (c.in.get(0) == '$' && c.in.get(1) != '-' ? HIT_BYTES : SHORT_BYTES)) {
      return false;
    }
    c.in.clear();
    return true;
  }
}
