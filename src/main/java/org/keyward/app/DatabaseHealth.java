package org.keyward.app;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.keyward.http.HealthTracker;
import org.keyward.zone.ZoneFollower;

/** Tells the health routes when changes of the database do not arrive. */
final class DatabaseHealth implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "database-health");
            thread.setDaemon(true);
            return thread;
          });

  private DatabaseHealth() {}

  static DatabaseHealth watch(ZoneFollower follower, HealthTracker health) {
    DatabaseHealth watch = new DatabaseHealth();
    var unused =
        watch.timer.scheduleAtFixedRate(
            () -> look(follower, health), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private static void look(ZoneFollower follower, HealthTracker health) {
    if (follower.failingSince().isPresent()) {
      health.failed("database", "out of reach; zones in memory are served as they were");
    } else {
      health.recovered("database");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
