package io.hydrion.util;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses as texts. */
public final class Addresses {
  private Addresses() {}

  /** An address in the form in which CLIENT LIST shows it. */
  public static String text(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.getAddress().getHostAddress();
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
    }
    return "?:0";
  }
}
