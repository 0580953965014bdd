package org.keyward.remote;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;

/** Hears NOTIFY messages (RFC 1996) as a secondary does, and acknowledges them. */
final class NotifyReceiver implements AutoCloseable {
  private final DatagramSocket socket;
  private final Set<String> heard = ConcurrentHashMap.newKeySet();

  NotifyReceiver() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::listen, "notify-receiver");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return socket.getLocalPort();
  }

  boolean heard(String zone) {
    return heard.contains(zone);
  }

  void forget() {
    heard.clear();
  }

  private void listen() {
    DatagramPacket packet = new DatagramPacket(new byte[4_096], 4_096);
    while (!socket.isClosed()) {
      try {
        socket.receive(packet);
        Message message = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (message.getHeader().getOpcode() == Opcode.NOTIFY) {
          heard.add(message.getQuestion().getName().toString());
          message.getHeader().setFlag(Flags.QR);
          byte[] answer = message.toWire();
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        // closed, or no message
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
