package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.PowerDnsSettings;
import org.keyward.config.Secret;
import org.keyward.powerdns.ChangeTeller;
import org.keyward.store.TestDatabase;

/** A real PowerDNS, whose caches would keep for an hour what they have, is told of changes. */
@Tag("once")
@Timeout(300)
class ToldPowerDnsTest {
  /** Far below what the caches keep. */
  private static final Duration LONG = Duration.ofMinutes(1);

  private static final String SOA =
      "example.com SOA ns.example.com h.example.com 1 7200 3600 9999 60";
  private final Map<String, String> failing = new ConcurrentHashMap<>();
  private final ChangeTeller.Health health =
      new ChangeTeller.Health() {
        @Override
        public void failed(String server, String why) {
          failing.put(server, why);
        }

        @Override
        public void recovered(String server) {
          failing.remove(server);
        }
      };

  @TempDir Path folder;

  private static PowerDnsSettings control(Path socket) {
    return new PowerDnsSettings(Optional.of(socket), Optional.empty(), Optional.empty());
  }

  private PowerDns start(ServedDatabase keyward, String... more) {
    List<String> lines =
        new java.util.ArrayList<>(
            List.of(
                "launch=remote",
                "remote-dnssec=yes",
                "remote-connection-string=unix:path=" + keyward.servers.socket(),
                "cache-ttl=3600",
                "query-cache-ttl=3600",
                "negquery-cache-ttl=3600"));
    lines.addAll(List.of(more));
    return PowerDns.start(folder, lines);
  }

  private static void sql(ServedDatabase keyward, String sql) {
    TestDatabase.jdbi(keyward.database).useHandle(h -> h.execute(sql));
  }

  private static void await(BooleanSupplier seen) throws InterruptedException {
    long start = System.nanoTime();
    while (!seen.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(LONG.toNanos());
      Thread.sleep(10);
    }
  }

  /** Else what was told before the edit could make the test pass. */
  private void awaitItHeardOfTheZone(PowerDns powerDns) throws InterruptedException {
    await(() -> powerDns.dig("example.com", "SOA").contains("NOERROR"));
    await(failing::isEmpty);
    Thread.sleep(500);
  }

  @Test
  void anEditIsAnsweredDespiteTheCaches() throws Exception {
    PowerDnsSettings settings = control(folder.resolve("pdns.controlsocket"));
    try (ChangeTeller teller = ChangeTeller.start(settings, health);
        ServedDatabase keyward = new ServedDatabase(folder, teller)) {
      keyward.zone("example.com", "NATIVE", SOA, "a.example.com A 192.0.2.1");
      try (PowerDns powerDns = start(keyward)) {
        awaitItHeardOfTheZone(powerDns);
        assertThat(powerDns.digShort("a.example.com", "A")).containsExactly("192.0.2.1");
        assertThat(powerDns.dig("x.b.example.com", "A")).contains("NXDOMAIN");
        sql(keyward, "UPDATE records SET content = '192.0.2.2' WHERE name = 'a.example.com'");
        await(() -> powerDns.digShort("a.example.com", "A").contains("192.0.2.2"));
        sql(
            keyward,
            "INSERT INTO records (domain_id, name, type, content, ttl)"
                + " SELECT id, '*.b.example.com', 'A', '192.0.2.3', 60 FROM domains");
        await(() -> powerDns.digShort("x.b.example.com", "A").contains("192.0.2.3"));
        assertThat(failing).isEmpty();
      }
    }
  }

  /** Its list of zones, which nothing makes it read anew, has the number of the former one. */
  @Test
  void aZoneThatIsDeletedAndMadeAgainIsAnsweredAtOnce() throws Exception {
    PowerDnsSettings settings = control(folder.resolve("pdns.controlsocket"));
    try (ChangeTeller teller = ChangeTeller.start(settings, health);
        ServedDatabase keyward = new ServedDatabase(folder, teller)) {
      keyward.zone("example.com", "NATIVE", SOA, "a.example.com A 192.0.2.1");
      try (PowerDns powerDns = start(keyward, "zone-cache-refresh-interval=3600")) {
        awaitItHeardOfTheZone(powerDns);
        assertThat(powerDns.digShort("a.example.com", "A")).containsExactly("192.0.2.1");
        sql(keyward, "DELETE FROM domains");
        await(() -> powerDns.dig("a.example.com", "A").contains("REFUSED"));
        keyward.zone("example.com", "NATIVE", SOA, "a.example.com A 192.0.2.9");
        await(() -> powerDns.digShort("a.example.com", "A").contains("192.0.2.9"));
        assertThat(powerDns.dig("none.example.com", "A")).contains("NXDOMAIN");
      }
    }
  }

  @Test
  void theApiForgetsTheNamesThatChanged() throws Exception {
    int port = PowerDns.freePort();
    PowerDnsSettings settings =
        new PowerDnsSettings(
            Optional.empty(),
            Optional.of(URI.create("http://127.0.0.1:" + port)),
            Optional.of(Secret.of("api-secret")));
    try (ChangeTeller teller = ChangeTeller.start(settings, health);
        ServedDatabase keyward = new ServedDatabase(folder, teller)) {
      keyward.zone("example.com", "NATIVE", SOA, "a.example.com A 192.0.2.1");
      try (PowerDns powerDns =
          start(
              keyward,
              "webserver=yes",
              "webserver-address=127.0.0.1",
              "webserver-port=" + port,
              "api=yes",
              "api-key=api-secret")) {
        awaitItHeardOfTheZone(powerDns);
        assertThat(powerDns.digShort("a.example.com", "A")).containsExactly("192.0.2.1");
        sql(keyward, "UPDATE records SET content = '192.0.2.2' WHERE name = 'a.example.com'");
        await(() -> powerDns.digShort("a.example.com", "A").contains("192.0.2.2"));
      }
    }
  }

  @Test
  void aPowerDnsOutOfReachDelaysNothingAndHearsLater() throws Exception {
    PowerDnsSettings settings = control(folder.resolve("pdns.controlsocket"));
    try (ChangeTeller teller = ChangeTeller.start(settings, health);
        ServedDatabase keyward = new ServedDatabase(folder, teller)) {
      keyward.zone("example.com", "NATIVE", SOA, "a.example.com A 192.0.2.1");
      await(() -> !failing.isEmpty());
      assertThat(failing.values()).first().asString().contains("cannot be told of changes");
      try (PowerDns powerDns = start(keyward)) {
        awaitItHeardOfTheZone(powerDns);
      }
    }
  }

  @Test
  void secondariesAreNotifiedAtOnce() throws Exception {
    PowerDnsSettings settings = control(folder.resolve("pdns.controlsocket"));
    try (ChangeTeller teller = ChangeTeller.start(settings, health);
        ServedDatabase keyward = new ServedDatabase(folder, teller);
        NotifyReceiver secondary = new NotifyReceiver()) {
      keyward.zone("example.com", "MASTER", SOA, "example.com NS ns.elsewhere.test");
      try (PowerDns powerDns =
          start(
              keyward,
              "primary=yes",
              "only-notify=127.0.0.0/8",
              "also-notify=127.0.0.1:" + secondary.port(),
              "xfr-cycle-interval=3600")) {
        awaitItHeardOfTheZone(powerDns);
        secondary.forget();
        sql(
            keyward,
            "INSERT INTO records (domain_id, name, type, content, ttl)"
                + " SELECT id, 'n.example.com', 'A', '192.0.2.3', 60 FROM domains");
        await(() -> secondary.heard("example.com."));
      }
    }
  }
}
