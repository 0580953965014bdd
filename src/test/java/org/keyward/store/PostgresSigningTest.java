package org.keyward.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.clock.DatabaseClock;
import org.keyward.clock.MovedClock;
import org.keyward.config.Secret;
import org.keyward.config.SigningSettings;
import org.keyward.config.TokenSettings;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.signing.ParentDs;
import org.keyward.signing.Seal;
import org.keyward.signing.Signer;
import org.keyward.signing.SignerLoop;
import org.keyward.signing.SigningStore;
import org.keyward.signing.SoftwareTokens;
import org.keyward.signing.Tokens;
import org.keyward.signing.Turn;
import org.keyward.token.Pkcs11Tokens;
import org.keyward.token.SoftHsm;
import org.keyward.token.TestToken;
import org.keyward.zone.MasterFile;
import org.keyward.zone.SignedKeySet;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneStorageException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

class PostgresSigningTest {
  private static final int STEPS = 5;
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
  private final Database database = TestDatabase.create();
  private final Seal seal = new Seal(Secret.of(new byte[32]));
  private final PostgresSigning signing = new PostgresSigning(database, seal, "signer:test");
  private final SigningDesk desk = new SigningDesk(database);
  private final PostgresAudit audit = new PostgresAudit(database);
  private final MovedClock time = new MovedClock(START);
  private final DatabaseClock clock = new DatabaseClock(time, System::nanoTime);

  @AfterEach
  void close() {
    assertThat(audit.verify().fault()).isEmpty();
    database.close();
  }

  private Signer signer(Tokens tokens) {
    return new Signer(signing, tokens, ParentDs.NOT_ASKED, SigningSettings.DEFAULT, clock);
  }

  private Pkcs11Tokens open(TokenSettings token, PostgresTokenLock lock) {
    return new Pkcs11Tokens(
        List.of(token),
        lock,
        new PostgresPinMemory(database),
        seal,
        audit,
        "signer:test",
        time,
        why -> {});
  }

  private static Name name(int number) {
    return Name.fromConstantString("z" + number + ".example.");
  }

  private int create(Name zone) {
    String text = "@ 60 IN SOA ns hostmaster 10 7200 3600 1209600 300\n@ 60 IN NS ns\n";
    try {
      new ZoneEditor(database)
          .replace(
              zone,
              MasterFile.read(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), zone),
              stored -> {});
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return new ZoneEditor(database).find(zone).orElseThrow();
  }

  private long assign(Name zone, String label) {
    return desk.assign(zone, "t", label, Optional.empty(), Optional.empty(), "test", "os:alice");
  }

  private void assignAll(int zones, String label) {
    IntStream.range(0, zones)
        .forEach(
            i -> {
              create(name(i));
              assign(name(i), label);
            });
  }

  /** Runs the signer until it has nothing to do. */
  private static void settle(Signer signer) {
    int idle = 0;
    while (idle < 2) {
      idle = signer.plan() + Math.max(0, signer.sign("t")) == 0 ? idle + 1 : 0;
    }
  }

  private Optional<ZoneSigning> read(Name zone) {
    int id = new ZoneEditor(database).find(zone).orElseThrow();
    return Optional.ofNullable(
            database.inSnapshot(
                handle -> new SignedZoneReader(seal, time).read(handle, Map.of(id, zone)).get(id)))
        .map(Supplier::get);
  }

  private long count(String rest) {
    return database.inSnapshot(
        handle -> handle.createQuery("SELECT count(*) FROM " + rest).mapTo(Long.class).one());
  }

  private void sql(String statement, Object... arguments) {
    database.useTransaction(handle -> handle.execute(statement, arguments));
  }

  private long serial(Name zone) {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT keyward.serial_of(?)")
                .bind(0, new ZoneEditor(database).find(zone).orElseThrow())
                .mapTo(Long.class)
                .one());
  }

  private static void verifies(SignedKeySet set) {
    DNSKEYRecord ksk =
        set.keys().stream().filter(key -> key.getFlags() == 257).findFirst().orElseThrow();
    assertThat(set.keys()).hasSize(2);
    assertThat(set.signatures())
        .hasSize(1)
        .allMatch(signature -> RrsetSigner.verifies(set.keys(), signature, ksk));
  }

  private List<String> actions() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT action || ' ' || result FROM keyward.audit ORDER BY id")
                .mapTo(String.class)
                .list());
  }

  @Test
  void aZoneTurnsSignedWithItsWholeRunwayOnARealToken() throws Exception {
    TokenSettings token = SoftHsm.token("t", SoftHsm.PIN);
    SoftHsm.makeKey(token, "EC:prime256v1", "ksk");
    create(name(1));
    try (PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens = open(token, lock)) {
      long request = assign(name(1), "ksk");
      settle(signer(tokens));
      assertThat(desk.answer(request))
          .isEqualTo(new SigningDesk.Answer("done", "z1.example is signed"));
    }
    ZoneSigning read = read(name(1)).orElseThrow();
    assertThat(read.keySets()).hasSize(STEPS).allSatisfy(PostgresSigningTest::verifies);
    assertThat(serial(name(1))).isEqualTo(11);
    assertThat(actions())
        .startsWith("PIN_LOGIN DONE", "ASSIGN DONE", "ZSK_GENERATED DONE", "KSK_SIGNATURE DONE")
        .contains("ZONE_SIGNED DONE")
        .hasSize(4 + STEPS);
  }

  @Test
  void aSlowTokenIsBusyAndItsQueueForecast(@TempDir Path folder) throws Exception {
    // Slower than a USB token, so that what else the machine does weighs less; the long test has
    // 6/s. Busy by the token's own clock: a machine that is late to end a signature is not Keyward.
    signManyZones(folder, 6, Duration.ofMillis(333));
  }

  @Test
  @Tag("long")
  void aUsbTokenSignsSixtyZones(@TempDir Path folder) throws Exception {
    signManyZones(folder, 60, Duration.ofMillis(1000 / 6));
  }

  private void signManyZones(Path folder, int zones, Duration each) throws Exception {
    TestToken token = TestToken.in(folder);
    token.makeKey("EC:prime256v1", "ksk");
    token.delay(each);
    int all = zones * STEPS;
    assignAll(zones, "ksk");
    try (PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens = open(token.settings("t"), lock)) {
      Signer signer =
          new Signer(
              signing, tokens, ParentDs.NOT_ASKED, SigningSettings.DEFAULT, new DatabaseClock());
      signer.plan();
      signer.plan();
      assertThat(count("keyward.signing_work")).isEqualTo(all);
      try (SignerLoop loop = new SignerLoop(signer, tokens)) {
        loop.start();
        // The first signatures are late where the machine has much else to do.
        await(() -> token.counters().signs() >= all / 2);
        Instant asked = Instant.now();
        long before = token.counters().signs();
        Instant forecast = forecast();
        await(() -> token.uses().size() == all);
        double took = Duration.between(asked, Instant.now()).toNanos();
        assertThat((double) Duration.between(asked, forecast).toNanos())
            .as("forecast of what took %.0f ns", took)
            .isBetween(0.8 * took, 1.2 * took);
        assertThat(TestToken.busyShare(token.uses().subList((int) before, all)))
            .as("part of the time that the token signs")
            .isGreaterThan(0.95);
        await(() -> count("keyward.request WHERE state = 'done'") == zones);
      }
    }
    assertThat(token.counters().signs()).isEqualTo(all);
    assertThat(token.counters().overlaps()).as(token.overlaps()).isZero();
    assertThat(count("keyward.signed_set")).isEqualTo(all);
  }

  @Test
  void aRealTokenUnpluggedInTheMiddleComesBack(@TempDir Path folder) throws Exception {
    TestToken token = TestToken.in(folder);
    token.makeKey("EC:prime256v1", "ksk");
    token.delay(Duration.ofMillis(10));
    assignAll(6, "ksk");
    try (PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens = open(token.settings("t"), lock)) {
      Signer signer = signer(tokens);
      signer.plan();
      signer.plan();
      signer.sign("t");
      token.unplug();
      while (signer.sign("t") >= 0) {
        // until it is seen
      }
      long stored = count("keyward.signed_set");
      assertThat(stored).isBetween(1L, 29L);
      token.plugIn();
      settle(signer);
    }
    assertThat(count("keyward.signed_set")).isEqualTo(6 * STEPS);
    assertThat(token.counters().signs()).isEqualTo(6 * STEPS);
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(6);
  }

  /** When the queue will be empty. */
  private Instant forecast() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT seen_at + empty_in FROM keyward.token_forecast")
                .mapTo(java.time.OffsetDateTime.class)
                .one()
                .toInstant());
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(5);
    }
  }

  @Test
  void serversAreToldAtOnceOfWhatTheyUseSoonAndWithoutHurryOfTheRest() {
    Signer signer = signer(new SoftwareTokens(1000, "ksk"));
    assignAll(1, "ksk");
    settle(signer);

    sql("DELETE FROM keyward.change");
    time.pass(SigningSettings.DEFAULT.step());
    settle(signer);
    assertThat(changes()).contains("runway").doesNotContain("signing");

    sql("DELETE FROM keyward.change");
    time.pass(SigningSettings.DEFAULT.runway().multipliedBy(2));
    settle(signer);
    assertThat(changes()).contains("signing", "runway");
  }

  /** A CDS set that is wanted now is served with whatever signature of it is valid. */
  @Test
  void serversAreToldAtOnceOfWhatIsValidAlreadyWhenItIsPlannedForLater() {
    Signer signer = signer(new SoftwareTokens(1000, "ksk"));
    assignAll(1, "ksk");
    settle(signer);

    sql("DELETE FROM keyward.change");
    time.pass(SigningSettings.DEFAULT.step());
    signer.plan();
    sql("UPDATE keyward.signing_work SET inception = " + time.instant().getEpochSecond());
    settle(signer);

    assertThat(changes()).contains("signing").doesNotContain("runway");
  }

  private List<String> changes() {
    return database.inSnapshot(
        handle ->
            handle
                .createQuery("SELECT kind FROM keyward.change ORDER BY made_at")
                .mapTo(String.class)
                .list());
  }

  /** The simulation of a million zones counts on it. */
  @Test
  void workIsTakenInTurn() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(4, "ksk");
    Signer signer = signer(tokens);
    signer.plan();
    signer.plan();
    sql("UPDATE keyward.signing_work SET needed_by = (assignment_id * 7 + active_from / 3600) % 3");
    List<Turn> turns =
        database.inSnapshot(
            handle ->
                handle
                    .createQuery("SELECT * FROM keyward.signing_work")
                    .map(
                        (row, context) ->
                            new Turn(
                                Instant.ofEpochSecond(row.getLong("needed_by")),
                                row.getInt("assignment_id"),
                                Instant.ofEpochSecond(row.getLong("active_from"))))
                    .list());
    assertThat(turns).hasSize(4 * STEPS).extracting(Turn::neededBy).contains(Instant.EPOCH);
    List<SigningStore.Work> taken = new ArrayList<>();
    signing.work(
        SoftwareTokens.SERIAL,
        100,
        Set.of(),
        START,
        work -> {
          taken.addAll(work);
          return List.of();
        });
    assertThat(taken)
        .extracting(work -> work.assignmentId() + " " + work.window().activeFrom())
        .containsExactlyElementsOf(
            turns.stream()
                .sorted()
                .map(turn -> turn.assignmentId() + " " + turn.activeFrom())
                .toList());
  }

  /** Each zone waits for one signature of the token, and not for the runways of those before. */
  @Test
  void allNewZonesAreSignedBeforeTheRestOfAnyRunway() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(4, "ksk");
    tokens.unplugAt(4);
    Signer signer = signer(tokens);
    settle(signer);
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(4);
    assertThat(count("keyward.request WHERE state = 'done'")).isEqualTo(4);
    assertThat(read(name(3)).orElseThrow().keySets())
        .hasSize(1)
        .allSatisfy(PostgresSigningTest::verifies);

    time.pass(Duration.ofHours(1));
    create(name(4));
    assign(name(4), "ksk");
    tokens.unplugAt(5);
    settle(signer);
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(5);

    tokens.plugIn();
    settle(signer);
    assertThat(count("keyward.signed_set")).isEqualTo(5 * STEPS);
    assertThat(tokens.signed()).isEqualTo(5 * STEPS);
  }

  @Test
  void whatTakesThePlaceOfAnOvertakenSignatureComesAsSoon() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(2, "ksk");
    Signer signer = signer(tokens);
    signer.plan();
    signer.plan();
    time.pass(SigningSettings.DEFAULT.step());
    tokens.unplugAt(2);
    settle(signer);
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(2);
  }

  @Test
  void aTokenUnpluggedInTheMiddleGoesOnWhereItWas() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(4, "ksk");
    tokens.unplugAt(7);
    Signer signer = signer(tokens);
    settle(signer);
    assertThat(count("keyward.signed_set")).isEqualTo(7);
    assertThat(count("keyward.token_status WHERE fault LIKE '%not plugged in%'")).isEqualTo(1);
    assertThat(signer.sign("t")).isEqualTo(-1);
    tokens.plugIn();
    settle(signer);
    assertThat(tokens.signed()).isEqualTo(4 * STEPS);
    assertThat(count("keyward.signed_set")).isEqualTo(4 * STEPS);
    assertThat(count("keyward.token_status WHERE fault IS NULL")).isEqualTo(1);
  }

  @Test
  void aKeyThatIsGoneDoesNotHoldUpOthers() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "gone", "ksk");
    create(name(1));
    create(name(2));
    assign(name(1), "gone");
    long other = assign(name(2), "ksk");
    tokens.remove("gone");
    settle(signer(tokens));
    assertThat(desk.answer(other).state()).isEqualTo("done");
    assertThat(count("keyward.signing_work")).isEqualTo(STEPS);
  }

  @Test
  void aWrongSignatureIsNeverStored() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    tokens.signWrongly(true);
    assignAll(1, "ksk");
    settle(signer(tokens));
    assertThat(count("keyward.signed_set")).isZero();
    assertThat(read(name(0))).isEmpty();
    assertThat(actions()).doesNotContain("KSK_SIGNATURE DONE");
  }

  @Test
  void aCrashBetweenSigningAndStoringLeavesNothingHalfDone() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(1, "ksk");
    Signer signer = signer(tokens);
    signer.plan();
    sql(
        """
        CREATE FUNCTION crash() RETURNS TRIGGER LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN OLD; END $$;
        CREATE TRIGGER crash BEFORE DELETE ON keyward.signing_work
          FOR EACH ROW EXECUTE FUNCTION crash()
        """);
    assertThatThrownBy(() -> signer.sign("t")).isInstanceOf(ZoneStorageException.class);
    assertThat(tokens.signed()).isPositive();
    assertThat(count("keyward.signed_set")).isZero();
    assertThat(count("keyward.signing_work")).isEqualTo(STEPS);
    assertThat(actions()).containsExactly("ASSIGN DONE", "ZSK_GENERATED DONE");
    assertThat(read(name(0))).isEmpty();

    sql("DROP TRIGGER crash ON keyward.signing_work");
    settle(signer);
    assertThat(read(name(0)).orElseThrow().keySets()).hasSize(STEPS);
  }

  @Test
  void aSignatureThatCannotBeStoredKeepsNoOtherBackAndIsNotMadeAgainAndAgain() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(3, "ksk");
    sql(
        """
        CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON keyward.signed_set
          FOR EACH ROW WHEN (NEW.assignment_id = 2) EXECUTE FUNCTION refuse()
        """);

    settle(signer(tokens));

    assertThat(read(name(0)).orElseThrow().keySets()).hasSize(STEPS);
    assertThat(read(name(1))).isEmpty();
    assertThat(read(name(2)).orElseThrow().keySets()).hasSize(STEPS);
    assertThat(tokens.signed()).isLessThanOrEqualTo(3 * STEPS);
  }

  @Test
  void twoSignersAtOnceDoEverythingOnce() throws Exception {
    SoftwareTokens tokens = new SoftwareTokens(500, "ksk");
    assignAll(20, "ksk");
    CyclicBarrier together = new CyclicBarrier(2);
    Callable<Void> run =
        () -> {
          Signer signer = signer(tokens);
          together.await();
          settle(signer);
          return null;
        };
    var pool = Executors.newFixedThreadPool(2);
    Future<Void> other = pool.submit(run);
    pool.submit(run).get();
    other.get();
    pool.shutdown();
    assertThat(count("keyward.request WHERE state = 'done'")).isEqualTo(20);
    assertThat(tokens.signed()).isEqualTo(20 * STEPS);
    assertThat(actions().stream().filter("ASSIGN DONE"::equals)).hasSize(20);
    assertThat(actions().stream().filter("ZONE_SIGNED DONE"::equals)).hasSize(20);
    assertThat(IntStream.range(0, 20).mapToObj(i -> serial(name(i)))).containsOnly(11L);
  }

  /** Both store while neither has committed: only the second can know that nothing is left. */
  @Test
  void aZoneWhoseSignaturesTwoSlicesShareTurnsSigned() throws Exception {
    SoftwareTokens tokens = new SoftwareTokens(500, "ksk");
    assignAll(1, "ksk");
    signer(tokens).plan();
    CyclicBarrier bothHaveWork = new CyclicBarrier(2);
    Callable<Integer> slice =
        () ->
            signing.work(
                tokens.keys("t").get(0).serial(),
                STEPS / 2 + 1,
                Set.of(),
                START,
                work -> {
                  await(bothHaveWork);
                  return work.stream().map(PostgresSigningTest::unsigned).toList();
                });
    var pool = Executors.newFixedThreadPool(2);
    List<Future<Integer>> slices;
    try (Handle writer = database.jdbi().open()) {
      writer.begin();
      writer.execute("SELECT FROM keyward.audit_head FOR UPDATE");
      slices = List.of(pool.submit(slice), pool.submit(slice));
      await(() -> count("pg_locks WHERE NOT granted AND pid <> pg_backend_pid()") >= 2);
      writer.commit();
    }
    assertThat(slices.get(0).get() + slices.get(1).get()).isEqualTo(STEPS);
    pool.shutdown();
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(1);
    assertThat(actions()).containsOnlyOnce("ZONE_SIGNED DONE");
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The storage does not look at signatures. */
  private static SigningStore.Done unsigned(SigningStore.Work work) {
    return new SigningStore.Done(
        work, RrsetSigner.sign(work.rrset(), work.ksk(), work.window(), data -> new byte[64]));
  }

  private void isValidEachHour(Name zone, int hours, Instant from) {
    List<SignedKeySet> sets = read(zone).orElseThrow().keySets();
    for (int hour = 0; hour < hours; hour++) {
      Instant now = from.plus(Duration.ofHours(hour));
      SignedKeySet used =
          sets.stream()
              .filter(set -> !set.window().activeFrom().isAfter(now))
              .reduce((first, second) -> second)
              .orElseThrow();
      assertThat(used.window().inception()).isBefore(now);
      assertThat(used.window().expiration()).as("at " + now).isAfter(now);
    }
  }

  @Test
  void thereIsAValidSignatureInEveryHourOfFourMonths(@TempDir Path folder) {
    TestToken token = TestToken.in(folder);
    token.makeKey("EC:prime256v1", "ksk");
    try (PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens = open(token.settings("t"), lock)) {
      Signer signer = signer(tokens);
      assignAll(1, "ksk");
      settle(signer);
      int rounds = 120 * 2;
      for (int round = 0; round < rounds; round++) {
        isValidEachHour(name(0), 12, time.instant());
        time.pass(Duration.ofHours(12));
        settle(signer);
        signer.prune();
      }
    }
    read(name(0)).orElseThrow().keySets().forEach(PostgresSigningTest::verifies);
    assertThat(token.counters().signs()).isBetween(STEPS + 16L, STEPS + 18L);
    assertThat(serial(name(0))).isBetween(11L + 17, 11L + 18);
    assertThat(count("keyward.signed_set")).isLessThan(15);
  }

  @Test
  void aFullRunwayLastsThirtyFourDaysWithoutTheToken(@TempDir Path folder) {
    TestToken token = TestToken.in(folder);
    token.makeKey("EC:prime256v1", "ksk");
    try (PostgresTokenLock lock = new PostgresTokenLock(database);
        Pkcs11Tokens tokens = open(token.settings("t"), lock)) {
      Signer signer = signer(tokens);
      assignAll(8, "ksk");
      settle(signer);
      token.unplug();
      IntStream.range(0, 8).forEach(i -> isValidEachHour(name(i), 34 * 24, START));
      for (int day = 0; day < 100; day++) {
        time.pass(Duration.ofDays(1));
        signer.plan();
        assertThat(signer.sign("t")).isEqualTo(-1);
      }
      // What would never be served is not signed when the token is back.
      token.plugIn();
      long before = token.counters().signs();
      settle(signer);
      assertThat(token.counters().signs() - before).isEqualTo(8 * STEPS);
      IntStream.range(0, 8).forEach(i -> isValidEachHour(name(i), 34 * 24, time.instant()));
    }
  }

  @Test
  void whatTheParentElsewhereSaysIsHeeded() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    assignAll(1, "ksk");
    DSRecord ds = new DSRecord(name(0), DClass.IN, 60, 1, 13, DNSSEC.Digest.SHA256, new byte[32]);
    Signer refusing =
        new Signer(signing, tokens, zone -> List.of(ds), SigningSettings.DEFAULT, clock);
    settle(refusing);
    long refused = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(refusing);
    assertThat(desk.answer(refused).text()).contains("DS at its parent");

    Signer unsure =
        new Signer(
            signing,
            tokens,
            zone -> {
              throw new ParentDs.UnansweredException("nobody can say", new java.io.IOException());
            },
            SigningSettings.DEFAULT,
            clock);
    long unknown = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(unsure);
    assertThat(desk.answer(unknown).text()).contains("nobody can say");
    assertThat(actions()).endsWith("UNASSIGN REFUSED", "UNASSIGN FAILED");
    assertThat(count("keyward.assignment WHERE state = 'signed'")).isEqualTo(1);

    desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(signer(tokens));
    time.pass(Duration.ofDays(1));
    settle(unsure);
    assertThat(read(name(0))).as("asked again at the end").isPresent();
    time.pass(Duration.ofHours(1));
    settle(refusing);
    assertThat(actions()).containsOnlyOnce("ZONE_UNSIGNED REFUSED");
    time.pass(SigningSettings.DEFAULT.unassignHold());
    settle(signer(tokens));
    assertThat(read(name(0))).isEmpty();
  }

  @Test
  void aRequestForATokenOfAnotherSignerWaitsForThatOne() {
    Signer here = signer(new SoftwareTokens(1000, "ksk"));
    create(name(0));
    sql("INSERT INTO keyward.token_status (name, seen_at) VALUES ('elsewhere', now())");
    long waiting =
        desk.assign(
            name(0), "elsewhere", "ksk", Optional.empty(), Optional.empty(), "", "os:alice");
    settle(here);
    assertThat(desk.answer(waiting).state()).isEqualTo("queued");

    sql("UPDATE keyward.token_status SET seen_at = now() - INTERVAL '2 minutes'");
    settle(here);
    assertThat(desk.answer(waiting).state()).as("nobody has it").isNotEqualTo("queued");
  }

  @Test
  void aZoneWithADsInItsParentIsNotTakenBack() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    Signer signer = signer(tokens);
    assignAll(1, "ksk");
    int parent = create(Name.fromConstantString("example."));
    settle(signer);
    String ds =
        "INSERT INTO records (domain_id, name, type, content, ttl)"
            + " VALUES (?, 'z0.example', 'DS', '1 13 2 "
            + "00".repeat(32)
            + "', 60)";
    sql(ds, parent);

    long refused = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(signer);
    assertThat(desk.answer(refused).state()).isEqualTo("failed");
    assertThat(desk.answer(refused).text()).contains("DS at its parent");
    assertThat(actions()).endsWith("UNASSIGN REFUSED");

    sql("DELETE FROM records WHERE type = 'DS'");
    long taken = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(signer);
    assertThat(desk.answer(taken).state()).isEqualTo("done");
    assertThat(read(name(0))).isPresent();

    sql(ds, parent); // somebody put it back while the zone was leaving
    time.pass(Duration.ofDays(2));
    settle(signer);
    assertThat(read(name(0))).isPresent();

    assertThat(actions()).containsOnlyOnce("ZONE_UNSIGNED REFUSED");

    sql("DELETE FROM records WHERE type = 'DS'");
    long serial = serial(name(0));
    settle(signer);
    assertThat(read(name(0))).as("resolvers may still hold the DS").isPresent();
    time.pass(SigningSettings.DEFAULT.unassignHold());
    settle(signer);
    assertThat(read(name(0))).isEmpty();
    assertThat(serial(name(0))).isEqualTo(serial + 1);
    assertThat(count("keyward.zsk")).isZero();
    assertThat(actions()).contains("UNASSIGN DONE").endsWith("ZONE_UNSIGNED DONE");
  }

  @Test
  void aZoneNotSignedYetIsTakenBackAtOnce() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    Signer signer = signer(tokens);
    create(name(0));
    long asked = assign(name(0), "ksk");
    signer.plan();
    tokens.unplugAt(0);
    long taken = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    settle(signer);
    assertThat(desk.answer(asked).state()).isEqualTo("failed");
    assertThat(desk.answer(taken).state()).isEqualTo("done");
    assertThat(read(name(0))).isEmpty();
    assertThat(count("keyward.signing_work")).isZero();

    tokens.plugIn();
    long again = assign(name(0), "ksk");
    settle(signer);
    assertThat(desk.answer(again).state()).isEqualTo("done");
  }

  @Test
  void aZoneDeletedBySqlEndsItsAssignment() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    Signer signer = signer(tokens);
    assignAll(2, "ksk");
    tokens.unplugAt(1);
    settle(signer);
    database.useTransaction(
        handle -> {
          handle.execute("SET LOCAL keyward.insist = 'the end of a test'");
          handle.execute("DELETE FROM domains");
        });
    assertThat(count("keyward.assignment WHERE state = 'ended' AND domain_id IS NULL"))
        .isEqualTo(2);
    assertThat(count("keyward.signing_work")).isZero();
    assertThat(count("keyward.zsk")).isZero();
    assertThat(count("keyward.request WHERE answer = 'the zone was deleted'")).isEqualTo(1);
    assertThat(actions()).endsWith("ZONE_UNSIGNED DONE", "ZONE_UNSIGNED DONE");
    tokens.plugIn();
    settle(signer);
    assertThat(tokens.signed()).isEqualTo(1);
  }

  @Test
  void whatCannotBeDoneIsAnsweredAndWrittenDown() {
    SoftwareTokens tokens = new SoftwareTokens(1000, "ksk");
    Signer signer = signer(tokens);
    long noZone = assign(name(7), "ksk");
    create(name(0));
    create(name(1));
    sql("UPDATE domains SET type = 'SLAVE' WHERE name = 'z1.example'");
    long noKey = assign(name(0), "none");
    long copy = assign(name(1), "ksk");
    long noAssignment = desk.unassign(name(0), Duration.ofDays(1), "", "os:bob");
    sql(
        "INSERT INTO keyward.request (kind, zone, token, label, actor)"
            + " VALUES ('assign', 'a..b', 't', 'ksk', 'sql')");
    settle(signer);
    assertThat(desk.answer(noZone).text()).contains("there is no zone z7.example");
    assertThat(desk.answer(noKey).text()).contains("no key none");
    assertThat(desk.answer(copy).text()).contains("copy from another server");
    assertThat(desk.answer(noAssignment).text()).contains("has no key");
    assertThat(count("keyward.request WHERE state = 'failed'")).isEqualTo(5);
    assertThat(actions())
        .containsExactlyInAnyOrder(
            "ASSIGN REFUSED", "ASSIGN FAILED", "ASSIGN REFUSED", "UNASSIGN REFUSED");
  }
}
