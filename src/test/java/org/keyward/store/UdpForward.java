package org.keyward.store;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;

/**
 * A way to a DNS server on loopback at another address of it: one packet there, one back. The
 * server sees the address that was asked.
 */
public final class UdpForward implements AutoCloseable {
  private static final int LARGEST = 65_535;

  private final DatagramSocket listener;
  private final DatagramSocket server;

  private UdpForward(DatagramSocket listener, DatagramSocket server) {
    this.listener = listener;
    this.server = server;
  }

  public static UdpForward start(InetAddress address, int port, int target) throws IOException {
    DatagramSocket listener = new DatagramSocket(port, address);
    DatagramSocket server = new DatagramSocket(0, address);
    server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
    server.setSoTimeout(5000);
    UdpForward forward = new UdpForward(listener, server);
    Thread thread = new Thread(forward::forward, "udp-forward");
    thread.setDaemon(true);
    thread.start();
    return forward;
  }

  private void forward() {
    try {
      while (true) {
        DatagramPacket question = new DatagramPacket(new byte[LARGEST], LARGEST);
        listener.receive(question);
        forward(question);
      }
    } catch (IOException e) {
      server.close(); // this way is closed
    }
  }

  private void forward(DatagramPacket question) throws IOException {
    try {
      server.send(new DatagramPacket(question.getData(), question.getLength()));
      DatagramPacket answer = new DatagramPacket(new byte[LARGEST], LARGEST);
      server.receive(answer);
      answer.setSocketAddress(question.getSocketAddress());
      listener.send(answer);
    } catch (SocketTimeoutException | PortUnreachableException e) {
      Thread.onSpinWait(); // the server does not answer
    }
  }

  @Override
  public void close() {
    listener.close();
    server.close();
  }
}
