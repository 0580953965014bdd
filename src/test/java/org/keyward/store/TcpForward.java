package org.keyward.store;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A way to a server on loopback that comes and goes: as if the server did. */
public final class TcpForward implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private TcpForward(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  public static TcpForward start(int port, int target) throws IOException {
    return start(InetAddress.getLoopbackAddress(), port, target);
  }

  /** At another address of loopback, which the server sees. */
  public static TcpForward start(InetAddress address, int port, int target) throws IOException {
    ServerSocket listener = new ServerSocket(port, 50, address);
    TcpForward forward = new TcpForward(listener, target);
    daemon(forward::accept);
    return forward;
  }

  public int port() {
    return listener.getLocalPort();
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "tcp-forward");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        connect(client);
      }
    } catch (IOException e) {
      closeAll(); // this way is closed
    }
  }

  /** A server that is not there hangs up. */
  private void connect(Socket client) throws IOException {
    try {
      Socket server =
          new Socket(InetAddress.getLoopbackAddress(), target, listener.getInetAddress(), 0);
      open.addAll(List.of(client, server));
      daemon(() -> copy(client, server));
      daemon(() -> copy(server, client));
    } catch (ConnectException e) {
      client.close();
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      return; // one of them is closed
    }
  }

  private void closeAll() {
    open.forEach(TcpForward::close);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      return; // it is of no use any more
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    closeAll();
  }
}
