package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.dnssec.CryptoProviders;

/** A signed zone changes its denial chain while PowerDNS's caches still hold the one before. */
@Tag("once")
class PowerDnsDenialChangeTest {
  private static final String ZONE = "change.example.";
  private static final String STORED = "change.example";
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

  @Test
  void noAnswerIsBogusWithShortCaches() throws Exception {
    changes(
        4,
        Arrays.asList("1 0 0 -", "1 1 0 -", null),
        "zone-metadata-cache-ttl=2",
        "dnssec-key-cache-ttl=1",
        "cache-ttl=1");
  }

  @Test
  @Tag("long")
  void noAnswerIsBogusWithDefaultCaches() throws Exception {
    changes(120, Arrays.asList("1 0 0 -", "1 0 1 ab", "1 1 0 -", null));
  }

  private void changes(int overlap, List<String> params, String... caches) throws Exception {
    try (ServedDatabase served = new ServedDatabase(directory, TransactionLimits.DEFAULT)) {
      served.sql("ALTER TABLE keyward.denial ALTER overlap SET DEFAULT '" + overlap + " seconds'");
      served.load(ZONE, RECORDS);
      served.sign(ZONE);
      try (PowerDns powerDns = PowerDnsDenialTest.powerDns(served, directory, caches);
          Poller poller =
              new Poller(
                  new Validation(powerDns, ZONE, files()), PowerDnsDenialChangeTest::questions)) {
        assertThat(negative(powerDns)).containsPattern("IN\\s+NSEC\\s");
        long serial = serial(served);
        String before = null;
        for (String param : params) {
          set(served, powerDns, param);
          assertThat(serial(served)).isGreaterThan(serial);
          int steps = before == null || param == null ? 1 : 2;
          before = param;
          for (int second = 0; second < steps * overlap + 2; second++) {
            served.signer().plan();
            TimeUnit.SECONDS.sleep(1);
            assertThat(poller.bogus()).as("after %s", param).isEmpty();
          }
          assertThat(serial(served)).isGreaterThan(serial + 1);
          serial = serial(served);
          assertThat(negative(powerDns))
              .containsPattern(param == null ? "IN\\s+NSEC\\s" : "IN\\s+NSEC3\\s");
          assertThat(powerDns.digShort(ZONE, "NSEC3PARAM"))
              .isEqualTo(
                  param == null
                      ? List.of()
                      : List.of(param.replace("1 1", "1 0").toUpperCase(java.util.Locale.ROOT)));
          new Validation(powerDns, ZONE, files()).verifyTransfer();
        }
        assertThat(poller.asked()).isGreaterThan(params.size() * overlap);
      }
    }
  }

  /** With SQL, or with PowerDNS's own tool. */
  private static void set(ServedDatabase served, PowerDns powerDns, String param) {
    if (param == null) {
      powerDns.pdnsutil("unset-nsec3", STORED);
    } else if (param.equals("1 1 0 -")) {
      assertThat(powerDns.pdnsutil("set-nsec3", STORED, param)).contains("(opt-out) set");
    } else {
      served.setDenial(STORED, param);
    }
  }

  private Path files() throws Exception {
    return Files.createTempDirectory(directory, "v");
  }

  private static String negative(PowerDns powerDns) {
    return powerDns.dig("+dnssec", "n" + System.nanoTime() + "." + ZONE, "A");
  }

  private static long serial(ServedDatabase served) {
    return Long.parseLong(served.texts("SELECT keyward.serial_of(id)::text FROM domains").get(0));
  }

  private static String[][] questions(String fresh) {
    return new String[][] {
      {fresh + "." + ZONE, "A"},
      {"fixed." + ZONE, "A"},
      {ZONE, "AAAA"},
      {ZONE, "NSEC3PARAM"},
      {"www." + ZONE, "A"},
      {"www." + ZONE, "AAAA"},
      {"b.ent." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "A"},
      {fresh + ".wild." + ZONE, "TXT"},
      {"secure." + ZONE, "DS"},
      {"insecure." + ZONE, "DS"},
      {fresh + ".b.ent." + ZONE, "A"}
    };
  }
}
