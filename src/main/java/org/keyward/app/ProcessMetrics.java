package org.keyward.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Optional;
import org.keyward.config.AdminSettings;
import org.keyward.config.ListenAddress;
import org.keyward.http.Admission;
import org.keyward.http.HttpListener;
import org.keyward.http.MetricsRoute;
import org.keyward.store.Database;

/**
 * The metrics of one process, with what is true of each role: version, age, processor, open files,
 * memory and threads of the JVM, connections to the database.
 */
final class ProcessMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  ProcessMetrics(Database database) {
    Gauge.builder("keyward.build.info", () -> 1)
        .description("Version of Keyward and of Java; the value is 1")
        .tag("version", version())
        .tag("java_version", Runtime.version().toString())
        .register(registry);
    new UptimeMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    collections.bindTo(registry);
    database.measure(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** For a role without another listener. */
  HttpListener listen(AdminSettings admin, ListenAddress address) {
    return HttpListener.start(
        "admin.signer-http",
        address,
        Admission.ofPrograms(address, admin.hosts()),
        routes -> new MetricsRoute(registry).register(routes));
  }

  static String version() {
    return Optional.ofNullable(ProcessMetrics.class.getPackage().getImplementationVersion())
        .orElse("unpackaged");
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
