package io.hydrion.server;

import io.hydrion.config.Settings;
import io.hydrion.engine.Engine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The listeners of the RESP port and their event loops. */
public final class RespServer implements AutoCloseable {
  private final Engine engine;
  private final Settings settings;
  private final Transports transport;
  private final EventLoopGroup loops;
  private final Map<EventLoop, LoopContext> contexts = new IdentityHashMap<>();
  private final List<Channel> listeners = new ArrayList<>();

  /** Makes the event loops; {@link #listen} begins to take connections. */
  public RespServer(Engine engine) {
    this.engine = engine;
    settings = engine.settings();
    transport = Transports.of(settings.transport());
    int threads = Engine.ioThreads(settings);
    loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("hydrion-io"), transport.handlers());
    for (EventExecutor loop : loops) {
      contexts.put((EventLoop) loop, new LoopContext(engine.newWorker()));
    }
  }

  /** Takes connections on an address and a port; 0 picks a free one. */
  public int listen(String host, int port) throws IOException {
    Channel channel = bind(transport.serverChannel(), new InetSocketAddress(host, port), true);
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private Channel bind(
      Class<? extends io.netty.channel.ServerChannel> type, SocketAddress address, boolean tcp)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(LoopContext.READ_BYTES).maxMessagesPerRead(1))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                });
    if (tcp) {
      bootstrap
          .option(ChannelOption.SO_BACKLOG, settings.tcpBacklog())
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true);
    }
    io.netty.channel.ChannelFuture future = bootstrap.bind(address).awaitUninterruptibly();
    if (!future.isSuccess()) {
      throw new IOException(future.cause().getMessage(), future.cause());
    }
    listeners.add(future.channel());
    return future.channel();
  }

  private void accept(Channel channel) {
    if (engine.sessions().size() >= settings.maxclients()) {
      engine.sessions().countRejected();
      refuse(channel, "ERR max number of clients reached");
      return;
    }
    SessionAddresses addresses = SessionAddresses.of(channel);
    LoopContext context = contexts.get(channel.eventLoop());
    channel.pipeline().addLast(new Connection(engine, context, channel, addresses));
  }

  private static void refuse(Channel channel, String error) {
    ByteBuf reply = Unpooled.wrappedBuffer(Engine.errorReply(error));
    channel
        .eventLoop()
        .execute(
            () -> channel.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE));
  }

  /** Takes no more connections, ends all there are and stops the event loops. */
  @Override
  public void close() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
