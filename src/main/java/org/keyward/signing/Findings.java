package org.keyward.signing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what is on the tokens, what is assigned, what is served and what the parents have, and
 * keeps what is wrong; each finding is logged when it is new, and when it is over. Thread-safe.
 */
public final class Findings {
  private static final Logger log = LoggerFactory.getLogger(Findings.class);

  /** So many zones of a kind are named; a fault of all of them is one fault. */
  static final int NAMED = 100;

  private final FindingStore store;
  private final Duration runwayWarning;
  private final Clock clock;

  /**
   * @param runwayWarning a zone that is signed for less is a finding
   */
  public Findings(FindingStore store, Duration runwayWarning, Clock clock) {
    this.store = store;
    this.runwayWarning = runwayWarning;
    this.clock = clock;
  }

  /** Looks; gives how much is new. */
  public int look() {
    Instant now = clock.instant();
    List<Finding> found =
        FindingRules.apply(store.facts(now, runwayWarning, NAMED + 1), runwayWarning, now);
    FindingStore.Kept kept = store.keep(found, now);
    List<Finding> fresh = kept.fresh();
    kept.over().forEach(what -> log.info("over: {}", what));
    for (Finding finding : fresh) {
      switch (finding.severity()) {
        case CRITICAL -> log.error("{}", finding);
        case WARNING -> log.warn("{}", finding);
        default -> log.info("{}", finding);
      }
    }
    return fresh.size();
  }
}
