package org.keyward.keyset;

import java.util.Optional;

/**
 * A roll went from one phase to another.
 *
 * @param roll as it was before
 * @param to the phase that begins; empty when the roll is over
 */
public record RollEvent(Roll roll, Optional<RollPhase> to, Kind kind) {
  /** Why it went there. */
  public enum Kind {
    /** What the phase waited for has come. */
    WENT_ON,
    /** The parent went back to the DS of the old key. */
    DS_REVERTED
  }
}
