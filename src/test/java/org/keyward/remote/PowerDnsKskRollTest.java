package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.RecursiveResolver;
import org.keyward.config.ListenAddress;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.parent.ParentServers;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.SigningRequest;
import org.keyward.store.PostgresFindings;
import org.keyward.store.SigningDesk;
import org.keyward.token.SoftHsm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * A KSK roll to a second token as the world sees it: PowerDNS answers, also for a parent that is
 * signed, and a resolver with caches validates from the parent on.
 */
@Tag("once")
@Timeout(600)
class PowerDnsKskRollTest {
  private static final String PARENT = "parent.example.";
  private static final String ZONE = "roll.parent.example.";
  private static final String ABOVE =
      """
      @ 3 SOA ns h.example.net. 1 3600 600 604800 2
      @ 3 NS ns
      ns 3 A 127.0.0.1
      roll 3 NS ns
      """;

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
  void noAnswerIsBogusInAnyPhase(PowerDnsVersion version) throws Exception {
    noAnswerIsBogus(version, SigningMode.PRESIGNED);
  }

  /** PowerDNS signs all but the DNSKEY set, and the parent, which is pre-signed. */
  @Test
  void noAnswerIsBogusInModeSplitEither() throws Exception {
    noAnswerIsBogus(PowerDnsVersion.named("5.1"), SigningMode.SPLIT);
  }

  private void noAnswerIsBogus(PowerDnsVersion version, SigningMode mode) throws Exception {
    version.assumeThere();
    TokenSettings office = SoftHsm.token("office", SoftHsm.PIN);
    TokenSettings vault = SoftHsm.token("vault", SoftHsm.PIN);
    SoftHsm.makeKey(office, "EC:prime256v1", "parent");
    SoftHsm.makeKey(office, "EC:prime256v1", "old");
    SoftHsm.makeKey(vault, "EC:prime256v1", "new");
    try (ServedDatabase served =
        new ServedDatabase(
            directory,
            database -> RollInSeconds.tokens(database, office, vault),
            RollInSeconds.SETTINGS)) {
      served.load(PARENT, ABOVE);
      served.load(ZONE, RollInSeconds.records("ns.parent.example."));
      served.assign(PARENT, "office", "parent", SigningMode.PRESIGNED);
      served.assign(ZONE, "office", "old", mode);
      served.sql(
          "INSERT INTO records (domain_id, name, type, ttl, content) SELECT d.id, 'roll.parent.example', 'DS', 3, "
              + DS.formatted("")
              + " AND d.name = 'parent.example'");
      Name origin = Name.fromString(ZONE);
      RollInSeconds.awaitSigned(
          served, mode == SigningMode.SPLIT ? Name.fromString(PARENT) : origin);
      try (PowerDns powerDns = RollInSeconds.powerDns(version, served, directory, mode);
          RecursiveResolver resolver =
              RecursiveResolver.start(
                  Files.createDirectory(directory.resolve("resolver")), PARENT, powerDns.port());
          RollInSeconds roll = new RollInSeconds(served, powerDns);
          CachingValidator unbound =
              CachingValidator.start(
                  Files.createDirectory(directory.resolve("unbound")), PARENT, powerDns, ZONE);
          Poller cached = new Poller(unbound::fault, PowerDnsKskRollTest::questions);
          Poller fresh =
              new Poller(
                  new Validation(powerDns, PARENT, directory), PowerDnsKskRollTest::questions)) {
        ParentSweep parents =
            new ParentSweep(
                new PostgresFindings(served.database),
                new ParentServers(new ListenAddress("127.0.0.1", resolver.port()), powerDns.port()),
                ParentSweep.ServedKeys.NOT_ASKED,
                Clock.systemUTC());
        long request =
            new SigningDesk(served.database)
                .roll(
                    new SigningRequest.Roll(
                        origin,
                        "start",
                        "ksk",
                        Optional.of("vault"),
                        Optional.of("new"),
                        "a test",
                        "os:test"));
        while (!roll.hasEnded()) {
          Optional<String> begun = roll.step();
          parents.step();
          if (begun.equals(Optional.of("submitted"))) {
            served.sql("UPDATE records SET content = " + DUE + " WHERE type = 'DS'");
          }
          roll.nothingIsBogus(cached, fresh);
          Thread.sleep(250);
        }
        assertThat(new SigningDesk(served.database).answer(request).state()).isEqualTo("done");
        assertThat(served.texts("SELECT next_phase FROM keyward.roll_history ORDER BY id"))
            .containsExactly(
                "entering", "published", "submitted", "retiring", "leaving", "forgotten", null);
        assertThat(cached.asked()).isGreaterThan(100);
        assertThat(powerDns.digShort(ZONE, "DNSKEY")).hasSize(2);
        assertThat(
                served.texts(
                    "SELECT label FROM keyward.key_states WHERE role = 'ksk'"
                        + " AND state = 'active' AND zone = 'roll.parent.example'"))
            .containsExactly("new");
        new Validation(powerDns, ZONE, Files.createDirectory(directory.resolve("transfer")))
            .verifyTransfer();
      }
    }
  }

  /** What the parent has of the child: the DS of its KSK, as the view gives it for the registry. */
  private static final String DS =
      "key_tag || ' ' || algorithm || ' 2 ' || digest FROM keyward.ds_records s, domains d"
          + " WHERE s.zone = 'roll.parent.example'%s";

  private static final String DUE =
      "(SELECT replace(record, 'roll.parent.example. IN DS ', '') FROM keyward.ds_due)";
}
