package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;

/**
 * The time by which old signatures are thrown away: one that the database's clock showed a day ago
 * or longer, so that a clock that is ahead for less than that makes nothing seem old, even where
 * the clocks of all hosts are ahead together.
 *
 * @param earlier by this
 * @param later what takes its place when a day has passed since
 */
public record PruningTime(Instant earlier, Instant later) {
  private static final Duration DAY = Duration.ofDays(1);

  /** The one that follows at {@code now}. */
  public PruningTime at(Instant now) {
    if (now.isBefore(later)) {
      return new PruningTime(earlier.isBefore(now) ? earlier : now, now);
    }
    return now.isBefore(later.plus(DAY)) ? this : new PruningTime(later, now);
  }
}
