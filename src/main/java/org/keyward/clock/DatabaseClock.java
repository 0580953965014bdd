package org.keyward.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * The time of the database, as this process read it last and has counted on since without looking
 * at this host's clock, which somebody may set meanwhile. This host's time until it is read for the
 * first time. Thread-safe.
 */
public final class DatabaseClock extends Clock {
  /** By how much clocks may differ: NTP keeps them within a second. */
  public static final Duration TOLERANCE = Duration.ofMinutes(1);

  /** An answer that took longer does not tell the time. */
  private static final Duration LONGEST_READING = Duration.ofSeconds(5);

  private final Clock own;
  private final LongSupplier nanos;
  private volatile Reading last;

  private record Reading(Instant shown, long atNanos) {}

  /** Of this host. */
  public DatabaseClock() {
    this(Clock.systemUTC(), System::nanoTime);
  }

  /**
   * @param own this host's clock
   * @param nanos counts nanoseconds and is never set
   */
  public DatabaseClock(Clock own, LongSupplier nanos) {
    this.own = own;
    this.nanos = nanos;
  }

  /** Something that asks the database what its clock shows. */
  @FunctionalInterface
  public interface Source {
    Instant ask();
  }

  /** Reads the database's clock. */
  public void read(Source source) {
    long begin = nanos.getAsLong();
    Instant shown = source.ask();
    long took = nanos.getAsLong() - begin;
    if (took <= LONGEST_READING.toNanos()) {
      last = new Reading(shown, begin + took / 2);
    }
  }

  @Override
  public Instant instant() {
    Reading reading = last;
    return reading == null
        ? own.instant()
        : reading.shown().plusNanos(nanos.getAsLong() - reading.atNanos());
  }

  /** How far this host's clock is ahead of the database's; negative when it is behind. */
  public Duration difference() {
    return last == null ? Duration.ZERO : Duration.between(instant(), own.instant());
  }

  /** Whether one of the two clocks is wrong. */
  public boolean differs() {
    return difference().abs().compareTo(TOLERANCE) > 0;
  }

  /** Whether they differ by so much that a server goes by its own. */
  public boolean isFarApart() {
    return difference().abs().compareTo(ServingClock.FAR_APART) > 0;
  }

  /** Whether the database was asked at all. */
  public boolean isRead() {
    return last != null;
  }

  /**
   * The time by which this host serves signatures: such that they are valid whichever of the two
   * clocks is wrong, as long as that is possible.
   */
  public Clock serving() {
    return new ServingClock(own, this);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return fixed(instant(), zone);
  }
}
