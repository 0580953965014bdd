package org.keyward.app;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.keyward.clock.DatabaseClock;
import org.keyward.http.HealthTracker;

/** Tells the health routes when this host's clock and the database's differ. */
final class ClockHealth implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "clock-health");
            thread.setDaemon(true);
            return thread;
          });

  private ClockHealth() {}

  static ClockHealth watch(DatabaseClock clock, HealthTracker health) {
    ClockHealth watch = new ClockHealth();
    var unused =
        watch.timer.scheduleAtFixedRate(
            () -> look(clock, health), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private static void look(DatabaseClock clock, HealthTracker health) {
    if (clock.differs()) {
      health.failed(
          "clock",
          "this host's and the database's differ by "
              + clock.difference().abs().toSeconds()
              + " s; one of them is wrong, and signatures may not be valid");
    } else {
      health.recovered("clock");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
