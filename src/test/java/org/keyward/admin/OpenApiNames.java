package org.keyward.admin;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/** The operations of the API by their names, for tests of other packages. */
public final class OpenApiNames {
  private OpenApiNames() {}

  public static List<String> all() {
    AdminApi api =
        new AdminApi(
            new AdminApi.Desks(null, null, null, null, null, null, null, null, null, null),
            "test",
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    return api.routes().stream().map(Route::id).toList();
  }
}
