package org.keyward.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** What fails at present, and for how long it has. Thread-safe. */
public final class HealthTracker {
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

  public void recovered(String part) {
    failing.remove(part);
    degraded.remove(part);
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
