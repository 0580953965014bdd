package org.keyward.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import org.keyward.config.ListenAddress;

/**
 * The listening socket that is standard input: systemd's with {@code StandardInput=socket}, which
 * stays while Keyward restarts. Who connects meanwhile waits. Java takes no other descriptor, so
 * there is one such socket at most.
 */
public final class InheritedSocket {
  private final ServerSocketChannel channel;
  private final SocketAddress address;

  private InheritedSocket(ServerSocketChannel channel, SocketAddress address) {
    this.channel = channel;
    this.address = address;
  }

  /** Empty when standard input is something else. */
  public static Optional<InheritedSocket> standardInput() {
    try {
      return System.inheritedChannel() instanceof ServerSocketChannel channel
          ? Optional.of(new InheritedSocket(channel, channel.getLocalAddress()))
          : Optional.empty();
    } catch (IOException e) {
      throw new ListenException("standard input is a socket that cannot be used (" + e + ")", e);
    }
  }

  /** Nothing closes it: what waits on it is for the next process. */
  public ServerSocketChannel channel() {
    return channel;
  }

  public boolean isAt(Path path) {
    return address instanceof UnixDomainSocketAddress unix
        && unix.getPath().toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize());
  }

  /** Whether it has that port, on that address or on all. */
  public boolean isAt(ListenAddress wanted) {
    return address instanceof InetSocketAddress tcp
        && tcp.getPort() == wanted.port()
        && (tcp.getAddress().isAnyLocalAddress()
            || tcp.getAddress()
                .equals(new InetSocketAddress(wanted.host(), wanted.port()).getAddress()));
  }

  @Override
  public String toString() {
    return address instanceof InetSocketAddress tcp
        ? new ListenAddress(tcp.getAddress().getHostAddress(), tcp.getPort()).toString()
        : address.toString();
  }
}
