package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.Commands;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.protocol.RespReader;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import io.hydrion.util.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client without a socket, whose commands run on the thread that calls it. */
final class TestClient implements Outlet {
  /** What {@link #call} gives when the client has been made to wait. */
  static final String BLOCKED = "(blocked)";

  private static final byte[] RESUME = {};

  private final Engine engine;
  private final Worker worker;
  private final BlockingQueue<byte[]> sent = new LinkedBlockingQueue<>();
  final Session session;
  private byte[] rest = {};

  /** A server with default settings for such clients. */
  static Engine newEngine(Clock clock) {
    return new Engine(
        new Settings(Config.defaults()), Commands.all(), Map.of(), clock, new SplittableRandom(1));
  }

  TestClient(Engine engine) {
    this.engine = engine;
    worker = engine.newWorker();
    session = new Session(engine.sessions().nextId(), this, "a:1", "b:2", true, false, 0);
    session.setAuthenticated(true);
    engine.sessions().add(session);
  }

  String id() {
    return Long.toString(session.id());
  }

  /** The reply to a command: {@link #BLOCKED} when there is none yet. */
  @Nullable Object call(String... command) {
    List<@Nullable Object> replies = pipeline(command);
    return replies.isEmpty() ? BLOCKED : replies.getLast();
  }

  /** The replies to commands that are sent at once, as far as they have run. */
  List<@Nullable Object> pipeline(String[]... commands) {
    RespWriter bytes = new RespWriter();
    for (String[] command : commands) {
      bytes.array(command.length);
      Arrays.stream(command).forEach(bytes::bulk);
    }
    return run(bytes.toBytes());
  }

  /** The replies to inline commands, one a line. */
  List<@Nullable Object> inline(String lines) {
    return run(Bytes.of(lines));
  }

  private List<@Nullable Object> run(byte[] bytes) {
    RespWriter out = worker.out();
    out.clear();
    int consumed = engine.dispatcher().process(session, worker, bytes, 0, bytes.length);
    rest = Arrays.copyOfRange(bytes, consumed, bytes.length);
    return replies(out.toBytes());
  }

  private static List<@Nullable Object> replies(byte[] bytes) {
    RespReader reader = new RespReader(bytes, bytes.length);
    List<@Nullable Object> replies = new ArrayList<>();
    while (reader.hasNext()) {
      replies.add(plain(reader.next()));
    }
    return replies;
  }

  private static @Nullable Object plain(@Nullable Object reply) {
    if (reply instanceof byte[] bytes) {
      return Bytes.string(bytes);
    }
    if (reply instanceof RespReader.ReplyError error) {
      return "-" + error.message();
    }
    if (reply instanceof List<?> list) {
      List<@Nullable Object> plain = new ArrayList<>();
      list.forEach(each -> plain.add(plain(each)));
      return plain;
    }
    return reply;
  }

  /**
   * Waits until the client's wait has ended, runs what it sent meanwhile, and gives all replies.
   */
  List<@Nullable Object> awaitReplies() {
    List<@Nullable Object> replies = new ArrayList<>();
    while (true) {
      byte[] bytes = next(10_000);
      assertThat(bytes).as("the client waits no longer").isNotNull();
      if (bytes == RESUME) {
        session.resume();
        replies.addAll(run(rest));
        return replies;
      }
      replies.addAll(replies(bytes));
    }
  }

  @Nullable Object awaitReply() {
    List<@Nullable Object> replies = awaitReplies();
    assertThat(replies).hasSize(1);
    return replies.getFirst();
  }

  private byte @Nullable [] next(long millis) {
    try {
      return sent.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isWaiting() {
    return session.isBlocked() && sent.isEmpty();
  }

  /**
   * Ends the connection, and gives what was sent to the client and it never took: also what it is
   * being sent right now, when its wait has just ended.
   */
  List<@Nullable Object> disconnect() {
    boolean servedMeanwhile = session.isBlocked() && !engine.blocking().forget(session);
    engine.disconnected(session);
    List<@Nullable Object> replies = new ArrayList<>();
    for (byte[] bytes; (bytes = next(servedMeanwhile ? 10_000 : 0)) != null && bytes != RESUME; ) {
      replies.addAll(replies(bytes));
    }
    return replies;
  }

  @Override
  public void send(byte[] bytes) {
    sent.add(bytes);
  }

  @Override
  public void close(boolean gently) {}

  @Override
  public void resume() {
    sent.add(RESUME);
  }

  @Override
  public long pendingBytes() {
    return 0;
  }

  @Override
  public void execute(Runnable task) {}
}
