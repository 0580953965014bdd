package org.keyward.http;

import io.javalin.config.RoutesConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** {@code /metrics}: for Prometheus. */
public final class MetricsRoute {
  private final PrometheusMeterRegistry metrics;

  public MetricsRoute(PrometheusMeterRegistry metrics) {
    this.metrics = metrics;
  }

  public void register(RoutesConfig routes) {
    routes.get(
        "/metrics",
        context -> context.contentType("text/plain; version=0.0.4").result(metrics.scrape()));
  }
}
