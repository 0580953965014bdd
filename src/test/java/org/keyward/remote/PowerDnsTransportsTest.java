package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.keyward.app.PowerDnsConfig;
import org.keyward.app.PowerDnsConfig.Demand;
import org.keyward.config.BackendSettings;
import org.keyward.zone.AnswerRow;

/** A real PowerDNS asks in each of the four forms and answers {@code dig}. */
@Timeout(120)
class PowerDnsTransportsTest {
  private static final int HUGE = 25_000;

  @TempDir static Path directory;
  private static final FakeZones ZONES = new FakeZones();
  private static Servers servers;

  @BeforeAll
  static void start() {
    FakeZones.FakeZone zone = ZONES.add(FakeZones.header(7, "example.com"));
    zone.row("example.com", "SOA", "ns1.example.com hostmaster.example.com 1 3600 600 604800 300")
        .row("example.com", "NS", "ns1.example.com")
        .row("example.com", "MX", "10 mail.example.com")
        .row("ns1.example.com", "A", "192.0.2.1")
        .row("mail.example.com", "A", "192.0.2.2")
        .row("www.example.com", "CNAME", "mail.example.com")
        .row("*.wild.example.com", "TXT", "\"any\"")
        .row(new AnswerRow(FakeZones.name("wild.example.com"), "", "", 0, true))
        .row("space\\032name.example.com", "A", "192.0.2.3")
        .row("a\\.dot.example.com", "A", "192.0.2.4")
        .row(
            new AnswerRow(FakeZones.name("sub.example.com"), "NS", "ns.sub.example.com", 60, false))
        .row(new AnswerRow(FakeZones.name("ns.sub.example.com"), "A", "192.0.2.53", 60, false));
    ZONES
        .add(FakeZones.header(8, "."))
        .row(".", "SOA", "a.root.test hostmaster.root.test 1 3600 600 604800 300")
        .row(".", "NS", "a.root.test")
        .row("a.root.test", "A", "192.0.2.6");
    FakeZones.FakeZone large = ZONES.add(FakeZones.header(9, "large.test"));
    large
        .row("large.test", "SOA", "ns.large.test hostmaster.large.test 1 3600 600 604800 300")
        .row("large.test", "NS", "ns1.example.com");
    for (int i = 0; i < 1000; i++) {
      large.row("n" + i + ".large.test", "A", "192.0.2.7");
    }
    FakeZones.FakeZone huge = ZONES.add(FakeZones.header(10, "huge.test"));
    huge.row("huge.test", "SOA", "ns.huge.test hostmaster.huge.test 1 3600 600 604800 300")
        .row("huge.test", "NS", "ns1.example.com");
    for (int i = 0; i < HUGE; i++) {
      huge.row("a-long-name-" + i + ".huge.test", "A", "192.0.2.8");
    }
    servers = Servers.start(ZONES, directory);
  }

  @AfterAll
  static void stop() {
    servers.close();
  }

  @ParameterizedTest
  @EnumSource
  void answersAsTheZonesSay(Form form) throws Exception {
    try (PowerDns powerDns = powerDns(form, List.of())) {
      assertThat(powerDns.digShort("example.com", "MX")).containsExactly("10 mail.example.com.");
      assertThat(powerDns.digShort("www.example.com", "A"))
          .containsExactly("mail.example.com.", "192.0.2.2");
      assertThat(powerDns.digShort("MaIl.Example.COM", "A")).containsExactly("192.0.2.2");
      assertThat(powerDns.digShort("x.wild.example.com", "TXT")).containsExactly("\"any\"");
      assertThat(powerDns.dig("wild.example.com", "A")).contains("NOERROR", "ANSWER: 0");
      assertThat(powerDns.dig("nothing.example.com", "A")).contains("NXDOMAIN", "SOA");
      assertThat(powerDns.dig("x.sub.example.com", "A"))
          .contains("NOERROR", "ANSWER: 0", "ns.sub.example.com.", "192.0.2.53");
      assertThat(powerDns.digShort("space\\032name.example.com", "A")).containsExactly("192.0.2.3");
      assertThat(powerDns.digShort("a\\.dot.example.com", "A")).containsExactly("192.0.2.4");
      assertThat(powerDns.digShort(".", "NS")).containsExactly("a.root.test.");
      assertThat(powerDns.dig("large.test", "AXFR").lines().filter(l -> l.contains("192.0.2.7")))
          .hasSize(1000);
      assertThat(powerDns.pdnsutil("list-all-zones")).contains("example.com", "large.test");
      assertThat(powerDns.pdnsutil("backend-cmd", "remote", "version")).contains("keyward test");
      assertThat(powerDns.log()).doesNotContain("rror");
    }
  }

  @ParameterizedTest
  @CsvSource({"UNIX,no", "REST,yes"})
  void answersWithoutZoneCacheAndWithSingleTypes(Form form, String consistent) throws Exception {
    List<String> lines =
        List.of("zone-cache-refresh-interval=0", "consistent-backends=" + consistent);
    try (PowerDns powerDns = powerDns(form, lines)) {
      assertThat(powerDns.digShort("mail.example.com", "A")).containsExactly("192.0.2.2");
      assertThat(powerDns.dig("nothing.example.com", "A")).contains("NXDOMAIN");
    }
  }

  /** What the findings go by. */
  @ParameterizedTest
  @EnumSource
  void itIsSeenHowPowerDnsAsks(Contact.Way way, @TempDir Path own) throws Exception {
    try (Servers apart = Servers.start(ZONES, own)) {
      String to =
          switch (way) {
            case UNIX -> "unix:path=" + apart.socket() + ",timeout=30000";
            case PIPE ->
                "pipe:command="
                    + Path.of("bin/keyward-relay").toAbsolutePath()
                    + " "
                    + apart.socket()
                    + ",timeout=0";
            case HTTP -> "http:url=" + apart.url() + ",post=1,post_json=1,timeout=30000";
          };
      List<String> lines = List.of("launch=remote", "remote-connection-string=" + to);
      try (PowerDns powerDns = PowerDns.start(Files.createTempDirectory(own, "p"), lines)) {
        assertThat(powerDns.digShort("mail.example.com", "A")).containsExactly("192.0.2.2");
        assertThat(apart.contact().ages()).containsOnlyKeys(way);
      }
    }
  }

  /** With the list of all zones, which takes longer than its timeout, PowerDNS ends at start. */
  @Test
  void manyZonesAreServedOverTheUnixSocketAsRecommended(@TempDir Path own) throws Exception {
    int count = 10_000;
    FakeZones many = new FakeZones();
    for (int i = 0; i < count; i++) {
      String zone = "z" + i + ".test";
      many.add(FakeZones.header(i, zone))
          .row(zone, "SOA", "ns.example.com hostmaster.example.com 1 3600 600 604800 300")
          .row(zone, "NS", "ns.example.com");
    }
    try (Servers crowded = Servers.start(many, own)) {
      BackendSettings backend =
          BackendSettings.of(Optional.empty(), Optional.of(crowded.socket()), Optional.empty());
      List<String> lines =
          PowerDnsConfig.render(
                  "4.7", backend, new Demand(false, count, 1_000, false, Path.of(Demand.RELAY)))
              .lines()
              .toList();
      try (PowerDns powerDns = PowerDns.start(Files.createTempDirectory(own, "p"), lines)) {
        assertThat(powerDns.digShort("z9999.test", "NS")).containsExactly("ns.example.com.");
        assertThat(powerDns.dig("nothing.z1.test", "A")).contains("NXDOMAIN");
      }
    }
  }

  /** PowerDNS refuses more than 2 MiB unless it comes in chunks. */
  @Test
  void transfersAZoneThatIsTooLargeForOneBody() throws Exception {
    try (PowerDns powerDns = powerDns(Form.POST_JSON, List.of())) {
      assertThat(powerDns.dig("huge.test", "AXFR").lines().filter(l -> l.contains("192.0.2.8")))
          .hasSize(HUGE);
    }
  }

  private static PowerDns powerDns(Form form, List<String> more) throws Exception {
    List<String> lines = new ArrayList<>(more);
    lines.addAll(
        List.of(
            "launch=remote",
            form.connection(servers.socket(), servers.url()),
            "remote-dnssec=yes",
            "allow-axfr-ips=127.0.0.1",
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0"));
    return PowerDns.start(Files.createTempDirectory(directory, "p"), lines);
  }
}
