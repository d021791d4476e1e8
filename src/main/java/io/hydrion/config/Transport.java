package io.hydrion.config;

/** How sockets are waited on; {@code AUTO} takes epoll where it loads, else NIO. */
public enum Transport {
  AUTO,
  EPOLL,
  IO_URING,
  NIO
}
