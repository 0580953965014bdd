package org.keyward.signing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.dnssec.ValidityWindow;

/**
 * Which windows a zone needs signatures for, so that it lasts its runway without the token, and by
 * when.
 */
final class RunwayPlanner {
  private RunwayPlanner() {}

  /** The steps that are not planned yet, soonest first. */
  static List<SigningStore.Step> missing(SigningStore.Planned assignment, Instant now) {
    List<SigningStore.Step> missing = new ArrayList<>();
    Instant end = now.plus(assignment.runway());
    ValidityWindow window = assignment.schedule().windowAt(assignment.zone(), now);
    Instant covered = assignment.plannedUntil();
    while (covered.isBefore(end)) {
      if (window.expiration().isAfter(covered)) {
        missing.add(new SigningStore.Step(window, neededBy(assignment, window)));
        covered = window.expiration();
      }
      window = assignment.schedule().next(window);
    }
    return missing;
  }

  /**
   * When the signature before it ends. A new zone has none and counts as one step from when it was
   * asked for.
   */
  private static Instant neededBy(SigningStore.Planned assignment, ValidityWindow window) {
    SigningSchedule schedule = assignment.schedule();
    return assignment.signed()
        ? window.activeFrom().minus(schedule.step()).plus(schedule.validity())
        : assignment.assignedAt().plus(schedule.step());
  }
}
