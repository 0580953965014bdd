package org.keyward.remote;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.keyward.http.ListenException;

/**
 * A listening unix socket: its own, whose file goes with it, or one that another process keeps.
 * Stopping leaves the latter open, and who connects to it from then on to the next process.
 */
final class UnixListener {
  private final ServerSocketChannel channel;
  private final Optional<SocketFile> file;
  private final Selector selector;
  private boolean stopped;

  private UnixListener(ServerSocketChannel channel, Optional<SocketFile> file) throws IOException {
    this.channel = channel;
    this.file = file;
    this.selector = Selector.open();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_ACCEPT);
  }

  /**
   * One of its own.
   *
   * @throws ListenException when the socket cannot be had
   */
  @SuppressWarnings("resource") // stop() closes the channel
  static UnixListener bind(UnixSocketSettings settings) {
    ServerSocketChannel channel = open();
    try {
      return of(channel, Optional.of(SocketFile.bind(channel, settings)));
    } catch (RuntimeException e) {
      UnixSocketServer.closeQuietly(channel);
      throw e;
    }
  }

  static UnixListener kept(ServerSocketChannel channel) {
    return of(channel, Optional.empty());
  }

  private static UnixListener of(ServerSocketChannel channel, Optional<SocketFile> file) {
    try {
      return new UnixListener(channel, file);
    } catch (IOException e) {
      throw new ListenException("backend.unix: the socket cannot be waited on (" + e + ")", e);
    }
  }

  private static ServerSocketChannel open() {
    try {
      return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } catch (IOException e) {
      throw new ListenException("backend.unix: this system has no unix sockets", e);
    }
  }

  /** The next connection; empty when there is to be none. */
  Optional<SocketChannel> accept() throws IOException {
    while (true) {
      synchronized (this) {
        if (stopped) {
          return Optional.empty();
        }
        SocketChannel client = channel.accept();
        if (client != null) {
          return Optional.of(client);
        }
      }
      selector.select();
      selector.selectedKeys().clear();
    }
  }

  synchronized boolean isStopped() {
    return stopped;
  }

  void stop() throws IOException {
    synchronized (this) {
      stopped = true;
    }
    selector.close(); // wakes who waits
    if (file.isPresent()) {
      file.get().remove();
      channel.close();
    }
  }
}
