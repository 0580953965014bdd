package org.keyward.remote;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.keyward.background.BackgroundThreads;
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

  /** For transactions that are open, and replies that are on their way, when it is to end. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final RemoteBackend backend;
  private final UnixSocketSettings settings;
  private final UnixListener listener;
  private final Set<WatchedChannel> clients = ConcurrentHashMap.newKeySet();
  private final SparseLog log = new SparseLog(LOG);

  private UnixSocketServer(
      RemoteBackend backend, UnixSocketSettings settings, UnixListener listener) {
    this.backend = backend;
    this.settings = settings;
    this.listener = listener;
  }

  /**
   * Starts to listen.
   *
   * @throws ListenException when the socket cannot be had
   */
  public static UnixSocketServer start(RemoteBackend backend, UnixSocketSettings settings) {
    return start(backend, settings, UnixListener.bind(settings));
  }

  /**
   * Starts to accept.
   *
   * @param kept a listening socket that stays for the next process
   */
  public static UnixSocketServer start(
      RemoteBackend backend, UnixSocketSettings settings, ServerSocketChannel kept) {
    return start(backend, settings, UnixListener.kept(kept));
  }

  private static UnixSocketServer start(
      RemoteBackend backend, UnixSocketSettings settings, UnixListener listener) {
    UnixSocketServer server = new UnixSocketServer(backend, settings, listener);
    startThread("pdns-unix-accept", server::accept);
    startThread("pdns-unix-watch", server::watch);
    return server;
  }

  /** Each connection ends between two calls, unless it keeps all from ending. */
  @Override
  public void close() {
    try {
      listener.stop();
    } catch (IOException e) {
      LOG.warn("{}: stopping to listen failed: {}", settings.path(), e.toString());
    }
    long end = System.nanoTime() + DRAIN.toNanos();
    clients.forEach(UnixSocketServer::endIfIdle);
    while (!clients.isEmpty() && System.nanoTime() < end) {
      pause();
      clients.forEach(UnixSocketServer::endIfIdle);
    }
    clients.forEach(UnixSocketServer::closeQuietly);
  }

  private static void endIfIdle(WatchedChannel client) {
    if (!client.owes()) {
      closeQuietly(client);
    }
  }

  private void accept() {
    while (!listener.isStopped()) {
      try {
        Optional<SocketChannel> next = listener.accept();
        if (next.isPresent()) {
          admit(new WatchedChannel(next.get()));
        }
      } catch (ClosedSelectorException e) {
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
    while (!listener.isStopped()) {
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
    if (listener.isStopped()) {
      closeQuietly(client);
    }
  }

  private void serve(WatchedChannel client) {
    try (Session session = backend.session(settings.isConfidential(), Contact.Way.PIPE)) {
      RequestLines lines = new RequestLines(client, settings.maxRequestBytes(), client::inRequest);
      ChannelOutput out = new ChannelOutput(client);
      while (!(listener.isStopped() && session.isEmpty()) && lines.advance()) {
        if (!lines.blank()) {
          client.owes(true);
          backend.answer(lines::parse, session).writeTo(out);
          out.flush();
          client.owes(!session.isEmpty());
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
    BackgroundThreads.of(name, task).start();
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void closeQuietly(AutoCloseable channel) {
    try {
      channel.close();
    } catch (Exception e) {
      LOG.debug("closing a channel failed: {}", e.toString());
    }
  }
}
