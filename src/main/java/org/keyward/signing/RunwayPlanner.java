package org.keyward.signing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.signing.SigningStore.Signatures;

/**
 * Which windows a zone needs signatures for, so that it lasts its runway without the token, and by
 * when.
 */
final class RunwayPlanner {
  private RunwayPlanner() {}

  /** The steps that are not planned yet, soonest first. */
  static List<SigningStore.Step> missing(SigningStore.Planned assignment, Instant now) {
    List<ValidityWindow> windows = windows(assignment, now);
    List<SigningStore.Step> missing = new ArrayList<>();
    for (int place = 0; place < windows.size(); place++) {
      ValidityWindow window = windows.get(place);
      int at = place;
      missing.add(
          new SigningStore.Step(
              window,
              neededBy(assignment, window, now),
              assignment
                  .spread()
                  .map(spread -> spread.turn(window, at, windows.size()))
                  .orElse(Instant.EPOCH)));
    }
    return missing;
  }

  private static List<ValidityWindow> windows(SigningStore.Planned assignment, Instant now) {
    List<ValidityWindow> missing = new ArrayList<>();
    Instant end = now.plus(assignment.runway());
    ValidityWindow window = assignment.schedule().windowAt(assignment.zone(), now);
    Instant covered = assignment.plannedUntil();
    while (covered.isBefore(end)) {
      if (window.expiration().isAfter(covered)) {
        missing.add(window);
        covered = window.expiration();
      }
      window = assignment.schedule().next(window);
    }
    return missing;
  }

  /**
   * When the signature before it ends. The first one of a new zone has none before it: people wait
   * for it, so that it comes before all that is needed later than in half a step, the rest of other
   * new zones' runways for one; and not before what is needed sooner. Where no signature is valid,
   * the zone is bogus, and nothing is needed sooner.
   */
  private static Instant neededBy(
      SigningStore.Planned assignment, ValidityWindow window, Instant now) {
    SigningSchedule schedule = assignment.schedule();
    if (window.activeFrom().isAfter(now) || assignment.signatures() == Signatures.VALID) {
      return window.activeFrom().minus(schedule.step()).plus(schedule.validity());
    }
    return assignment.signatures() == Signatures.LAPSED
        ? now
        : assignment.assignedAt().plus(schedule.step().dividedBy(2));
  }
}
