package org.keyward.signing;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.keyward.dnssec.ValidityWindow;

/**
 * What decides whether a signature that was planned is still worth the token's time.
 *
 * @param step from one window to the next
 * @param wanted whether the zone still uses the key, and the set is still to be published
 * @param successor when the next window begins for which a signature of this set waits too
 */
public record WaitingWork(
    ValidityWindow window, Duration step, boolean wanted, Optional<Instant> successor) {
  /** Whether it would never be served: it has expired, or the next one takes over at once. */
  public boolean isOverdue(Instant now) {
    return !wanted || !now.isBefore(window.expiration()) || isOvertaken(now);
  }

  private boolean isOvertaken(Instant now) {
    return !now.isBefore(window.activeFrom().plus(step))
        && successor.map(begin -> !begin.isAfter(now)).orElse(false);
  }
}
