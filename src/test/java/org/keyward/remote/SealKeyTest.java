package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.keyward.remote.ServedDatabase.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.Secret;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.Seal;
import org.keyward.store.PostgresZoneKeys;
import org.keyward.store.PostgresZones;
import org.keyward.store.SealKeyTable;
import org.keyward.store.SealRotation;
import org.keyward.store.SignedZoneReader;
import org.keyward.store.WrongSealKeyException;
import org.keyward.zone.CryptoKey;
import org.keyward.zone.KeyContent;
import org.keyward.zone.LoadedZones;
import org.keyward.zone.ProblemLog;
import org.keyward.zone.ServedChanges;
import org.keyward.zone.ZoneMemory;
import org.xbill.DNS.Name;

/**
 * The seal key of a database: one, known by its check value, and changed without a bogus answer.
 */
@Timeout(120)
class SealKeyTest {
  private static final Name SIGNED = Name.fromConstantString("signed.example.");
  private static final Name LIVE = Name.fromConstantString("live.example.");
  private static final Secret OLD = Secret.of("0123456789abcdef0123456789abcdef");
  private static final Secret NEXT = Secret.of("another-seal-key-of-32-bytes....");
  private static final Seal BOTH = new Seal(NEXT, Optional.of(OLD));

  @TempDir private Path directory;
  private ServedDatabase served;

  @BeforeEach
  void makeZones() throws IOException {
    served = new ServedDatabase(directory, TransactionLimits.DEFAULT);
    for (Name zone : List.of(SIGNED, LIVE)) {
      served.load(
          zone.toString(),
          """
          @ 300 SOA ns.example.net. hostmaster.example.net. 1 10800 3600 604800 300
          @ 300 NS ns.example.net.
          """);
      await(() -> served.loaded.isOrigin(zone));
    }
    served.sign(SIGNED.toString());
    addLiveKey(ServedDatabase.SEAL);
  }

  private void addLiveKey(Seal seal) {
    String text =
        BindPrivateKey.write(
            Algorithm.ECDSAP256SHA256,
            SoftwareKeys.generate(LIVE, Algorithm.ECDSAP256SHA256, SoftwareKeys.KSK_FLAGS)
                .privateKey()
                .getEncoded());
    new PostgresZoneKeys(served.database, new ServedChanges(), seal)
        .add(LIVE, new CryptoKey(0, 257, true, true, KeyContent.of(text)));
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private LoadedZones startedWith(Seal seal) {
    SealKeyTable.check(served.database, seal);
    LoadedZones zones =
        new LoadedZones(
            new PostgresZones(
                served.database, new SignedZoneReader(seal, Clock.systemUTC()), Optional.of(seal)),
            ProblemLog.NONE,
            Clock.systemUTC(),
            ZoneMemory.ofHeap());
    zones.loadAll();
    return zones;
  }

  @Test
  void aProcessWithAnotherKeyRefusesToStartAndSealsNothing() {
    List<String> before = served.texts("SELECT encode(sealed, 'hex') FROM keyward.sealed_key");

    assertThatThrownBy(() -> startedWith(new Seal(NEXT)))
        .isInstanceOf(WrongSealKeyException.class)
        .hasMessageContaining("secrets.key-file")
        .hasMessageContaining("nothing was changed");
    assertThatThrownBy(() -> addLiveKey(new Seal(NEXT))).hasMessageContaining("secrets.key-file");

    assertThat(served.texts("SELECT encode(sealed, 'hex') FROM keyward.sealed_key"))
        .isEqualTo(before);
    assertThat(startedWith(ServedDatabase.SEAL).faults()).isEmpty();
  }

  @Test
  void whileBothKeysAreThereTheOneInForceSealsSoThatOthersCanOpen() {
    startedWith(BOTH);
    addLiveKey(BOTH);

    assertThat(startedWith(ServedDatabase.SEAL).faults()).isEmpty();
  }

  @Test
  void aChangedKeyOpensAllAndTheFormerOneNothing() {
    List<String> before = keys(startedWith(ServedDatabase.SEAL));

    SealRotation.Outcome outcome = new SealRotation(served.database, BOTH).rotate("os:test");

    assertThat(outcome.sealed()).isEqualTo(2);
    assertThat(outcome.unopened()).isEmpty();
    LoadedZones started = startedWith(new Seal(NEXT));
    assertThat(started.faults()).isEmpty();
    assertThat(keys(started)).isEqualTo(before);
    assertThat(started.byOrigin(SIGNED).orElseThrow().lookup(SIGNED).orElseThrow().rows())
        .anyMatch(row -> row.content().startsWith("DNSKEY "));
    assertThatThrownBy(() -> startedWith(ServedDatabase.SEAL))
        .isInstanceOf(WrongSealKeyException.class);
    assertThat(new SealRotation(served.database, BOTH).rotate("os:test").sealed()).isZero();
    assertThat(served.texts("SELECT detail FROM keyward.audit WHERE action = 'SEAL_KEY_CHANGED'"))
        .containsExactly(
            "another seal key is in force; keys are sealed anew", "2 private keys are sealed anew");
  }

  private static List<String> keys(LoadedZones zones) {
    return zones.byOrigin(LIVE).orElseThrow().cryptokeys().stream()
        .map(key -> key.content().reveal())
        .toList();
  }

  @Test
  void aKeyThatNeitherOpensIsNamedAndTheOthersAreSealedAnew() {
    served.sql("UPDATE keyward.zsk SET sealed = '\\x00'");

    SealRotation.Outcome outcome = new SealRotation(served.database, BOTH).rotate("os:test");

    assertThat(outcome.sealed()).isEqualTo(1);
    assertThat(outcome.unopened())
        .singleElement()
        .asString()
        .contains("keyward.zsk", "signed.example");
  }
}
