package org.keyward.zone;

import java.time.Instant;
import java.util.Collection;

/**
 * A stretch of time in which nothing changes. It has a begin too, since a clock that was ahead for
 * a moment comes back.
 *
 * @param from the first moment that belongs to it
 * @param until the first moment that does not
 */
record Interval(Instant from, Instant until) {
  static final Interval ALWAYS = new Interval(Instant.MIN, Instant.MAX);

  /** The time around {@code now} in which none of these moments lies, but for its begin. */
  static Interval around(Instant now, Collection<Instant> moments) {
    Interval around = ALWAYS;
    for (Instant moment : moments) {
      around = around.cutAt(moment, now);
    }
    return around;
  }

  private Interval cutAt(Instant moment, Instant now) {
    if (moment.isAfter(now)) {
      return moment.isBefore(until) ? new Interval(from, moment) : this;
    }
    return moment.isAfter(from) ? new Interval(moment, until) : this;
  }

  boolean contains(Instant now) {
    return !now.isBefore(from) && now.isBefore(until);
  }

  /** What belongs to both. */
  Interval and(Interval other) {
    return new Interval(
        from.isAfter(other.from) ? from : other.from,
        until.isBefore(other.until) ? until : other.until);
  }
}
