package org.keyward.dnssec;

import java.time.Instant;
import java.util.List;

/**
 * The times of one step of signatures, in whole seconds.
 *
 * @param activeFrom when signatures of this window come into use; also its identity within a zone
 * @param inception at most {@code activeFrom}: allows for validators whose clock is behind
 * @param expiration after the {@code activeFrom} of the next window, so that a late successor does
 *     no harm
 */
public record ValidityWindow(Instant activeFrom, Instant inception, Instant expiration) {
  public ValidityWindow {
    if (inception.isAfter(activeFrom) || !expiration.isAfter(activeFrom)) {
      throw new IllegalArgumentException(
          "window out of order: "
              + TimeText.of(inception)
              + " "
              + TimeText.of(activeFrom)
              + " "
              + TimeText.of(expiration));
    }
  }

  /** When something about it changes. */
  public List<Instant> moments() {
    return List.of(inception, activeFrom, expiration);
  }
}
