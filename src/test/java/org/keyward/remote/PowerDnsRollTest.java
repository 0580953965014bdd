package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.SigningDesk;
import org.keyward.token.SoftHsm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** A ZSK roll as the world sees it: PowerDNS answers, and a resolver with caches validates. */
@Tag("once")
@Timeout(600)
class PowerDnsRollTest {
  private static final String ZONE = "roll.example.";

  @TempDir Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static String[][] questions(String fresh) {
    return RollInSeconds.questions(ZONE, fresh);
  }

  @ParameterizedTest
  @MethodSource("org.keyward.remote.PowerDnsVersion#chosen")
  void noAnswerIsBogusInAnyPhaseAndTheKskSignsEachWindowOnce(PowerDnsVersion version)
      throws Exception {
    version.assumeThere();
    TokenSettings token = SoftHsm.token("office", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "ksk");
    try (ServedDatabase served =
        new ServedDatabase(
            directory, database -> RollInSeconds.tokens(database, token), RollInSeconds.SETTINGS)) {
      served.load(ZONE, RollInSeconds.records("ns.example.net."));
      served.assign(ZONE, "office", "ksk", SigningMode.PRESIGNED);
      Name origin = Name.fromString(ZONE);
      RollInSeconds.awaitSigned(served, origin);
      try (PowerDns powerDns = RollInSeconds.powerDns(version, served, directory);
          RollInSeconds roll = new RollInSeconds(served, powerDns);
          CachingValidator unbound =
              CachingValidator.start(
                  Files.createDirectory(directory.resolve("unbound")), ZONE, powerDns);
          Poller cached = new Poller(unbound::fault, PowerDnsRollTest::questions);
          Poller fresh =
              new Poller(new Validation(powerDns, ZONE, directory), PowerDnsRollTest::questions)) {
        long request =
            new SigningDesk(served.database).roll(origin, "start", "zsk", "a test", "os:test");
        while (!roll.hasEnded()) {
          roll.step();
          roll.nothingIsBogus(cached, fresh);
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
}
