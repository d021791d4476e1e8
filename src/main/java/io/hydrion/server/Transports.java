package io.hydrion.server;

import io.hydrion.config.ConfigException;
import io.hydrion.config.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The ways to reach the kernel's sockets. */
enum Transports {
  EPOLL,
  IO_URING,
  NIO;

  /** The transport that is asked for; epoll where it works, else NIO, when none is. */
  static Transports of(Transport wanted) {
    Transports transport =
        switch (wanted) {
          case EPOLL -> EPOLL;
          case IO_URING -> IO_URING;
          case NIO -> NIO;
          case AUTO -> Epoll.isAvailable() ? EPOLL : NIO;
        };
    Throwable obstacle = transport.unavailability();
    if (obstacle != null) {
      String name = wanted.name().toLowerCase(Locale.ROOT);
      throw ConfigException.of(
          "transport", "transport " + name + " does not work here: " + obstacle);
    }
    return transport;
  }

  /** Why the transport cannot be used on this machine; null when it can. */
  private @Nullable Throwable unavailability() {
    return switch (this) {
      case EPOLL -> Epoll.unavailabilityCause();
      case IO_URING -> IoUring.unavailabilityCause();
      case NIO -> null;
    };
  }

  IoHandlerFactory handlers() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case IO_URING -> IoUringIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case EPOLL -> EpollServerSocketChannel.class;
      case IO_URING -> IoUringServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  /** The class of listeners on a socket file. */
  Class<? extends ServerChannel> domainServerChannel() {
    return switch (this) {
      case EPOLL -> EpollServerDomainSocketChannel.class;
      case IO_URING, NIO ->
          throw ConfigException.of("unixsocket", "unixsocket needs the epoll transport");
    };
  }

  /**
   * Lets the kernel ask silent peers whether they are still there, after so many seconds; 0: never.
   */
  void keepAlive(ServerBootstrap bootstrap, int seconds) {
    if (seconds == 0) {
      return;
    }
    bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
    if (this == EPOLL) {
      bootstrap
          .childOption(EpollChannelOption.TCP_KEEPIDLE, seconds)
          .childOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, seconds / 3))
          .childOption(EpollChannelOption.TCP_KEEPCNT, 3);
    }
  }
}
