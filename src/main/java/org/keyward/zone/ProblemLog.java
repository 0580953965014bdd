package org.keyward.zone;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Port to where records that cannot be served are reported for people to see. */
@FunctionalInterface
public interface ProblemLog {
  /** For when nobody need know. */
  ProblemLog NONE = byZone -> {};

  /** The ids of the zones of which problems are stored, some of which may be gone. */
  default Set<Integer> zonesWithProblems() {
    return Set.of();
  }

  /**
   * Replaces what is known of these zones' problems; never throws, never blocks for long.
   *
   * @param byZone by the zone's id; an empty list for a zone that has none
   */
  void replace(Map<Integer, List<RecordProblem>> byZone);
}
