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
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.MovedClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SigningSchedule;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.MasterFile;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;
import org.xbill.DNS.Name;

/** A signed zone whose signer starts with another configuration. */
class TermsTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Duration DAY = Duration.ofDays(1);

  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final SoftwareTokens tokens = new SoftwareTokens(1e6, "ksk");
  private final MovedClock time = new MovedClock(Instant.parse("2026-03-01T10:00:00Z"));
  private Signer signer = signer(SigningSettings.DEFAULT);

  private Signer signer(SigningSettings settings) {
    return new Signer(
        new PostgresSigning(database, seal, "signer:test"),
        tokens,
        ParentDs.NOT_ASKED,
        settings,
        new DatabaseClock(time, System::nanoTime));
  }

  private static SigningSettings settings(
      Duration validity, Duration step, Duration runway, Duration ttl) {
    SigningSettings usual = SigningSettings.DEFAULT;
    return new SigningSettings(
        usual.mode(),
        validity,
        step,
        runway,
        ttl,
        usual.unassignHold(),
        usual.parentResolver(),
        usual.parentCheck(),
        usual.rolls());
  }

  @BeforeEach
  void sign() throws Exception {
    String text = "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
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

  private long serial() {
    return Long.parseLong(
        texts("SELECT split_part(content, ' ', 3) FROM records WHERE type = 'SOA'").get(0));
  }

  private ZoneSigning served() {
    int id = new ZoneEditor(database).find(ZONE).orElseThrow();
    return database
        .inSnapshot(
            handle -> new SignedZoneReader(seal, time).read(handle, Map.of(id, ZONE)).get(id))
        .get();
  }

  private boolean isValid() {
    List<SignedKeySet> begun =
        served().keySets().stream()
            .filter(set -> !set.window().activeFrom().isAfter(time.now))
            .toList();
    SignedKeySet used = begun.get(begun.size() - 1);
    return used.window().inception().isBefore(time.now)
        && used.window().expiration().isAfter(time.now)
        && used.signatures().stream()
            .allMatch(
                signature ->
                    used.keys().stream()
                        .anyMatch(key -> RrsetSigner.verifies(used.keys(), signature, key)));
  }

  @ParameterizedTest
  @CsvSource({
    "P7D, P2D, P20D, PT2H",
    "P28D, P7D, P70D, PT30M",
    "P14D, P7D, P35D, PT2H",
    "P14D, P7D, P10D, PT1H",
    "P2D, P1D, P3D, PT1M"
  })
  void takesThemFromTheEndOfWhatIsSignedOn(
      Duration validity, Duration step, Duration runway, Duration ttl) {
    List<String> before = signatures();
    Instant end =
        Instant.ofEpochSecond(
            Long.parseLong(texts("SELECT max(expiration) FROM keyward.signed_set").get(0)));
    int made = tokens.signed();
    signer = signer(settings(validity, step, runway, ttl));
    settle();
    assertThat(signatures()).as("those that were made").containsAll(before);
    assertThat(served().schedule())
        .as("of the ZSK, at once")
        .isEqualTo(new SigningSchedule(validity, step, SigningSchedule.DEFAULT_INCEPTION_OFFSET));
    int ahead = (int) (runway.toDays() / step.toDays()) + 1;
    assertThat(tokens.signed() - made).as("signatures by the token").isLessThanOrEqualTo(ahead);

    while (time.now.isBefore(end.plus(runway))) {
      assertThat(isValid()).as("at %s", time.now).isTrue();
      time.pass(DAY);
      settle();
    }
    assertThat(served().keySets())
        .filteredOn(set -> set.window().expiration().isAfter(time.now))
        .allSatisfy(
            set -> {
              assertThat(set.keys().get(0).getTTL()).isEqualTo(ttl.toSeconds());
              assertThat(Duration.between(set.window().activeFrom(), set.window().expiration()))
                  .isEqualTo(validity);
            });
  }

  @Test
  void movesTheSerialWhenItsSignaturesChangeAndAtEachOfTheNewWindows() {
    long first = serial();
    signer = signer(settings(DAY.multipliedBy(14), DAY.multipliedBy(2), DAY.multipliedBy(35), DAY));
    settle();
    long changed = serial();
    assertThat(changed).isGreaterThan(first);
    SigningSchedule schedule = served().schedule();
    time.now = schedule.next(schedule.windowAt(ZONE, time.now)).activeFrom();
    settle();
    assertThat(serial()).isGreaterThan(changed);
  }

  @Test
  void asBeforeNothingChanges() {
    long serial = serial();
    List<String> before = signatures();
    signer = signer(SigningSettings.DEFAULT);
    settle();
    assertThat(signatures()).isEqualTo(before);
    assertThat(serial()).isEqualTo(serial);
  }
}
