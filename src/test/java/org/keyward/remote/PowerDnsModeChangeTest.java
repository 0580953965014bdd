package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.store.TestDatabase;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** A zone changes its mode while PowerDNS's caches still hold what was before. */
@Tag("once")
@Timeout(3_000)
class PowerDnsModeChangeTest {
  private static final String ZONE = "mode.example.";
  private static final String STORED = "mode.example";
  private static final String RECORDS =
      """
      @ 60 SOA ns.example.net. h.example.net. 1 3600 600 604800 5
      @ 60 NS ns.example.net.
      www 60 A 192.0.2.1
      a.b.ent 60 A 192.0.2.2
      *.wild 60 A 192.0.2.3
      secure 60 NS ns.example.net.
      secure 60 DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      insecure 60 NS ns.example.net.
      """;

  @TempDir Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static String[][] questions(String fresh) {
    return new String[][] {
      {fresh + "." + ZONE, "A"},
      {"fixed." + ZONE, "A"},
      {ZONE, "DNSKEY"},
      {ZONE, "SOA"},
      {ZONE, "AAAA"},
      {"www." + ZONE, "A"},
      {"www." + ZONE, "AAAA"},
      {"b.ent." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "A"},
      {"secure." + ZONE, "DS"},
      {"insecure." + ZONE, "DS"},
      {fresh + ".b.ent." + ZONE, "A"}
    };
  }

  @Test
  void noAnswerIsBogusWithShortCaches() throws Exception {
    thereAndBack(
        5,
        List.of("1 0 0 -"),
        "zone-metadata-cache-ttl=3",
        "dnssec-key-cache-ttl=3",
        "cache-ttl=2");
  }

  @Test
  @Tag("long")
  void noAnswerIsBogusWithDefaultCaches() throws Exception {
    thereAndBack(120, List.of("", "1 0 0 -", "1 1 0 -"));
  }

  private void thereAndBack(int half, List<String> nsec3params, String... caches) throws Exception {
    for (String nsec3param : nsec3params) {
      Path folder = Files.createTempDirectory(directory, "d");
      try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
        served.sql("ALTER TABLE keyward.assignment ALTER mode_half SET DEFAULT '" + half + " s'");
        served.load(ZONE, RECORDS);
        if (!nsec3param.isEmpty()) {
          served.setDenial(STORED, nsec3param);
        }
        served.sign(ZONE, SigningMode.PRESIGNED);
        try (PowerDns powerDns = start(served, folder, caches)) {
          Validation validation = new Validation(powerDns, ZONE, folder);
          try (Poller poller = new Poller(validation, PowerDnsModeChangeTest::questions)) {
            TimeUnit.SECONDS.sleep(Math.min(half, 20));
            assertThat(poller.bogus()).isEmpty();
            List<String> keys = sortedKeys(powerDns);
            for (String mode : List.of("split", "presigned")) {
              long serial = serial(served);
              served.changeMode(ZONE, mode);
              for (int second = 0; second < 2 * half + 3; second++) {
                served.work();
                TimeUnit.SECONDS.sleep(1);
                assertThat(poller.bogus()).as("to %s, %s s", mode, second).isEmpty();
                if (second % Math.max(1, half / 5) == 0) {
                  validation.verifyTransfer();
                }
              }
              assertThat(serial(served)).isGreaterThanOrEqualTo(serial + 3);
              assertThat(sortedKeys(powerDns)).isEqualTo(keys);
              assertIn(mode, served, powerDns);
            }
            assertThat(poller.asked()).isGreaterThan(4 * half);
          }
        }
      }
    }
  }

  /** Without query caches, as pre-signed zones need it. */
  private static PowerDns start(ServedDatabase served, Path folder, String... caches)
      throws Exception {
    List<String> lines = new java.util.ArrayList<>(List.of(caches));
    lines.addAll(List.of("query-cache-ttl=0", "negquery-cache-ttl=0"));
    return PowerDnsSplitTest.powerDns(served, folder, lines.toArray(String[]::new));
  }

  private static List<String> sortedKeys(PowerDns powerDns) {
    return powerDns.digShort(ZONE, "DNSKEY").stream().sorted().toList();
  }

  private static void assertIn(String mode, ServedDatabase served, PowerDns powerDns)
      throws Exception {
    var zone = served.loaded.byOrigin(Name.fromString(ZONE)).orElseThrow();
    boolean split = mode.equals("split");
    assertThat(zone.metadata().containsKey("PRESIGNED")).isEqualTo(!split);
    assertThat(zone.cryptokeys()).hasSize(split ? 1 : 0);
    long signatures = zone.list().filter(row -> row.type().equals("RRSIG")).count();
    assertThat(signatures == 0).isEqualTo(split);
    // PowerDNS signs from Thursday to Thursday, Keyward at moments of its own.
    assertThat(powerDns.dig("+dnssec", "+noall", "+answer", "www." + ZONE, "A"))
        .matches(text -> text.matches("(?s).*\\d{8}000000 \\d{8}000000 .*") == split);
  }

  private static long serial(ServedDatabase served) {
    return Long.parseLong(served.texts("SELECT keyward.serial_of(id)::text FROM domains").get(0));
  }

  @Test
  void whatCannotBeDoneSafelyIsRefused() throws Exception {
    try (ServedDatabase served = new ServedDatabase(directory, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.load("live.example.", RECORDS);
      assertThatThrownBy(() -> served.changeMode(ZONE, "split"))
          .hasMessageContaining("keyward assign --mode split");
      served.sign(ZONE, SigningMode.PRESIGNED);
      served.sql(
          "INSERT INTO cryptokeys (domain_id, flags, active, content)"
              + " SELECT id, 257, true, '"
              + TestDatabase.KEY
              + "' FROM domains WHERE name = 'live.example'");
      assertThatThrownBy(() -> served.changeMode(ZONE, "split"))
          .hasMessageContaining("while PowerDNS signs live.example");
      served.sql("DELETE FROM cryptokeys");
      assertThatThrownBy(() -> served.changeMode(ZONE, "powerdns"))
          .hasMessageContaining("set 'powerdns-module' of that token");
      assertThatThrownBy(() -> served.changeMode(ZONE, "unsigned"))
          .hasMessageContaining("keyward unassign");
      served.changeMode(ZONE, "split");
      assertThatThrownBy(() -> served.changeMode(ZONE, "presigned"))
          .hasMessageContaining("changing its mode already");
      served.sql("UPDATE keyward.assignment SET mode_since = mode_since - INTERVAL '1 hour'");
      assertThatThrownBy(() -> served.changeMode(ZONE, "powerdns"))
          .hasMessageContaining("take it to presigned first")
          .hasMessageContaining("direct-dnskey-signature=yes");
      served.sql(
          "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id,"
              + " 'alias.mode.example', 'ALIAS', 'example.net', 60 FROM domains"
              + " WHERE name = 'mode.example'");
      assertThatThrownBy(() -> served.changeMode(ZONE, "presigned"))
          .hasMessageContaining("alias.mode.example ALIAS");
    }
  }
}
