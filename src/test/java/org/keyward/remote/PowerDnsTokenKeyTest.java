package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.signing.SoftwareTokens;
import org.keyward.store.RefusedPins;
import org.keyward.store.TokenPins;
import org.keyward.token.SoftHsm;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** PowerDNS signs with a key on a token; its PIN is in Keyward's configuration and nowhere else. */
@Timeout(300)
class PowerDnsTokenKeyTest {
  private static final String ZONE = "hsm.example.";
  private static final String STORED = "hsm.example";
  private static final String RECORDS =
      """
      @ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60
      @ 300 NS ns.example.net.
      www 300 A 192.0.2.1
      """;

  @TempDir Path folder;

  private static Name origin() {
    return Name.fromConstantString(ZONE);
  }

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  @Test
  void hsmAssignIntoAZoneThatPowerDnsSigns() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true, SoftHsm.PIN, true);
        PowerDns powerDns =
            zone.powerDns(
                PowerDnsVersion.HOST,
                "dnssec-key-cache-ttl=1",
                "cache-ttl=0",
                "query-cache-ttl=0")) {
      powerDns.pdnsutil("add-zone-key", STORED, "zsk", "active", "ecdsa256");
      assertThat(powerDns.pdnsutil(zone.hsmAssign())).doesNotContain("rror");
      assertThat(zone.served.texts("SELECT form FROM keyward.powerdns_keys"))
          .containsExactly("sealed", "sealed");
      ServedDatabase.await(
          () ->
              zone.served.loaded.byOrigin(origin()).orElseThrow().cryptokeys().stream()
                  .anyMatch(key -> key.content().reveal().contains("PIN: " + SoftHsm.PIN + "\n")));
      assertThat(zone.served.texts("SELECT detail FROM keyward.audit WHERE detail ~ 'on token'"))
          .singleElement()
          .asString()
          .contains("'powerdns' on token '" + zone.slot + "'");
      assertThat(zone.hasPinInDatabase()).isFalse();
      ServedDatabase.await(() -> zone.keys(powerDns).size() == 2);
      assertThat(
              new Validation(powerDns, ZONE, folder)
                  .failures(
                      List.of(
                          new Validation.Question("www." + ZONE, "A"),
                          new Validation.Question("absent." + ZONE, "A"))))
          .isEmpty();
      assertThat(powerDns.log()).doesNotContain(SoftHsm.PIN);
    }
  }

  /** The tool does not look at the token where Keyward signs: only the signer knows its keys. */
  @Test
  void hsmAssignOfAKeyThatIsNotThereFails() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true);
        PowerDns powerDns = zone.powerDns(PowerDnsVersion.HOST);
        Working signer = new Working(zone.served)) {
      ServedDatabase.await(
          () ->
              signer.isAlive()
                  && !zone.served.texts("SELECT label FROM keyward.token_status").isEmpty());
      String[] wrong = zone.hsmAssign();
      wrong[wrong.length - 1] = "wrong-label";
      assertThat(powerDns.pdnsutil(wrong))
          .contains("Unable to assign module slot to zone")
          .doesNotContain("assigned to");
      assertThat(zone.served.texts("SELECT state || ' ' || answer FROM keyward.request"))
          .singleElement()
          .asString()
          .startsWith("failed ")
          .contains("wrong-label");
      powerDns.pdnsutil(zone.hsmAssign());
      ServedDatabase.await(
          () ->
              zone.served.texts("SELECT state FROM keyward.assignment").equals(List.of("signed")));
    }
  }

  /** Nothing but the finding says it when the signer is slower than PowerDNS's patience. */
  @Test
  void whatTheSignerRefusesLaterIsAFinding() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true);
        PowerDns powerDns = zone.powerDns(PowerDnsVersion.HOST)) {
      zone.served.work(); // tells of the token
      String[] wrong = zone.hsmAssign();
      wrong[wrong.length - 1] = "wrong-label";
      powerDns.pdnsutil(wrong);
      assertThat(zone.unassigned()).isEmpty();
      zone.served.work();
      assertThat(zone.unassigned())
          .singleElement()
          .asString()
          .contains(ZONE.substring(0, ZONE.length() - 1), "wrong-label");
      zone.assign(SigningMode.PRESIGNED);
      assertThat(zone.unassigned()).isEmpty();
    }
  }

  /** A signer that works all the time. */
  private static final class Working extends Thread implements AutoCloseable {
    private final ServedDatabase served;
    private volatile boolean stopping;

    Working(ServedDatabase served) {
      super("signer");
      this.served = served;
      start();
    }

    @Override
    public void run() {
      while (!stopping) {
        served.work();
        LockSupport.parkNanos(50_000_000);
      }
    }

    @Override
    public void close() {
      stopping = true;
      try {
        join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A key that no server can give the PIN for would be SERVFAIL, and 'list-keys' would abort. */
  @Test
  void hsmAssignIsRefusedWhereNoServerHasThePin() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, false, SoftHsm.PIN, true);
        PowerDns powerDns = zone.powerDns(PowerDnsVersion.HOST, "dnssec-key-cache-ttl=1")) {
      powerDns.pdnsutil("add-zone-key", STORED, "zsk", "active", "ecdsa256");
      assertThat(powerDns.pdnsutil(zone.hsmAssign()))
          .contains("Unable to assign module slot to zone");
      assertThat(powerDns.pdnsutil("list-keys", STORED)).contains("ECDSAP256SHA256");
      assertThat(zone.served.texts("SELECT id::text FROM keyward.sealed_key")).hasSize(1);
    }
  }

  /**
   * Its threads would log in at the same time, and take the token's second answer for a refusal.
   */
  @Test
  void manyQuestionsAtOnceMeetATokenThatPowerDnsDoesNotKnow() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true)) {
      zone.gpgsql("add-zone-key", STORED, "zsk", "active", "ecdsa256");
      zone.gpgsql(zone.hsmAssign());
      ServedDatabase.await(() -> !key(zone).isEmpty());
      for (int start = 0; start < 3; start++) {
        try (PowerDns powerDns = zone.powerDns(PowerDnsVersion.HOST, "distributor-threads=8")) {
          List<String> names = IntStream.range(0, 24).mapToObj(i -> "n" + i + "." + ZONE).toList();
          names.parallelStream().forEach(name -> powerDns.dig("+dnssec", name, "A"));
          assertThat(powerDns.log()).doesNotContain("already logged in");
          ServedDatabase.await(() -> zone.keys(powerDns).size() == 2);
        }
      }
    }
  }

  /** PowerDNS would try it for each key, and lock the card. */
  @Test
  void aPinThatTheTokenHasRefusedIsNotGivenToPowerDns() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true, "654321")) {
      zone.served.sql(
          "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT id, 257,"
              + " true, true, E'Private-key-format: v1.2\\nAlgorithm: 13\\nEngine: softhsm2\\nSlot: "
              + zone.slot
              + "\\nPIN: 654321\\nLabel: k\\n' FROM domains");
      ServedDatabase.await(() -> key(zone).contains("PIN: 654321"));
      RefusedPins look = new RefusedPins(zone.served.database, ServedDatabase.SEAL, zone.pins);
      look.look();
      assertThat(key(zone)).as("not tried yet").contains("PIN: 654321");

      assertThatThrownBy(() -> zone.assign(SigningMode.PRESIGNED)).hasMessageContaining("PIN");
      zone.served.work();
      look.look();
      assertThat(key(zone)).contains("Slot: " + zone.slot).doesNotContain("PIN");

      zone.served.sql("DELETE FROM keyward.pin_memory");
      look.look();
      assertThat(key(zone)).contains("PIN: 654321");
      zone.served.sql("UPDATE keyward.token_status SET pin = 'final_try'");
      look.look();
      assertThat(key(zone)).doesNotContain("PIN");
    }
  }

  private static String key(TokenZone zone) {
    return zone.served.loaded.byOrigin(origin()).stream()
        .flatMap(loaded -> loaded.cryptokeys().stream())
        .map(key -> key.content().reveal())
        .filter(content -> content.contains("Engine"))
        .findFirst()
        .orElse("");
  }

  /** As PowerDNS's own backend leaves it: in clear, and perhaps from before the PIN was changed. */
  @Test
  void thePinOfTheConfigurationGoesBeforeAStoredOne() throws Exception {
    TokenSettings token = SoftHsm.token("adopted", SoftHsm.PIN);
    TokenPins pins =
        new TokenPins(
            Map.of(
                token.label().orElseThrow(),
                new TokenPins.Pin(token.pin().orElseThrow(), "softhsm2")));
    try (ServedDatabase served =
        new ServedDatabase(folder, pins, database -> new SoftwareTokens(9, "x"))) {
      served.load(ZONE, RECORDS);
      for (String slot : List.of(token.label().orElseThrow(), "another token")) {
        served.sql(
            "INSERT INTO cryptokeys (domain_id, flags, active, published, content) SELECT id, 257,"
                + " true, true, E'Private-key-format: v1.2\\n"
                + "Algorithm: 13\\n"
                + "Engine: softhsm2\\n"
                + "Slot: "
                + slot
                + "\\nPIN: 000000\\nLabel: k\\nPubLabel: k\\n' FROM domains");
      }
      Name origin = origin();
      ServedDatabase.await(
          () -> served.loaded.byOrigin(origin).filter(z -> z.cryptokeys().size() == 2).isPresent());
      assertThat(served.loaded.byOrigin(origin).orElseThrow().cryptokeys())
          .extracting(key -> key.content().reveal().replaceFirst("(?s).*PIN: (\\d+).*", "$1"))
          .containsExactly(SoftHsm.PIN, "000000");
    }
  }
}
