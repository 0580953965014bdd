package org.keyward.app;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.keyward.background.RepeatedTask;
import org.keyward.clock.DatabaseClock;
import org.keyward.store.PostgresClock;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the database's clock again and again, and tells the database how far this host's is from
 * it: a finding is made of that.
 */
final class ClockWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClockWatch.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final DatabaseClock clock;
  private final PostgresClock database;
  private final String role;
  private final String host;
  private final RepeatedTask task = RepeatedTask.every(PERIOD, "clock", this::look);
  private boolean differed;
  private boolean reported;
  private long reportedAt;

  private ClockWatch(DatabaseClock clock, PostgresClock database, String role, String host) {
    this.clock = clock;
    this.database = database;
    this.role = role;
    this.host = host;
  }

  /**
   * @param role signer or server
   * @param host names this process to people
   */
  static ClockWatch start(Storage storage, String role, String host) {
    ClockWatch watch =
        new ClockWatch(storage.clock(), new PostgresClock(storage.database()), role, host);
    watch.task.start();
    return watch;
  }

  /** While the database is out of reach its time is counted on, and others say that it is. */
  private void look() {
    try {
      clock.read(database::now);
      tell();
    } catch (ZoneStorageException e) {
      log.debug("clock: {}", e.getMessage());
    }
  }

  private void tell() {
    Duration difference = clock.difference();
    boolean differs = clock.differs();
    boolean news = !reported || differs != differed || differs;
    if (differs != differed) {
      log.warn(
          differs
              ? "clock: this host's and the database's differ by {} s; one of them is wrong"
              : "clock: this host's and the database's agree again, to {} s",
          difference.abs().toSeconds());
    }
    differed = differs;
    if (news || System.nanoTime() - reportedAt > REPORT_NANOS) {
      reportedAt = System.nanoTime();
      reported = true;
      // Fails on a replica, which cannot be written: there /readyz and the metrics say it alone.
      database.report(role, host, difference, clock.isFarApart(), clock.instant());
    }
  }

  @Override
  public void close() {
    task.close();
  }
}
