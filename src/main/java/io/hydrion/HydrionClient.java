package io.hydrion;

import io.hydrion.engine.Engine;
import io.hydrion.engine.Outlet;
import io.hydrion.engine.Session;
import io.hydrion.engine.Worker;
import io.hydrion.protocol.RespReader;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client of an embedded server, in the same process: any command, no socket. What a connection
 * keeps (database, transaction, subscriptions, name) this client keeps too. Thread-safe: one
 * command at a time.
 */
public final class HydrionClient implements AutoCloseable {
  /** The server answered with an error; the message is its text, code first. */
  public static final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CommandException(String message) {
      super(message);
    }
  }

  /** Messages that nobody fetched; the oldest are dropped beyond so many. */
  private static final int MESSAGES_MAX = 10_000;

  private final Engine engine;
  private final Worker worker;
  private final Session session;
  private final Inbox inbox = new Inbox();
  private volatile boolean closed;
  private boolean released;

  HydrionClient(Engine engine) {
    this.engine = engine;
    worker = engine.newWorker();
    session =
        new Session(
            engine.sessions().nextId(),
            inbox,
            "in-process:0",
            "in-process:0",
            true,
            false,
            engine.clock().millis());
    session.setAuthenticated(true);
    engine.sessions().add(session);
  }

  /**
   * Runs a command given as texts, which are sent as UTF-8.
   *
   * @return strings as {@code byte[]}, status replies as {@code String}, numbers as {@code Long},
   *     arrays as {@code List}, RESP3's other types as their Java counterparts, no value as null
   * @throws CommandException when the reply is an error
   * @throws java.io.UncheckedIOException when the append log failed before it had what was changed
   */
  public @Nullable Object call(String... arguments) {
    byte[][] bytes = new byte[arguments.length][];
    for (int i = 0; i < arguments.length; i++) {
      bytes[i] = Bytes.utf8(arguments[i]);
    }
    return call(bytes);
  }

  /** Runs a command; see {@link #call(String...)}. */
  public synchronized @Nullable Object call(byte[]... arguments) {
    if (closed || session.isClosing()) {
      throw new IllegalStateException("the client is closed");
    }
    RespWriter request = new RespWriter();
    request.array(arguments.length);
    for (byte[] argument : arguments) {
      request.bulk(argument);
    }
    Object reply = reply(run(request.toBytes()));
    if (reply instanceof RespReader.ReplyError error) {
      throw new CommandException(error.message());
    }
    return reply;
  }

  /**
   * Takes the reply out of what a command has led to. What else there is goes to the messages:
   * pushes of others that came first, confirmations of a command with several.
   */
  private @Nullable Object reply(byte[] bytes) {
    RespReader reader = new RespReader(bytes, bytes.length);
    Object reply = null;
    boolean found = false;
    Object push = null;
    while (reader.hasNext()) {
      boolean isPush = reader.isPush();
      Object next = reader.next();
      if (isPush && push == null) {
        push = next;
      } else if (isPush || found) {
        inbox.offer(next);
      } else {
        reply = next;
        found = true;
      }
    }
    if (!found) {
      return push;
    }
    inbox.offer(push);
    return reply;
  }

  private byte[] run(byte[] request) {
    RespWriter out = worker.out();
    out.clear();
    ByteArrayOutputStream replies = new ByteArrayOutputStream();
    int at = 0;
    long position = 0;
    while (true) {
      at = engine.dispatcher().process(session, worker, request, at, request.length);
      position = Math.max(position, worker.effects().takePosition());
      replies.write(out.bytes(), 0, out.length());
      out.clear();
      if (session.halt() == Session.Halt.NONE || session.isClosing()) {
        break;
      }
      replies.writeBytes(inbox.awaitResume());
      position = Math.max(position, inbox.servedPosition);
      if (!session.resume() || at == request.length) {
        break;
      }
    }
    engine.durability().await(position);
    if ((closed || session.isClosing()) && replies.size() == 0) {
      throw new IllegalStateException("the client has been closed");
    }
    return replies.toByteArray();
  }

  /** The value of a key as UTF-8 text; null when there is none. */
  public @Nullable String get(String key) {
    return call("GET", key) instanceof byte[] value
        ? new String(value, StandardCharsets.UTF_8)
        : null;
  }

  /** Gives a key a text for its value. */
  public void set(String key, String value) {
    call("SET", key, value);
  }

  /**
   * The next message of a subscription ({@code [type, channel, payload]}), or null when none comes
   * in time.
   */
  public @Nullable Object message(long timeoutMillis) throws InterruptedException {
    return inbox.messages.poll(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  /** Ends the client; a call of another thread that waits ends with an exception. */
  @Override
  public void close() {
    closed = true;
    inbox.wake(); // a waiting call holds the monitor
    release();
  }

  private synchronized void release() {
    if (!released) {
      released = true;
      session.closeAfterReply();
      engine.disconnected(session);
      engine.retire(worker);
    }
  }

  /** What comes without being asked for. */
  private final class Inbox implements Outlet {
    final BlockingQueue<Object> messages = new LinkedBlockingQueue<>(MESSAGES_MAX);
    private final BlockingQueue<byte[]> resumptions = new LinkedBlockingQueue<>(16);
    private byte[] served = Bytes.EMPTY;
    private volatile long servedPosition;

    void offer(@Nullable Object message) {
      while (message != null && !messages.offer(message)) {
        messages.poll();
      }
    }

    @Override
    public void send(byte[] bytes) {
      RespReader reader = new RespReader(bytes, bytes.length);
      while (reader.hasNext()) {
        Object message = reader.next();
        if (message instanceof List<?> || message instanceof Map<?, ?>) {
          offer(message);
        }
      }
    }

    @Override
    public void reply(byte[] bytes, long position) {
      served = bytes;
      servedPosition = position;
    }

    @Override
    public void close(boolean gently) {
      session.closeAfterReply();
      wake();
    }

    void wake() {
      boolean unused = resumptions.offer(Bytes.EMPTY);
    }

    @Override
    public void resume() {
      boolean unused = resumptions.offer(served);
      served = Bytes.EMPTY;
    }

    byte[] awaitResume() {
      try {
        return resumptions.take();
      } catch (InterruptedException e) {
        if (!engine.giveUp(session)) {
          takeUninterruptibly();
        }
        session.resume();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a command was blocked", e);
      }
    }

    /** Takes the resumption that is on its way, lest a later command took it for its own. */
    private void takeUninterruptibly() {
      while (true) {
        try {
          byte[] unused = resumptions.take();
          return;
        } catch (InterruptedException e) {
          continue; // the interrupt is already being answered
        }
      }
    }

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
