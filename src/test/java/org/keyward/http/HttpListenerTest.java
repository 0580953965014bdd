package org.keyward.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.keyward.config.ListenAddress;

class HttpListenerTest {
  private static final ListenAddress ANY_PORT = new ListenAddress("127.0.0.1", 0);

  private final SettableClock clock = new SettableClock();
  private final HealthTracker health = new HealthTracker(clock);
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private HttpListener listener;

  @BeforeEach
  void start() {
    listener =
        HttpListener.start("admin.http", ANY_PORT, new HealthRoutes(health, metrics)::register);
  }

  @AfterEach
  void stop() {
    listener.close();
  }

  @Test
  void readyUntilSomethingFailsAndThenSaysForHowLong() throws Exception {
    assertThat(get("/healthz").body()).isEqualTo("ok\n");
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    health.failed("database", "connection refused");
    clock.now = clock.now.plusSeconds(30);
    health.failed("database", "still refused");
    clock.now = clock.now.plusSeconds(12);
    HttpResponse<String> notReady = get("/readyz");
    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(notReady.body()).isEqualTo("database has failed for 42 s: still refused\n");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);

    health.recovered("database");
    assertThat(get("/readyz").body()).isEqualTo("ready\n");
    assertThat(health.failures()).isEmpty();
  }

  @Test
  void metricsAreInPrometheusForm() throws Exception {
    metrics.counter("keyward.test").increment();
    assertThat(get("/metrics").body()).contains("keyward_test_total 1.0");
  }

  @Test
  void aPortInUseIsOneLineThatSaysWhatToDo() {
    ListenAddress taken = new ListenAddress("127.0.0.1", listener.port());
    assertThatThrownBy(() -> HttpListener.start("backend.http", taken, routes -> {}))
        .isInstanceOf(ListenException.class)
        .hasMessage(
            "backend.http: %s is in use by another program: stop it ('ss -ltnp sport = :%d' names"
                + " it) or set another port in backend.http",
            taken, taken.port());
  }

  @Test
  void anAddressOfAnotherHostIsRefused() {
    ListenAddress foreign = new ListenAddress("192.0.2.1", 0);
    assertThatThrownBy(() -> HttpListener.start("backend.http", foreign, routes -> {}))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("backend.http: cannot listen on 192.0.2.1:0");
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.port() + path);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
            BodyHandlers.ofString());
  }

  private static final class SettableClock extends Clock {
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
