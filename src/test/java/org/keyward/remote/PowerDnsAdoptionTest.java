package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.HsmAdoption;
import org.keyward.zone.SigningMode;

/**
 * A zone that PowerDNS's own backend has signed with a key on a token, as {@code pdnsutil hsm
 * assign} left it, goes over to Keyward with the same keys while it is served, and back.
 */
@Tag("once")
@Timeout(1_800)
class PowerDnsAdoptionTest {
  private static final String ZONE = "adopt.example.";
  private static final int SHORT = 3;
  private static final String[] SHORT_CACHES = {
    "zone-metadata-cache-ttl=1",
    "dnssec-key-cache-ttl=1",
    "cache-ttl=1",
    "query-cache-ttl=0",
    "negquery-cache-ttl=0"
  };
  private static final String RECORDS =
      """
      @ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 5
      @ 60 NS ns.example.net.
      www 60 A 192.0.2.1
      a.b.ent 60 A 192.0.2.2
      *.wild 60 A 192.0.2.3
      insecure 60 NS ns.example.net.
      """;

  @TempDir Path folder;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static String[][] questions(String fresh) {
    return new String[][] {
      {fresh + "." + ZONE, "A"},
      {ZONE, "DNSKEY"},
      {ZONE, "SOA"},
      {"www." + ZONE, "A"},
      {"www." + ZONE, "AAAA"},
      {"b.ent." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "A"},
      {"insecure." + ZONE, "DS"}
    };
  }

  private TokenZone zone(int half) throws Exception {
    TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true);
    zone.served.sql("ALTER TABLE keyward.assignment ALTER mode_half SET DEFAULT '" + half + " s'");
    return zone;
  }

  private static Stream<PowerDnsVersion> versions() {
    return PowerDnsVersion.chosen().stream();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void noAnswerIsBogusOnTheWayThereAndBack(PowerDnsVersion version) throws Exception {
    version.assumeThere();
    thereAndBack(version, SHORT, true, SHORT_CACHES);
  }

  @Test
  @Tag("long")
  void aZoneWithoutAZskPublishesOneAhead() throws Exception {
    thereAndBack(PowerDnsVersion.HOST, SHORT, false, SHORT_CACHES);
  }

  @Test
  @Tag("long")
  void noAnswerIsBogusWithDefaultCaches() throws Exception {
    thereAndBack(PowerDnsVersion.HOST, 120, true, "query-cache-ttl=0", "negquery-cache-ttl=0");
  }

  private void thereAndBack(PowerDnsVersion version, int half, boolean withZsk, String... caches)
      throws Exception {
    try (TokenZone zone = zone(half)) {
      if (withZsk) {
        zone.gpgsql("add-zone-key", zone.stored(), "zsk", "active", "ecdsa256");
      }
      zone.gpgsql(zone.hsmAssign());
      assertThat(zone.hasPinInDatabase()).isTrue();
      try (PowerDns powerDns = zone.powerDns(version, caches)) {
        ServedDatabase.await(() -> !zone.keys(powerDns).isEmpty());
        Validation validation = new Validation(powerDns, ZONE, folder);
        List<String> before = zone.keys(powerDns);
        try (Poller poller = new Poller(validation, PowerDnsAdoptionTest::questions)) {
          adopt(zone, powerDns, withZsk);
          until(zone, validation, poller, "adoption", () -> isAdopted(zone));
          assertAdopted(zone, powerDns, before);
          handOver(zone, powerDns, validation, poller);
          assertThat(poller.asked()).isGreaterThan(4 * half);
        }
      }
    }
  }

  private static void adopt(TokenZone zone, PowerDns powerDns, boolean withZsk) {
    HsmAdoption adoption = zone.adoption();
    assertThat(adoption.find())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.token()).contains(zone.token.name());
              assertThat(found.pinStored()).isTrue();
              assertThat(found.obstacle()).isEmpty();
            });
    assertThat(zone.hasPinInDatabase()).as("only a report").isTrue();
    assertThat(zone.adopt().requests()).hasSize(1);
    assertThat(zone.hasPinInDatabase()).isFalse();
    if (!withZsk) {
      assertThat(
              zone.served.texts("SELECT (not_before > now() + '2 min')::text FROM keyward.request"))
          .containsExactly("true");
      ServedDatabase.await(() -> zone.keys(powerDns).size() == 2);
      zone.served.sql("UPDATE keyward.request SET not_before = now()");
    }
    assertThat(zone.adopt().requests()).as("once").isEmpty();
  }

  /** Every second until it is done, and until the caches of what was before are over. */
  private static void until(
      TokenZone zone, Validation validation, Poller poller, String what, BooleanSupplier done)
      throws Exception {
    for (int second = 0, left = 3; left > 0; second++) {
      zone.served.work();
      TimeUnit.SECONDS.sleep(1);
      validation.verifyTransfer();
      assertThat(poller.bogus()).as("%s, after %s s", what, second).isEmpty();
      assertThat(second).as("seconds that %s takes", what).isLessThan(400);
      left -= done.getAsBoolean() ? 1 : 0;
    }
  }

  private static boolean isAdopted(TokenZone zone) {
    return zone.served.texts("SELECT id::text FROM keyward.powerdns_keys").isEmpty();
  }

  private static void assertAdopted(TokenZone zone, PowerDns powerDns, List<String> before)
      throws Exception {
    assertThat(zone.served.texts("SELECT state || answer FROM keyward.request"))
        .singleElement()
        .asString()
        .startsWith("done");
    assertThat(zone.served.loaded.byOrigin(zone.origin()).orElseThrow().metadata())
        .containsKey("PRESIGNED");
    assertThat(zone.keys(powerDns)).containsAll(before).hasSize(2);
    assertThat(zone.hasPinInDatabase()).isFalse();
    assertThat(zone.adoption().find()).isEmpty();
  }

  private static void handOver(
      TokenZone zone, PowerDns powerDns, Validation validation, Poller poller) throws Exception {
    List<String> keys = zone.keys(powerDns);
    zone.served.changeMode(ZONE, "powerdns");
    assertThat(zone.served.texts("SELECT answer FROM keyward.request ORDER BY id DESC LIMIT 1"))
        .singleElement()
        .asString()
        .contains("uses token 'office' itself", "beside Keyward's permit");
    until(zone, validation, poller, "handover", () -> isHandedOver(zone));
    assertThat(zone.keys(powerDns)).isEqualTo(keys);
    assertThat(zone.served.loaded.byOrigin(zone.origin()).orElseThrow().metadata())
        .doesNotContainKey("PRESIGNED");
    assertThat(zone.served.texts("SELECT id::text FROM cryptokeys")).isEmpty();
    assertThat(
            zone.served.texts("SELECT id::text FROM keyward.sealed_key WHERE active AND published"))
        .hasSize(2);
    assertThat(zone.served.texts("SELECT id::text FROM keyward.zsk")).isEmpty();
    assertThat(zone.served.texts("SELECT mode FROM keyward.zone_status"))
        .containsExactly("powerdns");
    assertThat(
            zone.served.texts(
                "SELECT action FROM keyward.audit WHERE action ~ 'MODE|KEY_ADDED' ORDER BY id"))
        .endsWith("CRYPTOKEY_ADDED", "CRYPTOKEY_ADDED", "MODE_CHANGED", "MODE_CHANGED");
    assertThat(zone.hasPinInDatabase()).isFalse();
    assertThat(powerDns.log()).doesNotContain(org.keyward.token.SoftHsm.PIN);
    // PowerDNS signs from Thursday to Thursday, Keyward at moments of its own.
    assertThat(powerDns.dig("+dnssec", "+noall", "+answer", ZONE, "DNSKEY"))
        .matches("(?s).*\\d{8}000000 \\d{8}000000 .*");
    assertThat(zone.adoption().find().get(0).obstacle()).as("it could come again").isEmpty();
  }

  private static boolean isHandedOver(TokenZone zone) {
    return zone.served.texts("SELECT state FROM keyward.assignment").equals(List.of("ended"));
  }

  /** Where PowerDNS 5.1 signs for a zone in mode split it signs no DNSKEY set of others. */
  @Test
  @Tag("long")
  void fromSplitByWayOfPresigned() throws Exception {
    PowerDnsVersion version = PowerDnsVersion.named("5.1");
    try (TokenZone zone = zone(SHORT)) {
      zone.assign(SigningMode.SPLIT);
      List<String> keys;
      try (PowerDns powerDns = PowerDnsSplitTest.powerDns(zone.served, folder, SHORT_CACHES)) {
        ServedDatabase.await(() -> !zone.keys(powerDns).isEmpty());
        keys = zone.keys(powerDns);
        Validation validation = new Validation(powerDns, ZONE, folder);
        try (Poller poller = new Poller(validation, PowerDnsAdoptionTest::questions)) {
          assertThat(refusal(zone)).contains("is in mode split", "presigned first");
          zone.served.changeMode(ZONE, "presigned");
          until(zone, validation, poller, "to presigned", () -> isSettled(zone));
        }
      }
      try (PowerDns powerDns = zone.powerDns(version, SHORT_CACHES)) {
        assertThat(zone.keys(powerDns)).isEqualTo(keys);
        Validation validation = new Validation(powerDns, ZONE, folder);
        try (Poller poller = new Poller(validation, PowerDnsAdoptionTest::questions)) {
          handOver(zone, powerDns, validation, poller);
        }
      }
    }
  }

  private static boolean isSettled(TokenZone zone) {
    return zone.served
        .texts("SELECT id::text FROM keyward.assignment WHERE mode_since + 2 * mode_half > now()")
        .isEmpty();
  }

  private static String refusal(TokenZone zone) {
    try {
      zone.served.changeMode(ZONE, "powerdns");
      return "";
    } catch (AssertionError | java.io.IOException e) {
      return e.getMessage();
    }
  }

  /**
   * A server without the PIN would make it bogus: there it stays as it was, and so the assignment.
   */
  @Test
  void withoutThePinTheZoneStaysPresigned() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, false)) {
      zone.served.sql("ALTER TABLE keyward.assignment ALTER mode_half SET DEFAULT '1 s'");
      zone.assign(SigningMode.PRESIGNED);
      zone.served.changeMode(ZONE, "powerdns");
      ServedDatabase.await(
          () ->
              zone.served.texts("SELECT reason FROM keyward.problems WHERE type = 'MODE'").stream()
                  .anyMatch(reason -> reason.contains("has no PIN for it")));
      TimeUnit.SECONDS.sleep(3);
      zone.served.work();
      assertThat(isHandedOver(zone)).isFalse();
      var served = zone.served.loaded.byOrigin(zone.origin()).orElseThrow();
      assertThat(served.metadata()).containsKey("PRESIGNED");
      assertThat(served.cryptokeys()).isEmpty();
      assertThat(served.lookup(zone.origin()).orElseThrow().rows())
          .anyMatch(row -> row.type().equals("RRSIG") && row.content().startsWith("DNSKEY "));
    }
  }

  /** Else the zone would be SERVFAIL from the next start of PowerDNS on. */
  @Test
  void pinsStayWhereTheServerHasNone() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, false)) {
      zone.gpgsql("add-zone-key", zone.stored(), "zsk", "active", "ecdsa256");
      zone.gpgsql(zone.hsmAssign());
      assertThat(zone.adopt().zones())
          .singleElement()
          .satisfies(
              left ->
                  assertThat(left.withoutPin().orElseThrow())
                      .contains("test at 127.0.0.1:8054", zone.slot));
      assertThat(zone.hasPinInDatabase()).isTrue();
      try (PowerDns powerDns = zone.powerDns(PowerDnsVersion.HOST, SHORT_CACHES)) {
        ServedDatabase.await(() -> zone.keys(powerDns).size() == 2);
        assertThat(powerDns.pdnsutil("list-keys", zone.stored())).contains("KSK").contains("ZSK");
      }
    }
  }

  @Test
  void whatCannotGoOverKeepsItsKeyWithoutThePin() throws Exception {
    try (TokenZone zone = new TokenZone(folder, ZONE, RECORDS, true)) {
      zone.served.sql(
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, 'alias.' || name,"
              + " 'ALIAS', 'example.net', 60 FROM domains");
      zone.gpgsql(zone.hsmAssign());
      HsmAdoption adoption = zone.adoption();
      assertThat(adoption.find().get(0).obstacle().orElseThrow()).contains("ALIAS");
      assertThat(zone.adopt().requests()).isEmpty();
      assertThat(zone.hasPinInDatabase()).isFalse();
      assertThat(zone.served.texts("SELECT form FROM keyward.powerdns_keys"))
          .containsExactly("sealed");
      HsmAdoption elsewhere = new HsmAdoption(zone.served.database, ServedDatabase.SEAL, Map.of());
      assertThat(elsewhere.find().get(0).obstacle().orElseThrow()).contains("no token");
    }
  }
}
