package org.keyward.config;

/**
 * Where a listener binds: {@code 127.0.0.1:8053} or {@code [::1]:8053}; port 0 picks a free one.
 */
public record ListenAddress(String host, int port) {
  public ListenAddress {
    if (host.isBlank() || port < 0 || port > 65535) {
      throw new IllegalArgumentException("not HOST:PORT: " + host + ":" + port);
    }
  }

  /** Reads {@code HOST:PORT}. */
  public static ListenAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException(
          "'" + text + "' is not HOST:PORT, for example 127.0.0.1:8053");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new ListenAddress(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' has no port number after the colon", e);
    }
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
