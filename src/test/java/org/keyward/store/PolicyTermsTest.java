package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keyward.config.SigningSettings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Signer;
import org.keyward.zone.MasterFile;
import org.keyward.zone.SignedKeySet;
import org.xbill.DNS.Name;

/** What policies say of signatures: validity, step, runway and the TTL of the DNSKEY set. */
@Tag("once")
class PolicyTermsTest {
  private static final String TERMS =
      "SELECT concat_ws(' ', validity / 86400, step / 86400, runway / 86400, dnskey_ttl)"
          + " FROM keyward.assignment";
  private static final String AS_CONFIGURED = "14 7 35 3600";
  private static final Name NEW = Name.fromConstantString("new.example.");
  private RollWorld world;

  @BeforeEach
  void begin() throws Exception {
    world = new RollWorld();
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(world.database).verify().fault()).isEmpty();
    world.close();
  }

  private String asked(String function) {
    long id =
        world.database.inTransaction(
            handle -> handle.createQuery("SELECT keyward." + function).mapTo(Long.class).one());
    world.settle();
    return world.text("SELECT state || ': ' || answer FROM keyward.requests WHERE id = " + id);
  }

  private List<String> signatures() {
    return world.texts("SELECT encode(signature, 'hex') FROM keyward.signed_set ORDER BY 1");
  }

  /** A policy is looked at within a minute. */
  private void aMinute() {
    world.time.pass(Duration.ofMinutes(1));
    world.settle();
  }

  private void isValid() {
    SignedKeySet used =
        world.read().keySets().stream()
            .filter(set -> !set.window().activeFrom().isAfter(world.time.now))
            .reduce((one, later) -> later)
            .orElseThrow();
    assertThat(used.window().expiration()).isAfter(world.time.now);
  }

  @Test
  void aZoneFollowsItsPolicyFromTheEndOfWhatIsSignedOn() {
    List<String> before = signatures();
    Instant end =
        Instant.ofEpochSecond(
            Long.parseLong(world.text("SELECT max(expiration) FROM keyward.signed_set")));
    assertThat(asked("set_policy('fast', 'validity=10d step=2d runway=20d dnskey-ttl=2h')"))
        .startsWith("done");
    assertThat(world.text(TERMS)).isEqualTo(AS_CONFIGURED);
    assertThat(asked("assign_policy('example.com', 'fast')")).startsWith("done");
    aMinute();
    assertThat(world.text(TERMS)).isEqualTo("10 2 20 7200");
    PostgresForecasts shown = new PostgresForecasts(world.database);
    assertThat(shown.otherwiseSignedUntil("fast", world.time.now)).contains(end);
    assertThat(signatures()).as("those that were made").containsAll(before);
    while (world.time.now.isBefore(end.plus(Duration.ofDays(20)))) {
      world.pass(2);
      isValid();
    }
    assertThat(world.read().keySets())
        .filteredOn(set -> set.window().expiration().isAfter(world.time.now))
        .isNotEmpty()
        .allSatisfy(
            set -> {
              assertThat(set.ttl()).isEqualTo(7200);
              assertThat(Duration.between(set.window().activeFrom(), set.window().expiration()))
                  .isEqualTo(Duration.ofDays(10));
            });
    assertThat(shown.otherwiseSignedUntil("fast", world.time.now)).isEmpty();
    assertThat(world.texts("SELECT role FROM keyward.roll_history")).isEmpty();
  }

  @Test
  void whatAPolicyNoLongerSaysTheConfigurationSays() {
    asked("set_policy('fast', 'runway=20d dnskey-ttl=2h')");
    asked("assign_policy('example.com', 'fast')");
    aMinute();
    assertThat(world.text(TERMS)).isEqualTo("14 7 20 7200");
    asked("set_policy('fast', 'dnskey-ttl=')");
    aMinute();
    assertThat(world.text(TERMS)).isEqualTo("14 7 20 3600");
    asked("assign_policy('example.com', 'default')");
    aMinute();
    assertThat(world.text(TERMS)).isEqualTo(AS_CONFIGURED);
  }

  @Test
  void aNewZoneIsSignedByItsPolicyFromTheBeginning() throws Exception {
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO keyward.policy_value VALUES ('as-before', 'dnskey-ttl', '2h')"));
    new ZoneEditor(world.database)
        .replace(
            NEW,
            MasterFile.read(
                new ByteArrayInputStream(
                    "@ 60 IN SOA ns h 1 7200 3600 1209600 300\n@ 60 IN NS ns\n"
                        .getBytes(StandardCharsets.UTF_8)),
                NEW),
            stored -> {});
    world.database.useTransaction(
        handle ->
            handle.execute(
                "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id,"
                    + " 'X-KEYWARD-POLICY', 'as-before' FROM domains WHERE name = 'new.example'"));
    new SigningDesk(world.database)
        .assign(NEW, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
    world.settle();
    assertThat(
            world.texts(
                "SELECT DISTINCT s.ttl FROM keyward.signed_set s JOIN keyward.assignment a ON a.id ="
                    + " s.assignment_id WHERE a.zone = 'new.example'"))
        .containsExactly("7200");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "step=14d | validity must be 14d2h or more, which is step, propagation and dnskey-ttl: a signature"
            + " must not expire while servers or caches still have it",
        "dnskey-ttl=7d | validity must be 14d1h or more",
        "runway=6d | runway must be 7d or more, which is step: the next signature must be there before it is"
            + " needed",
        "step=1s | runway must be 6m40s or less, which is 400 steps",
        "validity=4000d | validity must be 3650d or less",
        "dnskey-ttl=0s | step and dnskey-ttl must be 1s or more",
        "zsk-lifetime=91d runway=60d | zsk-lifetime must be ",
      })
  void whatIsUnsafeIsRefusedWithTheReason(String settings, String why) {
    assertThat(asked("set_policy('fast', '" + settings + "')"))
        .startsWith("failed: policy fast: " + why);
    assertThat(world.texts("SELECT name FROM keyward.policies WHERE name = 'fast'")).isEmpty();
  }

  @Test
  void signersWithOtherConfigurationsDoNotTakeBackWhatEachOtherDid() {
    SigningSettings usual = SigningSettings.DEFAULT;
    Signer other =
        new Signer(
            new PostgresSigning(world.database, world.seal, "signer:other"),
            world.tokens,
            ParentDs.NOT_ASKED,
            new SigningSettings(
                usual.mode(),
                usual.validity(),
                usual.step(),
                Duration.ofDays(42),
                usual.dnskeyTtl(),
                usual.unassignHold(),
                Optional.empty(),
                usual.parentCheck(),
                usual.rolls()),
            world.clock);
    for (int i = 0; i < 4; i++) {
      aMinute();
      other.plan();
      assertThat(world.text(TERMS)).isEqualTo("14 7 42 3600");
    }
  }
}
