package org.keyward.zone;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Notices that a clock was set, ahead or back. Not thread-safe. */
final class ClockSteps {
  /** NTP moves a clock by less, or slowly. */
  private static final Duration STEP = Duration.ofMinutes(1);

  private final Clock clock;
  private Instant last;
  private long lastNanos;

  ClockSteps(Clock clock) {
    this.clock = clock;
    note();
  }

  /** Whether that happened since this was asked the last time. */
  boolean isSet() {
    Instant expected = last.plusNanos(System.nanoTime() - lastNanos);
    note();
    return Duration.between(expected, last).abs().compareTo(STEP) > 0;
  }

  private void note() {
    last = clock.instant();
    lastNanos = System.nanoTime();
  }
}
