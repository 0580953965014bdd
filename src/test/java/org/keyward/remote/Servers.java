package org.keyward.remote;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.keyward.config.ListenAddress;
import org.keyward.config.Secret;
import org.keyward.http.Admission;
import org.keyward.http.HttpListener;
import org.keyward.zone.Zones;

/** Both servers of the protocol, as the service starts them. */
record Servers(
    UnixSocketServer unix,
    HttpListener http,
    Path socket,
    SimpleMeterRegistry metrics,
    Contact contact)
    implements AutoCloseable {
  /** Short, so that tests need not wait long. */
  static final Duration PATIENCE = Duration.ofMillis(1_500);

  static final String SECRET = "not-known-to-anybody-else_1";

  static Servers start(Zones zones, Path directory) {
    return start(zones, new FakeWriter().writing(), directory);
  }

  static Servers start(Zones zones, Writing writing, Path directory) {
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
    RemoteBackend backend = new RemoteBackend(zones, writing, "test", metrics, clock);
    Path socket = directory.resolve("pdns.sock");
    UnixSocketSettings settings =
        new UnixSocketSettings(socket, UnixSocketSettings.DEFAULT_PERMISSIONS, 8, 10_000, PATIENCE);
    UnixSocketServer unix = UnixSocketServer.start(backend, settings);
    HttpBackend forms = new HttpBackend(backend, "/dns", Optional.of(Secret.of(SECRET)));
    ListenAddress address = new ListenAddress("127.0.0.1", 0);
    HttpListener http =
        HttpListener.start(
            "backend.http",
            address,
            Admission.ofPrograms(address, List.of()),
            forms::posts,
            forms::register);
    return new Servers(unix, http, socket, metrics, backend.contact());
  }

  String url() {
    return "http://127.0.0.1:" + http.port() + "/dns/" + SECRET;
  }

  @Override
  public void close() {
    unix.close();
    http.close();
  }
}
