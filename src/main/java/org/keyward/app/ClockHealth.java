package org.keyward.app;

import java.time.Duration;
import org.keyward.background.RepeatedTask;
import org.keyward.clock.DatabaseClock;
import org.keyward.http.HealthTracker;

/** Tells the health routes when this host's clock and the database's differ. */
final class ClockHealth implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final RepeatedTask task;

  private ClockHealth(RepeatedTask task) {
    this.task = task;
  }

  static ClockHealth watch(DatabaseClock clock, HealthTracker health) {
    return new ClockHealth(
        RepeatedTask.every(PERIOD, "clock-health", () -> look(clock, health)).start());
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
    task.close();
  }
}
