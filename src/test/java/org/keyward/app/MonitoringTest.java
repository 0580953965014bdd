package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.http.HealthTracker;
import org.keyward.store.PostgresMetrics;

/** The installation's metrics, and that the dashboard and the alerts use nothing else. */
@Tag("once")
public class MonitoringTest {
  private static final Path FOLDER = Path.of("docs/monitoring");
  private static final Path ALERTS_TEST = Path.of("src/test/resources/monitoring/alerts-test.yml");
  private static final Pattern METRIC = Pattern.compile("\\bkeyward_[a-z_]+");

  /** The metrics that the dashboard and the alerts use. */
  public static Set<String> used() throws Exception {
    Set<String> used = new TreeSet<>();
    for (JsonNode panel :
        new JsonMapper().readTree(FOLDER.resolve("grafana.json").toFile()).get("panels")) {
      for (JsonNode target : panel.get("targets")) {
        addNames(used, target.get("expr").asText());
      }
    }
    for (JsonNode group :
        new YAMLMapper().readTree(FOLDER.resolve("alerts.yml").toFile()).get("groups")) {
      for (JsonNode rule : group.get("rules")) {
        addNames(used, rule.get("expr").asText());
      }
    }
    return used;
  }

  private static void addNames(Set<String> names, String expression) {
    Matcher matcher = METRIC.matcher(expression);
    while (matcher.find()) {
      names.add(matcher.group());
    }
  }

  @Test
  void whatTheSignerSeesIsTold(@TempDir Path dir) throws Exception {
    try (AdminServer server = new AdminServer(dir, false)) {
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      HealthTracker health = new HealthTracker(Clock.systemUTC());
      InstallationMetrics metrics =
          new InstallationMetrics(new PostgresMetrics(server.database)::sample, registry, health);
      metrics.sample();
      assertThat(registry.scrape()).contains("keyward_runway_min_seconds NaN");
      server.signedZone("example.com");
      metrics.sample();
      String scrape = registry.scrape();
      assertThat(scrape)
          .contains("keyward_runway_zones{below_days=\"60\"} 1.0")
          .contains("keyward_runway_zones{below_days=\"28\"} 0.0")
          .contains("keyward_token_reachable{token=\"t\"} 1.0")
          .contains("keyward_token_queue{token=\"t\"} 0.0")
          .contains(
              "keyward_signatures_total{label=\"powerdns\",result=\"done\",serial=\"SOFT1\"} "
                  + server.tokens.signed())
          .contains("keyward_token_permit_hold_seconds_total{token=\"t\"}")
          .contains("keyward_findings{severity=\"critical\"} 0.0")
          .contains("keyward_audit_events 11.0");
      server.tokens.unplugAt(0);
      server.sign();
      metrics.sample();
      assertThat(registry.scrape()).contains("keyward_token_reachable{token=\"t\"} 0.0");
      assertThat(health.degradations()).hasSize(1);
      assertThat(health.failures()).isEmpty();
      metrics.close();
    }
  }

  @Test
  void aLockedPinIsToldWhereverTheTokenIs(@TempDir Path dir) throws Exception {
    try (AdminServer server = new AdminServer(dir, false)) {
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      HealthTracker health = new HealthTracker(Clock.systemUTC());
      InstallationMetrics metrics =
          new InstallationMetrics(new PostgresMetrics(server.database)::sample, registry, health);
      server.signedZone("example.com");
      server.tokens.lockPin(true);
      server.sign();
      metrics.sample();
      assertThat(registry.scrape())
          .contains("keyward_token_reachable{token=\"t\"} 0.0")
          .contains("keyward_token_pin_ok{token=\"t\"} 0.0");
      assertThat(health.degradations())
          .singleElement()
          .satisfies(part -> assertThat(part.why()).contains("locked PIN"));
      JsonNode token = server.json("/tokens").get("items").get(0);
      assertThat(token.get("reachable").asBoolean()).isFalse();
      assertThat(token.get("fault").asText()).contains("locked PIN");
      server.tokens.lockPin(false);
      server.sign();
      metrics.sample();
      assertThat(health.degradations()).isEmpty();
      metrics.close();
    }
  }

  /** Each alert comes when it should, and none does while all is well. */
  @Test
  @Tag("long")
  void promtoolTakesTheAlertsAndSeesThemFire(@TempDir Path dir) throws Exception {
    for (Path file : List.of(FOLDER.resolve("alerts.yml"), ALERTS_TEST)) {
      Files.copy(file, dir.resolve(file.getFileName()));
    }
    promtool(dir, "", "check", "rules", "alerts.yml");
    promtool(dir, "", "test", "rules", "alerts-test.yml");
  }

  @Test
  void everyAlertIsTried() throws Exception {
    String tried = Files.readString(ALERTS_TEST);
    for (JsonNode group :
        new YAMLMapper().readTree(FOLDER.resolve("alerts.yml").toFile()).get("groups")) {
      for (JsonNode rule : group.get("rules")) {
        assertThat(tried).contains("alertname: " + rule.get("alert").asText() + " }");
      }
    }
  }

  /** Names, units and descriptions are as Prometheus's people want them. */
  @Test
  @Tag("long")
  void promtoolTakesTheMetrics(@TempDir Path dir) throws Exception {
    try (AdminServer server = new AdminServer(dir, false)) {
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      server.signedZone("example.com");
      InstallationMetrics metrics =
          new InstallationMetrics(
              new PostgresMetrics(server.database)::sample,
              registry,
              new HealthTracker(Clock.systemUTC()));
      metrics.sample();
      promtool(dir, registry.scrape(), "check", "metrics");
      metrics.close();
    }
  }

  private static void promtool(Path dir, String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
    try (OutputStream keyboard = process.getOutputStream()) {
      keyboard.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
  }

  @Test
  void everyMetricInUseIsDocumented() throws Exception {
    assertThat(used()).hasSizeGreaterThan(15);
    String guide = Files.readString(Path.of("docs/reference/metrics.md"));
    assertThat(used()).allSatisfy(name -> assertThat(guide).contains(base(name)));
  }

  private static String base(String name) {
    return name.replaceAll("_(count|bucket|sum)$", "");
  }
}
