package org.keyward.store;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.keyward.background.RepeatedTask;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the database every few seconds that a server is there, and whose tokens' PINs it can give
 * to PowerDNS. One that reads from a replica cannot tell.
 */
public final class ServerReports implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerReports.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final Duration END_LIMIT = Duration.ofSeconds(5);
  private static final long UNCHANGED_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final Database database;
  private final String server;
  private final TokenPins pins;
  private final RepeatedTask task = RepeatedTask.every(PERIOD, "server report", this::tellSafely);
  private final ReentrantLock telling = new ReentrantLock();
  private Map<String, String> told;
  private long toldAt;
  private boolean reached;

  /**
   * @param server names this process to people
   */
  public ServerReports(Database database, String server, TokenPins pins) {
    this.database = database;
    this.server = server;
    this.pins = pins;
  }

  /** Tells once, and from now on. */
  public ServerReports start() {
    return start(true);
  }

  /**
   * Tells again and again from now on.
   *
   * @param first whether to tell once before this returns; not while the database is away
   */
  public ServerReports start(boolean first) {
    if (first) {
      tellSafely();
    }
    task.startAfter(first ? PERIOD : Duration.ZERO);
    return this;
  }

  private void tellSafely() {
    telling.lock();
    try {
      tell();
    } catch (ZoneStorageException e) {
      reached = false;
      log.debug("server: {}", e.getMessage());
    } finally {
      telling.unlock();
    }
  }

  private void tell() {
    if (task.isClosed()) {
      return;
    }
    if (!pins.isEmpty()) {
      pins.learn(database.inTransaction(TokenStatusTable::nameByLabel));
    }
    Map<String, String> given = pins.given();
    if (!given.equals(told) || System.nanoTime() - toldAt > UNCHANGED_NANOS) {
      database.useTransaction(handle -> ServerTable.report(handle, server, given));
      told = given;
      toldAt = System.nanoTime();
      reached = true;
    }
  }

  /** Nobody waits for a database that is away, or that does not answer what was told last. */
  @Override
  public void close() {
    task.close();
    try {
      if (telling.tryLock(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        leave();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void leave() {
    try {
      if (reached) {
        database.useTransaction(handle -> ServerTable.leave(handle, server));
      }
    } catch (ZoneStorageException e) {
      log.debug("server: {}", e.getMessage());
    } finally {
      telling.unlock();
    }
  }
}
