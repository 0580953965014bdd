package org.keyward.remote;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.keyward.http.ListenException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fast lane: one JSON request per line on a stream socket, a thread for each connection, since
 * PowerDNS waits for each reply before it asks again. Connections stay open until PowerDNS closes
 * them, however long they are idle.
 */
public final class UnixSocketServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnixSocketServer.class);
  private static final long PAUSE_MILLIS = 100;

  private final RemoteBackend backend;
  private final UnixSocketSettings settings;
  private final ServerSocketChannel listener;
  private final SocketFile file;
  private final Set<WatchedChannel> clients = ConcurrentHashMap.newKeySet();
  private final SparseLog log = new SparseLog(LOG);

  private UnixSocketServer(
      RemoteBackend backend,
      UnixSocketSettings settings,
      ServerSocketChannel listener,
      SocketFile file) {
    this.backend = backend;
    this.settings = settings;
    this.listener = listener;
    this.file = file;
  }

  /**
   * Starts to listen.
   *
   * @throws ListenException when the socket cannot be had
   */
  @SuppressWarnings("resource") // the server closes the listener
  public static UnixSocketServer start(RemoteBackend backend, UnixSocketSettings settings) {
    ServerSocketChannel listener = open();
    SocketFile file;
    try {
      file = SocketFile.bind(listener, settings);
    } catch (RuntimeException e) {
      closeQuietly(listener);
      throw e;
    }
    UnixSocketServer server = new UnixSocketServer(backend, settings, listener, file);
    startThread("pdns-unix-accept", server::accept);
    startThread("pdns-unix-watch", server::watch);
    return server;
  }

  @Override
  public void close() {
    try {
      file.remove();
    } catch (IOException e) {
      LOG.warn("{} cannot be removed: {}", settings.path(), e.toString());
    }
    closeQuietly(listener);
    clients.forEach(UnixSocketServer::closeQuietly);
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        admit(new WatchedChannel(listener.accept()));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | OutOfMemoryError e) {
        // Out of file descriptors or threads: those who are connected go on.
        log.warn("{}: a connection cannot be accepted: {}", settings.path(), e.toString());
        pause();
      }
    }
  }

  /** Ends connections whose clients keep a thread, and what it holds, from going on. */
  private void watch() {
    while (listener.isOpen()) {
      for (WatchedChannel client : clients) {
        try {
          if (client.endIfStalled(settings.patience())) {
            log.warn(
                "{}: ended a connection that left a request or a reply half done for {} s",
                settings.path(),
                settings.patience().toSeconds());
          }
        } catch (IOException e) {
          LOG.debug("{}: closing a connection failed: {}", settings.path(), e.toString());
        }
      }
      pause();
    }
  }

  private void admit(WatchedChannel client) {
    if (clients.size() >= settings.maxConnections()) {
      log.warn(
          "{}: refused a connection, {} are open already",
          settings.path(),
          settings.maxConnections());
      closeQuietly(client);
      return;
    }
    clients.add(client);
    try {
      startThread("pdns-unix", () -> serve(client));
    } catch (OutOfMemoryError e) {
      forget(client);
      throw e;
    }
    if (!listener.isOpen()) {
      closeQuietly(client);
    }
  }

  private void serve(WatchedChannel client) {
    try (Session session = backend.session(settings.isConfidential(), Contact.Way.PIPE)) {
      RequestLines lines = new RequestLines(client, settings.maxRequestBytes(), client::inRequest);
      ChannelOutput out = new ChannelOutput(client);
      while (lines.advance()) {
        if (!lines.blank()) {
          backend.answer(lines::parse, session).writeTo(out);
          out.flush();
        }
      }
    } catch (IOException e) {
      LOG.debug("{}: a connection ended: {}", settings.path(), e.toString());
    } catch (RuntimeException e) {
      // Half a reply is out: only the end of the connection tells PowerDNS.
      log.error("a reply broke off, PowerDNS answers SERVFAIL", e);
    } finally {
      forget(client);
    }
  }

  private void forget(WatchedChannel client) {
    clients.remove(client);
    closeQuietly(client);
  }

  private static void startThread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ServerSocketChannel open() {
    try {
      return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } catch (IOException e) {
      throw new ListenException("backend.unix: this system has no unix sockets", e);
    }
  }

  private static void closeQuietly(AutoCloseable channel) {
    try {
      channel.close();
    } catch (Exception e) {
      LOG.debug("closing a channel failed: {}", e.toString());
    }
  }
}
