package io.hydrion.server;

import io.hydrion.config.OutputBufferLimits;
import io.hydrion.engine.Engine;
import io.hydrion.engine.Outlet;
import io.hydrion.engine.Session;
import io.hydrion.engine.Worker;
import io.hydrion.protocol.ReplySink;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Heap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** One client's socket: gives what comes in to the dispatcher and sends what goes out. */
final class Connection extends ChannelInboundHandlerAdapter implements Outlet {
  /*
   * A read is copied once, from Netty's buffer into the loop's scratch array, and parsed and run
   * there. Only what is left at its end, the start of a command whose rest has not come, moves into
   * an array of the connection's own, which then takes further reads until the command is whole.
   *
   * A client whose commands have run for long, or have made much of replies, leaves the rest of what
   * it sent for the loop's next round; until then nothing is read from it, so that a client cannot
   * keep the others waiting by what it sends in one go.
   *
   * Messages of others (publish, monitor, a served blocking command) are queued and written by the
   * connection's own loop, so that they never cut into a reply.
   *
   * Replies that tell of changes are not sent before the append log has these. Until then nothing is
   * sent, since replies go in order; commands go on to run, up to HELD_MAX bytes of replies.
   */
  private static final Logger LOG = LogManager.getLogger(Connection.class);

  /** Own arrays smaller than this are kept when they are empty. */
  private static final int KEPT_MAX = 32 * 1024;

  /** Growing an array beyond this size asks first whether the heap has room. */
  private static final int LARGE = 1024 * 1024;

  /** Replies that wait for the end of the read they answer are not counted up to this size. */
  private static final int UNCOUNTED_MAX = 64 * 1024;

  /** A client's turn is over when this many bytes of replies have been made in it. */
  private static final int TURN_REPLIES_MAX = 1024 * 1024;

  /** How many bytes of replies may wait for a client that has not given the password yet. */
  private static final int UNAUTHENTICATED_MAX = 17 * 1024;

  /** A halted client is not read from when it has this many bytes waiting. */
  private static final int HALTED_MAX = 64 * 1024;

  /** Commands of a client do not run while this many bytes of replies wait for the log. */
  private static final int HELD_MAX = 1024 * 1024;

  /**
   * What somebody else sends, whether it is still wanted when its turn comes, and the position of
   * the log that it hangs on.
   */
  private record Message(byte[] bytes, BooleanSupplier wanted, long position) {}

  private final Engine engine;
  private final LoopContext loop;
  private final Channel channel;
  private final Session session;
  private final Queue<Message> messages = new ConcurrentLinkedQueue<>();
  private final AtomicLong messageBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private byte[] pending = new byte[0];
  private int pendingFrom;
  private int pendingTo;
  private final ReplySink sink = this::drain;
  private int turnReplies;

  /** Commands that have come are to run in the loop's next round. */
  private boolean unfinished;

  /** The client sends nothing more. */
  private boolean ended;

  /** The position of the log that what has not been sent hangs on; 0: none. */
  private long awaited;

  /** Commands do not run, nor is anything read, until replies have been sent. */
  private boolean stalled;

  private long softLimitSinceMillis;

  private Connection(Engine engine, LoopContext loop, Channel channel, SessionAddresses addresses) {
    this.engine = engine;
    this.loop = loop;
    this.channel = channel;
    session =
        new Session(
            engine.sessions().nextId(),
            this,
            addresses.remote(),
            addresses.local(),
            addresses.isLoopback(),
            addresses.isUnix(),
            engine.clock().millis());
    session.decoder().setBulkLengthMax(engine.settings().protoMaxBulkLen());
    session.setAuthenticated(engine.settings().requirepass() == null);
  }

  /** Makes a connection whose client counts from now on, until the channel is inactive. */
  static Connection begin(
      Engine engine, LoopContext loop, Channel channel, SessionAddresses addresses) {
    Connection connection = new Connection(engine, loop, channel, addresses);
    engine.sessions().add(connection.session);
    return connection;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    while (unfinished && session.halt() == Session.Halt.NONE) {
      runTurn(); // what came before the end has been taken
    }
    session.closeAfterReply();
    pending = new byte[0];
    pendingFrom = 0;
    pendingTo = 0;
    messages.clear();
    session.queryCapacity = 0;
    engine.disconnected(session);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      ended = true;
      closeIfEnded();
    }
  }

  /** Closes when the client has ended and all it sent is done; replies go as far as they can. */
  private void closeIfEnded() {
    if (ended && !unfinished) {
      flush();
      if (!isHeld()) {
        channel.close();
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = (ByteBuf) msg;
    int n = in.readableBytes();
    loop.worker.stats().netInputBytes += n;
    loop.worker.stats().reads++;
    if (session.isClosing()) {
      in.release();
      return;
    }
    if (pendingTo == pendingFrom && session.halt() == Session.Halt.NONE) {
      // Nothing is pending, so nothing is unfinished either.
      in.getBytes(in.readerIndex(), loop.scratch, 0, n);
      in.release();
      int consumed = run(loop.scratch, 0, n);
      if (consumed < n && !session.isClosing() && append(n - consumed)) {
        System.arraycopy(loop.scratch, consumed, pending, pendingTo, n - consumed);
        pendingTo += n - consumed;
      }
      session.queryBytes = pendingTo - pendingFrom;
      if (unfinished) {
        goOnLater();
      }
    } else {
      try {
        if (!append(n)) {
          return;
        }
        in.getBytes(in.readerIndex(), pending, pendingTo, n);
      } finally {
        in.release();
      }
      pendingTo += n;
      runPending();
    }
    checkQueryBuffer();
  }

  /**
   * Makes room for more bytes behind those that are pending; false when there is none to be had.
   */
  private boolean append(int more) {
    int length = pendingTo - pendingFrom;
    if (pending.length - pendingTo >= more) {
      return true;
    }
    if (pending.length - length >= more && pendingFrom >= pending.length / 2) {
      System.arraycopy(pending, pendingFrom, pending, 0, length);
    } else {
      long wanted = Math.max((long) length + more, Math.min(length * 2L, 1L << 30));
      int size = (int) Math.min(Math.max(wanted, 1024), Integer.MAX_VALUE - 64);
      if (size > LARGE && !Heap.hasRoomFor(size)) {
        LOG.warn("Closing client {}: no room for its query buffer", session.address());
        session.cutOff();
        channel.close();
        return false;
      }
      session.queryCapacity = size;
      engine.clientMemory().update(session);
      if (session.isCutOff()) {
        return false;
      }
      byte[] grown = new byte[size];
      System.arraycopy(pending, pendingFrom, grown, 0, length);
      pending = grown;
    }
    pendingFrom = 0;
    pendingTo = length;
    return true;
  }

  /** Runs what is pending, unless it has to wait for the loop's next round. */
  private void runPending() {
    if (!unfinished) {
      runTurn();
      if (unfinished) {
        goOnLater();
      }
    }
    session.queryBytes = pendingTo - pendingFrom;
  }

  private void goOnLater() {
    channel.config().setAutoRead(false);
    loop.goOnLater(this, channel.eventLoop());
  }

  /** Goes on with what was left in the loop's last round. */
  void goOn() {
    if (!unfinished || session.isClosing() || stall()) {
      return;
    }
    unfinished = false;
    try {
      runPending();
      flush();
      readOn();
      closeIfEnded();
    } catch (RuntimeException | Error e) {
      channel.pipeline().fireExceptionCaught(e);
    }
  }

  private void readOn() {
    if (!unfinished && !ended && !stalled) {
      boolean waits = session.halt() != Session.Halt.NONE;
      channel.config().setAutoRead(!waits || pendingTo - pendingFrom <= HALTED_MAX);
    }
  }

  /** Lets commands wait while too many replies wait for the log. */
  private boolean stall() {
    if (awaited != 0 && !stalled && pendingBytes() > HELD_MAX) {
      stalled = true;
      channel.config().setAutoRead(false);
    }
    return stalled;
  }

  private void runTurn() {
    unfinished = false;
    if (session.halt() == Session.Halt.NONE && pendingTo > pendingFrom) {
      pendingFrom = run(pending, pendingFrom, pendingTo);
    }
    if (pendingFrom == pendingTo) {
      pendingFrom = 0;
      pendingTo = 0;
      if (pending.length > KEPT_MAX) {
        pending = new byte[0];
        session.queryCapacity = 0;
      }
    }
  }

  private int run(byte[] bytes, int from, int to) {
    writeMessages();
    Worker worker = loop.worker;
    RespWriter out = worker.out();
    out.setSink(sink);
    turnReplies = 0;
    int consumed;
    try {
      consumed = engine.dispatcher().process(session, worker, bytes, from, to);
    } finally {
      try {
        if (out.length() > 0) {
          write(out.bytes(), out.length());
        }
      } finally {
        out.clear(); // the next client's replies go there
      }
    }
    if (session.isClosing()) {
      finish();
    }
    unfinished = worker.isTurnOver() && consumed < to && session.halt() == Session.Halt.NONE;
    return consumed;
  }

  /** Takes replies while more of them are being made. */
  private void drain(byte[] bytes, int length) {
    write(bytes, length);
    turnReplies += length;
    if (turnReplies >= TURN_REPLIES_MAX) {
      loop.worker.endTurn();
    }
  }

  private void write(byte[] bytes, int length) {
    if (session.isCutOff()) {
      return;
    }
    awaited = Math.max(awaited, loop.worker.effects().takePosition());
    ByteBuf buffer = channel.alloc().directBuffer(length);
    buffer.writeBytes(bytes, 0, length);
    write(buffer);
  }

  private void write(ByteBuf buffer) {
    loop.worker.stats().netOutputBytes += buffer.readableBytes();
    channel.write(buffer, channel.voidPromise());
    long waiting = pendingBytes();
    checkOutput(waiting);
    if (waiting > UNCOUNTED_MAX) {
      flush();
      loop.closeOrdered();
    }
  }

  /** Closes when the replies written so far have left. */
  private void finish() {
    channel.write(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    flush();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    loop.sendLater(this, channel.eventLoop());
  }

  /**
   * Sends what was written, unless the log has yet to take what that tells of: then it is held back
   * until the log has.
   */
  void flush() {
    if (awaited == 0 || loop.isAcknowledged(this, awaited, channel.eventLoop())) {
      awaited = 0;
      channel.flush();
      loop.worker.stats().writes++;
    } else {
      boolean unused = stall();
    }
    engine.clientMemory().update(session);
  }

  /** Whether what was written last has been held back by {@link #flush}. */
  private boolean isHeld() {
    return awaited != 0;
  }

  /** Sends what was held back, and goes on with what had to wait for that. */
  void flushHeld() {
    flush();
    if (isHeld()) {
      return;
    }
    if (stalled) {
      stalled = false;
      if (unfinished) {
        goOnLater();
      } else {
        readOn();
      }
    }
    closeIfEnded();
  }

  /** Closes without what was held back: nobody knows whether what that tells of will survive. */
  void dropHeld() {
    session.cutOff();
    channel.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    engine.clientMemory().update(session);
  }

  private void checkQueryBuffer() {
    int waiting = pendingTo - pendingFrom;
    if (waiting + session.queuedBytes() > engine.settings().clientQueryBufferLimit()) {
      LOG.warn("Closing client {} that reached max query buffer length", session.address());
      session.cutOff();
      channel.close();
    } else if (session.halt() != Session.Halt.NONE && waiting > HALTED_MAX) {
      channel.config().setAutoRead(false);
    }
  }

  /** Closes a client that does not take its replies, by the limits of its class. */
  void checkOutput() {
    checkOutput(pendingBytes());
  }

  private void checkOutput(long bytes) {
    if (bytes > session.outputBytesMax) {
      session.outputBytesMax = bytes;
    }
    OutputBufferLimits limits = engine.settings().clientOutputBufferLimits();
    OutputBufferLimits.Limit limit =
        session.isSubscribed() || session.isMonitor() ? limits.pubsub() : limits.normal();
    boolean beyond = reaches(bytes, limit.hardBytes());
    beyond |= bytes > UNAUTHENTICATED_MAX && !session.isAuthenticated();
    if (reaches(bytes, limit.softBytes())) {
      long now = engine.clock().millis();
      if (softLimitSinceMillis == 0) {
        softLimitSinceMillis = now;
      }
      beyond |= (now - softLimitSinceMillis) / 1000 > limit.softSeconds();
    } else {
      softLimitSinceMillis = 0;
    }
    if (beyond && !session.isCutOff() && channel.isActive()) {
      LOG.warn(
          "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
          session.address());
      session.cutOff();
      channel.eventLoop().execute(channel::close);
    }
  }

  private static boolean reaches(long bytes, long limit) {
    return limit != 0 && Long.compareUnsigned(bytes, limit) >= 0;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("connection {} failed", session.address(), cause);
    }
    ctx.close();
  }

  @Override
  public void send(byte[] bytes) {
    send(bytes, () -> true);
  }

  @Override
  public void send(byte[] bytes, BooleanSupplier wanted) {
    send(new Message(bytes, wanted, 0));
  }

  @Override
  public void reply(byte[] bytes, long position) {
    send(new Message(bytes, () -> true, position));
  }

  private void send(Message message) {
    if (session.isCutOff()) {
      return;
    }
    messages.add(message);
    messageBytes.addAndGet(message.bytes.length);
    if (scheduled.compareAndSet(false, true)) {
      channel.eventLoop().execute(this::sendMessages);
    }
  }

  private void sendMessages() {
    scheduled.set(false);
    writeMessages();
    flush();
  }

  private void writeMessages() {
    for (Message message; (message = messages.poll()) != null; ) {
      messageBytes.addAndGet(-message.bytes.length);
      if (channel.isActive() && !session.isCutOff() && message.wanted.getAsBoolean()) {
        awaited = Math.max(awaited, message.position);
        write(Unpooled.wrappedBuffer(message.bytes));
      }
    }
  }

  /** Closes at once; called by the connection's own loop. */
  void closeNow() {
    session.closeAfterReply();
    channel.close();
  }

  @Override
  public void close(boolean gently) {
    if (gently) {
      execute(
          () -> {
            session.closeAfterReply();
            finish();
          });
    } else if (channel.eventLoop().inEventLoop()) {
      closeNow();
    } else {
      loop.orderClose(this);
      execute(loop::closeOrdered);
    }
  }

  @Override
  public void resume() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (session.resume()) {
                runPending();
                flush();
                if (session.halt() == Session.Halt.NONE) {
                  readOn();
                }
              }
            });
  }

  @Override
  public long pendingBytes() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return (buffer == null ? 0 : buffer.totalPendingWriteBytes()) + messageBytes.get();
  }

  @Override
  public int pendingPieces() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return (buffer == null ? 0 : buffer.size()) + messages.size();
  }

  @Override
  public int descriptor() {
    return channel instanceof UnixChannel socket ? socket.fd().intValue() : -1;
  }

  @Override
  public void execute(Runnable task) {
    channel.eventLoop().execute(task);
  }
}
