package org.keyward.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What fails at present, and for how long it has. Thread-safe. */
public final class HealthTracker {
  private static final Logger log = LoggerFactory.getLogger(HealthTracker.class);

  private final Clock clock;
  private final Map<String, Trouble> failing = new ConcurrentSkipListMap<>();
  private final Map<String, Trouble> degraded = new ConcurrentSkipListMap<>();

  public HealthTracker(Clock clock) {
    this.clock = clock;
  }

  /**
   * Notes that a part fails, or still does.
   *
   * @param why one line without secrets
   */
  public void failed(String part, String why) {
    failing.merge(
        part, new Trouble(clock.instant(), why), (old, now) -> new Trouble(old.since(), why));
  }

  /**
   * Notes that a part fails without which answers are still given.
   *
   * @param why one line without secrets
   */
  public void degraded(String part, String why, Instant since) {
    degraded.put(part, new Trouble(since, why));
  }

  /** Notes that a part works; the log says so when it did not before. */
  public void recovered(String part) {
    Trouble failed = failing.remove(part);
    Trouble was = degraded.remove(part);
    Trouble over = failed != null ? failed : was;
    if (over != null) {
      log.info(
          "{} works again, after {} s",
          part,
          Duration.between(over.since(), clock.instant()).toSeconds());
    }
  }

  public List<Failure> failures() {
    return lasting(failing);
  }

  /** What fails without keeping anybody from being answered. */
  public List<Failure> degradations() {
    return lasting(degraded);
  }

  private List<Failure> lasting(Map<String, Trouble> troubles) {
    Instant now = clock.instant();
    return troubles.entrySet().stream()
        .map(
            entry ->
                new Failure(
                    entry.getKey(),
                    entry.getValue().why(),
                    Duration.between(entry.getValue().since(), now)))
        .toList();
  }

  /** A part that does not work. */
  public record Failure(String part, String why, Duration lasting) {}

  private record Trouble(Instant since, String why) {}
}
