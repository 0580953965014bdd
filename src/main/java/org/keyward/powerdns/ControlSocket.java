package org.keyward.powerdns;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/**
 * PowerDNS's control socket, as {@code pdns_control} uses it: a line is sent, the answer lasts
 * until the end of the connection. Clears a zone with all below it, and its keys and metadata.
 */
final class ControlSocket implements PowerDnsServer {
  private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** PowerDNS reads a kilobyte of a command. */
  private static final int LONGEST = 1_000;

  private final Path path;

  ControlSocket(Path path) {
    this.path = path;
  }

  @Override
  public void flush(Collection<ChangedZone> zones) throws IOException {
    StringBuilder command = new StringBuilder("PURGE");
    for (ChangedZone zone : zones) {
      String argument = " " + text(zone.origin()) + "$";
      if (command.length() + argument.length() > LONGEST) {
        send(command.toString());
        command = new StringBuilder("PURGE");
      }
      command.append(argument);
    }
    send(command.toString());
  }

  @Override
  public void flushAll() throws IOException {
    send("PURGE");
  }

  @Override
  public void notifySecondaries(Name zone) throws IOException {
    String answer = send("NOTIFY " + text(zone));
    log.debug("{}: NOTIFY for {}: {}", this, NameText.of(zone), answer);
  }

  private static String text(Name zone) {
    return NameText.of(zone).toLowerCase(Locale.ROOT);
  }

  private String send(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      ByteBuffer answer = ByteBuffer.allocate(4_096);
      while (answer.hasRemaining()) {
        if (selector.select(TIMEOUT.toMillis()) == 0) {
          throw new IOException("no answer within " + TIMEOUT.toSeconds() + " s");
        }
        selector.selectedKeys().clear();
        if (channel.read(answer) < 0) {
          break;
        }
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }
  }

  @Override
  public String toString() {
    return "PowerDNS at " + path;
  }
}
