package org.keyward.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/**
 * The true time in a test, which passes when the test says so, and clocks that show another one.
 * Thread-safe.
 */
public final class SteppedTime {
  private final Instant start;
  private volatile Duration passed = Duration.ZERO;

  public SteppedTime(Instant start) {
    this.start = start;
  }

  public void pass(Duration time) {
    passed = passed.plus(time);
  }

  public Instant now() {
    return start.plus(passed);
  }

  /** What a monotonic clock counts, on every host. */
  public long nanos() {
    return TimeUnit.SECONDS.toNanos(passed.toSeconds()) + passed.toNanosPart();
  }

  /** A host's clock, which can be set wrong. */
  public final class HostClock extends Clock {
    private volatile Duration wrong = Duration.ZERO;

    /** How far it is ahead of the true time; negative when it is behind. */
    public void set(Duration ahead) {
      wrong = ahead;
    }

    @Override
    public Instant instant() {
      return now().plus(wrong);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
