package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.dnssec.CryptoProviders;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.signing.SigningStore;
import org.keyward.store.PostgresSigning;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/** CDS and CDNSKEY of a pre-signed zone, as a parent's program reads them. */
@Tag("once")
@Timeout(300)
class PowerDnsChildKeysTest {
  private static final String ZONE = "child.example.";
  private static final String STORED = "child.example";
  private static final String RECORDS =
      """
      @ 300 SOA ns.example.net. h.example.net. 1 3600 600 604800 60
      @ 300 NS ns.example.net.
      www 300 A 192.0.2.1
      """;
  private static final List<Validation.Question> QUESTIONS =
      List.of(
          new Validation.Question(ZONE, "CDS"),
          new Validation.Question(ZONE, "CDNSKEY"),
          new Validation.Question(ZONE, "TXT"),
          new Validation.Question(ZONE, "DNSKEY"),
          new Validation.Question("absent." + ZONE, "A"));

  @TempDir Path folder;

  @BeforeAll
  static void provider() {
    CryptoProviders.install();
  }

  private static Stream<Arguments> versionsAndDenials() {
    return PowerDnsVersion.chosen().stream()
        .flatMap(version -> Stream.of("", "1 0 0 -").map(nsec3 -> Arguments.of(version, nsec3)));
  }

  @ParameterizedTest
  @MethodSource("versionsAndDenials")
  void aParentTakesWhatTheKskHasSigned(PowerDnsVersion version, String nsec3param)
      throws Exception {
    version.assumeThere();
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      if (!nsec3param.isEmpty()) {
        served.setDenial(STORED, nsec3param);
      }
      served.sign(ZONE);
      served.work();
      try (PowerDns powerDns = start(version, served)) {
        Validation validation = new Validation(powerDns, ZONE, folder);
        long steps = keySignatures(served);
        assertThat(childSignatures(served)).isZero();
        assertProved(validation);
        final long serial = serial(served);

        assertThat(powerDns.pdnsutil("set-publish-cds", STORED, "2")).doesNotContain("Error");
        assertThat(powerDns.pdnsutil("set-publish-cdnskey", STORED)).doesNotContain("Error");
        awaitServed(served, serial);
        assertThat(powerDns.digShort(ZONE, "CDS")).as("before it is signed").isEmpty();
        assertProved(validation);

        served.work();
        assertThat(childSignatures(served)).as("one a set and step").isEqualTo(2 * steps);
        assertThat(keySignatures(served)).isEqualTo(steps);
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDS").size() == 1);
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDNSKEY").size() == 1);
        assertThat(serial(served)).isGreaterThan(serial + 1);
        assertProved(validation);
        String ds = dsForParent(powerDns);
        assertThat(ds).contains(powerDns.digShort(ZONE, "CDS").get(0).split(" ")[3]);
        assertSignedByKskAlone(powerDns);

        // Another digest: what was there is served until the new set is signed.
        powerDns.pdnsutil("set-publish-cds", STORED, "2,4");
        assertProved(validation);
        assertThat(powerDns.digShort(ZONE, "CDS")).hasSize(1);
        served.work();
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDS").size() == 2);
        assertThat(childSignatures(served)).isEqualTo(3 * steps);
        assertProved(validation);

        // The form that asks for no DS, and back again with what was signed before.
        powerDns.pdnsutil("set-publish-cds", STORED, "0");
        powerDns.pdnsutil("set-publish-cdnskey", STORED, "delete");
        served.work();
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDS").equals(List.of("0 0 0 00")));
        ServedDatabase.await(
            () -> powerDns.digShort(ZONE, "CDNSKEY").equals(List.of("0 3 0 AA==")));
        assertProved(validation);
        assertSignedByKskAlone(powerDns);
        powerDns.pdnsutil("set-publish-cds", STORED, "2");
        long before = childSignatures(served);
        served.work();
        assertThat(childSignatures(served)).as("signed once").isEqualTo(before);
        ServedDatabase.await(
            () -> powerDns.digShort(ZONE, "CDS").stream().allMatch(cds -> cds.length() > 20));

        powerDns.pdnsutil("unset-publish-cds", STORED);
        powerDns.pdnsutil("unset-publish-cdnskey", STORED);
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDS").isEmpty());
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDNSKEY").isEmpty());
        assertProved(validation);
        assertThat(
                served.texts(
                    "SELECT count(*)::text FROM keyward.audit WHERE action = 'KSK_SIGNATURE'"
                        + " AND detail ~ '^CD(S|NSKEY) set, in use from '"))
            .containsExactly(Long.toString(childSignatures(served)));
      }
    }
  }

  /** Both sets are asked for one after the other, and the signer may come in between. */
  @Test
  void whatIsAskedForWhileTheSignerPlansIsPlannedFromNowOn() throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.sign(ZONE);
      PostgresSigning signing = new PostgresSigning(served.database, ServedDatabase.SEAL, "test");
      SigningStore.Planned before =
          signing.toPlan(Instant.now().plus(Duration.ofDays(30)), 10).get(0);
      served.metadata(STORED, "PUBLISH-CDS", "2");
      served.metadata(STORED, "PUBLISH-CDNSKEY", "1");
      ValidityWindow last =
          before.schedule().windowAt(before.zone(), before.plannedUntil().plusSeconds(1));
      assertThat(
              signing.plan(
                  before, List.of(new SigningStore.Step(last, last.activeFrom(), Instant.EPOCH))))
          .as("planned with what was not asked for yet")
          .isZero();
      served.work();
      assertThat(
              served.texts(
                  "SELECT type::text FROM keyward.signed_child GROUP BY type"
                      + " HAVING min(active_from) <= extract(epoch FROM now()) ORDER BY type"))
          .containsExactly("59", "60");
    }
  }

  @Test
  void aSetWithoutASignatureThatIsValidNowIsNotShown() throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.sign(ZONE);
      served.metadata(STORED, "PUBLISH-CDS", "2");
      served.metadata(STORED, "PUBLISH-CDNSKEY", "1");
      served.work();
      served.sql(
          "DELETE FROM keyward.signed_child"
              + " WHERE type = 60 AND inception <= extract(epoch FROM now())");
      served.sql("SELECT keyward.touch_signing(id) FROM domains");
      try (PowerDns powerDns = start(PowerDnsVersion.HOST, served)) {
        ServedDatabase.await(() -> powerDns.digShort(ZONE, "CDNSKEY").isEmpty());
        assertThat(powerDns.digShort(ZONE, "CDS")).hasSize(1);
        assertProved(new Validation(powerDns, ZONE, folder));
      }
    }
  }

  private static PowerDns start(PowerDnsVersion version, ServedDatabase served) {
    return PowerDns.start(
        version,
        served.servers.socket().getParent(),
        List.of(
            "launch=remote",
            "remote-connection-string=unix:path=" + served.servers.socket(),
            "remote-dnssec=yes",
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "zone-cache-refresh-interval=1",
            "disable-axfr=no",
            "allow-axfr-ips=127.0.0.0/8"));
  }

  private static void assertProved(Validation validation) throws Exception {
    assertThat(validation.failures(QUESTIONS)).isEmpty();
    validation.unboundAccepts(ZONE, "CDS");
    validation.verifyTransfer();
  }

  /** As a registry's program does: what is not signed by a key of the DS is refused. */
  private String dsForParent(PowerDns powerDns) throws Exception {
    StringBuilder child = new StringBuilder();
    for (String type : List.of("CDS", "CDNSKEY", "DNSKEY")) {
      child.append(powerDns.dig("+dnssec", "+noall", "+answer", ZONE, type));
    }
    Path keys = folder.resolve("keys");
    Files.writeString(keys, powerDns.dig("+noall", "+answer", ZONE, "DNSKEY"));
    Path file = folder.resolve("child");
    Files.writeString(file, child);
    Path ds = folder.resolve("dsset");
    Files.writeString(
        ds,
        PowerDns.run(
            List.of(
                "sh",
                "-c",
                "grep 'DNSKEY.257 ' '" + keys + "' | dnssec-dsfromkey -2 -f /dev/stdin " + ZONE)));
    Files.setLastModifiedTime(
        ds, java.nio.file.attribute.FileTime.from(Instant.now().minusSeconds(30 * 86_400)));
    String said =
        PowerDns.run(
            List.of("dnssec-cds", "-v", "1", "-d", ds.toString(), "-f", file.toString(), ZONE));
    assertThat(said).contains("IN DS ").doesNotContain("could not");
    return said;
  }

  private static void assertSignedByKskAlone(PowerDns powerDns) {
    String tag =
        powerDns
            .dig("+multi", "+noall", "+answer", ZONE, "DNSKEY")
            .replaceFirst("(?s).*KSK; .*?key id = (\\d+).*", "$1");
    for (String type : List.of("CDS", "CDNSKEY")) {
      List<String> signatures =
          powerDns
              .dig("+dnssec", "+noall", "+answer", ZONE, type)
              .lines()
              .filter(line -> line.contains("RRSIG"))
              .toList();
      assertThat(signatures).hasSize(1);
      assertThat(signatures.get(0)).contains("RRSIG\t" + type + " 13 2 ").contains(" " + tag + " ");
    }
  }

  private static void awaitServed(ServedDatabase served, long serial) {
    ServedDatabase.await(() -> serial(served) > serial);
  }

  private static long serial(ServedDatabase served) {
    return Long.parseLong(served.texts("SELECT keyward.serial_of(id)::text FROM domains").get(0));
  }

  private static long keySignatures(ServedDatabase served) {
    return count(served, "keyward.signed_set");
  }

  private static long childSignatures(ServedDatabase served) {
    return count(served, "keyward.signed_child");
  }

  private static long count(ServedDatabase served, String table) {
    return Long.parseLong(served.texts("SELECT count(*)::text FROM " + table).get(0));
  }

  @Test
  void whatContradictsTheKeyIsRefused() throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS + "@ 300 CDS 1 13 2 " + "ab".repeat(32) + "\n");
      served.sign(ZONE, SigningMode.PRESIGNED);
      Name origin = Name.fromString(ZONE);
      ServedDatabase.await(
          () ->
              served.loaded.byOrigin(origin).orElseThrow().problems().stream()
                  .anyMatch(problem -> problem.reason().contains("--publish on")));
      assertThat(served.loaded.byOrigin(origin).orElseThrow().lookup(origin).orElseThrow().rows())
          .noneMatch(row -> row.type().equals("CDS"));
      assertThatThrownBy(() -> insert(served, "CDS", "2 13 2 " + "cd".repeat(32)))
          .hasMessageContaining("PUBLISH-CDS");
      assertThatThrownBy(() -> insert(served, "CDNSKEY", "257 3 13 AAAA"))
          .hasMessageContaining("does not fit the key");
      String fits =
          served
              .texts(
                  "SELECT key_tag || ' ' || algorithm || ' 2 ' || digest FROM keyward.ds_records")
              .get(0);
      insert(served, "CDS", fits);
      assertThatThrownBy(() -> served.metadata(STORED, "PUBLISH-CDS", "1"))
          .hasMessageContaining("write the digest types");
      assertThatThrownBy(() -> served.metadata(STORED, "PUBLISH-CDNSKEY", "257"))
          .hasMessageContaining("write 1, or 0");
    }
  }

  private static void insert(ServedDatabase served, String type, String content) {
    served.sql(
        "INSERT INTO records (domain_id, name, type, content, ttl) SELECT id, name, '%s', '%s', 60"
                .formatted(type, content)
            + " FROM domains");
  }

  @Test
  void askedForBeforeTheZoneIsSigned() throws Exception {
    try (ServedDatabase served = new ServedDatabase(folder, TransactionLimits.DEFAULT)) {
      served.load(ZONE, RECORDS);
      served.metadata(STORED, "PUBLISH-CDS", "2");
      served.sign(ZONE);
      served.work();
      assertThat(childSignatures(served)).isEqualTo(keySignatures(served));
    }
  }
}
