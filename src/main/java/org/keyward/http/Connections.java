package org.keyward.http;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is connected to a listener. Whoever has made no whole request yet is a stranger: there are
 * few of them, the one that has been here longest leaves for a new one, and each has limited time,
 * also when it sends a byte now and then. So slow connections do not keep those away that ask. A
 * peer has no more than a part of all connections. Thread-safe.
 */
final class Connections extends AbstractLifeCycle implements Connection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final HttpListener.Limits limits;
  private final Scheduler scheduler;
  private final Map<Connection, Client> clients = new ConcurrentHashMap<>();

  Connections(HttpListener.Limits limits, Scheduler scheduler) {
    this.limits = limits;
    this.scheduler = scheduler;
  }

  /** What a connection has sent: a request is in part there when bytes have come since the last. */
  private static final class Client {
    private final long opened = System.nanoTime();
    private final String address;
    private long requests;
    private long bytes;
    private long partSince;

    Client(SocketAddress address) {
      this.address =
          address instanceof InetSocketAddress internet
              ? internet.getAddress().getHostAddress()
              : String.valueOf(address);
    }

    boolean isStranger(Connection connection) {
      return connection.getMessagesIn() == 0;
    }

    /** Whether a request has been on its way for too long, or none has come. */
    synchronized boolean isSlow(Connection connection, Duration patience) {
      long now = System.nanoTime();
      long requestsNow = connection.getMessagesIn();
      long bytesNow = connection.getBytesIn();
      if (requestsNow != requests) {
        requests = requestsNow;
        bytes = bytesNow;
        partSince = 0;
      } else if (bytesNow != bytes && partSince == 0 && requests > 0) {
        partSince = now;
      }
      long since = requests == 0 ? opened : partSince;
      return since != 0 && now - since > patience.toNanos();
    }
  }

  @Override
  protected void doStart() {
    look();
  }

  private void look() {
    clients.forEach(
        (connection, client) -> {
          if (client.isSlow(connection, limits.patience())) {
            close(connection, client, "no whole request has come in time");
          }
        });
    if (!isStopping() && !isStopped()) {
      scheduler.schedule(this::look, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void onOpened(Connection connection) {
    Client client = new Client(connection.getEndPoint().getRemoteSocketAddress());
    clients.put(connection, client);
    List<Map.Entry<Connection, Client>> strangers =
        clients.entrySet().stream()
            .filter(entry -> entry.getValue().isStranger(entry.getKey()))
            .sorted(Comparator.comparingLong(entry -> entry.getValue().opened))
            .toList();
    if (strangers.size() > limits.strangers()) {
      close(strangers.get(0).getKey(), strangers.get(0).getValue(), "others have come to ask");
    }
    long peers =
        clients.values().stream().filter(other -> other.address.equals(client.address)).count();
    if (peers > limits.perPeer()) {
      close(
          connection,
          client,
          "its address has more than " + limits.perPeer() + " connections already");
    }
  }

  private void close(Connection connection, Client client, String why) {
    clients.remove(connection);
    LOG.debug("a connection of {} is closed: {}", client.address, why);
    connection.getEndPoint().close();
  }

  @Override
  public void onClosed(Connection connection) {
    clients.remove(connection);
  }
}
