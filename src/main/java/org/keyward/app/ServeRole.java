package org.keyward.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.keyward.admin.AdminApi;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.AdminSettings;
import org.keyward.config.BackendSecret;
import org.keyward.config.BackendSettings;
import org.keyward.config.KeywardConfig;
import org.keyward.config.ListenAddress;
import org.keyward.config.PowerDnsSettings;
import org.keyward.config.Secret;
import org.keyward.copy.CopyKeeper;
import org.keyward.http.Admission;
import org.keyward.http.HealthRoutes;
import org.keyward.http.HealthTracker;
import org.keyward.http.HttpListener;
import org.keyward.http.InheritedSocket;
import org.keyward.http.ListenException;
import org.keyward.powerdns.ChangeTeller;
import org.keyward.powerdns.ServedCheck;
import org.keyward.remote.Contact;
import org.keyward.remote.HttpBackend;
import org.keyward.remote.RemoteBackend;
import org.keyward.remote.UnixSocketServer;
import org.keyward.remote.UnixSocketSettings;
import org.keyward.remote.Writing;
import org.keyward.store.PostgresCopies;
import org.keyward.store.PostgresMetrics.Sample;
import org.keyward.web.Page;
import org.keyward.zone.ChangeFeed;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ServedListener;
import org.keyward.zone.SigningAhead;
import org.keyward.zone.StoredComparison;
import org.keyward.zone.StoredVersions;
import org.keyward.zone.ZoneFollower;
import org.keyward.zone.ZoneMemory;

/** Serves zones to PowerDNS from memory; needs the database only to follow changes. */
final class ServeRole implements AutoCloseable {
  private final DatabaseClock clock;
  private final Clock serving;
  private final HealthTracker health;
  private final PrometheusMeterRegistry metrics;
  private final Closing parts = new Closing();

  ServeRole(DatabaseClock clock, PrometheusMeterRegistry metrics) {
    this.clock = clock;
    this.serving = clock.serving();
    this.health = new HealthTracker(clock);
    this.metrics = metrics;
  }

  /**
   * Where zones are from.
   *
   * @param prepare done before they are read from the database, where that is not there yet
   * @param copy written of them
   * @param copies told of it
   * @param versions of what is stored
   */
  record Stored(
      StartSource zones,
      ChangeFeed feed,
      ServedChanges served,
      Runnable prepare,
      Optional<CopyKeeper> copy,
      PostgresCopies copies,
      StoredVersions versions) {}

  /** Loads the zones first: whoever can connect gets answers. */
  void start(
      Stored stored,
      Writing writing,
      KeywardConfig config,
      AdminApi.Desks desks,
      Supplier<Sample> sample,
      Function<Contact, ContactReport> report,
      Optional<ServedCheck> check) {
    BackendSettings backend = config.backend();
    ServedListener listener = tellers(config.powerDns());
    StartSource source = stored.zones();
    MeteredZones metered = new MeteredZones(source, metrics);
    LoadedZones zones = new LoadedZones(metered, source, serving, ZoneMemory.ofHeap(), listener);
    parts.add(stored.feed());
    ZoneFollower follower =
        parts.add(new ZoneFollower(stored.feed(), zones, serving, stored.served()));
    if (source.copied().isEmpty()) {
      follower.start();
    } else {
      zones.loadAll();
      follower.startLater(() -> source.useDatabaseAfter(stored.prepare()));
    }
    parts.add(new CopyWatch(stored, follower, health, metrics, serving)).start();
    parts.add(new SigningAhead(zones)).start();
    if (!config.admin().compare().isZero()) {
      measure(
          parts
              .add(
                  new StoredComparison(
                      stored.versions(), zones, follower, config.admin().compare()))
              .start());
    }
    parts.add(DatabaseHealth.watch(follower, zones, source::copied, health));
    parts.add(ClockHealth.watch(clock, health));
    measure(zones, follower);
    parts.add(new InstallationMetrics(sample, metrics, health).start());
    CountedZones counted = new CountedZones(zones, metered, metrics);
    RemoteBackend answers =
        parts.add(new RemoteBackend(counted, writing, ProcessMetrics.version(), metrics, clock));
    parts.add(report.apply(answers.contact())).start();
    measure(answers.contact());
    check.ifPresent(this::measure);
    Optional<InheritedSocket> inherited = InheritedSocket.standardInput();
    inherited.ifPresent(socket -> requireConfigured(socket, backend));
    backend.http().ifPresent(address -> listenHttp(answers, backend, address, inherited));
    listenAdmin(config.admin(), desks);
    // Last, since its file is what others wait for.
    backend.unix().ifPresent(path -> listenUnix(answers, backend, path, inherited));
  }

  private ServedListener tellers(List<PowerDnsSettings> servers) {
    ChangeTeller.Health told =
        new ChangeTeller.Health() {
          @Override
          public void failed(String server, String why) {
            health.failed(server, why);
          }

          @Override
          public void recovered(String server) {
            health.recovered(server);
          }
        };
    List<ServedListener> tellers = new ArrayList<>();
    for (PowerDnsSettings server : servers) {
      tellers.add(parts.add(ChangeTeller.start(server, told)));
    }
    return ServedListener.all(tellers);
  }

  private void measure(ServedCheck check) {
    FunctionCounter.builder("keyward.served.validated", check, ServedCheck::validated)
        .description("Answers of PowerDNS that were validated, of a sample")
        .register(metrics);
    Gauge.builder("keyward.served.invalid", () -> check.faults().size())
        .description("Sets that do not validate as PowerDNS serves them, of a sample")
        .register(metrics);
  }

  private void measure(StoredComparison comparison) {
    FunctionCounter.builder("keyward.zones.compared", comparison, StoredComparison::compared)
        .description("Zones of which what is served was compared with what is stored")
        .register(metrics);
    FunctionCounter.builder("keyward.changes.unnoticed", comparison, StoredComparison::unnoticed)
        .description("Zones that were served otherwise than stored, for a write was not noticed")
        .register(metrics);
    Gauge.builder("keyward.comparison.age", comparison, StoredComparison::age)
        .baseUnit("seconds")
        .description("Since all zones were last compared, or since the start")
        .register(metrics);
  }

  private void measure(Contact contact) {
    Gauge.builder(
            "keyward.powerdns.silent",
            () ->
                contact.ages().values().stream()
                    .min(Comparator.naturalOrder())
                    .map(age -> age.toMillis() / 1e3)
                    .orElse(Double.POSITIVE_INFINITY))
        .baseUnit("seconds")
        .description("Since a PowerDNS last asked this server for anything")
        .register(metrics);
  }

  private void measure(LoadedZones zones, ZoneFollower follower) {
    Gauge.builder("keyward.zones", () -> zones.headers().size())
        .description("Zones that this server answers for")
        .register(metrics);
    Gauge.builder("keyward.zones.faulty", () -> zones.faults().size())
        .description("Zones that cannot be loaded as they are stored")
        .register(metrics);
    Gauge.builder(
            "keyward.change.feed.lag",
            () -> Duration.between(follower.lastRead(), serving.instant()).toMillis() / 1e3)
        .baseUnit("seconds")
        .description("Since the zones were last known to be as the database has them")
        .register(metrics);
    Gauge.builder("keyward.clock.difference", () -> clock.difference().toMillis() / 1e3)
        .baseUnit("seconds")
        .description("How far this host's clock is ahead of the database's")
        .register(metrics);
  }

  private void listenAdmin(AdminSettings admin, AdminApi.Desks desks) {
    HealthRoutes routes = new HealthRoutes(health, metrics);
    Page page = new Page();
    AdminApi api = new AdminApi(desks, ProcessMetrics.version(), metrics);
    parts.add(
        HttpListener.start(
            "admin.http",
            admin.http(),
            Admission.withPage(admin.http(), admin.hosts()),
            config -> {
              routes.register(config);
              api.register(config);
              page.register(config);
            }));
  }

  private static void requireConfigured(InheritedSocket socket, BackendSettings backend) {
    if (backend.unix().filter(socket::isAt).isEmpty()
        && backend.http().filter(socket::isAt).isEmpty()) {
      throw new ListenException(
          "standard input is a socket that listens on "
              + socket
              + ", which is neither backend.unix nor backend.http: set ListenStream in"
              + " keyward.socket to what the configuration has",
          null);
    }
  }

  private void listenHttp(
      RemoteBackend answers,
      BackendSettings backend,
      ListenAddress address,
      Optional<InheritedSocket> inherited) {
    Optional<Secret> secret = backend.secretFile().map(BackendSecret::readOrCreate);
    HttpBackend http = new HttpBackend(answers, backend.path(), secret);
    Admission admission = Admission.ofPrograms(address, backend.hosts());
    parts.add(
        HttpListener.start(
            "backend.http",
            address,
            inherited.filter(socket -> socket.isAt(address)),
            admission,
            http::posts,
            http::register));
  }

  private void listenUnix(
      RemoteBackend answers,
      BackendSettings backend,
      Path path,
      Optional<InheritedSocket> inherited) {
    Optional<InheritedSocket> kept = inherited.filter(socket -> socket.isAt(path));
    parts.add(
        kept.isPresent()
            ? UnixSocketServer.start(
                answers, UnixSocketSettings.ofExisting(path), kept.get().channel())
            : UnixSocketServer.start(answers, UnixSocketSettings.at(path, backend.unixMode())));
  }

  @Override
  public void close() {
    parts.close();
  }
}
