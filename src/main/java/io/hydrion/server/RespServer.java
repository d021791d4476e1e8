package io.hydrion.server;

import static java.util.Objects.requireNonNull;

import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.engine.Engine;
import io.hydrion.engine.Session;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The listeners of the RESP port and their event loops. */
public final class RespServer implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(RespServer.class);

  private final Engine engine;
  private final Settings settings;
  private final Transports transport;
  private final EventLoopGroup loops;

  /** Takes the connections: a thread that runs no command, so that a command may wait for it. */
  private final EventLoopGroup acceptor;

  /** Held from the count of the clients until the new one counts too: the loops admit at once. */
  private final Object admission = new Object();

  private final Map<EventLoop, LoopContext> contexts = new IdentityHashMap<>();
  private final List<Channel> listeners = new ArrayList<>();
  private @Nullable Channel unixListener;
  private @Nullable Path unixSocket;
  private volatile int port;

  /** Makes the event loops; {@link #listen} begins to take connections. */
  public RespServer(Engine engine) {
    this.engine = engine;
    settings = engine.settings();
    transport = Transports.of(settings.transport());
    long available =
        Math.min(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory());
    engine.clientMemory().setAvailable(available);
    int threads = Engine.ioThreads(settings);
    loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("hydrion-io"), transport.handlers());
    acceptor = acceptorBeside(loops, transport);
    for (EventExecutor loop : loops) {
      contexts.put((EventLoop) loop, new LoopContext(engine.newWorker()));
    }
  }

  /** The group of the accepting thread; the other one is closed when there is none to be had. */
  private static EventLoopGroup acceptorBeside(EventLoopGroup loops, Transports transport) {
    boolean made = false;
    try {
      EventLoopGroup acceptor =
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("hydrion-accept"), transport.handlers());
      made = true;
      return acceptor;
    } finally {
      if (!made) {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
      }
    }
  }

  /** Takes connections on all addresses, the port and the socket file that are configured. */
  public void listen(Config config) throws IOException {
    int wanted = config.port();
    if (wanted != 0 || config.ephemeralPort()) {
      listen(config.bind(), wanted);
    }
    String path = config.unixsocket();
    if (path != null && !path.isEmpty()) {
      listenUnix(config.resolve(path));
    }
    settings.update("port", Integer.toString(port));
    settings.onChange("bind", s -> relisten("Failed to bind to specified addresses."));
    settings.onChange("port", s -> relisten("Unable to listen on this port. Check server logs."));
    engine.cron().scheduleWithFixedDelay(this::lookAfterClients, 1, 1, TimeUnit.SECONDS);
  }

  private synchronized void listen(List<String> hosts, int wanted) throws IOException {
    port = 0;
    for (String host : hosts) {
      listen(host, port != 0 ? port : wanted);
    }
    if (listeners.isEmpty()) {
      throw new IOException("Failed listening on port " + wanted + " (TCP), aborting.");
    }
  }

  /**
   * Moves the TCP listeners to where the settings say; connections stay. When that fails the
   * settings take their old values back and have this called again.
   */
  private @Nullable String relisten(String refusal) {
    closeListeners();
    port = 0;
    try {
      if (settings.port() != 0) {
        listen(settings.bind(), settings.port());
      }
      return null;
    } catch (IOException e) {
      closeListeners();
      return refusal;
    }
  }

  private synchronized void closeListeners() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
    listeners.clear();
  }

  /** The port of TCP clients; 0 when there is none. */
  public int port() {
    return port;
  }

  /** An address with a minus before it may be missing on this machine. */
  private void listen(String host, int wantedPort) throws IOException {
    boolean optional = host.startsWith("-");
    String address = optional ? host.substring(1) : host;
    InetSocketAddress socket =
        switch (address) {
          case "*" -> new InetSocketAddress("0.0.0.0", wantedPort);
          case "::*" -> new InetSocketAddress("::", wantedPort);
          default -> new InetSocketAddress(address, wantedPort);
        };
    try {
      Channel channel = bind(transport.serverChannel(), socket, true);
      listeners.add(channel);
      port = ((InetSocketAddress) channel.localAddress()).getPort();
    } catch (IOException e) {
      String message =
          "Could not create server TCP listening socket "
              + address
              + ":"
              + wantedPort
              + ": bind: "
              + reason(e);
      if (optional && !(e.getCause() instanceof BindException && isInUse(e))) {
        LOG.debug(message);
        return;
      }
      if (optional && !listeners.isEmpty() && address.startsWith("::")) {
        return; // the IPv4 wildcard socket of this server takes IPv6 connections too
      }
      LOG.warn(message);
      throw new IOException("Failed listening on port " + wantedPort + " (TCP), aborting.", e);
    }
  }

  private static boolean isInUse(IOException e) {
    return reason(e).contains("in use");
  }

  /** The kernel's words alone: Netty puts the call's name before them. */
  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.substring(message.lastIndexOf(": ") + 1).trim();
  }

  private void listenUnix(Path path) throws IOException {
    Files.deleteIfExists(path);
    unixListener =
        bind(transport.domainServerChannel(), new DomainSocketAddress(path.toFile()), false);
    unixSocket = path;
    int permissions = settings.unixsocketperm();
    if (permissions > 0) {
      Files.setPosixFilePermissions(path, posix(permissions));
    }
  }

  private static Set<PosixFilePermission> posix(int mode) {
    PosixFilePermission[] byBit = PosixFilePermission.values();
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < byBit.length; bit++) {
      if ((mode & 1 << (byBit.length - 1 - bit)) != 0) {
        permissions.add(byBit[bit]);
      }
    }
    return permissions;
  }

  private Channel bind(Class<? extends ServerChannel> type, SocketAddress address, boolean tcp)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor, loops)
            .channel(type)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true) // replies go out before the end
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
      transport.keepAlive(bootstrap, settings.tcpKeepalive());
    }
    ChannelFuture future = bootstrap.bind(address).awaitUninterruptibly();
    if (!future.isSuccess()) {
      throw new IOException(future.cause().getMessage(), future.cause());
    }
    return future.channel();
  }

  private void accept(Channel channel) {
    SessionAddresses addresses = SessionAddresses.of(channel);
    LoopContext context = requireNonNull(contexts.get(channel.eventLoop()));
    String refusal;
    synchronized (admission) {
      refusal = refusal(addresses);
      if (refusal == null) {
        channel.pipeline().addLast(Connection.begin(engine, context, channel, addresses));
      }
    }
    if (refusal != null) {
      engine.sessions().countRejected();
      refuse(channel, refusal);
    }
  }

  /** Why a client is not let in; null when it is. */
  private @Nullable String refusal(SessionAddresses addresses) {
    if (engine.sessions().size() >= settings.maxclients()) {
      return "ERR max number of clients reached";
    }
    return isProtected(settings, addresses) ? PROTECTED : null;
  }

  /** Whether a client from elsewhere is refused because nobody has set a password. */
  static boolean isProtected(Settings settings, SessionAddresses addresses) {
    return settings.protectedMode() && settings.requirepass() == null && !addresses.isLoopback();
  }

  private static final String PROTECTED =
      "DENIED Hydrion is running in protected mode because protected mode is enabled and no"
          + " password is set for the default user. In this mode connections are only accepted from"
          + " the loopback interface. To connect from other hosts, set a password (requirepass),"
          + " or, on a network that can be trusted, disable protected mode: CONFIG SET"
          + " protected-mode no from this host, or protected-mode no in the configuration file.";

  /** What has to be done though no client does anything; runs every second. */
  private void lookAfterClients() {
    try {
      closeIdle();
      for (Session session : engine.sessions().all()) {
        if (session.outlet() instanceof Connection connection && connection.pendingBytes() > 0) {
          connection.execute(connection::checkOutput);
        }
      }
      engine.clientMemory().updateAll();
    } catch (RuntimeException | AssertionError e) {
      LOG.error("looking after the clients failed", e);
    }
  }

  /** Closes clients that have been silent for longer than the timeout. */
  private void closeIdle() {
    long timeoutMillis = settings.timeout() * 1000L;
    if (timeoutMillis == 0) {
      return;
    }
    long now = engine.clock().millis();
    for (Session session : engine.sessions().all()) {
      if (now - session.lastActiveMillis() > timeoutMillis
          && !session.isBlocked()
          && !session.isOnErrand()
          && !session.isSubscribed()
          && !session.isMonitor()) {
        LOG.debug("Closing idle client {}", session.address());
        session.outlet().close(false);
      }
    }
  }

  private static void refuse(Channel channel, String error) {
    ByteBuf reply = Unpooled.wrappedBuffer(Engine.errorReply(error));
    channel
        .eventLoop()
        .execute(() -> channel.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE));
  }

  /** Takes no more connections, ends all there are and stops the event loops. */
  @Override
  public void close() {
    closeListeners();
    if (unixListener != null) {
      unixListener.close().awaitUninterruptibly();
    }
    for (Session session : engine.sessions().all()) {
      session.outlet().close(true);
    }
    acceptor.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    acceptor.terminationFuture().awaitUninterruptibly();
    if (unixSocket != null) {
      boolean unused = unixSocket.toFile().delete();
    }
  }
}
