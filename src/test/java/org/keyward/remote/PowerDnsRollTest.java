package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.ListenAddress;
import org.keyward.config.RollSettings;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.signing.DnsServers;
import org.keyward.signing.RollLoop;
import org.keyward.signing.Tokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresTokenLock;
import org.keyward.store.SigningDesk;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.token.SoftHsm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** A ZSK roll as the world sees it: PowerDNS answers, and a resolver with caches validates. */
@Tag("once")
@Timeout(600)
class PowerDnsRollTest {
  private static final String ZONE = "roll.example.";
  private static final String RECORDS =
      """
      @ 3 SOA ns.example.net. h.example.net. 1 3600 600 604800 2
      @ 3 NS ns.example.net.
      www 3 A 192.0.2.1
      a.b.ent 2 A 192.0.2.2
      *.wild 3 A 192.0.2.3
      """;
  private static final SigningSettings SECONDS =
      new SigningSettings(
          "presigned",
          Duration.ofSeconds(40),
          Duration.ofSeconds(10),
          Duration.ofSeconds(45),
          Duration.ofSeconds(3),
          Duration.ofDays(1),
          Optional.empty(),
          SigningSettings.DEFAULT.parentCheck(),
          new RollSettings(
              Optional.empty(),
              Duration.ofSeconds(2),
              Duration.ofSeconds(1),
              Duration.ofSeconds(3),
              Duration.ofSeconds(3),
              Duration.ofSeconds(1),
              List.of()));

  @TempDir Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static String[][] questions(String fresh) {
    return new String[][] {
      {ZONE, "DNSKEY"},
      {ZONE, "SOA"},
      {"www." + ZONE, "A"},
      {"b.ent." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "A"},
      {fresh + "." + ZONE, "A"},
      {"www." + ZONE, "TXT"}
    };
  }

  @Test
  void noAnswerIsBogusInAnyPhaseAndTheKskSignsEachWindowOnce() throws Exception {
    TokenSettings token = SoftHsm.token("office", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "ksk");
    try (ServedDatabase served =
        new ServedDatabase(directory, database -> tokens(token, database), SECONDS)) {
      served.load(ZONE, RECORDS);
      served.assign(ZONE, "office", "ksk", SigningMode.PRESIGNED);
      Name origin = Name.fromString(ZONE);
      ServedDatabase.await(
          () -> served.loaded.byOrigin(origin).orElseThrow().metadata().containsKey("PRESIGNED"));
      try (PowerDns powerDns =
              PowerDnsSplitTest.powerDns(
                  served, directory, "query-cache-ttl=0", "negquery-cache-ttl=0", "cache-ttl=1");
          RollLoop rolls = rolls(served, powerDns);
          CachingValidator unbound =
              CachingValidator.start(
                  Files.createDirectory(directory.resolve("unbound")), ZONE, powerDns);
          Poller cached = new Poller(unbound::fault, PowerDnsRollTest::questions);
          Poller fresh =
              new Poller(new Validation(powerDns, ZONE, directory), PowerDnsRollTest::questions)) {
        long request =
            new SigningDesk(served.database).roll(origin, "start", "zsk", "a test", "os:test");
        List<String> phases = new ArrayList<>();
        while (phases.isEmpty() || !phases.get(phases.size() - 1).isEmpty()) {
          served.work();
          rolls.tick();
          String phase = phase(served);
          if (phases.isEmpty() || !phases.get(phases.size() - 1).equals(phase)) {
            phases.add(phase);
          }
          assertThat(cached.bogus()).as("phases %s", phases).isEmpty();
          assertThat(fresh.bogus()).as("phases %s", phases).isEmpty();
          Thread.sleep(250);
        }
        assertThat(new SigningDesk(served.database).answer(request).state()).isEqualTo("done");
        assertThat(served.texts("SELECT next_phase FROM keyward.roll_history ORDER BY id"))
            .containsExactly(
                "entering", "published", "switching", "retiring", "leaving", "forgotten", null);
        assertThat(cached.asked()).isGreaterThan(100);
        assertThat(powerDns.digShort(ZONE, "DNSKEY")).hasSize(2);
        assertThat(
                served.texts(
                    "SELECT count(*) - count(DISTINCT active_from) FROM keyward.signed_set"))
            .as("DNSKEY sets that the KSK signed more than once")
            .containsExactly("0");
        new Validation(powerDns, ZONE, directory).verifyTransfer();
      }
    }
  }

  private static String phase(ServedDatabase served) {
    return served.texts("SELECT phase FROM keyward.roll").stream().findFirst().orElse("");
  }

  private static Tokens tokens(TokenSettings token, Database database) {
    return new Pkcs11Tokens(
        List.of(token),
        new PostgresTokenLock(database),
        new PostgresPinMemory(database),
        ServedDatabase.SEAL,
        new PostgresAudit(database),
        "signer:test",
        Clock.systemUTC(),
        why -> {});
  }

  /** Asks PowerDNS over DNS, as the signer does. */
  private static RollLoop rolls(ServedDatabase served, PowerDns powerDns) {
    return new RollLoop(
        new PostgresSigning(served.database, ServedDatabase.SEAL, "signer:test").rolls(),
        new DnsServers(List.of(new ListenAddress("127.0.0.1", powerDns.port()))),
        served.tokens,
        SECONDS,
        new DatabaseClock());
  }
}
