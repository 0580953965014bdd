package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.MovedClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.AnswerRow;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.MasterFile;
import org.keyward.zone.ServedListener;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneMemory;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.Name;

/** A zone with two ZSKs: what is signed already stays as it is, and fits. */
class SecondZskTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final int STEPS = 5;

  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final MovedClock time = new MovedClock(Instant.parse("2026-03-01T10:00:00Z"));
  private Signer signer;

  @BeforeEach
  void sign() throws Exception {
    String text = "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
    signer =
        new Signer(
            new PostgresSigning(database, seal, "signer:test"),
            new SoftwareTokens(10_000, "ksk"),
            ParentDs.NOT_ASKED,
            SigningSettings.DEFAULT,
            new DatabaseClock(time, System::nanoTime));
    new SigningDesk(database)
        .assign(ZONE, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    settle();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void settle() {
    int idle = 0;
    while (idle < 2) {
      idle = signer.plan() + Math.max(0, signer.sign("t")) == 0 ? idle + 1 : 0;
    }
  }

  private List<String> texts(String sql) {
    return database.inSnapshot(handle -> handle.createQuery(sql).mapTo(String.class).list());
  }

  private List<String> signatures() {
    return texts("SELECT encode(signature, 'hex') FROM keyward.signed_set ORDER BY active_from");
  }

  private void addZsk(String columns) {
    database.useTransaction(
        handle -> {
          new KeyRows(seal)
              .addZsk(
                  handle,
                  1,
                  SoftwareKeys.generate(ZONE, Algorithm.ECDSAP256SHA256, SoftwareKeys.ZSK_FLAGS));
          handle.execute("UPDATE keyward.zsk SET " + columns + " WHERE id = 2");
        });
  }

  private ZoneSigning served() {
    int id = new ZoneEditor(database).find(ZONE).orElseThrow();
    return database
        .inSnapshot(
            handle -> new SignedZoneReader(seal, time).read(handle, Map.of(id, ZONE)).get(id))
        .get();
  }

  private static boolean verifies(SignedKeySet set) {
    return set.signatures().stream()
        .allMatch(
            signature ->
                set.keys().stream()
                    .anyMatch(key -> RrsetSigner.verifies(set.keys(), signature, key)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "published_from = NULL, signs_from = NULL",
        "published_from = 0, signs_from = NULL",
        "published_from = 0, signs_from = 0"
      })
  void changesNothingThatIsSigned(String columns) {
    List<String> before = signatures();
    addZsk(columns);
    settle();
    assertThat(signatures()).hasSize(STEPS).isEqualTo(before);
    assertThat(served().unusable()).isEmpty();
    assertThat(served().keySets())
        .hasSize(STEPS)
        .allSatisfy(set -> assertThat(set.keys()).hasSize(2))
        .allMatch(SecondZskTest::verifies);
  }

  @Test
  void isInTheSetsOfItsWindowsAndSignsInItsTime() {
    long next = Long.parseLong(texts("SELECT max(active_from) + 1 FROM keyward.signed_set").get(0));
    addZsk("published_from = " + next + ", signs_from = " + (next + 604_800));
    List<String> before = signatures();
    time.pass(Duration.ofDays(7));
    settle();
    assertThat(signatures()).containsAll(before).hasSize(STEPS + 1);
    assertThat(served().keySets()).allMatch(SecondZskTest::verifies);
    assertThat(served().keySets()).extracting(set -> set.keys().size()).endsWith(2, 3);
    assertThat(served().zoneSigningKeys())
        .extracting(key -> key.signs().from().getEpochSecond())
        .containsExactly(0L, next + 604_800);
  }

  /** As the signer would never leave it: the server does not go there all the same. */
  @Test
  void aSetThatLacksAKeyThatCachesMayNeedIsNotServedWhileTheFormerIsValid() throws Exception {
    long second =
        Long.parseLong(
            texts("SELECT active_from FROM keyward.signed_set ORDER BY 1 OFFSET 1").get(0));
    addZsk("published_from = " + second + ", signs_from = NULL, unneeded_from = 0");
    database.useTransaction(
        handle ->
            handle.execute(
                "DELETE FROM keyward.signed_set WHERE active_from >= "
                    + second
                    + "; UPDATE keyward.zsk SET published_until = "
                    + second
                    + " WHERE id = 1; UPDATE keyward.assignment SET planned_until = 0"));
    settle();
    time.now = Instant.ofEpochSecond(second + 1);
    assertThat(published()).as("the former set").hasSize(2);
    database.useTransaction(
        handle -> handle.execute("UPDATE keyward.zsk SET unneeded_from = 0 WHERE id = 1"));
    assertThat(published()).as("the later set").hasSize(2).isNotEqualTo(former);
    database.useTransaction(
        handle -> handle.execute("UPDATE keyward.zsk SET unneeded_from = NULL WHERE id = 1"));
    time.now = Instant.ofEpochSecond(second).plus(Duration.ofDays(7));
    assertThat(published()).as("the former set has expired").isNotEqualTo(former);
  }

  private List<String> former;

  private List<String> published() throws Exception {
    PostgresZones zones =
        new PostgresZones(
            database, new SignedZoneReader(seal, time), Optional.of(seal), TokenPins.NONE);
    LoadedZones loaded =
        new LoadedZones(zones, zones, time, ZoneMemory.ofHeap(), ServedListener.NONE);
    loaded.loadAll();
    List<String> keys =
        loaded
            .byOrigin(ZONE)
            .orElseThrow()
            .list()
            .filter(row -> row.type().equals("DNSKEY"))
            .map(AnswerRow::content)
            .sorted()
            .toList();
    if (former == null) {
      former = keys;
    }
    return keys;
  }
}
