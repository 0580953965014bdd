package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.keyward.keyset.Outcome.Done;
import org.keyward.keyset.Outcome.Refused;

/**
 * What a person, or the planner for a lifetime that is over, does with rolls. Stateless and
 * thread-safe.
 */
public record Commands(KeySetPlanner planner) {

  /**
   * Begins to replace the active key of {@code added}'s role by it.
   *
   * @param added in no set yet; its private key has made a signature that was verified
   */
  public Outcome start(KeySet keys, ZoneKey added, Pace pace, Observed seen, Instant now) {
    Optional<ZoneKey> active = Keys.active(keys, added.role(), now);
    if (keys.roll(added.role()).isPresent()) {
      return new Refused(Refusal.ROLL_UNDER_WAY);
    }
    if (active.isEmpty()) {
      return new Refused(Refusal.NO_ACTIVE_KEY);
    }
    if (active.get().id() == added.id()) {
      return new Refused(Refusal.SAME_KEY);
    }
    if (active.get().algorithm() != added.algorithm()) {
      return new Refused(Refusal.OTHER_ALGORITHM);
    }
    if (keys.keys().stream().anyMatch(added::collidesWith)) {
      return new Refused(Refusal.TAG_TAKEN);
    }
    Roll roll = Roll.begin(added.role(), active.get().id(), added.id(), pace, now);
    KeySet known =
        keys.keys().stream().anyMatch(key -> key.id() == added.id()) ? keys : keys.with(added);
    return new Done(Moves.enter(known, roll, planner.tail(pace, seen.stock(), now)));
  }

  /** Stays where it is until {@link #resume}. */
  public Outcome hold(KeySet keys, KeyRole role) {
    return onRoll(
        keys,
        role,
        roll ->
            roll.held()
                ? new Refused(Refusal.HELD_ALREADY)
                : new Done(keys.with(roll.holding(true))));
  }

  /** Goes on. */
  public Outcome resume(KeySet keys, KeyRole role) {
    return onRoll(
        keys,
        role,
        roll ->
            roll.held() ? new Done(keys.with(roll.holding(false))) : new Refused(Refusal.NOT_HELD));
  }

  /** Goes back to the key that was to leave: the same roll in the other direction. */
  public Outcome cancel(KeySet keys, KeyRole role, Observed seen, Instant now) {
    return onRoll(keys, role, roll -> turnAround(keys, roll, seen, now));
  }

  private Outcome turnAround(KeySet keys, Roll roll, Observed seen, Instant now) {
    Tail tail = planner.tail(roll.pace(), seen.stock(), now);
    return switch (roll.phase()) {
      case ENTERING, PUBLISHED -> withdraw(keys, roll, tail, seen, now);
      case SWITCHING, RETIRING, SUBMITTED ->
          roll.role() == KeyRole.ZSK
              ? new Done(
                  Moves.switchTo(keys, roll.turnedAround(RollPhase.SWITCHING, now), now, now))
              : new Done(keys.with(roll.turnedAround(RollPhase.SUBMITTED, now)));
      case LEAVING, FORGOTTEN ->
          new Done(Moves.enter(keys, roll.turnedAround(RollPhase.ENTERING, now), tail));
    };
  }

  /** Nothing depends on the new key yet, but for a DS that somebody has handed in too early. */
  private static Outcome withdraw(KeySet keys, Roll roll, Tail tail, Observed seen, Instant now) {
    if (roll.role() == KeyRole.KSK) {
      Optional<ParentView> parent = seen.parent().filter(ParentView::complete);
      if (parent.isEmpty()) {
        return new Refused(Refusal.PARENT_UNKNOWN);
      }
      if (parent.get().dsAtAny().contains(roll.newKey())) {
        return new Refused(Refusal.DS_AT_PARENT);
      }
    }
    return new Done(Moves.leave(keys, roll.turnedAround(RollPhase.LEAVING, now), tail, now));
  }

  /**
   * A person saw that all servers of the parent have the DS of the new key; or that they still do
   * when the wait is over.
   */
  public Outcome confirm(KeySet keys, Observed seen, Instant now) {
    return onRoll(keys, KeyRole.KSK, roll -> confirm(keys, roll, seen, now));
  }

  private Outcome confirm(KeySet keys, Roll roll, Observed seen, Instant now) {
    if (roll.phase() == RollPhase.SUBMITTED) {
      return new Done(keys.with(roll.waiting(RollPhase.RETIRING, now, now)));
    }
    Duration wait = planner.policy().waits(seen.cached()).kskRetirement();
    return roll.phase() == RollPhase.RETIRING && !now.isBefore(roll.seen().orElseThrow().plus(wait))
        ? new Done(Moves.leave(keys, roll, planner.tail(roll.pace(), seen.stock(), now), now))
        : new Refused(Refusal.NOTHING_TO_CONFIRM);
  }

  private static Outcome onRoll(
      KeySet keys, KeyRole role, java.util.function.Function<Roll, Outcome> command) {
    return keys.roll(role).map(command).orElseGet(() -> new Refused(Refusal.NO_ROLL));
  }
}
