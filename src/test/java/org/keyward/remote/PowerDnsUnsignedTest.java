package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.SigningDesk;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * Zones turn from unsigned to signed and back while they are asked. As long as their parent has no
 * DS, nobody validates, and answers must be right; while it has, every answer must be valid.
 */
@Tag("once")
@Timeout(1_200)
class PowerDnsUnsignedTest {
  private static final String RECORDS =
      """
      @ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 5
      @ 60 NS ns.example.net.
      www 60 A 192.0.2.1
      a.b.ent 60 A 192.0.2.2
      *.wild 60 A 192.0.2.3
      insecure 60 NS ns.example.net.
      """;

  /** Left of a hold for what is checked before its end, in seconds. */
  private static final int CHECKS = 5;

  @TempDir Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  /** A zone, and the PowerDNS that serves it. */
  private record Side(String zone, SigningMode mode, PowerDns powerDns, Path folder) {
    String[][] questions(String fresh) {
      return new String[][] {
        {fresh + "." + zone, "A"},
        {"fixed." + zone, "A"},
        {zone, "DNSKEY"},
        {zone, "SOA"},
        {"www." + zone, "A"},
        {"www." + zone, "AAAA"},
        {"b.ent." + zone, "A"},
        {fresh + ".wild." + zone, "A"},
        {"insecure." + zone, "DS"}
      };
    }

    /** As a resolver sees it that knows of no DS. */
    Poller withoutDs() {
      return new Poller(this::fault, this::questions);
    }

    private Optional<String> fault(Validation.Question question) {
      String first = question.name().replaceFirst("\\..*", "");
      boolean absent = question.name().equals(first + "." + zone) && first.matches("x.{4,}|fixed");
      String said = powerDns.dig("+dnssec", question.name(), question.type());
      boolean right =
          said.contains("status: " + (absent ? "NXDOMAIN" : "NOERROR"))
              && (!(first.equals("www") && question.type().equals("A"))
                  || said.contains("192.0.2.1"));
      return right ? Optional.empty() : Optional.of(said);
    }

    Poller withDs() {
      try {
        return new Poller(new Validation(powerDns, zone, folder), this::questions);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    boolean isSigned() {
      return powerDns.dig("+dnssec", "www." + zone, "A").contains("RRSIG");
    }
  }

  @Test
  void answersAreRightWithShortCaches() throws Exception {
    thereAndBack(2, "zone-metadata-cache-ttl=1", "dnssec-key-cache-ttl=1", "cache-ttl=1");
  }

  @Test
  @Tag("long")
  void answersAreRightWithDefaultCaches() throws Exception {
    thereAndBack(90);
  }

  /**
   * @param caches how long PowerDNS may go on with what it has, in seconds
   */
  private void thereAndBack(int caches, String... lines) throws Exception {
    try (ServedDatabase served = new ServedDatabase(directory, TransactionLimits.DEFAULT)) {
      served.load("presigned.example.", RECORDS);
      served.load("split.example.", RECORDS);
      try (PowerDns host = start(PowerDnsVersion.HOST, served, lines);
          PowerDns newest = start(PowerDnsVersion.named("5.1"), served, lines)) {
        List<Side> sides =
            List.of(
                new Side("presigned.example.", SigningMode.PRESIGNED, host, folder()),
                new Side("split.example.", SigningMode.SPLIT, newest, folder()));
        watch(sides.stream().map(Side::withoutDs).toList(), () -> sign(served, sides, caches));
        assertThat(sides).allMatch(Side::isSigned);
        watch(
            sides.stream().map(Side::withDs).toList(),
            () -> leave(served, sides, caches + 2 * CHECKS));
        assertThat(sides).as("until the hold is over").allMatch(Side::isSigned);
        watch(
            sides.stream().map(Side::withoutDs).toList(),
            () -> {
              for (int second = 0; second < CHECKS + caches + 1; second++) {
                served.work();
                TimeUnit.SECONDS.sleep(1);
              }
            });
        assertThat(sides).noneMatch(Side::isSigned);
        assertThat(served.texts("SELECT DISTINCT state FROM keyward.assignment"))
            .containsExactly("ended");
      }
    }
  }

  private Path folder() throws Exception {
    return Files.createTempDirectory(directory, "v");
  }

  private PowerDns start(PowerDnsVersion version, ServedDatabase served, String... more)
      throws Exception {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-connection-string=unix:path=" + served.servers.socket(),
                "remote-dnssec=yes",
                "zone-cache-refresh-interval=1",
                "query-cache-ttl=0",
                "negquery-cache-ttl=0"));
    if (!version.equals(PowerDnsVersion.HOST)) {
      lines.addAll(List.of("direct-dnskey=yes", "direct-dnskey-signature=yes"));
    }
    lines.addAll(List.of(more));
    return PowerDns.start(version, folder(), lines);
  }

  /** What happens meanwhile. */
  private interface Step {
    void run() throws Exception;
  }

  private static void watch(List<Poller> pollers, Step step) throws Exception {
    try {
      step.run();
    } finally {
      pollers.forEach(Poller::close);
    }
    for (Poller poller : pollers) {
      assertThat(poller.bogus()).isEmpty();
      assertThat(poller.asked()).isGreaterThan(5);
    }
  }

  private static void sign(ServedDatabase served, List<Side> sides, int caches) throws Exception {
    for (Side side : sides) {
      served.sign(side.zone(), side.mode());
    }
    TimeUnit.SECONDS.sleep(caches + 1);
  }

  /** The DS is gone, and still in caches for as long as the hold. */
  private static void leave(ServedDatabase served, List<Side> sides, int hold) throws Exception {
    Instant end = Instant.now().plusSeconds(hold - CHECKS);
    for (Side side : sides) {
      new SigningDesk(served.database)
          .unassign(Name.fromString(side.zone()), Duration.ofSeconds(hold), "", "os:test");
    }
    while (Instant.now().isBefore(end)) {
      served.work();
      TimeUnit.SECONDS.sleep(1);
    }
  }
}
