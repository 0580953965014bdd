package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** Mode split: the DNSKEY set and its signature from Keyward, the rest signed by PowerDNS 5.1. */
@Tag("once")
@Timeout(300)
class PowerDnsSplitTest {
  private static final String ZONE = "split.example.";
  private static final String STORED = "split.example";
  private static final String RECORDS =
      """
      @ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60
      @ 300 NS ns.example.net.
      www 300 A 192.0.2.1
      a.b.ent 300 A 192.0.2.2
      *.wild 300 A 192.0.2.3
      alias 300 CNAME www
      secure 300 NS ns.example.net.
      secure 300 DS 1 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      insecure 300 NS ns.insecure
      ns.insecure 300 A 192.0.2.4
      """;

  @TempDir static Path directory;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  /** PowerDNS 5.1 with what 'keyward pdns-config' prints for mode split. */
  static PowerDns powerDns(ServedDatabase served, Path folder, String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "launch=remote",
                "remote-connection-string=unix:path=" + served.servers.socket(),
                "remote-dnssec=yes",
                "direct-dnskey=yes",
                "direct-dnskey-signature=yes",
                "dname-processing=yes",
                "zone-cache-refresh-interval=1",
                "disable-axfr=no",
                "allow-axfr-ips=127.0.0.0/8"));
    lines.addAll(List.of(more));
    return PowerDns.start(
        PowerDnsVersion.named("5.1"), Files.createTempDirectory(folder, "p"), lines);
  }

  static List<Validation.Question> questions() {
    List<Validation.Question> questions = new ArrayList<>();
    for (String name :
        List.of(
            "", "www.", "b.ent.", "ent.", "x.wild.", "alias.", "absent.", "x.www.", "zz.b.ent.")) {
      for (String type : List.of("A", "TXT")) {
        questions.add(new Validation.Question(name + ZONE, type));
      }
    }
    for (String type : List.of("DNSKEY", "SOA", "NS", "CDS", "CDNSKEY", "NSEC3PARAM")) {
      questions.add(new Validation.Question(ZONE, type));
    }
    questions.add(new Validation.Question("secure." + ZONE, "DS"));
    questions.add(new Validation.Question("insecure." + ZONE, "DS"));
    return questions;
  }

  private static Path files() throws IOException {
    return Files.createTempDirectory(directory, "v");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 0 0 -", "1 1 0 -", "narrow"})
  void everyAnswerIsProved(String nsec3param) throws Exception {
    Path folder = files();
    boolean narrow = nsec3param.equals("narrow");
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      if (!nsec3param.isEmpty()) {
        served.setDenial(STORED, narrow ? "1 0 0 -" : nsec3param);
      }
      if (narrow) {
        served.metadata(STORED, "NSEC3NARROW", "1");
      }
      served.sign(ZONE, SigningMode.SPLIT);
      assertThat(served.loaded.byOrigin(Name.fromString(ZONE)).orElseThrow().metadata())
          .doesNotContainKey("PRESIGNED");
      assertThat(
              served
                  .loaded
                  .byOrigin(Name.fromString(ZONE))
                  .orElseThrow()
                  .list()
                  .filter(row -> row.type().equals("RRSIG")))
          .isEmpty();
      try (PowerDns powerDns = powerDns(served, folder)) {
        Validation validation = new Validation(powerDns, ZONE, folder);
        assertThat(validation.failures(questions(), nsec3param)).isEmpty();
        validation.unboundAccepts("www." + ZONE, "A");
        validation.unboundAccepts("alias." + ZONE, "A");
        if (!nsec3param.startsWith("1 1")) {
          validation.unboundAccepts("absent." + ZONE, "A");
        }
        if (narrow) {
          assertThat(powerDns.dig("+dnssec", "absent." + ZONE, "A")).containsPattern("NSEC3\\s1 0");
        } else {
          validation.verifyTransfer();
          validation.compareChainWithAnotherSigner(nsec3param.isEmpty() ? null : nsec3param);
        }
        assertThat(powerDns.digShort(ZONE, "DNSKEY")).hasSize(2);
        assertThat(powerDns.dig("+dnssec", "+noall", "+answer", ZONE, "DNSKEY"))
            .containsPattern(ZONE + "\\s+60\\s+IN\\s+RRSIG\\s+DNSKEY 13 2 60 ");
      }
    }
  }

  @Test
  void aNewMinimumIsShownWhenTheKskHasSignedIt() throws Exception {
    Path folder = files();
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.sign(ZONE, SigningMode.SPLIT);
      served.work();
      try (PowerDns powerDns =
          powerDns(served, folder, "cache-ttl=0", "query-cache-ttl=0", "negquery-cache-ttl=0")) {
        Validation validation = new Validation(powerDns, ZONE, folder);
        validation.verifyTransfer();
        for (int minimum : new int[] {300, 5, 60}) {
          String before = minimum(powerDns);
          served.sql(
              "UPDATE records SET content = regexp_replace(content, '\\d+$', '%d')"
                      .formatted(minimum)
                  + " WHERE type = 'SOA'");
          ServedDatabase.await(() -> serial(powerDns) == storedSerial(served));
          if (minimum == 60) { // signed before
            ServedDatabase.await(() -> minimum(powerDns).equals("60"));
          } else {
            assertThat(minimum(powerDns)).isEqualTo(before);
          }
          validation.verifyTransfer();
          assertThat(validation.failures(questions())).isEmpty();
          long serial = storedSerial(served);
          long signed = signatures(served);
          served.work();
          assertThat(signatures(served) - signed).isEqualTo(minimum == 60 ? 0 : 5);
          ServedDatabase.await(() -> minimum(powerDns).equals(Integer.toString(minimum)));
          if (minimum != 60) {
            assertThat(storedSerial(served)).isGreaterThan(serial);
          }
          validation.verifyTransfer();
          assertThat(validation.failures(questions())).isEmpty();
          assertThat(powerDns.dig("+dnssec", "+noall", "+answer", ZONE, "DNSKEY"))
              .contains("RRSIG\tDNSKEY 13 2 " + minimum + " ");
        }
      }
    }
  }

  private static String minimum(PowerDns powerDns) {
    List<String> soa = powerDns.digShort(ZONE, "SOA");
    return soa.isEmpty() ? "" : soa.get(0).replaceFirst(".* ", "");
  }

  private static long serial(PowerDns powerDns) {
    List<String> soa = powerDns.digShort(ZONE, "SOA");
    return soa.isEmpty() ? -1 : Long.parseLong(soa.get(0).split(" ")[2]);
  }

  private static long storedSerial(ServedDatabase served) {
    return Long.parseLong(served.texts("SELECT keyward.serial_of(id)::text FROM domains").get(0));
  }

  private static long signatures(ServedDatabase served) {
    return Long.parseLong(served.texts("SELECT count(*)::text FROM keyward.signed_set").get(0));
  }

  @Test
  void whatPowerDnsWouldPublishOfTheZskIsRefused() throws Exception {
    Path folder = files();
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.load("other.example.", RECORDS);
      served.metadata(STORED, "PUBLISH-CDS", "2");
      assertThatThrownBy(() -> served.sign(ZONE, SigningMode.SPLIT))
          .hasMessageContaining("has PUBLISH-CDS")
          .hasMessageContaining("RFC 7344");
      served.sql("DELETE FROM domainmetadata");
      served.sign(ZONE, SigningMode.SPLIT);
      assertThatThrownBy(() -> served.metadata(STORED, "PUBLISH-CDS", "2"))
          .hasMessageContaining("cannot be set in mode split");
      try (PowerDns powerDns = powerDns(served, folder)) {
        powerDns.pdnsutil("set-publish-cdnskey", STORED);
        powerDns.pdnsutil("secure-zone", "other.example");
        assertThat(served.texts("SELECT kind FROM domainmetadata")).isEmpty();
        assertThat(served.texts("SELECT id::text FROM cryptokeys")).isEmpty();
        assertThat(powerDns.digShort(ZONE, "CDS")).isEmpty();
        assertThatThrownBy(
                () ->
                    served.sql(
                        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name,"
                            + " 'CDS', '0 0 0 00', 60 FROM domains WHERE name = 'split.example'"))
            .hasMessageContaining("does not fit the key");
        assertThat(new Validation(powerDns, ZONE, folder).failures(questions())).isEmpty();
        assertThat(powerDns.digShort(ZONE, "CDS")).isEmpty();
      }
    }
  }
}
