package org.keyward.keyset;

import java.time.Instant;
import java.util.Optional;

/**
 * One key takes the place of another. To go back is the same in the other direction.
 *
 * @param oldKey the one that leaves
 * @param newKey the one that stays
 * @param since when the phase began
 * @param seen when the phase's evidence was seen, from which its wait counts; empty before that
 * @param held whether a person wants it to stay where it is
 */
public record Roll(
    KeyRole role,
    int oldKey,
    int newKey,
    RollPhase phase,
    Instant since,
    Optional<Instant> seen,
    Pace pace,
    boolean held) {

  static Roll begin(KeyRole role, int oldKey, int newKey, Pace pace, Instant now) {
    return new Roll(role, oldKey, newKey, RollPhase.ENTERING, now, Optional.empty(), pace, false);
  }

  /**
   * Over which time what is signed is signed anew where the set changes by plan; empty: at once.
   * Where the parent has gone back to the old key, its signatures cannot wait.
   */
  public Optional<Spread> spread() {
    boolean planned = phase == RollPhase.ENTERING || phase == RollPhase.LEAVING;
    return pace.anewWithin()
        .filter(time -> planned && !time.isZero())
        .map(time -> new Spread(since, time));
  }

  /** The same in another phase, whose evidence is still to be seen. */
  Roll in(RollPhase next, Instant now) {
    return new Roll(role, oldKey, newKey, next, now, Optional.empty(), pace, held);
  }

  /** The same in another phase, whose wait counts from {@code at}. */
  Roll waiting(RollPhase next, Instant at, Instant now) {
    return new Roll(role, oldKey, newKey, next, now, Optional.of(at), pace, held);
  }

  Roll turnedAround(RollPhase next, Instant now) {
    return new Roll(
        role, /* oldKey= */ newKey, /* newKey= */ oldKey, next, now, Optional.empty(), pace, false);
  }

  Roll holding(boolean hold) {
    return new Roll(role, oldKey, newKey, phase, since, seen, pace, hold);
  }
}
