package io.hydrion.server;

import io.hydrion.util.Addresses;
import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** The two ends of a connection, in the form in which CLIENT LIST shows them. */
record SessionAddresses(String remote, String local, boolean isLoopback, boolean isUnix) {
  static SessionAddresses of(Channel channel) {
    SocketAddress remote = channel.remoteAddress();
    SocketAddress local = channel.localAddress();
    if (local instanceof DomainSocketAddress path) {
      String text = path.path() + ":0";
      return new SessionAddresses(text, text, true, true);
    }
    boolean loopback =
        remote instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
    return new SessionAddresses(Addresses.text(remote), Addresses.text(local), loopback, false);
  }
}
