package org.keyward.remote;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Speaks the protocol over a unix socket, a line at a time. */
final class UnixClient implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader replies;

  UnixClient(Path path) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    replies = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  String ask(String line) throws IOException {
    send(line + "\n");
    return receive();
  }

  void send(String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Null when the server has closed the connection. */
  String receive() throws IOException {
    return replies.readLine();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
