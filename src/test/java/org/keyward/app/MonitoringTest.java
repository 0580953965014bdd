package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.http.HealthTracker;
import org.keyward.store.PostgresMetrics;

/** The installation's metrics, and that the dashboard and the alerts use nothing else. */
public class MonitoringTest {
  private static final Path FOLDER = Path.of("docs/monitoring");
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
  void promtoolTakesTheAlerts() throws Exception {
    Assumptions.assumeTrue(
        new ProcessBuilder("sh", "-c", "command -v promtool").start().waitFor() == 0,
        "promtool is not installed");
    Process check =
        new ProcessBuilder("promtool", "check", "rules", FOLDER.resolve("alerts.yml").toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(check.waitFor()).as(printed).isZero();
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
