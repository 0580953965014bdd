package org.keyward.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.keyward.background.RepeatedTask;
import org.keyward.copy.CopyKeeper;
import org.keyward.dnssec.TimeText;
import org.keyward.http.HealthTracker;
import org.keyward.store.PostgresCopies;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the copy of the zones written, and tells of it: in metrics, in the health routes, and to the
 * database, of which findings are made.
 */
final class CopyWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CopyWatch.class);
  private static final Duration PERIOD = Duration.ofMillis(500);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final StartSource source;
  private final Optional<CopyKeeper> copy;
  private final PostgresCopies copies;
  private final ZoneFollower follower;
  private final HealthTracker health;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final Optional<Instant> startedFrom;
  private final Instant started;
  private Optional<Instant> thereSince = Optional.empty();
  private Optional<String> known = Optional.empty();
  private Instant since = Instant.EPOCH;
  private Optional<String> reported = Optional.empty();
  private boolean ever;
  private long reportedAt;
  private final RepeatedTask task = RepeatedTask.every(PERIOD, "copy-watch", this::look);

  CopyWatch(
      ServeRole.Stored stored,
      ZoneFollower follower,
      HealthTracker health,
      MeterRegistry metrics,
      Clock clock) {
    this.source = stored.zones();
    this.copy = stored.copy();
    this.copies = stored.copies();
    this.follower = follower;
    this.health = health;
    this.metrics = metrics;
    this.clock = clock;
    this.startedFrom = source.copied();
    this.started = clock.instant();
  }

  void start() {
    gauge(
        "keyward.copy.age",
        "seconds",
        "Since the zones of the copy were read",
        CopyKeeper::ageSeconds);
    gauge("keyward.copy.zones", "", "Zones in the copy, with their records", CopyKeeper::zones);
    gauge("keyward.copy.size", "bytes", "How long the copy is", CopyKeeper::bytes);
    Gauge.builder("keyward.copy.served", () -> source.copied().isPresent() ? 1 : 0)
        .description("1 while zones are served from the copy, for the database is not there")
        .register(metrics);
    copy.ifPresent(keeper -> keeper.start(follower::changes));
    task.start();
  }

  private void gauge(
      String name, String unit, String description, ToDoubleFunction<CopyKeeper> value) {
    Gauge.builder(name, () -> copy.map(keeper -> value.applyAsDouble(keeper)).orElse(Double.NaN))
        .baseUnit(unit.isEmpty() ? null : unit)
        .description(description)
        .register(metrics);
  }

  private void look() {
    Optional<String> trouble = copy.flatMap(CopyKeeper::trouble);
    if (!trouble.equals(known)) {
      known = trouble;
      since = clock.instant();
    }
    trouble.ifPresentOrElse(
        why -> health.degraded("copy", why, since), () -> health.recovered("copy"));
    if (follower.changes().isPresent()) {
      if (startedFrom.isPresent() && thereSince.isEmpty()) {
        thereSince = Optional.of(clock.instant());
        log.info(
            "copy: zones are served from the database again; they were from the copy of {} since {}",
            TimeText.of(startedFrom.get()),
            TimeText.of(started));
      }
      report(trouble);
    }
  }

  private void report(Optional<String> trouble) {
    boolean news = !ever || !trouble.equals(reported);
    if (news || System.nanoTime() - reportedAt > REPORT_NANOS) {
      reportedAt = System.nanoTime();
      reported = trouble;
      ever = true;
      try {
        copies.report(
            trouble,
            startedFrom.map(
                made -> new PostgresCopies.ColdStart(made, started, thereSince.orElse(started))),
            clock.instant());
      } catch (ZoneStorageException e) {
        log.debug("copy: {}", e.getMessage()); // a replica cannot be written
      }
    }
  }

  @Override
  public void close() {
    task.close();
    copy.ifPresent(CopyKeeper::close);
  }
}
