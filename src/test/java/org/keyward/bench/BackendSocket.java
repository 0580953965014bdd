package org.keyward.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Asks Keyward as PowerDNS does, over the unix socket; for one thread. */
final class BackendSocket implements AutoCloseable {
  private final SocketChannel channel;
  private ByteBuffer received = ByteBuffer.allocate(1 << 16);

  BackendSocket(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    ask("{\"method\":\"initialize\",\"parameters\":{\"path\":\"" + socket + "\"}}");
  }

  /** What is at a name, as PowerDNS's every lookup asks; gives the reply's text. */
  String lookup(String name) throws IOException {
    return ask(
        """
        {"method":"lookup","parameters":{"qtype":"ANY","qname":"%s.","remote":"127.0.0.1",\
        "local":"127.0.0.1","real-remote":"127.0.0.1/32","zone-id":-1}}\
        """
            .formatted(name));
  }

  String ask(String request) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    received.clear();
    do {
      if (!received.hasRemaining()) {
        ByteBuffer larger = ByteBuffer.allocate(received.capacity() * 2);
        received = larger.put(received.flip());
      }
      if (channel.read(received) < 0) {
        throw new IOException("keyward closed the connection after: " + request);
      }
    } while (received.get(received.position() - 1) != '\n');
    return new String(received.array(), 0, received.position(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
