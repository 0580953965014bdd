package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import org.keyward.clock.DatabaseClock;

/**
 * A person's word that the signer is to go on although its clock and the database's differ.
 *
 * @param difference by how much they differed when it was given; another difference needs another
 * @param until for how long it counts, by the database's clock
 */
public record ClockWord(Duration difference, Instant until, String actor) {
  /** Whether it allows to work now. */
  boolean covers(Duration differenceNow, Instant now) {
    return now.isBefore(until)
        && differenceNow.minus(difference).abs().compareTo(DatabaseClock.TOLERANCE) <= 0;
  }
}
