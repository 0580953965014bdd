package org.keyward.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.stream.Collectors;
import org.keyward.http.HealthTracker.Failure;

/**
 * {@code /healthz}: the process runs; {@code /readyz}: 503 with a line for each part that fails and
 * for how long, tokens too, though without them answers go on; {@code /metrics}: for Prometheus.
 */
public final class HealthRoutes {
  private final HealthTracker health;
  private final MetricsRoute metrics;

  public HealthRoutes(HealthTracker health, PrometheusMeterRegistry metrics) {
    this.health = health;
    this.metrics = new MetricsRoute(metrics);
  }

  public void register(RoutesConfig routes) {
    routes.get("/healthz", context -> context.result("ok\n"));
    routes.get("/readyz", this::ready);
    metrics.register(routes);
  }

  private void ready(Context context) {
    List<Failure> failures = health.failures();
    if (failures.isEmpty()) {
      context.result("ready\n" + lines(health.degradations()));
    } else {
      context.status(HttpStatus.SERVICE_UNAVAILABLE);
      context.result(lines(failures) + lines(health.degradations()));
    }
  }

  private static String lines(List<Failure> failures) {
    return failures.stream().map(failure -> line(failure) + "\n").collect(Collectors.joining());
  }

  private static String line(Failure failure) {
    return failure.part()
        + " has failed for "
        + failure.lasting().toSeconds()
        + " s: "
        + failure.why();
  }
}
