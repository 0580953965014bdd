package org.keyward.app;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.keyward.background.RepeatedTask;
import org.keyward.dnssec.NameText;
import org.keyward.http.HealthTracker;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ZoneFault;
import org.keyward.zone.ZoneFollower;

/**
 * Tells the health routes when changes of the database do not arrive, and which zones cannot be
 * loaded: those are no reason to send questions about the others elsewhere.
 */
final class DatabaseHealth implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(500);

  /** A server that is frozen, or a net that is gone, says nothing. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  /** So many zones are named. */
  private static final int NAMED = 5;

  private final RepeatedTask task;

  private DatabaseHealth(RepeatedTask task) {
    this.task = task;
  }

  /**
   * @param copied of when the copy is that zones are served from, if they are
   */
  static DatabaseHealth watch(
      ZoneFollower follower,
      LoadedZones zones,
      Supplier<Optional<Instant>> copied,
      HealthTracker health) {
    return new DatabaseHealth(
        RepeatedTask.every(
                PERIOD, "database-health", () -> look(follower, zones, copied.get(), health))
            .start());
  }

  private static void look(
      ZoneFollower follower, LoadedZones zones, Optional<Instant> copied, HealthTracker health) {
    if (copied.isPresent()) {
      health.failed("database", ServedCopy.words(copied.get()));
    } else if (follower.failingSince().isPresent()) {
      health.failed(
          "database",
          "changes cannot be read, the log says why; zones in memory are served as they were");
    } else if (follower.silence().compareTo(SILENCE) > 0) {
      health.failed(
          "database",
          "PostgreSQL has not answered for "
              + SILENCE.toSeconds()
              + " s; zones in memory are served as they were");
    } else {
      health.recovered("database");
    }
    Collection<ZoneFault> faults = zones.faults();
    if (faults.isEmpty()) {
      health.recovered("zones");
    } else {
      health.degraded("zones", summary(faults), since(faults));
    }
  }

  private static Instant since(Collection<ZoneFault> faults) {
    return faults.stream().map(ZoneFault::since).min(Comparator.naturalOrder()).orElseThrow();
  }

  private static String summary(Collection<ZoneFault> faults) {
    String named =
        faults.stream()
            .map(fault -> NameText.of(fault.zone()))
            .sorted()
            .limit(NAMED)
            .collect(Collectors.joining(", "));
    return faults.size()
        + " cannot be loaded: "
        + named
        + (faults.size() > NAMED ? ", ..." : "")
        + "; 'keyward zone check' says why";
  }

  @Override
  public void close() {
    task.close();
  }
}
