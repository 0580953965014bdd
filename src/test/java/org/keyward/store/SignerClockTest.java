package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.SteppedTime;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.signing.Findings;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SoftwareTokens;
import org.keyward.zone.MasterFile;
import org.xbill.DNS.Name;

/** What a signer does while its clock, the database's or both are wrong, and after that. */
class SignerClockTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
  private static final boolean THOROUGH = Boolean.getBoolean("keyward.test.thorough");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final Database database = TestDatabase.create();
  private final SteppedTime time = new SteppedTime(START);
  private final SteppedTime.HostClock own = time.new HostClock();
  private final SteppedTime.HostClock databases = time.new HostClock();
  private final DatabaseClock clock = new DatabaseClock(own, time::nanos);
  private final SoftwareTokens tokens = new SoftwareTokens(1e6, "ksk");
  private final SigningDesk desk = new SigningDesk(database);
  private final PostgresClock hosts = new PostgresClock(database);
  private final PostgresFindings findings = new PostgresFindings(database);
  private final Signer signer =
      new Signer(
          new PostgresSigning(database, new Seal(Secret.of(new byte[32])), "signer:test"),
          tokens,
          ParentDs.NOT_ASKED,
          SigningSettings.DEFAULT,
          clock);

  /** Whose clock is wrong. */
  enum Wrong {
    SIGNER,
    DATABASE,
    BOTH
  }

  @BeforeEach
  void sign() throws Exception {
    String text = "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
    new ZoneEditor(database)
        .replace(
            ZONE,
            MasterFile.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ZONE),
            stored -> {});
    clock.read(databases::instant);
    assign();
    work();
    assertThat(isValid()).isTrue();
  }

  @AfterEach
  void close() {
    assertThat(new PostgresAudit(database).verify().fault()).isEmpty();
    database.close();
  }

  private long assign() {
    return desk.assign(ZONE, "t", "ksk", Optional.empty(), Optional.empty(), "test", "os:alice");
  }

  private void set(Wrong who, Duration ahead) {
    if (who != Wrong.DATABASE) {
      own.set(ahead);
    }
    if (who != Wrong.SIGNER) {
      databases.set(ahead);
    }
  }

  /** All that the threads of a signer do, until there is nothing to do. */
  private void work() {
    clock.read(databases::instant);
    signer.planAnew();
    int idle = 0;
    while (idle < 2) {
      idle = signer.plan() + Math.max(0, signer.sign("t")) == 0 ? idle + 1 : 0;
    }
    signer.prune();
    hosts.report("signer", "host", clock.difference(), clock.isFarApart(), clock.instant());
  }

  private List<String> found() {
    new Findings(findings, Duration.ofDays(14), clock).look();
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT severity || ' ' || kind FROM keyward.finding WHERE ended_at IS NULL"
                        + " AND kind IN ('clock-off', 'signature-lapsed', 'runway-short') ORDER BY 1")
                .mapTo(String.class)
                .list());
  }

  private long count(String rest) {
    return database.inSnapshot(
        handle -> handle.createQuery("SELECT count(*) FROM " + rest).mapTo(Long.class).one());
  }

  private void sql(String statement, Object... arguments) {
    database.useTransaction(handle -> handle.execute(statement, arguments));
  }

  /** Whether there is a signature that is valid at the true time. */
  private boolean isValid() {
    long now = time.now().getEpochSecond();
    return count("keyward.signed_set WHERE inception <= %1$d AND expiration > %1$d".formatted(now))
        > 0;
  }

  private List<String> sets() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT active_from::TEXT FROM keyward.signed_set ORDER BY 1")
                .mapTo(String.class)
                .list());
  }

  private void staysValid(Duration duration) {
    Instant end = time.now().plus(duration);
    while (time.now().isBefore(end)) {
      time.pass(Duration.ofHours(12));
      work();
      assertThat(isValid()).as("at %s", time.now()).isTrue();
      long renews =
          count(
              "keyward.assignment WHERE renews_at > %d AND renews_at - step <= %1$d"
                  .formatted(time.now().getEpochSecond()));
      assertThat(renews).as("the serial moves with the next window").isEqualTo(1);
    }
  }

  static Stream<Duration> wrong() {
    return Stream.of("PT1M", "PT1H", "P1D", "P60D", "P365D")
        .map(Duration::parse)
        .flatMap(by -> Stream.of(by, by.negated()));
  }

  static Stream<Duration> wrongForWeeks() {
    return THOROUGH ? wrong() : Stream.of(Duration.ofDays(60), Duration.ofDays(-60));
  }

  /** The fault that made zones bogus for weeks: a signer sixty days ahead for 45 seconds. */
  @ParameterizedTest
  @MethodSource("wrong")
  void aClockThatIsWrongForAMinuteDoesNoHarm(Duration by) {
    for (Wrong who : Wrong.values()) {
      List<String> before = sets();
      set(who, by);
      for (int i = 0; i < 3; i++) {
        work();
        time.pass(Duration.ofSeconds(20));
        if (who != Wrong.BOTH && by.abs().compareTo(MINUTE) > 0) {
          assertThat(sets()).as("%s", who).isEqualTo(before);
          assertThat(found()).as("%s", who).contains("critical clock-off");
        }
        assertThat(isValid()).as("%s %s", who, by).isTrue();
      }
      set(who, Duration.ZERO);
      work();
      assertThat(isValid()).as("%s %s, after", who, by).isTrue();
      assertThat(found()).doesNotContain("critical clock-off", "critical signature-lapsed");
      staysValid(Duration.ofDays(8));
    }
  }

  /** Where all clocks are wrong together, as after a start without a battery. */
  @ParameterizedTest
  @MethodSource("wrongForWeeks")
  void clocksThatWereWrongTogetherForWeeksAreCaughtUpWith(Duration by) {
    set(Wrong.BOTH, by);
    for (int day = 0; day < 20; day++) {
      work();
      time.pass(DAY);
    }
    set(Wrong.BOTH, Duration.ZERO);
    work();
    assertThat(isValid()).isTrue();
    assertThat(found()).doesNotContain("critical signature-lapsed");
    staysValid(Duration.ofDays(THOROUGH ? 120 : 45));
  }

  @ParameterizedTest
  @EnumSource(names = "BOTH", mode = EnumSource.Mode.EXCLUDE)
  void clocksThatDifferForGoodStopTheSignerUntilAPersonSaysOtherwise(Wrong who) {
    set(who, Duration.ofHours(2));
    long signedBefore = tokens.signed();
    for (int day = 0; day < 25; day++) {
      time.pass(DAY);
      work();
      assertThat(isValid()).isTrue();
    }
    assertThat(tokens.signed()).isEqualTo((int) signedBefore);
    assertThat(found()).contains("critical clock-off", "warning runway-short");

    long request = hosts.accept(Duration.ofDays(60), "the NTP server is being replaced", "os:bob");
    work();
    assertThat(desk.answer(request).state()).isEqualTo("done");
    assertThat(tokens.signed()).isGreaterThan((int) signedBefore);
    assertThat(words())
        .singleElement()
        .asString()
        .startsWith("os:bob the signer works until ")
        .endsWith("; the NTP server is being replaced");
    for (int day = 0; day < 30; day++) {
      time.pass(DAY);
      work();
      assertThat(isValid()).isTrue();
    }

    long signedWithWord = tokens.signed();
    set(who, Duration.ofHours(4));
    time.pass(Duration.ofDays(10));
    work();
    assertThat(tokens.signed()).as("of another difference").isEqualTo((int) signedWithWord);
  }

  private List<String> words() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery(
                    "SELECT actor || ' ' || detail FROM keyward.audit"
                        + " WHERE action = 'CLOCKS_ACCEPTED'")
                .mapTo(String.class)
                .list());
  }

  @Test
  void thereIsNothingToSayWhileClocksAgree() {
    long request = hosts.accept(DAY, "", "os:bob");
    work();
    assertThat(desk.answer(request).state()).isEqualTo("failed");
  }

  @Test
  void whatIsNotValidNowIsSignedWhateverIsPlanned() {
    sql(
        "DELETE FROM keyward.signed_set WHERE inception <= ?",
        time.now().plus(Duration.ofDays(10)).getEpochSecond());
    assertThat(isValid()).isFalse();
    clock.read(databases::instant);
    assertThat(found()).contains("critical signature-lapsed");
    work();
    assertThat(isValid()).isTrue();
    assertThat(found()).doesNotContain("critical signature-lapsed");
    int signed = tokens.signed();
    work();
    assertThat(tokens.signed()).as("once").isEqualTo(signed);
  }

  /** A signature beyond a gap is no runway. */
  @Test
  void theRunwayEndsAtTheFirstGap() {
    sql("UPDATE keyward.assignment SET planned_until = 99999999999");
    List<String> windows = sets();
    sql(
        "DELETE FROM keyward.signed_set WHERE active_from::TEXT IN (?, ?)",
        windows.get(1),
        windows.get(2));
    assertThat(found()).contains("warning runway-short");
  }

  @ParameterizedTest
  @ValueSource(strings = {"P60D", "P-60D"})
  void aZoneIsNotSaidToBeSignedOfASetThatIsNotValid(Duration by) {
    sql("DELETE FROM keyward.signed_set");
    sql("UPDATE keyward.assignment SET state = 'signing'");
    set(Wrong.SIGNER, by);
    work();
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isZero();
    set(Wrong.SIGNER, Duration.ZERO);
    work();
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(1);
    assertThat(isValid()).isTrue();
  }

  /** Secondaries may have fetched signatures of another time from it. */
  @Test
  void zonesAreFetchedAnewWhenAServersClockComesBackFromFarAway() {
    hosts.report("server", "ns1", Duration.ofDays(60), true, time.now());
    long before = serial();
    work();
    assertThat(serial()).isEqualTo(before);
    hosts.report("server", "ns1", Duration.ZERO, false, time.now());
    work();
    assertThat(serial()).isEqualTo(before + 1);
    work();
    assertThat(serial()).as("once").isEqualTo(before + 1);
    staysValid(Duration.ofDays(15));
  }

  private long serial() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT keyward.serial_of(id) FROM public.domains")
                .mapTo(Long.class)
                .one());
  }

  @Test
  void aServerWhoseClockIsWrongIsAFinding() {
    hosts.report("server", "ns1 at 127.0.0.1:8054", Duration.ofSeconds(-61), false, time.now());
    assertThat(found()).containsExactly("critical clock-off");
    assertThat(
            count("keyward.findings WHERE message LIKE '%ns1 at 127.0.0.1:8054 is 61 s behind%'"))
        .isEqualTo(1);
  }
}
