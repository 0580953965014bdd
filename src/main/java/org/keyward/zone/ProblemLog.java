package org.keyward.zone;

import java.util.List;

/** Port to where records that cannot be served are reported for people to see. */
public interface ProblemLog {
  /** Replaces what is known of the zone's problems; never throws, never blocks for long. */
  void replace(int zoneId, List<RecordProblem> problems);
}
