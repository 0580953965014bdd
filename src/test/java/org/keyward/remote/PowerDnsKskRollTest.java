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
import org.keyward.RecursiveResolver;
import org.keyward.clock.DatabaseClock;
import org.keyward.config.ListenAddress;
import org.keyward.config.RollSettings;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.parent.ParentServers;
import org.keyward.signing.DnsServers;
import org.keyward.signing.ParentSweep;
import org.keyward.signing.RollLoop;
import org.keyward.signing.SigningRequest;
import org.keyward.signing.Tokens;
import org.keyward.store.Database;
import org.keyward.store.PostgresAudit;
import org.keyward.store.PostgresFindings;
import org.keyward.store.PostgresPinMemory;
import org.keyward.store.PostgresSigning;
import org.keyward.store.PostgresTokenLock;
import org.keyward.store.SigningDesk;
import org.keyward.token.Pkcs11Tokens;
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
  private static final String RECORDS =
      """
      @ 3 SOA ns.parent.example. h.example.net. 1 3600 600 604800 2
      @ 3 NS ns.parent.example.
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
  void noAnswerIsBogusInAnyPhase() throws Exception {
    TokenSettings office = SoftHsm.token("office", SoftHsm.PIN);
    TokenSettings vault = SoftHsm.token("vault", SoftHsm.PIN);
    SoftHsm.makeKey(office, "EC:prime256v1", "parent");
    SoftHsm.makeKey(office, "EC:prime256v1", "old");
    SoftHsm.makeKey(vault, "EC:prime256v1", "new");
    try (ServedDatabase served =
        new ServedDatabase(directory, database -> tokens(database, office, vault), SECONDS)) {
      served.load(PARENT, ABOVE);
      served.load(ZONE, RECORDS);
      served.assign(PARENT, "office", "parent", SigningMode.PRESIGNED);
      served.assign(ZONE, "office", "old", SigningMode.PRESIGNED);
      served.sql(
          "INSERT INTO records (domain_id, name, type, ttl, content) SELECT d.id, 'roll.parent.example', 'DS', 3, "
              + DS.formatted("")
              + " AND d.name = 'parent.example'");
      Name origin = Name.fromString(ZONE);
      ServedDatabase.await(
          () -> served.loaded.byOrigin(origin).orElseThrow().metadata().containsKey("PRESIGNED"));
      try (PowerDns powerDns =
              PowerDnsSplitTest.powerDns(
                  served, directory, "query-cache-ttl=0", "negquery-cache-ttl=0", "cache-ttl=1");
          RecursiveResolver resolver =
              RecursiveResolver.start(
                  Files.createDirectory(directory.resolve("resolver")), PARENT, powerDns.port());
          RollLoop rolls = rolls(served, powerDns);
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
        List<String> phases = new ArrayList<>();
        while (phases.isEmpty() || !phases.get(phases.size() - 1).isEmpty()) {
          served.work();
          rolls.tick();
          parents.step();
          String phase = phase(served);
          if (phases.isEmpty() || !phases.get(phases.size() - 1).equals(phase)) {
            phases.add(phase);
            if (phase.equals("submitted")) {
              served.sql("UPDATE records SET content = " + DUE + " WHERE type = 'DS'");
            }
          }
          assertThat(cached.bogus()).as("phases %s", phases).isEmpty();
          assertThat(fresh.bogus()).as("phases %s", phases).isEmpty();
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

  private static String phase(ServedDatabase served) {
    return served.texts("SELECT phase FROM keyward.roll").stream().findFirst().orElse("");
  }

  private static Tokens tokens(Database database, TokenSettings... tokens) {
    return new Pkcs11Tokens(
        List.of(tokens),
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
