package org.keyward.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.keyward.background.RepeatedTask;
import org.keyward.http.HealthTracker;
import org.keyward.store.PostgresMetrics.Sample;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics of what the database knows: runways, tokens, queues, signatures. The signer is another
 * process, and writes into the database what it sees; any server tells it, so that there is one
 * place to scrape. Sampled now and then, since counting costs the database something.
 */
final class InstallationMetrics implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(InstallationMetrics.class);
  private static final Duration PERIOD = Duration.ofSeconds(15);
  private static final int COST_SHARE = 20;

  private final Supplier<Sample> source;
  private final MeterRegistry registry;
  private final HealthTracker health;
  private final Map<String, Double> counters = new ConcurrentHashMap<>();
  private final MultiGauge runway;
  private final MultiGauge findings;
  private final MultiGauge kinds;
  private final MultiGauge rolls;
  private final Map<String, MultiGauge> ofTokens = new ConcurrentHashMap<>();
  private final RepeatedTask task = new RepeatedTask("metrics", this::sampleAndPause);
  private volatile long sampledAt = System.nanoTime();
  private boolean failing;

  InstallationMetrics(Supplier<Sample> source, MeterRegistry registry, HealthTracker health) {
    this.source = source;
    this.registry = registry;
    this.health = health;
    this.runway =
        MultiGauge.builder("keyward.runway.zones")
            .description("Signed zones without a valid signature within so many days")
            .register(registry);
    this.findings =
        MultiGauge.builder("keyward.findings")
            .description("What is wrong now: see keyward findings")
            .register(registry);
    this.kinds =
        MultiGauge.builder("keyward.findings.of.kind")
            .description("The same by kind")
            .register(registry);
    this.rolls =
        MultiGauge.builder("keyward.rolls")
            .description(
                "Keys that are being replaced, by what that waits for: see keyward roll list")
            .register(registry);
    gauge(
        "keyward.records.left.out",
        "",
        "Records that cannot be served, and are left out of their zones",
        "records_left_out");
    gauge("keyward.zones.incomplete", "", "Zones with such records", "zones_incomplete");
    gauge(
        "keyward.audit.intact",
        "",
        "0 when the last check of the audit log has found that it was changed",
        "audit_intact");
    gauge("keyward.audit.check.age", "seconds", "Since that check", "audit_check_age");
    gauge("keyward.audit.events", "", "Events in the audit log", "audit_events");
    gauge(
        "keyward.requests.waiting",
        "",
        "Requests that wait for a second person",
        "requests_waiting");
    gauge(
        "keyward.runway.min",
        "seconds",
        "Until the first zone has no valid signature",
        "runway_min");
    gauge("keyward.zones.lapsed", "", "Zones without a valid signature of their KSK", "lapsed");
    Gauge.builder("keyward.sample.age", () -> (System.nanoTime() - sampledAt) / 1e9)
        .baseUnit("seconds")
        .description("Since the database was last asked for what these metrics tell")
        .register(registry);
  }

  private void gauge(String name, String unit, String description, String column) {
    Gauge.builder(name, () -> counters.getOrDefault(column, Double.NaN))
        .baseUnit(unit.isEmpty() ? null : unit)
        .description(description)
        .register(registry);
  }

  InstallationMetrics start() {
    task.start();
    return this;
  }

  /** Sampling takes a twentieth of the time at most, however many zones there are. */
  private Duration sampleAndPause() {
    long begin = System.nanoTime();
    sample();
    Duration pause = Duration.ofNanos(System.nanoTime() - begin).multipliedBy(COST_SHARE);
    return pause.compareTo(PERIOD) < 0 ? PERIOD : pause;
  }

  void sample() {
    try {
      show(source.get());
      sampledAt = System.nanoTime();
      failing = false;
    } catch (ZoneStorageException e) {
      if (!failing) {
        log.warn("metrics stay as they are: {}", e.getMessage());
      }
      failing = true;
    }
  }

  private void show(Sample sample) {
    sample.installation().forEach(this::keep);
    runway.register(
        sample.runway().stream()
            .map(row -> row(row, "zones", Tags.of("below_days", text(row, "days"))))
            .toList(),
        true);
    findings.register(
        sample.findings().stream()
            .map(row -> row(row, "findings", Tags.of("severity", text(row, "severity"))))
            .toList(),
        true);
    kinds.register(
        sample.kinds().stream()
            .map(row -> row(row, "findings", Tags.of("kind", text(row, "kind"))))
            .toList(),
        true);
    rolls.register(
        sample.rolls().stream()
            .map(row -> row(row, "rolls", Tags.of("waits_for", text(row, "what"))))
            .toList(),
        true);
    tokens(sample.tokens());
    for (Map<String, Object> row : sample.signatures()) {
      counter(
          "keyward.signatures",
          "Signatures of the key signing keys, by result",
          number(row, "count"),
          Tags.of(
              "serial", text(row, "token_serial"),
              "label", text(row, "label"),
              "result", text(row, "result")));
    }
  }

  private void keep(String column, Object value) {
    if (value instanceof Number number) {
      counters.put(column, number.doubleValue());
    } else {
      counters.remove(column);
    }
  }

  private void tokens(List<Map<String, Object>> tokens) {
    ofTokens("queue", "Signatures that wait for the token", tokens, row -> number(row, "waiting"));
    ofTokens(
        "reachable",
        "1 when the token works, as a signer last saw it",
        tokens,
        row -> row.get("fault") == null ? 1.0 : 0.0);
    ofTokens(
        "busy.ratio",
        "Share of the time that the token was in use lately",
        tokens,
        row -> number(row, "busy"));
    ofTokens(
        "signatures.per.second",
        "How fast the token signs, lately",
        tokens,
        row -> number(row, "rate"));
    ofTokens(
        "seen.age.seconds",
        "Since a signer looked at the token",
        tokens,
        row -> number(row, "age"));
    ofTokens(
        "pin.ok",
        "0 when a person has to look after the PIN",
        tokens,
        row -> List.of("ok", "unknown").contains(text(row, "pin")) ? 1.0 : 0.0);
    for (Map<String, Object> row : tokens) {
      Tags tags = Tags.of("token", text(row, "name"));
      counter(
          "keyward.token.permit.uses",
          "Uses of the permit of the token's module since the signer started",
          number(row, "permit_uses"),
          tags);
      counter(
          "keyward.token.permit.wait.seconds",
          "Waited for that permit",
          number(row, "permit_waited"),
          tags);
      counter(
          "keyward.token.permit.hold.seconds",
          "Held that permit",
          number(row, "permit_held"),
          tags);
      degrade(row);
    }
  }

  private void degrade(Map<String, Object> row) {
    String part = "token " + text(row, "name");
    if (row.get("fault") != null && row.get("fault_since") instanceof Instant since) {
      health.degraded(part, text(row, "fault"), since);
    } else {
      health.recovered(part);
    }
  }

  private void ofTokens(
      String what,
      String description,
      List<Map<String, Object>> tokens,
      Function<Map<String, Object>, Double> value) {
    ofTokens
        .computeIfAbsent(
            "keyward.token." + what,
            name -> MultiGauge.builder(name).description(description).register(registry))
        .register(
            tokens.stream()
                .<MultiGauge.Row<?>>map(
                    row -> MultiGauge.Row.of(Tags.of("token", text(row, "name")), value.apply(row)))
                .toList(),
            true);
  }

  private static MultiGauge.Row<?> row(Map<String, Object> row, String column, Tags tags) {
    return MultiGauge.Row.of(tags, number(row, column));
  }

  private void counter(String name, String description, double value, Tags tags) {
    String key = name + tags;
    if (counters.put(key, value) == null) {
      FunctionCounter.builder(name, counters, all -> all.getOrDefault(key, 0.0))
          .description(description)
          .tags(tags)
          .register(registry);
    }
  }

  private static double number(Map<String, Object> row, String column) {
    return row.get(column) instanceof Number number ? number.doubleValue() : 0;
  }

  private static String text(Map<String, Object> row, String column) {
    return String.valueOf(row.get(column));
  }

  @Override
  public void close() {
    task.close();
  }
}
