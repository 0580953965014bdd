package org.keyward.signing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.keyward.dnssec.ValidityWindow;

/** Which windows a zone needs signatures for, so that it lasts its runway without the token. */
final class RunwayPlanner {
  private RunwayPlanner() {}

  /** The windows that are not planned yet, soonest first. */
  static List<ValidityWindow> missing(SigningStore.Planned assignment, Instant now) {
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
}
